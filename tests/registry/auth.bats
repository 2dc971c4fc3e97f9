#!/usr/bin/env bats
# Who may do what: passwords of an htpasswd file, rules, and tokens of the registry's own issuer.

load helpers

setup_file() {
    registry_setup
    htpasswd -bBc -C 4 "$WORK/htpasswd" ada secret 2>/dev/null
    htpasswd -bB -C 4 "$WORK/htpasswd" eve other 2>/dev/null
    htpasswd -bm "$WORK/htpasswd" old weak 2>/dev/null
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
auth: {htpasswd: {realm: Test Realm, path: $WORK/htpasswd}}
strata:
  issuer: {service: registry.test}
  access:
    groups: {team: [ada]}
    rules:
      - {repositories: ["team/**"], groups: [team], actions: ["*"]}
      - {repositories: ["public/**"], anonymous: true, actions: [pull]}
      - {repositories: ["public/**"], users: [ada], actions: [push]}
      - {repositories: ["home/\${user}/*"], users: ["*"], actions: [pull, push]}
END
    cat >"$WORK/curlrc" <<<'user = "ada:secret"'
    # push_blob and ask use curl: as ada, while this is in force
    export CURL_HOME=$WORK
    cp "$WORK/curlrc" "$WORK/.curlrc"
    push_image team/app 1 first
    push_image public/app 1 second
    rm "$WORK/.curlrc"
    LAYER=$(sha256 "$WORK/layer")
    export LAYER
}
teardown_file() { registry_stop; }
setup() { WORK=$BATS_FILE_TMPDIR; }

# token [curl's arguments…]: from /token, for the scopes in $SCOPE (separated by blanks).
token() {
    local -a scopes=()
    for scope in ${SCOPE:-}; do scopes+=(--data-urlencode "scope=$scope"); done
    curl -sf -G "$URL/token" --data-urlencode service=registry.test "${scopes[@]}" "$@" | jq -r .token
}

@test "an entry with another hash is named, and cannot log in" {
    grep -q 'user \\*"old\\*" has an MD5 (apr1) hash' "$WORK/registry.log"
    ask 401 GET /v2/ -u old:weak
}

@test "the challenge of /v2/ names the issuer" {
    ask 401 GET /v2/
    code_is UNAUTHORIZED
    field_is WWW-Authenticate "Bearer realm=\"$URL/token\",service=\"registry.test\""
    ask 401 GET /v2/team/app/manifests/1
    field_is WWW-Authenticate "Bearer realm=\"$URL/token\",service=\"registry.test\",scope=\"repository:team/app:pull\""
    ask 401 POST /v2/team/app/blobs/uploads/
    [[ $(field WWW-Authenticate) == *'scope="repository:team/app:pull,push"'* ]]
}

@test "passwords straight away" {
    ask 200 GET /v2/ -u ada:secret
    ask 401 GET /v2/ -u ada:wrong
    ask 401 GET /v2/ -u nobody:secret
    ask 200 GET /v2/team/app/manifests/1 -u ada:secret
    ask 201 POST "/v2/home/eve/x/blobs/uploads/?digest=$(sha256 "$WORK/layer")" -u eve:other --data-binary @"$WORK/layer"
}

@test "tokens reach as far as they were made for" {
    t=$(SCOPE="repository:team/app:pull" token -u ada:secret)
    ask 200 GET /v2/ -H "Authorization: Bearer $t"
    ask 200 GET /v2/team/app/manifests/1 -H "Authorization: Bearer $t"
    ask 401 POST /v2/team/app/blobs/uploads/ -H "Authorization: Bearer $t"
    [[ $(field WWW-Authenticate) == *'error="insufficient_scope"'* ]]
    ask 401 GET /v2/ -H "Authorization: Bearer ${t%?????}AAAAA"
    [[ $(field WWW-Authenticate) == *'error="invalid_token"'* ]]
    t=$(SCOPE="repository:team/app:pull,push" token -u eve:other)
    ask 401 GET /v2/team/app/manifests/1 -H "Authorization: Bearer $t"
}

@test "everybody may pull what is public, with a token and without" {
    ask 200 GET /v2/public/app/manifests/1
    t=$(SCOPE="repository:public/app:pull,push" token)
    ask 200 GET /v2/public/app/manifests/1 -H "Authorization: Bearer $t"
    ask 401 POST /v2/public/app/blobs/uploads/ -H "Authorization: Bearer $t"
}

