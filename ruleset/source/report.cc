// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "absl/strings/ascii.h"
#include "ruleset/source/report_context.h"
#include "ruleset/source/report_host.h"
#include "ruleset/source/report_text.h"

namespace tollgate::source {
namespace {

constexpr size_t kLongestWritten = 300;  // octets of the report that are kept of one finding

// A host, and what the judge must know of the place where it stands.
struct Placed {
  Host host;
  uint32_t line;
  uint32_t column;
  std::string written;
  Surroundings around;
};

// What the report as a whole tells.
struct Whole {
  std::unordered_set<std::string> defanged;  // what was defanged somewhere
  std::vector<uint8_t> defanged_items;       // by line: it is a list item that begins defanged
  std::unordered_set<std::string> harmless;  // what the report says is not to blame
  bool defangs = false;
};

bool IsOnion(std::string_view name) {
  constexpr std::string_view kOnion = ".onion";
  if (!name.ends_with(kOnion)) return false;
  name.remove_suffix(kOnion.size());
  const std::string_view service = name.substr(name.rfind('.') + 1);
  return service.size() == 56 || service.size() == 16;  // RFC 7686: version 3, version 2
}

// Whether `name` or a domain that holds it was defanged somewhere.
bool IsWithinDefanged(std::string_view name, const Whole& whole) {
  while (true) {
    if (whole.defanged.contains(std::string(name))) return true;
    const size_t dot = name.find('.');
    if (dot == std::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

// Whether the items beside line `line`, with at most an empty line between them, are defanged.
bool HasDefangedNeighbour(uint32_t line, const Whole& whole) {
  auto is_item = [&](int64_t at) {
    return at >= 0 && at < static_cast<int64_t>(whole.defanged_items.size()) &&
           whole.defanged_items[static_cast<size_t>(at)] != 0;
  };
  return is_item(int64_t{line} - 1) || is_item(int64_t{line} + 1);
}

// What a host that was not defanged is.
std::pair<Certainty, LeftOut> JudgePlain(const Placed& placed, const Whole& whole) {
  constexpr std::pair<Certainty, LeftOut> kIndicator = {Certainty::kIndicator, LeftOut::kNot};
  constexpr std::pair<Certainty, LeftOut> kMention = {Certainty::kMention, LeftOut::kNot};
  const Host& host = placed.host;
  const Surroundings& around = placed.around;
  const bool is_name = host.kind == ReportKind::kName;
  const bool in_url = host.style == ReportStyle::kUrl;
  if (is_name && IsOnion(host.value)) return kIndicator;
  if (is_name && !in_url && around.file) return {Certainty::kMention, LeftOut::kFileName};
  if (is_name && !in_url && around.file_like && !around.introduced) {
    return {Certainty::kMention, LeftOut::kFileName};
  }
  if (is_name && around.references && in_url) {
    return {Certainty::kMention, LeftOut::kReferenceLink};
  }
  if (is_name ? IsWithinDefanged(host.value, whole) : whole.defanged.contains(host.value)) {
    return kIndicator;
  }
  if (around.harmless || whole.harmless.contains(host.value)) {
    return in_url ? std::pair{Certainty::kMention, LeftOut::kReferenceLink} : kMention;
  }
  if (!is_name && in_url) return kIndicator;  // nobody links to a bare address
  if (around.introduced) return kIndicator;
  if (!in_url && around.whole_cell && around.defanged_cell) return kIndicator;
  if (!in_url && around.whole_item && HasDefangedNeighbour(placed.line, whole)) return kIndicator;
  if (!whole.defangs && !in_url && around.indicators && (around.whole_cell || around.begins_item)) {
    return kIndicator;
  }
  if (in_url) return {Certainty::kMention, LeftOut::kReferenceLink};
  return kMention;
}

std::pair<Certainty, LeftOut> JudgeHost(const Placed& placed, const Whole& whole) {
  const Host& host = placed.host;
  if (host.left_out != LeftOut::kNot) return {Certainty::kMention, host.left_out};
  if (host.style != ReportStyle::kDefanged) return JudgePlain(placed, whole);
  // A defanged name wins over the suspicion that it is a file, but not over the proof.
  if (placed.around.file_like && placed.around.file) {
    return {Certainty::kMention, LeftOut::kFileName};
  }
  return {host.in_path ? Certainty::kMention : Certainty::kIndicator, LeftOut::kNot};
}

// Reads a report line by line, and judges when it has seen them all.
class Reader {
 public:
  Reader(std::string_view text, const PublicSuffixList& suffixes)
      : text_(text), suffixes_(suffixes) {}

  Report Read() {
    size_t begin = 0;
    whole_.defanged_items.push_back(0);
    for (uint32_t number = 1; begin < text_.size(); ++number) {
      const size_t end = std::min(text_.find_first_of("\n", begin), text_.size());
      whole_.defanged_items.push_back(0);
      ReadLine(text_.substr(begin, end - begin), number);
      begin = end + 1;
    }
    Report report;
    for (Placed& placed : placed_) Keep(std::move(placed), report);
    return report;
  }

 private:
  void ReadLine(std::string_view line, uint32_t number) {
    // Most lines of long reports have nothing that could be a host.
    if (line.find_first_of(".:") == std::string_view::npos &&
        std::all_of(line.begin(), line.end(), absl::ascii_isascii) &&
        line.find_first_of("[({<&") == std::string_view::npos) {
      section_.TakeLine(line, false);
      return;
    }
    ReadCells(line, cells_);
    hosts_.clear();
    FindHosts(cells_, suffixes_, hosts_);
    section_.TakeLine(line, !hosts_.empty());
    if (hosts_.empty()) return;
    LineContext context(cells_, hosts_, section_);
    for (size_t i = 0; i < hosts_.size(); ++i) {
      Host& host = hosts_[i];
      Placed placed{.host = {}, .line = number, .column = 0, .written = {}, .around = {}};
      placed.around = context.Around(i);
      if (host.left_out == LeftOut::kNot && host.style == ReportStyle::kDefanged) {
        whole_.defangs = true;
        if (!host.in_path && !placed.around.file) whole_.defanged.insert(host.value);
        if (placed.around.begins_item) whole_.defanged_items[number] = 1;
      }
      if (placed.around.harmless) whole_.harmless.insert(host.value);
      const uint32_t first = cells_[host.begin].begin;
      const uint32_t last = cells_[host.end - 1].end;
      placed.column = first + 1;
      placed.written =
          std::string(line.substr(first, std::min<size_t>(last - first, kLongestWritten)));
      if (host.value.size() > kLongestWritten) host.value.resize(kLongestWritten);
      placed.host = std::move(host);
      placed_.push_back(std::move(placed));
    }
  }

  void Keep(Placed placed, Report& report) const {
    const auto [certainty, left_out] = JudgeHost(placed, whole_);
    Host& host = placed.host;
    if (left_out != LeftOut::kNot) {
      report.left_out.push_back(
          {left_out, std::move(host.value), std::move(placed.written), placed.line, placed.column});
      return;
    }
    report.findings.push_back({host.kind, std::move(host.value), std::move(placed.written),
                               placed.line, placed.column, host.style, certainty,
                               host.public_suffix, host.forwards});
  }

  std::string_view text_;
  const PublicSuffixList& suffixes_;
  Section section_;
  Whole whole_;
  std::vector<Placed> placed_;
  Cells cells_;              // of the line that is read
  std::vector<Host> hosts_;  // in it
};

}  // namespace

Report ReadReport(std::string_view text, const PublicSuffixList& suffixes) {
  return Reader(text, suffixes).Read();
}

std::string_view KindName(ReportKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"name", "address", "prefix"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view StyleName(ReportStyle style) {
  constexpr std::array<std::string_view, 3> kNames = {"plain", "url", "defanged"};
  return kNames[static_cast<size_t>(style)];
}

std::string_view CertaintyName(Certainty certainty) {
  return certainty == Certainty::kIndicator ? "indicator" : "mention";
}

std::string_view LeftOutName(LeftOut reason) {
  constexpr std::array<std::string_view, kLeftOutReasons> kNames = {
      "",
      "reference link",
      "e-mail address",
      "user information of a URL",
      "file name",
      "path",
      "code",
      "template",
      "no top-level domain",
      "not a name",
      "reserved address",
  };
  return kNames[static_cast<size_t>(reason)];
}

}  // namespace tollgate::source
