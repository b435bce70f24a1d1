// SPDX-License-Identifier: BSD-3-Clause
//
// What was found in reports, folded by value, and a campaign of it for a person to finish.

#ifndef TOLLGATE_RULESET_CLI_DRAFT_H_
#define TOLLGATE_RULESET_CLI_DRAFT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ruleset/source/report.h"

namespace tollgate::cli {

struct Place {
  size_t file;  // index in Extraction::files
  uint32_t line;
  uint32_t column;
  std::string written;
};

// One name, address or prefix with all its places. It is as certain as the best of them.
struct Found {
  source::ReportKind kind;
  std::string value;
  source::Certainty certainty;
  source::ReportStyle style;  // of the place that made it certain
  bool public_suffix;
  bool forwards;  // at every place
  std::vector<Place> places;
};

struct Omitted {
  source::LeftOut reason;
  std::string value;
  Place place;
};

struct Extraction {
  std::vector<std::string> files;
  std::vector<Found> found;  // in the order of their first places
  std::vector<Omitted> omitted;
  std::map<source::LeftOut, uint64_t> left_out;  // places

  void Add(const std::string& file, source::Report report);

  // Indicators of a kind.
  uint64_t Count(source::ReportKind kind) const;
  // What is uncertain, of all kinds.
  uint64_t Mentions() const;
  // Whether there are indicators; with `all`, also mentions.
  bool HasAny(bool all) const;

 private:
  std::unordered_map<std::string, size_t> index_;  // value to found
};

// `text` for one line of a comment or of a terminal: control characters and what is no UTF-8 are
// replaced.
std::string Printable(std::string_view text);

// A campaign file that `tollgate check` takes as it is, if there is a name for it to hold. Public
// suffixes, addresses, redirectors, the imitated and, without `all`, the uncertain stand in it as
// comments.
std::string CampaignDraft(const Extraction& extraction, const std::string& id, bool all);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_DRAFT_H_
