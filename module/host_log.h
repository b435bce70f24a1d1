// SPDX-License-Identifier: BSD-3-Clause
//
// What the module says goes to the host's log, with the module's name in front.

#ifndef TOLLGATE_MODULE_HOST_LOG_H_
#define TOLLGATE_MODULE_HOST_LOG_H_

#include <atomic>
#include <string>

#include "module/gate.h"

namespace tollgate::module {

// Safe from any number of threads; never called on the query path, but at log_level debug.
class HostLog {
 public:
  explicit HostLog(gate_log_function* write) : write_(write) {}

  void set_level(gate_level level) noexcept { level_.store(level, std::memory_order_relaxed); }
  gate_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
  bool Wants(gate_level level) const noexcept { return level <= this->level(); }

  // One line, without the newline.
  void Write(gate_level level, const std::string& line) const {
    if (Wants(level)) write_(level, ("tollgate: " + line).c_str());
  }

 private:
  gate_log_function* write_;
  std::atomic<gate_level> level_{GATE_INFO};
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_HOST_LOG_H_
