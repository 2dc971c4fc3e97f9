#!/usr/bin/env bats
# What others make of our archives, and we of theirs: real Docker, Podman and Skopeo, where STRATA_SHARED says they are.
# Without them each test says so and passes.

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" etc/motd hello
    if docker_is_here; then
        export TRADE=$PEER_SHARE/strata-trade-$$
        mkdir -p "$TRADE"
        export THERE=/share/strata-trade-$$
    fi
    base_image trade/base:1
    "$STRATA" import -m second "$WORK/a.tar" trade/small:1
    "$STRATA" tag trade/base:1 trade/base:2
}

teardown_file() {
    if docker_is_here; then
        peer docker rmi -f trade/base:1 trade/base:2 trade/small:1 trade/made:1 >/dev/null 2>&1 || true
        peer podman rmi -f localhost/trade/base:1 localhost/trade/base:2 localhost/trade/small:1 >/dev/null 2>&1 || true
        rm -rf "$TRADE"
    fi
    strata_teardown
}

# Ends a test when the peers are not here.
need_docker() {
    docker_is_here && return
    echo "# not run: STRATA_SHARED names no peers" >&3
    return 1
}

@test "Docker loads what we save, and runs it" {
    need_docker || return 0
    "$STRATA" save -o "$TRADE/ours.tar" trade/base trade/small:1
    expect 0 peer docker load -i "$THERE/ours.tar"
    [ "$(sort <<<"$output")" = "Loaded image: trade/base:1
Loaded image: trade/base:2
Loaded image: trade/small:1" ]
    for name in trade/base:1 trade/small:1; do
        [ "$(peer docker inspect -f '{{.Id}}' $name)" = "$("$STRATA" inspect -f '{{.Id}}' $name)" ]
    done
    [ "$(peer docker run --rm --network none trade/base:1 echo hi)" = hi ]
}

@test "we load what Docker saves, to the same ids" {
    need_docker || return 0
    peer docker rmi -f trade/made:1 >/dev/null 2>&1 || true
    cp "$WORK/a.tar" "$TRADE/a.tar"
    id=$(peer docker import -c 'CMD ["sh"]' "$THERE/a.tar" trade/made:1)
    peer docker save -o "$THERE/theirs.tar" trade/made:1
    expect 0 "$STRATA" load -i "$TRADE/theirs.tar"
    [ "$output" = "Loaded image: trade/made:1" ]
    [ "$("$STRATA" inspect -f '{{.Id}}' trade/made:1)" = "$id" ]
    "$STRATA" save -o "$TRADE/ours.tar" trade/made:1
    for document in index.json manifest.json repositories; do
        [ "$(tar -xOf "$TRADE/ours.tar" $document)" = "$(tar -xOf "$TRADE/theirs.tar" $document)" ]
    done
}

@test "inspect says what Docker says" {
    need_docker || return 0
    "$STRATA" save trade/base:1 | peer docker load >/dev/null
    # What belongs to an engine, and what Docker leaves out since API 1.50.
    ours=$("$STRATA" inspect trade/base:1 | jq -S '.[0] | del(.GraphDriver, .Metadata, .RepoTags)')
    theirs=$(peer docker inspect trade/base:1 | jq -S '.[0] | del(.GraphDriver, .Metadata, .RepoTags)
        | .Config |= del(.Hostname, .Domainname, .AttachStdin, .AttachStdout, .AttachStderr, .Tty, .OpenStdin, .StdinOnce, .Image)')
    diff <(echo "$ours") <(echo "$theirs")
}

@test "Podman loads what we save" {
    need_docker || return 0
    "$STRATA" save -o "$TRADE/ours.tar" trade/base trade/small:1
    expect 0 peer podman load -q -i "$THERE/ours.tar"
    [ "$(peer podman inspect -f '{{.Id}}' localhost/trade/small:1)" = "$("$STRATA" inspect -f '{{.Id}}' trade/small:1 | cut -d: -f2)" ]
}

@test "Skopeo reads our archives both ways, and we read what it makes of them" {
    need_docker || return 0
    "$STRATA" save -o "$TRADE/ours.tar" trade/base:1
    id=$("$STRATA" inspect -f '{{.Id}}' trade/base:1)
    expect 0 peer skopeo copy "docker-archive:$THERE/ours.tar" "oci-archive:$THERE/skopeo.tar:docker.io/trade/skopeo:1"
    expect 0 peer skopeo copy "oci-archive:$THERE/ours.tar" "docker-archive:$THERE/skopeo-docker.tar:trade/skopeo:2"
    expect 0 "$STRATA" load -i "$TRADE/skopeo.tar"
    [ "$output" = "Loaded image: trade/skopeo:1" ]
    [ "$("$STRATA" inspect -f '{{.RootFS.Layers}}' trade/skopeo:1)" = "$("$STRATA" inspect -f '{{.RootFS.Layers}}' trade/base:1)" ]
    expect 0 "$STRATA" load -i "$TRADE/skopeo-docker.tar"
    [ "$("$STRATA" inspect -f '{{.Id}}' trade/skopeo:2)" = "$id" ]
}

@test "a compressed image goes through us with its digest" {
    need_docker || return 0
    "$STRATA" save -o "$TRADE/ours.tar" trade/small:1
    peer skopeo copy -q "docker-archive:$THERE/ours.tar" "oci-archive:$THERE/first.tar:docker.io/trade/kept:1"
    digest=$(peer skopeo inspect -f '{{.Digest}}' "oci-archive:$THERE/first.tar")
    "$STRATA" load -i "$TRADE/first.tar"
    "$STRATA" save -o "$TRADE/second.tar" trade/kept:1
    [ "$(peer skopeo inspect -f '{{.Digest}}' "oci-archive:$THERE/second.tar")" = "$digest" ]
    expect 0 peer docker load -i "$THERE/second.tar"
    peer docker rmi trade/kept:1 >/dev/null
}
