# image prune, container prune, system prune.

setup() {
    load helpers
    strata_setup
}

teardown() {
    strata_teardown
}

@test "image prune removes what has no name, and says what it was" {
    base_image busybox
    "$STRATA" import "$BATS_FILE_TMPDIR/base.tar" other >/dev/null
    small_tar "$WORK/a.tar" file content
    id=$("$STRATA" import "$WORK/a.tar")
    expect 0 "$STRATA" image prune --force
    [ "${lines[0]}" = "Deleted Images:" ]
    [ "${lines[1]}" = "deleted: $id" ]
    [[ ${lines[-1]} == "Total reclaimed space: 7B" ]]
    [ "$("$STRATA" images -q | wc -l)" -eq 2 ]
}

@test "image prune -a leaves only what containers use" {
    base_image busybox
    small_tar "$WORK/a.tar" file content
    "$STRATA" import "$WORK/a.tar" unused >/dev/null
    "$STRATA" run --name user busybox true
    expect 0 "$STRATA" image prune -a -f
    contains "untagged: unused:latest"
    [ "$("$STRATA" images --format '{{.Repository}}')" = busybox ]
}

@test "prune asks, and takes an answer from a pipe as Docker does" {
    small_tar "$WORK/a.tar" file content
    "$STRATA" import "$WORK/a.tar" >/dev/null
    run bash -c 'echo n | "$STRATA" image prune'
    [ "$status" -eq 0 ]
    contains "WARNING! This will remove all dangling images."
    contains "Are you sure you want to continue? [y/N]"
    [ "$("$STRATA" images -q | wc -l)" -eq 1 ]
    run bash -c 'echo y | "$STRATA" image prune'
    [ "$status" -eq 0 ]
    [ "$("$STRATA" images -q | wc -l)" -eq 0 ]
}

@test "container prune removes those that do not run" {
    base_image busybox
    "$STRATA" run --name done busybox true
    "$STRATA" run -d --name busy busybox sleep 1000
    id=$("$STRATA" ps -a --no-trunc --format '{{.ID}} {{.Names}}' | sed -n 's/ done$//p')
    expect 0 "$STRATA" container prune -f
    [ "${lines[0]}" = "Deleted Containers:" ]
    [ "${lines[1]}" = "$id" ]
    [[ ${lines[-1]} == "Total reclaimed space: "* ]]
    [ "$("$STRATA" ps -a --format '{{.Names}}')" = busy ]
}

@test "container prune goes by age and by label" {
    base_image busybox
    "$STRATA" run --name young --label keep=no busybox true
    expect 0 "$STRATA" container prune -f --filter until=1h
    [ "$output" = "Total reclaimed space: 0B" ]
    expect 0 "$STRATA" container prune -f --filter label=keep=yes
    [ "$output" = "Total reclaimed space: 0B" ]
    expect 1 "$STRATA" container prune -f --filter color=red
    contains "invalid filter 'color'"
    expect 0 "$STRATA" container prune -f --filter label=keep=no
    contains "Deleted Containers:"
}

@test "system prune does both, containers first" {
    base_image busybox
    "$STRATA" run --name done busybox true
    expect 0 "$STRATA" system prune --all --force
    contains "Deleted Containers:"
    contains "untagged: busybox:latest"
    [ "$("$STRATA" images -q | wc -l)" -eq 0 ]
    assert_store_sound
    expect 1 "$STRATA" system prune --force --volumes
    contains "unsupported: --volumes"
}

@test "image prune goes by age and by label" {
    small_tar "$WORK/a.tar" file content
    "$STRATA" import -c 'LABEL keep=yes' "$WORK/a.tar" keep:1
    "$STRATA" import "$WORK/a.tar" lose:1
    expect 0 "$STRATA" image prune -af --filter until=1h
    [ "$output" = "Total reclaimed space: 0B" ]
    expect 0 "$STRATA" image prune -af --filter label!=keep
    [ "${lines[1]}" = "untagged: lose:1" ]
    # Its layer is the other's, too.
    [ "${lines[-1]}" = "Total reclaimed space: 0B" ]
    [ "$("$STRATA" images --format '{{.Repository}}')" = keep ]
    expect 1 "$STRATA" image prune -f --filter nonsense=1
    [ "$output" = "Error response from daemon: invalid filter 'nonsense'" ]
}
