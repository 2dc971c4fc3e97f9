#!/usr/bin/env bats
# The API by the book, with curl: every endpoint, its fields and its errors.

load helpers

setup_file() {
    registry_setup
    registry_start <<END
storage:
  filesystem: {rootdirectory: $DATA}
  delete: {enabled: true}
http:
  headers: {X-Custom: [one, two], X-Content-Type-Options: [nosniff]}
END
    printf 'hello, blob' >"$WORK/blob"
    BLOB=$(sha256 "$WORK/blob")
    export BLOB
    push_blob there/blobs "$WORK/blob"
    push_image there/image 1 first
    export FIRST=$digest
}
teardown_file() { registry_stop; }
setup() { WORK=$BATS_FILE_TMPDIR; }

NOBODY=sha256:0000000000000000000000000000000000000000000000000000000000000000

@test "version check, and what load balancers ask" {
    ask 200 GET /v2/
    [ "$body" = "{}" ]
    field_is Docker-Distribution-API-Version registry/2.0
    field_is X-Content-Type-Options nosniff
    [ "$(field X-Custom | xargs)" = "one two" ]
    ask 200 HEAD /v2/
    ask 200 GET /v2
    ask 200 GET /
    ask 200 GET /v2/_oci/ext/discover
    [ "$(jq -r '.extensions[0].name' <<<"$body")" = _catalog ]
    ask 200 GET /v2/there/image/_oci/ext/discover
}

@test "paths that are nothing" {
    for path in /v3/ /v2/x /v2/a/b /nothing /v2/there/image/manifests/ /v2//manifests/x; do
        status=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "$URL$path")
        [[ $status == 404 || $status == 400 ]] || { echo "$path: $status"; false; }
    done
}

@test "methods that an endpoint has not" {
    ask 405 DELETE /v2/
    code_is UNSUPPORTED
    ask 405 POST /v2/there/image/manifests/1
    field_is Allow "GET, HEAD, PUT, DELETE"
    ask 405 PUT /v2/there/image/tags/list
    ask 200 OPTIONS /v2/there/image/manifests/1
    field_is Allow "GET, HEAD, PUT, DELETE"
}

@test "malformed names are NAME_INVALID everywhere" {
    long=$(printf 'a%.0s' {1..256})
    for name in Upper a..b a__-b _a a- "$long" 'a%20b' '%2e%2e' a%2f..%2fb 'a%00b' ; do
        for path in "manifests/latest" "tags/list" "blobs/$NOBODY" "referrers/$NOBODY" "blobs/uploads/x"; do
            status=$(curl -s -o "$WORK/body" -w '%{http_code}' --path-as-is "$URL/v2/$name/$path")
            [[ $status == 400 || $status == 404 ]] || { echo "$name $path: $status"; false; }
        done
        status=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is -X POST "$URL/v2/$name/blobs/uploads/")
        [[ $status == 400 || $status == 404 ]] || { echo "$name: $status"; false; }
    done
    ask 400 GET /v2/Upper/tags/list
    code_is NAME_INVALID
}

# ---- blobs ---------------------------------------------------------------------------------------------------------------

@test "a blob, its fields, and HEAD" {
    for round in cold warm; do
        ask 200 GET "/v2/there/blobs/blobs/$BLOB"
        [ "$body" = "hello, blob" ]
        field_is Content-Length 11
        field_is Content-Type application/octet-stream
        field_is Docker-Content-Digest "$BLOB"
        field_is ETag "\"$BLOB\""
        field_is Accept-Ranges bytes
        field_is Docker-Distribution-API-Version registry/2.0
        ask 200 HEAD "/v2/there/blobs/blobs/$BLOB"
        field_is Content-Length 11
        field_is Docker-Content-Digest "$BLOB"
        ask 304 GET "/v2/there/blobs/blobs/$BLOB" -H "If-None-Match: \"$BLOB\""
        [ -z "$body" ]
    done
}

