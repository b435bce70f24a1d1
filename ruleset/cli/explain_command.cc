// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate explain

#include <bit>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/inspect/answer_text.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

using policy::Candidate;
using policy::Standing;

constexpr char kFooter[] = R"(Examples:
  tollgate explain tollgate.db usps.com-isjjz.top
  tollgate explain tollgate.db login.shop.example --type AAAA --client 192.0.2.7
  tollgate explain tollgate.db --date 2027-01-01 --json evil.example

Shows the whole reasoning: how the name comes apart, every rule of every policy that matches it in order of
precedence, which one decides and why the others do not, and the answer that the client would get. 'tollgate
query' says the same in one line, for many names.
)";

struct Arguments {
  std::string database;
  std::vector<std::string> names;
  std::string type = "A";
  EvidenceArguments evidence;
  std::string date;
  bool json = false;
};

// One name, explained.
struct Explanation {
  std::string input;
  dns::Name qname;
  dns::NameParts parts;
  std::vector<Candidate> candidates;
  std::optional<size_t> decision;  // index in candidates
  std::optional<size_t> shadow;
};

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kDecides:
      return "decides";
    case Standing::kWouldDecide:
      return "shadow";
    case Standing::kOutranked:
      return "outranked";
    case Standing::kExpired:
      return "expired";
    case Standing::kOtherType:
      return "other-type";
    case Standing::kExcepted:
      return "excepted";
    case Standing::kStopped:
      return "stopped";
    case Standing::kOtherClient:
      return "other-client";
    case Standing::kIncomplete:
      return "incomplete";
  }
  return "?";
}

class Explainer {
 public:
  Explainer(const RuleSet& rules, Scratch& scratch, uint16_t qtype, uint32_t today,
            std::string client, Evidence evidence)
      : rules_(rules),
        scratch_(scratch),
        qtype_(qtype),
        today_(today),
        client_(std::move(client)),
        evidence_(std::move(evidence)) {}

  Explanation Explain(const std::string& input, const dns::Name& qname) {
    Explanation e{
        input,
        qname,
        rules_.Parts(qname),
        rules_.Explain(qname, qtype_, today_, scratch_, {}, evidence_.asker(), evidence_.answer),
        {},
        {}};
    for (size_t i = 0; i < e.candidates.size(); ++i) {
      if (e.candidates[i].standing == Standing::kDecides) e.decision = i;
      if (e.candidates[i].standing == Standing::kWouldDecide) e.shadow = i;
    }
    return e;
  }

  std::string Text(const Explanation& e) const {
    const std::string qname = e.qname.Text();
    std::string out = absl::StrCat(Bold(qname), "  type ", source::TypeText(qtype_), ", on ",
                                   source::DayText(today_), "\n");
    if (e.input != qname) absl::StrAppend(&out, "  written as           ", e.input, "\n");
    absl::StrAppend(&out, "  public suffix        ", e.qname.Text(e.parts.public_suffix), "\n");
    absl::StrAppend(&out, "  registrable domain   ",
                    e.parts.registrable ? e.qname.Text(*e.parts.registrable)
                                        : "none: patterns are not asked about it",
                    "\n");
    if (!client_.empty()) {
      absl::StrAppend(&out, "  client               ", client_, "\n");
    }
    if (e.candidates.empty()) {
      out += "\nNo rule matches.\n";
    } else {
      absl::StrAppend(
          &out, "\n", Counted(e.candidates.size(), "rule"),
          e.candidates.size() == 1 ? " matches:\n" : " match, in order of precedence:\n");
    }
    for (size_t i = 0; i < e.candidates.size(); ++i) AppendCandidate(e, i, out);
    out += "\nThe client gets:\n";
    AppendAnswer(e, out);
    return out;
  }

  void WriteJson(const Explanation& e, text::JsonWriter& json) const {
    const std::string qname = e.qname.Text();
    json.Open('{').Key("qname").String(qname);
    if (e.input != qname) json.Key("input").String(e.input);
    json.Key("qtype").String(source::TypeText(qtype_));
    json.Key("date").String(source::DayText(today_));
    json.Key("client").StringOrNull(client_);
    json.Key("public_suffix").String(e.qname.Text(e.parts.public_suffix));
    json.Key("registrable_domain")
        .StringOrNull(e.parts.registrable ? e.qname.Text(*e.parts.registrable) : "");
    WriteIndex("decision", e.decision, json);
    WriteIndex("shadow", e.shadow, json);
    json.Key("candidates").Open('[');
    for (size_t i = 0; i < e.candidates.size(); ++i) WriteCandidate(e, i, json);
    json.Close(']');
    WriteAnswer(e, json);
    json.Close('}');
  }

