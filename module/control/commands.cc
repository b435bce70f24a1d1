// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/commands.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "module/control/values.h"
#include "ruleset/control/snapshot_json.h"
#include "ruleset/dns/type.h"
#include "ruleset/dns/type_text.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"

namespace tollgate::module {
namespace {

using control::Fault;
using control::Request;
using text::JsonWriter;

constexpr std::string_view kReloadKeys[] = {"force"};
constexpr std::string_view kPauseKeys[] = {"for", "client", "policy", "name"};
constexpr std::string_view kResumeKeys[] = {"client", "policy", "name"};
constexpr std::string_view kShadowKeys[] = {"policy", "on"};
constexpr std::string_view kExplainKeys[] = {"name", "type", "client"};
constexpr std::string_view kLogLevelKeys[] = {"level"};
constexpr std::string_view kRecentKeys[] = {"after"};

// Where memory is so short that not even a fault can be put together.
constexpr char kNoMemory[] =
    "{\"ok\":false,\"error\":\"the request failed inside the module\",\"hint\":\"see Unbound's "
    "log; there may be no memory\"}\n";

std::string Line(JsonWriter& json) { return std::string(json.TakeLine()); }

std::string Ok() { return "{\"ok\":true}\n"; }

// The members of the object `json`, behind "ok".
std::string OkWith(std::string_view json) {
  while (!json.empty() && (json.back() == '\n' || json.back() == ' ')) json.remove_suffix(1);
  const bool is_object_on_a_line = json.size() >= 2 && json.front() == '{' && json.back() == '}' &&
                                   json.find('\n') == std::string_view::npos;
  if (!is_object_on_a_line) return FaultLine({"an answer that is none", "this is a bug"});
  std::string line = json.size() == 2 ? "{\"ok\":true" : "{\"ok\":true,";
  line += json.substr(1);
  return line + '\n';
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// Reads the value of `key` with `read`, where it was given.
template <typename Value, typename Read>
std::optional<Fault> ReadKey(const Request& request, std::string_view key, Value& value,
                             Read read) {
  const std::string* text = request.Find(key);
  if (text == nullptr) return std::nullopt;
  std::optional<Fault> fault = read(*text, value);
  if (fault) fault->error = std::string(key) + ": " + fault->error;
  return fault;
}

std::optional<Fault> ReadPause(const Request& request, Pause& pause) {
  if (auto fault = ReadKey(request, "client", pause.client, ReadPrefix)) return fault;
  if (auto fault = ReadKey(request, "name", pause.name, ReadName)) return fault;
  if (const std::string* policy = request.Find("policy")) pause.policy = *policy;
  uint64_t seconds = 0;
  if (auto fault = ReadKey(request, "for", seconds, ReadSeconds)) return fault;
  if (seconds != 0) pause.until = static_cast<uint64_t>(absl::ToUnixSeconds(absl::Now())) + seconds;
  return std::nullopt;
}

// Answers in the end, whoever forgets to.
class OneReply {
 public:
  explicit OneReply(Commands::Reply reply) : reply_(std::move(reply)) {}
  ~OneReply() {
    try {
      Send(FaultLine({"the outcome is not known", "Unbound is ending or reloading; see its log"}));
    } catch (...) {  // no memory: the connection's end will say enough
    }
  }
  OneReply(const OneReply&) = delete;
  OneReply& operator=(const OneReply&) = delete;

  void Send(std::string line) {
    if (Commands::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(line));
  }

 private:
  Commands::Reply reply_;
};

}  // namespace

std::string FaultLine(const Fault& fault) {
  JsonWriter json;
  json.Open('{').Key("ok").Bool(false).Key("error").String(fault.error);
  if (!fault.hint.empty()) json.Key("hint").String(fault.hint);
  json.Close('}');
  return Line(json);
}

struct Commands::Outcome {
  Outcome(std::string answer) : line(std::move(answer)) {}  // NOLINT(google-explicit-*)
  Outcome(Fault reason) : fault(std::move(reason)) {}       // NOLINT(google-explicit-*)
  static Outcome NotDone(Fault reason) {                    // understood, and impossible
    Outcome outcome(FaultLine(reason));
    outcome.not_done = std::move(reason.error);
    return outcome;
  }

