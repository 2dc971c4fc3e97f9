// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace strata::cli {
namespace {

struct CompletionOptions {
    std::string shell;
};

void declare(ArgParser& args, CompletionOptions& options)
{
    args.argument("bash|zsh|fish", options.shell);
}

ExitStatus run(Session& session, const CompletionOptions& options)
{
    session.out().write(completion_script(options.shell));
    return ExitStatus::ok;
}

} // namespace

constinit const Command completion_command = command<CompletionOptions, declare, run>({
    .names = {"completion"},
    .summary = "Print the script that lets a shell complete commands",
    .manual = "For bash: strata completion bash >/etc/bash_completion.d/strata",
});

} // namespace strata::cli
