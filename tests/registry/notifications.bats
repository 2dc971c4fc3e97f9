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
    push_image team/app 2 second
    ask 202 DELETE "/v2/team/app/manifests/$digest"
    await 6
    diff "$WORK/events" - <<'END'
push team/app 1 -
pull team/app 1 -
delete team/app 1 -
push team/app 2 -
delete team/app - -
delete team/app 2 -
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

strata_registry() { "$STRATA" registry "$1" --config "$WORK/config.yml" "${@:2}"; }
# Until `strata registry deliveries` in the form $1, of the endpoint $3, says $2.
await_deliveries() {
    for ((i = 0; i < 600; ++i)); do
        [[ $(strata_registry deliveries --format "$1" ${3:+"$3"}) == "$2" ]] && return
        sleep 0.05
    done
    strata_registry deliveries
    return 1
}

@test "an endpoint that is down for a while gets everything in order, across a restart; the other one waits for nothing" {
    listen 0
    local up=$PORT
    start_two() {
        registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
notifications:
  endpoints:
    - {name: up, url: "http://127.0.0.1:$up/events", headers: {Authorization: [Bearer us]}, ignoredmediatypes: [application/octet-stream]}
    - {name: down, url: "http://127.0.0.1:$1/down", headers: {Authorization: [Bearer us]}, backoff: 50ms, threshold: 1,
       ignore: {mediatypes: [application/octet-stream], actions: [pull]}}
END
    }
    start_two 1 # nobody listens there
    make_image team/app first
    for ((tag = 1; tag <= 12; ++tag)); do
        put_manifest team/app $tag
    done
    ask 200 GET /v2/team/app/manifests/1
    await 13
    [ ! -e "$WORK/events.down" ]
    [ "$(strata_registry deliveries --format '{{.Event}} {{.Status}}' down)" = "push team/app:1 -" ]
    registry_stop
    start_two "$up"
    put_manifest team/app 13
    await 14
    await_deliveries '{{.Status}}' "$(printf '200\n%.0s' {1..13})" down
    diff "$WORK/events.down" <(for ((tag = 1; tag <= 13; ++tag)); do echo "push team/app $tag -"; done)
    diff "$WORK/events" <(for ((tag = 1; tag <= 12; ++tag)); do echo "push team/app $tag -"; done; echo "pull team/app 1 -"; echo "push team/app 13 -")
}

@test "the log of deliveries, and sending them again" {
    listen 2
    start
    push_image team/app 1 first
    await_deliveries '{{.Event}} {{.Status}} {{.Attempts}}' "push team/app:1 200 3"
    id=$(strata_registry deliveries --format '{{.ID}}' listener)
    strata_registry deliveries --format '{{.Body}}' | jq -e '.target.tag == "1"'
    [ "$(strata_registry replay "$id")" = "$id" ]
    await 2
    registry_stop
    strata_registry replay "$id" # nobody serves: it waits
    start
    await 3
    diff "$WORK/events" <(printf 'push team/app 1 -\n%.0s' {1..3})
    run strata_registry replay 12345 x "$id"
    [ "$status" -eq 1 ]
    [[ $output == *"no delivery 12345"*"no delivery x"*"$id" ]]
    run strata_registry deliveries nobody
    [ "$status" -eq 1 ]
    [[ $output == *"no endpoint 'nobody'"* ]]
}

@test "events as Distribution's: requests, actors, references" {
    listen 0
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
notifications:
  events: {includereferences: true}
  endpoints: [{name: listener, url: "http://127.0.0.1:$PORT/events", headers: {Authorization: [Bearer us]}}]
END
    push_image team/app 1 first
    curl -sf -A tester -H "Host: registry.example.com" -H "X-Forwarded-For: 192.0.2.7, 10.0.0.1" -H "Accept: $OCI_MANIFEST" "$URL/v2/team/app/manifests/1" >/dev/null
    ask 202 DELETE /v2/team/app/manifests/1
    await 5
    strata_registry deliveries --format '{{.Body}}' >"$WORK/bodies"
    jq -se 'map(.action) == ["delete", "pull", "push", "push", "push"]' "$WORK/bodies"
    jq -se --arg d "$digest" '.[1] | .target.url == "http://registry.example.com/v2/team/app/manifests/\($d)" and .request.useragent == "tester"
        and .request.host == "registry.example.com" and .request.addr == "192.0.2.7" and .request.method == "GET" and (.request.id | length) > 0
        and (.target.references | length) == 2 and .target.digest == $d and .target.length == .target.size' "$WORK/bodies"
    jq -se 'map(.id) | unique | length == 5' "$WORK/bodies"
    jq -se '.[0].target | has("size") | not' "$WORK/bodies"
    jq -se --arg host "$(uname -n):0" 'map(.source.addr) | unique == [$host]' "$WORK/bodies"
}
