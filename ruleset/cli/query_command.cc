// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate query

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate query tollgate.db usps.com-isjjz.top 'hxxps[:]//irs.gov-tax[.]cfd/pay'
  tollgate query tollgate.db --json - < names.txt
  tollgate query tollgate.db --client 192.0.2.7 --address 198.51.100.9 shop.example

Prints a line for each name, in the order given: name, action, policy, rule, file:line, last day, with tabs
between them and '-' for what there is not. The action is 'none' where no rule matches: the resolver
resolves. It runs the very code that the resolver runs.
)";

struct Arguments {
  std::string database;
  std::vector<std::string> names;
  std::string type = "A";
  std::string date;
  EvidenceArguments evidence;
  bool json = false;
};

// Answers one name after the other.
class Session {
 public:
  Session(const RuleSet& rules, Scratch& scratch, uint16_t qtype, uint32_t today, Evidence evidence,
          bool json)
      : rules_(rules),
        scratch_(scratch),
        evidence_(std::move(evidence)),
        qtype_(qtype),
        type_text_(source::TypeText(qtype)),
        today_(today),
        as_json_(json) {}

  // Appends the line for `text` to the output.
  void Ask(std::string_view text) {
    absl::StatusOr<dns::Name> name = ParseQname(text);
    if (!name.ok()) {
      ReportFault(text, name.status());
      return;
    }
    const policy::Verdict verdict = Judge(*name);
    as_json_ ? WriteJson(text, *name, verdict) : WriteText(*name, verdict);
  }

  // Whether everything that was asked for was a name.
  bool good() const { return good_; }

  bool Flush() {
    const bool printed = Print(output_);
    output_.clear();
    return printed;
  }
  size_t pending() const { return output_.size(); }

 private:
  policy::Verdict Judge(const dns::Name& name) {
    if (!evidence_.has_answer()) {
      return rules_.Match(name, qtype_, today_, scratch_, {}, evidence_.asker());
    }
    const policy::AnswerEvidence& answer = evidence_.answer;
    rules_.BeginAnswer(name, qtype_, today_, scratch_, {}, evidence_.asker());
    for (const dns::Name& target : answer.targets) rules_.AddTarget(target, scratch_);
    for (const dns::Prefix& address : answer.addresses) {
      rules_.AddAddress({address.address.data(), address.octets()}, scratch_);
    }
    for (const dns::Name& server : answer.name_servers) rules_.AddNameServer(server, scratch_);
    for (const dns::Prefix& address : answer.name_server_addresses) {
      rules_.AddNameServerAddress({address.address.data(), address.octets()}, scratch_);
    }
    return rules_.AnswerVerdict(scratch_);
  }

  void ReportFault(std::string_view text, const absl::Status& status) {
    good_ = false;
    if (as_json_) {
      json_.Open('{').Key("qname").String(text).Key("action").String("none").Key("policy").Null();
      json_.Key("rule").Null().Key("error").String(
          {status.message().data(), status.message().size()});
      json_.Close('}');
      output_ += json_.TakeLine();
    } else {
      absl::StrAppend(&output_, std::string(text), "\terror\t", status.message(), "\n");
    }
  }

  void WriteText(const dns::Name& name, const policy::Verdict& verdict) {
    output_ += name.Text();
    if (!verdict.decision) {
      output_ += "\tnone\t-\t-\t-\t-";
    } else {
      output_ += '\t';
      output_ += policy::ActionName(rules_.Answer(verdict.decision.rule).action);
      AppendMatch(verdict.decision);
    }
    if (verdict.shadow) {
      output_ += "\tshadow: ";
      output_ += policy::ActionName(rules_.Answer(verdict.shadow.rule).action);
      AppendMatch(verdict.shadow);
    }
    output_ += '\n';
  }

  void AppendMatch(const policy::Match& match) {
    const RuleView rule = rules_.Rule(match.rule);
    output_ += '\t';
    output_ += rules_.Policy(rule.policy).id;
    output_ += '\t';
    output_ += rule.id;
    output_ += '\t';
    output_ += rule.file;
    output_ += ':';
    output_ += std::to_string(match.line);
    output_ += '\t';
    output_ += match.expires == policy::kNever ? "-" : source::DayText(match.expires);
  }

  void WriteJson(std::string_view text, const dns::Name& name, const policy::Verdict& verdict) {
    const std::string qname = name.Text();
    json_.Open('{').Key("qname").String(qname);
    if (text != qname) json_.Key("input").String(text);
    json_.Key("qtype").String(type_text_);
    WriteMatch(name, verdict.decision);
    json_.Key("shadow");
    if (verdict.shadow) {
      json_.Open('{');
      WriteMatch(name, verdict.shadow);
      json_.Close('}');
    } else {
      json_.Null();
    }
    json_.Close('}');
    output_ += json_.TakeLine();
  }

