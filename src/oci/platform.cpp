// SPDX-License-Identifier: Apache-2.0
//
// The spellings and the rules of precedence are those of containerd's `platforms` package, which
// every Docker client follows.
#include "oci/platform.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>
#include <array>

namespace strata::oci {
namespace {

constexpr auto kSystems = std::to_array<std::string_view>(
    {"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux",
     "nacl", "netbsd", "openbsd", "plan9", "solaris", "windows", "zos"});

constexpr auto kArchitectures = std::to_array<std::string_view>(
    {"386",     "amd64",  "amd64p32", "arm",      "armbe",     "arm64",       "arm64be", "loong64",
     "mips",    "mipsle", "mips64",   "mips64le", "mips64p32", "mips64p32le", "ppc",     "ppc64",
     "ppc64le", "riscv",  "riscv64",  "s390",     "s390x",     "sparc",       "sparc64", "wasm"});

bool is_word(std::string_view text, std::string_view extra = {})
{
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || extra.find(c) != extra.npos;
    });
}

constexpr std::string_view host_architecture()
{
#if defined(__x86_64__)
    return "amd64";
#elif defined(__i386__)
    return "386";
#elif defined(__aarch64__)
    return "arm64";
#elif defined(__arm__)
    return "arm";
#elif defined(__riscv) && __riscv_xlen == 64
    return "riscv64";
#elif defined(__s390x__)
    return "s390x";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return "ppc64le";
#elif defined(__loongarch64)
    return "loong64";
#elif defined(__mips64) && defined(__MIPSEL__)
    return "mips64le";
#else
#error "say here what Go calls this architecture"
#endif
}

constexpr std::string_view host_variant()
{
#if defined(__arm__) && !defined(__aarch64__)
    return __ARM_ARCH >= 7 ? "v7" : __ARM_ARCH == 6 ? "v6" : "v5";
#else
    return "";
#endif
}

std::string normalized_system(std::string_view os)
{
    const std::string lower = to_lower(os);
    return lower.empty() ? "linux" : lower == "macos" ? "darwin" : lower;
}

void normalize_architecture(std::string& architecture, std::string& variant)
{
    architecture = to_lower(architecture);
    variant = to_lower(variant);
    if (architecture == "i386") {
        architecture = "386";
        variant.clear();
    } else if (architecture == "x86_64" || architecture == "x86-64" || architecture == "amd64") {
        architecture = "amd64";
        variant = variant == "v1" ? "" : variant;
    } else if (architecture == "aarch64" || architecture == "arm64") {
        architecture = "arm64";
        if (variant == "8" || variant == "v8" || variant == "v8.0") {
            variant.clear();
        } else if (variant == "9" || variant == "9.0" || variant == "v9.0") {
            variant = "v9";
        }
    } else if (architecture == "armhf") {
        architecture = "arm";
        variant = "v7";
    } else if (architecture == "armel") {
        architecture = "arm";
        variant = "v6";
    } else if (architecture == "arm") {
        if (variant.empty()) {
            variant = "v7";
        } else if (variant.size() == 1 && variant >= "5" && variant <= "8") {
            variant.insert(0, "v");
        }
    }
}

/// Who says `arm` means v7, and gets `arm`: that is what then stands in the image's config.
void forget_default_variant(Platform& platform)
{
    if (platform.architecture == "arm" && platform.variant == "v7") {
        platform.variant.clear();
    }
}

// Docker's words, which quote Go's regular expressions.
constexpr std::string_view kComponentPattern = R"("^[A-Za-z0-9_-]+$")";
constexpr std::string_view kSystemPattern =
    R"("^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)((?:\\+[A-Za-z0-9_.-]+)*)\\))?$")";

[[noreturn]] void refuse(std::string_view text, std::string_view problem)
{
    throw Error{Errc::invalid_argument,
                fmt::format("{}: {}: invalid argument", go_quote(text), problem),
                "Write it as os/architecture, for example linux/amd64."};
}

[[noreturn]] void refuse_component(std::string_view component, std::string_view text)
{
    throw Error{Errc::invalid_argument,
                fmt::format("{} is an invalid component of {}: platform specifier component must "
                            "match {}: invalid argument",
                            go_quote(component), go_quote(text), kComponentPattern)};
}

[[noreturn]] void refuse_system(std::string_view component, std::string_view text)
{
    throw Error{Errc::invalid_argument,
                fmt::format("{} is an invalid OS component of {}: OSAndVersion specifier component "
                            "must match {}: invalid argument",
                            go_quote(component), go_quote(text), kSystemPattern)};
}

