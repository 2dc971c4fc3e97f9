#!/usr/bin/env bats
# Tokens of another issuer: the same configuration decides as Distribution does, which is asked the same questions beside us.

load helpers

setup_file() {
    registry_setup
    export KEYS=$BATS_FILE_TMPDIR/keys
    mkdir -p "$KEYS"
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$KEYS/rsa.key"
    for name in ec chained inset stranger; do
        openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$KEYS/$name.key"
    done
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$KEYS/wide.key"
    openssl genpkey -quiet -algorithm ED25519 -out "$KEYS/edwards.key"
    for name in rsa ec stranger; do
        openssl req -x509 -key "$KEYS/$name.key" -subj "/CN=$name" -days 2 -out "$KEYS/$name.cert"
    done
    openssl req -new -key "$KEYS/chained.key" -subj /CN=chained |
        openssl x509 -req -CA "$KEYS/rsa.cert" -CAkey "$KEYS/rsa.key" -CAcreateserial -days 2 -out "$KEYS/chained.cert" 2>/dev/null
    cat "$KEYS/rsa.cert" "$KEYS/ec.cert" >"$KEYS/bundle.pem"
    make_token jwks inset wide edwards >"$KEYS/jwks.json"

    start_both
    export BOTH="$URL $THEIR_URL"
    for URL in $BOTH; do
        push_image_with "$(make_token token rsa "access=team/app:pull,push")"
    done
}
teardown_file() {
    registry_stop
    kill "$THEIRS"
    wait "$THEIRS" 2>/dev/null || true
}
setup() {
    WORK=$BATS_TEST_TMPDIR
    OURS=${BOTH% *}
    THEIR=${BOTH#* }
}

make_token() { python3 "$BATS_TEST_DIRNAME/make_token.py" "$KEYS" "$@"; }

auth_section() {
    cat <<END
storage: {filesystem: {rootdirectory: $1}, delete: {enabled: true}}
auth:
  token:
    realm: https://issuer.test/token
    service: registry.test
    issuer: issuer.test
    rootcertbundle: $KEYS/bundle.pem
END
}

start_both() {
    { auth_section "$DATA"; echo "    jwks: $KEYS/jwks.json"; } >"$WORK/ours.yml"
    registry_start <"$WORK/ours.yml" # (not behind a pipe: it sets variables)
    auth_section "$WORK/their" >"$WORK/their.part"
    their_start "$WORK/their.part"
}
# Distribution with the configuration in file $1; sets THEIRS and THEIR_URL.
their_start() {
    local port waited=0
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export THEIR_URL=http://127.0.0.1:$port
    { echo 'version: 0.1'; cat "$1"; echo "http: {addr: '127.0.0.1:$port'}"; } >"$WORK/their.yml"
    docker-registry serve "$WORK/their.yml" >"$WORK/their.log" 2>&1 3>&- &
    export THEIRS=$!
    until curl -s -o /dev/null "$THEIR_URL/v2/"; do
        ((waited++ < 400)) && kill -0 $THEIRS || { cat "$WORK/their.log"; return 1; }
        sleep 0.05
    done
}

# An image of an index without entries: no blobs are needed, which the two take in different ways.
push_image_with() {
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[]}' $OCI_INDEX >"$WORK/manifest"
    ask 201 PUT /v2/team/app/manifests/1 -H "Authorization: Bearer $1" -H "Content-Type: $OCI_INDEX" --data-binary @"$WORK/manifest"
}

