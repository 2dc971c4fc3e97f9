#!/usr/bin/env bats
# What `run` leaves: ps, rm, inspect, diff, commit; and accidents of clients and shims.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
    strata_setup
    base_image base
}

teardown_file() {
    strata_teardown
}

teardown() {
    "$STRATA" ps -aq | xargs -r "$STRATA" rm -f >/dev/null
}

# Until the command that is given succeeds.
eventually() {
    for ((i = 0; i < 300; i++)); do
        "$@" && return
        read -rt 0.1 <> <(:) || true
    done
    echo "never: $*"
    return 1
}

@test "a template for a field that there is not is refused, also when there is nothing to list" {
    expect 1 "$STRATA" ps --format '{{.Nope}}'
    contains "can't evaluate field Nope"
    expect 0 "$STRATA" ps --format '{{slice .ID 0 4}}'
}

state_is() {
    [ "$("$STRATA" ps -a -f "name=^$1\$" --format '{{.State}}')" = "$2" ]
}

shim_of() {
    pgrep -f "shim $("$STRATA" ps -aq --no-trunc -f "name=^$1\$")"
}

# A container in the background that has said that it runs.
start() {
    "$STRATA" run -d --name "$1" "${@:2}" >/dev/null
}

# --- ps

@test "ps shows what runs, -a everything, newest first" {
    "$STRATA" run --name one base true
    "$STRATA" run --name two base false || true
    start three base sleep 60
    [ "$("$STRATA" ps --format '{{.Names}}')" = three ]
    [ "$("$STRATA" ps -a --format '{{.Names}} {{.State}}')" = $'three running\ntwo exited\none exited' ]
    run "$STRATA" ps -a
    [[ ${lines[0]} =~ ^"CONTAINER ID   IMAGE     COMMAND      CREATED "+"STATUS "+"PORTS     NAMES"$ ]]
    [[ ${lines[1]} =~ ^[0-9a-f]{12}" "+base" "+'"sleep 60"'.*" Up ".*" "three$ ]]
    [[ ${lines[2]} == *"Exited (1) "*" ago"* ]]
}

@test "ps filters, counts, formats" {
    "$STRATA" run --name alpha -l color=red base true
    "$STRATA" run --name beta -l color=blue base sh -c 'exit 3' || true
    start gamma -l color base sleep 60
    list() { "$STRATA" ps -a --format '{{.Names}}' "$@" | tr '\n' ' '; }
    [ "$(list -f name=a)" = "gamma beta alpha " ]
    [ "$(list -f name='^al')" = "alpha " ]
    [ "$(list -f label=color)" = "gamma beta alpha " ]
    [ "$(list -f label=color=blue)" = "beta " ]
    [ "$(list -f status=exited -f label=color=red)" = "alpha " ]
    [ "$(list -f exited=3)" = "beta " ]
    [ "$(list -f exited=3 -f exited=0)" = "beta alpha " ]
    expect 1 "$STRATA" ps -f exited=x
    contains "invalid filter 'exited=x': strconv.Atoi: parsing \"x\": invalid syntax"
    [ "$(list -f ancestor=base)" = "gamma beta alpha " ]
    [ "$(list -f before=gamma -f since=alpha)" = "beta " ]
    [ "$(list -n 2)" = "gamma beta " ]
    [ "$(list -l)" = "gamma " ]
    [ "$("$STRATA" ps -f status=exited --format '{{.Names}}' | wc -l)" -eq 2 ]
    expect 1 "$STRATA" ps -f nonsense=1
    contains "invalid filter 'nonsense'"
    [ "$("$STRATA" ps -aq --no-trunc | head -n 1 | wc -c)" -eq 65 ]
    [ "$("$STRATA" ps -l --format '{{.Label "color"}}|{{.Networks}}|{{.Image}}')" = "|none|base" ]
    [ "$("$STRATA" ps -l --format json | jq -r .Names)" = gamma ]
}

@test "ps -s measures what was written" {
    "$STRATA" run --name sized base sh -c 'head -c 1500 /dev/zero >/f'
    [[ $("$STRATA" ps -as -f name=sized --format '{{.Size}}') == "1.5kB (virtual "*"MB)" ]]
}

# --- names

