// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"
#include "sys/node.hpp"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace strata::store {

/// The folders on the way to the name asked for last, held open, because archives list what a
/// folder has together. No symlink is followed, and nothing else is ever held: who removes the name
/// asked for last, whatever it is, leaves no removed folder open.
///
/// However deep a stranger nests, there are few descriptors: what lies beyond kMostOpen levels is
/// gone through anew whenever its folder is not that of the name before.
class OpenFolders {
public:
    using Components = std::span<const std::string>;
    /// Opens a folder on the way, which may have to be made first. `components` are its path.
    using Enter = std::function<sys::Fd(const sys::Node& node, Components components)>;

    OpenFolders(const sys::Path& root, Enter enter);

    const sys::Fd& root() const noexcept { return root_; }
    /// The folder of that path, valid until the next call.
    const sys::Fd& open(Components components);
    /// A name in its open folder, or the root itself; borrows `components`, valid until the next
    /// call.
    sys::Node node(Components components);

private:
    static constexpr std::size_t kMostOpen = 64;

    const sys::Fd& top() const noexcept { return open_.empty() ? root_ : open_.back().second; }
    const sys::Fd& open_deep(Components components);

    sys::Fd root_parent_;
    std::string root_name_;
    sys::Fd root_;
    Enter enter_;
    std::vector<std::pair<std::string, sys::Fd>> open_; // from the root down
    std::vector<std::string> deep_path_;
    sys::Fd deep_;
};

} // namespace strata::store
