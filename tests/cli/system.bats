# system df, fsck and reset.

setup() {
    load helpers
    strata_setup
}

teardown() {
    strata_teardown
}

setup_file() {
    load helpers
}

@test "df shows a line for each kind of thing, even of an empty root" {
    expect 0 "$STRATA" system df
    [ "${lines[0]}" = "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE" ]
    [ "${lines[1]}" = "Images          0         0         0B        0B" ]
    [ "${lines[4]}" = "Build Cache     0         0         0B        0B" ]
    [ "${#lines[@]}" -eq 5 ]
}

@test "df counts an image's layers once, and calls reclaimable what nobody uses" {
    small_tar "$WORK/a.tar" file "$(head -c 5000 /dev/zero | tr '\0' x)"
    "$STRATA" import "$WORK/a.tar" one
    "$STRATA" tag one two
    [ "$("$STRATA" system df --format '{{.Type}} {{.TotalCount}} {{.Size}} {{.Reclaimable}}' | head -1)" = "Images 1 5kB 5kB (100%)" ]
    [ "$("$STRATA" system df --format raw | head -6)" = "type: Images
total: 1
active: 0
size: 5kB
reclaimable: 5kB (100%)" ]
    "$STRATA" system df --format json | jq -es 'length == 4 and .[0].Type == "Images" and .[0].Active == "0"'
}

@test "df -v names each image" {
    base_image busybox
    expect 0 "$STRATA" system df -v
    contains "Images space usage:"
    [[ $output == *$'\nbusybox      latest    '* ]]
    contains "Containers space usage:"
    contains "Local Volumes space usage:"
    contains "Build cache usage: 0B"
    "$STRATA" system df -v --format json | jq -e '.Images[0].Repository == "busybox" and (.Volumes | length) == 0'
    [ "$("$STRATA" system df -v --format json | jq -r '.Images[0].ID')" = "$("$STRATA" images -q --no-trunc)" ]
}

@test "fsck of a sound store says so" {
    base_image busybox
    expect 0 "$STRATA" system fsck
    [[ $output == "Checked 1 image, 1 layer, "*"hashed: all sound" ]]
    expect 0 "$STRATA" system fsck --quiet
    [ -z "$output" ]
    "$STRATA" system fsck --format json | jq -e '.Images == 1 and .Findings == []'
}

@test "fsck finds a flipped bit, names the image, and ends with 1" {
    base_image busybox
    local layer
    layer=$(find "$STRATA_ROOT/layers" -name 'tar*' | head -1)
    chmod u+w "$layer"
    printf '\x55' | dd of="$layer" bs=1 seek=3000 conv=notrunc status=none
    expect 1 "$STRATA" system fsck
    contains "layer sha256:"
    contains "lost with it: "
    contains "busybox:latest"
    contains "'strata system fsck --repair' mends what can be mended."
    expect 1 "$STRATA" system fsck -f '{{(index .Findings 0).Repaired}}'
    [[ ${lines[0]} == false ]]
}

@test "fsck --repair rebuilds what can be rebuilt, and then all is sound" {
    base_image busybox
    rm "$STRATA_ROOT"/layers/*/index
    expect 1 "$STRATA" system fsck
    expect 0 "$STRATA" system fsck --repair
    contains "(repaired)"
    expect 0 "$STRATA" system fsck
}

@test "reset wants --force where it cannot ask" {
    base_image busybox
    expect 1 "$STRATA" system reset </dev/null
    contains "not a terminal"
    contains "Use --force"
    [ "$("$STRATA" images -q | wc -l)" -eq 1 ]
}

@test "reset asks on a terminal, and takes only yes for a yes" {
    base_image busybox
    run script -qec "$STRATA system reset" /dev/null <<<"n"
    contains "Are you sure you want to continue? [y/N]"
    [ "$status" -eq 1 ]
    [ "$("$STRATA" images -q | wc -l)" -eq 1 ]
    run script -qec "$STRATA system reset" /dev/null <<<"y"
    [ "$status" -eq 0 ]
    [ ! -e "$STRATA_ROOT" ]
}

@test "reset --force leaves nothing, running containers included" {
    base_image busybox
    "$STRATA" run -d --name sleeper busybox sleep 1000
    expect 0 "$STRATA" system reset --force
    [ -z "$output" ]
    [ ! -e "$STRATA_ROOT" ]
    [ ! -e "$STRATA_RUN_ROOT" ]
    ! grep -q "$STRATA_RUN_ROOT" /proc/self/mountinfo
}

@test "reset of what is not there is fine, and of what is not ours refused" {
    expect 0 "$STRATA" system reset --force
    [ ! -e "$STRATA_ROOT" ]
    mkdir -p "$STRATA_ROOT"
    echo precious >"$STRATA_ROOT/thesis.txt"
    expect 1 "$STRATA" system reset --force
    contains "not a data root of Strata"
    [ "$(<"$STRATA_ROOT/thesis.txt")" = precious ]
    rm -r "$STRATA_ROOT"
}
