#!/usr/bin/env bats
# What real clients do to the registry, and what they get back: Skopeo, Podman, containerd, and Docker where STRATA_SHARED
# names one.

load helpers

setup_file() {
    registry_setup
    registry_start plain
    # A real image, as a tar that every client reads.
    mkdir -p "$WORK/layout"
    make_layout "$WORK/layout"
}
teardown_file() {
    registry_stop
    if docker_is_here; then
        peer docker rmi -f "${THERE:-none}/team/base:1" "${THERE:-none}/team/pushed:1" >/dev/null 2>&1 || true
    fi
}
setup() { WORK=$BATS_FILE_TMPDIR; }

# An OCI layout in $1 with one image of two layers, for linux/amd64, tagged 1.
make_layout() {
    local blobs=$1/blobs/sha256 layer config manifest
    mkdir -p "$blobs"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$1/oci-layout"
    "$repository/tools/busybox-rootfs" >"$1/layer.tar"
    local diff_id size digest
    diff_id=$(sha256 "$1/layer.tar")
    gzip -n "$1/layer.tar"
    digest=$(sha256 "$1/layer.tar.gz") size=$(stat -c %s "$1/layer.tar.gz")
    mv "$1/layer.tar.gz" "$blobs/${digest#*:}"
    layer="{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$digest\",\"size\":$size}"
    printf '{"architecture":"amd64","os":"linux","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":["%s"]}}' "$diff_id" >"$1/config"
    config=$(descriptor application/vnd.oci.image.config.v1+json "$1/config")
    mv "$1/config" "$blobs/$(sha256sum "$1/config" | cut -d' ' -f1)"
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' $OCI_MANIFEST "$config" "$layer" >"$1/manifest"
    manifest=$(descriptor $OCI_MANIFEST "$1/manifest" ',"annotations":{"org.opencontainers.image.ref.name":"1"}')
    mv "$1/manifest" "$blobs/$(sha256sum "$1/manifest" | cut -d' ' -f1)"
    printf '{"schemaVersion":2,"manifests":[%s]}' "$manifest" >"$1/index.json"
}

digest_of() {
    curl -sfI -H "Accept: $OCI_MANIFEST, $OCI_INDEX, $DOCKER_MANIFEST, $DOCKER_LIST" "$URL/v2/$1/manifests/$2" |
        sed -n 's/^docker-content-digest: \(.*\)\r$/\1/Ip'
}

@test "Skopeo copies an image there, inspects it, copies it back, mounts and deletes" {
    skopeo copy -q --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/skopeo/image:1"
    pushed=$(digest_of skopeo/image 1)
    [ "$pushed" = "$(jq -r '.manifests[0].digest' "$WORK/layout/index.json")" ]
    skopeo inspect --tls-verify=false "docker://$HOST/skopeo/image:1" | jq -e '.RepoTags == ["1"]'
    skopeo list-tags --tls-verify=false "docker://$HOST/skopeo/image" | jq -e '.Tags == ["1"]'
    skopeo copy -q --src-tls-verify=false "docker://$HOST/skopeo/image@$pushed" "oci:$WORK/back:1"
    [ "$(jq -r '.manifests[0].digest' "$WORK/back/index.json")" = "$pushed" ]
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$HOST/skopeo/image:1" "docker://$HOST/skopeo/other:2"
    [ "$(digest_of skopeo/other 2)" = "$pushed" ]
    skopeo copy -q --format v2s2 --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/skopeo/docker:1"
    [ "$(digest_of skopeo/docker 1)" != "$pushed" ]
    skopeo delete --tls-verify=false "docker://$HOST/skopeo/other:2"
    [ -z "$(digest_of skopeo/other 2)" ]
    [ "$(digest_of skopeo/image 1)" = "$pushed" ]
}

@test "Skopeo synchronizes a whole repository" {
    for tag in 1 2 3; do
        skopeo copy -q --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/sync/image:$tag"
    done
    skopeo sync --src docker --dest docker --src-tls-verify=false --dest-tls-verify=false "$HOST/sync/image" "$HOST/copy"
    [ "$(digest_of copy/image 3)" = "$(digest_of sync/image 3)" ]
}

