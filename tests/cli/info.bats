# info: the truth about this machine and this root, under Docker's keys.

setup_file() {
    load helpers
    strata_setup
}

teardown_file() {
    load helpers
    strata_teardown
}

setup() {
    load helpers
}

@test "info has Docker's keys in Docker's order" {
    expect 0 "$STRATA" info
    local wanted=("Client:" " Version:" " Context: default" "Server:" " Containers: 0" "  Running: 0" "  Paused: 0"
        "  Stopped: 0" " Images: 0" " Server Version:" " Storage Driver:" " Logging Driver: json-file" " Cgroup Driver: "
        " Cgroup Version: " " Plugins:" " Security Options:" " Kernel Version: $(uname -r)" " Operating System: "
        " OSType: linux" " Architecture: $(uname -m)" " CPUs: " " Total Memory: " " Name: $(uname -n)" " ID: "
        " Docker Root Dir: $STRATA_ROOT" " Live Restore Enabled: true")
    local rest=$output key
    for key in "${wanted[@]}"; do
        [[ $rest == *"$key"* ]] || { echo "missing, or too early: $key"; echo "$output"; return 1; }
        rest=${rest#*"$key"}
    done
}

@test "scripts read what they read of docker info" {
    [ "$("$STRATA" info -f '{{.OSType}}')" = linux ]
    [ "$("$STRATA" info -f '{{.DockerRootDir}}')" = "$STRATA_ROOT" ]
    [[ $("$STRATA" info -f '{{.CgroupVersion}}') == [12] ]]
    [ "$("$STRATA" info -f '{{.NCPU}}')" -ge 1 ]
    [[ $("$STRATA" info -f '{{.Driver}}') =~ ^(erofs|overlay|vfs)$ ]]
    [ "$("$STRATA" info -f '{{.Swarm.LocalNodeState}}')" = inactive ]
    "$STRATA" info -f json | jq -e '.ServerVersion and .DriverStatus[0][0] == "Backing Filesystem" and .ClientInfo.Context == "default"'
    [ "$("$STRATA" system info -f '{{.ID}}')" = "$("$STRATA" info -f '{{.ID}}')" ]
}

@test "info tells which settings are not the default, and who set them" {
    STRATA_LOG_FILES=7 expect 0 "$STRATA" info
    contains "log-files: 7 (STRATA_LOG_FILES)"
    contains "root: $STRATA_ROOT (STRATA_ROOT)"
    [ "$("$STRATA" --root "$STRATA_ROOT" info -f '{{range .Settings}}{{if eq .Name "root"}}{{.Origin}}{{end}}{{end}}')" = "command line" ]
}

@test "a key that is not there is an error" {
    expect 1 "$STRATA" info -f '{{.NoSuch}}'
    contains 'executing "" at <.NoSuch>: map has no entry for key "NoSuch"'
}