# decided URL METHOD PATH [TOKEN]: the status and the challenge, in one line. TOKEN may be a whole field as well.
decided() {
    local -a how=(-X "$2") token=()
    [[ $2 == HEAD ]] && how=(-I)
    [[ -n ${4:-} ]] && token=(-H "Authorization: Bearer $4")
    [[ ${4:-} == *:\ * ]] && token=(-H "$4")
    curl -s -o /dev/null -D - "${how[@]}" "${token[@]}" -H "Accept: $OCI_INDEX" "$1$3" |
        tr -d '\r' | sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p; s/^[Ww][Ww][Ww]-[Aa]uthenticate: / /p' | tr -d '\n'
}
# Distribution writes scopes and their actions in any order, another one each time.
in_order() {
    local text scopes
    text=$(cat)
    scopes=$(sed -n 's/.*scope="\([^"]*\)".*/\1/p' <<<"${text//push,pull/pull,push}" | tr ' ' '\n' | sort | xargs)
    sed "s;scope=\"[^\"]*\";scope=\"$scopes\";" <<<"$text"
}
# same METHOD PATH TOKEN: the answer of both, which must be one.
same() {
    diff <(decided "$OURS" "$@" | in_order) <(decided "$THEIR" "$@" | in_order) >"$WORK/difference" || {
        echo "$1 $2:"
        cat "$WORK/difference"
        return 1
    }
}
# Lines "OURS THEIRS words for make_token": the status of a pull with such a token.
table() {
    local ours theirs words failed=0 token
    while read -r ours theirs words; do
        eval "token=\$(make_token token $words)"
        got="$(decided "$OURS" GET /v2/team/app/manifests/1 "$token" | head -c 3) $(decided "$THEIR" GET /v2/team/app/manifests/1 "$token" | head -c 3)"
        [[ $got == "$ours $theirs" ]] || { echo "$got instead of $ours $theirs: $words"; failed=1; }
        [[ $ours != "$theirs" ]] || same GET /v2/team/app/manifests/1 "$token" || failed=1
    done
    return $failed
}

@test "the challenge, to the letter" {
    for request in "GET /v2/" "GET /v2/team/app/manifests/1" "HEAD /v2/team/app/manifests/1" "PUT /v2/team/app/manifests/2" \
        "DELETE /v2/team/app/manifests/1" "POST /v2/team/app/blobs/uploads/" "GET /v2/team/app/tags/list" "GET /v2/_catalog" \
        "POST /v2/team/app/blobs/uploads/?mount=$(sha256 /dev/null)&from=other/app" "GET /v2/team/app/blobs/$(sha256 /dev/null)"; do
        same ${request% *} "${request#* }"
    done
    [ "$(decided "$OURS" GET /v2/)" = '401 Bearer realm="https://issuer.test/token",service="registry.test"' ]
    [ "$(decided "$OURS" GET /v2/team/app/tags/list)" = \
        '401 Bearer realm="https://issuer.test/token",service="registry.test",scope="repository:team/app:pull"' ]
    [ "$(decided "$OURS" GET /v2/_catalog)" = \
        '401 Bearer realm="https://issuer.test/token",service="registry.test",scope="registry:catalog:*"' ]
}

@test "how a token may name its key" {
    table <<'END'
200 200 rsa form=libtrust
200 200 ec form=libtrust
200 401 rsa form=thumbprint
200 401 ec form=thumbprint
200 200 rsa form=x5c
200 200 ec form=x5c
200 200 chained form=x5c
200 200 chained form=x5c chain=chained,rsa
401 401 chained form=libtrust
200 200 rsa form=jwk
200 200 ec form=jwk
401 401 rsa form=none
401 401 rsa form=kid kid=unknown
401 401 rsa form=kid kid=
200 401 inset form=kid kid='inset of the set'
200 401 inset form=thumbprint
200 401 wide form=thumbprint alg=ES384
200 401 edwards form=kid kid='edwards of the set' alg=EdDSA
END
}

@test "algorithms, and forgeries" {
    table <<'END'
200 200 rsa alg=RS384
200 200 rsa alg=RS512
200 401 rsa alg=PS256
200 401 rsa form=thumbprint alg=PS384
401 401 rsa alg=none
401 401 rsa alg=None
401 401 rsa alg=HS256
401 401 ec alg=HS256 form=x5c
401 401 ec alg=RS256
401 401 stranger form=x5c
401 401 stranger form=x5c chain=stranger,rsa
401 401 stranger form=x5c chain=rsa
401 401 stranger form=jwk
401 401 stranger form=libtrust
401 401 rsa tamper=claims
401 401 rsa tamper=signature
401 401 rsa tamper=header
401 401 ec form=x5c tamper=signature
END
}