@test "Podman pushes and pulls" {
    local -a podman=(podman --root "$WORK/podman/root" --runroot "$WORK/podman/run" --storage-driver vfs --events-backend none)
    skopeo copy -q --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/podman/given:1"
    "${podman[@]}" pull -q --tls-verify=false "$HOST/podman/given:1" >/dev/null
    id=$("${podman[@]}" images -q --no-trunc | head -1)
    "${podman[@]}" push -q --tls-verify=false "$id" "$HOST/podman/image:1"
    "${podman[@]}" rmi -f "$id" >/dev/null
    "${podman[@]}" pull -q --tls-verify=false "$HOST/podman/image:1" >/dev/null
    [ "$("${podman[@]}" images -q --no-trunc)" = "$id" ]
    "${podman[@]}" search --tls-verify=false "$HOST/podman" | grep podman/image
    "${podman[@]}" search --tls-verify=false --list-tags "$HOST/podman/image" | grep -w 1
    "${podman[@]}" rmi -f "$id" >/dev/null
}

@test "containerd pushes and pulls" {
    skopeo copy -q --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/containerd/image:1"
    local socket=$WORK/c.sock waited=0
    printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$WORK/containerd.toml"
    containerd --config "$WORK/containerd.toml" --root "$WORK/containerd/root" --state "$WORK/containerd/state" --address "$socket" \
        >"$WORK/containerd.log" 2>&1 3>&- &
    local pid=$!
    until ctr --address "$socket" version >/dev/null 2>&1; do
        ((waited++ < 200)) && kill -0 $pid || { cat "$WORK/containerd.log"; return 1; }
        sleep 0.1
    done
    run containerd_round_trip "$socket"
    kill $pid
    wait $pid 2>/dev/null || true
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}
containerd_round_trip() {
    local -a ctr=(ctr --address "$1")
    "${ctr[@]}" images pull --snapshotter native --plain-http "$HOST/containerd/image:1" >/dev/null || return
    "${ctr[@]}" images tag "$HOST/containerd/image:1" "$HOST/containerd/pushed:2" >/dev/null || return
    "${ctr[@]}" images push --plain-http "$HOST/containerd/pushed:2" >/dev/null || return
    [ "$(digest_of containerd/pushed 2)" = "$(digest_of containerd/image 1)" ]
}

# ---- Docker, which runs elsewhere ----------------------------------------------------------------------------------------

docker_is_here() { [[ -n ${STRATA_SHARED:-} ]] && peer docker version >/dev/null 2>&1; }
peer() { "$STRATA_SHARED/peers/run" "$@"; }

@test "Docker pushes, pulls, searches" {
    docker_is_here || { echo "# not run: STRATA_SHARED names no peers" >&3; return 0; }
    # Docker takes 127.0.0.0/8 for insecure registries, whatever their port.
    if ! peer sh -c "wget -qO- $URL/v2/ || curl -s $URL/v2/" >/dev/null 2>&1; then
        echo "# not run: the peers do not see this machine's loopback" >&3
        return 0
    fi
    skopeo copy -q --dest-tls-verify=false "oci:$WORK/layout:1" "docker://$HOST/team/base:1"
    export THERE=$HOST
    peer docker pull -q "$HOST/team/base:1"
    peer docker tag "$HOST/team/base:1" "$HOST/team/pushed:1"
    peer docker push -q "$HOST/team/pushed:1"
    [ -n "$(digest_of team/pushed 1)" ]
    peer docker rmi "$HOST/team/base:1" "$HOST/team/pushed:1"
    peer docker pull -q "$HOST/team/pushed:1"
    peer docker manifest inspect --insecure "$HOST/team/pushed:1" | jq -e '.schemaVersion == 2'
    peer docker search "$HOST/team" | grep -q team/pushed
}
