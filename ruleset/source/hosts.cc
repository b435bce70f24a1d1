// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "ruleset/source/name_table.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

constexpr absl::string_view kLocal = "a name of the machine itself or of its network";

// What hosts files map beside what they block, as far as it has a dot.
constexpr std::array<std::string_view, 4> kLocalNames = {
    "localhost.localdomain", "localhost4.localdomain4", "localhost6.localdomain6", "0.0.0.0"};

// Names without a dot are the machine's and its network's own: localhost, broadcasthost,
// ip6-allnodes, a printer.
bool IsLocal(std::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  if (name.find('.') == std::string_view::npos) {
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
             (c >= 'A' && c <= 'Z');
    });
  }
  if (name.front() != '0' && (name.front() | 0x20) != 'l') return false;
  return std::any_of(kLocalNames.begin(), kLocalNames.end(), [&](std::string_view local) {
    return absl::EqualsIgnoreCase({name.data(), name.size()}, {local.data(), local.size()});
  });
}

// Reads one hosts file.
class HostsReader {
 public:
  explicit HostsReader(Feed& feed)
      : feed_(feed),
        scope_(feed.entry().scope.value_or(policy::NameScope::kHost)),
        blocked_(feed.Rule({.id = "hosts"})) {}

  void TakeLine(std::string_view line, uint32_t number) {
    const std::string_view whole = line;
    line = line.substr(0, line.find('#'));
    const std::string_view address = text::NextWord(line);
    if (address.empty()) return;
    const HostsAddress meaning = ClassifyHostsAddress(address);
    if (meaning == HostsAddress::kNone) {
      return feed_.Reject(number, "no address at the beginning of the line", whole);
    }
    std::string_view name = text::NextWord(line);
    if (name.empty()) return feed_.Reject(number, "an address without a name", whole);
    for (; !name.empty(); name = text::NextWord(line)) {
      if (IsLocal(name)) {
        feed_.Skip(number, kLocal, name);
      } else if (meaning == HostsAddress::kSinkhole) {
        feed_.AddIndicator(name, blocked_, policy::NameScope::kHost, number);
      } else {
        Map(name, address, number);
      }
    }
  }

  void AddMapped() {
    for (uint32_t i = 0; i < mapped_.size(); ++i) {
      const NameTable::Entry& entry = mapped_[i];
      const uint32_t rule = rules_.Get(feed_, mapped_, entry, 0, [&] {
        AnswerKeys answer;
        answer.action = policy::Action::kSinkhole;
        answer.sinkhole = mapped_.RecordsOf(entry);
        return FeedRule{.id = "mapped", .answer = std::move(answer)};
      });
      feed_.AddName(*dns::Name::FromStored(mapped_.NameOf(entry)), rule, scope_, entry.line);
    }
  }

 private:
  // The name may get an address of the other family on another line.
  void Map(std::string_view name, std::string_view address, uint32_t line) {
    if (absl::Status status = ParseStored(name, stored_); !status.ok()) {
      return feed_.Reject(line, status.message(), name);
    }
    const std::span<const uint8_t> octets{reinterpret_cast<const uint8_t*>(stored_.data()),
                                          stored_.size()};
    const uint32_t index = mapped_.FindOrAdd(octets, scope_, line, 0);
    mapped_.AddRecord(index, *mapped_.NumberOfAddress(address.substr(0, address.find('%'))));
  }

  Feed& feed_;
  policy::NameScope scope_;
  uint32_t blocked_;
  NameTable mapped_;
  RuleCache rules_;
  std::string stored_;
};

}  // namespace

HostsAddress ClassifyHostsAddress(std::string_view word) {
  if (word == "0.0.0.0" || word == "127.0.0.1") return HostsAddress::kSinkhole;
  // A scope ("fe80::1%lo0") is a matter of this machine.
  word = word.substr(0, word.find('%'));
  if (word.size() >= INET6_ADDRSTRLEN) return HostsAddress::kNone;
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::copy(word.begin(), word.end(), text.begin());
  std::array<uint8_t, 16> address{};
  if (inet_pton(AF_INET, text.data(), address.data()) == 1) {
    const bool is_null = std::all_of(&address[0], &address[4], [](uint8_t o) { return o == 0; });
    return is_null || address[0] == 127 ? HostsAddress::kSinkhole : HostsAddress::kReal;
  }
  if (inet_pton(AF_INET6, text.data(), address.data()) != 1) return HostsAddress::kNone;
  const bool is_low = std::all_of(&address[0], &address[15], [](uint8_t o) { return o == 0; });
  return is_low && address[15] <= 1 ? HostsAddress::kSinkhole : HostsAddress::kReal;
}

void ReadHosts(std::string_view text, Feed& feed) {
  HostsReader reader(feed);
  text::ForEachLine(text,
                    [&](std::string_view line, uint32_t number) { reader.TakeLine(line, number); });
  reader.AddMapped();
}

}  // namespace tollgate::source
