#!/usr/bin/env bats
# What an operator does: log in, limit, look, remove, collect, check; with a registry that serves.

load helpers

setup() { registry_setup; }
teardown() { registry_stop; }

strata_registry() { "$STRATA" registry "$1" --config "$WORK/config.yml" "${@:2}"; }

@test "ls, tag, rm and du beside a registry that serves" {
    registry_start plain
    push_image team/app 1 one
    push_image team/app 2 two
    push_image other x three
    ask 200 GET /v2/team/app/manifests/1
    run strata_registry ls --format '{{.Repository}} {{.Tags}}'
    [ "$output" = "other 1
team/app 2" ]
    run strata_registry ls --format '{{.Tag}}' team/app
    [ "$output" = "1
2" ]
    strata_registry du | grep -q team/app
    strata_registry tag team/app:1 stable
    ask 200 GET /v2/team/app/manifests/stable
    strata_registry rm team/app:1
    # What another process has changed is noticed soon.
    for _ in {1..100}; do
        status=$(curl -s -o /dev/null -w '%{http_code}' "$URL/v2/team/app/manifests/1")
        [[ $status == 404 ]] && break
        sleep 0.05
    done
    [ "$status" = 404 ]
    ask 200 GET /v2/team/app/manifests/stable
    strata_registry rm other
    ask 404 GET /v2/other/tags/list
    run strata_registry rm other
    [ "$status" -eq 1 ]
    run strata_registry ls no/such
    [ "$status" -eq 1 ]
    run strata_registry fsck
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    [[ $output == *"all sound"* ]]
}

@test "garbage goes while the registry serves, and gc explains" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
strata: {gc: {enabled: false, grace: 1s, deleteuntagged: true}}
END
    push_image gc/a 1 keep
    make_image gc/a drop
    put_manifest gc/a 2
    dropped=$(sha256 "$WORK/layer")
    ask 200 GET "/v2/gc/a/blobs/$dropped"
    ask 202 DELETE /v2/gc/a/manifests/2
    run strata_registry gc --dry-run --ignore-grace
    [[ $output == *"gc/a: manifest $(sha256 "$WORK/manifest"): goes: no tag, no index and no subject keeps it"* ]] || { echo "$output"; false; }
    [[ $output == *"gc/a: blob $dropped: goes: no manifest names it"* ]] || { echo "$output"; false; }
    [[ $output == *"Would remove: 1 manifest and 2 blobs of"* ]] || { echo "$output"; false; }
    ask 202 DELETE "/v2/gc/a/manifests/$(sha256 "$WORK/manifest")"
    run strata_registry gc --dry-run --ignore-grace
    [ "$status" -eq 0 ]
    ask 200 GET "/v2/gc/a/blobs/$dropped"
    strata_registry gc --all --ignore-grace
    for _ in {1..100}; do
        status=$(curl -s -o /dev/null -w '%{http_code}' "$URL/v2/gc/a/blobs/$dropped")
        [[ $status == 404 ]] && break
        sleep 0.05
    done
    [ "$status" = 404 ]
    [ -z "$(find "$DATA" -path "*${dropped#*:}*" -name data)" ]
    ask 200 GET /v2/gc/a/manifests/1
    push_image gc/a 2 drop
    ask 200 GET "/v2/gc/a/blobs/$dropped"
    run strata_registry fsck
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "what a client was told of stays until it can be named" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
strata: {gc: {grace: 4s, interval: 50ms, deleteuntagged: true}}
END
    make_image told/a x # its blobs: asked for by GET, which is answered from memory, and by HEAD
    config=$(sha256 "$WORK/config") layer=$(sha256 "$WORK/layer")
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[]}' $OCI_INDEX >"$WORK/child"
    child=$(sha256 "$WORK/child")
    put_manifest told/a "$child" "$WORK/child" $OCI_INDEX
    printf gone >"$WORK/unasked"
    unasked=$(push_blob told/a "$WORK/unasked")
    end=$((SECONDS + 6)) # and until the collector has taken what nobody asked for
    until ((SECONDS >= end)) && [ ! -e "$DATA/docker/registry/v2/blobs/sha256/${unasked:7:2}/${unasked#*:}/data" ]; do
        ask 200 GET "/v2/told/a/blobs/$config"
        ask 200 HEAD "/v2/told/a/blobs/$layer"
        ask 200 HEAD "/v2/told/a/manifests/$child"
        sleep 0.05
    done
    ask 404 GET "/v2/told/a/blobs/$unasked"
    put_manifest told/a image
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $OCI_INDEX "$(descriptor $OCI_INDEX "$WORK/child")" >"$WORK/index"
    put_manifest told/a index "$WORK/index" $OCI_INDEX
}

@test "one directory has one server, and a killed one leaves nothing locked" {
    registry_start plain
    push_image one/a 1 x
    run env REGISTRY_HTTP_ADDR=127.0.0.1:0 "$STRATA" registry serve "$WORK/config.yml"
    [ "$status" -eq 1 ]
    [[ $output == *"$DATA is served already by process $PID, at $HOST"* ]] || { echo "$output"; false; }
    push_image one/a 2 y
    registry_stop -KILL
    registry_start plain
    ask 200 GET /v2/one/a/manifests/2
}

@test "a unix socket goes when the registry stops, and a stale one is replaced" {
    socket=$WORK/registry.sock
    start() {
        : >"$WORK/registry.log"
        REGISTRY_HTTP_NET=unix REGISTRY_HTTP_ADDR=$socket REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$1 \
            "$STRATA" registry serve "$WORK/config.yml" 2>"$WORK/registry.log" >/dev/null 3>&- &
        PID=$!
        until grep -q "listening on $socket" "$WORK/registry.log"; do
            kill -0 "$PID" || { cat "$WORK/registry.log"; return 1; }
            sleep 0.05
        done
    }
    echo "version: 0.1" >"$WORK/config.yml"
    start "$DATA"
    curl -sf --unix-socket "$socket" http://registry/v2/
    run env REGISTRY_HTTP_NET=unix REGISTRY_HTTP_ADDR="$socket" REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="$WORK/other" \
        "$STRATA" registry serve "$WORK/config.yml"
    [ "$status" -eq 1 ]
    [[ $output == *"another process listens at $socket"* ]]
    curl -sf --unix-socket "$socket" http://registry/v2/
    registry_stop -KILL
    [ -S "$socket" ]
    start "$DATA"
    curl -sf --unix-socket "$socket" http://registry/v2/
    registry_stop
    [ ! -e "$socket" ]
}

@test "passwords: 401 with a challenge, wrong ones, right ones, and a changed file" {
    htpasswd -Bbn -C 5 ada secret >"$WORK/htpasswd"
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
auth: {htpasswd: {realm: here, path: $WORK/htpasswd}}
END
    ask 401 GET /v2/
    field_is WWW-Authenticate 'Basic realm="here"'
    field_is Docker-Distribution-API-Version registry/2.0
    code_is UNAUTHORIZED
    ask 200 GET /
    ask 401 GET /v2/ -u ada:wrong
    ask 401 GET /v2/ -u nobody:secret
    ask 200 GET /v2/ -u ada:secret
    ask 401 GET /v2/a/manifests/x
    ask 401 PUT /v2/a/manifests/x
    ask 401 GET /v2/_catalog
    printf x >"$WORK/blob"
    ask 201 POST "/v2/a/blobs/uploads/?digest=$(sha256 "$WORK/blob")" -u ada:secret --data-binary @"$WORK/blob"
    for _ in 1 2 3; do
        ask 200 GET "/v2/a/blobs/$(sha256 "$WORK/blob")" -u ada:secret
        ask 401 GET "/v2/a/blobs/$(sha256 "$WORK/blob")"
        ask 401 GET "/v2/a/blobs/$(sha256 "$WORK/blob")" -u ada:wrong
    done
    skopeo login --tls-verify=false --authfile "$WORK/auth.json" -u ada -p secret "$HOST"
    ! skopeo login --tls-verify=false --authfile "$WORK/auth.json" -u ada -p wrong "$HOST"
    htpasswd -Bbn -C 5 ada other >"$WORK/htpasswd"
    for _ in {1..100}; do
        status=$(curl -s -o /dev/null -w '%{http_code}' -u ada:other "$URL/v2/")
        [[ $status == 200 ]] && break
        sleep 0.1
    done
    [ "$status" = 200 ]
    ask 401 GET /v2/ -u ada:secret
}

@test "rules: who may not read cannot tell what is there, not even by mounting" {
    { htpasswd -Bbn -C 5 ada a && htpasswd -Bbn -C 5 bob b; } >"$WORK/htpasswd"
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
auth: {htpasswd: {realm: here, path: $WORK/htpasswd}}
strata:
  access:
    rules:
      - {repositories: ["home/\${user}/**", "home/\${user}"], users: ["*"], actions: [pull, push, delete]}
      - {repositories: ["public/**"], anonymous: true, actions: [pull]}
      - {repositories: ["public/**"], users: [ada], actions: [push, pull]}
END
    printf secret >"$WORK/blob"
    blob=$(sha256 "$WORK/blob")
    ask 201 POST "/v2/home/ada/x/blobs/uploads/?digest=$blob" -u ada:a --data-binary @"$WORK/blob"
    for repository in home/ada/x home/ada/nothing; do
        ask 403 GET "/v2/$repository/blobs/$blob" -u bob:b
        code_is DENIED
        ask 403 GET "/v2/$repository/tags/list" -u bob:b
        ask 403 GET "/v2/$repository/referrers/$blob" -u bob:b
        ask 401 GET "/v2/$repository/tags/list"
        ask 202 POST "/v2/home/bob/x/blobs/uploads/?mount=$blob&from=$repository" -u bob:b
    done
    ask 202 POST "/v2/home/bob/x/blobs/uploads/?mount=$blob" -u bob:b
    ask 404 GET "/v2/home/bob/x/blobs/$blob" -u bob:b
    ask 200 GET /v2/_catalog -u bob:b
    [ "$(jq -c .repositories <<<"$body")" = '[]' ]
    ask 200 GET "/v1/search?q=ada" -u bob:b
    [ "$(jq -c .num_results <<<"$body")" = 0 ]
    # A better match that is hidden neither counts nor takes the place of one that is not.
    ask 201 POST "/v2/home/bob/home/ada/x/blobs/uploads/?digest=$blob" -u bob:b --data-binary @"$WORK/blob"
    ask 200 GET "/v1/search?q=home/ada/x&n=1" -u bob:b
    [ "$(jq -c '[.num_results, .results[].name]' <<<"$body")" = '[1,"home/bob/home/ada/x"]' ]
    ask 201 POST "/v2/public/x/blobs/uploads/?digest=$blob" -u ada:a --data-binary @"$WORK/blob"
    ask 200 GET "/v2/public/x/blobs/$blob"
    ask 201 POST "/v2/home/bob/x/blobs/uploads/?mount=$blob" -u bob:b
    ask 403 POST "/v2/public/x/blobs/uploads/" -u bob:b
    ask 403 DELETE "/v2/public/x/blobs/$blob" -u bob:b
}

@test "a quota, in words" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
strata: {quota: {default: 1KiB, repositories: [{pattern: "big/**", size: 1MiB}]}}
END
    head -c 2000 /dev/urandom >"$WORK/blob"
    digest=$(sha256 "$WORK/blob")
    ask 403 POST "/v2/small/a/blobs/uploads/?digest=$digest" --data-binary @"$WORK/blob"
    code_is DENIED
    [[ $(jq -r '.errors[0].message' <<<"$body") == *quota* ]]
    ask 201 POST "/v2/big/a/blobs/uploads/?digest=$digest" --data-binary @"$WORK/blob"
    ask 202 POST "/v2/small/a/blobs/uploads/" # one that fits may come
    ask 403 POST "/v2/small/a/blobs/uploads/?mount=$digest&from=big/a"

    make_image small/b x # a few hundred bytes of blobs, and a manifest that is too much with them
    sed "s/}\$/,\"annotations\":{\"note\":\"$(printf 'a%.0s' {1..900})\"}}/" "$WORK/manifest" >"$WORK/long"
    ask 403 PUT /v2/small/b/manifests/long --data-binary @"$WORK/long"
    code_is DENIED
    put_manifest small/b short
    no_field Warning
    head -c $((960 - $(wc -c <"$WORK/config") - $(wc -c <"$WORK/layer") - $(wc -c <"$WORK/manifest"))) /dev/zero >"$WORK/rest"
    push_blob small/b "$WORK/rest"
    put_manifest small/b again
    field_is Warning '299 - "repository small/b holds 960B of the 1KiB of its quota"'
}

@test "read-only, and deleting switched off" {
    registry_start plain
    push_image ro/a 1 x
    registry_stop
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}, maintenance: {readonly: {enabled: true}}}
END
    ask 200 GET /v2/ro/a/manifests/1
    for request in "POST blobs/uploads/" "PUT manifests/2" "DELETE manifests/1" "DELETE blobs/$digest"; do
        ask 405 ${request% *} "/v2/ro/a/${request#* }"
        code_is UNSUPPORTED
    done
    registry_stop
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
END
    ask 405 DELETE /v2/ro/a/manifests/1
    code_is UNSUPPORTED
    ask 405 DELETE "/v2/ro/a/blobs/$digest"
    code_is UNSUPPORTED
}

