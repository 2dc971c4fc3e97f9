#!/usr/bin/env bats

load helpers

setup() {
    strata_setup
    small_tar "$WORK/a.tar" a one
    id=$("$STRATA" import "$WORK/a.tar" demo:1)
    layer=sha256:$(sha256sum <"$WORK/a.tar" | cut -d' ' -f1)
}

teardown() {
    strata_teardown
}

@test "the last name takes the image and its layers with it" {
    expect 0 "$STRATA" rmi demo:1
    [ "$output" = "Untagged: demo:1
Deleted: $id
Deleted: $layer" ]
    [ -z "$("$STRATA" images -aq)" ]
    [ -z "$(find "$STRATA_ROOT/layers" "$STRATA_ROOT/blobs/sha256" -mindepth 1)" ]
}

@test "other names keep the image" {
    "$STRATA" tag demo:1 demo:2
    expect 0 "$STRATA" image rm demo:1
    [ "$output" = "Untagged: demo:1" ]
    [ "$("$STRATA" inspect -f '{{.Id}}' demo:2)" = "$id" ]
}

@test "an id needs force when the image has several names" {
    "$STRATA" tag demo:1 other:1
    expect 1 "$STRATA" rmi "${id:7:12}"
    contains "Error response from daemon: conflict: unable to delete ${id:7:12} (must be forced) - image is referenced in multiple repositories"
    [ "$("$STRATA" images -q | wc -l)" -eq 2 ]
    expect 0 "$STRATA" rmi -f "$id"
    [ "$output" = "Untagged: demo:1
Untagged: other:1
Deleted: $id
Deleted: $layer" ]
}

@test "an id is enough when there is one name" {
    expect 0 "$STRATA" rmi "${id:7:12}"
    [ "${lines[0]}" = "Untagged: demo:1" ]
    [ "${lines[1]}" = "Deleted: $id" ]
}

@test "layers that another image has stay, and are not told" {
    "$STRATA" import -m other "$WORK/a.tar" other:1
    expect 0 "$STRATA" rmi demo:1
    [ "$output" = "Untagged: demo:1
Deleted: $id" ]
    [ "$("$STRATA" save other:1 | tar -t | grep -c "${layer#sha256:}")" -eq 1 ]
}

@test "what is missing is told, and the others go on" {
    expect 1 "$STRATA" rmi nothing demo:1 sha256:0000000000
    contains "Error response from daemon: No such image: nothing:latest"
    contains "Deleted: $id"
    contains "No such image: sha256:0000000000"
}

@test "--force is content with what is missing" {
    expect 0 "$STRATA" rmi -f nothing
    contains "No such image: nothing:latest"
}

parents() {
    python3 "$repository/tests/cli/make_archive.py" parent "$WORK/parent.tar"
    "$STRATA" load -i "$WORK/parent.tar" >/dev/null
    above=$("$STRATA" inspect -f '{{.Id}}' above:1)
    below=$("$STRATA" inspect -f '{{.Parent}}' above:1)
}

@test "a parent without a name goes with its last child" {
    parents
    expect 0 "$STRATA" rmi above:1
    [ "${lines[0]}" = "Untagged: above:1" ]
    [ "${lines[1]}" = "Deleted: $above" ]
    [ "${lines[3]}" = "Deleted: $below" ]
    [ "${#lines[@]}" -eq 5 ]
}

@test "--no-prune keeps the parent" {
    parents
    expect 0 "$STRATA" rmi --no-prune above:1
    [ "${#lines[@]}" -eq 3 ]
    [ "$("$STRATA" inspect -f '{{.Id}}' "$below")" = "$below" ]
}

@test "a parent with a name stays, and with a child cannot be deleted by its id" {
    parents
    "$STRATA" tag "$below" below:1
    expect 1 "$STRATA" rmi -f "$below"
    contains "conflict: unable to delete ${below:7:12} (cannot be forced) - image has dependent child images"
    expect 0 "$STRATA" rmi below:1
    [ "$output" = "Untagged: below:1" ]
    "$STRATA" tag "$below" below:1
    expect 0 "$STRATA" rmi above:1
    [ "$("$STRATA" inspect -f '{{.Id}}' below:1)" = "$below" ]
}

@test "parents without a name are hidden, unless all are asked for" {
    parents
    [ "$("$STRATA" images -q --no-trunc | grep -c "$below")" -eq 0 ]
    [ "$("$STRATA" images -aq --no-trunc | grep -c "$below")" -eq 1 ]
}

# A container of `base`, running in the background until its standard input ends.
running_container() {
    base_image base
    base=$("$STRATA" inspect -f '{{.Id}}' base)
    mkfifo "$WORK/input" "$WORK/said"
    "$STRATA" run -i --name busy base sh -c 'echo up; cat' <"$WORK/input" >"$WORK/said" 2>&1 3>&- &
    exec 9>"$WORK/input"
    read -r _ <"$WORK/said"
    container=$("$STRATA" ps -q --no-trunc)
}

@test "an image that a container runs cannot be deleted, only untagged" {
    running_container
    expect 1 "$STRATA" rmi base
    contains "conflict: unable to remove repository reference \"base\" (must force) - container ${container:0:12} is using its referenced image ${base:7:12}"
    expect 1 "$STRATA" rmi -f "${base:7:12}"
    contains "conflict: unable to delete ${base:7:12} (cannot be forced) - image is being used by running container ${container:0:12}"
    expect 0 "$STRATA" rmi -f base
    [ "$output" = "Untagged: base:latest" ]
    exec 9>&-
    wait
}

@test "an image of a stopped container needs force, and its layers stay until the container goes" {
    base_image base
    base=$("$STRATA" inspect -f '{{.Id}}' base)
    "$STRATA" run --name done base true
    container=$("$STRATA" ps -aq --no-trunc)
    expect 1 "$STRATA" rmi "${base:7:12}"
    contains "conflict: unable to delete ${base:7:12} (must be forced) - image is being used by stopped container ${container:0:12}"
    expect 0 "$STRATA" rmi -f "${base:7:12}"
    [ "$output" = "Untagged: base:latest
Deleted: $base" ]
    [ "$(ls "$STRATA_ROOT/layers" | wc -l)" -eq 2 ]
    "$STRATA" rm "$container"
    [ "$(ls "$STRATA_ROOT/layers" | wc -l)" -eq 1 ]
}
