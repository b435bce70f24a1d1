// SPDX-License-Identifier: BSD-3-Clause
//
// What several forms of an event have in common.

#ifndef TOLLGATE_MODULE_EVENTS_EVENT_TEXT_H_
#define TOLLGATE_MODULE_EVENTS_EVENT_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"
#include "module/events/event.h"
#include "ruleset/dns/name.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

inline absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// QNAME in lower case; nothing where the event's octets are no name.
inline std::optional<dns::Name> QnameOf(const Event& event) {
  return dns::Name::FromWire({event.qname.data(), std::min<size_t>(event.qname_length, 255)});
}

// QNAME as text in the client's own spelling, escaped as `name`'s text is; `name` is QnameOf.
inline std::string SpelledText(const Event& event, const dns::Name& name) {
  std::string text = name.Text();
  size_t at = 0;
  for (size_t label = 0; label < name.label_count(); ++label) {
    const uint8_t* octets = event.qname.data() + name.SuffixOffset(label);
    for (size_t i = 1; i <= octets[0]; ++i) {
      if (text[at] == '\\') {
        at += text[at + 1] >= '0' && text[at + 1] <= '9' ? 4 : 2;  // \DDD or \X
      } else {
        text[at++] = static_cast<char>(octets[i]);
      }
    }
    ++at;  // the dot
  }
  return text;
}

// Whether the rule matched QNAME itself.
inline bool IsAboutQname(const policy::Match& match) {
  return match.subject == policy::Subject::kQname && !match.late;
}

// What the rule was compared with; "evidence" stands for several things together.
inline std::string_view TriggerText(const policy::Match& match) {
  switch (match.subject) {
    case policy::Subject::kAddress:
      return "address";
    case policy::Subject::kNameServer:
      return "name_server";
    case policy::Subject::kNameServerAddress:
      return "name_server_address";
    case policy::Subject::kClient:
      return "client";
    case policy::Subject::kQname:
      break;
  }
  if (!match.late) return "qname";
  return match.stage > 0 ? "cname_target" : "evidence";
}

// What of the rule matched: the owner name that is listed, or the pattern as its author wrote it.
// Empty where that was not QNAME: file and line say where it stands.
inline std::string Indicator(const Event& event, const dns::Name& qname) {
  if (!IsAboutQname(event.match)) return "";
  const RuleView rule = event.rules->Rule(event.match.rule);
  if (!rule.pattern.empty()) return std::string(rule.pattern);
  return qname.Text(std::min<size_t>(event.match.owner_label, qname.label_count()));
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_EVENT_TEXT_H_
