#!/usr/bin/env bats
# Mirrors of other registries, with a registry of our own as the other one.

load helpers

setup_file() {
    registry_setup
    base=$WORK
    mkdir -p "$base/upstream" "$base/mirror"
    WORK=$base/upstream DATA=$base/upstream/data
    registry_start plain
    export UPSTREAM=$HOST UPSTREAM_URL=$URL UPSTREAM_PID=$PID
    push_image team/app 1 first
    head -c 30000000 /dev/urandom >"$WORK/large"
    LARGE=$(push_blob team/app "$WORK/large")
    export LARGE
    WORK=$base/mirror DATA=$base/mirror/data
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
strata:
  proxies:
    - {prefix: other, remoteurl: "$UPSTREAM_URL", ns: other.example.com, size: 1GiB, local: ["other/own/*"]}
END
}
teardown_file() {
    registry_stop
    PID=$UPSTREAM_PID registry_stop
}
setup() { WORK=$BATS_FILE_TMPDIR/mirror; }

# Does something with the upstream instead.
upstream() { URL=$UPSTREAM_URL HOST=$UPSTREAM WORK=$BATS_FILE_TMPDIR/upstream "$@"; }

@test "manifests and blobs come through, and are exact" {
    ask 200 GET /v2/other/team/app/manifests/1
    cmp "$WORK/body" "$BATS_FILE_TMPDIR/upstream/manifest"
    field_is Docker-Content-Digest "$(sha256 "$BATS_FILE_TMPDIR/upstream/manifest")"
    layer=$(jq -r '.layers[0].digest' <<<"$body")
    ask 200 HEAD "/v2/other/team/app/blobs/$layer"
    ask 200 GET "/v2/other/team/app/blobs/$layer"
    cmp "$WORK/body" "$BATS_FILE_TMPDIR/upstream/layer"
    ask 404 GET /v2/other/team/app/manifests/none
    code_is MANIFEST_UNKNOWN
    ask 404 GET /v2/other/team/none/manifests/1
    ask 404 GET "/v2/other/team/app/blobs/sha256:$(printf '0%.0s' {1..64})"
    code_is BLOB_UNKNOWN
}

@test "many who ask for one blob at once all get it" {
    for i in {1..8}; do
        curl -sf "$URL/v2/other/team/app/blobs/$LARGE" | sha256sum >"$WORK/got.$i" &
    done
    wait $(jobs -p | grep -v "^$PID$")
    for i in {1..8}; do
        [ "sha256:$(cut -d' ' -f1 "$WORK/got.$i")" = "$LARGE" ]
    done
    ask 206 GET "/v2/other/team/app/blobs/$LARGE" -r 100-199
    cmp "$WORK/body" <(tail -c +101 "$BATS_FILE_TMPDIR/upstream/large" | head -c 100)
}

@test "a range of what is not here yet" {
    head -c 1000000 /dev/urandom >"$BATS_FILE_TMPDIR/upstream/ranged"
    digest=$(upstream push_blob team/app "$BATS_FILE_TMPDIR/upstream/ranged")
    ask 206 GET "/v2/other/team/app/blobs/$digest" -r -10
    cmp "$WORK/body" <(tail -c 10 "$BATS_FILE_TMPDIR/upstream/ranged")
}

@test "a tag that moves there moves here" {
    upstream push_image team/moving 1 before
    ask 200 GET /v2/other/team/moving/manifests/1
    before=$(field Docker-Content-Digest)
    upstream push_image team/moving 1 after
    ask 200 GET /v2/other/team/moving/manifests/1
    [ "$(field Docker-Content-Digest)" != "$before" ]
    ask 200 GET "/v2/other/team/moving/manifests/$before"
}

