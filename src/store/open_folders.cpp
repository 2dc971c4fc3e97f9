// SPDX-License-Identifier: Apache-2.0
#include "store/open_folders.hpp"

#include <fcntl.h>

#include <algorithm>

namespace strata::store {

OpenFolders::OpenFolders(const sys::Path& root, Enter enter)
    : root_parent_{sys::open_file(root.parent_path(), O_PATH | O_DIRECTORY)}
    , root_name_{root.filename().native()}
    , root_{sys::open_folder({root_parent_, root_name_})}
    , enter_{std::move(enter)}
{
}

const sys::Fd& OpenFolders::open(Components components)
{
    if (deep_ && std::ranges::equal(deep_path_, components)) {
        return deep_;
    }
    deep_.reset();
    const std::size_t wanted = std::min(components.size(), kMostOpen);
    std::size_t shared = 0;
    while (shared < std::min(open_.size(), wanted) && open_[shared].first == components[shared]) {
        ++shared;
    }
    open_.resize(shared);
    for (std::size_t i = shared; i < wanted; ++i) {
        open_.emplace_back(components[i], enter_({top(), components[i]}, components.first(i + 1)));
    }
    return wanted == components.size() ? top() : open_deep(components);
}

const sys::Fd& OpenFolders::open_deep(Components components)
{
    sys::Fd at = enter_({top(), components[kMostOpen]}, components.first(kMostOpen + 1));
    for (std::size_t i = kMostOpen + 1; i < components.size(); ++i) {
        at = enter_({at, components[i]}, components.first(i + 1));
    }
    deep_path_.assign(components.begin(), components.end());
    deep_ = std::move(at);
    return deep_;
}

sys::Node OpenFolders::node(Components components)
{
    if (components.empty()) {
        return {root_parent_, root_name_};
    }
    return {open(components.first(components.size() - 1)), components.back()};
}

} // namespace strata::store
