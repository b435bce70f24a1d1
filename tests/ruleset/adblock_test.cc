// SPDX-License-Identifier: BSD-3-Clause
//
// AdBlock lists line by line. What AdGuard's own engine says of the same syntax:
// adblock_judged_test.

#include "ruleset/source/adblock.h"

#include "ruleset/source/adblock_pattern.h"
#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kAdblock, text, entry);
}

std::string RulesOf(std::string_view text) { return Read(text).Rules(); }
std::string NotesOf(std::string_view text) { return Read(text).Notes(); }

}  // namespace

TEST_CASE("'||' and '^' stand around a domain") {
  CHECK(RulesOf("||evil.top^\n") == "domain evil.top nxdomain tier 4 @1\n");
}

TEST_CASE("'|' and '^' stand around a host, and so do a URL's beginning and '^'") {
  CHECK(RulesOf("|evil.top^\n|bad.top|\n://worse.top^\nhttp://worst.top^\n") ==
        "host evil.top nxdomain tier 4 @1\n"
        "host bad.top nxdomain tier 4 @2\n"
        "host worse.top nxdomain tier 4 @3\n"
        "host worst.top nxdomain tier 4 @4\n");
}

TEST_CASE("What begins with a dot or '*.' lies below a name") {
  CHECK(RulesOf("*.evil.top^\n||*.bad.top^\n.worse.top|\n") ==
        "below evil.top nxdomain tier 4 @1\n"
        "below bad.top nxdomain tier 4 @2\n"
        "below worse.top nxdomain tier 4 @3\n");
}

TEST_CASE("Masks become expressions for the whole name") {
  CHECK(RulesOf("||evil.\n|popunder.\n-720x90-\n||ads*.evil.top^\nevil.top^\n*a_d*s*\n") ==
        "pattern /(?:^|\\.)evil\\./ on name nxdomain tier 4 @1\n"
        "pattern /^popunder\\./ on name nxdomain tier 4 @2\n"
        "pattern /-720x90-/ on name nxdomain tier 4 @3\n"
        "pattern /(?:^|\\.)ads.*\\.evil\\.top\\z/ on name nxdomain tier 4 @4\n"
        "pattern /evil\\.top\\z/ on name nxdomain tier 4 @5\n"
        "pattern /a_d.*s/ on name nxdomain tier 4 @6\n");
}

TEST_CASE("A label after a slash begins a name, as for AdGuard Home") {
  CHECK(RulesOf("/ads.\n") == "pattern /^ads\\./ on name nxdomain tier 4 @1\n");
}

TEST_CASE("Regular expressions are searched for in names, whatever their case") {
  CHECK(RulesOf("/^AD[0-9]+\\./\n/ads$/$important\n") ==
        "pattern /(?i)^AD[0-9]+\\./ on name nxdomain tier 4 @1\n"
        "pattern /(?i)ads$/ on name nxdomain tier 2 @2\n");
}

TEST_CASE("A regular expression that Hyperscan does not take is rejected in its words") {
  const std::string notes = NotesOf("/(?=ads)x/\n/(a)\\1/\n/[/\n");
  CHECK(notes.find("rejected 1: a pattern that Hyperscan refuses: ") != std::string::npos);
  CHECK(notes.find("@1 '/(?=ads)x/'") != std::string::npos);
  CHECK(notes.find("@2 '/(a)\\1/'") != std::string::npos);
  CHECK(notes.find("@3 '/[/'") != std::string::npos);
}

TEST_CASE("What would match any name is rejected, or would keep the whole ruleset out") {
  CHECK(RulesOf("/.*/\n/./\n||*^\n*\n*.*\n@@\n^^^\n") == "");
  CHECK(NotesOf("/./\n||*^\n*.*\n") ==
        "rejected 3: a rule that matches any name at all @1 '/./'\n");
  CHECK(NotesOf("-a\n") == "rejected 1: a rule so short that it matches any name @1 '-a'\n");
  CHECK(NotesOf("*$dnstype=AAAA\n") ==
        "not yet 1: a rule about all names but some, or all of some types @1 '*$dnstype=AAAA'\n");
}

TEST_CASE("Rules on URLs are none on names") {
  CHECK(NotesOf("||evil.top/ads/\n/ads/banner.\n||evil.top^ads\n|https://evil.top^\n?ad=1\n") ==
        "skipped 5: a rule on URLs, not on names @1 '||evil.top/ads/'\n");
}

