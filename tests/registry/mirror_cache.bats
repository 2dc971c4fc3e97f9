#!/usr/bin/env bats
# What a mirror asks of its upstream, and what it keeps: the upstream's log of requests says the one, the directory the other.

load helpers

setup() {
    registry_setup
    base=$WORK
    mkdir -p "$base/upstream" "$base/mirror"
    WORK=$base/upstream DATA=$base/upstream/data
    REQUESTS=$base/asked registry_start plain
    UPSTREAM_URL=$URL UPSTREAM_HOST=$HOST UPSTREAM_PID=$PID PID=
    WORK=$base/mirror DATA=$base/mirror/data
}
teardown() {
    registry_stop
    PID=$UPSTREAM_PID registry_stop
}
upstream() { URL=$UPSTREAM_URL HOST=$UPSTREAM_HOST WORK=$base/upstream "$@"; }

# mirror [more of the mirror's section]
mirror() {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
strata: {proxies: [{prefix: hub, remoteurl: "$UPSTREAM_URL"${1:+, $1}}], gc: {enabled: false}}
END
}
# A blob of so many bytes, upstream; sets $made.
make_blob() {
    head -c "$1" /dev/urandom >"$base/blob"
    made=$(upstream push_blob team/app "$base/blob")
}
pull() { [ "$(curl -sf "$URL/v2/hub/team/app/blobs/$1" | sha256)" = "$1" ]; }
kept() { find "$DATA/docker/registry/v2/blobs" -path "*${1#*:}/data" | grep -q .; }
await() {
    for ((i = 0; i < 600; ++i)); do
        "$@" && return
        sleep 0.05
    done
    echo "never: $*"
    return 1
}
gone() { ! kept "$1"; }

# How often the upstream was asked so; once what it was asked before this has been written.
asked() {
    local mark="/mark-$RANDOM$RANDOM"
    curl -s -o /dev/null "$UPSTREAM_URL$mark"
    await grep -q "$mark" "$base/asked"
    grep -c "\"$1" "$base/asked" || true
}

@test "sixteen who ask for what is not here cost the upstream one request" {
    mirror
    make_blob 20000000
    for i in {1..16}; do
        curl -sf "$URL/v2/hub/team/app/blobs/$made" 3>&- | sha256sum >"$WORK/got.$i" &
        pids[i]=$!
    done
    wait "${pids[@]}"
    [ "$(cut -d' ' -f1 "$WORK"/got.* | sort | uniq -c | xargs)" = "16 ${made#*:}" ]
    [ "$(asked "GET /v2/team/app/blobs/$made")" = 1 ]
    pull "$made"
    [ "$(asked "GET /v2/team/app/blobs/$made")" = 1 ]

    upstream push_image team/app 1 x
    for i in {1..16}; do
        curl -sf -o "$WORK/manifest.$i" "$URL/v2/hub/team/app/manifests/1" 3>&- &
        pids[i]=$!
    done
    wait "${pids[@]}"
    for i in {1..16}; do
        cmp "$WORK/manifest.$i" "$base/upstream/manifest"
    done
    [ "$(asked "GET /v2/team/app/manifests/")" = 1 ]
}

@test "what was not used for longest goes when there is too much" {
    mirror "size: 5MiB"
    make_blob 2000000 && a=$made
    make_blob 2000000 && b=$made
    make_blob 2000000 && c=$made
    pull "$a"
    pull "$b"
    pull "$a"
    kept "$a"
    kept "$b"
    pull "$c"
    await gone "$b"
    kept "$a"
    kept "$c"
    pull "$b" # is fetched once more
    [ "$(asked "GET /v2/team/app/blobs/$b")" = 2 ]
    await gone "$a"
    kept "$c"
    run "$STRATA" registry fsck --config "$WORK/config.yml"
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "what is being read is read to its end, though it goes" {
    mirror "size: 25MiB"
    make_blob 20000000 && a=$made
    make_blob 10000000 && b=$made
    pull "$a"
    mkfifo "$WORK/slowly"
    curl -sf "$URL/v2/hub/team/app/blobs/$a" >"$WORK/slowly" 3>&- &
    exec 4<"$WORK/slowly"
    dd bs=1000 count=1 iflag=fullblock status=none <&4 >"$WORK/read"
    pull "$b"
    await gone "$a"
    cat <&4 >>"$WORK/read"
    exec 4<&-
    [ "$(sha256 "$WORK/read")" = "$a" ]
    wait $!
    kept "$b"
    pull "$a"
}

@test "how long a tag is believed" {
    mirror "revalidate: 1h"
    upstream push_image team/app 1 before
    ask 200 GET /v2/hub/team/app/manifests/1
    before=$(field Docker-Content-Digest)
    upstream push_image team/app 1 after
    ask 200 GET /v2/hub/team/app/manifests/1
    field_is Docker-Content-Digest "$before"
    heads=$(asked "HEAD /v2/team/app/manifests/1")
    ask 200 GET /v2/hub/team/app/manifests/1
    [ "$(asked "HEAD /v2/team/app/manifests/1")" = "$heads" ]
    registry_stop
    mirror # asks every time
    ask 200 GET /v2/hub/team/app/manifests/1
    field_is Docker-Content-Digest "$digest"
    ask 200 GET "/v2/hub/team/app/manifests/$before"
    ask 200 GET /v2/hub/team/app/manifests/1
    [ "$(asked "HEAD /v2/team/app/manifests/1")" -ge $((heads + 2)) ]
    [ "$(asked "GET /v2/team/app/manifests/")" = 2 ] # each of the two once
}
