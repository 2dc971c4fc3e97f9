// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "engine/system.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace strata::cli {
namespace {

struct FsckOptions {
    store::Repair repair = store::Repair::no;
    std::string format;
    bool quiet = false;
};

void declare(ArgParser& args, FsckOptions& options)
{
    args.flag("--repair", options.repair, "Mend what can be mended");
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
    args.flag("--quiet", 'q', options.quiet, "Print only what is wrong");
}

std::string document(const store::FsckReport& report)
{
    boost::json::array findings;
    for (const store::Finding& finding : report.findings) {
        findings.push_back(
            {{"Subject", finding.subject},
             {"Problem", finding.problem},
             {"Repaired", finding.repaired},
             {"Images", boost::json::array(finding.images.begin(), finding.images.end())}});
    }
    return json::print(boost::json::object{{"Layers", report.layers},
                                           {"Blobs", report.blobs},
                                           {"Images", report.images},
                                           {"Stacks", report.stacks},
                                           {"BytesHashed", report.bytes_hashed},
                                           {"Findings", std::move(findings)}});
}

std::string counted(std::uint64_t count, std::string_view what)
{
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void print_finding(Output& out, const store::Finding& finding)
{
    out.print("{}: {}{}\n", finding.subject, finding.problem,
              finding.repaired ? " (repaired)" : "");
    for (const std::string& image : finding.images) {
        out.print("  lost with it: {}\n", image);
    }
}

void print_summary(Output& out, const store::FsckReport& report, std::uint64_t repaired)
{
    const std::uint64_t problems = report.findings.size();
    out.print("Checked {}, {}, {} and {}, {} hashed: ", counted(report.images, "image"),
              counted(report.layers, "layer"), counted(report.blobs, "blob"),
              counted(report.stacks, "stack"),
              human_size(static_cast<double>(report.bytes_hashed)));
    if (problems == 0) {
        out.write("all sound\n");
    } else {
        out.print("{}, {} repaired\n", counted(problems, "problem"), repaired);
    }
}

ExitStatus run(Session& session, const FsckOptions& options)
{
    store::FsckReport report;
    {
        ProgressLine progress{session.err(), options.quiet ? ProgressLine::Shown::no
                                                           : ProgressLine::Shown::on_terminals};
        const auto show = progress.reporter();
        report =
            engine::check_system(session.engine(), options.repair, [&](const std::string& doing) {
                if (show) {
                    show({.what = doing});
                }
            });
    }
    const auto repaired = static_cast<std::uint64_t>(
        std::ranges::count_if(report.findings, &store::Finding::repaired));
    if (!options.format.empty()) {
        session.out().print("{}\n", format_document(options.format, document(report), kUntyped));
    } else {
        for (const store::Finding& finding : report.findings) {
            print_finding(session.out(), finding);
        }
        if (!options.quiet) {
            print_summary(session.out(), report, repaired);
        }
    }
    const bool is_sound = repaired == report.findings.size();
    if (!is_sound && options.repair == store::Repair::no) {
        session.err().write("'strata system fsck --repair' mends what can be mended.\n");
    }
    return is_sound ? ExitStatus::ok : ExitStatus::failure;
}

} // namespace

constinit const Command system_fsck_command = command<FsckOptions, declare, run>({
    .names = {"system fsck"},
    .summary = "Prove the store sound: every byte against its digest, every reference",
    .manual =
        "Ends with 1 when something is wrong and was not repaired. Safe beside other commands.",
});

} // namespace strata::cli
