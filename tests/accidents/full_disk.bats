#!/usr/bin/env bats
# A data root on a small file system that fills up: clear errors, and nothing that was there is lost.

load accidents

setup() {
    accident_setup
    truncate -s 48M "$BATS_TEST_TMPDIR/disk"
    mkfs.ext4 -q -m 0 "$BATS_TEST_TMPDIR/disk"
    mkdir "$BATS_TEST_TMPDIR/small"
    mount -o loop "$BATS_TEST_TMPDIR/disk" "$BATS_TEST_TMPDIR/small"
    export STRATA_ROOT=$BATS_TEST_TMPDIR/small/data
    base_image base
    make_tar 40 1000000 full >"$BATS_TEST_TMPDIR/big.tar"
}

teardown() {
    strata_teardown
    umount "$BATS_TEST_TMPDIR/small"
}

@test "an import that does not fit says so and leaves the store as it was" {
    local before
    before=$("$STRATA" images --no-trunc --digests --format "{{.ID}} {{.Repository}}:{{.Tag}}")
    run "$STRATA" import "$BATS_TEST_TMPDIR/big.tar" big
    [ "$status" -eq 1 ]
    [[ "$output" == *"No space left on device"* ]]
    [ "$("$STRATA" images --no-trunc --digests --format "{{.ID}} {{.Repository}}:{{.Tag}}")" = "$before" ]
    assert_sound
    [ "$("$STRATA" run --rm base echo alive)" = alive ]
}

@test "a load that does not fit leaves nothing behind" {
    STRATA_ROOT=$BATS_TEST_TMPDIR/elsewhere "$STRATA" import "$BATS_TEST_TMPDIR/big.tar" big
    STRATA_ROOT=$BATS_TEST_TMPDIR/elsewhere "$STRATA" save -o "$BATS_TEST_TMPDIR/big-image.tar" big
    local before
    before=$(space_used)
    run "$STRATA" load -i "$BATS_TEST_TMPDIR/big-image.tar"
    [ "$status" -eq 1 ]
    [[ "$output" == *"No space left on device"* ]]
    assert_sound
    "$STRATA" rmi nothing 2>/dev/null || true
    (($(space_used) <= before + 64))
    STRATA_ROOT=$BATS_TEST_TMPDIR/elsewhere "$STRATA" system reset --force
}

@test "a disk without a single free block: reading goes on, removing makes room again" {
    small_tar "$WORK/other.tar" file other
    "$STRATA" import "$WORK/other.tar" other
    run dd if=/dev/zero of="$BATS_TEST_TMPDIR/small/filler" bs=1M
    [ "$status" -ne 0 ]
    "$STRATA" images
    assert_sound
    run "$STRATA" import "$BATS_TEST_TMPDIR/big.tar" big
    [ "$status" -eq 1 ]
    "$STRATA" history base
    "$STRATA" rmi other
    ! "$STRATA" history other 2>/dev/null
    rm "$BATS_TEST_TMPDIR/small/filler"
    "$STRATA" tag base again
    "$STRATA" rmi base
    [ "$("$STRATA" run --rm again echo alive)" = alive ]
    assert_sound
}

@test "a container that fills the disk does not take the store with it" {
    run "$STRATA" run --name filler base sh -c 'cat /dev/zero >/zeros'
    [ "$status" -ne 0 ]
    "$STRATA" rm -f filler
    assert_sound
    "$STRATA" tag base again
    [ "$("$STRATA" run --rm again echo alive)" = alive ]
}
