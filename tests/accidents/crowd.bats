#!/usr/bin/env bats
# Sixteen processes import, tag, run and remove the same images for a minute: no deadlock, no lost name, a sound store.

load accidents

setup() {
    accident_setup
    base_image base
    make_tar 20 20000 crowd >"$BATS_TEST_TMPDIR/layer.tar"
    "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" keep:me
}

teardown() {
    strata_teardown
}

# One of the crowd: until the time is up, does what the others do too. Refusals because another was faster are fine;
# anything else is written down.
member() {
    local me=$1 until=$((SECONDS + ${STRATA_CROWD_SECONDS:-60})) problems=$BATS_TEST_TMPDIR/problems.$1 rounds=0
    RANDOM=$me
    : >"$problems"
    while ((SECONDS < until)); do
        case $((RANDOM % 6)) in
            0) attempt "$STRATA" import "$BATS_TEST_TMPDIR/layer.tar" "shared:$((RANDOM % 3))" ;;
            1) attempt "$STRATA" tag keep:me "mine:$me" ;;
            2) attempt "$STRATA" run --rm base true ;;
            3) attempt "$STRATA" rmi "shared:$((RANDOM % 3))" ;;
            4) attempt "$STRATA" import -c "LABEL member=$me" "$BATS_TEST_TMPDIR/layer.tar" "own:$me" ;;
            5) attempt "$STRATA" images ;;
        esac
        rounds=$((rounds + 1))
    done
    echo "$rounds" >"$BATS_TEST_TMPDIR/rounds.$me"
    "$STRATA" tag keep:me "last:$me" || echo "could not tag at the end" >>"$problems"
}

attempt() {
    local said code=0
    said=$(timeout 60 "$@" 2>&1 >/dev/null) || code=$?
    ((code == 0)) && return
    case $said in
        *"No such image"* | *"image is being used by"* | *"must force"* | *"must be forced"*) ((code != 124)) && return ;;
    esac
    echo "exit $code: ${*:2}: $said" >>"$problems"
}

@test "sixteen processes on the same images for a minute" {
    local members=()
    for ((m = 1; m <= 16; m++)); do
        member "$m" 3>&- &
        members+=($!)
    done
    wait "${members[@]}"
    cat "$BATS_TEST_TMPDIR"/problems.*
    [ -z "$(cat "$BATS_TEST_TMPDIR"/problems.*)" ]
    echo "rounds: $(awk '{sum += $1} END {print sum}' "$BATS_TEST_TMPDIR"/rounds.*)"

    # No name was lost: everybody's last tag and the image they all share are there.
    for ((m = 1; m <= 16; m++)); do
        [ -n "$("$STRATA" images -q "last:$m")" ]
    done
    [ -n "$("$STRATA" images -q keep:me)" ]
    [ -z "$("$STRATA" ps -aq)" ]
    assert_sound
}
