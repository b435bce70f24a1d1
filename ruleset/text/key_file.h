// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_TEXT_KEY_FILE_H_
#define TOLLGATE_RULESET_TEXT_KEY_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace tollgate::text {

// A secret: a file of 16 octets to 4 KiB, whatever they are, that not everybody may read. The error
// says what to do.
absl::StatusOr<std::string> ReadKeyFile(const std::string& path);

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_KEY_FILE_H_
