// SPDX-License-Identifier: BSD-3-Clause
//
// Where the filter is told to look away, and that it looks away from nothing else.

#include "module/live/pauses.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {
namespace {

using test::NameOf;
using Effect = Pauses::Effect;
using Mask = std::vector<uint8_t>;

constexpr uint64_t kNow = 1'000'000;
constexpr char kThree[] = "policies: [a.yaml, b.yaml, c.yaml]";

// The policies "a", "b" and "c", in this order.
const RuleSet& Rules() {
  static const test::Compiled rules({{"tollgate.yaml", kThree},
                                     {"a.yaml", "id: a\ntitle: t\ndomains: [a.com]"},
                                     {"b.yaml", "id: b\ntitle: t\ndomains: [b.com]"},
                                     {"c.yaml", "id: c\ntitle: t\ndomains: [c.com]"}});
  return rules.rules();
}

// The policies "b" and "a".
const RuleSet& OtherRules() {
  static const test::Compiled rules({{"tollgate.yaml", "policies: [b.yaml, a.yaml]"},
                                     {"a.yaml", "id: a\ntitle: t\ndomains: [a.com]"},
                                     {"b.yaml", "id: b\ntitle: t\ndomains: [b.com]"}});
  return rules.rules();
}

Prefix PrefixOf(std::string_view text) {
  const absl::StatusOr<Prefix> prefix = ParsePrefix(text);
  if (!prefix.ok()) throw std::invalid_argument(prefix.status().ToString());
  return *prefix;
}

// A pause as people ask for it; empty is any.
Pause PauseOf(std::string_view client, std::string_view policy = "", std::string_view name = "",
              uint64_t until = 0) {
  Pause pause{.policy = std::string(policy), .until = until};
  if (!client.empty()) pause.client = PrefixOf(client);
  if (!name.empty()) pause.name = NameOf(name);
  return pause;
}

Pauses ListOf(const std::vector<Pause>& list, const RuleSet& rules = Rules()) {
  Pauses pauses;
  for (const Pause& pause : list) {
    absl::StatusOr<Pauses> more = pauses.With(pause, &rules, 0);
    if (!more.ok()) throw std::invalid_argument(more.status().ToString());
    pauses = *std::move(more);
  }
  return pauses;
}

// "none", "all", or the policies that are looked away from, such as "a, c".
std::string Asked(const Pauses& pauses, std::string_view client, std::string_view qname,
                  uint64_t now = kNow, const RuleSet& rules = Rules()) {
  const Prefix from = client.empty() ? Prefix{} : PrefixOf(client);
  Mask mask(rules.policy_count());
  switch (pauses.Apply(from.address, from.family, NameOf(qname), now, mask)) {
    case Effect::kNone:
      return "none";
    case Effect::kAll:
      return "all";
    case Effect::kSome:
      break;
  }
  std::string text;
  for (uint32_t policy = 0; policy < mask.size(); ++policy) {
    if (mask[policy] == 0) continue;
    text += text.empty() ? "" : ", ";
    text += rules.Policy(policy).id;
  }
  return text;
}

std::string Fault(std::string_view text) {
  const absl::StatusOr<Prefix> prefix = ParsePrefix(text);
  return std::string(prefix.status().message());
}

TEST_CASE("A prefix of IPv4 is read", "[pauses]") {
  const Prefix prefix = PrefixOf("192.0.2.0/24");
  CHECK(prefix.family == 4);
  CHECK(prefix.length == 24);
  CHECK(prefix.address == std::array<uint8_t, 16>{192, 0, 2});
}

TEST_CASE("A prefix of IPv6 is read", "[pauses]") {
  const Prefix prefix = PrefixOf("2001:db8::/32");
  CHECK(prefix.family == 6);
  CHECK(prefix.length == 32);
  CHECK(prefix.address == std::array<uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8});
}

TEST_CASE("An address alone is a prefix of one client", "[pauses]") {
  CHECK(PrefixOf("192.0.2.1") == PrefixOf("192.0.2.1/32"));
  CHECK(PrefixOf("2001:db8::1") == PrefixOf("2001:db8::1/128"));
}

TEST_CASE("IPv4-mapped IPv6 is IPv4", "[pauses]") {
  CHECK(PrefixOf("::ffff:192.0.2.1") == PrefixOf("192.0.2.1"));
  CHECK(PrefixOf("::ffff:c000:200/120") == PrefixOf("192.0.2.0/24"));
  CHECK(PrefixOf("::ffff:0:0/96") == PrefixOf("0.0.0.0/0"));
}