/// `windows(10.0.17763.1+win32k)`.
void parse_system(Platform& platform, std::string_view part, std::string_view text)
{
    const std::size_t bracket = part.find('(');
    std::string_view options;
    if (bracket != part.npos) {
        if (!part.ends_with(')')) {
            refuse_system(part, text);
        }
        options = part.substr(bracket + 1, part.size() - bracket - 2);
        std::vector<std::string> features = split(options, '+');
        const auto fits = [](std::string_view word) { return word.empty() || is_word(word, "."); };
        if (!std::ranges::all_of(features, fits)) {
            refuse_system(part, text);
        }
        platform.os_version = features.front();
        features.erase(features.begin());
        platform.os_features = std::move(features);
    }
    const std::string_view name = part.substr(0, bracket);
    if (!is_word(name)) {
        refuse_system(part, text);
    }
    platform.os = normalized_system(name);
}

} // namespace

Platform Platform::host()
{
    return {.os = "linux",
            .architecture = std::string{host_architecture()},
            .variant = std::string{host_variant()},
            .os_version = {},
            .os_features = {}};
}

Platform Platform::parse(std::string_view text)
{
    if (text.find('*') != text.npos) {
        refuse(text, "wildcards not yet supported");
    }
    const std::vector<std::string> parts = split(text, '/');
    if (parts.size() > 3) {
        refuse(text, "cannot parse platform specifier");
    }
    Platform platform;
    parse_system(platform, parts[0], text);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (!is_word(parts[i])) {
            refuse_component(parts[i], text);
        }
    }
    if (parts.size() > 1) {
        platform.architecture = parts[1];
        platform.variant = parts.size() > 2 ? parts[2] : "";
        normalize_architecture(platform.architecture, platform.variant);
        if (parts.size() == 3 && platform.architecture == "arm64" && platform.variant.empty()) {
            platform.variant = "v8"; // it was said, so it is kept
        } else if (parts.size() == 2) {
            forget_default_variant(platform);
        }
        return platform;
    }

    const Platform host = Platform::host();
    if (std::ranges::find(kSystems, platform.os) != kSystems.end()) {
        platform.architecture = host.architecture;
        platform.variant = host.variant;
        return platform;
    }
    platform.architecture = parts[0];
    normalize_architecture(platform.architecture, platform.variant);
    forget_default_variant(platform);
    if (std::ranges::find(kArchitectures, platform.architecture) == kArchitectures.end()) {
        refuse(text, "unknown operating system or architecture");
    }
    platform.os = host.os;
    return platform;
}

Platform Platform::normalized() const
{
    Platform platform{*this};
    platform.os = normalized_system(os);
    normalize_architecture(platform.architecture, platform.variant);
    return platform;
}

std::string Platform::str() const
{
    std::string text = os.empty() ? "unknown" : os;
    if (!os_version.empty() || !os_features.empty()) {
        text += "(" + os_version;
        for (const std::string& feature : os_features) {
            text += "+" + feature;
        }
        text += ")";
    }
    for (const std::string* part : {&architecture, &variant}) {
        if (!part->empty()) {
            text += "/" + *part;
        }
    }
    return text;
}

std::vector<Platform> runnable_on(const Platform& platform)
{
    const Platform best = platform.normalized();
    std::vector<Platform> all{best};
    const auto add = [&](std::string architecture, std::string variant) {
        Platform next{best};
        next.architecture = std::move(architecture);
        next.variant = std::move(variant);
        all.push_back(std::move(next));
    };
    const auto version = [](const std::string& variant, int otherwise) {
        return variant.size() == 2 && variant[0] == 'v' ? variant[1] - '0' : otherwise;
    };
    if (best.architecture == "amd64") {
        for (int v = version(best.variant, 1) - 1; v >= 1; --v) {
            add("amd64", v == 1 ? "" : fmt::format("v{}", v));
        }
        add("386", "");
    } else if (best.architecture == "arm") {
        for (int v = version(best.variant, 7) - 1; v >= 5; --v) {
            add("arm", fmt::format("v{}", v));
        }
    } else if (best.architecture == "arm64") {
        if (!best.variant.empty()) {
            add("arm64", "");
        }
        for (int v = 8; v >= 5; --v) {
            add("arm", fmt::format("v{}", v));
        }
    }
    return all;
}

bool matches(const Platform& wanted, const Platform& made_for)
{
    const Platform a = wanted.normalized();
    const Platform b = made_for.normalized();
    return a.os == b.os && a.architecture == b.architecture && a.variant == b.variant &&
           (a.os_version.empty() || a.os_version == b.os_version) &&
           std::ranges::all_of(a.os_features, [&](const std::string& feature) {
               return std::ranges::find(b.os_features, feature) != b.os_features.end();
           });
}

} // namespace strata::oci
