// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/ctl_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tollgate::cli {
namespace {

std::string Text(text::JsonValue object, std::string_view key) {
  return std::string(object[key].Text());
}

std::string OutcomeText(const std::string& outcome) {
  return outcome == "paused" ? "paused: the real answer, whatever the rules say" : outcome;
}

void AppendRule(text::JsonValue rule, std::string& out) {
  const std::string mode = rule["shadow"].IsTrue() ? " (shadow)" : "";
  absl::StrAppendFormat(&out, "  %-14s %s%s by %s/%s", Text(rule, "standing"), Text(rule, "action"),
                        mode, Text(rule, "policy"), Text(rule, "rule"));
  if (const std::string file = Text(rule, "file"); !file.empty())
    absl::StrAppend(&out, ", ", file, ":", Text(rule, "line"));
  out += '\n';
  for (const char* key : {"campaign", "indicator", "meaning", "report"}) {
    if (const std::string value = Text(rule, key); !value.empty())
      absl::StrAppendFormat(&out, "  %-14s %s: %s\n", "", key, value);
  }
}

}  // namespace

std::string ExplanationText(text::JsonValue answer) {
  const std::string client = Text(answer, "client");
  std::string out = absl::StrCat(Text(answer, "name"), ", type ", Text(answer, "type"),
                                 client.empty() ? "" : ", for " + client, ": ",
                                 OutcomeText(Text(answer, "outcome")), "\n");
  bool any = false;
  for (const text::JsonValue rule : answer["rules"]) {
    if (!any) out += "\nRules that match, in order of precedence:\n";
    any = true;
    AppendRule(rule, out);
  }
  if (!any) out += "No rule matches.\n";
  return out;
}

}  // namespace tollgate::cli
