// SPDX-License-Identifier: BSD-3-Clause
//
// What an origin has now, fetched and checked as far as that goes without reading it as rules.

#ifndef TOLLGATE_RULESET_UPDATE_FETCH_H_
#define TOLLGATE_RULESET_UPDATE_FETCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ruleset/source/origin.h"
#include "ruleset/update/state.h"

namespace tollgate::update {

struct Fetched {
  bool unchanged = false;  // the copy is what the origin has; then there are no contents
  std::string contents;
  std::string sha256;  // of the contents
  std::string etag;
  std::string last_modified;
  uint64_t serial = 0;  // of a zone
};

struct FetchOptions {
  uint32_t retries = 2;
  bool anew = false;  // as if there were no copy
};

// Asks the origin, again after a while where that may help. `known` is its state, and `copy` the
// file with its copy, empty where there is none. A signature, a pinned hash and the size are as
// they should be, and it is no web page; else the error says what is wrong. Any number of threads.
absl::StatusOr<Fetched> Fetch(const source::Origin& origin, const SourceState& known,
                              const std::string& copy, const FetchOptions& options);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_FETCH_H_
