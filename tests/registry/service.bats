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

# ---- stopping ------------------------------------------------------------------------------------------------------------

# A pull of $digest that has begun and waits for its reader: descriptor 4 is its end.
begin_pull() {
    [[ -p $WORK/slowly ]] || mkfifo "$WORK/slowly"
    curl -sf "$URL/v2/a/blobs/$digest" >"$WORK/slowly" 3>&- &
    PULLER=$!
    exec 4<"$WORK/slowly"
    dd bs=1000 count=1 iflag=fullblock status=none <&4 >"$WORK/read"
}
# What is left of it; ends as curl does.
end_pull() {
    cat <&4 >>"$WORK/read"
    exec 4<&-
    wait "$PULLER"
}
large_blob() {
    head -c 30000000 /dev/urandom >"$WORK/blob"
    digest=$(push_blob a "$WORK/blob")
}
await_log() {
    for ((i = 0; i < 600; ++i)); do
        grep -q "$1" "$WORK/registry.log" && return
        sleep 0.05
    done
    cat "$WORK/registry.log"
    return 1
}
# Ends with what the registry ended with.
await_end() { wait "$PID"; }

@test "SIGTERM: a pull and a push that are under way end well, nothing new begins" {
    registry_start plain
    large_blob
    begin_pull
    head -c 5000000 /dev/urandom >"$WORK/second"
    second=$(sha256 "$WORK/second")
    location=$(begin_upload a)
    mkfifo "$WORK/pushed"
    curl -s -o /dev/null -w '%{http_code}' -T "$WORK/pushed" "$URL$location?digest=$second" >"$WORK/code" 3>&- 4<&- &
    local pusher=$!
    exec 5>"$WORK/pushed"
    head -c 1000000 "$WORK/second" >&5
    for ((i = 0; i < 600; ++i)); do # it has begun to arrive
        [ "$(find "$DATA" -path '*_uploads*' -name data -size +100k | wc -l)" = 1 ] && break
        sleep 0.05
    done
    kill "$PID"
    await_log 'letting the requests at hand end'
    for ((i = 0; i < 600; ++i)); do
        curl -s -o /dev/null "$URL/v2/" || break
        sleep 0.05
    done
    ! curl -s -o /dev/null "$URL/v2/"
    tail -c +1000001 "$WORK/second" >&5
    exec 5>&-
    wait $pusher
    [ "$(<"$WORK/code")" = 201 ]
    end_pull
    [ "$(sha256 "$WORK/read")" = "$digest" ]
    await_end
    PID=
    registry_start plain
    [ "$(curl -sf "$URL/v2/a/blobs/$second" | sha256)" = "$second" ]
}

@test "a second SIGTERM does not wait, and neither does the end of http.draintimeout" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {draintimeout: 1h}
END
    large_blob
    begin_pull
    kill "$PID"
    await_log 'letting the requests at hand end'
    kill -0 "$PID"
    kill "$PID"
    await_end
    run end_pull
    [ "$status" -ne 0 ] # curl knows that it has a part only
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
http: {draintimeout: 300ms}
END
    begin_pull
    kill "$PID"
    await_end
    run end_pull
    [ "$status" -ne 0 ]
    PID=
}

# ---- limits --------------------------------------------------------------------------------------------------------------

@test "bodies and manifests that are too long" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
strata: {limits: {body: 10KiB, manifest: 1KiB}}
END
    head -c 10240 /dev/urandom >"$WORK/fits"
    head -c 10241 /dev/urandom >"$WORK/long"
    ask 201 POST "/v2/a/blobs/uploads/?digest=$(sha256 "$WORK/fits")" --data-binary @"$WORK/fits"
    ask 413 POST "/v2/a/blobs/uploads/?digest=$(sha256 "$WORK/long")" --data-binary @"$WORK/long"
    code_is SIZE_INVALID
    location=$(begin_upload a)
    ask 413 PATCH "$location" -H 'Transfer-Encoding: chunked' -H 'Expect:' --data-binary @"$WORK/long"
    code_is SIZE_INVALID
    make_image a x ",\"annotations\":{\"note\":\"$(printf 'a%.0s' {1..900})\"}"
    ask 413 PUT /v2/a/manifests/1 -H "Content-Type: $OCI_MANIFEST" --data-binary @"$WORK/manifest"
    code_is SIZE_INVALID
    make_image a x
    put_manifest a 1
}

