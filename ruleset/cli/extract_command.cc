// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate extract

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/draft.h"
#include "ruleset/source/campaign.h"
#include "ruleset/source/report.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"
#include "ruleset/version.h"

namespace tollgate::cli {
namespace {

constexpr size_t kLargestReport = size_t{256} << 20;

constexpr char kFooter[] = R"(Examples:
  tollgate extract report.txt > campaign.yaml    a draft; read it, then: tollgate check campaign.yaml
  tollgate extract --format list report.md       one name or address a line
  pdftotext report.pdf - | tollgate extract - --id parcel-scam
  tollgate extract --verbose --json report.txt   all that was left out, and why

Takes what the report defangs (example[.]com, hxxps[:]//example(.)com/pay, 192.0.2[.]1), in any
language, and what it calls an indicator in so many words ("C2: example.com"). Links, e-mail
addresses, file names and private addresses are left out and counted. Names of which nobody can tell
stand in the draft as comments; --all takes them too.

Reports defang the impersonated and the abused as well as the malicious: read a draft before you use it.
Exit status: 0 something was found, 1 nothing was found or a file cannot be read, 2 wrong usage.
)";

struct Arguments {
  std::vector<std::string> reports;
  std::string format = "yaml";
  std::string id;
  std::string public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  bool all = false;
  bool json = false;
  bool verbose = false;
  bool quiet = false;
};

// Standard input, at most kLargestReport octets.
std::optional<std::string> ReadStandardInput(std::string& reason) {
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), stdin)) > 0;) {
    text.append(buffer.data(), got);
    if (text.size() > kLargestReport) {
      reason = "too large";
      return std::nullopt;
    }
  }
  if (std::ferror(stdin) != 0) {
    reason = "cannot be read";
    return std::nullopt;
  }
  return text;
}

// "2025-06-01 Parcel Scam.txt" as an id: "2025-06-01-parcel-scam".
std::string IdOf(std::string file) {
  file.erase(0, file.rfind('/') + 1);
  file.resize(std::min(file.size(), file.rfind('.')));
  std::string id;
  for (const char c : file) {
    const auto octet = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(octet) || (!id.empty() && (c == '_' || c == '.'))) {
      id += absl::ascii_tolower(octet);
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
  }
  constexpr size_t kLongestId = 63;
  id.resize(std::min(id.size(), kLongestId));
  id.resize(id.find_last_not_of('-') + 1);
  return source::IsId(id) ? id : "report";
}

void PrintJson(const Extraction& extraction, bool verbose) {
  text::JsonWriter json;
  json.Open('{').Key("reports").Open('[');
  for (const std::string& file : extraction.files) json.String(file);
  json.Close(']');
  json.Key("counts").Open('{');
  json.Key("names").Number(extraction.Count(source::ReportKind::kName));
  json.Key("addresses").Number(extraction.Count(source::ReportKind::kAddress));
  json.Key("prefixes").Number(extraction.Count(source::ReportKind::kPrefix));
  json.Key("mentions").Number(extraction.Mentions()).Close('}');
  json.Key("left_out").Open('{');
  for (const auto& [reason, count] : extraction.left_out) {
    json.Key(source::LeftOutName(reason)).Number(count);
  }
  json.Close('}');
  auto write_place = [&](const Place& place) {
    json.Key("file").String(extraction.files[place.file]).Key("line").Number(place.line);
    json.Key("column").Number(place.column).Key("written").String(place.written);
  };
  json.Key("findings").Open('[');
  for (const Found& found : extraction.found) {
    json.Open('{').Key("kind").String(source::KindName(found.kind));
    json.Key("value").String(found.value);
    json.Key("certainty").String(source::CertaintyName(found.certainty));
    json.Key("style").String(source::StyleName(found.style));
    json.Key("public_suffix").Bool(found.public_suffix).Key("forwards").Bool(found.forwards);
    json.Key("places").Open('[');
    for (const Place& place : found.places) {
      json.Open('{');
      write_place(place);
      json.Close('}');
    }
    json.Close(']').Close('}');
  }
  json.Close(']');
  if (verbose) {
    json.Key("omissions").Open('[');
    for (const Omitted& omitted : extraction.omitted) {
      json.Open('{').Key("reason").String(source::LeftOutName(omitted.reason));
      json.Key("value").String(omitted.value);
      write_place(omitted.place);
      json.Close('}');
    }
    json.Close(']');
  }
  json.Close('}');
  Print(json.TakeLine());
}

