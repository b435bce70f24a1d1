// SPDX-License-Identifier: BSD-3-Clause
//
// The writing end of the database file: sections in, one file out.

#ifndef TOLLGATE_RULESET_DATABASE_WRITER_H_
#define TOLLGATE_RULESET_DATABASE_WRITER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ruleset/database/format.h"

namespace tollgate::database {

// The strings section: every distinct text once.
class StringTable {
 public:
  StringRef Add(std::string_view text);
  const std::string& octets() const { return octets_; }

 private:
  std::string octets_;
  std::map<std::string, StringRef, std::less<>> known_;
};

class Writer {
 public:
  // `created` is in seconds since 1970-01-01 UTC.
  Writer(uint64_t name_seed, uint64_t created) : name_seed_(name_seed), created_(created) {}

  // Adds a section; its octets are copied.
  void Add(SectionKind kind, std::string_view octets);

  template <typename T>
  void AddRecords(SectionKind kind, std::span<const T> records) {
    Add(kind, {reinterpret_cast<const char*>(records.data()), records.size_bytes()});
  }

  // Adds a section of `size` octets that `fill` writes into the file itself, once: for what is too
  // large to exist twice. `fill` must live until Finish.
  void AddSpace(SectionKind kind, size_t size, std::function<void(std::span<char>)> fill);

  // The whole file: header, list of sections, sections at their alignment, zeroes between them.
  std::string Finish() const;

 private:
  struct Section {
    SectionKind kind;
    size_t size;
    std::string octets;                         // what to copy, where there is no `fill`
    std::function<void(std::span<char>)> fill;  // may be empty
  };

  uint64_t name_seed_;
  uint64_t created_;
  std::vector<Section> sections_;
};

// Replaces the file at `path` in one step: writes a temporary file beside it, syncs, renames, syncs
// the folder. Whoever has the old file open keeps it; after an error it is untouched and the
// temporary file is gone.
absl::Status ReplaceFile(const std::string& path, std::string_view octets);

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_WRITER_H_