 private:
  static std::string Bold(const std::string& text) {
    return OutputInColour() ? "\033[1m" + text + "\033[0m" : text;
  }

  // The colour of what a rule does to the query, where it does anything.
  std::string Coloured(const Explanation& e, size_t i, const std::string& text) const {
    if (!OutputInColour()) return text;
    const char* colour = "\033[2m";
    if (e.candidates[i].standing == Standing::kDecides) {
      const bool passes = rules_.Answer(e.candidates[i].match.rule).action == policy::Action::kPass;
      colour = passes ? "\033[1;32m" : "\033[1;31m";
    } else if (e.candidates[i].standing == Standing::kWouldDecide) {
      colour = "\033[33m";
    }
    return colour + text + "\033[0m";
  }

  std::string RuleName(const Candidate& candidate) const {
    const RuleView rule = rules_.Rule(candidate.match.rule);
    return std::string(rules_.Policy(rule.policy).id) + "/" + std::string(rule.id);
  }

  // "only for AAAA, HTTPS", "for every type but A"
  static std::string TypesText(const RuleView& rule) {
    std::string types;
    for (uint16_t type : inspect::QtypesOf(rule.qtypes)) {
      types += (types.empty() ? "" : ", ") + source::TypeText(type);
    }
    return (rule.except_qtypes ? "for every type but " : "only for type ") + types;
  }

  // The name that the candidate matched.
  const dns::Name& NameOf(const Explanation& e, const Candidate& candidate) const {
    if (candidate.match.subject == policy::Subject::kNameServer) {
      return evidence_.answer.name_servers[candidate.evidence];
    }
    return candidate.match.stage > 0 ? evidence_.answer.targets[candidate.evidence] : e.qname;
  }

  std::string Matched(const Explanation& e, const Candidate& candidate) const {
    const std::string what = MatchedWhat(e, candidate);
    if (candidate.kind == policy::TriggerKind::kParts) return what;
    switch (candidate.match.subject) {
      case policy::Subject::kQname:
        break;
      case policy::Subject::kAddress:
        return "an address in " + what;
      case policy::Subject::kNameServer:
        return "a name server: " + what;
      case policy::Subject::kNameServerAddress:
        return "a name server's address in " + what;
      case policy::Subject::kClient:
        return "the client, in " + what;
    }
    return candidate.match.stage > 0 ? "a CNAME's target: " + what : what;
  }

  std::string MatchedWhat(const Explanation& e, const Candidate& candidate) const {
    const std::string owner = NameOf(e, candidate).Text(candidate.match.owner_label);
    switch (candidate.kind) {
      case policy::TriggerKind::kHost:
        return owner + " alone";
      case policy::TriggerKind::kDomain:
        return owner + " and everything below it";
      case policy::TriggerKind::kBelow:
        return "everything below " + owner;
      case policy::TriggerKind::kPrefix:
        return candidate.prefix.Text();
      case policy::TriggerKind::kParts:
        return absl::StrCat(std::popcount(candidate.parts), " of its ",
                            rules_.Rule(candidate.match.rule).parts, " parts");
      case policy::TriggerKind::kPattern:
        break;
    }
    return "the pattern " + std::string(rules_.Rule(candidate.match.rule).pattern) + " on " + owner;
  }

  std::string Because(const Explanation& e, size_t i) const {
    const Candidate& candidate = e.candidates[i];
    const RuleView rule = rules_.Rule(candidate.match.rule);
    switch (candidate.standing) {
      case Standing::kDecides:
        return "decides";
      case Standing::kWouldDecide:
        return "would decide, but is in shadow mode";
      case Standing::kOutranked:
        // A rule in shadow mode stands back behind others of its kind, too.
        if (e.decision && *e.decision < i) {
          return absl::StrCat("not asked any more: number ", *e.decision + 1, ", ",
                              RuleName(e.candidates[*e.decision]), ", decides");
        }
        return absl::StrCat("in shadow mode, and number ", *e.shadow + 1, ", ",
                            RuleName(e.candidates[*e.shadow]), ", would decide before it");
      case Standing::kExpired:
        return "expired: its last day was " + source::DayText(candidate.match.expires);
      case Standing::kOtherType:
        return "does not apply: it holds " + TypesText(rule);
      case Standing::kExcepted:
        return "excepted by " + NameOf(e, candidate).Text(candidate.because_label);
      case Standing::kStopped:
        return "stopped: its zone has " + NameOf(e, candidate).Text(candidate.because_label) +
               " between";
      case Standing::kOtherClient:
        return "does not apply: its policy is for other clients";
      case Standing::kIncomplete:
        return "does not apply: not all of its parts match";
    }
    return "";
  }