TEST_CASE("Bits behind the prefix are refused with what was meant", "[pauses]") {
  CHECK(Fault("192.0.2.77/24") ==
        "'192.0.2.77/24' has bits behind its prefix: write 192.0.2.0/24 for all of it, or "
        "192.0.2.77 for one client");
  CHECK(Fault("2001:db8::1/33") ==
        "'2001:db8::1/33' has bits behind its prefix: write 2001:db8::/33 for all of it, or "
        "2001:db8::1 for one client");
  CHECK(Fault("::ffff:192.0.2.1/120") ==
        "'::ffff:192.0.2.1/120' has bits behind its prefix: write 192.0.2.0/24 for all of it, or "
        "192.0.2.1 for one client");
  CHECK(Fault("10.0.0.129/25").find("write 10.0.0.128/25 for") != std::string::npos);
}

TEST_CASE("A length beyond the address is refused", "[pauses]") {
  CHECK(Fault("192.0.2.0/33") == "/33 is longer than an IPv4 address of 32 bits");
  CHECK(Fault("2001:db8::/129") == "/129 is longer than an IPv6 address of 128 bits");
}

TEST_CASE("What is no address is refused", "[pauses]") {
  for (std::string_view text :
       {"", "/", "/24", "192.0.2/24", "192.0.2.0/", "192.0.2.0/x", "192.0.2.0/-1", "192.0.2.0/+1",
        "192.0.2.0/24/8", "192.0.2.0/ 24", "192.0.2.0/99999999999", "example.com", "fe80::1%lo"}) {
    CHECK(Fault(text) == "'" + std::string(text) +
                             "' is no address and no prefix: write 192.0.2.1, 192.0.2.0/24 or "
                             "2001:db8::/32");
  }
  CHECK_FALSE(ParsePrefix(std::string_view("192.0.2.1\0x", 11)).ok());
}

TEST_CASE("A prefix is written as it is read", "[pauses]") {
  for (const char* text : {"192.0.2.0/24", "0.0.0.0/0", "192.0.2.1", "::/0", "2001:db8::/32",
                           "2001:db8::1", "2001:db8:0:1::/64"}) {
    CHECK(ToText(PrefixOf(text)) == text);
  }
  CHECK(ToText(PrefixOf("192.0.2.1/32")) == "192.0.2.1");
  CHECK(ToText(PrefixOf("2001:DB8:0:0::/32")) == "2001:db8::/32");
  CHECK(ToText(Prefix{}) == "");
}

