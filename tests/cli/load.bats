#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" etc/motd "hello"
}

teardown_file() {
    strata_teardown
}

setup() {
    # Each test starts from an empty store; only the tests about failures share what is in it.
    "$STRATA" images -aq | sort -u | xargs -r "$STRATA" rmi -f >/dev/null
}

archive() {
    python3 "$repository/tests/cli/make_archive.py" "$1" "$WORK/$1.tar"
    printf '%s' "$WORK/$1.tar"
}

motd() {
    "$STRATA" save "$1" | tar -xO "blobs/sha256/$("$STRATA" inspect -f '{{index .RootFS.Layers 1}}' "$1" | cut -d: -f2)" | tar -xO etc/motd
}

@test "load takes archives of every generation, from a file and from a pipe" {
    for kind in docker25 docker24 docker19 oci oci-nested compressed-layers manifest-first; do
        file=$(archive "$kind")
        expect 0 "$STRATA" load -i "$file"
        [ "$output" = "Loaded image: demo:1" ]
        by_file=$("$STRATA" inspect -f '{{.Id}} {{.RootFS.Layers}}' demo:1)
        "$STRATA" rmi demo:1
        expect 0 bash -c "cat '$file' | '$STRATA' load"
        [ "$output" = "Loaded image: demo:1" ]
        [ "$("$STRATA" inspect -f '{{.Id}} {{.RootFS.Layers}}' demo:1)" = "$by_file" ]
        "$STRATA" rmi demo:1
    done
    assert_store_sound
}

@test "load takes compressed archives" {
    file=$(archive docker25)
    for filter in gzip bzip2 xz zstd; do
        $filter -c "$file" >"$WORK/compressed"
        expect 0 "$STRATA" load -i "$WORK/compressed"
        [ "$output" = "Loaded image: demo:1" ]
        "$STRATA" rmi demo:1
    done
}