@test "for whom, by whom and how long" {
    table <<'END'
200 401 rsa aud=other.test,registry.test
401 401 rsa aud=other.test
401 401 rsa aud=
401 401 rsa iss=other.test
401 401 rsa iss=
200 200 rsa exp=-30
401 401 rsa exp=-120
401 401 rsa exp=
200 200 rsa nbf=30
401 401 rsa nbf=120
200 200 rsa nbf=
200 200 rsa sub=
END
}

@test "what it grants is what one may do" {
    table <<'END'
200 200 rsa access='team/app:pull,push'
200 200 rsa access='other:push team/app:push team/app:pull'
200 200 rsa access='team/app:*'
401 401 rsa access=
401 401 rsa access='team/app:push'
401 401 rsa access='team:pull'
401 401 rsa access='team/app2:pull'
401 401 rsa access='team/*:pull'
401 401 rsa access='registry:catalog:*'
END
    pull=$(make_token token rsa)
    for request in "GET /v2/" "PUT /v2/team/app/manifests/2" "POST /v2/team/app/blobs/uploads/" "GET /v2/_catalog" \
        "DELETE /v2/team/app/manifests/$(sha256 /dev/null)" "GET /v2/other/tags/list" \
        "GET /v2/a/repository/whose/name/is/rather/long/tags/list"; do
        same ${request% *} "${request#* }" "$pull"
    done
    [[ $(decided "$OURS" PUT /v2/team/app/manifests/2 "$pull") == *',scope="repository:team/app:pull,push",error="insufficient_scope"' ]]
    catalog=$(make_token token rsa 'access=registry:catalog:*')
    same GET /v2/_catalog "$catalog"
    [[ $(decided "$OURS" GET /v2/_catalog "$catalog") == 200 ]]
    for wrong in x a.b.c "$pull.x" "${pull%.*}" . "${pull/./.=}" "Authorization: Basic YWRhOnNlY3JldA==" "Authorization: $pull"; do
        same GET /v2/ "$wrong"
        same GET /v2/a/repository/whose/name/is/rather/long/tags/list "$wrong"
        same POST "/v2/team/app/blobs/uploads/?mount=$(sha256 /dev/null)&from=other/app" "$wrong"
    done
    nobody=$(make_token token rsa sub=)
    same PUT /v2/team/app/manifests/2 "$nobody"
}

@test "a realm from the request (autoredirect)" {
    local wanted
    export DATA=$WORK/data
    # (Distribution 2 knows neither a path nor X-Forwarded-Proto for it.)
    auth_section "$DATA" | sed 's,realm: .*,autoredirect: true,' >"$WORK/ours.yml"
    registry_start <"$WORK/ours.yml"
    ours=$URL
    auth_section "$WORK/their" | sed 's,realm: .*,realm: https://unused.test\n    autoredirect: true,' >"$WORK/their.part"
    their_start "$WORK/their.part"
    for fields in "X-Nothing: 1" "Host: registry.example.com:5000" "X-Forwarded-Proto: https"; do
        wanted=$(curl -s -o /dev/null -D - -H 'Host: registry.test' -H "$fields" "$THEIR_URL/v2/" | tr -d '\r' | sed -n 's/^Www-Authenticate: //Ip')
        [ "$(curl -s -o /dev/null -D - -H 'Host: registry.test' -H "$fields" "$ours/v2/" | tr -d '\r' | sed -n 's/^Www-Authenticate: //Ip')" = "$wanted" ] || {
            echo "$fields: Distribution says $wanted"
            registry_stop
            kill $THEIRS
            return 1
        }
    done
    registry_stop
    kill $THEIRS
    wait $THEIRS 2>/dev/null || true
}

@test "skopeo with a token of the issuer's" {
    skopeo inspect --raw --tls-verify=false --registry-token "$(make_token token ec form=x5c)" "docker://${OURS#http://}/team/app:1" |
        cmp - "$BATS_FILE_TMPDIR/manifest"
}
