# Shared by the accident tests: a root of their own, a base image, and what must hold after any accident.

accident_setup() {
    load ../cli/helpers
    strata_setup
}

# The store proves itself sound; prints what is wrong otherwise.
assert_sound() {
    run "$STRATA" system fsck
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

# Kibibytes of the data root, without SQLite's write-ahead log, which is not data.
space_used() {
    du -sk --exclude='strata.db*' "$STRATA_ROOT" | cut -f1
}

# A tar of $1 files of $2 bytes, different for every $3.
make_tar() {
    local tree
    tree=$(mktemp -d "$BATS_TEST_TMPDIR/tree.XXXX")
    mkdir -p "$tree/data"
    for ((i = 0; i < $1; i++)); do
        openssl enc -aes-128-ctr -pass "pass:$3-$i" -nosalt -in /dev/zero 2>/dev/null | head -c "$2" >"$tree/data/file$i"
    done
    tar --sort=name --mtime=@0 --owner=0 --group=0 -C "$tree" -cf - .
    rm -rf "$tree"
}
