// SPDX-License-Identifier: BSD-3-Clause
//
// Files as they come: compressed, damaged, too large, archives.

#include "ruleset/source/feed_file.h"

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

constexpr size_t kLimit = size_t{1} << 20;

// "evil.example\n", each with a checksum of its contents.
const std::string kGzip(
    "\037\213\010\000\000\000\000\000\000\003\113\055\313\314\321\113\255\110\314\055"
    "\310\111\345\002\000\035\245\205\112\015\000\000\000",
    33);
const std::string kXz(
    "\375\067\172\130\132\000\000\001\151\042\336\066\002\000\041\001\026\000\000\000"
    "\164\057\345\243\001\000\014\145\166\151\154\056\145\170\141\155\160\154\145\012"
    "\000\000\000\000\035\245\205\112\000\001\041\015\165\334\250\322\220\102\231\015"
    "\001\000\000\000\000\001\131\132",
    68);
const std::string kZstd(
    "\050\265\057\375\004\130\151\000\000\145\166\151\154\056\145\170\141\155\160\154"
    "\145\012\372\243\063\116",
    26);
const std::string kBzip2(
    "\102\132\150\071\061\101\131\046\123\131\236\055\042\333\000\000\002\121\200\000"
    "\020\000\001\042\046\101\100\040\000\042\006\201\352\020\003\005\144\052\064\340"
    "\157\027\162\105\070\120\220\236\055\042\333",
    51);

std::string Read(const std::string& contents, size_t limit = kLimit) {
  const test::TemporaryFolder folder;
  absl::StatusOr<std::string> text = ReadFeedFile(folder.Write("feed", contents), limit);
  return text.ok() ? *text : "error: " + std::string(text.status().message());
}

}  // namespace

TEST_CASE("A plain file is read as it is, whatever its octets") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "evil.example\n", std::string("a\0b\xff", 4), "BZh is a name",
               "BZh", "\x1f", std::string(300000, 'a'));
  CHECK(Read(text) == text);
}

TEST_CASE("gzip, xz, zstd and bzip2 are known by their first octets, whatever the file's name") {
  CHECK(Read(GENERATE(as<std::string>{}, kGzip, kXz, kZstd, kBzip2)) == "evil.example\n");
}

TEST_CASE("Compressed files one behind another are one text") {
  const std::string frame = GENERATE(as<std::string>{}, kGzip, kXz, kZstd, kBzip2);
  CHECK(Read(frame + frame) == "evil.example\nevil.example\n");
}

TEST_CASE("A compressed file that is cut off is an error, wherever it ends") {
  const std::string frame = GENERATE(as<std::string>{}, kGzip, kXz, kZstd, kBzip2);
  for (size_t length = frame.size() - 1; length > 10; --length) {
    INFO(length);
    CHECK(Read(frame.substr(0, length)).starts_with("error: "));
  }
}

TEST_CASE("A compressed file with another bit in its contents is an error") {
  std::string damaged = GENERATE(as<std::string>{}, kGzip, kXz, kZstd, kBzip2);
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x10);
  CHECK(Read(damaged).starts_with("error: "));
}

TEST_CASE("No other bit anywhere behind a gzip file's header gives another text") {
  // The bits behind the end of the last block mean nothing.
  for (size_t bit = 10 * 8; bit < kGzip.size() * 8; ++bit) {
    std::string damaged = kGzip;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const std::string text = Read(damaged);
    INFO(bit << ": " << text);
    CHECK((text == "evil.example\n" || text.starts_with("error: ")));
  }
}

TEST_CASE("What follows a gzip file is an error, zeros aside") {
  CHECK(Read(kGzip + std::string(100, '\0')) == "evil.example\n");
  CHECK(Read(kGzip + "bad.example\n") == "error: something else behind the gzip data");
}

TEST_CASE("A text of the limit is read, and one octet more is an error") {
  CHECK(Read(std::string(kLimit, 'a')) == std::string(kLimit, 'a'));
  CHECK(Read(std::string(kLimit + 1, 'a')) == "error: larger than 1 MiB");
}

TEST_CASE("The limit is on what comes out of a compressed file") {
  CHECK(Read(GENERATE(as<std::string>{}, kGzip, kXz, kZstd, kBzip2), 12) ==
        "error: larger than 0 MiB");
  CHECK(Read(kGzip, 35) == "evil.example\n");
}

TEST_CASE("An archive of several files is an error") {
  const std::string tar = std::string(257, 'a') + "ustar" + std::string(250, '\0');
  CHECK(Read(tar) == "error: an archive of several files; unpack it, and name the file");
  CHECK(Read("PK\x03\x04...") ==
        "error: an archive of several files; unpack it, and name the file");
}

TEST_CASE("A file that is not there, and a folder, are errors") {
  const test::TemporaryFolder folder;
  CHECK(ReadFeedFile(folder.path() + "/none", kLimit).status().message() ==
        "No such file or directory");
  CHECK(ReadFeedFile(folder.path(), kLimit).status().message() == "Is a directory");
}

TEST_CASE("An ending that says how a file is compressed is left out of its name") {
  const std::string ending = GENERATE(as<std::string>{}, ".gz", ".xz", ".zst", ".bz2", ".GZ");
  CHECK(WithoutCompression("feeds/a.txt" + ending) == "feeds/a.txt");
}

TEST_CASE("Any other name is left as it is") {
  CHECK(WithoutCompression("a.txt") == "a.txt");
  CHECK(WithoutCompression(".gz") == ".gz");
  CHECK(WithoutCompression("gz") == "gz");
}

}  // namespace tollgate::source
