// SPDX-License-Identifier: BSD-3-Clause
//
// The last database that was in use, kept for the life of the process. On `unbound-control reload`
// Unbound closes the module and opens it again: a database that turned bad in the meantime must not
// leave the resolver without a filter. (tollgate.so is linked with -z nodelete, so that its memory
// survives the dlclose between the two.)

#ifndef TOLLGATE_MODULE_LIVE_LAST_GOOD_H_
#define TOLLGATE_MODULE_LIVE_LAST_GOOD_H_

#include <memory>
#include <optional>
#include <string>

#include "module/live/file_identity.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

struct LastGood {
  std::shared_ptr<const RuleSet> rules;
  FileIdentity file;  // that it was read from
};

// Any thread. What was remembered last for the database at `path`; nothing where nothing was.
std::optional<LastGood> RecallDatabase(const std::string& path);
void RememberDatabase(const std::string& path, LastGood good);

// Forgets all (for tests).
void ForgetDatabases();

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_LAST_GOOD_H_
