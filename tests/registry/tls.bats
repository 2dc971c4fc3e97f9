#!/usr/bin/env bats
# TLS as curl, skopeo and openssl see it: certificates of clients, another certificate while it serves, old versions.

# shellcheck disable=SC2046 # words of `as`

load helpers

setup_file() {
    registry_setup
    export CERTS=$BATS_FILE_TMPDIR/certs
    mkdir -p "$CERTS"
    authority ca
    authority foreign
    signed ca server-1 "subjectAltName=IP:127.0.0.1"
    signed ca server-2 "subjectAltName=IP:127.0.0.1"
    signed ca ada "extendedKeyUsage=clientAuth"
    signed foreign eve "extendedKeyUsage=clientAuth"
    make_key self && openssl req -x509 -key "$CERTS/self.key" -subj /CN=self -days 2 -out "$CERTS/self.cert"
    signed ca late "extendedKeyUsage=clientAuth" -1 # its time is over
    signed ca server "extendedKeyUsage=serverAuth"
}

# Everything here is made with keys of P-256: quick.
make_key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$CERTS/$1.key"; }
authority() {
    make_key "$1"
    openssl req -x509 -key "$CERTS/$1.key" -subj "/CN=$1" -days 2 -out "$CERTS/$1.cert"
}
# signed AUTHORITY NAME EXTENSION [DAYS]
signed() {
    make_key "$2"
    openssl req -new -key "$CERTS/$2.key" -subj "/O=Test/CN=$2" -out "$CERTS/$2.csr"
    openssl x509 -req -in "$CERTS/$2.csr" -CA "$CERTS/$1.cert" -CAkey "$CERTS/$1.key" -CAcreateserial -days "${4:-2}" \
        -extfile <(echo "$3") -out "$CERTS/$2.cert" 2>/dev/null
}

setup() {
    registry_setup
    cp "$CERTS/server-1.cert" "$WORK/server.cert"
    cp "$CERTS/server-1.key" "$WORK/server.key"
}
teardown() { registry_stop; }

# serve [more of http.tls]
serve() {
    registry_start <<END
storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}
http: {tls: {certificate: $WORK/server.cert, key: $WORK/server.key${1:+, $1}}}
END
    URL=https://$HOST
    CURL_CA_BUNDLE=$CERTS/ca.cert
    export URL CURL_CA_BUNDLE
}
as() { echo "--cert $CERTS/$1.cert --key $CERTS/$1.key"; }

