// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/draft.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ruleset/cli/console.h"
#include "ruleset/source/report_text.h"

namespace tollgate::cli {
namespace {

using source::Certainty;
using source::ReportKind;

constexpr size_t kMostPlaces = 3;  // that a comment shows

constexpr char kPreamble[] =
    "# A draft by 'tollgate extract'. Read every line before you use it: reports defang\n"
    "# whom the campaign impersonates and whose services it abuses, too.\n";

enum class Part { kDomains, kUncertain, kRedirectors, kSuffixes, kAddresses, kUncertainAddresses };

Part PartOf(const Found& found, bool all) {
  const bool certain = all || found.certainty == Certainty::kIndicator;
  if (found.kind != ReportKind::kName) {
    return certain ? Part::kAddresses : Part::kUncertainAddresses;
  }
  if (found.public_suffix) return Part::kSuffixes;
  if (!certain) return Part::kUncertain;
  return found.forwards ? Part::kRedirectors : Part::kDomains;
}

// "report.txt:48  usps. com-ic1[.]top, report.txt:52, and 3 more"
std::string PlacesText(const Found& found, const std::vector<std::string>& files) {
  std::string out;
  for (size_t i = 0; i < std::min(found.places.size(), kMostPlaces); ++i) {
    const Place& place = found.places[i];
    absl::StrAppend(&out, i == 0 ? "" : ", ", Printable(files[place.file]), ":", place.line);
    if (i == 0) absl::StrAppend(&out, "  ", Printable(place.written));
  }
  if (found.places.size() > kMostPlaces) {
    absl::StrAppend(&out, ", and ", Grouped(found.places.size() - kMostPlaces), " more");
  }
  return out;
}

// A double-quoted scalar of YAML.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : Printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

void Extraction::Add(const std::string& file, source::Report report) {
  const size_t number = files.size();
  files.push_back(file);
  for (source::ReportFinding& finding : report.findings) {
    Place place{number, finding.line, finding.column, std::move(finding.written)};
    const auto [entry, is_new] = index_.try_emplace(finding.value, found.size());
    if (is_new) {
      found.push_back({finding.kind,
                       std::move(finding.value),
                       finding.certainty,
                       finding.style,
                       finding.public_suffix,
                       finding.forwards,
                       {std::move(place)}});
      continue;
    }
    Found& known = found[entry->second];
    if (known.certainty == Certainty::kMention && finding.certainty == Certainty::kIndicator) {
      // The place that speaks for it comes first.
      known.certainty = Certainty::kIndicator;
      known.style = finding.style;
      known.forwards = finding.forwards;
      known.places.insert(known.places.begin(), std::move(place));
      continue;
    }
    if (finding.certainty == Certainty::kIndicator) {
      known.forwards = known.forwards && finding.forwards;
    }
    known.places.push_back(std::move(place));
  }
  for (source::ReportOmission& omission : report.left_out) {
    ++left_out[omission.reason];
    omitted.push_back({omission.reason,
                       std::move(omission.value),
                       {number, omission.line, omission.column, std::move(omission.written)}});
  }
}

uint64_t Extraction::Count(ReportKind kind) const {
  return static_cast<uint64_t>(std::count_if(found.begin(), found.end(), [&](const Found& one) {
    return one.kind == kind && one.certainty == Certainty::kIndicator;
  }));
}

uint64_t Extraction::Mentions() const {
  return static_cast<uint64_t>(std::count_if(found.begin(), found.end(), [](const Found& one) {
    return one.certainty == Certainty::kMention;
  }));
}

bool Extraction::HasAny(bool all) const { return all ? !found.empty() : Mentions() < found.size(); }

std::string Printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = source::Utf8Length(text, at);
    const auto first = static_cast<unsigned char>(text[at]);
    // NEL, the separators of lines and paragraphs and the byte order mark end lines or documents in
    // some readers.
    const std::string_view character = text.substr(at, length);
    const bool breaks = character == "\xc2\x85" || character == "\xe2\x80\xa8" ||
                        character == "\xe2\x80\xa9" || character == "\xef\xbb\xbf";
    const bool control =
        first < 0x20 || first == 0x7f ||
        (first == 0xc2 && length == 2 && static_cast<unsigned char>(text[at + 1]) < 0xa0);
    if (length == 0 || breaks || control) {
      out += length == 0 ? '?' : ' ';
    } else {
      out += character;
    }
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string CampaignDraft(const Extraction& extraction, const std::string& id, bool all) {
  std::string out = kPreamble;
  absl::StrAppend(&out, "id: ", id, "\n");
  absl::StrAppend(
      &out, "title: ", Quoted(absl::StrCat("Indicators from ", extraction.files.front())), "\n");
  absl::StrAppend(&out, "references:\n");
  for (size_t i = 0; i < extraction.files.size(); ++i) {
    absl::StrAppend(&out, "  - id: report-", i + 1, "\n    title: ", Quoted(extraction.files[i]),
                    "\n");
  }
  // Writes the findings of one part, each behind `bullet`; the heading where there are any.
  auto write = [&](Part part, std::string_view heading, std::string_view bullet) {
    bool any = false;
    for (const Found& found : extraction.found) {
      if (PartOf(found, all) != part) continue;
      if (!any) out += heading;
      any = true;
      out += bullet;
      absl::StrAppend(&out, found.value, "  # ", PlacesText(found, extraction.files), "\n");
    }
    return any;
  };
  if (!write(Part::kDomains, "domains:\n", "  - ")) out += "domains: []\n";
  write(Part::kUncertain,
        "  # Uncertain: the report does not defang these. Take the '#' away where they belong "
        "here, or\n"
        "  # extract again with --all.\n",
        "  # - ");
  write(
      Part::kRedirectors,
      "  # These forward to another URL (advertisements, open redirectors): is all of them bad?\n",
      "  # - ");
  write(Part::kSuffixes,
        "  # Public suffixes: anybody gets a name below them, and no rule may block them whole.\n",
        "  # - ");
  write(Part::kAddresses,
        "\n# Addresses: rules have no trigger for them yet. For your other tools:\n", "#   ");
  write(Part::kUncertainAddresses, "\n# Addresses that the report does not defang:\n", "#   ");
  return out;
}

}  // namespace tollgate::cli
