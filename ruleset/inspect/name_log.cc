// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/name_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "ruleset/dns/name.h"
#include "ruleset/source/indicator.h"
#include "ruleset/text/lines.h"

namespace tollgate::inspect {
namespace {

constexpr size_t npos = std::string_view::npos;

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

LoggedName Query(std::string_view name) { return {LogLine::kQuery, name, 1}; }

// What stands behind the first `mark`; nothing where there is none.
std::optional<std::string_view> Behind(std::string_view line, std::string_view mark) {
  const size_t at = line.find(mark);
  if (at == npos) return std::nullopt;
  return line.substr(at + mark.size());
}

bool IsClass(std::string_view word) {
  return word == "IN" || word == "CH" || word == "HS" || word.starts_with("CLASS");
}

bool LooksLikeAddress(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789abcdefABCDEF.:") == npos &&
         word.find_first_of(".:") != npos;
}

// "192.0.2.7 www.example.com. A IN", and with log-replies the answer behind it; with
// log-tag-queryreply the word "query:" or "reply:" in the place of "info:".
std::optional<LoggedName> FromUnbound(std::string_view line) {
  std::optional<std::string_view> rest;
  for (std::string_view mark : {"] info: ", "] query: ", "] reply: "}) {
    if (!rest) rest = Behind(line, mark);
  }
  if (!rest) return std::nullopt;
  const std::string_view address = text::NextWord(*rest);
  const std::string_view name = text::NextWord(*rest);
  const std::string_view type = text::NextWord(*rest);
  if (LooksLikeAddress(address) && !type.empty() && IsClass(text::NextWord(*rest))) {
    return Query(name);
  }
  return LoggedName{LogLine::kOther};
}

std::optional<LoggedName> FromBind(std::string_view line) {
  std::optional<std::string_view> rest = Behind(line, "): query: ");
  if (!rest) rest = Behind(line, " query: ");  // without the name in brackets: BIND 9.8 and before
  if (!rest || line.find('#') == npos) return std::nullopt;
  const std::string_view name = text::NextWord(*rest);
  if (!IsClass(text::NextWord(*rest))) return std::nullopt;
  return Query(name);
}

std::optional<LoggedName> FromDnsmasq(std::string_view line) {
  if (std::optional<std::string_view> rest = Behind(line, " query[")) {
    text::NextWord(*rest);  // "A]"
    const std::string_view name = text::NextWord(*rest);
    if (text::NextWord(*rest) == "from") return Query(name);
  }
  return std::nullopt;
}

// Client queries alone: RQ, AQ and the others are what the resolver asks, and what others answer.
std::optional<LoggedName> FromDnstap(std::string_view line) {
  constexpr std::array<std::string_view, 12> kTypes = {"CQ", "CR", "RQ", "RR", "AQ", "AR",
                                                       "FQ", "FR", "SQ", "SR", "UQ", "UR"};
  std::string_view rest = line;
  std::string_view type;
  for (int words = 0; words < 3 && type.empty(); ++words) {
    const std::string_view word = text::NextWord(rest);
    if (std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end()) type = word;
  }
  if (type.empty()) return std::nullopt;
  if (type != "CQ") return LoggedName{LogLine::kOther};
  if (const size_t open = rest.find(" \""); open != npos) {
    const std::string_view name = rest.substr(open + 2);
    if (const size_t close = name.find("\" "); close != npos) return Query(name.substr(0, close));
  }
  std::string_view last;
  while (true) {
    const std::string_view word = text::NextWord(rest);
    if (word.empty()) break;
    last = word;
  }
  if (const size_t slash = last.find('/'); slash != npos && IsClass(last.substr(slash + 1, 2))) {
    return Query(last.substr(0, slash));
  }
  return std::nullopt;
}

std::optional<LoggedName> FromList(std::string_view line) {
  std::string_view rest = line;
  const std::string_view first = text::NextWord(rest);
  const std::string_view second = text::NextWord(rest);
  if (!text::NextWord(rest).empty()) return std::nullopt;
  if (second.empty()) {
    const size_t comma = first.find(',');
    if (comma == npos) return LoggedName{LogLine::kName, first, 1};
    // A rank says nothing of how often a name is asked for.
    if (Number(first.substr(0, comma)) && first.find(',', comma + 1) == npos) {
      return LoggedName{LogLine::kName, first.substr(comma + 1), 1};
    }
    return std::nullopt;
  }
  if (const auto count = Number(second)) return LoggedName{LogLine::kQuery, first, *count};
  if (const auto count = Number(first)) return LoggedName{LogLine::kQuery, second, *count};
  return std::nullopt;
}

bool IsOfADaemon(std::string_view line) {
  for (std::string_view daemon : {"dnsmasq[", "dnsmasq: ", "unbound[", "unbound: ", "named["}) {
    if (line.find(daemon) != npos) return true;
  }
  return false;
}

}  // namespace

LoggedName ReadLogLine(std::string_view line) {
  line = text::Stripped(line);
  if (const size_t hash = line.find('#'); hash == 0) return {};
  if (line.empty()) return {};
  // Most lines are short: what has no blank is no log line.
  if (line.find_first_of(" \t") != npos) {
    for (const auto& read : {FromUnbound, FromBind, FromDnsmasq, FromDnstap}) {
      if (const auto logged = read(line)) return *logged;
    }
    if (IsOfADaemon(line)) return {LogLine::kOther};
  }
  std::string_view plain = line;
  if (const size_t hash = plain.find(" #"); hash != npos) {
    plain = text::Stripped(plain.substr(0, hash));
  }
  if (const auto listed = FromList(plain)) return *listed;
  return {LogLine::kUnknown};
}

bool NameCounts::Add(std::string_view name, uint64_t queries) {
  std::array<uint8_t, dns::kMaxWireLength> wire;
  std::string stored;
  if (const std::string_view plain = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
      const size_t length = dns::WriteStored(plain, wire)) {
    stored.assign(reinterpret_cast<const char*>(wire.data()), length);
  } else {
    absl::StatusOr<dns::Name> parsed = dns::Name::FromText(name);
    if (!parsed.ok()) parsed = source::ParseIndicator(name);
    if (!parsed.ok()) return false;
    const std::span<const uint8_t> octets = parsed->Stored();
    stored.assign(reinterpret_cast<const char*>(octets.data()), octets.size());
  }
  const auto [known, is_new] = counts_.try_emplace(std::move(stored), 0);
  known->second += queries;
  if (is_new) names_.push_back(&*known);
  queries_ += queries;
  return true;
}

void NameCounts::AddText(std::string_view text) {
  text::ForEachLine(text, [&](std::string_view line, uint32_t) {
    ++line_count_;
    const LoggedName logged = ReadLogLine(line);
    const bool named = logged.line == LogLine::kName || logged.line == LogLine::kQuery;
    if (named && Add(logged.name, logged.queries)) {
      ++(logged.line == LogLine::kName ? lines_.names : lines_.queries);
    } else if (logged.line == LogLine::kOther) {
      ++lines_.other;
    } else if (logged.line != LogLine::kNothing) {
      if (lines_.unknown++ > 0) return;
      lines_.first_unknown = std::string(line.substr(0, 200));
      lines_.first_unknown_at = line_count_;
    }
  });
}

}  // namespace tollgate::inspect
