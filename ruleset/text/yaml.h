// SPDX-License-Identifier: BSD-3-Clause
//
// Reading a YAML file that people write by hand: every fault has a line, a column and a fix, and
// unknown keys get a suggestion. The only file that speaks to yaml-cpp; no exception leaves it.
//
//   text::Diagnostics faults;
//   text::YamlMap root = text::ParseYamlFile("module.yaml", faults);
//   std::string database = root.String("database").value_or("/var/lib/unbound/tollgate.db");
//   root.RefuseOtherKeys();          // whatever was not asked for is reported

#ifndef TOLLGATE_RULESET_TEXT_YAML_H_
#define TOLLGATE_RULESET_TEXT_YAML_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/text/diagnostic.h"

namespace tollgate::text {

// The closest of `known` to `word`, if it is close enough to be what was meant.
std::optional<std::string_view> Suggest(std::string_view word,
                                        std::span<const std::string_view> known);

// "a, b or c"
std::string OneOf(std::span<const std::string_view> words);

// A scalar and where it stands.
struct YamlScalar {
  std::string value;
  Position where;
};

class YamlMap;

// An item of a sequence: a scalar, or a map of its own.
struct YamlItem {
  std::optional<YamlScalar> scalar;
  std::shared_ptr<YamlMap> map;
};

// One mapping. Remembers which keys were asked for. A value of the wrong shape is reported to the
// Diagnostics given to the parser, and reads as absent. Copies share the tree and the memory of
// keys.
class YamlMap {
 public:
  // An empty mapping at `where`.
  YamlMap(Position where, Diagnostics* diagnostics);

  // The scalar under `key`; nothing where the key is absent or its value is not a scalar.
  std::optional<YamlScalar> Scalar(std::string_view key);
  std::optional<std::string> String(std::string_view key);
  // A whole number between `least` and `most`.
  std::optional<uint32_t> Number(std::string_view key, uint32_t least, uint32_t most);
  // The index in `words` of the value under `key`; a value that is none of them is reported with a
  // suggestion.
  std::optional<size_t> Word(std::string_view key, std::span<const std::string_view> words);
  // Whether `key` is on: yes or true, no or false.
  std::optional<bool> YesNo(std::string_view key);
  // The items of the sequence under `key` (a lone scalar is a sequence of one); empty where absent.
  std::vector<YamlItem> Sequence(std::string_view key);
  // The same, for a sequence that may hold scalars only.
  std::vector<YamlScalar> Scalars(std::string_view key);
  // The mapping under `key`.
  std::optional<YamlMap> Map(std::string_view key);

  bool Has(std::string_view key) const;
  // Whether the value under `key` is a mapping; whether it is nothing, or holds nothing.
  bool IsMap(std::string_view key) const;
  bool IsEmpty(std::string_view key) const;
  // The keys in the order of the file.
  std::vector<YamlScalar> Keys() const;
  // Where the value under `key` stands; the mapping's own place where it is absent.
  Position Where(std::string_view key) const;
  const Position& where() const { return where_; }

  // Reports every key that no method above was asked for.
  void RefuseOtherKeys();

  // Reports a fault at `key`'s value.
  void Fault(std::string_view key, std::string what, std::string fix = "");
  Diagnostics& diagnostics() { return *diagnostics_; }

 private:
  friend YamlMap ParseYaml(std::string_view, const std::string&, Diagnostics&);
  struct Entry;
  struct Tree;

  YamlMap(Position where, Diagnostics* diagnostics, std::shared_ptr<Tree> tree);
  static YamlMap Build(const void* node, const std::string& file, Diagnostics& diagnostics,
                       size_t& values_left, size_t depth);
  Entry* Find(std::string_view key);
  const Entry* Peek(std::string_view key) const;

  Position where_;
  Diagnostics* diagnostics_;
  std::shared_ptr<Tree> tree_;
};

// Parses `text`; `file` is its name in diagnostics. A syntax error, or a document that is not a
// mapping, is reported and gives an empty mapping. `diagnostics` must outlive the result.
YamlMap ParseYaml(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// Reads and parses a file. A file that cannot be read is reported.
YamlMap ParseYamlFile(const std::string& path, Diagnostics& diagnostics);

// The whole of a file, at most `limit` octets; the reason where it cannot be had.
std::optional<std::string> ReadFile(const std::string& path, size_t limit, std::string& reason);

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_YAML_H_
