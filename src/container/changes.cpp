// SPDX-License-Identifier: Apache-2.0
#include "container/changes.hpp"

namespace strata::container {
namespace {

class Collector {
public:
    void enter(const UpperEntry& entry)
    {
        switch (entry.presence) {
        case Presence::deleted:
            add(ChangeKind::deleted, entry);
            break;
        case Presence::added:
            add(ChangeKind::added, entry);
            break;
        case Presence::replaced: // of a folder that became a file Docker does not name what was in
                                 // it
            add(ChangeKind::changed, entry);
            break;
        case Presence::present:
            if (entry.differs) {
                add(ChangeKind::changed, entry);
            }
            break;
        }
        if (entry.is_folder()) {
            folders_.push_back({entry.path, !all.empty() && all.back().path == '/' + entry.path});
        }
    }

    void leave(const UpperEntry&) { folders_.pop_back(); }

    std::vector<Change> all;

private:
    struct Folder {
        std::string path;
        bool shown = false;
    };

    void add(ChangeKind kind, const UpperEntry& entry)
    {
        for (Folder& folder : folders_) {
            if (!folder.shown) {
                all.push_back({ChangeKind::changed, '/' + folder.path});
                folder.shown = true;
            }
        }
        all.push_back({kind, '/' + entry.path});
    }

    std::vector<Folder> folders_;
};

} // namespace

std::vector<Change> changes(const sys::Fd& upper, const erofs::Reader* base, UpperForm form)
{
    Collector collector;
    walk_upper(upper, base, form,
               {.entry = [&](const UpperEntry& entry) { collector.enter(entry); },
                .left = [&](const UpperEntry& folder) { collector.leave(folder); }});
    return std::move(collector.all);
}

} // namespace strata::container