@test "nobody can tell whether a repository exists that he has no right to" {
    for credentials in "-u eve:other" "-H X-Nothing:1"; do
        for path in manifests/1 "blobs/$LAYER" tags/list "referrers/$LAYER"; do
            # shellcheck disable=SC2086
            there=$(curl -s -o "$WORK/there" -w '%{http_code}' $credentials "$URL/v2/team/app/$path")
            # shellcheck disable=SC2086
            not=$(curl -s -o "$WORK/not" -w '%{http_code}' $credentials "$URL/v2/team/not/$path")
            [ "$there" = "$not" ]
            diff <(sed 's,team/app,team/not,g' "$WORK/there") "$WORK/not"
        done
    done
    ask 200 GET /v2/_catalog -u eve:other
    [[ $body != *team/app* && $body == *public/app* ]]
    ask 200 GET /v2/_catalog -u ada:secret
    [[ $body == *team/app* ]]
}

@test "nobody gets a blob by mounting it from where he may not read" {
    push=$(sha256 "$WORK/config") # of public/app
    ask 202 POST "/v2/home/eve/y/blobs/uploads/?mount=$LAYER&from=team/app" -u eve:other
    printf 'only of the team' >"$WORK/private"
    ask 201 POST "/v2/team/app/blobs/uploads/?digest=$(sha256 "$WORK/private")" -u ada:secret --data-binary @"$WORK/private"
    ask 202 POST "/v2/home/eve/y/blobs/uploads/?mount=$(sha256 "$WORK/private")&from=team/app" -u eve:other
    ask 202 POST "/v2/home/eve/y/blobs/uploads/?mount=$(sha256 "$WORK/private")" -u eve:other
    ask 201 POST "/v2/home/eve/y/blobs/uploads/?mount=$push&from=public/app" -u eve:other
}

@test "refresh tokens, in the forms of OAuth" {
    answer=$(curl -sf "$URL/token" -d grant_type=password -d username=ada -d password=secret -d service=registry.test \
        -d client_id=test -d access_type=offline --data-urlencode "scope=repository:team/app:pull")
    refresh=$(jq -r .refresh_token <<<"$answer")
    [ "$(jq -r .expires_in <<<"$answer")" = 300 ]
    t=$(curl -sf "$URL/token" -d grant_type=refresh_token -d "refresh_token=$refresh" -d service=registry.test -d client_id=test \
        --data-urlencode "scope=repository:team/app:pull" | jq -r .access_token)
    ask 200 GET /v2/team/app/manifests/1 -H "Authorization: Bearer $t"
    ask 401 POST /token -d grant_type=refresh_token -d refresh_token=wrong -d service=registry.test
}

@test "skopeo logs in, copies and is refused" {
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --src-creds ada:secret --dest-creds ada:secret \
        "docker://$HOST/team/app:1" "docker://$HOST/team/copy:2"
    skopeo inspect --tls-verify=false --no-creds --raw "docker://$HOST/public/app:1" >"$WORK/inspected"
    run skopeo inspect --tls-verify=false --creds eve:other --raw "docker://$HOST/team/copy:2"
    [ "$status" -ne 0 ]
    run skopeo login --authfile "$WORK/auth.json" --tls-verify=false -u ada -p wrong "$HOST"
    [ "$status" -ne 0 ]
    skopeo login --authfile "$WORK/auth.json" --tls-verify=false -u ada -p secret "$HOST"
}

# Does what a 401 says, as a client that has never heard of us: asks there for a token, and asks again with it.
by_the_book() {
    local expected=$1 method=$2 path=$3 realm service scope token
    shift 3
    ask 401 "$method" "$path"
    realm=$(field WWW-Authenticate | sed -n 's/^Bearer realm="\([^"]*\)".*/\1/p')
    service=$(field WWW-Authenticate | sed -n 's/.*service="\([^"]*\)".*/\1/p')
    scope=$(field WWW-Authenticate | sed -n 's/.*scope="\([^"]*\)".*/\1/p')
    token=$(curl -sf -G "$realm" --data-urlencode "service=$service" --data-urlencode "scope=$scope" "$@" | jq -r .token)
    ask "$expected" "$method" "$path" -H "Authorization: Bearer $token"
}

@test "by the book: a challenge, a token, an answer" {
    by_the_book 200 GET /v2/team/app/manifests/1 -u ada:secret
    layer=$(jq -r '.layers[0].digest' <<<"$body")
    by_the_book 202 POST /v2/team/app/blobs/uploads/ -u ada:secret
    by_the_book 401 GET /v2/team/app/manifests/1 -u eve:other
    by_the_book 201 POST "/v2/home/ada/mounted/blobs/uploads/?mount=$layer&from=team/app" -u ada:secret # one token for both
    ask 200 GET /token -u ada:secret -G --data-urlencode "service=registry.test"
    jq -e '.token == .access_token and .expires_in >= 60 and (.issued_at | fromdateiso8601? // (sub("\\.[0-9]+"; "") | fromdateiso8601)) > 0
        and (has("refresh_token") | not)' <<<"$body"
    ask 401 GET /token -u ada:wrong
    ask 405 PUT /token
}

