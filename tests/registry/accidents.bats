#!/usr/bin/env bats
# Broken connections, kills and full disks: what was acknowledged stays, what was not is not there.

load helpers

setup() {
    registry_setup
    export PYTHONPATH=$repository/tests/registry PYTHONDONTWRITEBYTECODE=1
}
teardown() {
    registry_stop
    if mountpoint -q "$WORK/small"; then umount "$WORK/small"; fi
}

@test "an upload that breaks off behind any byte is resumed" {
    registry_start plain
    run python3 "$BATS_TEST_DIRNAME/break_uploads.py" "$HOST" 100
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "stalled uploads hold nobody up" {
    registry_start plain
    run timeout 50 python3 "$BATS_TEST_DIRNAME/stall_uploads.py" "$HOST" 200 # after a minute they are given up
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "two uploads of one blob at once" {
    registry_start plain
    head -c 3000000 /dev/urandom >"$WORK/blob"
    digest=$(sha256 "$WORK/blob")
    for i in 1 2 3 4 5 6 7 8; do
        curl -s -o /dev/null -w '%{http_code}\n' -X POST --data-binary @"$WORK/blob" "$URL/v2/twice/r$((i % 3))/blobs/uploads/?digest=$digest" >>"$WORK/codes" &
        pids[i]=$!
    done
    wait "${pids[@]}"
    [ "$(sort -u "$WORK/codes")" = 201 ]
    curl -sf "$URL/v2/twice/r0/blobs/$digest" | cmp - "$WORK/blob"
    [ -z "$(find "$DATA/docker/registry/v2/repositories" -path '*_uploads/*')" ]
}

@test "killed at 200 moments under load" {
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nlog: {accesslog: {disabled: true}}\n' "$DATA" >"$WORK/config.yml"
    run python3 "$BATS_TEST_DIRNAME/kill_server.py" "$STRATA" "$WORK/config.yml" "$WORK/registry.log" 200
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "a full disk: 507 for what does not fit, reading goes on, removing makes room" {
    truncate -s 24M "$WORK/disk"
    mkfs.ext4 -q -m 0 "$WORK/disk"
    mkdir "$WORK/small"
    mount -o loop "$WORK/disk" "$WORK/small"
    DATA=$WORK/small
    registry_start plain
    push_image full/image 1 there
    head -c 30000000 /dev/zero >"$WORK/big"
    location=$(begin_upload full/image)
    ask 507 PATCH "$location" -T "$WORK/big"
    [ "$(jq -r '.errors[0].code' <<<"$body")" = UNAVAILABLE ]
    [[ $(jq -r '.errors[0].message' <<<"$body") == *"No space left"* ]]
    grep -q "the disk has no room" "$WORK/registry.log"
    ask 200 GET "/v2/full/image/manifests/1"
    ask 200 GET "/v2/full/image/tags/list"
    ask 204 DELETE "$location"
    push_image full/image 2 again
    ask 200 GET "/v2/full/image/manifests/2"
}

@test "SIGTERM lets a request at hand end" {
    registry_start plain
    head -c 200000 /dev/urandom >"$WORK/blob"
    digest=$(sha256 "$WORK/blob")
    location=$(begin_upload drain/a)
    curl -s -o /dev/null -w '%{http_code}' --limit-rate 200k -T "$WORK/blob" "$URL$location?digest=$digest" >"$WORK/code" &
    local upload=$! waited=0
    until [[ -s $(find "$DATA" -name data -path '*_uploads*' | head -1) ]] || ((waited++ > 200)); do sleep 0.02; done
    kill -TERM "$PID"
    wait $upload
    [ "$(cat "$WORK/code")" = 201 ]
    wait "$PID"
    PID=
    grep -q stopped "$WORK/registry.log"
}
