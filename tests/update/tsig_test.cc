// SPDX-License-Identifier: BSD-3-Clause
//
// Keys, and signatures that are not what they should be. tests/update/transfer_test.py has real
// servers that check ours, and whose are checked.

#include "ruleset/update/tsig.h"

#include "tests/support/catch.h"

namespace tollgate::update {
namespace {

const TsigKey kKey = {std::string("\3rpz\0", 5), HmacHash::kSha256, "a secret of some octets"};

// A message without records.
std::string Message() { return std::string("\1\2\x80\0\0\0\0\0\0\0\0\0", 12); }

// The same, signed as a request.
std::string Signed() {
  std::string message = Message();
  TsigStream(kKey).Sign(message, 1000);
  return message;
}

std::string Parsed(std::string_view text) {
  const absl::StatusOr<TsigKey> key = ParseTsigKey(text);
  return key.ok() ? "good" : std::string(key.status().message());
}

}  // namespace

TEST_CASE("A key as tsig-keygen writes it") {
  const absl::StatusOr<TsigKey> key =
      ParseTsigKey("key \"Rpz.Example\" {\n\talgorithm hmac-sha512;\n\tsecret \"aGVsbG8=\";\n};\n");
  REQUIRE(key.ok());
  CHECK(key->name == std::string("\3rpz\7example\0", 13));
  CHECK(key->hash == HmacHash::kSha512);
  CHECK(key->secret == "hello");
}

TEST_CASE("Comments and blanks do not matter") {
  CHECK(
      Parsed("# ours\n// since 2026\nkey rpz{secret aGVsbG8=;/* old */algorithm hmac-sha256;};") ==
      "good");
}

TEST_CASE("What is no key says so") {
  CHECK(Parsed("").starts_with("not a key"));
  CHECK(Parsed("zone rpz { };").starts_with("not a key"));
  CHECK(Parsed("key rpz { algorithm hmac-sha256; };") == "the key has no secret");
  CHECK(Parsed("key rpz { algorithm hmac-sha256; secret \"!\"; };") ==
        "the key's secret is not base64");
  CHECK(Parsed("key rpz { algorithm hmac-md5; secret \"aGVsbG8=\"; };") ==
        "the key's algorithm is 'hmac-md5'; hmac-sha256 and hmac-sha512 can be used");
}

TEST_CASE("A signature is found at the end of a message") {
  const auto found = FindTsig(Signed());
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->at == Message().size());
  CHECK((*found)->key_name == kKey.name);
  CHECK((*found)->time == 1000);
  CHECK((*found)->mac.size() == 32);
}

TEST_CASE("A message without one has none") {
  const auto found = FindTsig(Message());
  REQUIRE(found.ok());
  CHECK(!found->has_value());
}

TEST_CASE("A message that is cut off anywhere is damaged") {
  const std::string message = Signed();
  for (size_t size = 0; size < message.size(); ++size) {
    CHECK(!FindTsig(message.substr(0, size)).ok());
  }
}

TEST_CASE("The first message of a reply must be signed") {
  TsigStream stream(kKey);
  std::string request = Message();
  stream.Sign(request, 1000);
  CHECK(stream.Check(Message(), 1000).message() == "the reply is not signed");
}

TEST_CASE("The request's own signature is none of the reply") {
  TsigStream stream(kKey);
  std::string request = Message();
  stream.Sign(request, 1000);
  CHECK(stream.Check(request, 1000).message() == "the signature of the reply is wrong");
}

TEST_CASE("A signature with another key is told apart") {
  TsigKey other = kKey;
  other.name = std::string("\3zpr\0", 5);
  std::string message = Message();
  TsigStream(other).Sign(message, 1000);
  TsigStream stream(kKey);
  CHECK(stream.Check(message, 1000).message() == "the reply is signed with another key");
}

TEST_CASE("A reply of which nothing is signed has no end") {
  CHECK(!TsigStream(kKey).Finish().ok());
}

}  // namespace tollgate::update