@test "refresh tokens: asked for by GET, good for anything its user may, and only until the password changes" {
    htpasswd -bB -C 4 "$WORK/htpasswd" joe first 2>/dev/null
    for ((i = 0; i < 300; ++i)); do
        [[ $(curl -s -o /dev/null -w '%{http_code}' -u joe:first "$URL/v2/") == 200 ]] && break
        sleep 0.1
    done
    refresh=$(curl -sf -G -u joe:first "$URL/token" -d service=registry.test -d offline_token=true -d client_id=docker | jq -r .refresh_token)
    [[ -n $refresh && $refresh != null ]]
    with_refresh() {
        curl -s -o "$WORK/answer" -w '%{http_code}' "$URL/token" -d grant_type=refresh_token -d service=registry.test -d client_id=docker \
            --data-urlencode "refresh_token=$refresh" --data-urlencode "scope=repository:home/joe/x:pull,push repository:team/app:pull"
    }
    [ "$(with_refresh)" = 200 ]
    t=$(jq -r .access_token "$WORK/answer")
    ask 202 POST /v2/home/joe/x/blobs/uploads/ -H "Authorization: Bearer $t"
    ask 401 GET /v2/team/app/manifests/1 -H "Authorization: Bearer $t"
    [ "$(with_refresh)" = 200 ] # it is not used up
    htpasswd -bB -C 4 "$WORK/htpasswd" joe second 2>/dev/null
    for ((i = 0; i < 300; ++i)); do
        [[ $(with_refresh) == 401 ]] && break
        sleep 0.1
    done
    [ "$(with_refresh)" = 401 ]
    for wrong in "grant_type=password -d username=ada -d password=wrong" "grant_type=password" "grant_type=refresh_token" "grant_type=magic" ""; do
        # shellcheck disable=SC2086
        code=$(curl -s -o /dev/null -w '%{http_code}' "$URL/token" ${wrong:+-d $wrong} -d service=registry.test)
        [[ $code == 401 || $code == 400 ]] || { echo "$code for $wrong"; false; }
    done
}

@test "podman and skopeo log in once, push, pull and copy, and log out" {
    podman_here() { podman --root "$BATS_TEST_TMPDIR/root" --runroot "$BATS_TEST_TMPDIR/runroot" --storage-driver vfs "$@"; }
    export REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/auth.json
    run podman_here login --tls-verify=false -u ada -p wrong "$HOST"
    [ "$status" -ne 0 ]
    podman_here login --tls-verify=false -u ada -p secret "$HOST"
    echo hello >"$BATS_TEST_TMPDIR/file"
    tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/layer.tar" file
    podman_here import -q "$BATS_TEST_TMPDIR/layer.tar" "$HOST/team/podman:1"
    podman_here push -q --tls-verify=false "$HOST/team/podman:1"
    podman_here rmi "$HOST/team/podman:1"
    podman_here pull -q --tls-verify=false "$HOST/team/podman:1"
    run podman_here push -q --tls-verify=false "$HOST/team/podman:1" "docker://$HOST/home/eve/x:1"
    [ "$status" -ne 0 ]
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$HOST/team/podman:1" "docker://$HOST/home/ada/copy:1"
    skopeo inspect --raw --tls-verify=false "docker://$HOST/home/ada/copy:1" >"$BATS_TEST_TMPDIR/copied"
    ask 200 GET /v2/home/ada/copy/manifests/1 -u ada:secret
    cmp "$WORK/body" "$BATS_TEST_TMPDIR/copied"
    skopeo delete --tls-verify=false "docker://$HOST/team/podman:1"
    ask 404 GET /v2/team/podman/manifests/1 -u ada:secret
    skopeo logout "$HOST"
    run skopeo inspect --tls-verify=false --raw "docker://$HOST/home/ada/copy:1"
    [ "$status" -ne 0 ]
    rm -rf "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/runroot"
}

@test "a password that changes in the file changes without a restart" {
    htpasswd -bB -C 4 "$WORK/htpasswd" eve new 2>/dev/null
    for ((i = 0; i < 300; ++i)); do
        curl -s -o /dev/null -w '%{http_code}' -u eve:new "$URL/v2/" | grep -q 200 && break
        sleep 0.1
    done
    ask 200 GET /v2/ -u eve:new
    ask 401 GET /v2/ -u eve:other
}
