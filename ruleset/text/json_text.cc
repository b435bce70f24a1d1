// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/text/json_text.h"

#include <simdjson.h>

#include <algorithm>

#include "ruleset/text/lines.h"

namespace tollgate::text {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

// STIX and MISP nest some ten deep. Each level costs a frame of the stack.
constexpr size_t kDeepest = 128;

// What is wrong, in a few plain words; simdjson has finer ones, and calls them differently from
// version to version.
std::string Reason(error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "not JSON: nothing in it";
    case simdjson::UTF8_ERROR:
      return "not JSON: octets that are not UTF-8";
    case simdjson::UNCLOSED_STRING:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "not JSON: it ends too early";
    case simdjson::STRING_ERROR:
      return "not JSON: a string with a bad escape";
    case simdjson::UNESCAPED_CHARS:
      return "not JSON: a string with a control character or a line's end in it";
    case simdjson::DEPTH_ERROR:
      return "JSON that is nested too deeply";
    case simdjson::TRAILING_CONTENT:
      return "not JSON: something behind its end";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "JSON that is too large";
    case simdjson::SCALAR_DOCUMENT_AS_VALUE:
      return "JSON that is neither an object nor an array";
    default:
      return "not JSON: a comma, a colon, a bracket or a value out of place";
  }
}

// Lines of offsets that come in ascending order, almost always.
class LineCounter {
 public:
  explicit LineCounter(const char* begin) : at_(begin), begin_(begin) {}

  uint32_t LineOf(const char* where) {
    if (where < at_) {
      at_ = begin_;
      line_ = 1;
    }
    line_ += static_cast<uint32_t>(std::count(at_, where, '\n'));
    at_ = where;
    return line_;
  }

 private:
  const char* at_;
  const char* begin_;
  uint32_t line_ = 1;
};

// Walks through every value, so that none goes unchecked: simdjson's on-demand interface looks at
// nothing that nobody asked for.
class Builder {
 public:
  Builder(LineCounter& lines, std::vector<JsonNode>& nodes) : lines_(lines), nodes_(nodes) {}

  error_code AddRoot(ondemand::document& document) {
    ondemand::json_type type;
    if (const error_code error = document.type().get(type)) return error;
    const char* where = nullptr;
    if (const error_code error = document.current_location().get(where)) return error;
    nodes_.push_back({{}, {}, lines_.LineOf(where), 0, JsonKind::kArray});
    error_code error = simdjson::SCALAR_DOCUMENT_AS_VALUE;
    if (type == ondemand::json_type::array) {
      ondemand::array items;
      error = document.get_array().get(items);
      if (!error) error = AddItems(items, 1);
    } else if (type == ondemand::json_type::object) {
      nodes_[0].kind = JsonKind::kObject;
      ondemand::object fields;
      error = document.get_object().get(fields);
      if (!error) error = AddFields(fields, 1);
    }
    if (error) return error;
    nodes_[0].end = static_cast<uint32_t>(nodes_.size());
    const bool ended = document.current_location().get(where) == simdjson::OUT_OF_BOUNDS;
    return ended ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
  }

 private:
  error_code AddItems(ondemand::array& items, size_t depth) {
    for (auto item : items) {
      ondemand::value value;
      if (const error_code error = std::move(item).get(value)) return error;
      if (const error_code error = AddValue(value, {}, depth)) return error;
    }
    return simdjson::SUCCESS;
  }

  error_code AddFields(ondemand::object& fields, size_t depth) {
    for (auto field : fields) {
      std::string_view key;
      if (const error_code error = field.unescaped_key().get(key)) return error;
      ondemand::value value;
      if (const error_code error = field.value().get(value)) return error;
      if (const error_code error = AddValue(value, key, depth)) return error;
    }
    return simdjson::SUCCESS;
  }

  error_code AddValue(ondemand::value& value, std::string_view key, size_t depth) {
    if (depth >= kDeepest) return simdjson::DEPTH_ERROR;
    std::string_view token = value.raw_json_token();
    const size_t index = nodes_.size();
    nodes_.push_back({key, {}, lines_.LineOf(token.data()), 0, JsonKind::kNumber});
    if (const error_code error = Read(value, token, index, depth)) return error;
    nodes_[index].end = static_cast<uint32_t>(nodes_.size());
    return simdjson::SUCCESS;
  }

  error_code Read(ondemand::value& value, std::string_view token, size_t index, size_t depth) {
    switch (token.empty() ? '\0' : token.front()) {
      case '{': {
        nodes_[index].kind = JsonKind::kObject;
        ondemand::object fields;
        if (const error_code error = value.get_object().get(fields)) return error;
        return AddFields(fields, depth + 1);
      }
      case '[': {
        nodes_[index].kind = JsonKind::kArray;
        ondemand::array items;
        if (const error_code error = value.get_array().get(items)) return error;
        return AddItems(items, depth + 1);
      }
      case '"':
        nodes_[index].kind = JsonKind::kString;
        return value.get_string().get(nodes_[index].text);
      case 't':
      case 'f': {
        bool is_true = false;
        const error_code error = value.get_bool().get(is_true);
        nodes_[index].kind = is_true ? JsonKind::kTrue : JsonKind::kFalse;
        return error;
      }
      case 'n': {
        nodes_[index].kind = JsonKind::kNull;
        bool is_null = false;
        const error_code error = value.is_null().get(is_null);
        return error || is_null ? error : simdjson::N_ATOM_ERROR;
      }
      default: {
        while (!token.empty() && (text::IsBlank(token.back()) || token.back() == '\n')) {
          token.remove_suffix(1);
        }
        nodes_[index].text = token;
        double number = 0;
        return value.get_double().get(number);
      }
    }
  }

  LineCounter& lines_;
  std::vector<JsonNode>& nodes_;
};

// The first line that is not UTF-8: no character of several octets has a line's end in it.
uint32_t LineNotUtf8(std::string_view text) {
  uint32_t line = 1;
  for (;; ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end == text.size() || !simdjson::validate_utf8(text.data(), end)) return line;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

struct JsonText::Buffers {
  simdjson::padded_string text;
  ondemand::parser parser;  // has the strings without their escapes
};

JsonText::JsonText(std::string_view text) : buffers_(std::make_unique<Buffers>()) {
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  buffers_->text = simdjson::padded_string(text);
  LineCounter lines(buffers_->text.data());
  ondemand::document document;
  error_code error = buffers_->parser.iterate(buffers_->text).get(document);
  const bool is_readable = !error;
  if (!error) error = Builder(lines, nodes_).AddRoot(document);
  if (!error) return;

  fault_ = JsonFault{Reason(error), 1};
  const char* where = nullptr;
  if (error == simdjson::UTF8_ERROR) {
    fault_->line = LineNotUtf8(text);
  } else if (error == simdjson::UNCLOSED_STRING || error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT) {
    fault_->line = lines.LineOf(buffers_->text.data() + buffers_->text.size());
  } else if (is_readable && !document.current_location().get(where)) {
    fault_->line = lines.LineOf(where);
  }
  nodes_ = {};
}

JsonText::~JsonText() = default;

JsonValue JsonValue::operator[](std::string_view name) const {
  if (!is_object()) return {};
  for (const JsonValue field : *this) {
    if (field.key() == name) return field;
  }
  return {};
}

std::optional<std::string_view> JsonValue::NameGivenTwice() const {
  if (!is_object()) return std::nullopt;
  std::vector<std::string_view> names;
  for (const JsonValue field : *this) names.push_back(field.key());
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

}  // namespace tollgate::text
