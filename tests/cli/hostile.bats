#!/usr/bin/env bats
# Layers that nobody honest makes. What cannot be is refused by its name, and leaves nothing; what is merely odd means what
# it means to Docker, and touches nothing but the image.

load helpers

setup_file() {
    strata_setup
    "$repository/tools/busybox-rootfs" >"$WORK/base.tar"
    "$STRATA" import "$WORK/base.tar" keep:1
}

teardown_file() {
    strata_teardown
}

teardown() {
    [[ $STRATA_ROOT == "$WORK/data" ]] || strata_teardown # of the driver at which a test gave up
}

# Kind, and what the error must say: what is wrong | with which entry, wherever there is one to name.
refused() {
    cat <<'END'
truncated-data          bad/big
truncated-header        truncated
checksum                header
not-octal               bad/size
size-too-large          bad/size
size-2-63               bad/huge
size-2-63-pax           bad/huge
size-2-63-less-one      bad/huge
size-negative           bad/negative
dotdot                  ../bad
dotdot-inside           harmless/../../bad
dotdot-link             ../../../etc/shadow
link-to-nowhere         it is a hard link to nowhere | entry bad
link-to-later           it is a hard link to later | entry bad
link-to-folder          it is a hard link to harmless, a directory | entry bad
link-through-symlink    it is a hard link to out/passwd | entry bad
link-replaces-target    it is a hard link to harmless/file, which it replaces | entry harmless
device-0-0              it is a character device 0:0 | entry bad
device-too-large        it is a device 4096:1 | entry bad
root-is-a-file          the root of a layer must be a directory
below-a-whiteout        it lies below a whiteout | entry .wh.bad/file
whiteout-without-name   it is a whiteout of nothing | entry harmless/.wh.
long-component          a component of its name has 256 bytes
long-name               bad/bad/bad
nul                     "x"
symlink-to-nothing      it is a symlink whose target is empty | entry bad
unknown-type            "bad"
pax-lies                "y"
pax-too-large           PAX and GNU headers of one entry
xattr-too-large         the extended attribute "user.x" has 70000 bytes | entry bad
sparse-lies             "bad"
too-many-entries        more than the 1000 entries allowed
zeros                   bad/zeros
END
}

@test "layers that cannot be are refused with the entry's name, and nothing stays of them" {
    before=$(store_contents)
    export STRATA_MAX_LAYER_SIZE=100m STRATA_MAX_LAYER_ENTRIES=1000
    while read -r kind text; do
        python3 "$repository/tests/cli/make_layer.py" "$kind" "$WORK/layer"
        python3 "$repository/tests/cli/make_layer.py" "$kind" "$WORK/image" "$WORK/base.tar"
        for way in "import '$WORK/layer' bad:1" "import - bad:1 < <(cat '$WORK/layer')" "load -i '$WORK/image'" \
            "load < <(cat '$WORK/image')"; do
            expect 1 timeout 60 bash -c "'$STRATA' $way" || { echo "kind: $kind"; return 1; }
            contains "${text% | *}" && contains "${text#* | }" || { echo "kind: $kind, $way"; return 1; }
            [ "$(store_contents)" = "$before" ] || { echo "kind: $kind"; diff <(store_contents) <(echo "$before"); return 1; }
        done
    done < <(refused)
    assert_store_sound
}

# Kind, what to run in the image, and what that must print.
odd() {
    cat <<'END'
absolute | cat /odd/file | absolute
symlinked-parents | cat /odd/planted /etc/passwd; ls /up /etc/group | below a link odd /etc/group /up: planted
twice | cat /odd /kind /back/x | second file folder
whiteouts-of-nothing | ls -d /no/such /no/folder /etc; ls /no/such /no/folder | /etc /no/folder /no/such /no/folder: /no/such:
opaque-after | ls /usr | new
opaque-before | ls /usr | new
long-headers | cat /odd | odd
deep | cd / && i=0; while [ $i -lt 1000 ]; do cd d; i=$((i+1)); done; cat odd | odd
END
}

@test "odd layers mean what they mean to Docker, with every driver" {
    outside=$(ls -d /planted /etc/planted 2>/dev/null || true)
    for driver in erofs overlay vfs; do
        export STRATA_ROOT=$WORK/$driver STRATA_RUN_ROOT=$WORK/run-$driver STRATA_STORAGE_DRIVER=$driver
        while IFS='|' read -r kind command text; do
            python3 "$repository/tests/cli/make_layer.py" "${kind% }" "$WORK/image" "$WORK/base.tar"
            expect 0 "$STRATA" load -qi "$WORK/image"
            expect 0 "$STRATA" run --rm hostile:1 sh -c "$command"
            [ "$(echo $output)" = "${text# }" ] || { echo "$driver, $kind: $output"; return 1; }
        done < <(odd)
        assert_store_sound
        strata_teardown
    done
    [ "$(ls -d /planted /etc/planted 2>/dev/null || true)" = "$outside" ]
}
