// SPDX-License-Identifier: Apache-2.0
//
// What templates print and how they fail, as Go 1.24 does; each was compared with Docker's own
// command line.
#include "base/error.hpp"
#include "base/json.hpp"
#include "cli/template/template.hpp"
#include "testing/errors.hpp"

#include <boost/json/value.hpp>
#include <gmock/gmock.h>

#include <map>

namespace strata::cli::templates {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

constexpr Field kPersonFields[] = {{"Name", "name", &kString}, {"Age", "age", &kInteger}};
constexpr Type kPerson{Type::Form::structure, "test.Person", nullptr, kPersonFields};
constexpr Type kPersonPointer{Type::Form::pointer, "*test.Person", &kPerson};
constexpr Field kFields[] = {
    {"ID", "Id", &kString},
    {"Tags", "Tags", &kStrings},
    {"Labels", "Labels", &kStringMap},
    {"Ports", "Ports", &kSet},
    {"Owner", "Owner", &kPersonPointer},
    {"Nobody", "Nobody", &kPersonPointer},
    {"NoTags", "NoTags", &kStrings},
    {"NoLabels", "NoLabels", &kStringMap},
    {"Any", "Any", nullptr},
    {"On", "On", &kBoolean},
    {"Size", "Size", &kInteger},
};
constexpr Type kThing{Type::Form::structure, "test.Thing", nullptr, kFields};

constexpr std::string_view kJson = R"({
    "Id": "sha256:abc", "Tags": ["a", "b"], "Labels": {"z": "1", "com.example.x": "2"}, "Ports": {"80/tcp": {}},
    "Owner": {"name": "Ada", "age": 36}, "NoTags": null, "NoLabels": null,
    "Any": {"list": [1, 2.5, "x", null, true], "nothing": null}, "On": true, "Size": 1984172})";

std::string run(std::string_view text, const Type* type = &kThing,
                MissingKey missing = MissingKey::no_value)
{
    const auto document = json::parse(kJson, "test");
    return Template::parse(std::string{text})
        .run(Document{&document, type}, {.missing_key = missing});
}

std::string failure(std::string_view text, const Type* type = &kThing,
                    MissingKey missing = MissingKey::no_value)
{
    try {
        return "printed " + run(text, type, missing);
    } catch (const Error& error) {
        const std::string_view start = "template parsing error: template: ";
        EXPECT_THAT(error.message(), ::testing::StartsWith(std::string{start}));
        return error.message().substr(std::min(start.size(), error.message().size()));
    }
}

struct Case {
    std::string_view text;
    std::string_view result;
};

TEST(Template, prints_values_of_every_type)
{
    for (const auto& [text, result] : std::vector<Case>{
             {"{{.ID}} {{.On}} {{.Size}}", "sha256:abc true 1984172"},
             {"{{.Tags}}", "[a b]"},
             {"{{.Labels}}", "map[com.example.x:2 z:1]"},
             {"{{.Ports}}", "map[80/tcp:{}]"},
             {"{{.Owner}}", "{Ada 36}"},
             {"{{.Nobody}}", "<nil>"},
             {"{{.NoTags}} {{.NoLabels}}", "[] map[]"},
             {"{{.Any}}", "map[list:[1 2.5 x <nil> true] nothing:<nil>]"},
             {"{{.Any.nothing}} {{.Any.missing}}", "<no value> <no value>"},
             {"{{.Any.list}}", "[1 2.5 x <nil> true]"},
             {"{{json .Labels}}", "{\"com.example.x\":\"2\",\"z\":\"1\"}"},
             {"{{json .Owner}}", "{\"name\":\"Ada\",\"age\":36}"},
             {"{{json .Any.list}}", "[1,2.5,\"x\",null,true]"},
             {"{{json .NoTags}}", "null"},
             {"{{json \"<&>\"}}", "\"<&>\""},
             {"{{print 1e6 100000.0 nil}}", "1e+06 100000 <nil>"},
             {"{{'a'}} {{0x1F}} {{1_000}} {{017}} {{-1}} {{1.}}", "97 31 1000 15 -1 1"},
             {"{{\"\\u00e9\\x41\\n\"}}{{`raw\\n`}}", "éA\nraw\\n"},
         }) {
        EXPECT_EQ(run(text), result) << text;
    }
}

