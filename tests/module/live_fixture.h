// SPDX-License-Identifier: BSD-3-Clause
//
// Databases of domains, and what a filter stands on.

#ifndef TOLLGATE_TESTS_MODULE_LIVE_FIXTURE_H_
#define TOLLGATE_TESTS_MODULE_LIVE_FIXTURE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "module/counters/counters.h"
#include "module/events/event_log.h"
#include "module/host_log.h"
#include "module/live/live.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {

inline constexpr size_t kSlots = 16;

// The octets of a database with one policy, "p", of these domains ("a.com, b.com").
inline std::string DatabaseOf(std::string_view domains) {
  const test::TemporaryFolder folder;
  const std::string manifest = folder.Write("tollgate.yaml", "policies: [{file: p.yaml}]\n");
  folder.Write("p.yaml", "id: p\ntitle: t\ndomains: [" + std::string(domains) + "]\n");
  CompileOptions options;
  options.public_suffix_list = test::TestSuffixList();
  const CompileReport report = Compile(manifest, options);
  if (!report.ok()) throw std::runtime_error(test::AsText(report.faults));
  return std::string(report.database);
}

inline std::shared_ptr<const RuleSet> Blocking(std::string_view domains) {
  auto rules = RuleSet::OpenOctets(DatabaseOf(domains));
  if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
  return *std::move(rules);
}

// Takes the lines of a HostLog, from any thread; one at a time.
class Lines {
 public:
  Lines() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }
  static void Take(gate_level, const char* line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  size_t With(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    size_t count = 0;
    for (const std::string& line : lines_) count += line.find(text) != std::string::npos;
    return count;
  }

 private:
  static inline std::mutex mutex_;
  static inline std::vector<std::string> lines_;
};

// Whether `condition` comes true. It is a matter of milliseconds; a busy machine gets a minute.
inline bool Comes(const std::function<bool()>& condition) {
  for (int i = 0; i < 60000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace tollgate::module

#endif  // TOLLGATE_TESTS_MODULE_LIVE_FIXTURE_H_