TEST_CASE("A prefix covers its own addresses alone", "[pauses]") {
  auto covers = [](const char* prefix, const char* address) {
    const Prefix client = PrefixOf(address);
    return Covers(PrefixOf(prefix), client.address, client.family);
  };
  CHECK(covers("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(covers("192.0.2.0/24", "192.0.3.0"));
  CHECK(covers("192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(covers("192.0.2.128/25", "192.0.2.127"));
  CHECK(covers("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(covers("192.0.2.1", "192.0.2.0"));
  CHECK(covers("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(covers("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(covers("2001:db8::1", "2001:db8::1"));
  CHECK_FALSE(covers("2001:db8::1", "2001:db8::2"));
}

TEST_CASE("A prefix of length 0 covers its family, and not the other one", "[pauses]") {
  const Prefix four = PrefixOf("198.51.100.7");
  const Prefix six = PrefixOf("2001:db8::7");
  CHECK(Covers(PrefixOf("0.0.0.0/0"), four.address, 4));
  CHECK_FALSE(Covers(PrefixOf("0.0.0.0/0"), six.address, 6));
  CHECK(Covers(PrefixOf("::/0"), six.address, 6));
  CHECK_FALSE(Covers(PrefixOf("::/0"), four.address, 4));
}

TEST_CASE("A client with an IPv4-mapped address is an IPv4 client", "[pauses]") {
  const std::array<uint8_t, 16> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  CHECK(Covers(PrefixOf("192.0.2.0/24"), mapped, 6));
  CHECK_FALSE(Covers(PrefixOf("192.0.3.0/24"), mapped, 6));
  CHECK_FALSE(Covers(PrefixOf("::/0"), mapped, 6));
  Mask mask(3);
  const Pauses pauses = ListOf({PauseOf("192.0.2.1")});
  CHECK(pauses.Apply(mapped, 6, NameOf("x.com"), kNow, mask) == Effect::kAll);
}

TEST_CASE("A client without an address is in the prefix of every client alone", "[pauses]") {
  CHECK(Covers(Prefix{}, {}, 0));
  CHECK_FALSE(Covers(PrefixOf("0.0.0.0/0"), {}, 0));
  CHECK_FALSE(Covers(PrefixOf("::/0"), {}, 0));
}

TEST_CASE("A prefix that is longer than its address is one client", "[pauses]") {
  Prefix prefix = PrefixOf("192.0.2.1");
  prefix.length = 255;
  CHECK(Covers(prefix, PrefixOf("192.0.2.1").address, 4));
  CHECK_FALSE(Covers(prefix, PrefixOf("192.0.2.2").address, 4));
}

TEST_CASE("Without a pause nothing is looked away from", "[pauses]") {
  CHECK(Pauses().empty());
  CHECK(Asked(Pauses(), "192.0.2.1", "a.com") == "none");
}

TEST_CASE("A pause of everything pauses every query", "[pauses]") {
  const Pauses pauses = ListOf({Pause{}});
  CHECK_FALSE(pauses.empty());
  CHECK(Asked(pauses, "192.0.2.1", "a.com") == "all");
  CHECK(Asked(pauses, "", ".") == "all");
}

TEST_CASE("A pause for clients is for no others", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("192.0.2.0/24")});
  CHECK(Asked(pauses, "192.0.2.9", "a.com") == "all");
  CHECK(Asked(pauses, "192.0.3.9", "a.com") == "none");
  CHECK(Asked(pauses, "2001:db8::1", "a.com") == "none");
  CHECK(Asked(pauses, "", "a.com") == "none");
}

TEST_CASE("A pause for a name is for it and all below it", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "", "Good.Com")});
  CHECK(Asked(pauses, "192.0.2.9", "good.com") == "all");
  CHECK(Asked(pauses, "192.0.2.9", "a.b.GOOD.com") == "all");
  CHECK(Asked(pauses, "192.0.2.9", "notgood.com") == "none");
  CHECK(Asked(pauses, "192.0.2.9", "com") == "none");
  CHECK(Asked(pauses, "192.0.2.9", "good.com.example") == "none");
}

TEST_CASE("A pause for the root is for every name", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "", ".")});
  CHECK(Asked(pauses, "", "a.com") == "all");
  CHECK(Asked(pauses, "", ".") == "all");
}

TEST_CASE("A pause of a policy sets its octet and no other", "[pauses]") {
  CHECK(Asked(ListOf({PauseOf("", "b")}), "192.0.2.9", "a.com") == "b");
  CHECK(Asked(ListOf({PauseOf("", "c"), PauseOf("", "a")}), "192.0.2.9", "a.com") == "a, c");
}

TEST_CASE("Client, policy and name must all fit", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("192.0.2.0/24", "b", "good.com")});
  CHECK(Asked(pauses, "192.0.2.9", "x.good.com") == "b");
  CHECK(Asked(pauses, "192.0.3.9", "x.good.com") == "none");
  CHECK(Asked(pauses, "192.0.2.9", "x.bad.com") == "none");
}

TEST_CASE("A pause of everything outweighs pauses of policies", "[pauses]") {
  CHECK(Asked(ListOf({PauseOf("", "a"), Pause{}}), "192.0.2.9", "a.com") == "all");
}

TEST_CASE("What the mask says already stays, and is no change", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "b")});
  Mask mask = {7, 9, 0};
  CHECK(pauses.Apply({}, 0, NameOf("a.com"), kNow, mask) == Effect::kNone);
  CHECK(mask == Mask{7, 9, 0});
  mask = {7, 0, 0};
  CHECK(pauses.Apply({}, 0, NameOf("a.com"), kNow, mask) == Effect::kSome);
  CHECK(mask == Mask{7, 1, 0});
}

TEST_CASE("A mask that is too short is not written behind its end", "[pauses]") {
  Mask mask(1);
  CHECK(ListOf({PauseOf("", "b")}).Apply({}, 0, NameOf("a.com"), kNow, mask) == Effect::kNone);
  CHECK(mask == Mask{0});
}

TEST_CASE("A pause holds before its end, and not from then on", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "", "", kNow)});
  CHECK(Asked(pauses, "", "a.com", kNow - 1) == "all");
  CHECK(Asked(pauses, "", "a.com", kNow) == "none");
  CHECK(Asked(pauses, "", "a.com", kNow + 1) == "none");
}

