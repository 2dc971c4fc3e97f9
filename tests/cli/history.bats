#!/usr/bin/env bats

load helpers

setup_file() {
    strata_setup
    python3 "$repository/tests/cli/make_archive.py" parent "$WORK/parent.tar"
    "$STRATA" load -i "$WORK/parent.tar"
}

teardown_file() {
    strata_teardown
}

@test "history shows the steps, newest first, with the ids that are known here" {
    above=$("$STRATA" inspect -f '{{.Id}}' above:1) below=$("$STRATA" inspect -f '{{.Parent}}' above:1)
    expect 0 "$STRATA" history above:1
    [[ ${lines[0]} =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE\ +COMMENT$ ]]
    [[ ${lines[1]} =~ ^${above:7:12}\ +[0-9]+\ years\ ago\ +step\ 1\ +6B ]]
    [[ ${lines[2]} =~ ^${below:7:12}\ +[0-9]+\ years\ ago\ +step\ 0\ +5.01kB ]]
    [ "$("$STRATA" history -q --no-trunc above:1)" = "$above
$below" ]
}

@test "steps of images that are not here are <missing>" {
    python3 "$repository/tests/cli/make_archive.py" docker24 "$WORK/docker24.tar"
    "$STRATA" load -i "$WORK/docker24.tar"
    [ "$("$STRATA" history --format '{{.ID}}' demo:1 | tail -1)" = "<missing>" ]
}

@test "--human=false gives bytes and exact times" {
    [ "$("$STRATA" history --human=false --format '{{.CreatedAt}} {{.Size}}' above:1)" = "2020-01-02T03:04:05Z 6
2020-01-02T03:04:05Z 5006" ]
}

@test "CREATED BY is shortened, unless --no-trunc" {
    small_tar "$WORK/a.tar" a one
    "$STRATA" import -m "$(printf 'm%.0s' {1..60})" "$WORK/a.tar" long:1
    [ "$("$STRATA" history --format '{{.Comment}}' long:1 | wc -c)" -eq 61 ]
}

@test "history of what is not there" {
    expect 1 "$STRATA" image history nothing
    contains "Error response from daemon: No such image: nothing:latest"
    expect 1 "$STRATA" history --platform linux/s390x above:1
    contains "does not provide the specified platform (linux/s390x)"
}
