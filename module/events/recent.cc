// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/recent.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "module/events/event_text.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::module {
namespace {

// Family and address in one text: a pseudonym is made of it when it is shown, not for each event.
std::string ClientKey(const Client& client) {
  std::string key(1, static_cast<char>(client.family));
  key.append(reinterpret_cast<const char*>(client.address.data()), client.address.size());
  return key;
}

Client ClientOf(std::string_view key) {
  Client client{};
  client.family = static_cast<uint8_t>(key[0]);
  for (size_t i = 0; i < client.address.size(); ++i) {
    client.address[i] = static_cast<uint8_t>(key[1 + i]);
  }
  return client;
}

}  // namespace

void Recent::Count(const Event& event, Time now) {
  ++latest_;
  if (now >= span_end_) {
    span_end_ = now + kSpan;
    for (RecentCounts* counts : {&names_, &clients_, &rules_, &campaigns_}) counts->BeginSpan();
  }
  const std::optional<dns::Name> qname = QnameOf(event);
  if (event.shadow || !qname) return;
  names_.Add(qname->Text());
  // Clients behind one prefix are one.
  if (event.client.family != 0) {
    clients_.Add(ClientKey(forms_.Address(event.client).value_or(event.client)));
  }
  const RuleView rule = event.rules->Rule(event.match.rule);
  const PolicyView policy = event.rules->Policy(rule.policy);
  rules_.Add(absl::StrCat(View(policy.id), std::string(1, '\0'), View(rule.id)));
  if (!policy.campaign.empty()) campaigns_.Add(policy.campaign);
}

void Recent::Keep(std::string line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '}')) line.pop_back();
  if (line.empty()) return;
  absl::StrAppend(&line, ",\"seq\":", latest_, "}");
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back({latest_, std::move(line)});
}

std::string Recent::Json(uint64_t after) const {
  std::string out = absl::StrCat("{\"latest\":", latest_, ",\"decisions\":[");
  std::string_view separator = "";
  for (const Kept& kept : kept_) {
    if (kept.number <= after) continue;
    absl::StrAppend(&out, View(separator), kept.line);
    separator = ",";
  }
  text::JsonWriter json;
  json.Open('{').Key("names").Open('[');
  for (const auto& [name, count] : names_.Top(kShown)) {
    json.Open('{').Key("name").String(name).Key("count").Number(count).Close('}');
  }
  json.Close(']').Key("clients").Open('[');
  for (const auto& [key, count] : clients_.Top(kShown)) {
    const std::string client = forms_.Text(ClientOf(key));
    if (client.empty()) continue;
    json.Open('{').Key("client").String(client).Key("count").Number(count).Close('}');
  }
  json.Close(']').Key("rules").Open('[');
  for (const auto& [key, count] : rules_.Top(kShown)) {
    const std::string_view ids = key;
    const size_t zero = ids.find('\0');
    json.Open('{').Key("policy").String(ids.substr(0, zero));
    json.Key("rule").String(ids.substr(zero + 1)).Key("count").Number(count).Close('}');
  }
  json.Close(']').Key("campaigns").Open('[');
  for (const auto& [campaign, count] : campaigns_.Top(kShown)) {
    json.Open('{').Key("campaign").String(campaign).Key("count").Number(count).Close('}');
  }
  json.Close(']').Close('}');
  std::string_view counts = json.TakeLine();
  counts.remove_prefix(1);  // the bracket
  counts.remove_suffix(1);  // the newline
  return absl::StrCat(out, "],", View(counts));
}

}  // namespace tollgate::module