  // To be begun once the request has been logged, and answered when it is done; a refusal with
  // `hint`.
  static Outcome Later(std::function<void(Steering::Done)> begin, std::string hint) {
    Outcome outcome("");
    outcome.begin = std::move(begin);
    outcome.hint = std::move(hint);
    return outcome;
  }

  std::string line;
  std::optional<Fault> fault;          // of the request
  std::string not_done;                // why; empty where it was done
  std::optional<gate_level> lower_to;  // the log level, once the request has been logged
  std::function<void(Steering::Done)> begin;
  std::string hint;
};

struct Commands::Verb {
  std::string_view name;
  std::span<const std::string_view> keys;
  bool changes;  // the filter, or what it writes
  Outcome (Commands::*carry_out)(const Request&);
  std::string_view usage;
  std::string_view does;
};

const Commands::Verb Commands::kVerbs[] = {
    {"status", {}, false, &Commands::Status, "status", "what the filter is, and how it is"},
    {"stats", {}, false, &Commands::Stats, "stats", "the same with all that is counted"},
    {"reload", kReloadKeys, true, &Commands::Reload, "reload [force=yes]",
     "open the database again; answers when it is in use or was refused"},
    {"pause", kPauseKeys, true, &Commands::Pause,
     "pause [for=5m] [client=PREFIX] [policy=ID] [name=NAME]",
     "look away, for some or for all, until then, until 'resume' or a restart"},
    {"resume", kResumeKeys, true, &Commands::Resume,
     "resume [client=PREFIX] [policy=ID] [name=NAME]",
     "end the pause with these very keys; without any, all of them"},
    {"shadow", kShadowKeys, true, &Commands::Shadow, "shadow policy=ID [on=yes|no]",
     "let a policy be matched and counted, and decide nothing, until 'on=no' or a restart; answers "
     "when that is in force"},
    {"explain", kExplainKeys, false, &Commands::Explain,
     "explain name=NAME [type=A] [client=ADDRESS]", "what a client would get now, and why"},
    {"log-level", kLogLevelKeys, true, &Commands::LogLevel,
     "log-level [level=error|warning|info|debug]", "show or set it, until a restart"},
    {"reopen",
     {},
     true,
     &Commands::Reopen,
     "reopen",
     "open the files of events anew, when rotated"},
    {"recent", kRecentKeys, false, &Commands::Recent, "recent [after=N]", "the last decisions"},
    {"help", {}, false, &Commands::Help, "help", "this list"},
};

std::string Commands::Refused(const Fault& fault) {
  counters_.Add(control::ServiceCounter::kControlFaults);
  return FaultLine(fault);
}

void Commands::Log(const Peer& peer, const Request& request, std::string_view outcome) {
  std::string line = "control: ";
  line += peer.known ? "uid " + std::to_string(peer.uid) + ", pid " + std::to_string(peer.pid)
                     : std::string("somebody");
  line += ": " + control::RequestText(request) + ": ";
  log_.Write(GATE_INFO, line.append(outcome));
}

void Commands::CarryOut(std::string_view line, const Peer& peer, const Reply& reply) noexcept {
  try {
    counters_.Add(control::ServiceCounter::kControlRequests);
    CarryOutUnguarded(line, peer, reply);
  } catch (...) {
    try {
      counters_.Add(control::ServiceCounter::kControlFaults);
      reply(kNoMemory);
    } catch (...) {  // the server cuts connections that wait in vain when it ends
    }
  }
}

void Commands::CarryOutUnguarded(std::string_view line, const Peer& peer, const Reply& reply) {
  Request request;
  if (std::optional<Fault> fault = control::ParseRequest(line, request)) {
    reply(Refused(*fault));
    return;
  }
  const Verb* const verb =
      std::find_if(std::begin(kVerbs), std::end(kVerbs),
                   [&](const Verb& known) { return known.name == request.verb; });
  if (verb == std::end(kVerbs)) {
    std::vector<std::string_view> names;
    for (const Verb& known : kVerbs) names.push_back(known.name);
    const std::optional<std::string_view> meant = text::Suggest(request.verb, names);
    reply(Refused({"no such request: '" + request.verb + "'",
                   meant ? "did you mean '" + std::string(*meant) + "'? 'help' lists them"
                         : "'help' lists them"}));
    return;
  }
  for (const control::Word& word : request.words) {
    if (std::find(verb->keys.begin(), verb->keys.end(), word.key) != verb->keys.end()) continue;
    const std::optional<std::string_view> meant = text::Suggest(word.key, verb->keys);
    reply(Refused({"'" + request.verb + "' has no key '" + word.key + "'",
                   meant ? "did you mean '" + std::string(*meant) + "'?"
                         : "write: " + std::string(verb->usage)}));
    return;
  }
  Outcome outcome = (this->*verb->carry_out)(request);
  if (outcome.fault) {
    reply(Refused(*outcome.fault));
    return;
  }
  if (outcome.begin) {
    Log(peer, request, "asked for");
    Begin(outcome, reply);
    return;
  }
  // Showing the log level changes nothing.
  if (verb->changes && !(verb->carry_out == &Commands::LogLevel && request.words.empty()))
    Log(peer, request, outcome.not_done.empty() ? "done" : "not done: " + outcome.not_done);
  if (outcome.lower_to) steering_.SetLogLevel(*outcome.lower_to);
  reply(std::move(outcome.line));
}

Commands::Outcome Commands::Status(const Request&) {
  control::Snapshot snapshot = steering_.Read();
  // What only counting is about is left out: people read this.
  for (control::Snapshot::Policy& policy : snapshot.policies) policy.rules.clear();
  return OkWith(control::ToJson(snapshot));
}

Commands::Outcome Commands::Stats(const Request&) {
  return OkWith(control::ToJson(steering_.Read()));
}

void Commands::Begin(const Outcome& outcome, const Reply& reply) {
  auto once = std::make_shared<OneReply>(reply);
  try {
    outcome.begin([once, hint = outcome.hint](absl::Status status) {
      once->Send(status.ok() ? Ok() : FaultLine({Message(status), hint}));
    });
  } catch (...) {
    once->Send(kNoMemory);
  }
}

Commands::Outcome Commands::Reload(const Request& request) {
  bool force = false;
  if (auto fault = ReadKey(request, "force", force, ReadYesNo)) return *std::move(fault);
  return Outcome::Later(
      [this, force](Steering::Done done) { steering_.Reload(force, std::move(done)); },
      "the database in use before, if any, stays in use; 'status' shows it");
}

Commands::Outcome Commands::Pause(const Request& request) {
  struct Pause pause;
  if (auto fault = ReadPause(request, pause)) return *std::move(fault);
  if (absl::Status status = steering_.Pause(pause); !status.ok()) {
    return Outcome::NotDone(
        {Message(status), status.code() == absl::StatusCode::kNotFound
                              ? "'status' lists the policies"
                              : "'resume' ends pauses that are no longer needed"});
  }
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("until");
  pause.until == 0 ? json.Null() : json.Number(pause.until);
  json.Close('}');
  return Line(json);
}

Commands::Outcome Commands::Resume(const Request& request) {
  struct Pause which;
  if (auto fault = ReadPause(request, which)) return *std::move(fault);
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("ended").Number(steering_.Resume(which)).Close('}');
  return Line(json);
}

Commands::Outcome Commands::Shadow(const Request& request) {
  const std::string* policy = request.Find("policy");
  if (policy == nullptr) {
    return Fault{"'shadow' needs the id of a policy",
                 "write: shadow policy=ID; 'status' lists the policies"};
  }
  bool on = true;
  if (auto fault = ReadKey(request, "on", on, ReadYesNo)) return *std::move(fault);
  return Outcome::Later([this, id = *policy,
                         on](Steering::Done done) { steering_.SetShadow(id, on, std::move(done)); },
                        "'status' lists the policies");
}

Commands::Outcome Commands::Explain(const Request& request) {
  std::optional<dns::Name> name;
  if (auto fault = ReadKey(request, "name", name, ReadName)) return *std::move(fault);
  if (!name) return Fault{"'explain' needs a name", "write: explain name=www.example.com"};
  uint16_t type = dns::kTypeA;
  if (auto fault = ReadKey(request, "type", type, ReadType)) return *std::move(fault);
  Prefix client;
  if (auto fault = ReadKey(request, "client", client, ReadPrefix)) return *std::move(fault);
  const std::string address = ToText(client);
  if (address.find('/') != std::string::npos) {
    return Fault{"client: '" + address + "' is more than one client",
                 "write the address of one of them"};
  }
  const absl::StatusOr<Explanation> explained = steering_.Explain(name->Text(), type, address);
  if (!explained.ok())
    return Outcome::NotDone({Message(explained.status()), "'status' shows how the filter is"});
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("name").String(name->Text());
  json.Key("type").String(dns::TypeText(type)).Key("client").StringOrNull(address);
  json.Key("outcome").String(explained->outcome).Key("rules").Open('[');
  for (const Explanation::Rule& rule : explained->rules) {
    json.Open('{').Key("standing").String(rule.standing).Key("action").String(rule.action);
    json.Key("shadow").Bool(rule.shadow).Key("policy").String(rule.policy);
    json.Key("campaign").StringOrNull(rule.campaign).Key("rule").String(rule.rule);
    json.Key("indicator").StringOrNull(rule.indicator);
    json.Key("meaning").StringOrNull(rule.meaning).Key("report").StringOrNull(rule.report);
    json.Key("file").StringOrNull(rule.file).Key("line").Number(rule.line).Close('}');
  }
  json.Close(']').Close('}');
  return Line(json);
}

Commands::Outcome Commands::LogLevel(const Request& request) {
  gate_level level = log_.level();
  if (auto fault = ReadKey(request, "level", level, ReadLevel)) return *std::move(fault);
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("level").String(LevelText(level)).Close('}');
  Outcome outcome(Line(json));
  if (level < log_.level()) {
    outcome.lower_to = level;
  } else if (request.Find("level") != nullptr) {
    steering_.SetLogLevel(level);
  }
  return outcome;
}

Commands::Outcome Commands::Reopen(const Request&) {
  const absl::StatusOr<size_t> files = steering_.ReopenEvents();
  if (!files.ok()) {
    return Outcome::NotDone(
        {Message(files.status()), "check the folder's permissions, and ask again"});
  }
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("files").Number(*files).Close('}');
  Outcome outcome(Line(json));
  if (*files == 0) outcome.not_done = "events go to no file";
  return outcome;
}

Commands::Outcome Commands::Recent(const Request& request) {
  uint64_t after = 0;
  if (auto fault = ReadKey(request, "after", after, ReadNumber)) return *std::move(fault);
  return OkWith(steering_.Recent(after));
}

Commands::Outcome Commands::Help(const Request&) {
  JsonWriter json;
  json.Open('{').Key("ok").Bool(true).Key("requests").Open('{');
  for (const Verb& verb : kVerbs) json.Key(verb.usage).String(verb.does);
  json.Close('}').Close('}');
  return Line(json);
}

}  // namespace tollgate::module
