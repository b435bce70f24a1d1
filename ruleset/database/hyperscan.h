// SPDX-License-Identifier: BSD-3-Clause
//
// Hyperscan (or Vectorscan, same API) behind a few plain types: many anchored patterns, one scan.
// The only file that speaks to it.

#ifndef TOLLGATE_RULESET_DATABASE_HYPERSCAN_H_
#define TOLLGATE_RULESET_DATABASE_HYPERSCAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct hs_database;
struct hs_scratch;

namespace tollgate::database {

// What is wrong with one expression, in Hyperscan's words; nothing where it is fine. Cheap: parses,
// does not compile.
std::optional<std::string> FindPatternFault(const std::string& expression);

// What is wrong with one expression when it is compiled alone, such as being too large.
std::optional<std::string> FindCompileFault(const std::string& expression);

// The version of the library in use.
std::string HyperscanVersion();

// A compiled set of expressions; expression i reports itself as id i. Immutable, for any number of
// threads.
class PatternDatabase {
 public:
  // Compiles for the processor of this machine. Seconds for thousands of patterns. The error has
  // Hyperscan's words and, where one of them is to blame, sets `*bad` to its index.
  static absl::StatusOr<PatternDatabase> Compile(std::span<const std::string> expressions,
                                                 size_t* bad = nullptr);

  // Reads what Serialize wrote. FailedPrecondition where it is for another version or another kind
  // of processor.
  static absl::StatusOr<PatternDatabase> Deserialize(std::span<const uint8_t> octets);

  absl::StatusOr<std::string> Serialize() const;

  hs_database* get() const noexcept { return database_.get(); }

 private:
  struct Free {
    void operator()(hs_database* database) const noexcept;
  };
  explicit PatternDatabase(hs_database* database) : database_(database) {}
  std::unique_ptr<hs_database, Free> database_;
};

// Hyperscan's working memory: for one thread at a time.
class PatternScratch {
 public:
  PatternScratch() = default;
  // Makes it large enough for `database` too.
  absl::Status Allocate(const PatternDatabase& database);
  absl::StatusOr<PatternScratch> Clone() const;

  hs_scratch* get() const noexcept { return scratch_.get(); }

 private:
  struct Free {
    void operator()(hs_scratch* scratch) const noexcept;
  };
  std::unique_ptr<hs_scratch, Free> scratch_;
};

// Calls `on_match(id, context)` once for each pattern that matches `text`, in no order. Allocates
// nothing.
void Scan(const PatternDatabase& database, std::string_view text, const PatternScratch& scratch,
          void (*on_match)(unsigned id, void* context) noexcept, void* context) noexcept;

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_HYPERSCAN_H_