@test "load keeps what a v1 image says of its past" {
    "$STRATA" load -i "$(archive docker19)"
    [ "$("$STRATA" history --format '{{.CreatedBy}}|{{.Size}}' --human=false demo:1)" = "|6
/bin/sh -c make|5006" ]
    [ "$(motd demo:1)" = upper ]
}

@test "load says the id of an image without a name" {
    expect 0 "$STRATA" load -i "$(archive unnamed)"
    [[ $output =~ ^Loaded\ image\ ID:\ sha256:[0-9a-f]{64}$ ]]
    expect 0 "$STRATA" load -qi "$(archive empty)"
    [ -z "$output" ]
}

@test "load tells of every tag, and of names that move" {
    "$STRATA" load -i "$(archive other)"
    before=$("$STRATA" inspect -f '{{.Id}}' demo:1)
    expect 0 "$STRATA" load -i "$(archive two-tags)"
    [ "$output" = "The image demo:1 already exists, renaming the old one with ID $before to empty string
Loaded image: demo:1
Loaded image: demo:2" ]
    [ "$("$STRATA" images -q --no-trunc -f dangling=true)" = "$before" ]
}

@test "load links an image to the parent that comes with it" {
    expect 0 "$STRATA" load -i "$(archive parent)"
    [[ ${lines[0]} == "Loaded image: above:1" ]]
    below=${lines[1]#Loaded image ID: }
    [ "$("$STRATA" inspect -f '{{.Parent}}' above:1)" = "$below" ]
}

@test "load chooses the platform" {
    file=$(archive oci-nested)
    expect 0 "$STRATA" load --platform linux/s390x -i "$file"
    [ "$("$STRATA" inspect -f '{{.Architecture}}' demo:1)" = s390x ]
    expect 1 "$STRATA" load --platform linux/riscv64 -i "$file"
    contains "the archive has no image for linux/riscv64: it has linux/s390x, linux/amd64"
    expect 1 "$STRATA" load --platform linux/arm64 -i "$(archive docker25)"
    contains "linux/arm64"
}

@test "the last of several members of one name counts" {
    expect 0 "$STRATA" load -i "$(archive duplicate)"
    [ "$output" = "Loaded image: demo:1" ]
}

@test "layers that are here already are not read again" {
    file=$(archive docker25)
    "$STRATA" load -i "$file"
    expect 0 "$STRATA" load -i "$file"
    [ "$output" = "Loaded image: demo:1" ]
    [ "$("$STRATA" images -aq | wc -l)" -eq 1 ]
}

@test "compressed layers and the manifest of an OCI layout stay as they came" {
    expect 0 "$STRATA" load -i "$(archive oci-gzip)"
    manifest=$(tar -xOf "$(archive oci-gzip)" index.json | jq -r '.manifests[0].digest')
    [ "$("$STRATA" inspect -f '{{index .RepoDigests 0}}' demo:1)" = "demo@$manifest" ]
    "$STRATA" save -o "$WORK/saved.tar" demo:1
    [ "$(tar -xOf "$WORK/saved.tar" index.json | jq -r '.manifests[0].digest')" = "$manifest" ]
    diff <(tar -tf "$(archive oci-gzip)" | grep blobs/sha256/. | sort) <(tar -tf "$WORK/saved.tar" | grep blobs/sha256/. | sort)

    "$STRATA" rmi demo:1
    expect 0 env STRATA_KEEP_COMPRESSED=false "$STRATA" load -i "$(archive oci-gzip)"
    [ "$("$STRATA" inspect -f '{{len .RepoDigests}}' demo:1)" = 0 ]
}

@test "members of documents that we have no name for stay, byte for byte, and when an image is changed" {
    file=$(archive unknown)
    expect 0 "$STRATA" load -i "$file"
    "$STRATA" tag demo:1 other:1
    "$STRATA" rmi demo:1
    "$STRATA" save -o "$WORK/saved.tar" other:1
    diff <(tar -tf "$file" | grep blobs/sha256/. | sort) <(tar -tf "$WORK/saved.tar" | grep blobs/sha256/. | sort)
    "$STRATA" rmi other:1
    expect 0 "$STRATA" load -i "$WORK/saved.tar"
    "$STRATA" save -o "$WORK/again.tar" other:1
    cmp "$WORK/saved.tar" "$WORK/again.tar"
}

@test "load refuses a terminal, and says which file is not there" {
    run script -qec "$STRATA load" /dev/null
    [ "$status" -eq 1 ]
    contains "requested load from stdin, but stdin is empty"
    expect 1 "$STRATA" load -i "$WORK/nothing"
    contains "$WORK/nothing"
}

# What is wrong, and what the error must say.
hostile() {
    cat <<'END'
null                invalid manifest, manifest cannot be null (but can be [])
object              manifest.json
not-json            manifest.json
deep                manifest.json
no-config           no member 'c.json'
no-layer            no member 'l'
config-not-json     c.json
config-deep         c.json
too-few-layers      layers length mismatch: expected 0, got 1
other-layer         'l'
layer-not-tar       'l'
layer-truncated     'l'
bad-tag             Upper:1
many-layers         expected 100000, got 1
dotdot              ../evil
link-out            points outside the archive
link-loop           no member 'l'
config-elsewhere    '../../etc/passwd'
blob-lies           blobs/sha256/
oci-config-lies     blobs/sha256/
oci-layer-lies      blobs/sha256/
oci-gzip-lies       blobs/sha256/
oci-size-lies       should have
oci-ambiguous       index.json
v1-loop             its own ancestor
v1-no-parent        zzz/json
windows             cannot load windows image on linux
bomb                'l'
nothing             unrecognized image format
END
}

@test "archives that lie are refused with the member's name, and nothing stays of them" {
    "$STRATA" import "$WORK/a.tar" keep:1
    before=$(store_contents)
    export STRATA_MAX_LAYER_SIZE=100m
    while read -r kind text; do
        file=$(archive "$kind")
        for way in "-i '$file'" "<'$file'" "< <(cat '$file')"; do
            expect 1 bash -c "'$STRATA' load $way"
            contains "$text" || { echo "kind: $kind"; return 1; }
            [ "$(store_contents)" = "$before" ] || { echo "kind: $kind"; diff <(store_contents) <(echo "$before"); return 1; }
        done
    done < <(hostile)
    assert_store_sound
}

@test "an archive cut short anywhere is refused" {
    "$STRATA" import "$WORK/a.tar" keep:1
    before=$(store_contents)
    file=$(archive docker25)
    gzip -c "$file" >"$WORK/whole.gz"
    for size in 1 100 511 512 1000 5000 9000 15000; do
        head -c "$size" "$file" >"$WORK/cut"
        expect 1 "$STRATA" load -i "$WORK/cut"
        expect 1 bash -c "cat '$WORK/cut' | '$STRATA' load"
        head -c $((size % $(stat -c %s "$WORK/whole.gz"))) "$WORK/whole.gz" >"$WORK/cut"
        expect 1 "$STRATA" load -i "$WORK/cut"
    done
    [ "$(store_contents)" = "$before" ]
}