TEST_CASE("Exceptions pass, and stay what they are whatever the manifest says") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kRefused;
  CHECK(Read("||evil.top^\n@@||good.evil.top^\n@@||best.evil.top^$important\n", entry).Rules() ==
        "domain evil.top refused tier 4 @1\n"
        "domain good.evil.top pass tier 3 @2\n"
        "domain best.evil.top pass tier 1 @3\n");
}

TEST_CASE("$important comes before exceptions") {
  CHECK(RulesOf("||evil.top^$important\n") == "domain evil.top nxdomain tier 2 @1\n");
}

TEST_CASE("$dnstype names the types, or those that are left out") {
  CHECK(RulesOf("||a.top^$dnstype=AAAA|a\n||b.top^$dnstype=~CNAME\n||c.top^$dnstype=~A|TXT\n") ==
        "domain a.top nxdomain types A,AAAA tier 4 @1\n"
        "domain b.top nxdomain types not CNAME tier 4 @2\n"
        "domain c.top nxdomain types TXT tier 4 @3\n");
  CHECK(NotesOf("||a.top^$dnstype=NOSUCH\n||a.top^$dnstype=\n") ==
        "rejected 2: a $dnstype that is no record type @1 '||a.top^$dnstype=NOSUCH'\n");
}

TEST_CASE("$denyallow leaves out names, where it names any that the rule matches") {
  CHECK(RulesOf("||evil.top^$denyallow=good.evil.top|other.top\n||bad.top^$denyallow=other.top\n"
                "-ads-$denyallow=good.top\n|evil.top^$denyallow=www.evil.top\n") ==
        "domain bad.top nxdomain tier 4 @2\n"
        "host evil.top nxdomain tier 4 @4\n"
        "pattern /(?:^|\\.)evil\\.top\\z/ on name not good.evil.top nxdomain tier 4 @1\n"
        "pattern /-ads-/ on name not good.top nxdomain tier 4 @3\n");
  CHECK(NotesOf("||evil.top^$denyallow=top\n") ==
        "skipped 1: a rule that its own $denyallow takes out @1 '||evil.top^$denyallow=top'\n");
  CHECK(NotesOf("||evil.top^$denyallow=~good.evil.top\n||evil.top^$denyallow=a.top|\n") ==
        "rejected 2: a $denyallow that is no list of names @1 "
        "'||evil.top^$denyallow=~good.evil.top'\n");
}

TEST_CASE("A $denyallow brings no top-level domain in") {
  CHECK(NotesOf("||*.top^$denyallow=good.top\n") ==
        "rejected 1: a top-level domain @1 '||*.top^$denyallow=good.top'\n");
}

TEST_CASE("$badfilter takes out the rule with the same text, wherever either stands") {
  CHECK(RulesOf("||a.top^$badfilter\n||a.top^\n||b.top^\n||b.top^$badfilter,important\n"
                "||c.top^$dnstype=A,important\n||c.top^$important,badfilter,dnstype=A\n") ==
        "domain b.top nxdomain tier 4 @3\n");
  CHECK(NotesOf("||a.top^$badfilter\n||a.top^\n") ==
        "skipped 1: a $badfilter rule: it takes others out @1 '||a.top^$badfilter'\n"
        "skipped 1: a rule that another one takes out @2 '||a.top^'\n");
}

TEST_CASE("A $badfilter is nothing to lines of hosts files") {
  CHECK(RulesOf("a.top\na.top$badfilter\n") == "host a.top nxdomain tier 5 @1\n");
}

TEST_CASE("$dnsrewrite in short and in full") {
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n||b.top^$dnsrewrite=NOERROR;AAAA;2001:db8::1\n"
                "||c.top^$dnsrewrite=NXDOMAIN;;\n||d.top^$dnsrewrite=REFUSED\n"
                "||e.top^$dnsrewrite=NOERROR;;\n|f.top^$dnsrewrite=NOERROR;MX;10 mail.top\n"
                "||g.top^$dnsrewrite=NOERROR;TXT;say \"hi\"\n") ==
        "domain a.top sinkhole A 192.0.2.1 @1\n"
        "domain b.top sinkhole AAAA 2001:db8::1 @2\n"
        "domain c.top nxdomain @3\n"
        "domain d.top refused @4\n"
        "domain e.top nodata @5\n"
        "host f.top sinkhole MX 10 mail.top. @6\n"
        "domain g.top sinkhole TXT \"say \\\"hi\\\"\" @7\n");
}