@test "blobs that are not there, or belong to another repository" {
    ask 404 GET "/v2/there/blobs/blobs/$NOBODY"
    code_is BLOB_UNKNOWN
    ask 404 HEAD "/v2/there/blobs/blobs/$NOBODY"
    ask 404 GET "/v2/elsewhere/blobs/$BLOB"
    code_is BLOB_UNKNOWN
    for bad in sha256:abc sha256: :abc sha256 md5:d41d8cd98f00b204e9800998ecf8427e "${BLOB^^}" "$BLOB"0 sha1:x; do
        ask 400 GET "/v2/there/blobs/blobs/$bad"
        code_is DIGEST_INVALID
        ask 400 HEAD "/v2/there/blobs/blobs/$bad"
    done
}

@test "ranges" {
    for round in cold warm; do
        for range in 0-4:hello 7-:blob -4:blob 0-99:"hello, blob" 10-10:b; do
            ask 206 GET "/v2/there/blobs/blobs/$BLOB" -H "Range: bytes=${range%%:*}"
            [ "$body" = "${range#*:}" ]
            field_is Content-Length $(($(printf %s "${range#*:}" | wc -c)))
        done
        field_is Content-Range "bytes 10-10/11"
        for range in 11- 12-13 5-0 -0 x 1-x; do
            ask 416 GET "/v2/there/blobs/blobs/$BLOB" -H "Range: bytes=$range"
            field_is Docker-Distribution-API-Version registry/2.0
            code_is RANGE_INVALID
            field_is Content-Range "bytes */11"
        done
        ask 200 GET "/v2/there/blobs/blobs/$BLOB" -H "Range: lines=1-2"
        ask 200 GET "/v2/there/blobs/blobs/$BLOB" -H "Range: bytes=0-1" -H 'If-Range: "other"'
        ask 206 GET "/v2/there/blobs/blobs/$BLOB" -H "Range: bytes=0-1" -H "If-Range: \"$BLOB\""
    done
}

@test "a blob is unlinked from its repository alone" {
    push_blob del/a "$WORK/blob"
    push_blob del/b "$WORK/blob"
    ask 200 GET "/v2/del/a/blobs/$BLOB"
    ask 202 DELETE "/v2/del/a/blobs/$BLOB"
    ask 404 GET "/v2/del/a/blobs/$BLOB"
    ask 404 HEAD "/v2/del/a/blobs/$BLOB"
    ask 404 DELETE "/v2/del/a/blobs/$BLOB"
    code_is BLOB_UNKNOWN
    ask 200 GET "/v2/del/b/blobs/$BLOB"
    ask 400 DELETE /v2/del/a/blobs/sha256:x
    push_blob del/a "$WORK/blob"
    ask 200 GET "/v2/del/a/blobs/$BLOB"
}

# ---- uploads -------------------------------------------------------------------------------------------------------------

