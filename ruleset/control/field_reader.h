// SPDX-License-Identifier: BSD-3-Clause
//
// Fields of JSON, one after the other, with one fault in the end.

#ifndef TOLLGATE_RULESET_CONTROL_FIELD_READER_H_
#define TOLLGATE_RULESET_CONTROL_FIELD_READER_H_

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/control/metrics.h"
#include "ruleset/text/json_text.h"

namespace tollgate::control {

// A field that is not there leaves what it would fill as it is. After the first fault, which
// status() has, what is read is of no use.
class FieldReader {
 public:
  // `what` is what the JSON should be: "a state of Tollgate".
  explicit FieldReader(const char* what) : what_(what) {}

  const absl::Status& status() const { return status_; }

  void Read(const text::JsonValue& object, std::string_view name, std::string& text) {
    const text::JsonValue value = object[name];
    if (!value.exists()) return;
    if (value.kind() == text::JsonKind::kNull) return text.clear();
    if (!value.is_string()) return Fail(name, "is no string");
    text.assign(value.Text());
  }

  void Read(const text::JsonValue& object, std::string_view name, bool& flag) {
    const text::JsonValue value = object[name];
    if (!value.exists()) return;
    if (value.kind() != text::JsonKind::kTrue && value.kind() != text::JsonKind::kFalse) {
      return Fail(name, "is neither true nor false");
    }
    flag = value.kind() == text::JsonKind::kTrue;
  }

  void Read(const text::JsonValue& object, std::string_view name, uint64_t& number) {
    const text::JsonValue value = object[name];
    if (value.exists()) ReadNumber(value, name, number);
  }

  void ReadNumber(const text::JsonValue& value, std::string_view name, uint64_t& number) {
    const std::string_view digits = value.Text();
    const char* const end = digits.data() + digits.size();
    uint64_t read = 0;
    const auto result = std::from_chars(digits.data(), end, read);
    if (value.kind() != text::JsonKind::kNumber || result.ec != std::errc() || result.ptr != end) {
      return Fail(name, "is no whole number from 0 to 2^64 - 1");
    }
    number = read;
  }

  // Numbers under the names of `metrics`; names that are not among them are another version's.
  template <size_t kCount>
  void ReadNumbers(const text::JsonValue& object, std::string_view name,
                   const std::array<Metric, kCount>& metrics,
                   std::array<uint64_t, kCount>& numbers) {
    if (!object.exists()) return;
    if (!object.is_object()) return Fail(name, "is no object");
    for (const text::JsonValue field : object) {
      for (size_t i = 0; i < kCount; ++i) {
        if (field.key() == metrics[i].name) ReadNumber(field, field.key(), numbers[i]);
      }
    }
  }

  // Calls `take(item)` for each item of a list, which has no more than `most`.
  template <typename Take>
  void ReadList(const text::JsonValue& object, std::string_view name, size_t most, Take take) {
    const text::JsonValue list = object[name];
    if (!list.exists()) return;
    if (!list.is_array()) return Fail(name, "is no list");
    size_t count = 0;
    for (const text::JsonValue item : list) {
      if (++count > most) return Fail(name, "is too long");
      take(item);
      if (!status_.ok()) return;
    }
  }

  // ... for each item, which is an object.
  template <typename Take>
  void ReadObjects(const text::JsonValue& object, std::string_view name, Take take) {
    ReadList(object, name, std::numeric_limits<size_t>::max(), [&](const text::JsonValue& item) {
      if (!item.is_object()) return Fail(name, "has an item that is no object");
      take(item);
    });
  }

  void Fail(std::string_view name, const char* fault) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat("not ", what_, ": '", std::string(name), "' ", fault));
  }

 private:
  const char* what_;
  absl::Status status_;
};

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_FIELD_READER_H_
