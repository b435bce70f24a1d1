// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/json_line.h"

#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "module/answer.h"
#include "module/events/event_text.h"
#include "ruleset/dns/type_text.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::module {
namespace {

constexpr std::array<std::string_view, 4> kTransports = {"udp", "tcp", "tls", "https"};
constexpr uint64_t kPerSecond = 1'000'000;

// Of the responses that rules make (IANA, "DNS RCODEs").
std::string_view RcodeText(uint16_t rcode) {
  switch (rcode) {
    case 0:
      return "NOERROR";
    case 3:
      return "NXDOMAIN";
    case 6:
      return "YXDOMAIN";
    default:
      return "REFUSED";
  }
}

std::string Hex(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

Suppressed Suppressed::operator-(const Suppressed& before) const {
  return {ring_full - before.ring_full, per_client - before.per_client,
          per_name - before.per_name,   per_second - before.per_second,
          sampling - before.sampling,   lost - before.lost};
}

// Most events share their second with the one before.
std::string JsonLines::Time(uint64_t microseconds) {
  const uint64_t second = microseconds / kPerSecond;
  if (second != second_) {
    second_text_ =
        absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(static_cast<int64_t>(second)),
                         absl::UTCTimeZone());
    second_ = second;
  }
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%06uZ",
                static_cast<unsigned>(microseconds % kPerSecond));
  return second_text_ + fraction;
}

std::string JsonLines::Decision(const Event& event) {
  const std::optional<dns::Name> qname = QnameOf(event);
  if (!qname) return "";
  const RuleView rule = event.rules->Rule(event.match.rule);
  const PolicyView policy = event.rules->Policy(rule.policy);
  const AnswerView answer = event.rules->Answer(event.match.rule);
  // What the client got because of the rule: of a rule in shadow mode nothing.
  gate_decision decision{};
  if (!event.shadow) WriteAnswer(answer, *qname, 0, event.qtype, decision);
  const bool answers = decision.verdict == GATE_ANSWER;

  text::JsonWriter json;
  json.Open('{');
  json.Key("type").String(event.shadow ? "shadow" : "decision");
  json.Key("time").String(Time(event.microseconds));
  json.Key("client").StringOrNull(forms_.Text(event.client));
  json.Key("port");
  forms_.tells_port() && event.client.family != 0 ? json.Number(event.client.port) : json.Null();
  json.Key("protocol").String(kTransports[static_cast<size_t>(event.client.transport) & 3]);
  json.Key("qname").String(SpelledText(event, *qname));
  json.Key("qtype").String(dns::TypeText(event.qtype));
  json.Key("action").String(policy::ActionName(answer.action));
  json.Key("mode").String(
      policy::ModeName(event.shadow ? policy::Mode::kShadow : policy::Mode::kEnforce));
  json.Key("rcode").StringOrNull(answers ? RcodeText(decision.rcode) : "");
  json.Key("ede").StringOrNull(answers && decision.has_ede ? policy::EdeName(answer.ede) : "");
  json.Key("policy").String(policy.id);
  json.Key("campaign").StringOrNull(policy.campaign);
  json.Key("rule").String(rule.id);
  json.Key("meaning").StringOrNull(rule.meaning);
  json.Key("report").StringOrNull(rule.report);
  json.Key("file").String(rule.file);
  json.Key("line").Number(event.match.line);
  json.Key("trigger").String(TriggerText(event.match));
  json.Key("indicator").StringOrNull(Indicator(event, *qname));
  json.Key("database").String(Hex(event.rules->checksum()));
  json.Close('}');
  return std::string(json.TakeLine());
}

std::string JsonLines::Summary(const Suppressed& suppressed, uint64_t since, uint64_t until) {
  text::JsonWriter json;
  json.Open('{').Key("type").String("suppressed");
  json.Key("time").String(Time(until));
  json.Key("since").String(Time(since));
  json.Key("ring_full").Number(suppressed.ring_full);
  json.Key("per_client").Number(suppressed.per_client);
  json.Key("per_name").Number(suppressed.per_name);
  json.Key("per_second").Number(suppressed.per_second);
  json.Key("sampling").Number(suppressed.sampling);
  json.Key("lost").Number(suppressed.lost);
  json.Close('}');
  return std::string(json.TakeLine());
}

}  // namespace tollgate::module
