// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/last_good.h"

#include <map>
#include <mutex>
#include <utility>

namespace tollgate::module {
namespace {

struct Memory {
  std::mutex mutex;
  std::map<std::string, LastGood> databases;  // by path
};

// Never destroyed: threads may still run when the process ends.
Memory& TheMemory() {
  static Memory* const memory = new Memory;
  return *memory;
}

}  // namespace

std::optional<LastGood> RecallDatabase(const std::string& path) {
  Memory& memory = TheMemory();
  const std::lock_guard lock(memory.mutex);
  const auto found = memory.databases.find(path);
  if (found == memory.databases.end()) return std::nullopt;
  return found->second;
}

void RememberDatabase(const std::string& path, LastGood good) {
  Memory& memory = TheMemory();
  const std::lock_guard lock(memory.mutex);
  memory.databases[path] = std::move(good);
}

void ForgetDatabases() {
  Memory& memory = TheMemory();
  const std::lock_guard lock(memory.mutex);
  memory.databases.clear();
}

}  // namespace tollgate::module
