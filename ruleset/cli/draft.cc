// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/draft.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

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

// The parts of a draft. What does not stand under `domains` stands in comments.
enum class Part {
  kDomains,
  kUncertain,
  kImitated,
  kRedirectors,
  kSuffixes,
  kAddresses,
  kUncertainAddresses
};

struct PartText {
  Part part;
  const char* heading;
  const char* bullet;
};

constexpr std::array<PartText, 6> kComments = {{
    {Part::kUncertain,
     "  # Uncertain, the report does not defang these: take the '#' away where they belong here.\n",
     "  # - "},
    {Part::kImitated, "  # Other names in the report begin with these: they are the victims.\n",
     "  # - "},
    {Part::kRedirectors,
     "  # These forward to another URL (advertisements, open redirectors): is all of them bad?\n",
     "  # - "},
    {Part::kSuffixes,
     "  # Public suffixes: anybody gets a name below them, and no rule may block them whole.\n",
     "  # - "},
    {Part::kAddresses,
     "\n# Addresses: others have names there too; rules of several pieces of evidence can use "
     "them.\n",
     "#   "},
    {Part::kUncertainAddresses, "\n# Addresses that the report does not defang:\n", "#   "},
}};

// The names that other ones, or the domains above those, begin with, a hyphen behind them:
// "irs.gov" where the report also has "www.irs.gov-tax.example".
std::set<std::string> Imitated(const std::vector<Found>& found) {
  std::set<std::string> names;
  for (const Found& one : found) {
    if (one.kind == ReportKind::kName) names.insert(one.value);
  }
  std::set<std::string> domains = names;
  for (const std::string& name : names) {
    for (size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      domains.insert(name.substr(dot + 1));
    }
  }
  std::set<std::string> imitated;
  for (const std::string& name : names) {
    const auto next = domains.lower_bound(name + "-");
    if (next != domains.end() && next->starts_with(name + "-")) imitated.insert(name);
  }
  return imitated;
}

Part PartOf(const Found& found, const std::set<std::string>& imitated, bool all) {
  const bool certain = all || found.certainty == Certainty::kIndicator;
  if (found.kind != ReportKind::kName) {
    return certain ? Part::kAddresses : Part::kUncertainAddresses;
  }
  if (found.public_suffix) return Part::kSuffixes;
  if (!certain) return Part::kUncertain;
  if (imitated.contains(found.value)) return Part::kImitated;
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

// Files without their folders, if that tells them apart.
std::vector<std::string> ShortNames(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const std::string& file : files) names.push_back(file.substr(file.rfind('/') + 1));
  const std::set<std::string> different(names.begin(), names.end());
  return different.size() == files.size() ? names : files;
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
  const std::vector<std::string> files = ShortNames(extraction.files);
  std::string out = kPreamble;
  absl::StrAppend(&out, "id: ", id, "\n");
  absl::StrAppend(&out, "title: ", Quoted("Indicators from " + files.front()), "\n");
  absl::StrAppend(&out, "references:\n");
  for (size_t i = 0; i < files.size(); ++i) {
    absl::StrAppend(&out, "  - id: report-", i + 1, "\n    title: ", Quoted(files[i]), "\n");
  }
  const std::set<std::string> imitated = Imitated(extraction.found);
  std::map<Part, std::vector<const Found*>> parts;
  for (const Found& found : extraction.found) {
    parts[PartOf(found, imitated, all)].push_back(&found);
  }
  auto write = [&](const PartText& text) {
    if (parts[text.part].empty()) return;
    out += text.heading;
    for (const Found* found : parts[text.part]) {
      absl::StrAppend(&out, text.bullet, found->value, "  # ", PlacesText(*found, files), "\n");
    }
  };
  if (parts[Part::kDomains].empty()) out += "domains:  # none: a campaign needs one\n";
  write({Part::kDomains, "domains:\n", "  - "});
  for (const PartText& text : kComments) write(text);
  return out;
}

}  // namespace tollgate::cli
