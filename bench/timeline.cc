// SPDX-License-Identifier: BSD-3-Clause

#include "bench/timeline.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "absl/strings/str_cat.h"
#include "ruleset/match/suffix_walk.h"
#include "ruleset/source/indicator.h"

namespace tollgate::bench {
namespace {

// Cuts `text` at the first `separator`; what follows it stays in `text`.
std::string_view TakeField(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return field;
}

void AddRow(std::string_view line, const source::PublicSuffixList& suffixes, Timeline& timeline) {
  const std::string_view text = TakeField(line, '\t');
  if (timeline.rows == 0 && text == "domain") return;  // the heading
  ++timeline.rows;
  const absl::StatusOr<policy::Day> day = source::ParseDay(TakeField(line, '\t'));
  const absl::StatusOr<dns::Name> name = source::ParseIndicator(text);
  const std::string domain = name.ok() ? RegistrableDomain(*name, suffixes) : "";
  if (!day.ok() || domain.empty()) {
    ++timeline.skipped;
    return;
  }
  Root& root = timeline.roots[domain];
  root.first_seen = root.names.empty() ? *day : std::min(root.first_seen, *day);
  root.names.push_back(*name);
  while (!line.empty()) root.families.emplace(TakeField(line, ','));
}

}  // namespace

std::string RegistrableDomain(const dns::Name& name, const source::PublicSuffixList& suffixes) {
  match::SuffixWalk walk(name.label_count());
  for (size_t label = 0; label < name.label_count(); ++label) {
    const std::span<const uint8_t> suffix = name.Suffix(label);
    const auto rule = suffixes.rules().find(
        std::string(reinterpret_cast<const char*>(suffix.data()), suffix.size() - 1));
    if (rule != suffixes.rules().end()) walk.Add(label, rule->second);
  }
  return walk.has_registrable() ? name.Text(walk.registrable()) : "";
}

absl::Status ForEachLine(const std::string& path,
                         const std::function<void(std::string_view)>& take) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::array<char, 1 << 16> buffer;
  std::string pending;
  int length;
  while ((length = gzread(file.get(), buffer.data(), buffer.size())) > 0) {
    pending.append(buffer.data(), static_cast<size_t>(length));
    size_t begin = 0;
    for (size_t end; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1) {
      std::string_view line(pending.data() + begin, end - begin);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      take(line);
    }
    pending.erase(0, begin);
  }
  int error = Z_OK;
  const char* reason = gzerror(file.get(), &error);
  // A file that ends inside its compressed data is Z_BUF_ERROR, and no error from gzread.
  if (length < 0 || error != Z_OK) {
    return absl::DataLossError(
        absl::StrCat("cannot read ", path, ": ", error == Z_ERRNO ? std::strerror(errno) : reason));
  }
  if (!pending.empty()) take(pending);
  return absl::OkStatus();
}

absl::StatusOr<Timeline> ReadTimeline(const std::string& path,
                                      const source::PublicSuffixList& suffixes) {
  Timeline timeline;
  absl::Status status =
      ForEachLine(path, [&](std::string_view line) { AddRow(line, suffixes, timeline); });
  if (!status.ok()) return status;
  if (timeline.roots.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " holds no rows; a row is NAME, DAY and FAMILY with tabs between them"));
  }
  return timeline;
}

}  // namespace tollgate::bench
