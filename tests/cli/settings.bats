#!/usr/bin/env bats
# Every setting has an effect. (Paths, drivers and files of settings: base/settings_test.cpp, and nearly every test here.)

load helpers

setup_file() {
    strata_setup
    small_tar "$WORK/a.tar" etc/motd "hello"
    base_image base
}

teardown_file() {
    strata_teardown
}

# A setting refuses a command: the message, the store as before, and without the setting it works.
refused() {
    local setting=$1 text=$2 before
    shift 2
    before=$(store_contents)
    expect 1 env "$setting" "$@"
    contains "$text"
    [ "$(store_contents)" = "$before" ]
    expect 0 "$@"
}

@test "max-layer-size bounds the tar of a layer" {
    head -c 3M /dev/zero >"$WORK/zeros"
    tar -C "$WORK" -czf "$WORK/zeros.tar.gz" zeros
    refused STRATA_MAX_LAYER_SIZE=2m "zeros" "$STRATA" import "$WORK/zeros.tar.gz" sized
    "$STRATA" run --name big base dd if=/dev/zero of=/big bs=1M count=3
    refused STRATA_MAX_LAYER_SIZE=2m "big" "$STRATA" commit big big:1
}

@test "max-layer-entries bounds their number" {
    mkdir -p "$WORK/many"
    touch "$WORK/many/"{1..50}
    tar -C "$WORK" -cf "$WORK/many.tar" many
    refused STRATA_MAX_LAYER_ENTRIES=20 "20 entries" "$STRATA" import "$WORK/many.tar" many
}

@test "max-header-size bounds names and attributes" {
    touch "$WORK/attributed"
    setfattr -n user.long -v "$(head -c 2000 /dev/zero | tr '\0' x)" "$WORK/attributed"
    tar -C "$WORK" --xattrs -cf "$WORK/attributed.tar" attributed
    refused STRATA_MAX_HEADER_SIZE=1k "more than the 1024 bytes allowed" "$STRATA" import "$WORK/attributed.tar" attributed
}

@test "max-sparse-extents bounds the pieces of a sparse file" {
    for ((i = 0; i < 40; i++)); do
        printf x | dd of="$WORK/sparse" bs=1 seek=$((i * 100000)) conv=notrunc status=none
    done
    tar -C "$WORK" --sparse --hole-detection=raw -cf "$WORK/sparse.tar" sparse
    refused STRATA_MAX_SPARSE_EXTENTS=10 "sparse" "$STRATA" import "$WORK/sparse.tar" sparse
}

@test "max-archive-size bounds what is loaded" {
    "$STRATA" import "$WORK/a.tar" loaded:1
    "$STRATA" save loaded:1 | gzip >"$WORK/loaded.tar.gz"
    "$STRATA" rmi loaded:1
    refused STRATA_MAX_ARCHIVE_SIZE=8k "8192" "$STRATA" load -i "$WORK/loaded.tar.gz"
}

@test "max-layers bounds the layers of images that are loaded or made" {
    "$STRATA" run --name two base touch /second
    refused STRATA_MAX_LAYERS=1 "2 layers, more than the 1 allowed" "$STRATA" commit two two:1
    "$STRATA" save -o "$WORK/two.tar" two:1
    "$STRATA" rm two
    "$STRATA" rmi two:1
    refused STRATA_MAX_LAYERS=1 "2 layers, more than the 1 allowed" "$STRATA" load -i "$WORK/two.tar"
}

@test "pipeline-memory may be little or much" {
    head -c 3M /dev/urandom >"$WORK/random"
    tar -C "$WORK" -cf "$WORK/random.tar" random
    for memory in 1 4k 100k 64m; do
        expect 0 env STRATA_PIPELINE_MEMORY=$memory "$STRATA" import "$WORK/random.tar" random:$memory
    done
    [ "$("$STRATA" images -q random | sort -u | wc -l)" -ge 1 ]
    [ "$("$STRATA" inspect -f '{{.RootFS.Layers}}' random:1 random:4k random:100k random:64m | sort -u)" = "[sha256:$(sha256sum <"$WORK/random.tar" | cut -d' ' -f1)]" ]
    assert_store_sound
}

@test "log-size and log-files bound the log of a container" {
    expect 0 env STRATA_LOG_SIZE=20k STRATA_LOG_FILES=2 "$STRATA" run --name chatty base seq 10000
    log=$("$STRATA" inspect -f '{{.LogPath}}' chatty)
    [ "$(ls "$log"* | wc -l)" -eq 2 ]
    for file in "$log"*; do [ "$(stat -c %s "$file")" -le 20480 ]; done
    grep -q '"log":"10000\\n"' "$log"
}

@test "runtime is what starts containers" {
    expect 125 env STRATA_RUNTIME=no-such-runtime "$STRATA" run --rm base true
    contains "unknown or invalid runtime name: no-such-runtime"
    printf '#!/bin/sh\necho "$@" >>%s\nexec crun "$@"\n' "$WORK/calls" >"$WORK/wrapped"
    chmod +x "$WORK/wrapped"
    expect 0 env STRATA_RUNTIME="$WORK/wrapped" "$STRATA" run --rm base true
    [ -s "$WORK/calls" ]
}

@test "storage-driver chooses for a new root, and must agree with one that is there" {
    for driver in erofs overlay vfs; do
        export STRATA_ROOT=$WORK/$driver
        [ "$(STRATA_STORAGE_DRIVER=$driver "$STRATA" info -f '{{.Driver}}')" = $driver ]
        [ "$("$STRATA" info -f '{{.Driver}}')" = $driver ]
    done
    expect 1 env STRATA_STORAGE_DRIVER=erofs "$STRATA" images
    contains "was made with the storage driver 'vfs'"
    expect 1 env STRATA_STORAGE_DRIVER=aufs "$STRATA" images
    contains "erofs, overlay, vfs"
}
