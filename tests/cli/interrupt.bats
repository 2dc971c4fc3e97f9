#!/usr/bin/env bats
# Ctrl-C and its like while something long is at hand: the command ends at once, and leaves nothing.

load helpers

setup_file() {
    strata_setup
    base_image base
    head -c 3000000 /dev/urandom >"$BATS_FILE_TMPDIR/random"
    tar -C "$BATS_FILE_TMPDIR" -cf "$BATS_FILE_TMPDIR/layer.tar" random
    "$STRATA" import "$BATS_FILE_TMPDIR/layer.tar" saved >/dev/null
    "$STRATA" save -o "$BATS_FILE_TMPDIR/image.tar" saved
    "$STRATA" rmi saved
    "$STRATA" run --name big base truncate -s 8G /big
}

setup() {
    export WORK=$BATS_TEST_TMPDIR
    contents=$(store_contents)
    mkfifo "$WORK/pipe"
}

teardown_file() {
    strata_teardown
}

# Runs a command that reads $1. Background jobs of a script ignore Ctrl-C unless they are told otherwise.
start() {
    local input=$1
    shift
    env --default-signal=INT,TERM,HUP "$@" <"$input" >"$WORK/said" 2>&1 &
    command=$!
}

# Begins to feed $1 to the command that reads from the pipe, and does not go on.
feed_half() {
    exec 7>"$WORK/pipe"
    head -c 2000000 "$1" >&7
}

# Until the command has begun to write something that must not stay.
until_it_writes() {
    until [ -n "$(find "$STRATA_ROOT/tmp" -type f -name 'tar*')" ]; do
        kill -0 "$command" || return 1
    done
}

# $1: the exit status that the command must end with.
ended_with() {
    local status=0
    wait "$command" || status=$?
    [ "$status" -eq "$1" ] || { echo "status $status instead of $1"; return 1; }
    [ ! -s "$WORK/said" ] # whoever interrupts knows that it is interrupted
    [ "$(store_contents)" = "$contents" ]
    [ -z "$(ls "$STRATA_ROOT/tmp")" ]
}

@test "an import that waits for its input ends when it is told to, and leaves nothing" {
    local one
    for one in INT:130 TERM:143 HUP:129; do
        start "$WORK/pipe" "$STRATA" import - interrupted
        feed_half "$BATS_FILE_TMPDIR/layer.tar"
        until_it_writes
        kill -s "${one%:*}" "$command"
        ended_with "${one#*:}"
        exec 7>&-
    done
}

@test "a load that waits for its input ends when it is told to, and leaves nothing" {
    start "$WORK/pipe" "$STRATA" load
    feed_half "$BATS_FILE_TMPDIR/image.tar"
    until_it_writes
    kill -INT "$command"
    ended_with 130
    exec 7>&-
}

@test "a commit ends when it is told to, and leaves nothing" {
    start /dev/null "$STRATA" commit big interrupted
    until_it_writes
    kill -TERM "$command"
    ended_with 143
}

@test "an import that unpacks its layer ends when it is told to, and leaves nothing" {
    python3 - >"$WORK/many.tar" <<'PYTHON'
import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    for i in range(40000):
        tar.addfile(tarfile.TarInfo(f"{i // 100}/{i}"))
PYTHON
    export STRATA_ROOT=$WORK/overlay STRATA_STORAGE_DRIVER=overlay
    contents=$(store_contents)
    start /dev/null "$STRATA" import "$WORK/many.tar" interrupted
    until [ -n "$(ls -d "$STRATA_ROOT"/tmp/*/*/tree 2>/dev/null)" ]; do
        kill -0 "$command"
    done
    kill -INT "$command"
    ended_with 130
    "$STRATA" system reset --force
}

@test "a container whose commit was killed goes on with the next one, and can be removed" {
    local still
    "$STRATA" run -d --name busy base sh -c 'truncate -s 8G /big; while :; do echo >/still-here; usleep 10000; done' >/dev/null
    for still in goes-on goes-away; do
        start /dev/null "$STRATA" commit busy killed
        until_it_writes
        kill -KILL "$command"
        wait "$command" || true
        if [ $still = goes-on ]; then
            start /dev/null "$STRATA" commit busy interrupted
            until_it_writes
            kill -INT "$command"
            wait "$command" || true
        fi
    done
    expect 0 "$STRATA" rm -f busy
    "$STRATA" tag base other && "$STRATA" rmi other # collects
    [ "$(store_contents)" = "$contents" ]
}

@test "what is to ignore a signal ignores it" {
    (trap '' HUP && exec "$STRATA" import - ignored <"$WORK/pipe" >/dev/null) &
    command=$!
    exec 7>"$WORK/pipe"
    head -c 2000000 "$BATS_FILE_TMPDIR/layer.tar" >&7
    until_it_writes
    kill -HUP "$command"
    tail -c +2000001 "$BATS_FILE_TMPDIR/layer.tar" >&7
    exec 7>&-
    wait "$command"
    "$STRATA" rmi ignored
}