  void WriteMatch(const dns::Name& name, const policy::Match& match) {
    if (!match) {
      json_.Key("action").String("none").Key("policy").Null().Key("campaign").Null();
      json_.Key("rule").Null();
      return;
    }
    const RuleView rule = rules_.Rule(match.rule);
    const PolicyView policy = rules_.Policy(rule.policy);
    const AnswerView answer = rules_.Answer(match.rule);
    json_.Key("action").String(policy::ActionName(answer.action));
    json_.Key("policy").String(policy.id).Key("campaign").StringOrNull(policy.campaign);
    json_.Key("rule").String(rule.id);
    json_.Key("about").String(rule.parts > 0 ? "parts" : inspect::SubjectName(match.subject));
    json_.Key("matched");
    if (match.subject != policy::Subject::kQname || rule.parts > 0) {
      json_.Null();
    } else {
      json_.String(match.stage > 0 ? evidence_.answer.targets[match.stage - 1u].Text()
                                   : name.Text(match.owner_label));
    }
    json_.Key("pattern").StringOrNull(rule.pattern).Key("meaning").StringOrNull(rule.meaning);
    json_.Key("report").StringOrNull(rule.report);
    json_.Key("file").String(rule.file).Key("line").Number(match.line);
    json_.Key("expires").StringOrNull(source::DayText(match.expires));
    json_.Key("ttl").Number(answer.ttl).Key("ede").String(policy::EdeName(answer.ede));
    if (answer.action == policy::Action::kSinkhole) {
      json_.Key("answer").Open('[');
      std::span<const uint8_t> records = answer.records;
      for (RecordView record; NextRecord(records, record);) {
        if (record.type != qtype_ && qtype_ != kAny) continue;
        json_.String(source::RecordText(
            record.type,
            {reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()}));
      }
      json_.Close(']');
    }
  }

  static constexpr uint16_t kAny = 255;

  const RuleSet& rules_;
  Scratch& scratch_;
  Evidence evidence_;
  uint16_t qtype_;
  std::string type_text_;
  uint32_t today_;
  bool as_json_;
  bool good_ = true;
  text::JsonWriter json_;
  std::string output_;
};

// Asks for every line of standard input. False where the reader of the output has gone.
bool AskStandardInput(Session& session) {
  constexpr size_t kFlushAt = 1 << 16;
  char* line = nullptr;
  size_t capacity = 0;
  bool printed = true;
  for (ssize_t length; printed && (length = getline(&line, &capacity, stdin)) >= 0;) {
    const absl::string_view text = absl::StripAsciiWhitespace({line, static_cast<size_t>(length)});
    if (text.empty()) continue;
    session.Ask({text.data(), text.size()});  // a line that is no name says so itself
    if (session.pending() >= kFlushAt) printed = session.Flush();
  }
  std::free(line);  // NOLINT: getline's
  return printed && session.Flush();
}

int RunQuery(const Arguments& arguments) {
  const std::optional<uint16_t> qtype = ParseQtype(arguments.type);
  if (!qtype) return kWrongUsage;
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  std::optional<Evidence> evidence = ParseEvidence(arguments.evidence);
  if (!evidence) return kWrongUsage;
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(arguments.database);
  if (!rules.ok()) {
    PrintError(rules.status());
    return kProblems;
  }
  absl::StatusOr<Scratch> scratch = (*rules)->NewScratch();
  if (!scratch.ok()) {
    PrintError(scratch.status());
    return kProblems;
  }
  if (!FindTags(**rules, *evidence)) return kProblems;
  Session session(**rules, *scratch, *qtype, *today, *std::move(evidence), arguments.json);
  for (const std::string& name : arguments.names) {
    if (name == "-") {
      if (!session.Flush() || !AskStandardInput(session)) return kProblems;
    } else {
      session.Ask(name);
    }
  }
  return session.Flush() && session.good() ? kDone : kProblems;
}

}  // namespace

void AddQuery(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("query", "Say what the resolver would do with names, and why");
  command->add_option("DATABASE", arguments->database, "database that 'tollgate compile' wrote")
      ->required();
  command
      ->add_option("NAME", arguments->names,
                   "name, defanged or not; '-' reads one a line from standard input")
      ->required();
  command
      ->add_option("--type", arguments->type, "record type asked for, for the answer of a sinkhole")
      ->capture_default_str();
  command->add_option("--date", arguments->date, "ask as if on this day (YYYY-MM-DD)");
  AddEvidenceOptions(*command, &arguments->evidence);
  command->add_flag("--json", arguments->json, "one JSON object a line");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunQuery(*arguments); }; });
}

}  // namespace tollgate::cli