TEST(Template, keys_of_the_document_are_known_beside_the_names_of_the_type)
{
    EXPECT_EQ(run("{{.ID}}{{.Id}}"), "sha256:abcsha256:abc");
}

TEST(Template, branches_and_loops)
{
    for (const auto& [text, result] : std::vector<Case>{
             {"{{if .On}}a{{else}}b{{end}}", "a"},
             {"{{if .Nobody}}a{{else if .NoTags}}b{{else}}c{{end}}", "c"},
             {"{{with .Owner}}{{.Name}}{{end}}", "Ada"},
             {"{{with \"\"}}x{{else with \"y\"}}{{.}}{{end}}", "y"},
             {"{{range .Tags}}{{.}};{{end}}", "a;b;"},
             {"{{range $i, $e := .Tags}}{{$i}}={{$e}};{{end}}", "0=a;1=b;"},
             {"{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "com.example.x=2;z=1;"},
             {"{{range .NoTags}}x{{else}}none{{end}}", "none"},
             {"{{range 3}}{{.}}{{end}}", "012"},
             {"{{range 5}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "012"},
             {"{{range $x := 3}}{{if eq $x 1}}{{continue}}{{end}}{{$x}}{{end}}", "02"},
             {"{{range .Tags}}{{$.Size}};{{end}}", "1984172;1984172;"},
             {"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
             {"{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"},
             {"{{define \"x\"}}[{{.}}]{{end}}{{template \"x\" .Size}}{{template \"x\"}}",
              "[1984172][<no value>]"},
             {"{{block \"b\" 3}}[{{.}}]{{end}}", "[3]"},
         }) {
        EXPECT_EQ(run(text), result) << text;
    }
}

TEST(Template, trims_and_leaves_comments_out)
{
    for (const auto& [text, result] : std::vector<Case>{
             {"a {{- 1 -}} b", "a1b"},
             {"a \n{{- /* x */ -}}\t b", "ab"},
             {"a{{/* {{ }} */}}b", "ab"},
             {"{{1 -}} x{{- 2}}", "1x2"},
             {"{{- 1}}", "1"},
         }) {
        EXPECT_EQ(run(text), result) << text;
    }
}

TEST(Template, functions_do_what_they_do_in_docker)
{
    for (const auto& [text, result] : std::vector<Case>{
             {"{{join .Tags \",\"}} {{join .NoTags \",\"}}", "a,b "},
             {"{{split \"a:b\" \":\"}} {{len (split \"\" \":\")}} {{split \"aé\" \"\"}}",
              "[a b] 1 [a é]"},
             {"{{lower \"AbC\"}} {{upper \"AbC\"}} {{title \"hello world\"}}",
              "abc ABC Hello World"},
             {"{{pad \"x\" 2 3}}|{{pad \"\" 2 3}}|", "  x   ||"},
             {"{{truncate \"hello\" 2}} {{truncate \"hello\" 10}}", "he hello"},
             {"{{index .Tags 1}} {{index .Labels \"z\"}} {{index .Labels \"y\"}}|", "b 1 |"},
             {"{{index .Any \"list\" 0}} {{index \"abc\" 1}}", "1 98"},
             {"{{slice \"hello\" 1 3}} {{slice .Tags 1}}", "el [b]"},
             {"{{len .Tags}} {{len .Labels}} {{len \"日\"}}", "2 2 3"},
             {"{{eq \"a\" \"b\" \"a\"}} {{ne 1 2}} {{lt 1 2}} {{le \"a\" \"a\"}} {{gt 2 1}} {{ge "
              "1.5 2.5}}",
              "true true true true true false"},
             {"{{and 1 0 2}} {{or 0 \"\" \"x\"}} {{not .On}}", "0 x false"},
             {"{{or .On (index .Tags 99)}}", "true"},
             {"{{\"a\" | lower | printf \"%s-%s\" \"b\"}}", "b-a"},
             {"{{.ID | printf \"%.6s\" | len}}", "6"},
             {"{{println 1 \"a\"}}{{print 1 2 \"a\" \"b\" 3 4}}", "1 a\n1 2ab3 4"},
             {"{{html \"<a&\\\">\"}} {{js \"it's <x>\"}} {{urlquery \"a b&c/d\"}}",
              "&lt;a&amp;&#34;&gt; it\\'s \\u003Cx\\u003E a+b%26c%2Fd"},
             {"{{(index .Tags 0)}} {{(.Owner).Name}} {{$t := .Owner}}{{$t.Age}}", "a Ada 36"},
         }) {
        EXPECT_EQ(run(text), result) << text;
    }
}

TEST(Template, what_does_not_parse_says_where)
{
    for (const auto& [text, result] : std::vector<Case>{
             {"{{.Foo", ":1: unclosed action"},
             {"\n\n{{\"abc", ":3: unterminated quoted string"},
             {"{{`abc", ":1: unterminated raw quoted string"},
             {"{{'ab'}}", ":1: malformed character constant: 'ab'"},
             {"{{(1}}", ":1: unclosed left paren"},
             {"{{1)}}", ":1: unexpected right paren"},
             {"{{/* hi }}", ":1: unclosed comment"},
             {"{{/* hi */ }}", ":1: comment ends before closing delimiter"},
             {"{{ - 1}}", ":1: illegal number syntax: \"-\""},
             {"{{1.2.3}}", ":1: unexpected \".3\" in operand"},
             {"{{true.x}}", ":1: unexpected . after term \"true\""},
             {"{{..}}", ":1: unexpected <.> in operand"},
             {"{{ # }}", ":1: unexpected \"#\" in command"},
             {"{{\"\\q\"}}", ":1: invalid syntax"},
             {"{{foo}}", ":1: function \"foo\" not defined"},
             {"{{$x}}", ":1: undefined variable \"$x\""},
             {"{{if}}x{{end}}", ":1: missing value for if"},
             {"{{if true}}x", ":1: unexpected EOF"},
             {"{{end}}", ":1: unexpected {{end}}"},
             {"{{if 1}}a{{else}}b{{else}}c{{end}}", ":1: expected end; found {{else}}"},
             {"{{break}}", ":1: {{break}} outside {{range}}"},
             {"{{1 | 2}}", ":1: non executable command in pipeline stage 2"},
             {"{{$a, $b := 1}}", ":1: too many declarations in command"},
         }) {
        EXPECT_EQ(failure(text), result) << text;
        EXPECT_THAT([text = text] { Template::parse(std::string{text}); },
                    FailsWith(Errc::invalid_argument));
    }
}

TEST(Template, what_does_not_fit_says_where_and_what)
{
    for (
        const auto& [text, result] : std::vector<Case>{
            {"{{.Foo}}",
             ":1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type test.Thing"},
            {"a\nb {{.Owner.Foo}}",
             ":2:10: executing \"\" at <.Owner.Foo>: can't evaluate field Foo in type test.Person"},
            {"{{.ID.Foo}}",
             ":1:5: executing \"\" at <.ID.Foo>: can't evaluate field Foo in type string"},
            {"{{.Nobody.Name}}",
             ":1:9: executing \"\" at <.Nobody.Name>: nil pointer evaluating *test.Person.Name"},
            {"{{.ID 1}}",
             ":1:2: executing \"\" at <.ID>: ID has arguments but cannot be invoked as function"},
            {"{{1 2}}", ":1:2: executing \"\" at <1>: can't give argument to non-function 1"},
            {"{{nil}}", ":1:2: executing \"\" at <nil>: nil is not a command"},
            {"{{lower 3}}", ":1:8: executing \"\" at <3>: expected string; found 3"},
            {"{{lower .Size}}",
             ":1:8: executing \"\" at <.Size>: wrong type for value; expected string; got int"},
            {"{{join \"a\" \"b\"}}",
             ":1:7: executing \"\" at <\"a\">: can't handle \"a\" for arg of type []string"},
            {"{{len 3}}", ":1:2: executing \"\" at <len 3>: error calling len: len of type int"},
            {"{{index .Tags 9}}",
             ":1:2: executing \"\" at <index .Tags 9>: error calling index: index out of range: 9"},
            {"{{index .Tags \"x\"}}", ":1:2: executing \"\" at <index .Tags \"x\">: error calling "
                                      "index: cannot index slice/array with type string"},
            {"{{eq 1 1.0}}", ":1:2: executing \"\" at <eq 1 1.0>: error calling eq: incompatible "
                             "types for comparison"},
            {"{{lt true false}}", ":1:2: executing \"\" at <lt true false>: error calling lt: "
                                  "invalid type for comparison"},
            {"{{not 1 2}}",
             ":1:2: executing \"\" at <not>: wrong number of args for not: want 1 got 2"},
            {"{{and}}",
             ":1:2: executing \"\" at <and>: wrong number of args for and: want at least 1 got 0"},
            {"{{range 5.5}}x{{end}}",
             ":1:8: executing \"\" at <5.5>: range can't iterate over 5.5"},
            {"{{call 1}}",
             ":1:2: executing \"\" at <call 1>: error calling call: non-function 1 of type int"},
            {"{{template \"x\"}}",
             ":1:11: executing \"\" at <{{template \"x\"}}>: template \"x\" not defined"},
        }) {
        EXPECT_EQ(failure(text), result) << text;
        EXPECT_THAT([text = text] { run(text); }, FailsWith(Errc::conflict));
    }
}

TEST(Template, plain_json_may_insist_on_keys)
{
    EXPECT_EQ(run("{{.Missing}}", nullptr), "<no value>");
    EXPECT_EQ(failure("{{.Owner.Foo}}", nullptr, MissingKey::error),
              ":1:8: executing \"\" at <.Owner.Foo>: map has no entry for key \"Foo\"");
    EXPECT_EQ(run("{{.Owner}} {{json .Owner}}", nullptr),
              "map[age:36 name:Ada] {\"age\":36,\"name\":\"Ada\"}");
}

TEST(Template, knows_which_fields_it_mentions)
{
    const Template made =
        Template::parse("{{if .A}}{{$.B}}{{(index .C 0).D}}{{end}} .E \"{{\".F\"}}");

    for (const char* const name : {"A", "B", "C", "D"}) {
        EXPECT_TRUE(made.mentions(name)) << name;
    }
    EXPECT_FALSE(made.mentions("E"));
    EXPECT_FALSE(made.mentions("F"));
    EXPECT_FALSE(made.mentions_everything());
    EXPECT_TRUE(Template::parse("{{json .}}").mentions_everything());
    EXPECT_TRUE(Template::parse("{{$}}").mentions_everything());
}

TEST(Template, always_ends)
{
    EXPECT_THAT([] { run("{{range 9000000000}}x{{end}}"); }, FailsWith(Errc::exhausted));
    EXPECT_THAT([] { run("{{range 99999999}}{{range 99999999}}{{end}}{{end}}"); },
                FailsWith(Errc::exhausted));
    EXPECT_THAT([] { run("{{$x := \"aaaaaaaa\"}}{{range 99}}{{$x = print $x $x}}{{end}}"); },
                FailsWith(Errc::exhausted));
    EXPECT_THAT([] { run("{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}"); },
                FailsWith(Errc::conflict, HasSubstr("exceeded maximum template depth")));
    EXPECT_THAT([] { run("{{" + std::string(100'000, '(')); }, FailsWith(Errc::invalid_argument));
    std::string nested;
    for (int i = 0; i < 10'000; ++i) {
        nested += "{{if 1}}";
    }
    EXPECT_THAT([&] { run(nested); },
                FailsWith(Errc::invalid_argument, HasSubstr("nested too deeply")));
}

} // namespace
} // namespace strata::cli::templates
