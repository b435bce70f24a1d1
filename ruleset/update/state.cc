// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/state.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "ruleset/text/json_text.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::update {
namespace {

constexpr std::string_view kFormat = "tollgate-update-1";

// Reads fields, and remembers whether one was not what it should be.
class FieldReader {
 public:
  bool ok() const { return ok_; }

  std::string Text(text::JsonValue object, std::string_view name) {
    const text::JsonValue value = object[name];
    ok_ = ok_ && value.is_string();
    return std::string(value.Text());
  }

  uint64_t Number(text::JsonValue object, std::string_view name) {
    uint64_t number = 0;
    const text::JsonValue value = object[name];
    ok_ = ok_ && value.kind() == text::JsonKind::kNumber &&
          absl::SimpleAtoi(absl::string_view(value.Text().data(), value.Text().size()), &number);
    return number;
  }

  // It is a file's name: nothing else may come of it.
  std::string Hash(text::JsonValue object, std::string_view name) {
    std::string hash = Text(object, name);
    ok_ = ok_ && (hash.empty() || hash.size() == 64) &&
          std::all_of(hash.begin(), hash.end(), absl::ascii_isxdigit);
    return hash;
  }

  text::JsonValue List(text::JsonValue object, std::string_view name) {
    const text::JsonValue list = object[name];
    ok_ = ok_ && list.is_array();
    return list.is_array() ? list : text::JsonValue();
  }

  void Require(bool holds) { ok_ = ok_ && holds; }

 private:
  bool ok_ = true;
};

void WriteSource(const SourceState& source, text::JsonWriter& json) {
  json.Open('{').Key("key").String(source.key).Key("sha256").String(source.sha256);
  json.Key("etag").String(source.etag).Key("last_modified").String(source.last_modified);
  json.Key("rules").Number(source.rules).Key("serial").Number(source.serial);
  json.Key("changed").Number(source.changed).Key("confirmed").Number(source.confirmed);
  json.Key("tried").Number(source.tried).Key("problem").String(source.problem);
  json.Key("problem_since").Number(source.problem_since).Close('}');
}

SourceState ReadSource(text::JsonValue value, FieldReader& fields) {
  SourceState source;
  source.key = fields.Text(value, "key");
  source.sha256 = fields.Hash(value, "sha256");
  source.etag = fields.Text(value, "etag");
  source.last_modified = fields.Text(value, "last_modified");
  source.rules = fields.Number(value, "rules");
  source.serial = fields.Number(value, "serial");
  source.changed = fields.Number(value, "changed");
  source.confirmed = fields.Number(value, "confirmed");
  source.tried = fields.Number(value, "tried");
  source.problem = fields.Text(value, "problem");
  source.problem_since = fields.Number(value, "problem_since");
  return source;
}

Published ReadPublished(text::JsonValue value, FieldReader& fields) {
  Published published;
  published.number = fields.Number(value, "number");
  published.at = fields.Number(value, "at");
  published.checksum = fields.Number(value, "checksum");
  published.names = fields.Number(value, "names");
  published.local_inputs = fields.Hash(value, "local_inputs");
  return published;
}

}  // namespace

const SourceState* State::Find(std::string_view key) const {
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const SourceState& source) { return source.key == key; });
  return found == sources.end() ? nullptr : &*found;
}

const Published* State::FindDatabase(uint64_t number) const {
  const auto found = std::find_if(history.begin(), history.end(),
                                  [&](const Published& one) { return one.number == number; });
  return found == history.end() ? nullptr : &*found;
}

std::string SerializeState(const State& state) {
  text::JsonWriter json;
  json.Open('{').Key("format").String(kFormat);
  json.Key("sources").Open('[');
  for (const SourceState& source : state.sources) WriteSource(source, json);
  json.Close(']').Key("history").Open('[');
  for (const Published& one : state.history) {
    json.Open('{').Key("number").Number(one.number).Key("at").Number(one.at);
    json.Key("checksum").Number(one.checksum).Key("names").Number(one.names);
    json.Key("local_inputs").String(one.local_inputs).Close('}');
  }
  json.Close(']').Key("last_number").Number(state.last_number);
  json.Key("current").Number(state.current).Key("database").String(state.database);
  json.Key("inputs").String(state.inputs);
  json.Key("hold");
  if (state.hold) {
    json.Open('{').Key("since").Number(state.hold->since).Key("number").Number(state.hold->number);
    json.Key("local_inputs").String(state.hold->local_inputs).Close('}');
  } else {
    json.Null();
  }
  json.Close('}');
  return std::string(json.TakeLine());
}

absl::StatusOr<State> ParseState(std::string_view text) {
  const absl::Status fault = absl::DataLossError("damaged");
  const text::JsonText json(text);
  if (json.fault() || !json.root().is_object() || json.root()["format"].Text() != kFormat) {
    return fault;
  }
  FieldReader fields;
  State state;
  for (text::JsonValue value : fields.List(json.root(), "sources")) {
    state.sources.push_back(ReadSource(value, fields));
  }
  for (text::JsonValue value : fields.List(json.root(), "history")) {
    state.history.push_back(ReadPublished(value, fields));
    const uint64_t before =
        state.history.size() < 2 ? 0 : state.history[state.history.size() - 2].number;
    fields.Require(state.history.back().number > before);
  }
  state.last_number = fields.Number(json.root(), "last_number");
  state.current = fields.Number(json.root(), "current");
  state.database = fields.Text(json.root(), "database");
  state.inputs = fields.Hash(json.root(), "inputs");
  if (const text::JsonValue hold = json.root()["hold"]; hold.is_object()) {
    state.hold = Hold{fields.Number(hold, "since"), fields.Number(hold, "number"),
                      fields.Hash(hold, "local_inputs")};
  }
  fields.Require(state.history.empty() || state.history.back().number <= state.last_number);
  if (!fields.ok()) return fault;
  return state;
}

}  // namespace tollgate::update