TEST_CASE("A pause without an end holds", "[pauses]") {
  CHECK(Asked(ListOf({Pause{}}), "", "a.com", ~uint64_t{0}) == "all");
}

TEST_CASE("The same pause again takes the place of the first", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "b", "", kNow), PauseOf("", "b", "", kNow + 60)});
  REQUIRE(pauses.list().size() == 1);
  CHECK(pauses.list()[0].until == kNow + 60);
}

TEST_CASE("Pauses are the same by client, policy and name", "[pauses]") {
  const Pause pause = PauseOf("192.0.2.0/24", "a", "good.com", 1);
  CHECK(Same(pause, PauseOf("192.0.2.0/24", "a", "GOOD.com", 2)));
  CHECK_FALSE(Same(pause, PauseOf("192.0.2.0/25", "a", "good.com")));
  CHECK_FALSE(Same(pause, PauseOf("192.0.2.0/24", "b", "good.com")));
  CHECK_FALSE(Same(pause, PauseOf("192.0.2.0/24", "a", "bad.com")));
  CHECK_FALSE(Same(pause, PauseOf("192.0.2.0/24", "a")));
  CHECK_FALSE(Same(pause, PauseOf("", "a", "good.com")));
}

TEST_CASE("A policy that the database has not is refused", "[pauses]") {
  const absl::Status status = Pauses().With(PauseOf("", "d"), &Rules(), kNow).status();
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(std::string(status.message()) == "the database has no policy 'd'");
  CHECK(Pauses().With(PauseOf("", "a"), nullptr, kNow).status().code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("Without a database everything can be paused", "[pauses]") {
  CHECK(Pauses().With(Pause{}, nullptr, kNow).ok());
}

TEST_CASE("A list has room for so many pauses, and those that are over take none", "[pauses]") {
  Pauses pauses;
  auto client = [](size_t i) { return "10.0.0." + std::to_string(i); };
  for (size_t i = 0; i < Pauses::kMost; ++i) {
    auto more = pauses.With(PauseOf(client(i), "", "", kNow), &Rules(), kNow - 1);
    REQUIRE(more.ok());
    pauses = *std::move(more);
  }
  CHECK(pauses.With(PauseOf(client(100)), &Rules(), kNow - 1).status().code() ==
        absl::StatusCode::kResourceExhausted);
  CHECK(pauses.With(PauseOf(client(0)), &Rules(), kNow - 1).ok());  // in its own place
  const auto later = pauses.With(PauseOf(client(100)), &Rules(), kNow);
  REQUIRE(later.ok());
  CHECK(later->list().size() == 1);
}

TEST_CASE("Resume ends the pause that is the same, and no other", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "a"), PauseOf("", "b"), PauseOf("192.0.2.1", "a")});
  const Pauses::Resumed resumed = pauses.Without(PauseOf("", "a"), &Rules(), kNow);
  CHECK(resumed.count == 1);
  CHECK(Asked(resumed.pauses, "192.0.2.1", "a.com") == "a, b");
  CHECK(Asked(resumed.pauses, "192.0.2.2", "a.com") == "b");
  CHECK(pauses.list().size() == 3);
}

TEST_CASE("Resume of everything ends all, and counts those that were in force", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "a"), PauseOf("", "b", "", kNow), Pause{}});
  const Pauses::Resumed resumed = pauses.Without(Pause{}, &Rules(), kNow);
  CHECK(resumed.count == 2);
  CHECK(resumed.pauses.empty());
  CHECK(resumed.pauses.list().empty());
}

TEST_CASE("Resume of what is not paused ends nothing", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "a")});
  CHECK(pauses.Without(PauseOf("", "b"), &Rules(), kNow).count == 0);
  CHECK(pauses.Without(PauseOf("", "", "a.com"), &Rules(), kNow).count == 0);
}

TEST_CASE("Another database has its policies in other places", "[pauses]") {
  const Pauses pauses = ListOf({PauseOf("", "b")}).For(&OtherRules());
  CHECK(Asked(pauses, "", "a.com", kNow, OtherRules()) == "b");
}

