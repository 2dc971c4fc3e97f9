#!/usr/bin/env bats
# The registry as a service: the unit, what the service manager is told, stopping while clients are at it, logs.

load helpers

setup() { registry_setup; }
teardown() {
    registry_stop
    [[ -z ${MANAGER:-} ]] || { kill "$MANAGER" 2>/dev/null; wait "$MANAGER" 2>/dev/null || true; }
}

# A service manager's ear: what arrives at NOTIFY_SOCKET goes to $WORK/told, a line for each line.
listen_as_manager() {
    python3 - "$1" "$WORK/told" <<'END' 3>&- &
import socket, sys
name, out = sys.argv[1:]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind("\0" + name[1:] if name[0] == "@" else name)
with open(out, "w", buffering=1) as told:
    while True:
        told.write(ear.recv(4096).decode() + "\n")
END
    MANAGER=$!
    until [[ -e $WORK/told ]]; do sleep 0.02; done
    export NOTIFY_SOCKET=$1
}
# Until the manager was told $1.
await_told() {
    for ((i = 0; i < 300; ++i)); do
        grep -qx "$1" "$WORK/told" && return
        sleep 0.05
    done
    cat "$WORK/told"
    return 1
}

@test "the unit is one that systemd takes" {
    command -v systemd-analyze || { echo "install systemd"; false; }
    sed "s,/usr/local/bin/strata,$STRATA," "$repository/packaging/strata-registry.service" >"$WORK/strata-registry.service"
    run systemd-analyze verify "$WORK/strata-registry.service"
    [ "$status" -eq 0 ]
    [ -z "$output" ] || { echo "$output"; false; }
    grep -qx Type=notify "$WORK/strata-registry.service"
}

@test "it says when it is ready, reads again, and stops" {
    listen_as_manager "$WORK/notify"
    registry_start plain
    await_told READY=1
    grep -qx "STATUS=Serving on $HOST" "$WORK/told"
    ! grep -q RELOADING "$WORK/told"
    kill -HUP "$PID"
    await_told RELOADING=1
    ask 200 GET /v2/
    registry_stop
    await_told STOPPING=1
    [ "$(grep -x '[A-Z]*=1' "$WORK/told" | tr '\n' ' ')" = "READY=1 RELOADING=1 READY=1 STOPPING=1 " ]
}

@test "a socket without a place in the file system, and one that is not there" {
    listen_as_manager "@strata-test-$$-$BATS_TEST_NUMBER"
    registry_start plain
    await_told READY=1
    registry_stop
    NOTIFY_SOCKET=$WORK/nobody registry_start plain
    ask 200 GET /v2/
}
