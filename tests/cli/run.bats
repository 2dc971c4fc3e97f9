#!/usr/bin/env bats
# `run` in the foreground: real containers on a busybox image.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
    strata_setup
    base_image base
}

teardown_file() {
    strata_teardown
}

run_rm() {
    "$STRATA" run --rm "$@"
}

# --- what comes out

@test "standard output and error arrive where they belong, with the program's exit status" {
    run --separate-stderr run_rm base sh -c 'echo out; echo err >&2; exit 3'
    [ "$status" -eq 3 ]
    [ "$output" = out ]
    [ "$stderr" = err ]
}

@test "exit statuses: the program's own, 128 + signal, 125, 126, 127" {
    expect 0 run_rm base true
    expect 7 run_rm base sh -c 'exit 7'
    expect 143 run_rm base sh -c 'sh -c "kill -TERM \$\$"; exit $?'
    expect 137 run_rm base sh -c 'exec sh -c "kill -KILL 1; sleep 1; exit 137"'
    expect 125 run_rm no-such-image true
    contains "No such image: no-such-image:latest"
    expect 125 run_rm --no-such-flag base
    expect 126 run_rm base /etc/passwd
    contains 'exec: "/etc/passwd": permission denied'
    expect 126 run_rm base /etc
    contains 'exec: "/etc": is a directory'
    expect 127 run_rm base no-such-program
    contains 'exec: "no-such-program": executable file not found in $PATH'
    expect 127 run_rm base /no/such/program
    contains 'no such file or directory'
}

@test "a container that could not be started leaves nothing with --rm, and a record without" {
    expect 127 run_rm --name never base no-such-program
    [ -z "$("$STRATA" ps -aq -f name=never)" ]
    expect 127 "$STRATA" run --name never base no-such-program
    [ "$("$STRATA" ps -a -f name=never --format '{{.State}}')" = created ]
    [[ $("$STRATA" inspect -f '{{.State.ExitCode}} {{.State.Error}}' never) == "127 failed to create task"*"executable file not found"* ]]
    "$STRATA" rm never
}

@test "much output arrives whole, also what was written last" {
    # 20 MB, of which no two lines are the same; once with a last line that does not end.
    local lines=2600000
    [ "$(run_rm base sh -c "seq $lines; echo end" | sha256sum)" = "$({ seq $lines; echo end; } | sha256sum)" ]
    [ "$(run_rm base sh -c "seq $lines; printf last" | sha256sum)" = "$({ seq $lines; printf last; } | sha256sum)" ]
}

@test "much input arrives whole" {
    [ "$(head -c 50000000 /dev/zero | run_rm -i base wc -c)" -eq 50000000 ]
    [ "$(seq 200000 | run_rm -i base md5sum)" = "$(seq 200000 | md5sum)" ]
}

@test "input that nobody reads holds nothing up" {
    expect 5 bash -c "head -c 10000000 /dev/zero | '$STRATA' run --rm -i base sh -c 'exit 5'"
}

@test "without -i a container reads nothing" {
    [ "$(echo hello | run_rm base wc -c)" -eq 0 ]
}

@test "a closed standard input ends what reads it" {
    [ "$(run_rm -i base cat </dev/null | wc -c)" -eq 0 ]
}

@test "output keeps its order" {
    run_rm base sh -c 'for i in $(seq 1000); do echo $i; done' | diff - <(seq 1000)
}

@test "a reader that goes away ends the command, not the container" {
    run bash -c "'$STRATA' run --name gone base sh -c 'i=0; while [ \$i -lt 20000 ]; do echo \$i; i=\$((i+1)); done; exit 4' | head -n 1"
    [ "$output" = 0 ]
    wait_for gone exited
    [ "$("$STRATA" inspect -f '{{.State.ExitCode}}' gone)" = 4 ]
    "$STRATA" rm gone
}

# Until the container's state is $2; tests that need it say why a container takes its time.
wait_for() {
    for ((i = 0; i < 300; i++)); do
        [ "$("$STRATA" ps -a --no-trunc -f "name=^$1\$" --format '{{.State}}')" = "$2" ] && return
        read -rt 0.1 <> <(:) || true
    done
    "$STRATA" ps -a
    return 1
}

# --- signals, terminals