  void AppendCandidate(const Explanation& e, size_t i, std::string& out) const {
    const Candidate& candidate = e.candidates[i];
    const RuleView rule = rules_.Rule(candidate.match.rule);
    const AnswerView answer = rules_.Answer(candidate.match.rule);
    const std::string number = absl::StrCat(i + 1, ". ");
    out += std::string(number.size() < 4 ? 4 - number.size() : 0, ' ') + number;
    absl::StrAppend(&out, Coloured(e, i, Because(e, i)), "\n");
    absl::StrAppend(&out, "      rule      ", RuleName(candidate), ", action ",
                    std::string(policy::ActionName(answer.action)),
                    candidate.shadow ? ", in shadow mode" : "", "\n");
    absl::StrAppend(&out, "      matches   ", Matched(e, candidate), "\n");
    if (!rule.meaning.empty()) {
      absl::StrAppend(&out, "      meaning   ", std::string(rule.meaning), "\n");
    }
    absl::StrAppend(&out, "      from      ", std::string(rule.file), ":", candidate.match.line);
    if (!rule.report.empty()) absl::StrAppend(&out, ", report ", std::string(rule.report));
    const std::string last_day = source::DayText(candidate.match.expires);
    absl::StrAppend(&out, "\n      last day  ", last_day.empty() ? "never expires" : last_day,
                    "\n");
  }

  inspect::AnswerText AnswerOf(const Explanation& e) const {
    if (!e.decision) return {};
    const policy::Match& match = e.candidates[*e.decision].match;
    // Labels are QNAME's where it was QNAME that matched.
    const bool by_qname = match.subject == policy::Subject::kQname && match.stage == 0;
    return inspect::DescribeAnswer(rules_.Answer(match.rule), e.qname,
                                   by_qname ? match.owner_label : 0, qtype_);
  }

  void AppendAnswer(const Explanation& e, std::string& out) const {
    const inspect::AnswerText text = AnswerOf(e);
    switch (text.outcome) {
      case inspect::Outcome::kResolve:
        out += "  the real answer: the name is resolved\n";
        return;
      case inspect::Outcome::kDrop:
        out += "  nothing: the query is dropped, and the client waits in vain\n";
        return;
      case inspect::Outcome::kTruncate:
        out += "  over UDP an empty answer with TC, over TCP the real one\n";
        return;
      case inspect::Outcome::kAnswer:
        break;
    }
    out += "  ;; status: " + text.status + ", flags:";
    for (const std::string& flag : text.flags) out += " " + flag;
    out += "\n";
    if (text.has_ede) {
      absl::StrAppend(&out, "  ;; EDE: ", text.ede_code, " (", text.ede_name, "): (", text.ede_text,
                      ")\n");
    }
    auto section = [&](const char* name, const std::vector<std::string>& records) {
      if (records.empty()) return;
      absl::StrAppend(&out, "  ;; ", name, " SECTION:\n");
      for (const std::string& record : records) absl::StrAppend(&out, "  ", record, "\n");
    };
    section("ANSWER", text.answer);
    section("AUTHORITY", text.authority);
  }

  static void WriteIndex(std::string_view key, std::optional<size_t> index,
                         text::JsonWriter& json) {
    json.Key(key);
    index ? json.Number(*index) : json.Null();
  }