TEST_CASE("A $dnsrewrite to a name is a CNAME") {
  CHECK(RulesOf("||a.top^$dnsrewrite=safe.top\n||b.top^$dnsrewrite=NOERROR;CNAME;safe.top\n") ==
        "domain a.top sinkhole CNAME safe.top. @1\n"
        "domain b.top sinkhole CNAME safe.top. @2\n");
}

TEST_CASE("Rewrites of the same names make one answer") {
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n||a.top^$dnsrewrite=2001:db8::1\n"
                "||b.top^$dnsrewrite=192.0.2.1\n||b.top^$dnsrewrite=REFUSED\n") ==
        "domain a.top sinkhole A 192.0.2.1 AAAA 2001:db8::1 @1\n"
        "domain b.top refused @3\n");
}

TEST_CASE("An exception takes rewrites out: all of them, or one, or below a name") {
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n@@||a.top^$dnsrewrite\n") == "");
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n||a.top^$dnsrewrite=192.0.2.2\n"
                "@@||top^$dnsrewrite=192.0.2.1\n") == "domain a.top sinkhole A 192.0.2.2 @2\n");
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n@@||b.a.top^$dnsrewrite\n") ==
        "pattern /(?:^|\\.)a\\.top\\z/ on name not b.a.top sinkhole A 192.0.2.1 @1\n");
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1,important\n@@||a.top^$dnsrewrite\n") ==
        "domain a.top sinkhole A 192.0.2.1 @1\n");
}

TEST_CASE("Rewrites of the same names with different exceptions answer what is left of them") {
  CHECK(RulesOf("||a.top^$dnsrewrite=192.0.2.1\n||a.top^$dnsrewrite=192.0.2.2\n"
                "@@||b.a.top^$dnsrewrite=192.0.2.1\n") ==
        "pattern /(?:^|\\.)a\\.top\\z/ on name not b.a.top sinkhole A 192.0.2.1 A 192.0.2.2 @1\n"
        "pattern /(?:^|\\.)a\\.top\\z/ on name sinkhole A 192.0.2.2 @2\n"
        "pattern /(?:^|\\.)a\\.top\\z/ on name not b.a.top sinkhole A 192.0.2.1 @1\n");
}

TEST_CASE("A $dnsrewrite that is no answer is rejected, one that is no answer yet is named") {
  CHECK(NotesOf("||a.top^$dnsrewrite\n||a.top^$dnsrewrite=NOSUCH\n||a.top^$dnsrewrite=1;2\n"
                "||a.top^$dnsrewrite=NOERROR;A;x\n||a.top^$dnsrewrite=NOERROR;SOA;x\n") ==
        "rejected 5: a $dnsrewrite that is no answer @1 '||a.top^$dnsrewrite'\n");
  CHECK(NotesOf("||a.top^$dnsrewrite=SERVFAIL\n") ==
        "not yet 1: an answer with this RCODE @1 '||a.top^$dnsrewrite=SERVFAIL'\n");
}

TEST_CASE("Rules for some clients are for later") {
  CHECK(NotesOf("||a.top^$client='Frank\\, at home'\n||b.top^$ctag=device_tv\n") ==
        "not yet 2: a rule for some clients @1 '||a.top^$client='Frank\\, at home''\n");
}

TEST_CASE("A modifier that DNS filtering does not know keeps the whole rule out") {
  CHECK(NotesOf("||a.top^$third-party\n||b.top^$important,script\n@@||c.top^$document\n") ==
        "skipped 3: a rule with a modifier that is not for DNS @1 '||a.top^$third-party'\n");
}

TEST_CASE("Lines of hosts files and names alone are hosts, after all other rules") {
  CHECK(RulesOf("0.0.0.0 a.top b.top # two\n::1 c.top\nd.top\n192.0.2.7 e.top\nf.top # why\n") ==
        "host a.top nxdomain tier 5 @1\n"
        "host b.top nxdomain tier 5 @1\n"
        "host c.top nxdomain tier 5 @2\n"
        "host d.top nxdomain tier 5 @3\n"
        "host f.top nxdomain tier 5 @5\n"
        "host e.top sinkhole A 192.0.2.7 tier 5 @4\n");
}

