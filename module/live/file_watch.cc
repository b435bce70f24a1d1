// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/file_watch.h"

#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace tollgate::module {
namespace {

// A file is put in place by rename or is written to its end; it goes away; its folder goes away.
constexpr uint32_t kEvents = IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
                             IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

FileWatch::FileWatch(const std::string& path) {
  const std::filesystem::path file(path);
  folder_ = file.has_parent_path() ? file.parent_path().string() : ".";
  name_ = file.filename().string();
  Renew();
}

FileWatch::~FileWatch() { Close(); }

void FileWatch::Close() noexcept {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

void FileWatch::Renew() noexcept {
  if (descriptor_ >= 0) return;
  descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor_ < 0) return;
  if (inotify_add_watch(descriptor_, folder_.c_str(), kEvents | IN_ONLYDIR) < 0) Close();
}

bool FileWatch::Take() noexcept {
  alignas(inotify_event) char buffer[16 * (sizeof(inotify_event) + NAME_MAX + 1)];
  bool ours = false;
  bool folder_gone = false;
  ssize_t length;
  while ((length = read(descriptor_, buffer, sizeof(buffer))) > 0) {
    for (const char* at = buffer; at < buffer + length;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof(event));
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) {
        folder_gone = true;
      } else if ((event.mask & IN_Q_OVERFLOW) != 0 ||
                 (event.len > 0 && name_ == at + sizeof(event))) {
        ours = true;
      }
      at += sizeof(event) + event.len;
    }
  }
  if (folder_gone) {
    Close();
    Renew();
  }
  return ours || folder_gone;
}

}  // namespace tollgate::module