@test "signals go to the program" {
    for signal in TERM INT USR1 HUP; do
        "$STRATA" run --rm base sh -c "trap 'echo got $signal; exit 9' $signal; echo ready; while :; do sleep 0.05; done" >"$BATS_TEST_TMPDIR/$signal" &
        pid=$!
        until grep -q ready "$BATS_TEST_TMPDIR/$signal"; do read -rt 0.02 <> <(:) || true; done
        kill -$signal $pid
        code=0
        wait $pid || code=$?
        [ "$code" -eq 9 ]
        grep -q "got $signal" "$BATS_TEST_TMPDIR/$signal"
    done
}

@test "with --sig-proxy=false they end the command, and the container goes on" {
    "$STRATA" run --name alone --sig-proxy=false base sh -c 'echo ready; sleep 60' >"$BATS_TEST_TMPDIR/alone" &
    pid=$!
    until grep -q ready "$BATS_TEST_TMPDIR/alone"; do read -rt 0.02 <> <(:) || true; done
    kill -TERM $pid
    wait $pid || code=$?
    [ "$code" -eq 143 ]
    [ "$("$STRATA" ps -q -f name=alone | wc -l)" -eq 1 ]
    "$STRATA" rm -f alone
}

@test "-t gives a terminal" {
    expect 0 script -qec "$STRATA run --rm -t base tty" /dev/null
    contains /dev/pts/0
    expect 0 script -qec "$STRATA run --rm base tty || true" /dev/null
    contains "not a tty"
    [ "$(run_rm -t base sh -c 'echo $TERM' | tr -d '\r')" = xterm ]
}

@test "-it needs a terminal" {
    expect 1 bash -c "'$STRATA' run --rm -it base true </dev/null"
    contains "the input device is not a TTY"
}

@test "the terminal's size is the caller's, and follows it" {
    "$repository/tests/cli/terminal" 30 100 "$STRATA" run --rm -it base sh -c 'stty size; read x; stty size' >"$BATS_TEST_TMPDIR/out" <<'STEPS'
expect 30 100
resize 44 120
send go
expect 44 120
STEPS
}

@test "keys reach the program as they are typed, ctrl-c too" {
    "$repository/tests/cli/terminal" 24 80 "$STRATA" run --rm -it base sh -c 'trap "echo caught; exit 6" INT; echo ready; while :; do sleep 0.05; done' >"$BATS_TEST_TMPDIR/out" <<'STEPS'
expect ready
key 3
expect caught
status 6
STEPS
}

@test "the detach keys leave the container running" {
    "$repository/tests/cli/terminal" 24 80 "$STRATA" run -it --name left base sh -c 'echo ready; sleep 60' >"$BATS_TEST_TMPDIR/out" <<'STEPS'
expect ready
key 16
key 17
status 0
STEPS
    [ "$("$STRATA" ps -f name=left --format '{{.State}}')" = running ]
    "$STRATA" rm -f left
}

# --- what it runs

@test "entrypoint and command go together as in Docker" {
    "$STRATA" import -c 'ENTRYPOINT ["echo","entry"]' -c 'CMD ["cmd"]' "$BATS_FILE_TMPDIR/base.tar" entry >/dev/null
    [ "$(run_rm entry)" = "entry cmd" ]
    [ "$(run_rm entry mine)" = "entry mine" ]
    [ "$(run_rm --entrypoint printf entry '%s' x)" = x ]
    expect 125 run_rm --entrypoint "" entry
    contains "no command specified"
    [ "$(run_rm --entrypoint "" entry echo bare)" = bare ]
}

@test "environment: defaults, the image's, files, options, the caller's" {
    "$STRATA" import -c 'ENV A=image B=image' "$BATS_FILE_TMPDIR/base.tar" env >/dev/null
    printf '# comment\nB=file\nC=file\nHERE\n' >"$BATS_TEST_TMPDIR/env"
    run --separate-stderr env HERE=caller "$STRATA" run --rm --env-file "$BATS_TEST_TMPDIR/env" -e C=option -e D -e A -h box env env
    [ "$status" -eq 0 ]
    [[ $output == *"B=file"* && $output == *"C=option"* && $output == *"HERE=caller"* && $output == *"HOSTNAME=box"* ]]
    [[ $output == *"HOME=/root"* && $output == *"PATH=/usr/local/sbin:"* ]]
    [[ $output != *"A="* && $output != *"D="* ]]
    expect 125 run_rm --env-file /no/such/file base true
    expect 125 run_rm -e =x base true
    contains "invalid environment variable: =x"
}