@test "a name is taken once, and free again after rm" {
    "$STRATA" run --name taken base true
    id=$("$STRATA" ps -aq --no-trunc -f name=taken)
    expect 125 "$STRATA" run --name taken base true
    contains "Conflict. The container name \"/taken\" is already in use by container \"$id\". You have to remove (or rename) that container to be able to reuse that name."
    "$STRATA" rm taken
    expect 0 "$STRATA" run --rm --name taken base true
    expect 0 "$STRATA" run --rm --name taken base true
    expect 125 "$STRATA" run --name '!bad' base true
    contains "Invalid container name (!bad)"
}

@test "containers are found by name, id and prefix" {
    "$STRATA" run --name findme base true
    id=$("$STRATA" ps -aq --no-trunc -f name=findme)
    for name in findme /findme "$id" "${id:0:12}" "${id:0:5}"; do
        [ "$("$STRATA" inspect -f '{{.Id}}' "$name")" = "$id" ]
    done
    expect 1 "$STRATA" container inspect nobody
    contains "No such container: nobody"
}

# --- rm

@test "rm removes what has ended, several at once, and says what it could not" {
    "$STRATA" run --name one base true
    "$STRATA" run --name two base true
    run "$STRATA" rm one nobody two
    [ "$status" -eq 1 ]
    [[ $output == *one*two* ]]
    contains "Error response from daemon: No such container: nobody"
    [ -z "$("$STRATA" ps -aq)" ]
    expect 0 "$STRATA" rm -f nobody
    no_folder_is_left() { [ -z "$(ls "$STRATA_ROOT/containers" "$STRATA_RUN_ROOT/containers" | grep -v :)" ]; }
    eventually no_folder_is_left
}

@test "rm refuses what runs; -f kills it" {
    start busy base sleep 60
    expect 1 "$STRATA" rm busy
    contains 'cannot remove container "/busy": container is running: stop the container before removing or force remove'
    pid=$("$STRATA" inspect -f '{{.State.Pid}}' busy)
    kill -0 "$pid"
    expect 0 "$STRATA" rm -f busy
    ! kill -0 "$pid"
    [ -z "$("$STRATA" ps -aq)" ]
}

@test "an image in use cannot go, and its container says so" {
    "$STRATA" tag base used
    "$STRATA" run --name user used true
    expect 1 "$STRATA" rmi "$("$STRATA" inspect -f '{{.Image}}' user)"
    contains "conflict: unable to delete"
    start runner used sleep 60
    expect 1 "$STRATA" rmi -f "$("$STRATA" inspect -f '{{.Image}}' user)"
    contains "image is being used by running container"
}

# --- inspect

@test "inspect shows Docker's document" {
    "$STRATA" run --name doc -e A=1 -w /w -u 5 -v "$BATS_TEST_TMPDIR:/host:ro" -l x=y --cap-add NET_ADMIN base sh -c 'exit 2' || true
    read_it() { "$STRATA" inspect -f "$1" doc; }
    [ "$(read_it '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.Path}} {{.Args}}')" = "/doc exited 2 false sh [-c exit 2]" ]
    [ "$(read_it '{{.Config.WorkingDir}} {{.Config.User}} {{json .Config.Labels}} {{.Config.Image}}')" = '/w 5 {"x":"y"} base' ]
    [ "$(read_it '{{range .Config.Env}}{{println .}}{{end}}' | grep -c '^A=1$')" -eq 1 ]
    [ "$(read_it '{{(index .Mounts 0).Destination}} {{(index .Mounts 0).RW}} {{(index .HostConfig.Binds 0)}}')" = "/host false $BATS_TEST_TMPDIR:/host:ro" ]
    [ "$(read_it '{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}} {{.HostConfig.NetworkMode}}')" = '["CAP_NET_ADMIN"] null none' ]
    [ "$("$STRATA" inspect doc | jq -r '.[0].Image')" = "$("$STRATA" image inspect -f '{{.Id}}' base)" ]
    [ "$("$STRATA" inspect -s doc | jq '.[0] | has("SizeRw")')" = true ]
    run --separate-stderr "$STRATA" inspect nobody
    [ "$status" -eq 1 ]
    [ "$output" = "[]" ]
    [ "$stderr" = "Error: No such object: nobody" ]
}

# --- diff and commit

