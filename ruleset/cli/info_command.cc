// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate info, tollgate dump

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/database/reader.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/policy/action.h"
#include "ruleset/source/indicator.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

constexpr char kInfoFooter[] = R"(Example:
  tollgate info /var/lib/unbound/tollgate.db

Verifies the whole file, then shows its header, its sections and its policies in order of precedence.
)";

constexpr char kDumpFooter[] = R"(Example:
  tollgate dump tollgate.db | grep sagawa

A line for each trigger, in order of precedence: policy, rule, action, mode, kind (host, domain, below,
pattern; address, client, name-server-address; name-server-host and the like), name, pattern or prefix,
file:line, last day; with tabs between them and '-' for what there is not. Of a part of a rule: rule/part.
)";

// By database::SectionKind.
constexpr std::array<std::string_view, 25> kSectionNames = {"?",
                                                            "meta",
                                                            "strings",
                                                            "policies",
                                                            "rules",
                                                            "answers",
                                                            "name buckets",
                                                            "name bucket starts",
                                                            "name records",
                                                            "patterns",
                                                            "exceptions",
                                                            "shards of patterns",
                                                            "hyperscan",
                                                            "script ranges",
                                                            "script sets",
                                                            "prefixes (IPv4)",
                                                            "prefixes (IPv6)",
                                                            "clients (IPv4)",
                                                            "clients (IPv6)",
                                                            "prefix postings",
                                                            "client groups",
                                                            "hyperscan octets",
                                                            "heads of grams",
                                                            "filter of grams",
                                                            "grams"};
static_assert(kSectionNames.size() == static_cast<size_t>(database::SectionKind::kGrams) + 1);

std::string_view SectionName(uint32_t kind) {
  return kind < kSectionNames.size() ? kSectionNames[kind] : "unknown";
}

std::string Text(const database::Reader& reader, database::StringRef ref) {
  return std::string(reader.String(ref));
}

void PrintInfo(const std::string& path, const database::Reader& reader) {
  const database::FileHeader& header = reader.header();
  const database::Meta& meta = reader.meta();
  std::string out;
  absl::StrAppend(&out, "file         ", path, ", ", Grouped(reader.file_size()), " bytes\n");
  absl::StrAppend(&out, "format       ", header.major_version, ".", header.minor_version, "\n");
  absl::StrAppend(&out, "checksum     ", absl::Hex(header.checksum, absl::kZeroPad16),
                  " (verified)\n");
  absl::StrAppend(&out, "created      ", TimeText(header.created), " by ",
                  Text(reader, meta.compiler), "\n");
  absl::StrAppend(&out, "manifest     ", Text(reader, meta.manifest), "\n");
  absl::StrAppend(&out, "suffix list  ", Text(reader, meta.suffixes), "\n");
  absl::StrAppend(&out, "hyperscan    ", Text(reader, meta.hyperscan), "\n");
  absl::StrAppend(&out, "holds        ", Counted(meta.name_count, "name"), ", ",
                  Counted(reader.patterns().size(), "pattern"), ", ",
                  reader.prefix_count() == 0
                      ? ""
                      : absl::StrCat(Grouped(reader.prefix_count()),
                                     reader.prefix_count() == 1 ? " prefix, " : " prefixes, "),
                  Counted(reader.rules().size(), "rule"), "\n");
  out += "\nsection                              offset        bytes\n";
  for (const database::SectionHeader& section : reader.sections()) {
    absl::StrAppendFormat(&out, "%-32s %10s %12s\n", std::string(SectionName(section.kind)),
                          Grouped(section.offset), Grouped(section.size));
  }
  out += "\npolicy, in order of precedence        names   patterns  title\n";
  for (const database::PolicyRecord& policy : reader.policies()) {
    absl::StrAppendFormat(&out, "%-32s %10s %10s  %s\n", Text(reader, policy.id),
                          Grouped(policy.name_count), Grouped(policy.pattern_count),
                          Text(reader, policy.title));
  }
  Print(out);
}

void PrintInfoJson(const std::string& path, const database::Reader& reader) {
  const database::FileHeader& header = reader.header();
  const database::Meta& meta = reader.meta();
  text::JsonWriter json;
  json.Open('{').Key("file").String(path).Key("bytes").Number(reader.file_size());
  json.Key("format").String(absl::StrCat(header.major_version, ".", header.minor_version));
  json.Key("checksum").String(absl::StrCat(absl::Hex(header.checksum, absl::kZeroPad16)));
  json.Key("created").Number(header.created).Key("compiler").String(reader.String(meta.compiler));
  json.Key("manifest").String(reader.String(meta.manifest));
  json.Key("public_suffix_list").String(reader.String(meta.suffixes));
  json.Key("hyperscan").String(reader.String(meta.hyperscan));
  json.Key("names").Number(meta.name_count).Key("patterns").Number(reader.patterns().size());
  json.Key("prefixes").Number(reader.prefix_count());
  json.Key("rules").Number(reader.rules().size());
  json.Key("sections").Open('[');
  for (const database::SectionHeader& section : reader.sections()) {
    json.Open('{')
        .Key("section")
        .String(SectionName(section.kind))
        .Key("offset")
        .Number(section.offset);
    json.Key("bytes").Number(section.size).Close('}');
  }
  json.Close(']').Key("policies").Open('[');
  for (const database::PolicyRecord& policy : reader.policies()) {
    json.Open('{').Key("id").String(reader.String(policy.id));
    json.Key("campaign").StringOrNull(reader.String(policy.campaign));
    json.Key("title").String(reader.String(policy.title));
    json.Key("category").StringOrNull(reader.String(policy.category));
    json.Key("severity").StringOrNull(reader.String(policy.severity));
    json.Key("names")
        .Number(policy.name_count)
        .Key("patterns")
        .Number(policy.pattern_count)
        .Key("prefixes")
        .Number(policy.prefix_count);
    json.Key("clients").Open('[');
    for (uint32_t group = 0; group < reader.groups().size(); ++group) {
      if (reader.IsForGroup(policy, group)) json.String(reader.String(reader.groups()[group].id));
    }
    json.Close(']').Close('}');
  }
  json.Close(']').Close('}');
  Print(json.TakeLine());
}