@test "Locations: relative, with a host, with a prefix, and behind a proxy" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {host: "https://registry.example.com:8443"}
END
    ask 202 POST /v2/a/blobs/uploads/
    [[ $(field Location) == https://registry.example.com:8443/v2/a/blobs/uploads/* ]]
    registry_stop
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {relativeurls: false}
END
    ask 202 POST /v2/a/blobs/uploads/
    [[ $(field Location) == "$URL"/v2/a/blobs/uploads/* ]]
    ask 202 POST /v2/a/blobs/uploads/ -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-Host: front.example.com'
    [[ $(field Location) == https://front.example.com/v2/a/* ]]
    ask 202 POST /v2/a/blobs/uploads/ -H 'Forwarded: for=192.0.2.1;proto=https;host="front.example.com:444", for=x'
    [[ $(field Location) == https://front.example.com:444/v2/a/* ]]
    ask 202 POST /v2/a/blobs/uploads/ -H 'X-Forwarded-Host: evil/../"<x>'
    [[ $(field Location) == /v2/a/* ]]
    registry_stop
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {prefix: /images/}
END
    ask 200 GET /images/v2/
    ask 202 POST /images/v2/a/blobs/uploads/
    [[ $(field Location) == /images/v2/a/blobs/uploads/* ]]
    ask 404 GET /v2/
    ask 200 GET /
}

@test "the debug server: health and metrics" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {debug: {addr: "127.0.0.1:0", prometheus: {enabled: true}}}
END
    local debug
    debug=http://$(sed -n 's/.*debug server listening on \([^"]*\)".*/\1/p' "$WORK/registry.log")
    ask 200 GET /v2/
    field_is X-Content-Type-Options nosniff
    ask 200 GET "$debug/debug/health"
    push_image some/image 1 text
    ask 200 GET "$debug/metrics"
    grep -q '^registry_http_requests_total{.*method="get"' <<<"$body"
    grep -q '^registry_storage_action_seconds_count{action="Move",driver="filesystem"} [1-9]' <<<"$body"
    ask 200 GET "$debug/debug/vars"
    ask 200 POST "$debug/debug/health/down"
    ask 503 GET /v2/
    code_is UNAVAILABLE
    ask 200 POST "$debug/debug/health/up"
    ask 200 GET /v2/
}

@test "events reach their endpoint" {
    local port_file=$WORK/port
    python3 - "$port_file" "$WORK/events" <<'END' &
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(sys.argv[2], "ab") as out:
            out.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w") as out:
    out.write(str(server.server_port))
server.serve_forever()
END
    local listener=$! waited=0
    until [[ -s $port_file ]] || ((waited++ > 200)); do sleep 0.05; done
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
notifications: {endpoints: [{name: here, url: "http://127.0.0.1:$(cat "$port_file")/"}]}
END
    push_image event/a v1 x
    ask 200 GET /v2/event/a/manifests/v1
    ask 200 GET /v2/event/a/manifests/v1
    ask 202 DELETE /v2/event/a/manifests/v1
    waited=0
    until grep -q '"action":"delete"' "$WORK/events" 2>/dev/null || ((waited++ > 200)); do sleep 0.05; done
    kill $listener
    jq -rs '[.[].events[] | select(.action == "push" and .target.tag == "v1")] | length == 1' "$WORK/events" | grep true
    jq -rs '[.[].events[] | select(.action == "pull" and .target.tag == "v1")] | length == 2' "$WORK/events" | grep true
    jq -rs '[.[].events[] | select(.action == "push")][-1].target | .repository + " " + .digest' "$WORK/events" | grep "event/a $digest"
}

@test "without a grace period: what was acknowledged stays, whatever is collected beside it" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
strata: {gc: {grace: 0s, interval: 1ms, deleteuntagged: true}}
END
    python3 "$BATS_TEST_DIRNAME/push_and_collect.py" "$STRATA" "$WORK/config.yml" "$HOST" 5
    run strata_registry fsck
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    ! grep level=error "$WORK/registry.log"
}