@test "diff shows what was done, and nothing of ours" {
    "$STRATA" run --name quiet base true
    [ -z "$("$STRATA" diff quiet)" ]
    "$STRATA" run --name changes -w /work/dir base sh -c 'rm /bin/ls; echo x >/etc/new; touch /etc/passwd; mkdir -p /home/a/b; rm -r /var; touch /var; chmod 700 /tmp; rm -r /home/a/b; ln -sf /x /bin/cat; mkfifo /pipe'
    diff <("$STRATA" diff changes) - <<'LINES'
C /bin
C /bin/cat
D /bin/ls
C /etc
A /etc/new
C /etc/passwd
C /home
A /home/a
A /pipe
C /tmp
C /var
A /work
A /work/dir
LINES
    expect 1 "$STRATA" diff nobody
    contains "Error response from daemon: No such container: nobody"
}

@test "commit makes an image that is as the container was" {
    "$STRATA" run --name made -e FROM=container base sh -c 'rm /bin/ls; mkdir /d; echo x >/d/f; ln /d/f /d/g; chown 7:8 /d/f; chmod 4750 /d/f; ln -s f /d/l; rm -r /home; mkdir /home; touch -d @1000000000 /d'
    id=$("$STRATA" commit -a "Ada <ada@example.org>" -m "a message" -c 'ENV A=b' -c 'CMD ["cat","/d/f"]' made image:1)
    [[ $id =~ ^sha256:[0-9a-f]{64}$ ]]
    [ "$("$STRATA" run --rm image:1)" = x ]
    run "$STRATA" run --rm image:1 sh -c 'test -e /bin/ls || echo gone; stat -c "%u:%g %a %h" /d/f; readlink /d/l; ls /home | wc -l; stat -c %Y /d; echo $FROM $A'
    [ "$output" = $'gone\n7:8 4750 2\nf\n0\n1000000000\ncontainer b' ]
    [ "$("$STRATA" image inspect -f '{{.Author}}|{{.Comment}}|{{json .Config.Cmd}}|{{len .RootFS.Layers}}' image:1)" = 'Ada <ada@example.org>|a message|["cat","/d/f"]|2' ]
    [ "$("$STRATA" image inspect -f '{{.Parent}}' image:1)" = "$("$STRATA" image inspect -f '{{.Id}}' base)" ]
    run "$STRATA" history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}' image:1
    [[ ${lines[0]} == "sh -c rm /bin/ls;"*"|a message" ]]
    assert_store_sound
}

@test "commit keeps what it has no name for in the image's config" {
    python3 "$repository/tests/cli/make_archive.py" unknown "$BATS_TEST_TMPDIR/unknown.tar"
    "$STRATA" load -i "$BATS_TEST_TMPDIR/unknown.tar"
    "$STRATA" run --name strange demo:1 /bin/nothing || [ $? -eq 127 ]
    id=$("$STRATA" commit strange changed:1)
    "$STRATA" save changed:1 | tar -xO "blobs/sha256/${id#sha256:}" >"$BATS_TEST_TMPDIR/config"
    [ "$(jq -c '[.["x-top"], .config["X-Config"], .rootfs["x-rootfs"], .history[0]["x-step"]]' "$BATS_TEST_TMPDIR/config")" = '[{"b":[1,2.5,null],"a":"<&>"},"kept",true,7]' ]
}

@test "commit of a container that wrote nothing makes no layer" {
    "$STRATA" run --name nothing base true
    "$STRATA" commit nothing same >/dev/null
    [ "$("$STRATA" image inspect -f '{{len .RootFS.Layers}}' same)" = "$("$STRATA" image inspect -f '{{len .RootFS.Layers}}' base)" ]
}

@test "commit pauses what runs, and lets it go on" {
    start runner base sh -c 'while :; do date +%N >/stamp; done'
    has_stamped() { "$STRATA" diff runner | grep -q stamp; }
    eventually has_stamped
    "$STRATA" commit runner running >/dev/null
    "$STRATA" run --rm running test -e /stamp
    first=$("$STRATA" diff runner)
    [ -n "$first" ]
    state_is runner running
    "$STRATA" commit --pause=false runner running2 >/dev/null
    expect 1 "$STRATA" commit nobody
    contains "No such container: nobody"
    expect 1 "$STRATA" commit runner 'BAD NAME'
    contains "invalid reference format"
    expect 1 "$STRATA" commit -c 'FROM x' runner
}

@test "the same container commits to the same image with SOURCE_DATE_EPOCH" {
    "$STRATA" run --name twice base sh -c 'echo x >/f; mkdir /d'
    first=$(SOURCE_DATE_EPOCH=1000000000 "$STRATA" commit twice)
    [ "$(SOURCE_DATE_EPOCH=1000000000 "$STRATA" commit twice)" = "$first" ]
    [ "$("$STRATA" run --rm "$first" stat -c %Y /f)" = 1000000000 ]
    [ "$("$STRATA" image inspect -f '{{.Created}}' "$first")" = "2001-09-09T01:46:40Z" ]
}

