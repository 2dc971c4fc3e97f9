# Shared by the tests of the registry: a server of their own on a free port, things to push, and what to ask it with curl.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

registry_setup() {
    export STRATA=${STRATA:-$repository/build/release/strata}
    export WORK=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}
    export DATA=$WORK/data
    unset "${!REGISTRY_@}"
    export TZ=UTC
}

# Starts a registry over $DATA with the configuration on standard input (none: the default), and sets HOST ("127.0.0.1:NNN"),
# URL and PID. What it logs goes to $WORK/registry.log; of requests to $REQUESTS, if that names a file.
registry_start() {
    local config=$WORK/config.yml waited=0
    {
        echo "version: 0.1"
        if [[ -t 0 || ${1:-} == plain ]]; then echo "storage: {filesystem: {rootdirectory: $DATA}, delete: {enabled: true}}"; else cat; fi
    } >"$config"
    : >"$WORK/registry.log"
    REGISTRY_HTTP_ADDR=127.0.0.1:0 "$STRATA" registry serve "$config" 2>>"$WORK/registry.log" >"${REQUESTS:-/dev/null}" 3>&- &
    PID=$!
    until HOST=$(sed -n 's/.*"listening on \([^"]*\)".*/\1/p' "$WORK/registry.log") && [[ -n $HOST ]]; do
        kill -0 "$PID" 2>/dev/null && ((waited++ < 600)) || { cat "$WORK/registry.log"; return 1; }
        sleep 0.05
    done
    URL=http://$HOST
    export HOST URL PID
}

registry_stop() {
    [[ -n ${PID:-} ]] || return 0
    kill "${1:--TERM}" "$PID" 2>/dev/null || true
    wait "$PID" 2>/dev/null || while kill -0 "$PID" 2>/dev/null; do sleep 0.02; done
    PID=
}

# ---- asking --------------------------------------------------------------------------------------------------------------

# ask STATUS METHOD PATH [curl's arguments…]: the answer must have that status. Then $body, $headers (a file each: use field).
ask() {
    local wanted=$1 method=$2 path=$3
    shift 3
    local -a how=(-X "$method")
    [[ $method == HEAD ]] && how=(-I)
    : >"$WORK/body"
    status=$(curl -s -o "$WORK/body" -D "$WORK/headers" -w '%{http_code}' "${how[@]}" "$@" "$(absolute "$path")")
    body=$(tr -d '\0' <"$WORK/body")
    [[ $status == "$wanted" ]] || {
        echo "status $status instead of $wanted: $method $path $*"
        cat "$WORK/headers"
        head -c 2000 "$WORK/body"
        return 1
    }
}
absolute() { [[ $1 == http* ]] && echo "$1" || echo "$URL$1"; }

# The value of a field of the last answer.
field() { sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$WORK/headers"; }

# The codes of the last answer's errors must be $1.
code_is() {
    local found
    found=$(jq -r '[.errors[].code] | unique | join(",")' <<<"$body") && [[ $found == "$1" ]] || {
        echo "code $found instead of $1: $body"
        return 1
    }
}
field_is() {
    [[ $(field "$1") == "$2" ]] || {
        echo "$1 is '$(field "$1")', not '$2'"
        cat "$WORK/headers"
        return 1
    }
}
no_field() { ! grep -qi "^$1:" "$WORK/headers"; }

# ---- pushing -------------------------------------------------------------------------------------------------------------

sha256() { echo "sha256:$(sha256sum "${1:--}" | cut -d' ' -f1)"; }
sha512() { echo "sha512:$(sha512sum "${1:--}" | cut -d' ' -f1)"; }

# push_blob REPOSITORY FILE: prints the digest.
push_blob() {
    local digest
    digest=$(sha256 "$2")
    curl -sf -o /dev/null -X POST -H 'Content-Type: application/octet-stream' --data-binary @"$2" "$URL/v2/$1/blobs/uploads/?digest=$digest"
    echo "$digest"
}

OCI_MANIFEST=application/vnd.oci.image.manifest.v1+json
OCI_INDEX=application/vnd.oci.image.index.v1+json
DOCKER_MANIFEST=application/vnd.docker.distribution.manifest.v2+json
DOCKER_LIST=application/vnd.docker.distribution.manifest.list.v2+json

# descriptor TYPE FILE [more members]
descriptor() {
    echo "{\"mediaType\":\"$1\",\"digest\":\"$(sha256 "$2")\",\"size\":$(stat -c %s "$2")${3:-}}"
}

# make_image REPOSITORY CONTENT [more members of the manifest]: pushes a config and a layer; the manifest is in $WORK/manifest.
make_image() {
    printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"note":"%s"}' "$2" >"$WORK/config"
    printf 'layer %s' "$2" >"$WORK/layer"
    push_blob "$1" "$WORK/config" >/dev/null
    push_blob "$1" "$WORK/layer" >/dev/null
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]%s}' $OCI_MANIFEST \
        "$(descriptor application/vnd.oci.image.config.v1+json "$WORK/config")" \
        "$(descriptor application/vnd.oci.image.layer.v1.tar+gzip "$WORK/layer")" "${3:-}" >"$WORK/manifest"
}
# put_manifest REPOSITORY REFERENCE [FILE] [TYPE]
put_manifest() {
    ask 201 PUT "/v2/$1/manifests/$2" -H "Content-Type: ${4:-$OCI_MANIFEST}" --data-binary @"${3:-$WORK/manifest}"
}

# A whole image, tagged. Leaves its manifest's digest in $digest.
push_image() {
    make_image "$1" "$3"
    put_manifest "$1" "$2"
    digest=$(sha256 "$WORK/manifest")
}

# Begins an upload in repository $1; prints its location.
begin_upload() {
    ask 202 POST "/v2/$1/blobs/uploads/${2:-}" && field Location
}