  void WriteCandidate(const Explanation& e, size_t i, text::JsonWriter& json) const {
    const Candidate& candidate = e.candidates[i];
    const RuleView rule = rules_.Rule(candidate.match.rule);
    const PolicyView policy = rules_.Policy(rule.policy);
    const AnswerView answer = rules_.Answer(candidate.match.rule);
    json.Open('{').Key("policy").String(policy.id);
    json.Key("campaign").StringOrNull(policy.campaign).Key("rule").String(rule.id);
    json.Key("action").String(policy::ActionName(answer.action));
    json.Key("mode").String(policy::ModeName(rule.mode));
    json.Key("about").String(inspect::SubjectName(candidate.match.subject));
    json.Key("kind").String(inspect::KindName(candidate.kind));
    json.Key("matched");
    if (candidate.kind == policy::TriggerKind::kParts) {
      json.Null();
    } else if (candidate.kind == policy::TriggerKind::kPrefix) {
      json.String(candidate.prefix.Text());
    } else {
      json.String(NameOf(e, candidate).Text(candidate.match.owner_label));
    }
    json.Key("pattern").StringOrNull(rule.pattern).Key("meaning").StringOrNull(rule.meaning);
    json.Key("report").StringOrNull(rule.report);
    json.Key("file").String(rule.file).Key("line").Number(candidate.match.line);
    json.Key("expires").StringOrNull(source::DayText(candidate.match.expires));
    json.Key("ttl").Number(answer.ttl).Key("ede").String(policy::EdeName(answer.ede));
    json.Key("qtypes");
    if (rule.qtypes.empty()) {
      json.Null();
    } else {
      json.Open('{').Key(rule.except_qtypes ? "except" : "only").Open('[');
      for (uint16_t type : inspect::QtypesOf(rule.qtypes)) json.String(source::TypeText(type));
      json.Close(']').Close('}');
    }
    json.Key("standing").String(StandingName(candidate.standing));
    json.Key("because").String(Because(e, i)).Close('}');
  }

  void WriteAnswer(const Explanation& e, text::JsonWriter& json) const {
    const inspect::AnswerText text = AnswerOf(e);
    constexpr std::string_view kOutcomes[] = {"resolve", "answer", "drop", "truncate"};
    json.Key("outcome").String(kOutcomes[static_cast<size_t>(text.outcome)]).Key("answer");
    if (text.outcome != inspect::Outcome::kAnswer) {
      json.Null();
      return;
    }
    auto list = [&](std::string_view key, const std::vector<std::string>& items) {
      json.Key(key).Open('[');
      for (const std::string& item : items) json.String(item);
      json.Close(']');
    };
    json.Open('{').Key("status").String(text.status);
    list("flags", text.flags);
    list("answer", text.answer);
    list("authority", text.authority);
    json.Key("ede");
    if (text.has_ede) {
      json.Open('{').Key("code").Number(text.ede_code).Key("name").String(text.ede_name);
      json.Key("text").String(text.ede_text).Close('}');
    } else {
      json.Null();
    }
    json.Close('}');
  }

  const RuleSet& rules_;
  Scratch& scratch_;
  uint16_t qtype_;
  uint32_t today_;
  std::string client_;
  Evidence evidence_;
};

int RunExplain(const Arguments& arguments) {
  const std::optional<uint16_t> qtype = ParseQtype(arguments.type);
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!qtype || !today) return kWrongUsage;
  std::optional<Evidence> evidence = ParseEvidence(arguments.evidence);
  if (!evidence) return kWrongUsage;
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(arguments.database);
  absl::StatusOr<Scratch> scratch =
      rules.ok() ? (*rules)->NewScratch() : absl::StatusOr<Scratch>(rules.status());
  if (!scratch.ok()) {
    PrintError(scratch.status());
    return kProblems;
  }
  if (!FindTags(**rules, *evidence)) return kProblems;
  Explainer explainer(**rules, *scratch, *qtype, *today, arguments.evidence.client,
                      *std::move(evidence));
  bool good = true;
  bool first = true;
  text::JsonWriter json;
  for (const std::string& input : arguments.names) {
    absl::StatusOr<dns::Name> qname = ParseQname(input);
    if (!qname.ok()) {
      PrintError(absl::StrCat("'", input, "' is not a name: ", qname.status().message()));
      good = false;
      continue;
    }
    const Explanation explanation = explainer.Explain(input, *qname);
    if (arguments.json) {
      explainer.WriteJson(explanation, json);
      good = Print(json.TakeLine()) && good;
    } else {
      good = Print((first ? "" : "\n") + explainer.Text(explanation)) && good;
    }
    first = false;
  }
  return good ? kDone : kProblems;
}

}  // namespace

void AddExplain(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("explain", "Show every rule that matches a name, and which one decides");
  command->add_option("DATABASE", arguments->database, "database that 'tollgate compile' wrote")
      ->required();
  command->add_option("NAME", arguments->names, "name, defanged or not")->required();
  command->add_option("--type", arguments->type, "record type asked for")->capture_default_str();
  AddEvidenceOptions(*command, &arguments->evidence);
  command->add_option("--date", arguments->date, "ask as if on this day (YYYY-MM-DD)");
  command->add_flag("--json", arguments->json, "one JSON object a line");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunExplain(*arguments); }; });
}

}  // namespace tollgate::cli
