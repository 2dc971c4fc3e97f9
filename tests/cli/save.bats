#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" a one
    small_tar "$WORK/b.tar" b two
    export SOURCE_DATE_EPOCH=1600000000
    "$STRATA" import -c 'CMD ["sh"]' "$WORK/a.tar" one:1
    "$STRATA" import "$WORK/b.tar" two:1
    "$STRATA" tag one:1 one:2
    "$STRATA" tag one:1 localhost:5000/team/one:3
}

teardown_file() {
    strata_teardown
}

@test "save writes an OCI layout and a docker archive in one" {
    "$STRATA" save one:1 >"$WORK/one.tar"
    id=$("$STRATA" inspect -f '{{.Id}}' one:1)
    layer=$("$STRATA" inspect -f '{{index .RootFS.Layers 0}}' one:1)
    manifest=$(tar -xOf "$WORK/one.tar" index.json | jq -r '.manifests[0].digest')
    [ "$(tar -tf "$WORK/one.tar" | sort)" = "$(printf '%s\n' blobs/ blobs/sha256/ index.json manifest.json oci-layout repositories \
        "blobs/sha256/${id#*:}" "blobs/sha256/${layer#*:}" "blobs/sha256/${manifest#*:}" | sort)" ]
    [ "$(tar -xOf "$WORK/one.tar" manifest.json | jq -c '.[0] | [.Config, .RepoTags, .Layers]')" = \
        "[\"blobs/sha256/${id#*:}\",[\"one:1\"],[\"blobs/sha256/${layer#*:}\"]]" ]
    [ "$(tar -xOf "$WORK/one.tar" repositories)" = "{\"one\":{\"1\":\"${layer#*:}\"}}" ]
    [ "$(tar -xOf "$WORK/one.tar" index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"]')" = docker.io/library/one:1 ]
    for digest in "$id" "$layer" "$manifest"; do
        [ "sha256:$(tar -xOf "$WORK/one.tar" "blobs/sha256/${digest#*:}" | sha256sum | cut -d' ' -f1)" = "$digest" ]
    done
}

@test "the same images give the same bytes, in a file as on standard output" {
    "$STRATA" save one:1 two:1 >"$WORK/1.tar"
    "$STRATA" save -o "$WORK/2.tar" one:1 two:1
    "$STRATA" save one:1 two:1 | cat >"$WORK/3.tar"
    cmp "$WORK/1.tar" "$WORK/2.tar"
    cmp "$WORK/1.tar" "$WORK/3.tar"
    [ "$(stat -c %a "$WORK/2.tar")" = 600 ]
}

@test "a bare name means all its tags, and an image is there once" {
    "$STRATA" save one one:1 localhost:5000/team/one:3 "$("$STRATA" inspect -f '{{.Id}}' one:1)" >"$WORK/all.tar"
    [ "$(tar -xOf "$WORK/all.tar" manifest.json | jq -c 'map(.RepoTags)')" = '[["one:1","one:2","localhost:5000/team/one:3"]]' ]
    "$STRATA" save "$("$STRATA" images -q two)" >"$WORK/id.tar"
    [ "$(tar -xOf "$WORK/id.tar" manifest.json | jq -c 'map(.RepoTags)')" = '[null]' ]
}

@test "what is saved loads again, with the same ids and names" {
    before=$("$STRATA" images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}')
    "$STRATA" save one two localhost:5000/team/one >"$WORK/everything.tar"
    "$STRATA" rmi -f $("$STRATA" images -q | sort -u) >/dev/null
    "$STRATA" load -i "$WORK/everything.tar"
    [ "$("$STRATA" images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}')" = "$before" ]
    assert_store_sound
}

@test "save refuses a terminal" {
    run script -qec "$STRATA save one:1" /dev/null
    [ "$status" -eq 1 ]
    contains "cowardly refusing to save to a terminal. Use the -o flag or redirect"
}

@test "a failure leaves no file, and the old one as it was" {
    expect 1 "$STRATA" save -o "$WORK/new.tar" nothing
    contains "Error response from daemon: No such image: nothing"
    [ ! -e "$WORK/new.tar" ]
    echo old >"$WORK/old.tar"
    expect 1 "$STRATA" save -o "$WORK/old.tar" one:1 nothing:1
    contains "Error response from daemon: reference does not exist"
    [ "$(cat "$WORK/old.tar")" = old ]
    expect 1 "$STRATA" save -o "$WORK/nowhere/x.tar" one:1
    contains "failed to save image: invalid output path: directory \"$WORK/nowhere\" does not exist"
    expect 1 "$STRATA" save --platform linux/s390x -o "$WORK/new.tar" one:1
    contains "does not provide the specified platform (linux/s390x)"
    [ -z "$(find "$WORK" -maxdepth 1 -name '.*' -type f)" ]
}

@test "a reader that goes away is no crash" {
    run bash -c "set -o pipefail; '$STRATA' save one:1 | head -c 100 >/dev/null"
    [ "$status" -ne 134 ]
    [ "$status" -ne 139 ]
}

@test "save -o does not put a file in the place of a device or a folder, and writes into a pipe" {
    mknod "$WORK/null" c 1 3
    expect 1 "$STRATA" save -o "$WORK/null" one:1
    contains "invalid output path: \"$WORK/null\" must be a regular file: got a device"
    [ -c "$WORK/null" ]
    mkdir "$WORK/folder"
    expect 1 "$STRATA" save -o "$WORK/folder" one:1
    contains "must be a regular file: got a directory"
    mkfifo "$WORK/pipe"
    "$STRATA" save one:1 >"$WORK/direct.tar"
    "$STRATA" save -o "$WORK/pipe" one:1 &
    cmp "$WORK/pipe" "$WORK/direct.tar"
    wait $!
    [ -p "$WORK/pipe" ]
}
