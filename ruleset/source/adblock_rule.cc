// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/adblock_rule.h"

#include <algorithm>
#include <array>

#include "absl/status/statusor.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::source {
namespace {

constexpr std::optional<LeftOut> kTaken = std::nullopt;

LeftOut Rejected(absl::string_view reason) { return {LineFate::kRejected, reason}; }
LeftOut Skipped(absl::string_view reason) { return {LineFate::kSkipped, reason}; }

// A text, "/" and "/": modifiers stand behind it or nowhere.
bool IsRegexAlone(std::string_view text) {
  return text.size() > 1 && text.front() == '/' && text.back() == '/';
}

// Where the '$' stands that begins the modifiers: the last one that has no backslash before it and
// something behind it.
size_t FindModifiers(std::string_view text) {
  for (size_t at = text.size(); at-- > 0;) {
    if (text[at] == '$' && at + 1 < text.size() && (at == 0 || text[at - 1] != '\\')) return at;
  }
  return std::string_view::npos;
}

// The parts of `text` between separators that no backslash escapes. Empty parts are left out, and
// the backslashes before separators.
std::vector<std::string> SplitEscaped(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == separator) {
      parts.back() += text[++at];
    } else if (text[at] != separator) {
      parts.back() += text[at];
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

std::optional<LeftOut> ReadDnstype(std::string_view value, policy::QtypeSet& qtypes) {
  std::vector<uint16_t> taken;
  std::vector<uint16_t> excluded;
  for (std::string_view rest = value;;) {
    const size_t end = rest.find('|');
    std::string_view name = rest.substr(0, end);
    const bool excludes = name.starts_with('~');
    if (excludes) name.remove_prefix(1);
    const absl::StatusOr<uint16_t> type = ParseType(name);
    if (!type.ok()) return Rejected("a $dnstype that is no record type");
    (excludes ? excluded : taken).push_back(*type);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  // "Do not combine exclusion rules with inclusion ones": where people do, the excluded types are
  // taken out of the others.
  std::erase_if(taken, [&](uint16_t type) {
    return std::find(excluded.begin(), excluded.end(), type) != excluded.end();
  });
  qtypes.except = taken.empty();
  qtypes.types = std::move(taken.empty() ? excluded : taken);
  std::sort(qtypes.types.begin(), qtypes.types.end());
  qtypes.types.erase(std::unique(qtypes.types.begin(), qtypes.types.end()), qtypes.types.end());
  return kTaken;
}

std::optional<LeftOut> ReadDenyallow(std::string_view value, std::vector<dns::Name>& names) {
  names.clear();
  for (const std::string& text : SplitEscaped(value, '|')) {
    absl::StatusOr<dns::Name> name = ParseIndicator(text);
    if (!name.ok() || name->label_count() == 0) break;
    names.push_back(*name);
  }
  const auto separators = static_cast<size_t>(std::count(value.begin(), value.end(), '|'));
  if (names.size() != separators + 1) return Rejected("a $denyallow that is no list of names");
  return kTaken;
}

std::optional<LeftOut> ReadModifier(const std::string& modifier, AdblockRule& rule) {
  const size_t equals = modifier.find('=');
  const std::string name = modifier.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : modifier.substr(equals + 1);
  if (name == "important") {
    rule.important = true;
  } else if (name == "badfilter") {
    rule.badfilter = true;
  } else if (name == "client" || name == "ctag") {
    rule.for_some_clients = true;
  } else if (name == "dnstype") {
    return ReadDnstype(value, rule.qtypes);
  } else if (name == "denyallow") {
    return ReadDenyallow(value, rule.denyallow);
  } else if (name == "dnsrewrite") {
    rule.rewrite = value;
  } else {
    // AdGuard: "If a rule contains a modifier not listed in this document, the whole rule must be
    // ignored." Such rules are for browsers.
    return Skipped("a rule with a modifier that is not for DNS");
  }
  return kTaken;
}

}  // namespace

bool IsCosmetic(std::string_view line) {
  // https://adguard.com/kb/general/ad-filtering/create-own-filters/#cosmetic-rules
  constexpr std::array<std::string_view, 10> kMarkers = {"##",   "#@#",  "#?#",   "#@?#", "#$#",
                                                         "#@$#", "#$?#", "#@$?#", "#%#",  "#@%#"};
  constexpr std::array<std::string_view, 4> kHtmlMarkers = {"$$", "$@$", "%%", "%@%"};
  auto begins_one = [&](size_t at, const auto& markers) {
    // What follows a blank is a comment: "0.0.0.0 ads.example ## phishing".
    if (at == std::string_view::npos || (at > 0 && line[at - 1] == ' ')) return false;
    return std::any_of(markers.begin(), markers.end(), [&](std::string_view marker) {
      return line.substr(at).starts_with(marker);
    });
  };
  return begins_one(line.find('#'), kMarkers) || begins_one(line.find('$'), kHtmlMarkers) ||
         begins_one(line.find('%'), kHtmlMarkers);
}

std::optional<LeftOut> ParseAdblockRule(std::string_view text, AdblockRule& rule) {
  rule = {};
  rule.exception = text.starts_with("@@");
  if (rule.exception) text.remove_prefix(2);
  const size_t dollar = IsRegexAlone(text) ? std::string_view::npos : FindModifiers(text);
  rule.pattern = text.substr(0, dollar);
  if (dollar == std::string_view::npos) return kTaken;
  std::vector<std::string> modifiers = SplitEscaped(text.substr(dollar + 1), ',');
  for (const std::string& modifier : modifiers) {
    if (std::optional<LeftOut> fault = ReadModifier(modifier, rule)) return fault;
  }
  std::erase(modifiers, "badfilter");
  std::sort(modifiers.begin(), modifiers.end());
  for (const std::string& modifier : modifiers) rule.modifiers += modifier + ',';
  return kTaken;
}

std::string BadfilterKey(const AdblockRule& rule) {
  std::string key = rule.exception ? "@@" : "";
  key += rule.pattern;
  key += '\n';  // is in no line
  return key + rule.modifiers;
}

}  // namespace tollgate::source
