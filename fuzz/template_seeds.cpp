// SPDX-License-Identifier: Apache-2.0
#include "seeds.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <array>

namespace strata::fuzz {
namespace {

// One of everything that the grammar has.
constexpr std::array<std::string_view, 16> kTemplates{
    "{{.Id}} {{.State.Running}} {{json .Labels}}",
    "{{- /* comment */ -}} text {{printf \"%-10.3s|%+05d|%[1]q\" .Id .Size}}",
    "{{if .State.Health}}a{{else if eq .Size 1 2}}b{{else}}c{{end}}",
    "{{range $i, $e := .Tags}}{{$i}}{{if $i}}{{break}}{{end}}{{else}}none{{end}}",
    "{{range $k, $v := .Labels}}{{$k}}={{$v}}{{continue}}{{end}}",
    "{{with $x := .State}}{{$x.Ratio}}{{else with .Id}}{{.}}{{end}}",
    "{{define \"t\"}}{{.}}{{end}}{{template \"t\" .Size}}{{block \"b\" .}}x{{end}}",
    "{{(index (index .Ports \"80/tcp\") 0).HostPort}}",
    "{{$x := 1}}{{$x = 'a'}}{{$x | print | len}}",
    "{{slice .Id 0 3}} {{split .Id \":\"}} {{join .Tags \",\"}}",
    "{{and 1 0}} {{or 0 \"\"}} {{not true}} {{ne 1 2}} {{lt \"a\" \"b\"}}",
    "{{upper (lower (title .Id))}} {{pad .Id 1 2}} {{truncate .Id 3}}",
    "{{html .Id}} {{js .Id}} {{urlquery .Id}} {{println 0x1F 1_0 .5e3 nil}}",
    "{{range 3}}{{.}}{{end}} {{`raw`}} {{\"\\u00e9\\x41\\101\"}}",
    "{{printf \"%*d %x %c %U %e %t %v %T %%\" 5 1 \"a\" 65 66 1.5 true .State .Tags}}",
    "{{call .Id}} {{.Missing.Key}} {{len .Size}}",
};

} // namespace

void make_template_seeds(const sys::Path& folder)
{
    const sys::Path seeds = folder / "template_fuzz";
    sys::ensure_folders(seeds);
    for (std::size_t i = 0; i < kTemplates.size(); ++i) {
        sys::write_all(
            sys::open_file(seeds / fmt::format("{}", i), O_WRONLY | O_CREAT | O_TRUNC, 0644),
            kTemplates.at(i));
    }
}

} // namespace strata::fuzz
