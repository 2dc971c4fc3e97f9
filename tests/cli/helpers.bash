# Shared by the tests of the command line: a data root and a run root of their own, a base image, real Docker if there is
# one. Call strata_setup in setup_file (one root for the file) or in setup (one for each test), and strata_teardown after.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

strata_setup() {
    export STRATA=${STRATA:-$repository/build/release/strata}
    export WORK=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}
    export STRATA_ROOT=$WORK/data STRATA_RUN_ROOT=$WORK/run
    unset SOURCE_DATE_EPOCH STRATA_CONFIG
    export TZ=UTC
}

strata_teardown() {
    "$STRATA" system reset --force >/dev/null 2>&1 || umount -ql "$STRATA_RUN_ROOT"/ns/* "$STRATA_RUN_ROOT"/ns 2>/dev/null || true
    rm -rf "$STRATA_ROOT" "$STRATA_RUN_ROOT"
}

# Imports Debian's static busybox as $1.
base_image() {
    [[ -e $BATS_FILE_TMPDIR/base.tar ]] || "$repository/tools/busybox-rootfs" >"$BATS_FILE_TMPDIR/base.tar"
    "$STRATA" import -c 'CMD ["sh"]' -c 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$BATS_FILE_TMPDIR/base.tar" "$1" >/dev/null
}

# Writes a tar to $1 that holds one file, $2, with content $3. The same arguments give the same bytes.
small_tar() {
    local tree
    tree=$(mktemp -d "$WORK/tree.XXXX")
    mkdir -p "$tree/$(dirname "$2")"
    printf '%s' "$3" >"$tree/$2"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=u=rwX,go=rX -C "$tree" -cf "$1" .
    rm -rf "$tree"
}

# As bats's run; then the status must be $1.
expect() {
    local wanted=$1
    shift
    run "$@"
    [ "$status" -eq "$wanted" ] || {
        echo "status $status instead of $wanted: $*"
        echo "$output"
        return 1
    }
}

# The output must contain $1.
contains() {
    [[ $output == *"$1"* ]] || {
        echo "not in the output: $1"
        echo "$output"
        return 1
    }
}

# What can be seen of the store: names, images, layers and blobs. The same before and after a failure.
store_contents() {
    "$STRATA" images -a --no-trunc --format '{{.Repository}}:{{.Tag}} {{.Digest}} {{.ID}}'
    (cd "$STRATA_ROOT" && find layers blobs stacks tmp -mindepth 1 2>/dev/null | sort)
}

# The store proves itself sound; prints what is wrong otherwise.
assert_store_sound() {
    run "$STRATA" system fsck
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

# Real Docker beside Strata, where STRATA_SHARED names a folder with peers/run. What lies in $PEER_SHARE here is in /share
# there.
docker_is_here() {
    export PEER_SHARE=${PEERS_DIR:-$HOME/.cache/strata-peers}/share
    [[ -n ${STRATA_SHARED:-} ]] && peer docker version >/dev/null 2>&1
}
peer() {
    "$STRATA_SHARED/peers/run" "$@"
}
