#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" a one
    export SOURCE_DATE_EPOCH=1600000000
    "$STRATA" import -c 'CMD ["sh"]' -c 'EXPOSE 80' "$WORK/a.tar" demo:1
}

teardown_file() {
    strata_teardown
}

@test "inspect prints Docker's document, in Docker's order, indented by four" {
    expect 0 "$STRATA" inspect demo:1
    [ "${lines[0]}" = "[" ]
    [ "${lines[1]}" = "    {" ]
    [ "$(jq -r '.[0] | keys_unsorted | join(" ")' <<<"$output")" = \
        "Id RepoTags RepoDigests Parent Comment Created DockerVersion Author Config Architecture Os Size GraphDriver RootFS Metadata" ]
    [ "$(jq -c '.[0].Config' <<<"$output")" = \
        '{"Cmd":["sh"],"Entrypoint":null,"Env":null,"ExposedPorts":{"80/tcp":{}},"Labels":null,"OnBuild":null,"User":"","Volumes":null,"WorkingDir":""}' ]
    [ "$(jq -r '.[0] | .RepoTags[0], .Created, .Comment, .Os, .Size, .RootFS.Type' <<<"$output" | tr '\n' ' ')" = \
        "demo:1 2020-09-13T12:26:40Z Imported from - linux 3 layers " ]
}

@test "inspect takes templates, several names, and beginnings of ids" {
    id=$("$STRATA" inspect -f '{{.Id}}' demo:1)
    [ "$("$STRATA" inspect -f '{{.ID}} {{json .Config.Cmd}}' "${id:7:12}" "${id:0:20}")" = "$id [\"sh\"]
$id [\"sh\"]" ]
    [ "$("$STRATA" image inspect -f '{{len .RootFS.Layers}}' demo:1)" = 1 ]
}

@test "what is not there is told, and the others are printed" {
    expect 1 "$STRATA" inspect -f '{{.RepoTags}}' nothing demo:1
    contains "[demo:1]"
    contains "Error: No such object: nothing"
    expect 1 bash -c "'$STRATA' inspect nothing 2>/dev/null"
    [ "$output" = "[]" ]
    expect 1 "$STRATA" inspect No-Name-At-All
    contains "Error: No such object: No-Name-At-All"
    expect 1 "$STRATA" image inspect nothing
    contains "Error response from daemon: No such image: nothing:latest"
}

@test "--type says what to look for" {
    expect 0 "$STRATA" inspect --type image -f '{{.Os}}' demo:1
    expect 1 "$STRATA" inspect --type image nothing
    contains "No such image: nothing:latest"
    expect 1 "$STRATA" inspect --type nonsense demo:1
    contains '"nonsense" is not a valid value for --type'
    expect 1 "$STRATA" inspect --type network bridge
    contains "unsupported"
}

@test "a template that does not parse ends with 64" {
    expect 64 "$STRATA" inspect -f '{{.Id' demo:1
    contains "template parsing error"
    expect 64 "$STRATA" inspect -f '{{.Id' nothing
    contains "template parsing error"
}