# refused [curl's arguments…]: the connection ends before there is an answer.
refused() {
    local got
    got=$(curl -s -o /dev/null -w '%{http_code} %{exitcode}' "$@" "$URL/v2/") || true
    [[ $got =~ ^000\ (35|55|56)$ ]] || { # the handshake; or sending or receiving, which TLS 1.3 lets begin before it
        echo "answer and curl's exit: $got: $*"
        return 1
    }
}
# The serial number of the certificate that the server shows.
shown() { openssl s_client -connect "$HOST" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
serial() { openssl x509 -in "$1" -noout -serial; }

@test "only who has a certificate by the authority gets in" {
    serve "clientcas: [$CERTS/ca.cert]"
    refused
    refused $(as eve)
    refused $(as self)
    refused $(as late)
    refused $(as server) # not meant for clients
    ask 200 GET /v2/ $(as ada)
    ask 200 GET /v2/ $(as ada) --tlsv1.3
    ask 200 GET /v2/ $(as ada) --tls-max 1.2
    printf x >"$WORK/blob"
    ask 201 POST "/v2/a/blobs/uploads/?digest=$(sha256 "$WORK/blob")" $(as ada) --data-binary @"$WORK/blob"
    ask 200 GET "/v2/a/blobs/$(sha256 "$WORK/blob")" $(as ada)
}

@test "several authorities, each of a file" {
    serve "clientcas: [$CERTS/ca.cert, $CERTS/foreign.cert]"
    ask 200 GET /v2/ $(as ada)
    ask 200 GET /v2/ $(as eve)
    refused $(as self)
}

@test "the other ways to ask for a certificate" {
    serve "clientcas: [$CERTS/ca.cert], clientauth: verify-client-cert-if-given"
    ask 200 GET /v2/
    ask 200 GET /v2/ $(as ada)
    refused $(as eve)
    registry_stop
    serve "clientcas: [$CERTS/ca.cert], clientauth: require-any-client-cert"
    refused
    ask 200 GET /v2/ $(as eve)
    registry_stop
    serve "clientcas: [$CERTS/ca.cert], clientauth: request-client-cert"
    ask 200 GET /v2/
    ask 200 GET /v2/ $(as eve)
}

@test "another certificate while it serves, and a broken one changes nothing" {
    serve
    [ "$(shown)" = "$(serial "$CERTS/server-1.cert")" ]
    head -c 20000000 /dev/zero >"$WORK/blob"
    digest=$(push_blob a "$WORK/blob")
    mkfifo "$WORK/slowly"
    curl -s --cacert "$CERTS/ca.cert" "$URL/v2/a/blobs/$digest" >"$WORK/slowly" 3>&- &
    local puller=$!
    exec 4<"$WORK/slowly" # the pull is under way, and goes on when it is read
    cp "$CERTS/server-2.cert" "$WORK/server.cert"
    cp "$CERTS/server-2.key" "$WORK/server.key"
    kill -HUP "$PID"
    for ((i = 0; i < 300; ++i)); do
        [[ $(shown) == "$(serial "$CERTS/server-2.cert")" ]] && break
        sleep 0.05
    done
    [ "$(shown)" = "$(serial "$CERTS/server-2.cert")" ]
    [ "$(sha256 <&4)" = "$digest" ]
    exec 4<&-
    wait $puller

    echo broken >"$WORK/server.cert"
    kill -HUP "$PID"
    for ((i = 0; i < 300; ++i)); do
        grep -q 'level=error.*server.cert' "$WORK/registry.log" && break
        sleep 0.05
    done
    grep 'level=error.*server.cert' "$WORK/registry.log"
    [ "$(shown)" = "$(serial "$CERTS/server-2.cert")" ]
    ask 200 GET /v2/
}

@test "an authority that is new counts after SIGHUP, for connections to come" {
    cp "$CERTS/ca.cert" "$WORK/clients.cert"
    serve "clientcas: [$WORK/clients.cert]"
    refused $(as eve)
    cp "$CERTS/foreign.cert" "$WORK/clients.cert"
    kill -HUP "$PID"
    for ((i = 0; i < 300; ++i)); do
        curl -sf -o /dev/null $(as eve) "$URL/v2/" && break
        sleep 0.05
    done
    ask 200 GET /v2/ $(as eve)
    refused $(as ada)
}

@test "old versions and other suites are not spoken" {
    serve "minimumtls: tls1.3, ciphersuites: [TLS_AES_256_GCM_SHA384]"
    refused --tls-max 1.2
    ask 200 GET /v2/
    registry_stop
    serve "ciphersuites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]"
    refused --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
    ask 200 GET /v2/ --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384
    ! openssl s_client -connect "$HOST" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null >/dev/null 2>&1
}

@test "skopeo and podman with certificates of their own" {
    serve "clientcas: [$CERTS/ca.cert]"
    mkdir "$WORK/cert.d"
    cp "$CERTS/ca.cert" "$WORK/cert.d/ca.crt"
    mkdir -p "$WORK/image"
    printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' >"$WORK/config"
    cp "$WORK/config" "$WORK/image/$(sha256sum <"$WORK/config" | cut -d' ' -f1)"
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[]}' $OCI_MANIFEST \
        "$(descriptor application/vnd.oci.image.config.v1+json "$WORK/config")" >"$WORK/image/manifest.json"
    echo 'Directory Transport Version: 1.1' >"$WORK/image/version"
    run skopeo copy --dest-cert-dir "$WORK/cert.d" "dir:$WORK/image" "docker://$HOST/a/b:1"
    [ "$status" -ne 0 ]
    cp "$CERTS/eve.cert" "$WORK/cert.d/client.cert"
    cp "$CERTS/eve.key" "$WORK/cert.d/client.key"
    run skopeo copy --dest-cert-dir "$WORK/cert.d" "dir:$WORK/image" "docker://$HOST/a/b:1"
    [ "$status" -ne 0 ]
    cp "$CERTS/ada.cert" "$WORK/cert.d/client.cert"
    cp "$CERTS/ada.key" "$WORK/cert.d/client.key"
    skopeo copy -q --dest-cert-dir "$WORK/cert.d" "dir:$WORK/image" "docker://$HOST/a/b:1"
    skopeo inspect --raw --cert-dir "$WORK/cert.d" "docker://$HOST/a/b:1" | cmp - "$WORK/image/manifest.json"
    ask 200 GET /v2/a/b/manifests/1 $(as ada)
    podman --root "$WORK/root" --runroot "$WORK/runroot" --storage-driver vfs pull -q --cert-dir "$WORK/cert.d" "$HOST/a/b:1"
    rm -rf "$WORK/root" "$WORK/runroot"
}

@test "plain HTTP is told what it is talking to" {
    serve
    ask 400 GET "http://$HOST/v2/"
    [[ $body == *https://* ]]
}