@test "one client's requests: 429 with Retry-After, and again when time has passed" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
strata: {limits: {requestspersecond: 2, burst: 5}}
END
    for i in {1..30}; do
        curl -s -o "$WORK/body" -D "$WORK/headers" -w '%{http_code}\n' "$URL/v2/"
    done >"$WORK/codes"
    [ "$(sort -u "$WORK/codes" | xargs)" = "200 429" ]
    [ "$(head -n 5 "$WORK/codes" | sort -u)" = 200 ]
    until ask 429 GET /v2/ >/dev/null; do :; done
    code_is TOOMANYREQUESTS
    [ "$(field Retry-After)" -ge 1 ]
    for ((i = 0; i < 100; ++i)); do
        [[ $(curl -s -o /dev/null -w '%{http_code}' "$URL/v2/") == 200 ]] && break
        sleep 0.2
    done
    ((i < 100))
}

@test "more connections than it has room for" {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}}
strata: {limits: {connections: 4}}
END
    python3 - "$HOST" <<'END'
import socket, sys
host, port = sys.argv[1].split(":")
GET = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
POST = (b"POST /v2/a/blobs/uploads/?digest=sha256:" + b"0" * 64 + b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Length: 1\r\n\r\n")
def connect():
    return socket.create_connection((host, int(port)), timeout=30)
def ask(connection, text):
    try:
        connection.sendall(text)
        return connection.recv(4096).split(b"\r\n")[0]
    except ConnectionError:
        return b""
held = [connect() for _ in range(4)]
assert [ask(each, POST) for each in held] == [b"HTTP/1.1 100 Continue"] * 4
for _ in range(5): # who is in the middle of a request makes no room
    assert ask(connect(), GET) == b""
assert [ask(each, b"x") for each in held] == [b"HTTP/1.1 400 Bad Request"] * 4
for each in held:
    each.close()
while ask(connect(), GET) != b"HTTP/1.1 200 OK": # they are noticed to have gone
    pass
END
}

# ---- the log of requests ---------------------------------------------------------------------------------------------------

# Three requests, one with what tries to break out of a line; then the log is in $REQUESTS.
make_requests() {
    registry_start
    ask 404 GET '/v2/a/b/tags/list?n=5' -A 'tester "1"' -H 'Referer: http://x/'
    ask 200 GET /v2/ -u 'ada:secret' -A $'x\\"y'
    printf x >"$WORK/blob"
    ask 201 POST "/v2/a/blobs/uploads/?digest=$(sha256 "$WORK/blob")" --data-binary @"$WORK/blob"
    registry_stop
}

@test "requests are logged in Apache's combined form" {
    REQUESTS=$WORK/requests make_requests <<END
storage: {filesystem: {rootdirectory: $DATA}}
END
    [ "$(wc -l <"$WORK/requests")" = 3 ]
    grep -qE '^127\.0\.0\.1 - - \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \+0000\] "GET /v2/a/b/tags/list\?n=5 HTTP/1\.1" 404 [0-9]+ "http://x/" "tester \\"1\\""$' "$WORK/requests"
    grep -qF '"GET /v2/ HTTP/1.1" 200 2 "-" "x\\\"y"' "$WORK/requests"
    grep -q '"POST /v2/a/blobs/uploads/?digest=sha256:.* HTTP/1.1" 201 0 ' "$WORK/requests"
}

@test "requests are logged as JSON, and as logstash takes it, with the fields of the configuration" {
    REQUESTS=$WORK/requests make_requests <<END
storage: {filesystem: {rootdirectory: $DATA}}
log: {formatter: json, fields: {environment: test}}
END
    jq -se 'length == 3 and all(.[]; .environment == "test" and .level == "info" and (.time | length) > 0 and .msg == "response completed")' "$WORK/requests"
    jq -se 'any(.[]; .["http.request.uri"] == "/v2/a/b/tags/list?n=5" and .["http.response.status"] == 404
        and .["http.request.useragent"] == "tester \"1\"")' "$WORK/requests"
    jq -se 'any(.[]; .["http.request.method"] == "POST" and .["http.response.status"] == 201 and .["http.request.read"] == 1)' "$WORK/requests"
    jq -se 'all(.[]; .environment == "test")' "$WORK/registry.log"
    REQUESTS=$WORK/requests make_requests <<END
storage: {filesystem: {rootdirectory: $DATA}}
log: {formatter: logstash, fields: {environment: test}}
END
    jq -se 'length == 3 and all(.[]; .["@version"] == 1 and (.["@timestamp"] | length) > 0 and .message == "response completed"
        and .environment == "test" and (has("time") or has("msg") | not))' "$WORK/requests"
    jq -se 'all(.[]; .["@version"] == 1)' "$WORK/registry.log"
}

@test "no log of requests" {
    REQUESTS=$WORK/requests make_requests <<END
storage: {filesystem: {rootdirectory: $DATA}}
log: {accesslog: {disabled: true}}
END
    [ ! -s "$WORK/requests" ]
}
