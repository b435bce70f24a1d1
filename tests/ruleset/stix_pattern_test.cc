// SPDX-License-Identifier: BSD-3-Clause
//
// STIX patterns: what one DNS query can answer to, and what asks for more.

#include "ruleset/source/stix_pattern.h"

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

// "domain evil.example; an address 192.0.2.1; not yet: <reason>; other", or the fault.
std::string Read(std::string_view pattern) {
  const absl::StatusOr<std::vector<StixTerm>> terms = ParseStixPattern(pattern);
  if (!terms.ok()) return "fault: " + std::string(terms.status().message());
  constexpr std::string_view kKinds[] = {"domain ",  "host ",    "below ",    "url ", "like ",
                                         "matches ", "address ", "not yet: ", "other"};
  std::string out;
  for (const StixTerm& term : *terms) {
    out += out.empty() ? "" : "; ";
    out += kKinds[static_cast<size_t>(term.kind)];
    if (term.kind == StixTerm::Kind::kNotYet) {
      out += std::string(term.reason);
    } else if (term.kind != StixTerm::Kind::kOther) {
      out += term.value;
    }
  }
  return out;
}

const std::string kTogether = "not yet: an indicator that needs several things together";
const std::string kNot = "not yet: an indicator of all names but some";
const std::string kFault = "fault: not a STIX pattern: ";

}  // namespace

TEST_CASE("A comparison with '=' is about that name, URL or address") {
  CHECK(Read("[domain-name:value = 'evil.example']") == "domain evil.example");
  CHECK(Read("[domain-name:value='evil.example']") == "domain evil.example");
  CHECK(Read("[ domain-name:value == 'evil.example' ]") == "domain evil.example");
  CHECK(Read("[url:value = 'https://evil.example/a?b']") == "url https://evil.example/a?b");
  CHECK(Read("[hostname:value = 'c2.evil.example']") == "host c2.evil.example");
  CHECK(Read("[network-traffic:dst_ref.value = 'c2.evil.example']") == "host c2.evil.example");
  CHECK(Read("[ipv4-addr:value = '192.0.2.1']") == "address 192.0.2.1");
  CHECK(Read("[ipv6-addr:value ISSUBSET '2001:db8::/32']") == "address 2001:db8::/32");
  CHECK(Read("[domain-name:resolves_to_refs[*].value = '192.0.2.1']") == "address 192.0.2.1");
}

TEST_CASE("IN is about each of its names") {
  CHECK(Read("[domain-name:value IN ('a.example', 'b.example')]") ==
        "domain a.example; domain b.example");
  CHECK(Read("[domain-name:value IN ()]").empty());
}

TEST_CASE("OR is about each of its sides, between comparisons and between observations") {
  CHECK(Read("[domain-name:value = 'a.example' OR ipv4-addr:value = '192.0.2.1']") ==
        "domain a.example; address 192.0.2.1");
  CHECK(Read("[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']") ==
        "domain a.example; url http://b.example/");
  CHECK(Read("([domain-name:value = 'a.example'] OR ([domain-name:value = 'b.example']))") ==
        "domain a.example; domain b.example");
  CHECK(Read("[(domain-name:value = 'a.example') OR (file:name = 'x')]") ==
        "domain a.example; other");
}

TEST_CASE("AND needs several things together: neither side is blocked for it") {
  CHECK(Read("[domain-name:value = 'a.example' AND network-traffic:dst_port = 443]") == kTogether);
  CHECK(Read("[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']") ==
        kTogether);
  CHECK(Read("[file:name = 'x' AND domain-name:value = 'a.example']") == kTogether);
  CHECK(Read("[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 443]") == kTogether);
}

TEST_CASE("FOLLOWEDBY needs several things, one after the other") {
  CHECK(Read("[domain-name:value = 'a.example'] FOLLOWEDBY [file:name = 'x']") == kTogether);
}

TEST_CASE("AND binds closer than OR, and OR closer than FOLLOWEDBY") {
  CHECK(Read("[domain-name:value = 'a.example' OR domain-name:value = 'b.example' AND "
             "file:name = 'x']") == "domain a.example; " + kTogether);
  CHECK(Read("[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] AND "
             "[file:name = 'x']") == "domain a.example; " + kTogether);
  CHECK(Read("[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] FOLLOWEDBY "
             "[file:name = 'x']") == kTogether);
  CHECK(Read("[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND "
             "file:name = 'x']") == kTogether);
}

