// SPDX-License-Identifier: BSD-3-Clause
//
// Writing JSON, one object a line or one document. The only file that speaks to RapidJSON.

#ifndef TOLLGATE_RULESET_TEXT_JSON_WRITER_H_
#define TOLLGATE_RULESET_TEXT_JSON_WRITER_H_

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::text {

// RapidJSON writes to what its own allocator returns without a look at it: where there is no
// memory, that ends the process.
class JsonMemory {
 public:
  static constexpr bool kNeedFree = true;
  void* Malloc(size_t size) { return size == 0 ? nullptr : OrThrow(std::malloc(size)); }
  void* Realloc(void* old, size_t /*old_size*/, size_t size) {
    if (size > 0) return OrThrow(std::realloc(old, size));
    std::free(old);
    return nullptr;
  }
  static void Free(void* memory) { std::free(memory); }

 private:
  static void* OrThrow(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
};

// Throws std::bad_alloc, and nothing else.
//
//   JsonWriter json;
//   json.Open('{').Key("qname").String("example.com").Key("line").Number(3).Close('}');
//   Print(json.TakeLine());
class JsonWriter {
 public:
  JsonWriter() : writer_(buffer_) {}

  JsonWriter& Open(char bracket) {
    bracket == '{' ? writer_.StartObject() : writer_.StartArray();
    return *this;
  }
  JsonWriter& Close(char bracket) {
    bracket == '}' ? writer_.EndObject() : writer_.EndArray();
    return *this;
  }
  JsonWriter& Key(std::string_view key) {
    writer_.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    return *this;
  }
  // Octets that are no UTF-8 are written as U+FFFD: a reader must get JSON whatever the input was.
  JsonWriter& String(std::string_view raw) {
    const std::string text = ToUtf8(raw);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return *this;
  }
  // null for an empty text
  JsonWriter& StringOrNull(std::string_view text) { return text.empty() ? Null() : String(text); }
  JsonWriter& Number(uint64_t number) {
    writer_.Uint64(number);
    return *this;
  }
  JsonWriter& Seconds(double seconds) {
    writer_.Double(seconds);
    return *this;
  }
  JsonWriter& Bool(bool value) {
    writer_.Bool(value);
    return *this;
  }
  JsonWriter& Null() {
    writer_.Null();
    return *this;
  }

  // What was written, and a line's end. Valid until the next call; the next document begins anew.
  std::string_view TakeLine() {
    buffer_.Put('\n');
    taken_.assign(buffer_.GetString(), buffer_.GetSize());
    buffer_.Clear();
    writer_.Reset(buffer_);
    return taken_;
  }

  // `raw`, with U+FFFD for each octet that is no part of a character in UTF-8.
  static std::string ToUtf8(std::string_view raw) {
    auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(raw.begin(), raw.end(), is_ascii)) return std::string(raw);
    std::string text;
    while (!raw.empty()) {
      rapidjson::MemoryStream stream(raw.data(), raw.size());
      unsigned code_point;
      const bool valid = rapidjson::UTF8<>::Decode(stream, &code_point);
      const size_t length = valid ? stream.Tell() : 1;
      text += valid ? raw.substr(0, length) : "\xef\xbf\xbd";
      raw.remove_prefix(length);
    }
    return text;
  }

 private:
  using Buffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, JsonMemory>;

  Buffer buffer_;
  rapidjson::Writer<Buffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonMemory> writer_;
  std::string taken_;
};

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_JSON_WRITER_H_