@test "what a layer cannot hold is refused by its name" {
    "$STRATA" run --name odd base touch /.wh.x
    expect 1 "$STRATA" commit odd
    contains "/.wh.x: an image cannot hold a file of this name"
}

# --- every driver

@test "run, diff and commit work with every driver that works here" {
    for driver in erofs overlay vfs; do
        export STRATA_ROOT=$BATS_TEST_TMPDIR/$driver STRATA_RUN_ROOT=$BATS_TEST_TMPDIR/run-$driver
        "$STRATA" --storage-driver $driver import -c 'CMD ["sh"]' "$BATS_FILE_TMPDIR/base.tar" base >/dev/null
        [ "$("$STRATA" info -f '{{.Driver}}')" = $driver ]
        "$STRATA" run --name "on-$driver" base sh -c 'echo x >/new; rm /bin/ls; rm -r /home; mkdir /home'
        diff <("$STRATA" diff "on-$driver") - <<<$'C /bin\nD /bin/ls\nA /new'
        "$STRATA" commit "on-$driver" committed >/dev/null
        [ "$("$STRATA" run --rm committed sh -c 'cat /new; test -e /bin/ls || echo gone' | tr '\n' ' ')" = "x gone " ]
        "$STRATA" system reset --force
    done
}

# --- accidents

@test "a client that is killed leaves the container running, and its log written" {
    "$STRATA" run --name orphan base sh -c 'echo early; sleep 1; echo late; exit 7' >"$BATS_TEST_TMPDIR/out" &
    client=$!
    eventually grep -q early "$BATS_TEST_TMPDIR/out"
    kill -9 $client
    state_is orphan running
    eventually state_is orphan exited
    [ "$("$STRATA" inspect -f '{{.State.ExitCode}}' orphan)" = 7 ]
    grep -q '"log":"late\\n","stream":"stdout"' "$("$STRATA" inspect -f '{{.LogPath}}' orphan)"
}

@test "a client that is killed takes the container's standard input with it" {
    mkfifo "$BATS_TEST_TMPDIR/in"
    "$STRATA" run --name reader -i base sh -c 'cat; exit 5' <>"$BATS_TEST_TMPDIR/in" >/dev/null &
    client=$!
    eventually state_is reader running
    kill -9 $client
    eventually state_is reader exited
}

@test "a shim that is killed: ps tells the truth, the client says what happened, rm cleans up" {
    "$STRATA" run --name left base sleep 60 >"$BATS_TEST_TMPDIR/out" 2>&1 &
    client=$!
    eventually state_is left running
    pid=$("$STRATA" inspect -f '{{.State.Pid}}' left)
    kill -9 "$(shim_of left)"
    code=0
    wait $client || code=$?
    [ "$code" -eq 125 ]
    grep -q "shim has died" "$BATS_TEST_TMPDIR/out"
    state_is left running
    kill -0 "$pid"
    expect 1 "$STRATA" rm left
    kill -9 "$pid"
    eventually state_is left exited
    [ "$("$STRATA" inspect -f '{{.State.ExitCode}}' left)" = 255 ]
    "$STRATA" rm left
    [ -z "$(ls "$STRATA_ROOT/containers" "$STRATA_RUN_ROOT/containers" | grep -v :)" ]
    assert_store_sound
}

@test "rm -f ends a container whose shim was killed" {
    start stray base sleep 60
    pid=$("$STRATA" inspect -f '{{.State.Pid}}' stray)
    kill -9 "$(shim_of stray)"
    expect 0 "$STRATA" rm -f stray
    ! kill -0 "$pid"
    [ -z "$("$STRATA" ps -aq)" ]
    expect 0 "$STRATA" run --rm base true
}

@test "--rm holds when the client is killed" {
    "$STRATA" run --rm --name brief base sh -c 'echo up; sleep 1' >"$BATS_TEST_TMPDIR/out" &
    client=$!
    eventually grep -q up "$BATS_TEST_TMPDIR/out"
    kill -9 $client
    gone() { [ -z "$("$STRATA" ps -aq)" ]; }
    eventually gone
}