@test "users and groups are looked up in the image" {
    [ "$(run_rm -u guest base id)" = "uid=1000(guest) gid=1000(guest) groups=29(audio),1000(guest)" ]
    [ "$(run_rm -u guest base sh -c 'echo $HOME')" = /home ]
    [ "$(run_rm -u 12:34 base sh -c 'id -u; id -g; echo $HOME' | tr '\n' ' ')" = "12 34 / " ]
    [ "$(run_rm -u 0:audio --group-add daemon base id -G)" = "29 1" ]
    expect 125 run_rm -u nobody-here base true
    contains "unable to find user nobody-here: no matching entries in passwd file"
    expect 125 run_rm -u :no-group base true
    contains "unable to find group no-group: no matching entries in group file"
}

@test "a passwd file that is a trap is not fallen into" {
    for trap in 'ln -sf /proc/self/environ /etc/passwd' 'mkfifo /etc/passwd' 'mkdir /etc/passwd' \
        'ln -s ../../../../../../etc/shadow /etc/passwd' 'dd if=/dev/zero of=/etc/passwd bs=1M count=0 seek=64'; do
        "$STRATA" run --name trap base sh -c "rm /etc/passwd; $trap" 2>/dev/null
        "$STRATA" commit trap trapped >/dev/null
        "$STRATA" rm trap
        # Refused or run as the number that it is: never hung, and never somebody of the host's.
        run timeout 20 "$STRATA" run --rm -u 12 trapped true
        [ "$status" -eq 0 ] || [ "$status" -eq 125 ]
        "$STRATA" rmi trapped >/dev/null
    done
}

@test "the working folder is made if it is not there" {
    [ "$(run_rm -w /a/b/c base pwd)" = /a/b/c ]
    expect 125 run_rm -w relative base pwd
    contains "the working directory 'relative' is invalid, it needs to be an absolute path"
    expect 125 run_rm -w /etc/passwd base pwd
    contains "is not a directory"
}

# --- what it sees

@test "--read-only" {
    expect 1 run_rm --read-only base touch /x
    contains "Read-only file system"
    expect 0 run_rm --read-only --tmpfs /tmp -v /data base sh -c 'touch /tmp/x /data/x /dev/shm/x'
}

@test "bind mounts, read-write and read-only, made if they are not there" {
    echo hello >"$BATS_TEST_TMPDIR/file"
    [ "$(run_rm -v "$BATS_TEST_TMPDIR:/host" base cat /host/file)" = hello ]
    run_rm -v "$BATS_TEST_TMPDIR:/host" base sh -c 'echo back >/host/answer'
    [ "$(cat "$BATS_TEST_TMPDIR/answer")" = back ]
    expect 1 run_rm -v "$BATS_TEST_TMPDIR:/host:ro" base touch /host/x
    run_rm -v "$BATS_TEST_TMPDIR/new/folder:/new" base touch /new/x
    [ -e "$BATS_TEST_TMPDIR/new/folder/x" ]
    cd "$BATS_TEST_TMPDIR"
    [ "$(run_rm -v ./file:/one base cat /one)" = hello ]
    expect 125 run_rm -v /x:relative base true
    contains "mount path must be absolute"
    expect 125 run_rm -v /x:/y:zz base true
    contains "invalid mode: zz"
    expect 125 run_rm -v relative base true
    contains "mount path must be absolute"
    expect 125 run_rm -v rel/path:/y base true
    contains "If you intended to pass a host directory, use absolute path"
    expect 125 run_rm -v :/y base true
    contains "strata: invalid spec: :/y: empty section between colons"
    [ "$(run_rm -v /host -v "$BATS_TEST_TMPDIR:/host" base cat /host/file)" = hello ]
}

@test "a named volume keeps what was written, and begins with the image's files" {
    "$STRATA" run --name seed base sh -c 'mkdir -p /data/sub; echo seed >/data/sub/f; chown -R 33:33 /data; chmod 750 /data; ln -s sub/f /data/l'
    "$STRATA" commit seed seeded >/dev/null
    [ "$(run_rm -v keep:/data seeded sh -c 'cat /data/l; stat -c %u:%a /data; echo more >/data/more' | tr '\n' ' ')" = "seed 33:750 " ]
    [ "$(run_rm -v keep:/elsewhere base cat /elsewhere/more)" = more ]
    [ -z "$(run_rm -v empty:/data:nocopy seeded ls /data)" ]
    "$STRATA" rm seed
}

