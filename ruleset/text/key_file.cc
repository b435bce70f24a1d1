// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/text/key_file.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/text/yaml.h"

namespace tollgate::text {
namespace {

constexpr size_t kShortestKey = 16;  // octets
constexpr size_t kLongestKey = 4096;

}  // namespace

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  if (path.empty()) return absl::NotFoundError("no key_file");
  struct stat about;
  if (stat(path.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, " is open to everybody; chmod o= ", path));
  }
  std::string reason;
  std::optional<std::string> key = ReadFile(path, kLongestKey, reason);
  if (!key) return absl::UnavailableError(absl::StrCat(path, ": ", reason));
  if (key->size() < kShortestKey) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", key->size(), " octets, and a key has 16 or more"));
  }
  return *std::move(key);
}

}  // namespace tollgate::text
