// SPDX-License-Identifier: BSD-3-Clause
//
// An event as one line of JSON. docs/events.md lists the fields, docs/events.schema.json checks
// them.

#ifndef TOLLGATE_MODULE_EVENTS_JSON_LINE_H_
#define TOLLGATE_MODULE_EVENTS_JSON_LINE_H_

#include <cstdint>
#include <string>

#include "module/events/client_form.h"
#include "module/events/event.h"

namespace tollgate::module {

// Events that one output was not given, and why.
struct Suppressed {
  uint64_t ring_full = 0;   // the thread was too far ahead of the writer
  uint64_t per_client = 0;  // limits
  uint64_t per_name = 0;
  uint64_t per_second = 0;
  uint64_t sampling = 0;
  uint64_t lost = 0;  // the output did not take them

  bool operator==(const Suppressed&) const = default;
  Suppressed operator-(const Suppressed& before) const;
};

// Not for two threads at once.
class JsonLines {
 public:
  // `forms` outlives this.
  explicit JsonLines(const ClientForms& forms) : forms_(forms) {}

  // With its newline. Empty where `event` has no valid QNAME.
  std::string Decision(const Event& event);
  // What was left out between two times, in microseconds since 1970-01-01 UTC.
  std::string Summary(const Suppressed& suppressed, uint64_t since, uint64_t until);

  // RFC 3339 in UTC: "2026-01-31T23:59:59.000001Z".
  std::string Time(uint64_t microseconds);

 private:
  const ClientForms& forms_;
  uint64_t second_ = UINT64_MAX;  // the one whose text that is
  std::string second_text_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_JSON_LINE_H_
