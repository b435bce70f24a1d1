// SPDX-License-Identifier: BSD-3-Clause
//
// dns::Name: wire format, presentation format, and the limits of RFC 1035.

#include "ruleset/dns/name.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace tollgate::dns {
namespace {

using namespace std::string_literals;

std::vector<uint8_t> Octets(const std::string& text) { return {text.begin(), text.end()}; }

std::string Wire(std::span<const uint8_t> wire) { return {wire.begin(), wire.end()}; }

// What FromText makes of `text`: its presentation format again, or what is wrong.
std::string Parsed(std::string_view text) {
  absl::StatusOr<Name> name = Name::FromText(text);
  return name.ok() ? name->Text() : "error: " + std::string(name.status().message());
}

bool IsWireName(const std::string& wire) { return Name::FromWire(Octets(wire)).has_value(); }

std::string Label(size_t length) { return std::string(length, 'x'); }

// A name of `octets` octets in wire format, the root label included.
std::string TextOfLength(size_t octets) {
  std::string text;
  size_t left = octets - 1;
  while (left > 64) {
    text += Label(63) + ".";
    left -= 64;
  }
  return text + Label(left - 1);
}

std::string Repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("Presentation format: text to text") {
  const auto [written, read] = GENERATE(table<std::string, std::string>({
      {"example.com", "example.com"},
      {"example.com.", "example.com"},
      {"EXAMPLE.Com", "example.com"},
      {".", "."},
      {"com", "com"},
      {"_dmarc.example.com", "_dmarc.example.com"},
      {"a-b.example", "a-b.example"},
      {R"(a\.b.example)", R"(a\.b.example)"},
      {R"(a\046b.example)", R"(a\.b.example)"},
      {R"(\065.example)", "a.example"},
      {R"(\a.example)", "a.example"},
      {R"(\000.example)", R"(\000.example)"},
      {R"(\255.example)", R"(\255.example)"},
      {R"(a\032b.example)", R"(a\032b.example)"},
      {R"(a\ b.example)", R"(a\032b.example)"},
      {R"(a\\b.example)", R"(a\\b.example)"},
      {"*.example", R"(\*.example)"},
      {"a!b.example", R"(a\!b.example)"},
  }));
  INFO(written);
  CHECK(Parsed(written) == read);
}

TEST_CASE("Presentation format: what is no name") {
  const auto [written, reason] = GENERATE(table<std::string, std::string>({
      {"", "an empty name"},
      {"..", "an empty label (two dots, or a dot at the start)"},
      {".com", "an empty label (two dots, or a dot at the start)"},
      {"a..com", "an empty label (two dots, or a dot at the start)"},
      {"a.com..", "an empty label (two dots, or a dot at the start)"},
      {"a b.com", "a space or control character in the name"},
      {"a\tb.com", "a space or control character in the name"},
      {"a\x7f.com", "a space or control character in the name"},
      {"b\xc3\xbc"
       "cher.example",
       "a character that is not ASCII; write the A-label (xn--...)"},
      {"a\\", "a backslash at the end of the name"},
      {R"(a\1.com)", R"(an escape that is not \DDD with three digits)"},
      {R"(a\12)", R"(an escape that is not \DDD with three digits)"},
      {R"(a\256.com)", R"(an escape \DDD above 255)"},
  }));
  INFO(written);
  CHECK(Parsed(written) == "error: " + reason);
}

TEST_CASE("A label has at most 63 octets") {
  CHECK(Parsed(Label(63) + ".com") == Label(63) + ".com");
  CHECK(Parsed(Label(64) + ".com") == "error: a label longer than 63 octets");
  CHECK(IsWireName("\x3f" + Label(63) + "\0"s));
  CHECK_FALSE(IsWireName("\x40" + Label(64) + "\0"s));
}

TEST_CASE("An escape counts as one octet of its label") {
  CHECK(Parsed(Repeated(R"(\001)", 63)) == Repeated(R"(\001)", 63));
  CHECK(Parsed(Repeated(R"(\001)", 64)) == "error: a label longer than 63 octets");
}

TEST_CASE("A name has at most 255 octets, the root label included") {
  CHECK(Name::FromText(TextOfLength(254))->wire().size() == 254);
  CHECK(Name::FromText(TextOfLength(255))->wire().size() == 255);
  CHECK(Parsed(TextOfLength(256)) == "error: a name longer than 255 octets");
  CHECK(Parsed(TextOfLength(255) + ".") == TextOfLength(255));
}

TEST_CASE("A name in wire format has at most 255 octets") {
  const std::string label = "\x3f" + Label(63);
  CHECK(IsWireName(label + label + label + "\x3d" + Label(61) + "\0"s));
  CHECK_FALSE(IsWireName(label + label + label + "\x3e" + Label(62) + "\0"s));
}

TEST_CASE("A name has at most 127 labels") {
  const std::string most = Repeated("a.", 127);
  REQUIRE(Name::FromText(most).ok());
  CHECK(Name::FromText(most)->label_count() == 127);
  CHECK(Name::FromText(most)->wire().size() == 255);
  CHECK(Parsed(Repeated("a.", 128)) == "error: a name longer than 255 octets");
  CHECK(Name::FromWire(Octets(Repeated("\1a"s, 127) + "\0"s))->label_count() == 127);
}

TEST_CASE("Wire format is taken as it is and folded to lower case") {
  const auto name = Name::FromWire(Octets("\4USPS\3ToP\0"s));
  REQUIRE(name.has_value());
  CHECK(Wire(name->wire()) == "\4usps\3top\0"s);
  CHECK(name->Text() == "usps.top");
}

TEST_CASE("Folding changes ASCII letters only") {
  const auto name = Name::FromWire(Octets("\7@[`{\xc4\xe4Z\0"s));
  REQUIRE(name.has_value());
  CHECK(Wire(name->wire()) == "\7@[`{\xc4\xe4z\0"s);
}

TEST_CASE("Length octets are not folded") {
  // 65 to 90 are letters, but no label is that long; 'A' inside a label is.
  const std::string long_label = "\x3f" + std::string(63, 'A');
  const auto name = Name::FromWire(Octets(long_label + "\1A\0"s));
  REQUIRE(name.has_value());
  CHECK(name->wire()[0] == 0x3f);
  CHECK(name->wire()[1] == 'a');
}

TEST_CASE("The root is a name without labels") {
  const auto root = Name::FromWire(Octets("\0"s));
  REQUIRE(root.has_value());
  CHECK(root->label_count() == 0);
  CHECK(root->Text() == ".");
  CHECK(Wire(root->Suffix(0)) == "\0"s);
  CHECK(*root == *Name::FromText("."));
}

TEST_CASE("Octets that are no name in wire format are refused") {
  CHECK_FALSE(IsWireName(""));
  CHECK_FALSE(IsWireName("\3com"));          // no root label
  CHECK_FALSE(IsWireName("\3co"));           // the label is cut off
  CHECK_FALSE(IsWireName("\3"));             // only its length
  CHECK_FALSE(IsWireName("\3com\0\0"s));     // something follows
  CHECK_FALSE(IsWireName("\0\3com\0"s));     // something follows the root
  CHECK_FALSE(IsWireName("\3www\xc0\x0c"));  // a compression pointer
  CHECK_FALSE(IsWireName("\xc0\x0c"));       // nothing but one
  CHECK_FALSE(
      IsWireName("\x41"
                 "bit string\0"s));  // RFC 2673, long gone
  CHECK_FALSE(
      IsWireName("\x80"
                 "reserved\0"s));
}

TEST_CASE("Stored(n) is Suffix(n) without the root label") {
  const Name name = *Name::FromText("usps.top");
  CHECK(Wire(name.Stored()) == "\4usps\3top"s);
  CHECK(Wire(name.Stored(1)) == "\3top"s);
  CHECK(name.Stored(2).empty());
  CHECK(Name::FromText(".")->Stored().empty());
  CHECK(*Name::FromStored(name.Stored()) == name);
}

TEST_CASE("Suffix(n) is the name without its first n labels") {
  const Name name = *Name::FromText("usps.com-isjjz.top");
  CHECK(name.label_count() == 3);
  CHECK(Wire(name.Suffix(0)) ==
        "\4usps\x09"
        "com-isjjz\3top\0"s);
  CHECK(Wire(name.Suffix(1)) ==
        "\x09"
        "com-isjjz\3top\0"s);
  CHECK(Wire(name.Suffix(2)) == "\3top\0"s);
  CHECK(Wire(name.Suffix(3)) == "\0"s);
  CHECK(name.SuffixOffset(0) == 0);
  CHECK(name.SuffixOffset(1) == 5);
  CHECK(name.SuffixOffset(2) == 15);
  CHECK(name.SuffixOffset(3) == 19);
}

TEST_CASE("Text(n) is the text of Suffix(n)") {
  const Name name = *Name::FromText("usps.com-isjjz.top");
  CHECK(name.Text(0) == "usps.com-isjjz.top");
  CHECK(name.Text(1) == "com-isjjz.top");
  CHECK(name.Text(2) == "top");
  CHECK(name.Text(3) == ".");
}

TEST_CASE("WriteText gives the text and where each suffix begins in it") {
  NameText text;
  Name::FromText("usps.com-isjjz.top")->WriteText(text);
  CHECK(text.length == 18);
  CHECK(text.From(0) == "usps.com-isjjz.top");
  CHECK(text.From(1) == "com-isjjz.top");
  CHECK(text.From(2) == "top");
  CHECK(text.From(3) == "");
}

TEST_CASE("WriteText counts what escapes add to the offsets") {
  NameText text;
  Name::FromText(R"(a\.b.\000c.com)")->WriteText(text);
  CHECK(text.From(0) == R"(a\.b.\000c.com)");
  CHECK(text.From(1) == R"(\000c.com)");
  CHECK(text.From(2) == "com");
}

TEST_CASE("WriteText of the root is empty") {
  NameText text;
  Name::FromText(".")->WriteText(text);
  CHECK(text.length == 0);
  CHECK(text.From(0) == "");
}

TEST_CASE("WriteText holds the longest text that a name can have") {
  const std::string label = "\x3f" + std::string(63, '\xff');
  const std::string wire = label + label + label + "\x3d" + std::string(61, '\xff') + "\0"s;
  const auto name = Name::FromWire(Octets(wire));
  REQUIRE(name.has_value());
  NameText text;
  name->WriteText(text);
  CHECK(text.length == 250 * 4 + 3);
  CHECK(text.From(3) == Repeated(R"(\255)", 61));
}

TEST_CASE("A dot in a label is not a label boundary in text") {
  const auto name = Name::FromWire(Octets("\5a.com\3top\0"s));
  REQUIRE(name.has_value());
  CHECK(name->Text() == R"(a\.com.top)");
  CHECK_FALSE(*name == *Name::FromText("a.com.top"));
}

TEST_CASE("Text survives the way to wire format and back") {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string wire = "\3a"s + static_cast<char>(octet) + "b\3com\0"s;
    const auto name = Name::FromWire(Octets(wire));
    REQUIRE(name.has_value());
    INFO(name->Text());
    CHECK(*Name::FromText(name->Text()) == *name);
  }
}

TEST_CASE("Names are equal whatever their case and final dot") {
  CHECK(*Name::FromText("EXAMPLE.com.") == *Name::FromText("example.COM"));
  CHECK_FALSE(*Name::FromText("example.com") == *Name::FromText("www.example.com"));
}

}  // namespace tollgate::dns