@test "an upload in one request, in two, and in chunks" {
    digest=$(sha256 "$WORK/blob")
    ask 201 POST "/v2/up/one/blobs/uploads/?digest=$digest" --data-binary @"$WORK/blob"
    field_is Docker-Content-Digest "$digest"
    field_is Location "/v2/up/one/blobs/$digest"
    ask 200 GET "$(field Location)"

    location=$(begin_upload up/two)
    ask 202 POST /v2/up/two/blobs/uploads/
    field_is Range 0-0
    field_is Content-Length 0
    [[ $(field Docker-Upload-UUID) =~ ^[0-9a-f-]{36}$ ]]
    [[ $(field Location) == /v2/up/two/blobs/uploads/* ]]
    ask 201 PUT "$location?digest=$digest" --data-binary @"$WORK/blob"
    ask 200 GET "/v2/up/two/blobs/$digest"
    ask 404 GET "$location"
    code_is BLOB_UPLOAD_UNKNOWN

    location=$(begin_upload up/three)
    ask 202 PATCH "$location" -H 'Content-Range: 0-4' --data-binary hello
    field_is Range 0-4
    ask 204 GET "$location"
    field_is Range 0-4
    ask 202 PATCH "$location" -H 'Content-Range: 5-7' --data-binary ', b'
    ask 201 PUT "$location?digest=$digest" -H 'Content-Range: 8-10' --data-binary lob
    ask 200 GET "/v2/up/three/blobs/$digest"
    [ "$body" = "hello, blob" ]
}

@test "an upload streamed without a length" {
    digest=$(sha256 "$WORK/blob")
    location=$(begin_upload up/stream)
    ask 202 PATCH "$location" -H 'Transfer-Encoding: chunked' --data-binary @"$WORK/blob"
    field_is Range 0-10
    ask 201 PUT "$location?digest=$digest"
    ask 200 GET "/v2/up/stream/blobs/$digest"
}

@test "chunks out of order are 416, and do not end the upload" {
    location=$(begin_upload up/order)
    ask 202 PATCH "$location" -H 'Content-Range: 0-4' --data-binary hello
    for range in 0-4 6-10 4-8 x 10-5 'bytes 5'; do
        ask 416 PATCH "$location" -H "Content-Range: $range" --data-binary ', blo'
        code_is RANGE_INVALID
        field_is Range 0-4
        field_is Location "$location"
    done
    ask 400 PATCH "$location" -H 'Content-Range: 5-20' --data-binary ', blob'
    code_is SIZE_INVALID
    ask 400 PATCH "$location" -H 'Content-Range: 5-20' -H 'Transfer-Encoding: chunked' --data-binary ', blob'
    code_is SIZE_INVALID
    ask 204 GET "$location"
    field_is Range 0-4
    ask 416 PUT "$location?digest=$BLOB" -H 'Content-Range: 0-5' --data-binary ', blob'
    ask 201 PUT "$location?digest=$BLOB" -H 'Content-Range: 5-10' --data-binary ', blob'
}

@test "a wrong digest is refused, and nothing is left" {
    other=$(printf other | sha256)
    location=$(begin_upload up/wrong)
    ask 400 PUT "$location?digest=$other" --data-binary @"$WORK/blob"
    code_is DIGEST_INVALID
    ask 404 GET "/v2/up/wrong/blobs/$other"
    ask 404 GET "/v2/up/wrong/blobs/$BLOB"
    ask 400 POST "/v2/up/wrong/blobs/uploads/?digest=$other" --data-binary @"$WORK/blob"
    code_is DIGEST_INVALID
    location=$(begin_upload up/wrong)
    for bad in "" "?digest=" "?digest=sha256:baddigeststring" "?digest=md5:x" "?digest=%00" "?digest=%zz"; do
        ask 400 PUT "$location$bad" --data-binary @"$WORK/blob"
    done
    ask 400 PUT "$location" --data-binary @"$WORK/blob"
    code_is DIGEST_INVALID
    ask 400 POST "/v2/up/wrong/blobs/uploads/?digest=x" --data-binary @"$WORK/blob"
    code_is DIGEST_INVALID
}

@test "uploads that nobody has begun, and ids that are none" {
    for id in 00000000-0000-4000-8000-000000000000 x .. %2e%2e ../../etc 'a%2fb'; do
        for method in GET PATCH PUT DELETE; do
            status=$(curl -s -o /dev/null -w '%{http_code}' --path-as-is -X $method "$URL/v2/up/none/blobs/uploads/$id?digest=$BLOB")
            [[ $status == 404 || $status == 400 || $status == 405 ]] || { echo "$id $method: $status"; false; }
        done
    done
    ask 404 GET /v2/up/none/blobs/uploads/00000000-0000-4000-8000-000000000000
    code_is BLOB_UPLOAD_UNKNOWN
    location=$(begin_upload up/mine)
    ask 404 GET "${location/up\/mine/up/yours}"
    code_is BLOB_UPLOAD_UNKNOWN
}

@test "an upload is abandoned" {
    location=$(begin_upload up/cancel)
    ask 202 PATCH "$location" --data-binary hello
    ask 204 DELETE "$location"
    ask 404 GET "$location"
    ask 404 DELETE "$location"
    code_is BLOB_UPLOAD_UNKNOWN
}

@test "sha512, announced and not" {
    digest=$(sha512 "$WORK/blob")
    ask 202 POST "/v2/up/512/blobs/uploads/?digest-algorithm=sha512"
    location=$(field Location)
    ask 202 PATCH "$location" --data-binary hello
    location=$(field Location)
    ask 201 PUT "$location${location:+$([[ $location == *\?* ]] && echo \& || echo \?)}digest=$digest" --data-binary ', blob'
    ask 200 GET "/v2/up/512/blobs/$digest"
    field_is Docker-Content-Digest "$digest"
    location=$(begin_upload up/512)
    ask 202 PATCH "$location" --data-binary hello
    ask 201 PUT "$location?digest=$digest" --data-binary ', blob'
    ask 400 POST "/v2/up/512/blobs/uploads/?digest-algorithm=md5"
    code_is DIGEST_INVALID
}

@test "the empty blob" {
    digest=$(printf '' | sha256)
    location=$(begin_upload up/empty)
    ask 204 GET "$location"
    field_is Range 0-0
    ask 201 PUT "$location?digest=$digest"
    ask 200 GET "/v2/up/empty/blobs/$digest"
    field_is Content-Length 0
    ask 416 GET "/v2/up/empty/blobs/$digest" -H 'Range: bytes=0-'
}

@test "mounting, with and without a source" {
    ask 201 POST "/v2/mount/a/blobs/uploads/?mount=$BLOB&from=there/blobs"
    field_is Location "/v2/mount/a/blobs/$BLOB"
    field_is Docker-Content-Digest "$BLOB"
    ask 200 GET "/v2/mount/a/blobs/$BLOB"
    ask 201 POST "/v2/mount/b/blobs/uploads/?mount=$BLOB"
    ask 200 GET "/v2/mount/b/blobs/$BLOB"
    for query in "mount=$NOBODY&from=there/blobs" "mount=$BLOB&from=no/such" "mount=$NOBODY" "mount=x&from=there/blobs" "mount=$BLOB&from=../UPPER"; do
        ask 202 POST "/v2/mount/c/blobs/uploads/?$query"
        [[ $(field Location) == /v2/mount/c/blobs/uploads/* ]]
    done
}

# ---- manifests -----------------------------------------------------------------------------------------------------------

@test "a manifest by tag and by digest, byte for byte" {
    make_image man/a one
    put_manifest man/a v1
    digest=$(sha256 "$WORK/manifest")
    field_is Docker-Content-Digest "$digest"
    field_is Location "/v2/man/a/manifests/$digest"
    for round in cold warm; do
        for reference in v1 "$digest"; do
            ask 200 GET "/v2/man/a/manifests/$reference"
            cmp "$WORK/body" "$WORK/manifest"
            field_is Content-Type $OCI_MANIFEST
            field_is Docker-Content-Digest "$digest"
            field_is ETag "\"$digest\""
            ask 200 HEAD "/v2/man/a/manifests/$reference"
            field_is Content-Length "$(stat -c %s "$WORK/manifest")"
            field_is Docker-Content-Digest "$digest"
            field_is Content-Type $OCI_MANIFEST
            ask 304 GET "/v2/man/a/manifests/$reference" -H "If-None-Match: \"$digest\""
            ask 304 HEAD "/v2/man/a/manifests/$reference" -H "If-None-Match: \"$digest\""
        done
    done
}

@test "manifests that are not there" {
    ask 404 GET /v2/there/image/manifests/nope
    code_is MANIFEST_UNKNOWN
    ask 404 GET "/v2/there/image/manifests/$NOBODY"
    code_is MANIFEST_UNKNOWN
    ask 404 GET "/v2/no/where/manifests/latest"
    ask 404 HEAD "/v2/no/where/manifests/latest"
    ask 404 GET /v2/there/image/manifests/.INVALID_MANIFEST_NAME
    ask 400 GET /v2/there/image/manifests/sha256:baddigest
    code_is DIGEST_INVALID
}

@test "a tag moves, and what follows sees it at once" {
    for content in one two three four; do
        push_image man/moving latest $content
        ask 200 HEAD /v2/man/moving/manifests/latest
        field_is Docker-Content-Digest "$digest"
        ask 200 GET /v2/man/moving/manifests/latest
        cmp "$WORK/body" "$WORK/manifest"
    done
}

@test "an empty list is written as null by some clients" {
    make_image man/null x
    for type in $OCI_MANIFEST $DOCKER_MANIFEST; do
        jq -c --arg type "$type" '.layers = null | .mediaType = $type' "$WORK/manifest" >"$WORK/null"
        put_manifest man/null image "$WORK/null" "$type"
        ask 200 GET /v2/man/null/manifests/image
        cmp "$WORK/body" "$WORK/null"
    done
    for type in $OCI_INDEX $DOCKER_LIST; do
        printf '{"schemaVersion":2,"mediaType":"%s","manifests":null}' "$type" >"$WORK/null"
        put_manifest man/null index "$WORK/null" "$type"
        ask 200 GET /v2/man/null/manifests/index
    done
}

@test "manifests that are refused" {
    make_image man/bad x
    put() { ask 400 PUT "/v2/man/bad/manifests/${2:-x}" -H "Content-Type: ${3:-$OCI_MANIFEST}" --data-binary "$1"; }
    for text in '' '{' '[]' 'null' '"x"' '{}' '{"schemaVersion":2}' '{"schemaVersion":1}' '{"schemaVersion":2,"layers":[],"config":null}' \
        '{"schemaVersion":2,"manifests":[],"layers":[]}'; do
        put "$text"
        code_is MANIFEST_INVALID
    done
    put '{"schemaVersion":1,"name":"x","tag":"y","fsLayers":[]}' x application/vnd.docker.distribution.manifest.v1+prettyjws
    code_is MANIFEST_INVALID
    put "$(cat "$WORK/manifest")" x text/plain
    code_is MANIFEST_INVALID
    put "$(cat "$WORK/manifest")" "$NOBODY"
    code_is DIGEST_INVALID
    put "$(cat "$WORK/manifest")" sha256:baddigeststring
    code_is DIGEST_INVALID
    for tag in .x -x 'a%20b' "$(printf 'a%.0s' {1..129})"; do
        put "$(cat "$WORK/manifest")" "$tag"
        code_is TAG_INVALID
    done
    ask 404 GET /v2/man/bad/manifests/x
}

@test "a manifest of thousands of missing blobs gets a short answer" {
    make_image man/many x
    jq -c --arg nobody sha256: '.layers = [range(20000) | {mediaType: "application/vnd.oci.image.layer.v1.tar", size: 1,
        digest: ($nobody + ("0" * (64 - (tostring | length))) + tostring)}]' "$WORK/manifest" >"$WORK/many"
    ask 400 PUT /v2/man/many/manifests/x -H "Content-Type: $OCI_MANIFEST" --data-binary @"$WORK/many"
    code_is MANIFEST_BLOB_UNKNOWN
    [ "$(jq '.errors | length' <<<"$body")" = 101 ]
    [ "$(jq '.errors[-1].detail.more' <<<"$body")" = 19900 ]
}

@test "a manifest needs its blobs, and not its subject" {
    make_image man/needs x
    sed "s/$(sha256 "$WORK/layer")/$NOBODY/" "$WORK/manifest" >"$WORK/missing"
    ask 400 PUT /v2/man/needs/manifests/x -H "Content-Type: $OCI_MANIFEST" --data-binary @"$WORK/missing"
    code_is MANIFEST_BLOB_UNKNOWN
    [ "$(jq -r '.errors[0].detail.digest' <<<"$body")" = "$NOBODY" ]
    ask 404 GET /v2/man/needs/manifests/x
    sed "s/$(sha256 "$WORK/layer")\"/$NOBODY\",\"urls\":[\"https:\/\/example.org\/layer\"]/" "$WORK/manifest" >"$WORK/foreign"
    put_manifest man/needs foreign "$WORK/foreign"
    make_image man/needs y ",\"subject\":{\"mediaType\":\"$OCI_MANIFEST\",\"digest\":\"$NOBODY\",\"size\":1}"
    put_manifest man/needs about-nothing
    field_is OCI-Subject $NOBODY
}

@test "a manifest of almost 4 MiB, and one that is longer" {
    make_image man/large x ",\"annotations\":{\"a\":\"$(head -c 4190000 /dev/zero | tr '\0' a)\"}"
    [ "$(stat -c %s "$WORK/manifest")" -gt 4190000 ]
    put_manifest man/large x
    ask 200 GET /v2/man/large/manifests/x
    cmp "$WORK/body" "$WORK/manifest"
    head -c 10000 /dev/zero | tr '\0' ' ' >>"$WORK/manifest"
    ask 413 PUT /v2/man/large/manifests/y -H "Content-Type: $OCI_MANIFEST" --data-binary @"$WORK/manifest"
    code_is SIZE_INVALID
    ask 413 PUT /v2/man/large/manifests/y -H "Content-Type: $OCI_MANIFEST" -H 'Transfer-Encoding: chunked' --data-binary @"$WORK/manifest"
}

@test "several tags with one manifest" {
    make_image man/tags x
    digest=$(sha256 "$WORK/manifest")
    query=$(printf '&tag=t%d' {1..12})
    put_manifest man/tags "$digest?${query#&}"
    [ "$(field OCI-Tag | wc -l)" = 12 ]
    ask 200 GET /v2/man/tags/manifests/t12
    field_is Docker-Content-Digest "$digest"
    ask 400 PUT "/v2/man/tags/manifests/$digest?tag=ok&tag=.bad" -H "Content-Type: $OCI_MANIFEST" --data-binary @"$WORK/manifest"
    code_is TAG_INVALID
    ask 404 GET /v2/man/tags/manifests/ok
}

@test "a manifest by sha512" {
    make_image man/512 x
    digest=$(sha512 "$WORK/manifest")
    put_manifest man/512 "$digest?tag=x"
    field_is Docker-Content-Digest "$digest"
    ask 200 GET "/v2/man/512/manifests/$digest"
    field_is Docker-Content-Digest "$digest"
    ask 200 GET /v2/man/512/manifests/x
    field_is Docker-Content-Digest "$digest"
}

@test "an index, and what Accept does and does not do" {
    make_image man/index amd64
    put_manifest man/index "$(sha256 "$WORK/manifest")"
    image=$(sha256 "$WORK/manifest")
    for type in $OCI_INDEX $DOCKER_LIST; do
        printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s],"unknown":{"kept":1}}' $type \
            "$(descriptor $OCI_MANIFEST "$WORK/manifest" ',"platform":{"os":"linux","architecture":"amd64"}')" >"$WORK/index"
        put_manifest man/index list "$WORK/index" $type
        index=$(sha256 "$WORK/index")
        for round in cold warm; do
            for accept in '*/*' application/json text/html "$OCI_INDEX" "$DOCKER_LIST, $DOCKER_MANIFEST" "application/*"; do
                ask 200 GET /v2/man/index/manifests/list -H "Accept: $accept"
                field_is Docker-Content-Digest "$index"
                field_is Content-Type $type
                cmp "$WORK/body" "$WORK/index"
            done
            for accept in "$DOCKER_MANIFEST" "$OCI_MANIFEST;q=0.5, text/html"; do
                ask 200 GET /v2/man/index/manifests/list -H "Accept: $accept"
                field_is Docker-Content-Digest "$image"
                ask 200 GET "/v2/man/index/manifests/$index" -H "Accept: $accept"
                field_is Docker-Content-Digest "$index"
            done
        done
    done
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[]}' $OCI_INDEX >"$WORK/empty"
    put_manifest man/index empty "$WORK/empty" $OCI_INDEX
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' $OCI_INDEX "$(descriptor $OCI_INDEX "$WORK/empty")" >"$WORK/nested"
    put_manifest man/index nested "$WORK/nested" $OCI_INDEX
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s","digest":"%s","size":1}]}' $OCI_INDEX $OCI_MANIFEST $NOBODY >"$WORK/sparse"
    ask 400 PUT /v2/man/index/manifests/sparse -H "Content-Type: $OCI_INDEX" --data-binary @"$WORK/sparse"
    code_is MANIFEST_BLOB_UNKNOWN
}

@test "deleting a tag, and deleting a manifest" {
    push_image man/del a one
    put_manifest man/del b
    ask 200 GET /v2/man/del/manifests/a
    ask 200 GET "/v2/man/del/manifests/$digest"
    ask 202 DELETE /v2/man/del/manifests/a
    ask 404 HEAD /v2/man/del/manifests/a
    ask 404 DELETE /v2/man/del/manifests/a
    code_is MANIFEST_UNKNOWN
    ask 200 GET /v2/man/del/manifests/b
    ask 202 DELETE "/v2/man/del/manifests/$digest"
    ask 404 HEAD /v2/man/del/manifests/b
    ask 404 HEAD "/v2/man/del/manifests/$digest"
    ask 404 DELETE "/v2/man/del/manifests/$digest"
    put_manifest man/del b
    ask 200 GET /v2/man/del/manifests/b
    ask 400 DELETE /v2/man/del/manifests/sha256:x
    code_is DIGEST_INVALID
    ask 400 DELETE /v2/man/del/manifests/.x
    code_is TAG_INVALID
}

# ---- listings ------------------------------------------------------------------------------------------------------------

@test "tags, in pages, bytewise" {
    make_image list/tags x
    put_manifest list/tags "$(sha256 "$WORK/manifest")?tag=b&tag=B&tag=a&tag=_z&tag=10&tag=9"
    ask 200 GET /v2/list/tags/tags/list
    [ "$(jq -c . <<<"$body")" = '{"name":"list/tags","tags":["10","9","B","_z","a","b"]}' ]
    no_field Link
    ask 200 GET "/v2/list/tags/tags/list?n=4"
    [ "$(jq -c .tags <<<"$body")" = '["10","9","B","_z"]' ]
    field_is Link '</v2/list/tags/tags/list?last=_z&n=4>; rel="next"'
    ask 200 GET "/v2/list/tags/tags/list?last=_z&n=4"
    [ "$(jq -c .tags <<<"$body")" = '["a","b"]' ]
    no_field Link
    ask 200 GET "/v2/list/tags/tags/list?n=6"
    no_field Link
    ask 200 GET "/v2/list/tags/tags/list?last=B"
    [ "$(jq -c .tags <<<"$body")" = '["_z","a","b"]' ]
    ask 200 GET "/v2/list/tags/tags/list?n=0"
    [ "$(jq -c .tags <<<"$body")" = '[]' ]
    no_field Link
    ask 200 GET "/v2/list/tags/tags/list?n="
    [ "$(jq '.tags | length' <<<"$body")" = 6 ]
    for n in -1 x 1.5 99999999999999999999; do
        ask 400 GET "/v2/list/tags/tags/list?n=$n"
        code_is PAGINATION_NUMBER_INVALID
    done
    ask 404 GET /v2/list/nothing/tags/list
    code_is NAME_UNKNOWN
    push_blob list/untagged "$WORK/blob"
    ask 200 GET /v2/list/untagged/tags/list
    [ "$(jq -c .tags <<<"$body")" = '[]' ]
}

@test "more tags than fit into one answer come with a link to the next page" {
    make_image list/many x
    image=$(sha256 "$WORK/manifest")
    for first in {0..20}; do
        put_manifest list/many "$image?tag=$(seq -f 't%05.0f' -s '&tag=' $((first * 500)) $((first * 500 + 499)))"
    done
    ask 200 GET /v2/list/many/tags/list
    [ "$(jq '.tags | length' <<<"$body")" = 10000 ]
    field_is Link '</v2/list/many/tags/list?last=t09999>; rel="next"'
    ask 200 GET '/v2/list/many/tags/list?last=t09999'
    [ "$(jq -c '[.tags[0], .tags[-1], (.tags | length)]' <<<"$body")" = '["t10000","t10499",500]' ]
    no_field Link
    ask 200 GET '/v2/list/many/tags/list?n=20000'
    [ "$(jq -c '[.tags[0], .tags[-1], (.tags | length)]' <<<"$body")" = '["t00000","t00999",1000]' ]
    field_is Link '</v2/list/many/tags/list?last=t00999&n=1000>; rel="next"'
    [ "$(skopeo list-tags --tls-verify=false "docker://$HOST/list/many" | jq '.Tags | length')" = 10500 ]
}

@test "the catalog, in pages" {
    ask 200 GET /v2/_catalog
    jq -e '.repositories | index("there/image")' <<<"$body"
    [ "$(jq -c '.repositories | sort' <<<"$body")" = "$(jq -c .repositories <<<"$body")" ]
    ask 200 GET "/v2/_catalog?n=1"
    [ "$(jq '.repositories | length' <<<"$body")" = 1 ]
    local next seen=1
    while next=$(field Link) && [[ -n $next ]]; do
        next=${next#<}
        ask 200 GET "${next%%>*}"
        ((++seen < 200))
    done
    ask 200 GET "/v2/_catalog?n=1000"
    [ "$(jq '.repositories | length' <<<"$body")" = "$seen" ]
    ask 200 GET "/v2/_catalog?n=0"
    [ "$body" = '{"repositories":[]}' ]
    for n in 1001 -1 x; do
        ask 400 GET "/v2/_catalog?n=$n"
        code_is PAGINATION_NUMBER_INVALID
    done
}

@test "referrers" {
    ask 200 GET "/v2/no/where/referrers/$NOBODY"
    [ "$(jq -c .manifests <<<"$body")" = '[]' ]
    field_is Content-Type $OCI_INDEX
    push_image ref/a v1 subject
    subject=$(descriptor $OCI_MANIFEST "$WORK/manifest")
    for kind in sbom signature sbom2; do
        make_image ref/a $kind ",\"subject\":$subject,\"artifactType\":\"application/${kind%2}\",\"annotations\":{\"kind\":\"$kind\"}"
        put_manifest ref/a "$(sha256 "$WORK/manifest")"
        field_is OCI-Subject "$digest_of_subject${digest}"
    done
    ask 200 GET "/v2/ref/a/referrers/$digest"
    [ "$(jq '.manifests | length' <<<"$body")" = 3 ]
    no_field OCI-Filters-Applied
    [ "$(jq -r '.manifests[] | select(.annotations.kind == "signature").artifactType' <<<"$body")" = application/signature ]
    ask 200 GET "/v2/ref/a/referrers/$digest?artifactType=application/sbom"
    [ "$(jq '.manifests | length' <<<"$body")" = 2 ]
    field_is OCI-Filters-Applied artifactType
    ask 200 GET "/v2/ref/a/referrers/$digest?n=2"
    [ "$(jq '.manifests | length' <<<"$body")" = 2 ]
    next=$(field Link)
    next=${next#<}
    ask 200 GET "${next%%>*}"
    [ "$(jq '.manifests | length' <<<"$body")" = 1 ]
    no_field Link
    make_image ref/a plain ",\"subject\":$subject"
    put_manifest ref/a plain
    ask 200 GET "/v2/ref/a/referrers/$digest?artifactType=application/vnd.oci.image.config.v1%2Bjson"
    [ "$(jq '.manifests | length' <<<"$body")" = 1 ]
    ask 202 DELETE "/v2/ref/a/manifests/$(sha256 "$WORK/manifest")"
    ask 200 GET "/v2/ref/a/referrers/$digest"
    [ "$(jq '.manifests | length' <<<"$body")" = 3 ]
    ask 400 GET /v2/ref/a/referrers/sha256:x
    code_is DIGEST_INVALID
}

@test "Docker's search" {
    ask 200 GET /v1/_ping
    field_is X-Docker-Registry-Standalone true
    ask 200 GET "/v1/search?q=there&n=5"
    [ "$(jq -r .query <<<"$body")" = there ]
    [ "$(jq -r '.results[].name' <<<"$body" | sort | xargs)" = "there/blobs there/image" ]
    [ "$(jq -r .num_results <<<"$body")" = 2 ]
    ask 200 GET "/v1/search?q=%25_"
    [ "$(jq -r .num_results <<<"$body")" = 0 ]
}

@test "a malformed query" {
    ask 400 GET "/v2/_catalog?n=%zz"
    ask 400 GET "/v2/there/image/tags/list?n=%"
}