void PrintList(const Extraction& extraction, bool all) {
  std::string out;
  for (const Found& found : extraction.found) {
    if (all || found.certainty == source::Certainty::kIndicator) {
      absl::StrAppend(&out, found.value, "\n");
    }
  }
  Print(out);
}

// What was found and what was left out, on standard error: standard output may be a file.
void PrintSummary(const Extraction& extraction, bool verbose) {
  std::string out;
  if (verbose) {
    for (const Omitted& omitted : extraction.omitted) {
      absl::StrAppend(&out, extraction.files[omitted.place.file], ":", omitted.place.line, ":",
                      omitted.place.column, ": left out, ");
      out += source::LeftOutName(omitted.reason);
      absl::StrAppend(&out, ": ", Printable(omitted.place.written), "\n");
    }
  }
  absl::StrAppend(&out, "names: ", Grouped(extraction.Count(source::ReportKind::kName)),
                  ", addresses: ", Grouped(extraction.Count(source::ReportKind::kAddress)),
                  ", prefixes: ", Grouped(extraction.Count(source::ReportKind::kPrefix)),
                  ", uncertain: ", Grouped(extraction.Mentions()), "\n");
  std::string left_out;
  for (const auto& [reason, count] : extraction.left_out) {
    left_out += left_out.empty() ? "left out: " : ", ";
    left_out += source::LeftOutName(reason);
    absl::StrAppend(&left_out, " ", Grouped(count));
  }
  if (!left_out.empty()) absl::StrAppend(&out, left_out, "\n");
  std::fputs(out.c_str(), stderr);
}

int RunExtract(const Arguments& arguments) {
  if (!arguments.id.empty() && !source::IsId(arguments.id)) {
    PrintError(absl::StrCat("--id: '", arguments.id, "' is no id; ", source::kIdFix));
    return kWrongUsage;
  }
  absl::StatusOr<source::PublicSuffixList> suffixes =
      source::PublicSuffixList::Load(arguments.public_suffix_list);
  if (!suffixes.ok()) {
    PrintError(suffixes.status());
    return kProblems;
  }
  Extraction extraction;
  for (const std::string& file : arguments.reports) {
    std::string reason;
    const std::optional<std::string> text =
        file == "-" ? ReadStandardInput(reason) : text::ReadFile(file, kLargestReport, reason);
    if (!text) {
      PrintError(absl::StrCat("cannot read ", file == "-" ? "standard input" : file, " (", reason,
                              "); nothing was written"));
      return kProblems;
    }
    extraction.Add(file == "-" ? "standard input" : file, source::ReadReport(*text, *suffixes));
  }
  const std::string format = arguments.json ? "json" : arguments.format;
  const std::string& first = arguments.reports.front();
  if (format == "json") {
    PrintJson(extraction, arguments.verbose);
  } else if (format == "list") {
    PrintList(extraction, arguments.all);
  } else if (extraction.HasAny(arguments.all)) {
    Print(CampaignDraft(extraction, arguments.id.empty() ? IdOf(first) : arguments.id,
                        arguments.all));
  }
  if (!arguments.quiet) PrintSummary(extraction, arguments.verbose && format != "json");
  return extraction.HasAny(arguments.all) ? kDone : kProblems;
}

}  // namespace

void AddExtract(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("extract", "Draft a campaign from the indicators in a report");
  command->add_option("REPORT", arguments->reports, "text of a report; '-' is standard input")
      ->required();
  command->add_option("--format", arguments->format, "yaml, json or list")
      ->check(CLI::IsMember({"yaml", "json", "list"}))
      ->capture_default_str();
  command->add_option("--id", arguments->id, "the campaign's id, if not the first report's name");
  command->add_flag("--all", arguments->all, "take what is uncertain, too");
  command->add_option("--public-suffix-list", arguments->public_suffix_list,
                      "Public Suffix List, if not the system's");
  command->add_flag("--json", arguments->json, "the same as --format json");
  command->add_flag("--verbose", arguments->verbose, "say what was left out, where and why");
  command->add_flag("-q,--quiet", arguments->quiet, "no summary, only what is wrong");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunExtract(*arguments); }; });
}

}  // namespace tollgate::cli