// One trigger, ready to be printed.
struct Line {
  uint32_t rule;
  uint32_t line;
  uint32_t expires;
  std::string kind;
  std::string text;
};

std::string KindText(const database::RuleRecord& rule, policy::TriggerKind kind) {
  return inspect::SubjectKindName(static_cast<policy::Subject>(rule.subject), kind);
}

std::vector<Line> CollectLines(const database::Reader& reader) {
  std::vector<Line> lines;
  inspect::ForEachName(reader, [&](const database::NameRecord& record) {
    inspect::ForEachTrigger(
        reader, record.postings,
        [&](const database::Posting& posting, const database::RuleRecord& rule) {
          if (inspect::IsMarker(rule)) return;
          lines.push_back({posting.rule, posting.line, posting.expires,
                           KindText(rule, inspect::KindOf(posting.kind)),
                           inspect::NameText(record.name)});
        });
  });
  for (const database::PatternRecord& pattern : reader.patterns()) {
    const database::RuleRecord& rule = reader.rules()[pattern.rule];
    lines.push_back({pattern.rule, rule.line, 0, KindText(rule, policy::TriggerKind::kPattern),
                     Text(reader, pattern.expression)});
  }
  for (const database::PrefixIndex* index : {&reader.prefixes(), &reader.clients()}) {
    index->ForEach(
        [&](const dns::Prefix& prefix, std::span<const database::PrefixPosting> postings) {
          for (const database::PrefixPosting& posting : postings) {
            if ((posting.rule & database::kPostingGroup) != 0) continue;
            lines.push_back({posting.rule, posting.line, posting.expires,
                             KindText(reader.rules()[posting.rule], policy::TriggerKind::kPrefix),
                             prefix.Text()});
          }
        });
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return std::tie(a.rule, a.line, a.text) < std::tie(b.rule, b.line, b.text);
  });
  return lines;
}

int RunDump(const std::string& path, bool as_json) {
  absl::StatusOr<std::unique_ptr<const database::Reader>> opened = database::Reader::Open(path);
  if (!opened.ok()) {
    PrintError(opened.status());
    return kProblems;
  }
  const database::Reader& reader = **opened;
  text::JsonWriter json;
  for (const Line& line : CollectLines(reader)) {
    const database::RuleRecord& rule = reader.rules()[line.rule];
    const std::string_view policy = reader.String(reader.policies()[rule.policy].id);
    const database::RuleRecord& acting = inspect::ActingRule(reader, rule);
    const std::string rule_text = inspect::RuleText(reader, rule);
    const std::string_view action =
        policy::ActionName(static_cast<policy::Action>(reader.answers()[acting.answer].action));
    const std::string_view mode = policy::ModeName(static_cast<policy::Mode>(acting.mode));
    const std::string expires = source::DayText(line.expires != 0 ? line.expires : rule.expires);
    if (as_json) {
      json.Open('{').Key("policy").String(policy).Key("rule").String(rule_text);
      json.Key("action").String(action).Key("mode").String(mode).Key("kind").String(line.kind);
      json.Key("trigger").String(line.text).Key("file").String(reader.String(rule.file));
      json.Key("line").Number(line.line).Key("expires").StringOrNull(expires).Close('}');
      if (!Print(json.TakeLine())) return kProblems;
      continue;
    }
    std::string out;
    for (std::string_view field : {policy, std::string_view(rule_text), action, mode,
                                   std::string_view(line.kind), std::string_view(line.text)}) {
      out += field;
      out += '\t';
    }
    out += reader.String(rule.file);
    absl::StrAppend(&out, ":", line.line, "\t", expires.empty() ? "-" : expires, "\n");
    if (!Print(out)) return kProblems;
  }
  return kDone;
}

int RunInfo(const std::string& path, bool as_json) {
  absl::StatusOr<std::unique_ptr<const database::Reader>> reader = database::Reader::Open(path);
  if (!reader.ok()) {
    PrintError(reader.status());
    return kProblems;
  }
  as_json ? PrintInfoJson(path, **reader) : PrintInfo(path, **reader);
  return kDone;
}

void Add(CLI::App& app, Command* run, const char* name, const char* about, const char* footer,
         const char* json_about, int (*body)(const std::string&, bool)) {
  struct Arguments {
    std::string database;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("DATABASE", arguments->database, "database that 'tollgate compile' wrote")
      ->required();
  command->add_flag("--json", arguments->json, json_about);
  command->footer(footer);
  command->callback([=] { *run = [=] { return body(arguments->database, arguments->json); }; });
}

}  // namespace

void AddInfo(CLI::App& app, Command* run) {
  Add(app, run, "info", "Show what is in a database: header, sections, policies", kInfoFooter,
      "one JSON object", &RunInfo);
}

void AddDump(CLI::App& app, Command* run) {
  Add(app, run, "dump", "Print every rule in a database as text", kDumpFooter,
      "one JSON object a line", &RunDump);
}

}  // namespace tollgate::cli
