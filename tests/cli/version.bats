# version: what scripts read of it.

setup_file() {
    load helpers
    strata_setup
}

setup() {
    load helpers
}

@test "version shows a client, and the engine that it has in itself" {
    expect 0 "$STRATA" version
    contains "Client:"
    contains " Version:           "
    contains " OS/Arch:           linux/"
    contains "Server: in this process, without a daemon"
    contains "  Experimental:     false"
}

@test "the keys that scripts read are there" {
    [[ $("$STRATA" version --format '{{.Server.Version}}') =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    [ "$("$STRATA" version -f '{{.Client.Version}}')" = "$("$STRATA" version -f '{{.Server.Version}}')" ]
    [ "$("$STRATA" version -f '{{.Server.Os}}/{{.Client.Os}}')" = linux/linux ]
    [ "$("$STRATA" version -f '{{(index .Server.Components 0).Name}}')" = Engine ]
    "$STRATA" version -f json | jq -e '.Client.Context == "default" and .Server.Experimental == false'
}

@test "what would be a lie is not there" {
    expect 1 "$STRATA" version -f '{{.Server.APIVersion}}'
    contains 'template parsing error: template: :1:9: executing "" at <.Server.APIVersion>: '
}

@test "--version is one line" {
    expect 0 "$STRATA" --version
    [[ $output =~ ^"Strata version "[0-9.]+", build "[0-9a-z]+$ ]]
    [ "$("$STRATA" -v)" = "$output" ]
}

@test "a template that does not parse says why" {
    expect 1 "$STRATA" version -f '{{'
    [ "$output" = "template parsing error: template: :1: unclosed action" ]
}

@test "version makes nothing on disk" {
    "$STRATA" version
    [ ! -e "$STRATA_ROOT" ]
    [ ! -e "$STRATA_RUN_ROOT" ]
}