TEST_CASE("Parentheses around one thing change nothing") {
  CHECK(Read("([(((domain-name:value = 'a.example')))])") == "domain a.example");
}

TEST_CASE("A negation is about all names but one") {
  CHECK(Read("[domain-name:value != 'a.example']") == kNot);
  CHECK(Read("[domain-name:value <> 'a.example']") == kNot);
  CHECK(Read("[domain-name:value NOT = 'a.example']") == kNot);
  CHECK(Read("[domain-name:value NOT IN ('a.example')]") == kNot);
  CHECK(Read("[domain-name:value NOT LIKE '%.a.example']") == kNot);
  CHECK(Read("[domain-name:value NOT MATCHES 'a']") == kNot);
  CHECK(Read("[domain-name:value NOT != 'a.example']") == "domain a.example");
}

TEST_CASE("LIKE is names below a name where it is exactly that, and a pattern elsewhere") {
  CHECK(Read("[domain-name:value LIKE '%.evil.example']") == "below evil.example");
  CHECK(Read("[domain-name:value LIKE 'evil.example']") == "domain evil.example");
  CHECK(Read("[domain-name:value LIKE '%evil.example']") == "like %evil.example");
  CHECK(Read("[domain-name:value LIKE '%.e_il.example']") == "like %.e_il.example");
  CHECK(Read("[domain-name:value LIKE 'usps-%.example']") == "like usps-%.example");
  CHECK(Read("[domain-name:value LIKE '%']") == "not yet: an indicator of any name");
}

TEST_CASE("A URL that is LIKE something is about its host where the wildcard comes behind it") {
  CHECK(Read("[url:value LIKE 'http://evil.example/us/%']") == "url http://evil.example/us/");
  CHECK(Read("[url:value LIKE 'http://evil.example%']") == "other");
  CHECK(Read("[url:value LIKE '%/gate.php']") == "other");
  CHECK(Read("[url:value MATCHES 'gate']") == "other");
}

TEST_CASE("MATCHES is a PCRE on names") {
  CHECK(Read("[domain-name:value MATCHES '^a[0-9]+\\\\.example$']") ==
        "matches ^a[0-9]+\\.example$");
}

TEST_CASE("LIKE becomes an expression for the whole name") {
  CHECK(LikeExpression("usps-%.example") == "^usps\\-.*\\.example\\z");
  CHECK(LikeExpression("%pay_pal%") == "pay.pal");
  CHECK(LikeExpression("%Evil.example") == "evil\\.example\\z");
  CHECK(LikeExpression("a(b%") == "^a\\(b");
}

TEST_CASE("An order of names, and that there is any, are no indicators of names") {
  CHECK(Read("[domain-name:value > 'a']") == "not yet: an indicator that orders names");
  CHECK(Read("[EXISTS domain-name:value]") == "not yet: an indicator of any name");
}

TEST_CASE("WITHIN says nothing about one observation") {
  CHECK(Read("[domain-name:value = 'a.example'] WITHIN 300 SECONDS") == "domain a.example");
  CHECK(Read("([domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']) WITHIN "
             "0.5 SECONDS") == "domain a.example; domain b.example");
}

TEST_CASE("REPEATS needs one thing several times") {
  CHECK(Read("[domain-name:value = 'a.example'] REPEATS 5 TIMES") ==
        "not yet: an indicator that needs something several times");
  CHECK(Read("[domain-name:value = 'a.example'] REPEATS 1 TIMES") == "domain a.example");
  CHECK(Read("[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'] REPEATS 5 "
             "TIMES WITHIN 10 SECONDS") ==
        "domain a.example; not yet: an indicator that needs something several times");
}

TEST_CASE("START and STOP make an indicator for a certain time") {
  CHECK(Read("[domain-name:value = 'a.example'] START t'2025-01-01T00:00:00Z' STOP "
             "t'2025-02-01T00:00:00Z'") == "not yet: an indicator for a certain time only");
}

