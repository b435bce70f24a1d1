// SPDX-License-Identifier: BSD-3-Clause
//
// Lines at the end of a file. A full disk costs lines, and never leaves half a line before a whole
// one: what is written of a line is completed first when there is room again.

#ifndef TOLLGATE_MODULE_EVENTS_FILE_OUTPUT_H_
#define TOLLGATE_MODULE_EVENTS_FILE_OUTPUT_H_

#include <string>

#include "module/events/output.h"
#include "module/events/unique_fd.h"

namespace tollgate::module {

class FileOutput final : public Output {
 public:
  // A regular file, made with mode 0640 where there is none, or a character device. Anything else
  // could make a writer wait, and is refused.
  FileOutput(const std::string& path, Counters& counters, const HostLog& log)
      : Output("file " + path, counters, log), path_(path) {}

  // Begins a new file at the path; a line of which the old one has a part is written to it whole.
  absl::Status Reopen() override;

 private:
  absl::Status Connect() override;
  ssize_t Send(std::string_view octets) override;
  bool Outlives(int) override { return true; }

  const std::string path_;
  UniqueFd fd_;
  bool ends_in_mid_line_ = false;  // somebody's last line has no end: ours after a crash, say
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_FILE_OUTPUT_H_