@test "kill -9 of the client at any moment of the start leaves nothing that cannot be removed" {
    for delay in 0.001 0.003 0.006 0.01 0.015 0.02 0.03 0.05 0.08; do
        "$STRATA" run --rm base true &
        client=$!
        read -rt $delay <> <(:) || true
        kill -9 $client 2>/dev/null || true
        wait $client || true
    done
    nothing_runs() { [ -z "$("$STRATA" ps -q)" ]; }
    eventually nothing_runs
    "$STRATA" ps -aq | xargs -r "$STRATA" rm -f
    # The next command also takes what belongs to no container.
    no_folder_is_left() { "$STRATA" run --rm base true && [ -z "$(ls "$STRATA_ROOT/containers")" ]; }
    eventually no_folder_is_left
    assert_store_sound
}

@test "a run takes what others left that were killed" {
    mkdir "$STRATA_ROOT/tmp/killed" "$STRATA_ROOT/containers/$(printf '%064d' 7)"
    echo half >"$STRATA_ROOT/tmp/killed/tar"
    expect 3 "$STRATA" run --rm base sh -c 'exit 3'
    [ -z "$(ls "$STRATA_ROOT/tmp" "$STRATA_ROOT/containers" | grep -v :)" ]
}

@test "twenty containers at once" {
    for ((n = 0; n < 20; n++)); do
        "$STRATA" run --rm base sh -c "echo $n; exit $n" >"$BATS_TEST_TMPDIR/out.$n" &
        pids[n]=$!
    done
    for ((n = 0; n < 20; n++)); do
        code=0
        wait "${pids[n]}" || code=$?
        [ "$code" -eq "$n" ]
        [ "$(cat "$BATS_TEST_TMPDIR/out.$n")" = "$n" ]
    done
    [ -z "$("$STRATA" ps -aq)" ]
    no_folder_is_left() { [ -z "$(ls "$STRATA_ROOT/containers" "$STRATA_RUN_ROOT/containers" | grep -v :)" ]; }
    eventually no_folder_is_left
}

@test "ps quotes words with spaces, and every way to JSON has every field" {
    "$STRATA" run --name words base sh -c 'echo "a b"; ln -s x /link' >/dev/null
    [ "$("$STRATA" ps -a --no-trunc -f name=words --format '{{.Command}}')" = "\"sh -c 'echo \\\"a b\\\"; ln -s x /link'\"" ]
    [ "$("$STRATA" ps -a -f name=words --format '{{json .}}')" = "$("$STRATA" ps -a -f name=words --format json)" ]
    [ "$("$STRATA" images --format '{{json .}}' | jq -r 'select(.Repository == "base").CreatedAt' | head -c 2)" = 20 ]
    # A symlink is as long as what it says, in a container as in the layer that it becomes.
    [ "$("$STRATA" container inspect -s -f '{{.SizeRw}}' words)" = 1 ]
}

@test "what Docker says of a container, to the letter" {
    "$STRATA" run --name said base sh -c 'echo abc >/f; ln /f /g; ln -s a /l'
    [ "$("$STRATA" ps -a --no-trunc --format '{{.Command}}')" = "\"sh -c 'echo abc >/f; ln /f /g; ln -s a /l'\"" ]
    # Symlinks count, and what has two names counts once.
    [ "$("$STRATA" inspect -s -f '{{.SizeRw}}' said)" = 5 ]
    [[ $("$STRATA" ps -a --format '{{.Size}}') == "5B (virtual "* ]]
    [ "$("$STRATA" ps -a --format json | jq -r .Size)" = 0B ]
    [ "$("$STRATA" ps -a --format '{{json .}}' | jq -r '.Image + .Names')" = basesaid ]
    [ "$("$STRATA" ps -a --format raw | head -2)" = "container_id: $("$STRATA" ps -aq)
image: base" ]
    "$STRATA" system df -v --format '{{range .Containers}}{{.ID}} {{.Names}} {{.State}}{{end}}' >"$BATS_TEST_TMPDIR/df"
    [ "$(cat "$BATS_TEST_TMPDIR/df")" = "$("$STRATA" ps -aq --no-trunc) said exited" ]
    run --separate-stderr "$STRATA" inspect -s -f '{{.Os}}' base
    [ "$output$stderr" = "linuxWARNING: --size ignored for image" ]
    expect 1 "$STRATA" commit said Upper
    [ "$output" = "invalid reference format: repository name (library/Upper) must be lowercase" ]
    expect 1 "$STRATA" commit said "x@sha256:$(printf '%064d' 0)"
    contains "refusing to create a tag with a digest reference"
}
