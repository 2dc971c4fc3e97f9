#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" a "one"
    small_tar "$WORK/b.tar" b "three"
    export SOURCE_DATE_EPOCH=1600000000
    "$STRATA" import -c 'LABEL kind=old color=red' "$WORK/a.tar" old:1
    export SOURCE_DATE_EPOCH=1700000000
    "$STRATA" import -c 'LABEL kind=new' "$WORK/b.tar" new:1
    unset SOURCE_DATE_EPOCH
    "$STRATA" tag new:1 localhost:5000/team/new:2
    "$STRATA" import -m unnamed "$WORK/a.tar"
}

teardown_file() {
    strata_teardown
}

names() {
    "$STRATA" images --format '{{.Repository}}:{{.Tag}}' "$@" | tr '\n' ' '
}

@test "images is Docker's table, newest first" {
    old=$("$STRATA" inspect -f '{{.Id}}' old:1) new=$("$STRATA" inspect -f '{{.Id}}' new:1)
    expect 0 "$STRATA" images -f label=kind
    [[ ${lines[0]} =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
    [[ ${lines[1]} =~ ^new\ +1\ +${new:7:12}\ +[0-9]+\ (months|years)\ ago\ +5B$ ]]
    [[ ${lines[2]} =~ ^localhost:5000/team/new\ +2\ +${new:7:12}\ + ]]
    [[ ${lines[3]} =~ ^old\ +1\ +${old:7:12}\ + ]]
    [ "${#lines[@]}" -eq 4 ]
}

@test "an empty list still has its header" {
    [ "$("$STRATA" images nothing)" = "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE" ]
    [ -z "$("$STRATA" images -q nothing)" ]
}

@test "images without a name are <none>, and dangling" {
    [ "$(names -f dangling=true)" = "<none>:<none> " ]
    [[ "$(names)" == *"<none>:<none>"* ]]
    [[ "$(names -f dangling=false)" != *"<none>"* ]]
}

@test "-q prints ids, one for each row" {
    new=$("$STRATA" inspect -f '{{.Id}}' new:1)
    [ "$("$STRATA" images -q -f label=kind=new)" = "${new:7:12}
${new:7:12}" ]
    [ "$("$STRATA" images -q --no-trunc new)" = "$new" ]
}

@test "filters by name, label and age" {
    [ "$(names new)" = "new:1 " ]
    [ "$(names new:2)" = "" ]
    [ "$(names 'localhost:5000/team/*')" = "localhost:5000/team/new:2 " ]
    [ "$(names '*')" = "new:1 old:1 " ]
    [ "$(names '*/*/*')" = "localhost:5000/team/new:2 " ]
    [ "$(names -f reference=old -f reference=new:1)" = "new:1 old:1 " ]
    [ "$(names -f label=kind=old)" = "old:1 " ]
    [ "$(names -f label=kind -f label=color)" = "old:1 " ]
    [ "$(names -f label!=color -f label=kind)" = "new:1 localhost:5000/team/new:2 " ]
    [ "$(names -f before=new:1)" = "old:1 " ]
    [ "$(names -f since=old:1 -f label=kind)" = "new:1 localhost:5000/team/new:2 " ]
    [ "$(names -f until=2021-01-01)" = "old:1 " ]
    [ "$(names -f until=1650000000)" = "old:1 " ]
}

@test "filters that make no sense are refused in Docker's words" {
    expect 1 "$STRATA" images -f foo=bar
    contains "invalid filter 'foo'"
    expect 1 "$STRATA" images -f dangling=x
    contains "invalid filter 'dangling=[x]'"
    expect 1 "$STRATA" images -f before=nothing
    contains "Error response from daemon: No such image: nothing:latest"
    expect 125 "$STRATA" images -f foo
    contains "bad format of filter (expected name=value)"
}

@test "templates and JSON" {
    old=$("$STRATA" inspect -f '{{.Id}}' old:1)
    [ "$("$STRATA" images --format '{{.Repository}} {{.Tag}} {{.ID}} {{.Size}} {{.CreatedAt}} {{.Digest}}' old)" \
        = "old 1 ${old:7:12} 3B 2020-09-13 12:26:40 +0000 UTC <none>" ]
    [ "$("$STRATA" images --format 'table {{.Tag}}|{{.Repository}}' old)" = "TAG|REPOSITORY
1|old" ]
    [ "$("$STRATA" images --format json old | jq -r '.Repository + .Tag + .Size')" = old13B ]
    "$STRATA" images --digests old | grep -q DIGEST
}

@test "image ls and image list are the same command" {
    [ "$("$STRATA" image ls)" = "$("$STRATA" images)" ]
    [ "$("$STRATA" image list)" = "$("$STRATA" images)" ]
}

@test "tag gives names, and moves them" {
    "$STRATA" tag old:1 moving
    [ "$(names moving)" = "moving:latest " ]
    "$STRATA" image tag new:1 moving:latest
    [ "$("$STRATA" inspect -f '{{.Id}}' moving)" = "$("$STRATA" inspect -f '{{.Id}}' new:1)" ]
    "$STRATA" rmi moving
}

@test "tag refuses what cannot be named" {
    expect 1 "$STRATA" tag nothing x
    contains "Error response from daemon: No such image: nothing:latest"
    expect 1 "$STRATA" tag old:1 Upper
    local refused='is not a valid repository/tag: invalid reference format: repository name (library/Upper) must be lowercase'
    [ "$output" = "Error parsing reference: \"Upper\" $refused" ]
    expect 1 "$STRATA" tag Upper x
    [ "$output" = "Error parsing reference: \"Upper\" $refused" ]
    expect 0 "$STRATA" tag "$("$STRATA" images -q --no-trunc old:1)" by-id
    "$STRATA" rmi by-id
    expect 1 "$STRATA" tag old:1 "x@sha256:$(printf x | sha256sum | cut -d' ' -f1)"
    [ "$output" = "refusing to create a tag with a digest reference" ]
    expect 1 "$STRATA" tag old:1
    contains 'requires exactly 2 arguments'
}
