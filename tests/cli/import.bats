#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" etc/motd "hello"
}

teardown_file() {
    strata_teardown
}

@test "import prints the id, and the image can be seen" {
    expect 0 "$STRATA" import "$WORK/a.tar" first:1
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    [ "$("$STRATA" inspect -f '{{.Id}} {{.Size}}' first:1)" = "$output 5" ]
    [ "$("$STRATA" images --format '{{.Repository}}:{{.Tag}}' first)" = first:1 ]
}

@test "import reads standard input, compressed or not" {
    for filter in cat gzip bzip2 xz zstd; do
        expect 0 bash -c "$filter <'$WORK/a.tar' | '$STRATA' import - via-$filter"
        [ "$("$STRATA" inspect -f '{{.RootFS.Layers}}' via-$filter)" = "[sha256:$(sha256sum <"$WORK/a.tar" | cut -d' ' -f1)]" ]
    done
}

@test "import refuses a terminal" {
    run script -qec "$STRATA import - x" /dev/null
    [ "$status" -eq 1 ]
    contains "stdin is a terminal"
}

@test "import says which file is not there" {
    expect 1 "$STRATA" import "$WORK/nothing.tar"
    [ "$output" = "open $WORK/nothing.tar: no such file or directory" ]
    expect 1 "$STRATA" import "$WORK"
    [ "$output" = "read $WORK: is a directory" ]
}

@test "import refuses a platform that there is not, in Docker's words and with its status" {
    expect 1 "$STRATA" import --platform nonsense "$WORK/a.tar"
    contains 'Error response from daemon: "nonsense": unknown operating system or architecture: invalid argument'
    expect 1 "$STRATA" import --platform nonsense "$WORK/nothing.tar" Upper
    contains "no such file or directory" # the first that is wrong
    expect 1 "$STRATA" import --platform nonsense "$WORK/a.tar" Upper
    [ "$output" = "invalid reference format: repository name (library/Upper) must be lowercase" ]
}

@test "import takes every instruction" {
    "$STRATA" import -m "my message" --platform linux/arm64/v8 -c 'CMD ["a","b"]' -c 'ENTRYPOINT echo hi' -c 'ENV a=1 b="2 3"' \
        -c 'ENV c=$a' -c 'EXPOSE 80 53/udp 1000-1001' -c 'LABEL x="a b" y=z' -c 'ONBUILD RUN echo' -c 'USER joe' -c 'VOLUME /a /b' \
        -c 'WORKDIR /x' -c 'WORKDIR y' -c 'HEALTHCHECK --interval=5s CMD curl x' -c 'STOPSIGNAL SIGINT' -c 'SHELL ["/bin/bash","-c"]' \
        "$WORK/a.tar" all:1
    run jq -cS '.[0] | [.Config, .Architecture, .Variant, .Comment]' <("$STRATA" inspect all:1)
    [ "$output" = '[{"Cmd":["a","b"],"Entrypoint":["/bin/sh","-c","echo hi"],"Env":["a=1","b=2 3","c=1"],"ExposedPorts":{"1000/tcp":{},"1001/tcp":{},"53/udp":{},"80/tcp":{}},"Healthcheck":{"Interval":5000000000,"Test":["CMD-SHELL","curl x"]},"Labels":{"x":"a b","y":"z"},"OnBuild":["RUN echo"],"Shell":["/bin/bash","-c"],"StopSignal":"SIGINT","User":"joe","Volumes":{"/a":{},"/b":{}},"WorkingDir":"/x/y"},"arm64","v8","my message"]' ]
}

@test "import says what is wrong with an instruction, and takes nothing" {
    before=$(store_contents)
    expect 1 "$STRATA" import -c 'FOO bar' "$WORK/a.tar" wrong:1
    contains "FOO is not a valid change command"
    expect 1 "$STRATA" import -c 'ENV a' "$WORK/a.tar" wrong:1
    contains "ENV must have two arguments"
    [ "$(store_contents)" = "$before" ]
}

@test "import refuses names that cannot be" {
    expect 1 "$STRATA" import "$WORK/a.tar" Upper:1
    contains "invalid reference format: repository name (library/Upper) must be lowercase"
    expect 1 "$STRATA" import "$WORK/a.tar" "x@sha256:$(printf x | sha256sum | cut -d' ' -f1)"
    contains "Error response from daemon: cannot import digest reference"
}

@test "the same tar with the same options gives the same id under SOURCE_DATE_EPOCH" {
    export SOURCE_DATE_EPOCH=1000000000
    first=$("$STRATA" import -c 'CMD x' "$WORK/a.tar")
    second=$("$STRATA" import -c 'CMD x' "$WORK/a.tar" again)
    [ "$first" = "$second" ]
    [ "$("$STRATA" inspect -f '{{.Created}}' again)" = 2001-09-09T01:46:40Z ]
    [ "$("$STRATA" history --human=false --format '{{.CreatedAt}}|{{.Comment}}|{{.Size}}' again)" = "2001-09-09T01:46:40Z|Imported from -|5" ]
}

@test "what is no tar is refused, and nothing stays" {
    before=$(store_contents)
    printf 'this is no archive' >"$WORK/bad"
    expect 1 "$STRATA" import "$WORK/bad" bad
    head -c 700 "$WORK/a.tar" >"$WORK/truncated"
    expect 1 "$STRATA" import "$WORK/truncated" bad
    gzip <"$WORK/a.tar" | head -c 100 >"$WORK/truncated.gz"
    expect 1 "$STRATA" import "$WORK/truncated.gz" bad
    [ "$(store_contents)" = "$before" ]
    assert_store_sound
}

@test "a bomb of zeros runs into the limit, and nothing stays" {
    before=$(store_contents)
    head -c 200M /dev/zero | gzip >"$WORK/bomb.gz"
    STRATA_MAX_LAYER_SIZE=50m expect 1 "$STRATA" import "$WORK/bomb.gz" bomb
    [ "$(store_contents)" = "$before" ]
}

@test "import fetches from a URL" {
    mkfifo "$WORK/port"
    python3 "$repository/tests/cli/http_server.py" "$WORK" >"$WORK/port" 3>&- &
    server=$!
    read -r port <"$WORK/port"
    url=http://127.0.0.1:$port
    gzip -c "$WORK/a.tar" >"$WORK/a.tar.gz"

    expect 0 "$STRATA" import "$url/a.tar.gz" fetched:1
    [ "$("$STRATA" history --format '{{.Comment}}' fetched:1)" = "Imported from $url/a.tar.gz" ]
    expect 0 "$STRATA" import "$url/redirect/a.tar" fetched:2
    expect 1 "$STRATA" import "$url/missing.tar" fetched:3
    contains "the server answered 404"
    kill "$server"
}