@test "lists are the upstream's, also of what nobody has asked for yet" {
    for tag in a b c; do upstream push_image team/listed $tag $tag; done
    ask 200 GET /v2/other/team/listed/manifests/b
    ask 200 GET /v2/other/team/listed/tags/list
    [ "$(jq -c . <<<"$body")" = '{"name":"other/team/listed","tags":["a","b","c"]}' ]
    ask 200 GET "/v2/other/team/listed/tags/list?n=2"
    [ "$(jq -c .tags <<<"$body")" = '["a","b"]' ]
    field_is Link '</v2/other/team/listed/tags/list?last=b&n=2>; rel="next"'
    ask 200 GET "/v2/other/team/listed/tags/list?last=b&n=2"
    [ "$(jq -c .tags <<<"$body")" = '["c"]' ]
    ask 200 GET "/v2/team/listed/tags/list?n=2&ns=other.example.com"
    field_is Link '</v2/other/team/listed/tags/list?last=b&n=2>; rel="next"'
    ask 404 GET /v2/other/team/nothing/tags/list
    code_is NAME_UNKNOWN

    subject=$(sha256 "$BATS_FILE_TMPDIR/upstream/manifest")
    upstream make_image team/listed signature ",\"artifactType\":\"application/x-signature\",\"subject\":$(descriptor $OCI_MANIFEST "$BATS_FILE_TMPDIR/upstream/manifest")"
    upstream put_manifest team/listed signature
    signature=$(sha256 "$BATS_FILE_TMPDIR/upstream/manifest")
    ask 200 GET "/v2/other/team/listed/referrers/$subject"
    [ "$(jq -r '.manifests[].digest' <<<"$body")" = "$signature" ]
    ask 200 GET "/v2/other/team/listed/referrers/$subject?artifactType=application/x-other"
    [ "$(jq -c .manifests <<<"$body")" = '[]' ]
    field_is OCI-Filters-Applied artifactType
}

@test "asked for with ns, as containerd does" {
    ask 200 GET "/v2/team/app/manifests/1?ns=other.example.com"
    ask 404 GET "/v2/team/app/manifests/1?ns=elsewhere.example.com"
    ask 404 GET /v2/team/app/manifests/1
}

@test "nothing can be pushed to a mirror or deleted from it, but beside it" {
    ask 405 POST /v2/other/team/app/blobs/uploads/
    code_is UNSUPPORTED
    ask 405 PUT /v2/other/team/app/manifests/2 --data-binary '{}'
    push_image own/app 1 mine
    push_image other/own/app 1 mine
    ask 200 GET /v2/other/own/app/manifests/1
    ask 202 DELETE /v2/other/own/app/manifests/1
    ask 202 DELETE "/v2/own/app/blobs/$(sha256 "$WORK/layer")"

    ask 200 GET /v2/other/team/app/manifests/1
    for what in manifests/1 "manifests/$(field Docker-Content-Digest)" "blobs/$(jq -r '.layers[0].digest' <<<"$body")"; do
        ask 405 DELETE "/v2/other/team/app/$what"
        code_is UNSUPPORTED
        ask 200 GET "/v2/other/team/app/$what"
    done
}

@test "skopeo copies an image through it" {
    skopeo copy -q --src-tls-verify=false "docker://$HOST/other/team/app:1" "dir:$BATS_TEST_TMPDIR/copy"
    ask 200 GET /v2/other/team/app/manifests/1
    cmp "$BATS_TEST_TMPDIR/copy/manifest.json" "$WORK/body"
}

@test "what is here is given out while the upstream is down" {
    ask 200 GET /v2/other/team/app/manifests/1
    PID=$UPSTREAM_PID registry_stop
    ask 200 GET /v2/other/team/app/manifests/1
    layer=$(jq -r '.layers[0].digest' <<<"$body")
    ask 200 GET "/v2/other/team/app/blobs/$layer"
    ask 200 GET /v2/other/team/moving/tags/list # what was asked for
    [ "$(jq -c .tags <<<"$body")" = '["1"]' ]
    ask 503 GET /v2/other/team/unheard/tags/list
    nobody=sha256:$(printf '1%.0s' {1..64})
    for what in manifests/unheard "manifests/$nobody" "blobs/$nobody"; do
        ask 503 GET "/v2/other/team/app/$what"
        code_is UNAVAILABLE
        [[ $body != *"$UPSTREAM"* ]] || { echo "$body"; false; }
        grep -q "$UPSTREAM_URL/v2/team/app/$what" "$WORK/registry.log" # who runs it is told
    done
}
