// SPDX-License-Identifier: BSD-3-Clause
//
// RuleSet::OpenCopy: whatever is done to the file afterwards, its verdicts stay; and what it
// refuses it refuses at once.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "ruleset/database/format.h"
#include "ruleset/database/mapped_file.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using database::MappedFile;

const std::string& Sound() {
  static const std::string octets = SmallDatabase();
  return octets;
}

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "tollgate-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path_ = path;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  // The path of `name`, which then has these octets: written in place where it is there.
  std::string Write(const std::string& name, std::string_view octets) const {
    const std::string path = (path_ / name).string();
    std::ofstream(path, std::ios::binary) << octets;
    return path;
  }
  std::string Path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// What every lookup of the small database says, as one number.
uint64_t Verdicts(const RuleSet& rules) { return Exercise(rules, SmallQueries()); }

TEST_CASE("a copy of a database answers as the mapped file does") {
  const Folder folder;
  const std::string path = folder.Write("tollgate.db", Sound());
  const auto mapped = RuleSet::Open(path);
  const auto copy = RuleSet::OpenCopy(path);
  REQUIRE(mapped.ok());
  REQUIRE(copy.ok());
  CHECK((*copy)->checksum() == (*mapped)->checksum());
  CHECK((*copy)->file_size() == Sound().size());
  CHECK(Verdicts(**copy) == Verdicts(**mapped));
}

TEST_CASE("a huge file that is something else is not read, nor is there memory taken for it") {
  const Folder folder;
  const std::string path = folder.Write("huge", "not a database");
  std::filesystem::resize_file(path, uint64_t{1} << 42);  // sparse
  CHECK(Message(RuleSet::Open(path).status()).find("not a Tollgate database") != std::string::npos);
  CHECK(Message(RuleSet::OpenCopy(path).status()).find("not a Tollgate database") !=
        std::string::npos);
}

TEST_CASE("a copy answers on when its file is truncated") {
  const Folder folder;
  const std::string path = folder.Write("tollgate.db", Sound());
  const auto copy = RuleSet::OpenCopy(path);
  REQUIRE(copy.ok());
  const uint64_t before = Verdicts(**copy);
  std::filesystem::resize_file(path, 0);
  CHECK(Verdicts(**copy) == before);
}

TEST_CASE("a copy answers on when its file is overwritten in place") {
  const Folder folder;
  const std::string path = folder.Write("tollgate.db", Sound());
  const auto copy = RuleSet::OpenCopy(path);
  REQUIRE(copy.ok());
  const uint64_t before = Verdicts(**copy);
  folder.Write("tollgate.db", std::string(2 * Sound().size(), '\xff'));
  CHECK(Verdicts(**copy) == before);
}

TEST_CASE("a copy answers on when its file is deleted") {
  const Folder folder;
  const std::string path = folder.Write("tollgate.db", Sound());
  const auto copy = RuleSet::OpenCopy(path);
  REQUIRE(copy.ok());
  const uint64_t before = Verdicts(**copy);
  std::filesystem::remove(path);
  CHECK(Verdicts(**copy) == before);
}

TEST_CASE("a copy is verified as the mapped file is") {
  std::string damaged = Sound();
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  const Folder folder;
  for (const std::string& octets : {damaged, Sound().substr(0, Sound().size() - 1), Sound() + "x",
                                    Sound().substr(0, 63), std::string("policies:\n")}) {
    const std::string path = folder.Write("tollgate.db", octets);
    const absl::Status copied = RuleSet::OpenCopy(path).status();
    CHECK_FALSE(copied.ok());
    CHECK(copied == RuleSet::Open(path).status());
  }
}

TEST_CASE("what is no file is refused at once, copied or mapped") {
  const Folder folder;
  const std::string fifo = folder.Path("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const std::string empty = folder.Write("empty", "");
  const std::string missing = folder.Path("missing");
  const auto open_copy = [](const std::string& path) { return RuleSet::OpenCopy(path); };
  for (decltype(&RuleSet::Open) open : {&RuleSet::Open, +open_copy}) {
    CHECK(Message(open(fifo).status()) == fifo + " is not a regular file");  // and does not block
    CHECK(Message(open("/dev/null").status()) == "/dev/null is not a regular file");
    CHECK(Message(open("/").status()) == "/ is not a regular file");
    CHECK(Message(open(empty).status()) == empty + " is empty");
    CHECK(Message(open(missing).status()).starts_with("cannot open " + missing));
  }
}

TEST_CASE("a file that became shorter while it was read is refused with the reason") {
  const MemoryFile file("0123456789");
  std::FILE* stream = std::fopen(file.path().c_str(), "r");
  const absl::Status status = MappedFile::ReadDescriptor(fileno(stream), 11, "x.db").status();
  std::fclose(stream);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(status) ==
        "x.db became shorter while it was read: a database is replaced by rename, as 'tollgate "
        "compile' does, and never written in place");
}

TEST_CASE("a file that became longer while it was read is refused with the reason") {
  const MemoryFile file("0123456789");
  std::FILE* stream = std::fopen(file.path().c_str(), "r");
  const absl::Status status = MappedFile::ReadDescriptor(fileno(stream), 9, "x.db").status();
  std::fclose(stream);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(Message(status).starts_with("x.db became longer while it was read: "));
}

TEST_CASE("octets that come in pieces are put together") {
  // The kernel hands out its list of ciphers a page at a time.
  std::ifstream stream("/proc/crypto", std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(stream), {}};
  if (octets.size() < 8192) {
    SUCCEED("skipped: /proc/crypto is missing, or short");
    return;
  }
  std::FILE* file = std::fopen("/proc/crypto", "r");
  const auto copy = MappedFile::ReadDescriptor(fileno(file), octets.size(), "ciphers");
  std::fclose(file);
  REQUIRE(copy.ok());
  const auto bytes = copy->bytes();
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == octets);
}

int pauses = 0;

TEST_CASE("who reads a large file is asked to pause after each piece of it") {
  const MemoryFile file(std::string(2 * database::kChunkOctets + 1, 'x'));
  pauses = 0;
  REQUIRE(MappedFile::ReadCopy(
              file.path(), [](auto, auto) { return absl::OkStatus(); }, [] { ++pauses; })
              .ok());
  CHECK(pauses == 3);
}

TEST_CASE("a descriptor that cannot be read is an error with its name") {
  const absl::Status status = MappedFile::ReadDescriptor(-1, 10, "x.db").status();
  CHECK(Message(status).starts_with("cannot read x.db"));
}

TEST_CASE("a file that is larger than the memory is refused, and nothing is thrown") {
  // 1 EiB, which no address space has.
  const absl::Status status = MappedFile::ReadDescriptor(-1, size_t{1} << 60, "x.db").status();
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(Message(status) == "there is no memory for the 1152921504606846976 octets of x.db");
}

}  // namespace
}  // namespace tollgate::testing
