// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/dnstap_message.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "module/events/dnstap.pb-c.h"
#include "module/events/event_text.h"
#include "module/events/response_message.h"
#include "ruleset/version.h"

namespace tollgate::module {
namespace {

using policy::Action;

// The library reads what it is given, and takes it as not constant.
ProtobufCBinaryData Octets(std::string_view octets) {
  return {octets.size(), reinterpret_cast<uint8_t*>(const_cast<char*>(octets.data()))};
}

Tollgate__Dnstap__SocketProtocol ProtocolOf(Transport transport) {
  switch (transport) {
    case Transport::kTcp:
      return TOLLGATE__DNSTAP__SOCKET_PROTOCOL__TCP;
    case Transport::kTls:
      return TOLLGATE__DNSTAP__SOCKET_PROTOCOL__DOT;
    case Transport::kHttps:
      return TOLLGATE__DNSTAP__SOCKET_PROTOCOL__DOH;
    case Transport::kUdp:
      break;
  }
  return TOLLGATE__DNSTAP__SOCKET_PROTOCOL__UDP;
}

// dnstap has no word for REFUSED.
std::optional<Tollgate__Dnstap__Policy__Action> ActionOf(Action action) {
  switch (action) {
    case Action::kPass:
      return TOLLGATE__DNSTAP__POLICY__ACTION__PASS;
    case Action::kNxdomain:
      return TOLLGATE__DNSTAP__POLICY__ACTION__NXDOMAIN;
    case Action::kNodata:
      return TOLLGATE__DNSTAP__POLICY__ACTION__NODATA;
    case Action::kDrop:
      return TOLLGATE__DNSTAP__POLICY__ACTION__DROP;
    case Action::kSinkhole:
      return TOLLGATE__DNSTAP__POLICY__ACTION__LOCAL_DATA;
    case Action::kTruncate:
      return TOLLGATE__DNSTAP__POLICY__ACTION__TRUNCATE;
    case Action::kRefused:
      break;
  }
  return std::nullopt;
}

Tollgate__Dnstap__Policy__Match MatchOf(policy::Subject subject) {
  switch (subject) {
    case policy::Subject::kClient:
      return TOLLGATE__DNSTAP__POLICY__MATCH__CLIENT_IP;
    case policy::Subject::kAddress:
      return TOLLGATE__DNSTAP__POLICY__MATCH__RESPONSE_IP;
    case policy::Subject::kNameServer:
      return TOLLGATE__DNSTAP__POLICY__MATCH__NS_NAME;
    case policy::Subject::kNameServerAddress:
      return TOLLGATE__DNSTAP__POLICY__MATCH__NS_IP;
    case policy::Subject::kQname:
      break;
  }
  return TOLLGATE__DNSTAP__POLICY__MATCH__QNAME;
}

constexpr uint64_t kPerSecond = 1'000'000;  // microseconds

}  // namespace

std::string DnstapMessages::Message(const Event& event) const {
  const std::optional<dns::Name> qname = QnameOf(event);
  if (!qname) return "";
  const RuleView rule = event.rules->Rule(event.match.rule);
  const PolicyView policy_view = event.rules->Policy(rule.policy);

  Tollgate__Dnstap__Policy policy = TOLLGATE__DNSTAP__POLICY__INIT;
  std::string type = event.shadow ? "tollgate-shadow" : "tollgate";
  policy.type = type.data();
  const std::string rule_text =
      absl::StrCat(View(policy_view.id), "/", View(rule.id),
                   policy_view.campaign.empty() ? "" : "/", View(policy_view.campaign));
  policy.has_rule = true;
  policy.rule = Octets(rule_text);
  if (const auto action = ActionOf(event.rules->Answer(event.match.rule).action)) {
    policy.has_action = true;
    policy.action = *action;
  }
  // dnstap has no word for several things together.
  policy.has_match = !(event.match.late && event.match.subject == policy::Subject::kQname &&
                       event.match.stage == 0);
  policy.match = MatchOf(event.match.subject);
  const std::string indicator = Indicator(event, *qname);
  policy.has_value = !indicator.empty();
  policy.value = Octets(indicator);

  Tollgate__Dnstap__Message message = TOLLGATE__DNSTAP__MESSAGE__INIT;
  message.policy = &policy;
  message.has_socket_protocol = true;
  message.socket_protocol = ProtocolOf(event.client.transport);
  message.has_socket_family = event.client.family != 0;
  message.socket_family = event.client.family == 4 ? TOLLGATE__DNSTAP__SOCKET_FAMILY__INET
                                                   : TOLLGATE__DNSTAP__SOCKET_FAMILY__INET6;
  const std::optional<Client> client = forms_.Address(event.client);
  if (client) {
    message.has_query_address = true;
    message.query_address = Octets({reinterpret_cast<const char*>(client->address.data()),
                                    client->family == 4 ? size_t{4} : size_t{16}});
    message.has_query_port = forms_.tells_port();
    message.query_port = client->port;
  }
  message.has_query_time_sec = message.has_query_time_nsec = true;
  message.query_time_sec = event.microseconds / kPerSecond;
  message.query_time_nsec = static_cast<uint32_t>(event.microseconds % kPerSecond * 1000);

  const std::string response = event.shadow ? "" : ResponseMessage(event);
  const std::string query = response.empty() ? QueryMessage(event) : "";
  if (response.empty()) {
    // Dropped, or resolved by others: nobody here knows of a response.
    message.type = TOLLGATE__DNSTAP__MESSAGE__TYPE__CLIENT_QUERY;
    message.has_query_message = true;
    message.query_message = Octets(query);
  } else {
    message.type = TOLLGATE__DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE;
    message.has_response_time_sec = message.has_response_time_nsec = true;
    message.response_time_sec = message.query_time_sec;
    message.response_time_nsec = message.query_time_nsec;
    message.has_response_message = true;
    message.response_message = Octets(response);
  }

  Tollgate__Dnstap__Dnstap dnstap = TOLLGATE__DNSTAP__DNSTAP__INIT;
  dnstap.type = TOLLGATE__DNSTAP__DNSTAP__TYPE__MESSAGE;
  dnstap.message = &message;
  dnstap.has_identity = !identity_.empty();
  dnstap.identity = Octets(identity_);
  static constexpr std::string_view kVersion = "tollgate " TOLLGATE_VERSION;
  dnstap.has_version = true;
  dnstap.version = Octets(kVersion);

  std::string octets(tollgate__dnstap__dnstap__get_packed_size(&dnstap), '\0');
  tollgate__dnstap__dnstap__pack(&dnstap, reinterpret_cast<uint8_t*>(octets.data()));
  return octets;
}

}  // namespace tollgate::module