TEST_CASE("A pause rests while the database has no such policy", "[pauses]") {
  const Pauses resting = ListOf({PauseOf("", "c")}).For(&OtherRules());
  CHECK(resting.empty());
  CHECK(Asked(resting, "", "a.com", kNow, OtherRules()) == "none");
  CHECK(resting.list().size() == 1);
  CHECK(Asked(resting.For(&Rules()), "", "a.com") == "c");
  CHECK(resting.For(nullptr).empty());
}

// What Pauses means, bit by bit and label by label.
class Reference {
 public:
  explicit Reference(std::vector<Pause> list) : list_(std::move(list)) {}

  Effect Apply(const Prefix& client, const dns::Name& qname, uint64_t now, Mask& mask) const {
    Effect effect = Effect::kNone;
    for (const Pause& pause : list_) {
      if (pause.until != 0 && pause.until <= now) continue;
      if (!IsFor(pause.client, client) || (pause.name && !IsBelow(*pause.name, qname))) continue;
      if (pause.policy.empty()) return Effect::kAll;
      uint8_t& octet = mask[static_cast<size_t>(pause.policy[0] - 'a')];
      if (octet == 0) effect = Effect::kSome;
      if (octet == 0) octet = 1;
    }
    return effect;
  }

 private:
  static bool Bit(const Prefix& prefix, size_t i) {
    return (prefix.address[i / 8] & (0x80 >> (i % 8))) != 0;
  }
  static bool IsFor(const Prefix& prefix, const Prefix& client) {
    if (prefix.family == 0) return true;
    if (prefix.family != client.family) return false;
    for (size_t i = 0; i < prefix.length; ++i) {
      if (Bit(prefix, i) != Bit(client, i)) return false;
    }
    return true;
  }
  static bool IsBelow(const dns::Name& name, const dns::Name& qname) {
    for (size_t label = 0; label <= qname.label_count(); ++label) {
      const auto suffix = qname.Suffix(label);
      const auto wire = name.wire();
      if (std::equal(suffix.begin(), suffix.end(), wire.begin(), wire.end())) return true;
    }
    return false;
  }

  std::vector<Pause> list_;
};

TEST_CASE("Random pauses say what the obvious code says", "[pauses]") {
  std::mt19937 engine(1);
  auto below = [&](uint32_t limit) { return static_cast<uint32_t>(engine()) % limit; };
  const char* names[] = {"a", "b", "a.a", "b.a", "a.b.a", "b.b", "."};
  // Four addresses that differ in their last bits, and prefixes of them.
  auto client = [&](bool is_prefix) {
    Prefix prefix = PrefixOf(below(2) == 0 ? "192.0.2.0" : "2001:db8::");
    const size_t last = prefix.family == 4 ? 3 : 15;
    prefix.address[last] = static_cast<uint8_t>(below(4));
    if (!is_prefix) return prefix;
    const uint32_t dropped = below(3);
    prefix.length = static_cast<uint8_t>(prefix.length - dropped);
    prefix.address[last] = static_cast<uint8_t>(prefix.address[last] >> dropped << dropped);
    return below(3) == 0 ? Prefix{} : prefix;
  };
  int by_effect[3] = {};
  for (int round = 0; round < 2000; ++round) {
    Pauses pauses;
    for (uint32_t i = below(6); i > 0; --i) {
      Pause pause{.client = client(true), .until = below(3) == 0 ? 0 : kNow - 2 + below(5)};
      if (below(4) != 0) pause.policy = std::string(1, static_cast<char>('a' + below(3)));
      if (below(3) != 0) pause.name = NameOf(names[below(7)]);
      auto more = pauses.With(pause, &Rules(), 0);
      REQUIRE(more.ok());
      pauses = *std::move(more);
    }
    const Reference reference(pauses.list());
    for (int query = 0; query < 20; ++query) {
      const Prefix from = below(8) == 0 ? Prefix{} : client(false);
      const dns::Name qname = NameOf(names[below(7)]);
      Mask mask(3);
      for (uint8_t& octet : mask) octet = below(4) == 0 ? 5 : 0;
      Mask expected = mask;
      const Effect wanted = reference.Apply(from, qname, kNow, expected);
      const Effect effect = pauses.Apply(from.address, from.family, qname, kNow, mask);
      ++by_effect[static_cast<size_t>(effect)];
      INFO("round " << round << ", " << ToText(from) << " " << qname.Text());
      REQUIRE(effect == wanted);
      if (effect != Effect::kAll) REQUIRE(mask == expected);
    }
  }
  for (int count : by_effect) CHECK(count > 1000);
}

}  // namespace
}  // namespace tollgate::module
