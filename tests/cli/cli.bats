# What holds for every command: flags, help, errors, exit statuses.

setup_file() {
    load helpers
    strata_setup
}

setup() {
    load helpers
}

# Lines of stderr and stdout apart.
split_run() {
    set +e
    stdout=$("$@" 2>"$BATS_TEST_TMPDIR/stderr")
    status=$?
    stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

@test "without a command it shows what there is" {
    expect 0 "$STRATA"
    contains "Usage:  strata [OPTIONS] COMMAND"
    contains "  version     Show the version of Strata"
    [ "$("$STRATA")" = "$("$STRATA" --help)" ]
    [ "$("$STRATA")" = "$("$STRATA" help)" ]
}

@test "every command and every group answers --help on standard output" {
    local name
    while read -r name; do
        split_run "$STRATA" $name --help
        [ "$status" -eq 0 ]
        [[ $stdout == "Usage:  strata $name"* ]]
        [ -z "$stderr" ]
    done < <("$STRATA" --help | sed -n '/Commands:/,/Global/s/^  \([a-z]*\)  .*/\1/p')
}

@test "a typo is told what was probably meant" {
    split_run "$STRATA" verison
    [ "$status" -eq 1 ]
    [ -z "$stdout" ]
    [ "$stderr" = "strata: 'verison' is not a strata command.
Did you mean 'strata version'?" ]
}

@test "what Docker has and Strata has not says so, and what to do instead" {
    split_run "$STRATA" pull busybox
    [ "$status" -eq 1 ]
    [[ $stderr == "strata: 'pull' is not supported yet: "* ]]
    [ -z "$stdout" ]
}

@test "a group says the same of commands that it lacks" {
    split_run "$STRATA" container attach x
    [ "$status" -eq 1 ]
    [[ $stderr == "strata: 'container attach' is not supported yet: "* ]]
    split_run "$STRATA" image nosuch
    [ "$status" -eq 1 ]
    [ -z "$stdout" ]
    [[ $stderr == "Usage:  strata image COMMAND"* ]]
}

@test "--debug says what kind of failure it was" {
    expect 1 "$STRATA" --debug version -f '{{'
    contains "  kind      invalid argument"
    contains "  program   strata "
}

@test "a flag that is none ends with 125, in Docker's words" {
    split_run "$STRATA" version --nosuch
    [ "$status" -eq 125 ]
    [ "$stderr" = "unknown flag: --nosuch
See 'strata version --help'." ]
    split_run "$STRATA" version -x
    [ "$stderr" = "unknown shorthand flag: 'x' in -x
See 'strata version --help'." ]
    split_run "$STRATA" version --format
    [ "$stderr" = "flag needs an argument: --format
See 'strata version --help'." ]
}

@test "too many arguments end with 1, in Docker's words" {
    split_run "$STRATA" version a
    [ "$status" -eq 1 ]
    [ "$stderr" = "\"strata version\" accepts no arguments.
See 'strata version --help'.

Usage:  strata version [OPTIONS]

Show the version of Strata" ]
}

@test "flags for a daemon are refused rather than ignored" {
    expect 125 "$STRATA" -H tcp://elsewhere:2375 version
    contains "without a daemon"
    expect 125 "$STRATA" --tlsverify version
    expect 125 "$STRATA" --context elsewhere version
    expect 0 "$STRATA" --context default version
    expect 125 "$STRATA" --log-level loud version
    expect 0 "$STRATA" --log-level debug version
}

@test "a global flag after the command is told where it belongs" {
    expect 125 "$STRATA" version --root /tmp
    contains "unknown flag: --root"
    contains "Write it before the command"
}

@test "output that does not arrive is an error" {
    expect 1 sh -c '"$STRATA" --help >/dev/full'
    contains "No space left on device"
}

@test "a reader that has seen enough ends it quietly" {
    run bash -c '"$STRATA" --help | true; echo "${PIPESTATUS[0]}"'
    [ "$output" = 141 ] || [ "$output" = 0 ]
    # The same where somebody above us ignores SIGPIPE.
    run env python3 -c 'import os, signal, subprocess
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
read, write = os.pipe()
os.close(read)
done = subprocess.run([os.environ["STRATA"], "--help"], stdout=write, stderr=subprocess.PIPE, restore_signals=False)
print(done.returncode, done.stderr.decode())'
    [ "$output" = "141 " ]
}

@test "help about a topic that is none" {
    expect 1 "$STRATA" help nosuch
    contains "unknown help topic: nosuch"
}

@test "docs/user/commands.md is what the program says about itself" {
    diff <("$STRATA" help --markdown) "$repository/docs/user/commands.md" || {
        echo "run: build/release/strata help --markdown >docs/user/commands.md"
        return 1
    }
}

@test "completion: bash offers commands, flags and kinds of arguments" {
    "$STRATA" completion bash >"$BATS_TEST_TMPDIR/completion"
    complete_words() {
        bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _strata; echo "${COMPREPLY[*]}"' \
            "$BATS_TEST_TMPDIR/completion" "$@"
    }
    [ "$(complete_words strata ver)" = version ]
    [ "$(complete_words strata version --f)" = --format ]
    [ "$(complete_words strata --run)" = --run-root ]
    [ "$(complete_words strata help compl)" = completion ]
}

@test "completion: other shells have scripts, unknown ones are refused" {
    expect 0 "$STRATA" completion zsh
    contains "#compdef strata"
    expect 0 "$STRATA" completion fish
    contains "complete -c strata"
    expect 1 "$STRATA" completion tcsh
    contains "Take one of bash, zsh, fish."
}