TEST_CASE("What is about neither names nor addresses is other, in whatever combination") {
  CHECK(Read("[file:hashes.'SHA-256' = 'ab']") == "other");
  CHECK(Read("[file:hashes.MD5 = 'ab' AND file:size > 10]") == "other");
  CHECK(Read("[process:pid != 7] FOLLOWEDBY [x-y:z[0].q = true] REPEATS 2 TIMES") == "other");
  CHECK(Read("[x509-certificate:issuer = 'CN=evil.example']") == "other");
  CHECK(Read("[email-addr:value = 'a@evil.example']") == "other");
  CHECK(Read("[domain-name:x_rank = 1]") == "other");
  CHECK(Read("[domain-name:value = 1]") == "other");
  CHECK(Read("[domain-name:value = h'00']") == "other");
  CHECK(Read("[a:b = b'YWI=' OR a:b = .5 OR a:b[-1] = -7 OR a:b = false]") ==
        "other; other; other; other");
}

TEST_CASE("Strings have two escapes") {
  CHECK(Read("[domain-name:value MATCHES 'it\\'s \\\\d']") == "matches it's \\d");
  CHECK(Read("[file:path = 'C:\\Windows']") ==
        kFault + "a string without an end, or a stray character");
}

TEST_CASE("Blanks, lines and comments stand anywhere between") {
  CHECK(Read("\t[ /* C2 */ domain-name\n:\nvalue = // here\n 'a.example'\xc2\xa0]\r\n") ==
        "domain a.example");
}

TEST_CASE("Keywords may be in lower case, as in STIX 2.0, and mean nothing inside a path") {
  CHECK(Read("[domain-name:value in ('a.example') or file:in.like = 'x']") ==
        "domain a.example; other");
}

TEST_CASE("What is no STIX pattern is said to be none, and why") {
  CHECK(Read("") == kFault + "'[' is missing");
  CHECK(Read("evil.example") == kFault + "'[' is missing");
  CHECK(Read("domain-name:value = 'a.example'") == kFault + "'[' is missing");
  CHECK(Read("[domain-name:value = 'a.example'") == kFault + "']' is missing");
  CHECK(Read("[domain-name:value = 'a.example' file:name = 'x']") == kFault + "']' is missing");
  CHECK(Read("([domain-name:value = 'a.example']") == kFault + "')' is missing");
  CHECK(Read("[domain-name:value = a.example]") == kFault + "a constant is missing");
  CHECK(Read("[domain-name:value = ]") == kFault + "a constant is missing");
  CHECK(Read("[domain-name:value LIKE 7]") == kFault + "a string is missing");
  CHECK(Read("[domain-name:value IS 'a.example']") == kFault + "an unknown comparison");
  CHECK(Read("[domain-name:value IN 'a.example']") == kFault + "'(' is missing");
  CHECK(Read("[domain-name:value IN ('a.example',)]") == kFault + "a constant is missing");
  CHECK(Read("[domain-name = 'a.example']") ==
        kFault + "an object and its property, as in domain-name:value, are missing");
  CHECK(Read("[]") == kFault + "an object and its property, as in domain-name:value, are missing");
  CHECK(Read("[a:b = 1.]") == kFault + "']' is missing");
  CHECK(Read("[a:b[x] = 1]") == kFault + "a faulty index");
  CHECK(Read("[a:b = 1] OR") == kFault + "'[' is missing");
  CHECK(Read("[a:b = 1] NOT [a:b = 2]") == kFault + "something behind its end");
  CHECK(Read("[a:b = 1] [a:b = 2]") == kFault + "something behind its end");
  CHECK(Read("[a:b = 1] WITHIN 5 MINUTES") == kFault + "a faulty WITHIN");
  CHECK(Read("[a:b = 1] REPEATS 0 TIMES") == kFault + "a faulty REPEATS");
  CHECK(Read("[a:b = 1] START 5") == kFault + "a faulty START or STOP");
  CHECK(Read("[a:b = 'x]") == kFault + "a string without an end, or a stray character");
  CHECK(Read("[a:b = 1 /* ]") == kFault + "a string without an end, or a stray character");
  CHECK(Read("[a:b = 1]; [a:b = 2]") == kFault + "a string without an end, or a stray character");
}

TEST_CASE("Parentheses may be nested, and not without end") {
  CHECK(Read(std::string(60, '(') + "[domain-name:value = 'a.example']" + std::string(60, ')')) ==
        "domain a.example");
  CHECK(Read(std::string(100000, '(')) == kFault + "parentheses nested too deeply");
  CHECK(Read("[" + std::string(100000, '(')) == kFault + "parentheses nested too deeply");
}

}  // namespace tollgate::source