@test "anonymous volumes go with the container" {
    "$STRATA" import -c 'VOLUME /data' "$BATS_FILE_TMPDIR/base.tar" vol >/dev/null
    before=$(ls "$STRATA_ROOT/volumes" | wc -l)
    run_rm -v /more vol touch /data/x /more/y
    [ "$(ls "$STRATA_ROOT/volumes" | wc -l)" -eq "$before" ]
    "$STRATA" run --name holder vol touch /data/x
    [ "$(ls "$STRATA_ROOT/volumes" | wc -l)" -eq $((before + 1)) ]
    "$STRATA" rm -v holder
    [ "$(ls "$STRATA_ROOT/volumes" | wc -l)" -eq "$before" ]
}

@test "--network none has only lo; host has the host's" {
    [ "$(run_rm --network none base sh -c 'ls /sys/class/net')" = lo ]
    [ "$(run_rm base sh -c 'ls /sys/class/net')" = lo ]
    [ "$(run_rm --network host base sh -c 'ls /sys/class/net | sort')" = "$(ls /sys/class/net | sort)" ]
    [ "$(run_rm --network host base hostname)" = "$(hostname)" ]
    expect 125 run_rm --network bridge base true
    contains "unsupported"
    expect 125 run_rm --network elsewhere base true
    contains "network elsewhere not found"
}

@test "hostname, hosts and resolv.conf" {
    [ "$(run_rm -h box base hostname)" = box ]
    id=$(run_rm base hostname)
    [[ $id =~ ^[0-9a-f]{12}$ ]]
    [[ $(run_rm --add-host there:10.1.2.3 base cat /etc/hosts) == *"10.1.2.3"*"there"* ]]
    [ "$(run_rm --dns 192.0.2.1 base grep nameserver /etc/resolv.conf)" = "nameserver 192.0.2.1" ]
    [ "$(run_rm base cat /etc/resolv.conf)" = "$(cat /etc/resolv.conf)" ]
    [ "$(run_rm base stat -c %s /.dockerenv)" = 0 ]
}

# --- what it may do

caps_of() {
    run_rm "$@" base sed -n 's/^CapBnd:\t//p' /proc/self/status
}

@test "capabilities are dropped for real" {
    [ "$(caps_of)" = 00000000a80425fb ]
    [ "$(caps_of --cap-drop ALL)" = 0000000000000000 ]
    [ "$(caps_of --cap-drop all --cap-add chown --cap-add CAP_KILL)" = 0000000000000021 ]
    [ "$(caps_of --cap-drop net_raw)" = 00000000a80405fb ]
    [ "$(run_rm --cap-drop ALL base sed -n 's/^CapEff:\t//p' /proc/self/status)" = 0000000000000000 ]
    expect 1 run_rm --cap-drop CHOWN base chown 1 /tmp
    expect 125 run_rm --cap-add no_such base true
    contains 'invalid CapAdd: unknown capability: "CAP_NO_SUCH"'
}

@test "seccomp is on unless it is turned off" {
    [ "$(run_rm base sed -n 's/^Seccomp:\t//p' /proc/self/status)" = 2 ]
    [ "$(run_rm --security-opt seccomp=unconfined base sed -n 's/^Seccomp:\t//p' /proc/self/status)" = 0 ]
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/profile"
    expect 1 run_rm --security-opt "seccomp=$BATS_TEST_TMPDIR/profile" base mkdir /x
    expect 125 run_rm --security-opt seccomp=/no/such/profile base true
    contains "opening seccomp profile (/no/such/profile) failed"
}

@test "a missing default profile is said, with the package that has it" {
    expect 125 env STRATA_SECCOMP_PROFILE=/no/such/profile.json "$STRATA" run --rm base true
    contains golang-github-containers-common
    contains "seccomp=unconfined"
    expect 0 env STRATA_SECCOMP_PROFILE=/no/such/profile.json "$STRATA" run --rm --security-opt seccomp=unconfined base true
}

