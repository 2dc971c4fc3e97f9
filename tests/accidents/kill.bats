#!/usr/bin/env bats
# kill -9 at random moments of everything that changes the store; each time the store must be sound, and in the end no space lost.
# The seed is printed, so that a failing run can be repeated: STRATA_KILL_SEED=n.

load accidents

setup() {
    accident_setup
    RANDOM=${STRATA_KILL_SEED:-$$}
    echo "STRATA_KILL_SEED=${STRATA_KILL_SEED:-$$}"
    make_tar 40 50000 kill >"$BATS_TEST_TMPDIR/layer.tar"
}

teardown() {
    strata_teardown
}

# Kills `"$@"` after a random part of $1 microseconds (and a little more, so that some runs complete).
killed_within() {
    local whole=$1 moment
    shift
    moment=$(((RANDOM * 32768 + RANDOM) % (whole * 11 / 10)))
    timeout -s KILL "$(printf '0.%06d' "$moment")" "$@" >/dev/null 2>&1 || true
}

# Microseconds that `"$@"` takes.
duration() {
    local begin=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null
    echo $((${EPOCHREALTIME/[.,]/} - begin))
}

# Nothing is left once everything has been removed and one more change has collected what the dead left behind.
no_space_is_lost() {
    "$STRATA" ps -aq | xargs -r "$STRATA" rm -f >/dev/null
    local images
    while images=$("$STRATA" images -aq --no-trunc | sort -u) && [ -n "$images" ]; do
        # Parents are refused until their children have gone.
        "$STRATA" rmi -f $images >/dev/null 2>&1 || [ "$("$STRATA" images -aq --no-trunc | sort -u)" != "$images" ]
    done
    small_tar "$BATS_TEST_TMPDIR/last.tar" last "one more change"
    "$STRATA" import "$BATS_TEST_TMPDIR/last.tar" last >/dev/null
    "$STRATA" rmi last >/dev/null
    local left
    left=$(find "$STRATA_ROOT"/{layers,blobs,stacks,tmp,containers} -type f 2>/dev/null)
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

@test "import, killed 50 times" {
    local took
    took=$(duration "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" victim)
    "$STRATA" rmi victim
    for ((n = 0; n < 50; n++)); do
        killed_within "$took" "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" victim
        ((n % 2)) || "$STRATA" rmi -f victim >/dev/null 2>&1 || true
    done
    assert_sound
    no_space_is_lost
    assert_sound
}

@test "load, killed 50 times" {
    local took
    "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" victim
    "$STRATA" save -o "$BATS_TEST_TMPDIR/image.tar" victim
    "$STRATA" rmi victim
    took=$(duration "$STRATA" load -i "$BATS_TEST_TMPDIR/image.tar")
    "$STRATA" rmi victim
    for ((n = 0; n < 50; n++)); do
        killed_within "$took" "$STRATA" load -i "$BATS_TEST_TMPDIR/image.tar"
        ((n % 2)) || "$STRATA" rmi -f victim >/dev/null 2>&1 || true
    done
    assert_sound
    no_space_is_lost
    assert_sound
}

@test "commit, killed 50 times" {
    local took
    base_image base
    "$STRATA" run --name changed base sh -c 'seq 100000 >/numbers; rm /etc/group'
    took=$(duration "$STRATA" commit changed victim)
    for ((n = 0; n < 50; n++)); do
        killed_within "$took" "$STRATA" commit changed victim
    done
    assert_sound
    "$STRATA" commit changed victim
    [ "$("$STRATA" run --rm victim tail -n 1 /numbers)" = 100000 ]
    no_space_is_lost
    assert_sound
}

@test "rmi, killed 50 times" {
    local took
    "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" victim
    took=$(duration "$STRATA" rmi victim)
    for ((n = 0; n < 50; n++)); do
        "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" victim >/dev/null
        killed_within "$took" "$STRATA" rmi victim
        ((n % 10)) || assert_sound
    done
    assert_sound
    no_space_is_lost
    assert_sound
}
