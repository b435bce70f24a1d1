// SPDX-License-Identifier: BSD-3-Clause
//
// Waiting until the file at a path may have changed: inotify(7) on its folder, for a new database
// is put in its place by rename.

#ifndef TOLLGATE_MODULE_LIVE_FILE_WATCH_H_
#define TOLLGATE_MODULE_LIVE_FILE_WATCH_H_

#include <string>

namespace tollgate::module {

// For one thread.
class FileWatch {
 public:
  // Where inotify is not to be had, or the folder is not there, descriptor() is -1 and the caller
  // has to look at the file from time to time: it should in any case, since network file systems
  // and symbolic links in the path send no events.
  explicit FileWatch(const std::string& path);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // To poll for reading.
  int descriptor() const noexcept { return descriptor_; }

  // Takes the events that came. Whether one was about the file, or about the folder itself.
  bool Take() noexcept;

  // Begins to watch, if that was not possible before or the folder was replaced.
  void Renew() noexcept;

 private:
  void Close() noexcept;

  std::string folder_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_FILE_WATCH_H_