@test "--privileged lifts it all" {
    [ "$(run_rm --privileged base sed -n 's/^CapBnd:\t//p' /proc/self/status)" = "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)" ]
    [ "$(run_rm --privileged base sed -n 's/^Seccomp:\t//p' /proc/self/status)" = 0 ]
    run_rm --privileged base sh -c 'mount -t tmpfs x /tmp && [ -c /dev/kmsg ] && [ -w /proc/sys/kernel/hostname ]'
    expect 1 run_rm base mount -t tmpfs x /tmp
}

@test "no-new-privileges, sysctls, limits" {
    [ "$(run_rm --security-opt no-new-privileges base sed -n 's/^NoNewPrivs:\t//p' /proc/self/status)" = 1 ]
    [ "$(run_rm --ulimit nofile=100:200 base sh -c 'ulimit -n')" = 100 ]
    [ "$(run_rm --sysctl net.ipv4.ip_forward=1 base cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
    [[ $(run_rm --shm-size 1m base df /dev/shm) == *" 1024 "* ]]
}

@test "the same things with runc" {
    [ "$(run_rm --runtime runc base sh -c 'echo hi; grep -c "^Seccomp:.2" /proc/self/status' | tr '\n' ' ')" = "hi 1 " ]
    expect 127 run_rm --runtime runc base no-such-program
    expect 126 run_rm --runtime runc base /etc/passwd
    expect 4 run_rm --runtime runc -t base sh -c 'exit 4'
    expect 125 run_rm --runtime no-such-runtime base true
    contains "unknown or invalid runtime name: no-such-runtime"
}

@test "flags of Docker's that do nothing here are refused, not ignored" {
    for flag in '-p 80:80' '--restart always' '--health-cmd true' '--mount type=bind' '--init' '--pull always'; do
        expect 125 "$STRATA" run --rm $flag base true
        contains unsupported
    done
}

@test "--cidfile has the id, and must be new" {
    "$STRATA" run --name cid --cidfile "$BATS_TEST_TMPDIR/cid" base true
    [ "$(cat "$BATS_TEST_TMPDIR/cid")" = "$("$STRATA" ps -aq --no-trunc -f name=cid)" ]
    expect 125 run_rm --cidfile "$BATS_TEST_TMPDIR/cid" base true
    [[ $output == "strata: container ID file found"* ]]
    "$STRATA" rm cid
}

@test "images of a thousand layers run" {
    "$repository/tests/cli/many-layers" 1000 "$BATS_FILE_TMPDIR/base.tar" "$BATS_TEST_TMPDIR/many.tar"
    "$STRATA" load -q -i "$BATS_TEST_TMPDIR/many.tar"
    [ "$(run_rm many sh -c 'ls /layers | wc -l; cat /layers/999 /last' | tr '\n' ' ')" = "1000 999 1000 " ]
}

@test "a read-only root has read-only hosts, hostname and resolv.conf" {
    expect 1 "$STRATA" run --rm --read-only base sh -c 'echo x >/etc/hosts'
    contains "Read-only file system"
    expect 0 "$STRATA" run --rm base sh -c 'echo x >/etc/hosts'
}

@test "the host's IPC namespace needs no /dev/mqueue of the host" {
    expect 0 "$STRATA" run --rm --ipc host base sh -c 'readlink /proc/self/ns/ipc; ls -d /dev/mqueue'
    contains "$(readlink /proc/self/ns/ipc)"
}

@test "signals and scores that do not exist are refused before anything is made" {
    expect 125 "$STRATA" run --stop-signal BOGUS base true
    contains "invalid signal: BOGUS"
    expect 125 "$STRATA" run --oom-score-adj 5000 base true
    contains "Invalid value 5000, range for oom score adj is [-1000, 1000]"
}

@test "what cannot be is refused before anything is made" {
    expect 125 run_rm --stop-signal FOO base true
    contains "invalid signal: FOO"
    expect 125 run_rm --sysctl kernel.panic=1 base true
    contains "sysctl 'kernel.panic=1' is not allowed"
    [ "$(run_rm --sysctl net.ipv4.ip_forward=1 --sysctl net.ipv4.ip_forward=0 base cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
    expect 125 run_rm --env-file /no/such/file base true
    contains "open /no/such/file: no such file or directory"
    expect 125 run_rm -v /tmp:/a -v /etc:/a base true
    contains "Duplicate mount point: /a"
    expect 0 run_rm -v /tmp:/a -v /tmp:/a -v /b -v /b base true
    [ -z "$("$STRATA" ps -aq)" ]
}
