// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/hyperscan.h"

#include <hs/hs.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tollgate::database {
namespace {

std::string TakeMessage(hs_compile_error_t* error) {
  std::string message = error != nullptr && error->message != nullptr ? error->message : "unknown";
  hs_free_compile_error(error);
  if (!message.empty() && message.back() == '.') message.pop_back();
  return message;
}

struct MatchCall {
  void (*on_match)(unsigned, void*) noexcept;
  void* context;
};

int OnMatch(unsigned id, unsigned long long, unsigned long long, unsigned, void* opaque) {
  const auto* call = static_cast<const MatchCall*>(opaque);
  call->on_match(id, call->context);
  return 0;
}

}  // namespace

std::optional<std::string> FindPatternFault(const std::string& expression) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_expression_info(expression.c_str(), 0, &info, &error) != HS_SUCCESS) {
    return TakeMessage(error);
  }
  std::free(info);  // NOLINT: Hyperscan's default allocator is malloc
  return std::nullopt;
}

std::optional<std::string> FindCompileFault(const std::string& expression) {
  absl::StatusOr<PatternDatabase> alone = PatternDatabase::Compile({&expression, 1});
  if (alone.ok()) return std::nullopt;
  return std::string(alone.status().message());
}

std::string HyperscanVersion() { return hs_version(); }

void PatternDatabase::Free::operator()(hs_database* database) const noexcept {
  hs_free_database(database);
}

absl::StatusOr<PatternDatabase> PatternDatabase::Compile(std::span<const std::string> expressions,
                                                         size_t* bad) {
  std::vector<const char*> texts;
  // Neither flag changes a verdict: a pattern is anchored at its end, and no text has a newline.
  // Both let Hyperscan build simpler automata.
  const std::vector<unsigned> flags(expressions.size(), HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL);
  std::vector<unsigned> ids;
  for (const std::string& expression : expressions) {
    texts.push_back(expression.c_str());
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                       HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
    if (bad != nullptr && error != nullptr && error->expression >= 0) {
      *bad = static_cast<size_t>(error->expression);
    }
    return absl::InvalidArgumentError(TakeMessage(error));
  }
  return PatternDatabase(database);
}

absl::StatusOr<PatternDatabase> PatternDatabase::Deserialize(std::span<const uint8_t> octets) {
  hs_database_t* database = nullptr;
  const hs_error_t error = hs_deserialize_database(reinterpret_cast<const char*>(octets.data()),
                                                   octets.size(), &database);
  if (error == HS_SUCCESS) return PatternDatabase(database);
  return absl::FailedPreconditionError(
      error == HS_DB_VERSION_ERROR    ? "compiled by another version of Hyperscan"
      : error == HS_DB_PLATFORM_ERROR ? "compiled for another kind of processor"
                                      : absl::StrCat("refused by Hyperscan with error ", error));
}

absl::StatusOr<std::string> PatternDatabase::Serialize() const {
  char* octets = nullptr;
  size_t length = 0;
  if (hs_serialize_database(database_.get(), &octets, &length) != HS_SUCCESS) {
    return absl::ResourceExhaustedError("Hyperscan cannot serialise its database: out of memory");
  }
  std::string out(octets, length);
  std::free(octets);  // NOLINT: Hyperscan's default allocator is malloc
  return out;
}

void PatternScratch::Free::operator()(hs_scratch* scratch) const noexcept {
  hs_free_scratch(scratch);
}

absl::Status PatternScratch::Allocate(const PatternDatabase& database) {
  hs_scratch_t* scratch = scratch_.release();
  const hs_error_t error = hs_alloc_scratch(database.get(), &scratch);
  scratch_.reset(scratch);
  if (error == HS_SUCCESS) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("no working memory for Hyperscan (error ", error, ")"));
}

absl::StatusOr<PatternScratch> PatternScratch::Clone() const {
  PatternScratch clone;
  if (scratch_ == nullptr) return clone;
  hs_scratch_t* scratch = nullptr;
  if (hs_clone_scratch(scratch_.get(), &scratch) != HS_SUCCESS) {
    return absl::ResourceExhaustedError("no working memory for Hyperscan");
  }
  clone.scratch_.reset(scratch);
  return clone;
}

void Scan(const PatternDatabase& database, std::string_view text, const PatternScratch& scratch,
          void (*on_match)(unsigned id, void* context) noexcept, void* context) noexcept {
  MatchCall call{on_match, context};
  // Its only errors are bad arguments and a scratch in use, which the types above exclude.
  (void)hs_scan(database.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(),
                &OnMatch, &call);
}

}  // namespace tollgate::database