TEST_CASE("Addresses that lines of hosts files give one name are one answer") {
  CHECK(RulesOf("192.0.2.7 a.top b.top\n2001:db8::7 A.top\n192.0.2.7 a.top\n") ==
        "host a.top sinkhole A 192.0.2.7 AAAA 2001:db8::7 tier 5 @1\n"
        "host b.top sinkhole A 192.0.2.7 tier 5 @1\n");
}

TEST_CASE("A word that is no host name is a mask") {
  CHECK(RulesOf("_ads.top\nads.t0p\n@@a.top\n") ==
        "pattern /_ads\\.top/ on name nxdomain tier 4 @1\n"
        "pattern /ads\\.t0p/ on name nxdomain tier 4 @2\n"
        "pattern /a\\.top/ on name pass tier 3 @3\n");
}

TEST_CASE("Rules on addresses are about answers, and for later") {
  CHECK(NotesOf("192.0.2.1\n||192.0.2.2^\n||192.0.2.\n2001:db8::1\n/^192\\.0\\.2\\.\\d+$/\n") ==
        "not yet 5: a rule on addresses in answers @1 '192.0.2.1'\n");
}

TEST_CASE("Comments and headers are nothing, directives and cosmetic rules are counted") {
  const test::ReadAlone list = Read(
      "[Adblock Plus 3.1]\n! a comment\n# another\n#\n!\n\n!#if (adguard)\n!#endif\n"
      "a.top##.ad\n##.ad\n#@#.ad\na.top#$#x\na.top#?#x\na.top$$script\n");
  CHECK(list.Rules() == "");
  CHECK(list.Notes() ==
        "skipped 2: a directive to those who compile lists (!#...) @7 '!#if (adguard)'\n"
        "skipped 6: a cosmetic rule @9 'a.top##.ad'\n");
}

TEST_CASE("Upper case, final dots, blanks at ends, a byte order mark and U-labels do no harm") {
  CHECK(RulesOf("\xef\xbb\xbf||EVIL.top^ \r\n  ||bad.top.^\n||b\xc3\xbc"
                "cher.example^\nworse.TOP.\nb\xc3\xbc"
                "ro.example\n") ==
        "domain evil.top nxdomain tier 4 @1\n"
        "domain bad.top nxdomain tier 4 @2\n"
        "domain xn--bcher-kva.example nxdomain tier 4 @3\n"
        "host worse.top nxdomain tier 5 @4\n"
        "host xn--bro-hoa.example nxdomain tier 5 @5\n");
}

TEST_CASE("A mask with characters that are not ASCII is rejected") {
  CHECK(NotesOf("*b\xc3\xbc"
                "cher*\n") ==
        "rejected 1: a pattern with characters that no name has; names have A-labels @1 "
        "'*b\xc3\xbc"
        "cher*'\n");
}

TEST_CASE("What is no rule at all is rejected") {
  CHECK(NotesOf("||a b.top^\nthis is prose\n") ==
        "rejected 2: blanks inside a rule @1 '||a b.top^'\n");
  CHECK(NotesOf("||.a.top^\n") ==
        "rejected 1: a rule that matches no name: '||' before a dot @1 '||.a.top^'\n");
  CHECK(Read("||a..top^\n").report.Count(LineFate::kRejected) == 1);
}

TEST_CASE("The manifest's scope beats what the lines say") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kHost;
  CHECK(Read("||evil.top^\n||bad.top^$dnstype=A\n", entry).Rules() ==
        "host evil.top nxdomain tier 4 @1\nhost bad.top nxdomain types A tier 4 @2\n");
}

TEST_CASE("A host name has labels of letters, digits and hyphens, the last of letters") {
  for (const char* name : {"a.top", "1-2.top", "TOP", "a.xn--p1ai", "xn--bcher-kva.example"}) {
    INFO(name);
    CHECK(IsHostName(name));
  }
  for (const char* none : {"", "a..top", "-a.top", "a-.top", "a.top.", "a_b.top", "a.t0p", "a.t",
                           "192.0.2.1", "a.top^", "*.top"}) {
    INFO(none);
    CHECK(!IsHostName(none));
  }
}

}  // namespace tollgate::source
