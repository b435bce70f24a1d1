// SPDX-License-Identifier: BSD-3-Clause
//
// The public suffix of a name, from what the walk over its enclosing domains found
// (publicsuffix.org, "Algorithm").

#ifndef TOLLGATE_RULESET_MATCH_SUFFIX_WALK_H_
#define TOLLGATE_RULESET_MATCH_SUFFIX_WALK_H_

#include <bitset>
#include <cstddef>
#include <cstdint>

#include "ruleset/database/format.h"
#include "ruleset/dns/name.h"

namespace tollgate::match {

// Told of every enclosing domain that is on the Public Suffix List, in any order, says where the
// registrable domain begins.
class SuffixWalk {
 public:
  explicit SuffixWalk(size_t label_count) noexcept
      // The rule that holds where no other does is "*": the top-level domain.
      : suffix_(label_count == 0 ? 0 : label_count - 1), label_count_(label_count) {}

  // The name from label `label` on carries `flags` (kSuffix*).
  void Add(size_t label, uint32_t flags) noexcept {
    if ((flags & database::kSuffixPrivate) != 0) {
      if ((flags & database::kSuffixNormal) != 0) private_.set(label);
      if ((flags & database::kSuffixWildcard) != 0 && label > 0) private_.set(label - 1);
      return;
    }
    if ((flags & database::kSuffixException) != 0) exception_ = label + 1;
    if ((flags & database::kSuffixNormal) != 0 && label < suffix_) suffix_ = label;
    if ((flags & database::kSuffixWildcard) != 0 && label > 0 && label - 1 < suffix_) {
      suffix_ = label - 1;
    }
  }

  // The label at which the public suffix begins.
  size_t suffix() const noexcept { return exception_ != kNone ? exception_ : suffix_; }

  // Whether there is a registrable domain: false for public suffixes themselves and the root.
  bool has_registrable() const noexcept { return label_count_ > 0 && suffix() > 0; }

  // The label at which it begins; only where has_registrable().
  size_t registrable() const noexcept { return suffix() - 1; }

  // Whether the name from label `label` on is lent out name by name (private section): no pattern
  // may take it as a whole.
  bool IsPrivateSuffix(size_t label) const noexcept { return private_[label]; }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  size_t suffix_;
  size_t exception_ = kNone;
  size_t label_count_;
  std::bitset<dns::kMaxLabels> private_;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_SUFFIX_WALK_H_
