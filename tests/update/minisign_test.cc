// SPDX-License-Identifier: BSD-3-Clause
//
// Signatures that minisign 0.10 has made.

#include "ruleset/update/minisign.h"

#include "tests/support/catch.h"

namespace tollgate::update {
namespace {

constexpr char kContents[] = "evil.example\n";
constexpr char kKeyLine[] = "RWRt3ZZJ1ZDmnWnoFWhwc+LDCs8lZxKGIHgwI5YWJnAutyHiJVl2WB4B";
constexpr char kPrehashed[] =
    "untrusted comment: signature from minisign secret key\n"
    "RURt3ZZJ1ZDmnSkHSMqs2puml8c605XJ0zJIkAqTTJtITlXQ9DQQOTl5q8WbVYcIiYN37G3C05WKm919N18zLxB7Iq7Oy"
    "eO5Mgs=\n"
    "trusted comment: list 7\n"
    "40zm63eRWreiM/2urgnKsXYYo7wGIRpEcQMyKKmB/S095X3nuKJQCcyyDHkXA9um5/8k/SxmSyNPti5K7sk6Bw==\n";
constexpr char kRaw[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWRt3ZZJ1ZDmnUhZFDeZbTpAYV91Yc52xtl+SQLZQ20bV/EnrpqPDyxYkEv4FnrwmEJWlLmM4Cqpkjp7nhiTBv5XfsEWps"
    "oryA0=\n"
    "trusted comment: list 7\n"
    "S/Dms7pCU9LXP/IMFPWWkZHJiJeaG4iy78NgK34ITc7N11Ig0ubzqUjeoTHqQeqpHLSDCg+XEKAe5vSLsekZAw==\n";

std::string Checked(std::string_view signature_file, std::string_view contents) {
  const absl::StatusOr<MinisignKey> key = ParseMinisignKey(kKeyLine);
  const absl::StatusOr<MinisignSignature> signature = ParseMinisignSignature(signature_file);
  if (!key.ok() || !signature.ok()) return "not read";
  const absl::Status status = CheckMinisign(*key, *signature, contents);
  return status.ok() ? "good" : std::string(status.message());
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("A signature over the hash of the contents") {
  CHECK(Checked(kPrehashed, kContents) == "good");
}

TEST_CASE("A signature over the contents themselves") { CHECK(Checked(kRaw, kContents) == "good"); }

TEST_CASE("Other contents do not have the signature") {
  CHECK(Checked(kPrehashed, "evil.example") == "the signature does not fit the contents");
  CHECK(Checked(kRaw, "") == "the signature does not fit the contents");
}

TEST_CASE("The trusted comment is signed") {
  CHECK(Checked(Replaced(kPrehashed, "list 7", "list 8"), kContents) ==
        "the signature's trusted comment was changed");
}

TEST_CASE("The untrusted comment is not") {
  CHECK(Checked(Replaced(kPrehashed, "secret key", "a stranger"), kContents) == "good");
}

TEST_CASE("A file with Windows' line ends is read") {
  std::string file;
  for (const char* c = kPrehashed; *c != '\0'; ++c)
    file += *c == '\n' ? "\r\n" : std::string(1, *c);
  CHECK(Checked(file, kContents) == "good");
}

TEST_CASE("A whole .pub file will do for a key") {
  CHECK(ParseMinisignKey(std::string("untrusted comment: minisign public key\n") + kKeyLine + "\n")
            .ok());
}

TEST_CASE("What is no key is refused") {
  for (const char* text : {"", "RWRt3ZZJ1ZDm", "untrusted comment: x",
                           "RURt3ZZJ1ZDmnWnoFWhwc+LDCs8l", "not base64 at all!"}) {
    CHECK(!ParseMinisignKey(text).ok());
  }
}

TEST_CASE("What is no signature is refused") {
  CHECK(!ParseMinisignSignature("").ok());
  CHECK(!ParseMinisignSignature(Replaced(kPrehashed, "trusted comment: list 7\n", "")).ok());
  CHECK(!ParseMinisignSignature(Replaced(kPrehashed, "RURt", "QURt")).ok());
  CHECK(!ParseMinisignSignature(std::string(kPrehashed) + "more\n").ok());
}

}  // namespace tollgate::update
