#!/usr/bin/env bats
# Events reach an endpoint: in order, again and again until it takes them, and after the registry was killed.

load helpers

setup() { registry_setup; : >"$WORK/events"; }
teardown() {
    registry_stop
    [[ -z ${LISTENER:-} ]] || { kill "$LISTENER"; wait "$LISTENER" 2>/dev/null || true; }
}

# listen REFUSALS [PORT]: sets PORT.
listen() {
    rm -f "$WORK/port"
    python3 "$BATS_TEST_DIRNAME/listener.py" "$WORK/events" "$WORK/port" "$1" "${2:-0}" 3>&- &
    LISTENER=$!
    until [[ -s $WORK/port ]]; do sleep 0.02; done
    PORT=$(<"$WORK/port")
}
start() {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
notifications:
  endpoints:
    - name: listener
      url: http://127.0.0.1:$PORT/events
      headers: {Authorization: [Bearer us]}
      timeout: 5s
      threshold: 2
      backoff: 100ms
      ignoredmediatypes: [application/octet-stream]
END
}
# Until so many events have arrived.
await() {
    for ((i = 0; i < 600; ++i)); do
        (($(wc -l <"$WORK/events") >= $1)) && return
        sleep 0.05
    done
    echo "only: $(<"$WORK/events")"
    return 1
}

@test "pushes, pulls and deletes, in order, in spite of refusals" {
    listen 3
    start
    push_image team/app 1 first
    ask 200 GET /v2/team/app/manifests/1
    await 2
    ask 202 DELETE /v2/team/app/manifests/1
    await 3
    diff "$WORK/events" - <<'END'
push team/app 1 -
pull team/app 1 -
delete team/app 1 -
END
}

@test "nothing is lost when the registry is killed while the endpoint is down" {
    listen 0
    kill "$LISTENER"
    wait "$LISTENER" 2>/dev/null || true
    start
    push_image team/app 1 first
    push_image team/app 2 second
    registry_stop -KILL
    start
    listen 0 "$PORT"
    await 2
    diff "$WORK/events" - <<'END'
push team/app 1 -
push team/app 2 -
END
}
