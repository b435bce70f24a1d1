// SPDX-License-Identifier: BSD-3-Clause

#include "tests/support/feed_fixture.h"

#include "ruleset/dns/name.h"
#include "ruleset/source/feed.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::test {
namespace {

std::string AboutRule(const policy::Rule& rule) {
  std::string out(policy::ActionName(rule.answer.action));
  for (const policy::Record& record : rule.answer.records) {
    out += " " + source::RecordText(record.type, record.rdata);
  }
  if (!rule.qtypes.types.empty()) {
    out += rule.qtypes.except ? " types not " : " types ";
    for (size_t i = 0; i < rule.qtypes.types.size(); ++i) {
      out += (i == 0 ? "" : ",") + source::TypeText(rule.qtypes.types[i]);
    }
  }
  if (rule.tier != 0) out += " tier " + std::to_string(rule.tier);
  if (rule.mode == policy::Mode::kShadow) out += " shadow";
  if (rule.is_marker) out += " marker";
  if (rule.part_of != policy::kNotAPart) out += " part of " + std::to_string(rule.part_of);
  return out;
}

// What the rule's triggers are compared with, where that is not QNAME.
std::string_view About(policy::Subject subject) {
  constexpr std::string_view kSubjects[] = {"", "address ", "name server ", "name server address ",
                                            "client "};
  return kSubjects[static_cast<size_t>(subject)];
}

std::string Until(policy::Day day) {
  return day == policy::kNever ? "" : " until " + source::DayText(day);
}

}  // namespace

source::PolicyEntry ReadAlone::Entry() {
  source::PolicyEntry entry;
  entry.file = "feed.txt";
  entry.id = "feed";
  return entry;
}

ReadAlone::ReadAlone(source::Syntax syntax, std::string_view text,
                     const source::PolicyEntry& entry) {
  source::Feed feed(entry, entry.file, /*keep_all=*/true, model);
  source::ReadFeed(syntax, text, feed);
  report = feed.TakeReport();
}

std::string ReadAlone::Rules() const { return RulesOf(model); }

std::string RulesOf(const policy::RuleModel& model) {
  constexpr std::string_view kScopes[] = {"host ", "domain ", "below "};
  std::string out;
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    const policy::Rule& rule = model.rules[trigger.rule];
    out += About(rule.subject);
    out += kScopes[static_cast<size_t>(trigger.scope)];
    out += dns::Name::FromStored(model.NameOf(trigger))->Text() + " " + AboutRule(rule);
    out += Until(model.LastDay(trigger)) + " @" + std::to_string(trigger.line) + "\n";
  }
  for (const policy::PrefixTrigger& trigger : model.prefix_triggers) {
    const policy::Rule& rule = model.rules[trigger.rule];
    out += About(rule.subject);
    out += trigger.prefix.Text() + " " + AboutRule(rule) + Until(model.LastDay(trigger)) + " @" +
           std::to_string(trigger.line) + "\n";
  }
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    const policy::Rule& rule = model.rules[trigger.rule];
    out += "pattern /" + trigger.expression + (trigger.whole_name ? "/ on name" : "/ on domain");
    for (const dns::Name& exception : trigger.exceptions) out += " not " + exception.Text();
    out += " " + AboutRule(rule) + Until(rule.expires) + " @" + std::to_string(rule.line) + "\n";
  }
  return out;
}

std::string ReadAlone::Notes() const {
  constexpr std::string_view kFates[] = {"rejected ", "skipped ", "not yet "};
  std::string out;
  for (const source::LineNote& note : report.notes) {
    out += kFates[static_cast<size_t>(note.fate)];
    out += std::to_string(note.count) + ": " + note.reason + " @" +
           std::to_string(note.first.line) + " '" + note.first.text + "'\n";
  }
  return out;
}

}  // namespace tollgate::test
