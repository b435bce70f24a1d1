// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/text/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <set>

namespace tollgate::text {
namespace {

constexpr size_t kLargestFile = size_t{256} << 20;

// Aliases are copied where they are used: a few lines of them could otherwise stand for more than
// any memory holds. A text without them has fewer values than octets.
size_t MostValues(std::string_view text) { return 10'000 + 4 * text.size(); }

constexpr char kTooManyValues[] = "too many values; are there aliases of aliases?";

// An alias that stands inside its own anchor has no end.
constexpr size_t kDeepest = 64;
constexpr char kTooDeep[] = "mappings too deep in each other; is there an alias of itself?";

Position PositionOf(const YAML::Mark& mark, const std::string& file) {
  if (mark.is_null()) return {file, 0, 0};
  return {file, static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
}

// Edit distance in which two swapped neighbours count as one edit (optimal string alignment); words
// here are a few letters long.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> distance(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  std::iota(distance[0].begin(), distance[0].end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1,
                                 distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

// What a person should do about the syntax errors that people make most; yaml-cpp's own words are
// terse.
std::string FixFor(const std::string& message) {
  auto has = [&](std::string_view words) { return message.find(words) != std::string::npos; };
  if (has("end of sequence") || has("end of map") || has("flow") || has("unknown token")) {
    return "a value that begins with [, {, *, & or % needs single quotes around it";
  }
  if (has(kTooManyValues) || has(kTooDeep)) return "write the values where they are used";
  if (has("document indicator in scalar")) return "close the quote that was opened here or above";
  if (has("map value") || has("alias")) return "put the value in single quotes";
  return "check the indentation and the quotes here and on the line before";
}

// The first line that is indented with a tab, which YAML forbids and yaml-cpp reports as something
// else; 0: none.
uint32_t FindTab(std::string_view text) {
  uint32_t line = 1;
  bool indent = true;
  for (char c : text) {
    if (c == '\n') {
      ++line;
      indent = true;
    } else if (c == '\t' && indent) {
      return line;
    } else if (c != ' ') {
      indent = false;
    }
  }
  return 0;
}

}  // namespace

struct YamlMap::Entry {
  YamlScalar key;
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap } kind = Kind::kNull;
  Position where;  // of the value
  YamlScalar scalar;
  std::vector<YamlItem> items;
  std::shared_ptr<YamlMap> map;
  bool asked = false;
};

struct YamlMap::Tree {
  std::vector<Entry> entries;
  std::vector<std::string>
      asked;  // every key that was asked for, present or not: what suggestions are made from
};

std::optional<std::string_view> Suggest(std::string_view word,
                                        std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  size_t best_distance = std::max<size_t>(1, (word.size() + 1) / 3) + 1;
  for (std::string_view candidate : known) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string OneOf(std::span<const std::string_view> words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

YamlMap::YamlMap(Position where, Diagnostics* diagnostics)
    : YamlMap(std::move(where), diagnostics, std::make_shared<Tree>()) {}

YamlMap::YamlMap(Position where, Diagnostics* diagnostics, std::shared_ptr<Tree> tree)
    : where_(std::move(where)), diagnostics_(diagnostics), tree_(std::move(tree)) {}

// The tree is copied out of yaml-cpp at once, so that its exceptions and its late errors stay in
// one place.
YamlMap YamlMap::Build(const void* opaque, const std::string& file, Diagnostics& diagnostics,
                       size_t& values_left, size_t depth) {
  const auto& node = *static_cast<const YAML::Node*>(opaque);
  if (depth > kDeepest) throw YAML::Exception(node.Mark(), kTooDeep);
  YamlMap map(PositionOf(node.Mark(), file), &diagnostics);
  std::set<std::string> seen;
  for (const auto& pair : node) {
    const size_t values = 1 + pair.second.size();
    if (values > values_left) throw YAML::Exception(node.Mark(), kTooManyValues);
    values_left -= values;
    Entry entry;
    if (!pair.first.IsScalar()) {
      diagnostics.Error(PositionOf(pair.first.Mark(), file), "a key that is not a word",
                        "put values with brackets or braces in single quotes");
      continue;
    }
    entry.key = {pair.first.Scalar(), PositionOf(pair.first.Mark(), file)};
    if (!seen.insert(entry.key.value).second) {
      diagnostics.Error(entry.key.where, "the key '" + entry.key.value + "' a second time",
                        "merge the two; only one of them would count");
      continue;
    }
    const YAML::Node& value = pair.second;
    entry.where = PositionOf(value.Mark(), file);
    if (value.IsScalar()) {
      entry.kind = Entry::Kind::kScalar;
      entry.scalar = {value.Scalar(), entry.where};
    } else if (value.IsSequence()) {
      entry.kind = Entry::Kind::kSequence;
      entry.items.reserve(value.size());
      for (const YAML::Node& item : value) {
        YamlItem out;
        if (item.IsScalar()) {
          out.scalar = YamlScalar{item.Scalar(), PositionOf(item.Mark(), file)};
        } else if (item.IsMap()) {
          out.map =
              std::make_shared<YamlMap>(Build(&item, file, diagnostics, values_left, depth + 1));
        } else {
          diagnostics.Error(PositionOf(item.Mark(), file),
                            item.IsNull() ? "an empty item" : "a list inside the list",
                            "write one value behind each '-'; names with [.] that begin with a "
                            "bracket need quotes");
          continue;
        }
        entry.items.push_back(std::move(out));
      }
    } else if (value.IsMap()) {
      entry.kind = Entry::Kind::kMap;
      entry.map =
          std::make_shared<YamlMap>(Build(&value, file, diagnostics, values_left, depth + 1));
    } else {
      entry.where = entry.key.where;
    }
    map.tree_->entries.push_back(std::move(entry));
  }
  return map;
}

const YamlMap::Entry* YamlMap::Peek(std::string_view key) const {
  for (const Entry& entry : tree_->entries) {
    if (entry.key.value == key) return &entry;
  }
  return nullptr;
}

YamlMap::Entry* YamlMap::Find(std::string_view key) {
  tree_->asked.emplace_back(key);
  auto* entry = const_cast<Entry*>(Peek(key));
  if (entry == nullptr) return nullptr;
  entry->asked = true;
  return entry->kind == Entry::Kind::kNull ? nullptr : entry;
}

std::optional<YamlScalar> YamlMap::Scalar(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->kind != Entry::Kind::kScalar) {
    Fault(key, "'" + std::string(key) + "' wants one value, and this is a list or a mapping",
          "write it on the same line: " + std::string(key) + ": value");
    return std::nullopt;
  }
  return entry->scalar;
}

std::optional<std::string> YamlMap::String(std::string_view key) {
  std::optional<YamlScalar> scalar = Scalar(key);
  if (!scalar) return std::nullopt;
  return std::move(scalar->value);
}

std::optional<uint32_t> YamlMap::Number(std::string_view key, uint32_t least, uint32_t most) {
  std::optional<YamlScalar> scalar = Scalar(key);
  if (!scalar) return std::nullopt;
  uint32_t number = 0;
  const char* end = scalar->value.data() + scalar->value.size();
  auto [stop, error] = std::from_chars(scalar->value.data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most) {
    Fault(key, "'" + scalar->value + "' is not a whole number from " + std::to_string(least) +
                   " to " + std::to_string(most));
    return std::nullopt;
  }
  return number;
}

std::optional<size_t> YamlMap::Word(std::string_view key, std::span<const std::string_view> words) {
  std::optional<YamlScalar> scalar = Scalar(key);
  if (!scalar) return std::nullopt;
  auto found = std::find(words.begin(), words.end(), scalar->value);
  if (found != words.end()) return found - words.begin();
  auto meant = Suggest(scalar->value, words);
  Fault(key, "'" + scalar->value + "' is not a value of '" + std::string(key) + "'",
        meant ? "did you mean '" + std::string(*meant) + "'?" : "write " + OneOf(words));
  return std::nullopt;
}

std::optional<bool> YamlMap::YesNo(std::string_view key) {
  const std::optional<YamlScalar> scalar = Scalar(key);
  if (!scalar) return std::nullopt;
  if (scalar->value == "yes" || scalar->value == "true") return true;
  if (scalar->value == "no" || scalar->value == "false") return false;
  // No suggestion: that for "on" would be "no".
  Fault(key, "'" + scalar->value + "' is neither yes nor no", "write yes or no");
  return std::nullopt;
}

std::vector<YamlItem> YamlMap::Sequence(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return {};
  if (entry->kind == Entry::Kind::kScalar) return {YamlItem{entry->scalar, nullptr}};
  if (entry->kind == Entry::Kind::kSequence) return entry->items;
  Fault(key, "'" + std::string(key) + "' wants a list, and this is a mapping",
        "begin each item with '- '");
  return {};
}

std::vector<YamlScalar> YamlMap::Scalars(std::string_view key) {
  std::vector<YamlScalar> scalars;
  for (YamlItem& item : Sequence(key)) {
    if (item.scalar) {
      scalars.push_back(std::move(*item.scalar));
    } else {
      diagnostics_->Error(item.map->where(), "a mapping in the list '" + std::string(key) + "'",
                          "write single values; a value with ': ' in it needs quotes");
    }
  }
  return scalars;
}

std::optional<YamlMap> YamlMap::Map(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->kind != Entry::Kind::kMap) {
    Fault(key, "'" + std::string(key) + "' wants a mapping", "write its keys indented below it");
    return std::nullopt;
  }
  return *entry->map;
}

bool YamlMap::Has(std::string_view key) const {
  tree_->asked.emplace_back(key);
  return Peek(key) != nullptr;
}

bool YamlMap::IsMap(std::string_view key) const {
  const Entry* entry = Peek(key);
  return entry != nullptr && entry->kind == Entry::Kind::kMap;
}

bool YamlMap::IsEmpty(std::string_view key) const {
  const Entry* entry = Peek(key);
  if (entry == nullptr || entry->kind == Entry::Kind::kNull) return true;
  if (entry->kind == Entry::Kind::kMap) return entry->map->tree_->entries.empty();
  return entry->kind == Entry::Kind::kSequence && entry->items.empty();
}

std::vector<YamlScalar> YamlMap::Keys() const {
  std::vector<YamlScalar> keys;
  for (const Entry& entry : tree_->entries) keys.push_back(entry.key);
  return keys;
}

Position YamlMap::Where(std::string_view key) const {
  const Entry* entry = Peek(key);
  return entry == nullptr ? where_ : entry->where;
}

void YamlMap::RefuseOtherKeys() {
  std::vector<std::string_view> known(tree_->asked.begin(), tree_->asked.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (const Entry& entry : tree_->entries) {
    if (entry.asked) continue;
    auto meant = Suggest(entry.key.value, known);
    diagnostics_->Error(
        entry.key.where, "unknown key '" + entry.key.value + "'",
        meant ? "did you mean '" + std::string(*meant) + "'?" : "known here: " + OneOf(known));
  }
}

void YamlMap::Fault(std::string_view key, std::string what, std::string fix) {
  diagnostics_->Error(Where(key), std::move(what), std::move(fix));
}

YamlMap ParseYaml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  YamlMap empty({file, 0, 0}, &diagnostics);
  try {
    // The end is marked, so that a quote which was never closed does not silently swallow the rest.
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text) + "\n...\n");
    if (documents.size() > 1) {
      diagnostics.Error(PositionOf(documents[1].Mark(), file), "a second document in the file",
                        "take the line '---' out, or make two files");
      return empty;
    }
    const YAML::Node node = documents.empty() ? YAML::Node() : documents[0];
    if (node.IsNull()) {
      diagnostics.Error({file, 0, 0}, "the file is empty");
      return empty;
    }
    if (!node.IsMap()) {
      diagnostics.Error(PositionOf(node.Mark(), file), "the file is not a mapping",
                        "begin with keys such as 'id: my-campaign'");
      return empty;
    }
    size_t values_left = MostValues(text);
    return YamlMap::Build(&node, file, diagnostics, values_left, 0);
  } catch (const YAML::Exception& exception) {
    if (const uint32_t line = FindTab(text); line != 0) {
      diagnostics.Error({file, line, 1}, "a line that is indented with a tab",
                        "indent with spaces");
      return empty;
    }
    diagnostics.Error(PositionOf(exception.mark, file), "not valid YAML: " + exception.msg,
                      FixFor(exception.msg));
  } catch (const std::exception& exception) {
    diagnostics.Error({file, 0, 0}, std::string("not valid YAML: ") + exception.what());
  }
  return empty;
}

YamlMap ParseYamlFile(const std::string& path, Diagnostics& diagnostics) {
  std::string reason;
  std::optional<std::string> text = ReadFile(path, kLargestFile, reason);
  if (!text) {
    diagnostics.Error({path, 0, 0}, "cannot read the file: " + reason,
                      "check the path and its permissions");
    return YamlMap({path, 0, 0}, &diagnostics);
  }
  return ParseYaml(*text, path, diagnostics);
}

std::optional<std::string> ReadFile(const std::string& path, size_t limit, std::string& reason) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                       &std::fclose);
  if (file == nullptr) {
    reason = std::strerror(errno);
    return std::nullopt;
  }
  std::string text;
  std::vector<char> block(1 << 16);
  while (size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
    text.append(block.data(), got);
    if (text.size() > limit) {
      reason = "larger than " + std::to_string(limit >> 20) + " MiB";
      return std::nullopt;
    }
  }
  if (std::ferror(file.get()) != 0) {
    reason = std::strerror(errno);
    return std::nullopt;
  }
  return text;
}

}  // namespace tollgate::text
