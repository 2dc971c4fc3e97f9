#!/usr/bin/env bats
# Data roots and run roots as people have them: read-only, with odd names, one in the other, with something lost.

load helpers

setup() {
    strata_setup
    cp "$BATS_FILE_TMPDIR/base.tar" "$WORK/base.tar"
}

setup_file() {
    "$BATS_TEST_DIRNAME/../../tools/busybox-rootfs" >"$BATS_FILE_TMPDIR/base.tar"
}

teardown() {
    local tries
    for ((tries = 0; tries < 50; tries++)); do # somebody who looks at all mounts may be in it for a moment
        mountpoint -q "$WORK/read-only" || break
        umount "$WORK/read-only" 2>/dev/null || sleep 0.1
    done
    strata_teardown
}

@test "a data root that can only be read can be looked at, also when it never had a container" {
    "$STRATA" import "$WORK/base.tar" base
    mkdir "$WORK/read-only"
    mount -o bind,ro "$STRATA_ROOT" "$WORK/read-only"
    export STRATA_ROOT=$WORK/read-only
    expect 0 "$STRATA" images --format '{{.Repository}}'
    [ "$output" = base ]
    expect 0 "$STRATA" ps -a --format '{{.ID}}'
    [ -z "$output" ]
    expect 0 "$STRATA" info --format '{{.Images}} {{.Containers}}'
    [ "$output" = "1 0" ]
    expect 0 "$STRATA" inspect --format '{{.Architecture}}' base
    expect 0 "$STRATA" history base
    expect 0 "$STRATA" system df
    expect 0 "$STRATA" system df -v
    expect 0 "$STRATA" save -o "$WORK/saved.tar" base
    expect 1 "$STRATA" inspect nothing
    contains "No such object: nothing"
    for change in "rmi base" "tag base other" "import $WORK/base.tar" "load -i $WORK/saved.tar"; do
        expect 1 "$STRATA" $change
        contains "ead-only"
    done
    expect 125 "$STRATA" run base true
    contains "ead-only"
}

@test "a data root that can only be read and lacks the index of its database says so" {
    "$STRATA" import "$WORK/base.tar" base
    rm "$STRATA_ROOT/strata.db-shm"
    mkdir "$WORK/read-only"
    mount -o bind,ro "$STRATA_ROOT" "$WORK/read-only"
    expect 1 "$STRATA" --root "$WORK/read-only" images
    contains "its index 'strata.db-shm' is missing, and cannot be made"
    expect 0 "$STRATA" images
    expect 0 "$STRATA" --root "$WORK/read-only" images
}

# The whole life of an image and a container.
lives() {
    "$STRATA" import -c 'CMD ["sh"]' "$WORK/base.tar" base
    [ "$("$STRATA" run --name first base sh -c 'echo changed >/file; cat /file')" = changed ]
    "$STRATA" commit first next
    [ "$("$STRATA" run --rm -v named:/v next cat /file)" = changed ]
    "$STRATA" rm first
    "$STRATA" system fsck
    "$STRATA" system reset --force
    [ ! -e "$STRATA_ROOT" ] && [ ! -e "$STRATA_RUN_ROOT" ]
}

@test "roots may be called anything" {
    local odd driver
    odd=$(printf 'a:b,c\\d e"f\tg%%h{}ä\nend')
    for driver in erofs overlay vfs; do
        export STRATA_STORAGE_DRIVER=$driver
        STRATA_ROOT=$WORK/$odd/data STRATA_RUN_ROOT=$WORK/plain lives
        STRATA_ROOT=$WORK/plain STRATA_RUN_ROOT=$WORK/$odd/run lives
    done
}

@test "one root cannot lie in the other" {
    local pair
    mkdir "$WORK/data"
    ln -s "$WORK/data" "$WORK/link"
    for pair in same:same same:./same/ outer:outer/run outer/data:outer data:link/run; do
        expect 1 "$STRATA" --root "$WORK/${pair%:*}" --run-root "$WORK/${pair#*:}" images
        contains "are the same folder, or one lies in the other"
        expect 1 "$STRATA" --root "$WORK/${pair%:*}" --run-root "$WORK/${pair#*:}" system reset --force
        contains "are the same folder, or one lies in the other"
    done
    expect 0 "$STRATA" --root "$WORK/a" --run-root "$WORK/a-run" images
}

@test "a data root that has lost the note of its driver keeps to the driver of its layers" {
    local driver
    for driver in overlay vfs erofs; do
        export STRATA_ROOT=$WORK/$driver
        "$STRATA" --storage-driver "$driver" import "$WORK/base.tar" base
        rm "$STRATA_ROOT/driver"
        expect 1 "$STRATA" --storage-driver "$([ $driver = vfs ] && echo overlay || echo vfs)" images
        contains "was made with the storage driver '$driver'"
        [ "$("$STRATA" run --rm base echo works)" = works ]
        [ "$(cat "$STRATA_ROOT/driver")" = "$driver" ]
        expect 0 "$STRATA" system fsck
        "$STRATA" system reset --force
    done
}

@test "layers without a database are not taken for a new data root" {
    "$STRATA" import "$WORK/base.tar" base
    rm "$STRATA_ROOT"/driver "$STRATA_ROOT"/strata.db*
    expect 1 "$STRATA" images
    contains "is missing"
    [ -n "$(ls "$STRATA_ROOT/layers")" ]
}
