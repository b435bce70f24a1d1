// SPDX-License-Identifier: BSD-3-Clause
//
// Reading JSON (RFC 8259) that somebody else's program wrote: a tree that knows on which line of
// the file each value stands. The only file that speaks to simdjson; no exception leaves it.
//
//   JsonText text("{\"list\": [\"evil.example\"]}");
//   if (text.fault()) ...                                   // reason and line
//   for (JsonValue entry : text.root()["list"]) {
//     entry.Text();                                       // "evil.example"
//     entry.line();                                       // 1
//   }

#ifndef TOLLGATE_RULESET_TEXT_JSON_TEXT_H_
#define TOLLGATE_RULESET_TEXT_JSON_TEXT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::text {

enum class JsonKind : uint8_t { kAbsent, kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonNode {
  std::string_view key;   // of a field of an object
  std::string_view text;  // of a string, without its escapes; of a number, as written
  uint32_t line = 0;      // where the value begins
  uint32_t end = 0;       // the index of the node behind this one and all inside it
  JsonKind kind = JsonKind::kAbsent;
};

// A value in the tree of a JsonText, which must outlive it; or none. Cheap to copy.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(const std::vector<JsonNode>* nodes, uint32_t index) : nodes_(nodes), index_(index) {}

  JsonKind kind() const { return nodes_ == nullptr ? JsonKind::kAbsent : node().kind; }
  bool exists() const { return nodes_ != nullptr; }
  bool is_object() const { return kind() == JsonKind::kObject; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_string() const { return kind() == JsonKind::kString; }
  uint32_t line() const { return nodes_ == nullptr ? 0 : node().line; }

  // The name of this field, if it is one.
  std::string_view key() const { return nodes_ == nullptr ? std::string_view() : node().key; }

  // A string's characters in UTF-8, a number as written; empty for all else.
  std::string_view Text() const { return nodes_ == nullptr ? std::string_view() : node().text; }

  // Whether it is true, 1 or "1": PHP programs write all three.
  bool IsTrue() const { return kind() == JsonKind::kTrue || Text() == "1" || Text() == "true"; }

  // The first field of that name in an object; none elsewhere.
  JsonValue operator[](std::string_view name) const;

  // The name of a field that an object has twice (RFC 8259 section 4: which of them counts differs
  // from reader to reader); nothing where there is none.
  std::optional<std::string_view> NameGivenTwice() const;

  // The fields of an object, the items of an array, nothing for all else.
  class Iterator {
   public:
    Iterator(const std::vector<JsonNode>* nodes, uint32_t index) : nodes_(nodes), index_(index) {}
    JsonValue operator*() const { return {nodes_, index_}; }
    Iterator& operator++() {
      index_ = (*nodes_)[index_].end;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const std::vector<JsonNode>* nodes_;
    uint32_t index_;
  };
  Iterator begin() const { return {nodes_, index_ + 1}; }
  Iterator end() const { return {nodes_, nodes_ == nullptr ? index_ + 1 : node().end}; }

 private:
  const JsonNode& node() const { return (*nodes_)[index_]; }

  const std::vector<JsonNode>* nodes_ = nullptr;
  uint32_t index_ = 0;
};

struct JsonFault {
  std::string reason;  // "not JSON: ...", one of few
  uint32_t line = 0;
};

// A whole text, read and checked: either all of it is JSON, or none of it is taken. Memory: some
// seven times the text while it is read, its strings and 48 octets for each value afterwards.
class JsonText {
 public:
  // Takes an object or an array, with values at most 128 deep inside each other, of less than 4
  // GiB. `text` may end with the constructor.
  explicit JsonText(std::string_view text);
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  const std::optional<JsonFault>& fault() const { return fault_; }
  // None where there is a fault.
  JsonValue root() const { return fault_ ? JsonValue() : JsonValue(&nodes_, 0); }

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;  // what the nodes point into
  std::vector<JsonNode> nodes_;       // a value, then all that is in it
  std::optional<JsonFault> fault_;
};

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_JSON_TEXT_H_
