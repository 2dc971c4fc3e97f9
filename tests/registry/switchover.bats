#!/usr/bin/env bats
# From Distribution to here and back again: the same configuration file, the same directory.

load helpers

setup() {
    registry_setup
    mkdir -p "$DATA"
}
teardown() {
    registry_stop
    their_stop
}

# Distribution itself over $DATA; its address goes to URL and HOST.
their_start() {
    local port waited=0
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$DATA" "$port" >"$WORK/their.yml"
    docker-registry serve "$WORK/their.yml" >"$WORK/their.log" 2>&1 3>&- &
    THEIRS=$!
    HOST=127.0.0.1:$port URL=http://$HOST
    until curl -sf -o /dev/null "$URL/v2/"; do
        ((waited++ < 400)) && kill -0 $THEIRS || { cat "$WORK/their.log"; return 1; }
        sleep 0.05
    done
}
their_stop() {
    [[ -n ${THEIRS:-} ]] || return 0
    kill "$THEIRS"
    wait "$THEIRS" 2>/dev/null || true
    THEIRS=
}
# Ours over the same directory and the same file, but for the port.
our_start() { registry_start <"$WORK/their.yml"; }

# Distribution takes no blob in one request.
push_blob() {
    local digest location
    digest=$(sha256 "$2")
    location=$(curl -sf -o /dev/null -D - -X POST "$URL/v2/$1/blobs/uploads/" | sed -n 's/^location: \(.*\)\r$/\1/Ip')
    [[ $location == http* ]] || location=$URL$location
    # (It takes what curl calls a form for one.)
    curl -sf -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary @"$2" "$location$([[ $location == *\?* ]] && echo \& || echo \?)digest=$digest"
    echo "$digest"
}

listing() {
    local repository
    for repository in $(curl -sf "$URL/v2/_catalog" | jq -r '.repositories[]'); do
        for tag in $(curl -sf "$URL/v2/$repository/tags/list" | jq -r '.tags // [] | sort | .[]'); do
            echo "$repository:$tag $(curl -sfI -H "Accept: $OCI_MANIFEST" "$URL/v2/$repository/manifests/$tag" | sed -n 's/^docker-content-digest: \(.*\)\r$/\1/Ip')"
        done
    done
}
every_blob() {
    local digest
    for digest in $(jq -r '.config.digest, .layers[].digest' "$WORK/manifest"); do
        curl -sf "$URL/v2/$1/blobs/$digest" | sha256sum | grep -q "${digest#*:}" || return 1
    done
}

@test "what Distribution has served is served on, and goes back with what was pushed meanwhile" {
    their_start
    push_image team/app 1 one
    push_image team/app 2 two
    push_image other 1 one
    curl -sf -X DELETE -o /dev/null "$URL/v2/team/app/manifests/$(sha256 "$WORK/manifest")" # "other" keeps its own
    push_image team/app 3 three
    three=$digest
    theirs=$(listing)
    their_stop

    our_start
    [ "$(listing)" = "$theirs" ] || { diff <(echo "$theirs") <(listing); false; }
    every_blob team/app
    ask 404 GET /v2/no/such/tags/list
    push_image team/ours new four
    push_image team/app 2 changed
    ask 202 DELETE /v2/other/manifests/1
    ours=$(listing)
    registry_stop

    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$DATA "$STRATA" registry export --config "$WORK/config.yml"
    their_start
    [ "$(listing)" = "$ours" ] || { diff <(echo "$ours") <(listing); false; }
    every_blob team/app
    push_image team/back 1 five
    push_image team/app 4 six
    curl -sf -X DELETE -o /dev/null "$URL/v2/team/app/manifests/$three"
    back=$(listing)
    [[ $back != *team/app:3* ]]
    their_stop
    run "$STRATA" registry import --config "$WORK/config.yml"
    [[ $output == *"Removed 1 tag and 1 manifest that Distribution has removed"* ]] || { echo "$output"; false; }
    our_start
    [ "$(listing)" = "$back" ] || { diff <(echo "$back") <(listing); false; }
    run "$STRATA" registry fsck --config "$WORK/config.yml"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "its variables, its names of commands, and options that mean nothing here" {
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$DATA REGISTRY_STORAGE_DELETE_ENABLED=true REGISTRY_LOG_LEVEL=info registry_start <<END
storage:
  filesystem: {rootdirectory: /nowhere}
  cache: {blobdescriptor: inmemory}
redis: {addr: "localhost:6379"}
END
    push_image env/test 1 x
    ask 202 DELETE /v2/env/test/manifests/1
    [ -d "$DATA/docker/registry/v2/blobs" ]
    grep -q redis "$WORK/registry.log"
    registry_stop
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$DATA "$STRATA" registry garbage-collect --dry-run --delete-untagged "$WORK/config.yml"
}
