// SPDX-License-Identifier: BSD-3-Clause
//
// Reports: every way of writing an indicator, and what is found. Which of the undefanged ones are
// indicators is in report_judge_test.cc.

#include "ruleset/source/report.h"

#include <string>

#include "ruleset/source/report_address.h"
#include "tests/support/catch.h"
#include "tests/support/report_fixture.h"

namespace tollgate::source {
namespace {

using test::Indicators;
using test::LeftOutOf;
using test::Written;

}  // namespace

TEST_CASE("A dot is defanged in every way") {
  const std::string written =
      GENERATE(as<std::string>{},  //
               "evil[.]top", "evil(.)top", "evil{.}top", "evil<.>top", "evil[dot]top",
               "evil(dot)top", "evil{dot}top", "evil[DOT]top", "evil[punkt]top", "evil[d0t]top",
               "evil[ . ]top", "evil[ dot ]top", "evil[,]top",
               "evil[\xe3\x83\x89\xe3\x83\x83\xe3\x83\x88]top",  // "dot"
               "evil\xe3\x80\x90.\xe3\x80\x91top",               // lenticular brackets
               "evil[.top", "evil.]top", "evil&#46;top", "evil&#x2E;top", "evil&#91;.&#93;top");
  INFO(written);
  CHECK(Indicators("see " + written + " there") == "evil.top");
}

TEST_CASE("A backslash defangs the dot of what is more than a word") {
  CHECK(Indicators("ezpass.org-yga\\.top") == "ezpass.org-yga.top");
  CHECK(Indicators("hxxp://evil\\.top/") == "evil.top");
  CHECK(Indicators("the property new\\.top of Markdown") == "");
}

TEST_CASE("Defanging may be doubled") {
  const std::string written =
      GENERATE(as<std::string>{}, "evil[.].top", "evil.[.]top", "evil[.][.]top", "evil[[.]]top",
               "evil[[[.]]]top", "evil([.])top", "evil[[dot]]top");
  INFO(written);
  CHECK(Indicators("see " + written + " there") == "evil.top");
}

TEST_CASE("Some dots of a name may be as they are") {
  CHECK(Indicators("- usps.com-ic1[.]top") == "usps.com-ic1.top");
  CHECK(Indicators("- www[.]evil.top") == "www.evil.top");
}

TEST_CASE("Spaces stand beside a defanged dot") {
  const std::string written = GENERATE(as<std::string>{}, "evil [.] top", "evil[.] top",
                                       "evil-1 [.]top", "evil [dot] top", "evil  [.] top");
  INFO(written);
  const std::string found = Indicators("see " + written + " there");
  CHECK((found == "evil.top" || found == "evil-1.top"));
}

TEST_CASE("A space in front of a defanged suffix does not make a name of prose") {
  CHECK(Indicators("many under the [.]top suffix") == "");
}

TEST_CASE("A stray space stands inside a defanged name") {
  CHECK(Indicators("- hxxps[:]//usps. com-ic1[.]top/us") == "usps.com-ic1.top");
  CHECK(Indicators("- usps. com-ic1[.]top") == "usps.com-ic1.top");
  CHECK(Indicators("| usps. com-ic1[.]top | 2025 |") == "usps.com-ic1.top");
  CHECK(Indicators("hxxps://evil .top/pay") == "evil.top");
}

TEST_CASE("The end of a sentence is no stray space") {
  CHECK(Indicators("It came by post. evil[.]top was next") == "evil.top");
  CHECK(Indicators("Fig. evil[.]top and its friends") == "evil.top");
  CHECK(Indicators("6. 104.21.0[.]1 on a map") == "104.21.0.1");
}

TEST_CASE("A scheme is defanged in every way") {
  const std::string scheme =
      GENERATE(as<std::string>{}, "hxxp://", "hxxps://", "hXXp://", "HXXPS://", "h**p://",
               "hxtp://", "fxp://", "ttp://", "http[:]//", "https[:]//", "hxxps[:]//", "http[://]",
               "hxxps[://]", "hxxp(:)//", "http[:/]/", "h[xx]p://", "h[tt]ps://", "http[s]://",
               "hxxps[:]///", "hxxps[:]/", "hxxps: //", "hxxp:\\\\", "blob:hxxps[:]//");
  INFO(scheme);
  CHECK(Indicators("- " + scheme + "evil.top/pay") == "evil.top");
}

TEST_CASE("A URL has a port, a path, a query, a fragment") {
  const std::string rest = GENERATE(as<std::string>{}, ":8443", "[:]8443", ":8443/pay", "/pay.zip",
                                    "/a/b.py?c=d.info", "?x=1.info", "#top.info", "[/]pay.zip");
  INFO(rest);
  CHECK(Indicators("- hxxps[:]//evil[.]top" + rest) == "evil.top");
}

TEST_CASE("What stands around an indicator is not part of it") {
  const auto [before, after] = GENERATE(table<std::string, std::string>({
      {"(", ")"},
      {"[", "]"},
      {"{", "}"},
      {"<", ">"},
      {"\"", "\""},
      {"'", "',"},
      {"`", "`"},
      {"**", "**"},
      {"|", "|2025-01-02|"},
      {"\t", "\t-"},
      {"", "."},
      {"", ","},
      {"", ";"},
      {"", ":"},
      {"", "..."},
      {"", "[1]"},
      {"", "[a]"},
      {"-", ""},
      {"--", ""},
      {"*.", ""},
      {"._.", ""},
      {"x=", "&y=1"},
      {"<td>", "</td>"},
      {"<a href=\"hxxp://", "\">"},
      {"\xe3\x80\x8c", "\xe3\x80\x8d"},  // corner brackets
      {"\xef\xbc\x9a", "\xe3\x80\x82"},  // full-width colon, ideographic full stop
      {"\xef\xbc\x88", "\xef\xbc\x89"},  // full-width parentheses
      {"\xe2\x80\x9c", "\xe2\x80\x9d"},  // curly quotes
      {"\xe2\x80\xa2 ", ""},             // bullet
      {"\xe2\x80\x8b", "\xe2\x80\x8b"},  // zero-width spaces
      {"\xef\xbb\xbf", ""},              // byte order mark
  }));
  INFO(before + "..." + after);
  CHECK(Indicators("see " + before + "evil[.]top" + after) == "evil.top");
}

TEST_CASE("Characters without width inside a name are none of it") {
  CHECK(Indicators("ev\xe2\x80\x8bil[.]t\xc2\xad"
                   "op") == "evil.top");
}

TEST_CASE("Names are folded to lower case") {
  CHECK(Indicators("GZIP FROM EVIL[.]TOP:") == "evil.top");
  CHECK(Indicators("hXXps://E-Vil[.]com-Pay[.]ToP/") == "e-vil.com-pay.top");
}

TEST_CASE("Japanese and Chinese stick to names on both sides") {
  const std::string wa = "\xe3\x81\xaf";     // a particle
  const std::string kanji = "\xe5\x81\xbd";  // "fake"
  CHECK(Indicators(kanji + "sagawa-x[.]com" + wa) == "sagawa-x.com");
  CHECK(Indicators("hxxps[:]//evil[.]top/us" + wa) == "evil.top");
  CHECK(Indicators("hxxps[:]//evil[.]top" + wa) == "evil.top");
  CHECK(Indicators(kanji + "evil[.]top" + wa + "bad[.]top" + wa) == "evil.top bad.top");
  CHECK(Indicators("\xe3\x80\x8c"
                   "evil[.]top\xe3\x80\x8d\xe3\x80\x8c"
                   "bad[.]top\xe3\x80\x8d") == "evil.top bad.top");
  CHECK(Indicators("IP" + wa + "81[.]17[.]23[.]125" + wa) == "81.17.23.125");
}

TEST_CASE("Full-width dots are dots, and defang") {
  CHECK(Indicators("evil\xef\xbc\x8etop") == "evil.top");              // U+FF0E
  CHECK(Indicators("EVIL\xef\xbc\x8eTOP\xe3\x80\x82") == "evil.top");  // and U+3002 ends it
  CHECK(Indicators("hxxp://evil\xe3\x80\x82top/") == "evil.top");      // U+3002
  CHECK(Indicators("hxxp://evil\xef\xbd\xa1top/") == "evil.top");      // U+FF61
  CHECK(Indicators("evil[.]top\xe3\x80\x82"
                   "Next") == "evil.top");
}

TEST_CASE("Full-width letters are letters") {
  CHECK(Indicators("\xef\xbd\x85vil[.]top") == "evil.top");
}

TEST_CASE("U-labels become A-labels") {
  CHECK(Indicators("b\xc3\xbc"
                   "cher[.]top") == "xn--bcher-kva.top");
  CHECK(Indicators("hxxps://\xe4\xbe\x8b\xe3\x81\x88[.]jp/") == "xn--r8jz45g.jp");
  CHECK(Indicators("\xe4\xbe\x8b\xe3\x81\x88[.]jp") == "xn--r8jz45g.jp");
}

TEST_CASE("The host of a URL stands behind the last '@'") {
  CHECK(Indicators("- hxxps[:]//www.ca[.]gov@igbp[.]cc/us") == "igbp.cc");
  CHECK(Indicators("- hxxps[:]//user:pa@ss@evil[.]top/x") == "evil.top");
  CHECK(Indicators("- www.ca[.]gov@igbp[.]cc/us") == "igbp.cc");
  CHECK(LeftOutOf("- hxxps[:]//www.ca[.]gov@igbp[.]cc/us") ==
        "user information of a URL: www.ca.gov");
}

TEST_CASE("The host of a WebDAV path stands in front of the '@'") {
  CHECK(Indicators("- file[:]//\\\\81.17.23[.]125@80\\file\\a.exe") == "81.17.23.125");
  CHECK(Indicators("- file://evil[.]top@SSL/DavWWWRoot/a.pdf") == "evil.top");
  CHECK(Indicators("- \\\\evil[.]top@SSL\\DavWWWRoot\\a.pdf") == "evil.top");
}

TEST_CASE("A redirector and what it redirects to are both found") {
  CHECK(Indicators("- hxxps[:]//www.good[.]com/url?q=hxxps[:]//evil[.]top/go&sa=D") ==
        "www.good.com evil.top");
}

TEST_CASE("A Markdown link of a defanged URL is one indicator") {
  CHECK(Indicators("[hxxps[:]//evil[.]top](hxxps[:]//evil[.]top)") == "evil.top evil.top");
  CHECK(Indicators("[the page](hxxps://evil[.]top/a_(b).html)") == "evil.top");
}

TEST_CASE("Several indicators stand in a line") {
  CHECK(Indicators("evil[.]top / bad[.]top") == "evil.top bad.top");
  CHECK(Indicators("evil[.]top,bad[.]top;worse[.]top") == "evil.top bad.top worse.top");
  CHECK(Indicators("|evil[.]top|1.2.3[.]4|") == "evil.top 1.2.3.4");
}

TEST_CASE("A single letter in brackets belongs to the name") {
  CHECK(Indicators("hxxp://supplie[s].co[.]uk/a") == "supplies.co.uk");
  CHECK(Indicators("profiles[n].info") == "");
}

TEST_CASE("IPv4 addresses are defanged as names are") {
  const std::string written =
      GENERATE(as<std::string>{}, "81[.]17[.]23[.]125", "81.17.23[.]125", "81(.)17(.)23(.)125",
               "81.17[dot]23.125", "hxxp://81.17.23.125/a", "hxxp://81.17.23[.]125:8080/a.exe",
               "81.17.23[.]125:443", "81[.]17[.]23[.]125IP");
  INFO(written);
  CHECK(Indicators("see " + written) == "81.17.23.125");
}

TEST_CASE("Addresses in URLs take the forms that browsers take") {
  CHECK(Indicators("hxxp[:]//77.0x6E.107[.]232/a") == "77.110.107.232");
  CHECK(Indicators("hxxp[:]//055[.]14942165:20201/a") == "45.227.255.213");
  CHECK(Indicators("version 1\\.0\\.0 and 1[.]0[.]0") == "");
}

TEST_CASE("IPv6 addresses are found, and canonical") {
  CHECK(Indicators("C2: 2a00[:]1450[:]4001[:]0[:]0[:]0[:]0[:]1") == "2a00:1450:4001::1");
  CHECK(Indicators("hxxp://[2A00:1450::1]:8080/a") == "2a00:1450::1");
}

TEST_CASE("Prefixes are found where no bits stand behind them") {
  CHECK(Indicators("the prefix 104.21.0[.]0/16,") == "104.21.0.0/16");
  CHECK(Indicators("the prefix 104[.]21[.]0[.]0[/]16") == "104.21.0.0/16");
  CHECK(Indicators("the prefix 2a00[:]1450[:][:]/32") == "2a00:1450::/32");
  CHECK(Indicators("104.21.0[.]7/16") == "104.21.0.7");
  CHECK(Indicators("hxxp://104.21.0[.]0/16") == "104.21.0.0");
}

TEST_CASE("A range is its two ends") {
  CHECK(Indicators("81.17.23[.]1-81.17.23[.]9") == "81.17.23.1 81.17.23.9");
  CHECK(Indicators("81.17.23[.]1-9") == "81.17.23.1");
}

TEST_CASE("Private and reserved addresses are left out") {
  const std::string address =
      GENERATE(as<std::string>{}, "10.0.0[.]1", "127.0.0[.]1", "192.168.1[.]1", "172.16.0[.]1",
               "169.254.1[.]1", "192.0.2[.]1", "203.0.113[.]9", "224.0.0[.]1", "2001:db8[:][:]1",
               "fe80[:][:]1");
  INFO(address);
  CHECK(Indicators("C2: " + address) == "");
  CHECK(LeftOutOf("C2: " + address).find("reserved address: ") == 0);
}

TEST_CASE("Numbers that are no addresses are none") {
  const std::string text =
      GENERATE(as<std::string>{}, "+44.20.3743.3660", "+44.20.37.36", "1.2.3.4.5", "v2.10.3",
               "version 1.2.3", "300.1.1.1", "2025.01.02", "1.2.3", "12:30:45", "00:11:22:33:44:55",
               "std::vector", "a::b", "hxxp://300.1.1.1/");
  INFO(text);
  CHECK(Indicators(text) == "");
}

TEST_CASE("A name needs a top-level domain that there is") {
  CHECK(Indicators("setup[.]exe kernel32.dll evil[.]cfg") == "");
  CHECK(LeftOutOf("evil[.]cfg") == "no top-level domain: evil.cfg");
  CHECK(Indicators("evil[.]co[.]za") == "evil.co.za");
}

TEST_CASE("Labels that no host has are left out, and what they stand before is kept") {
  const std::string long_label(64, 'a');
  CHECK(Indicators(long_label + ".com-x[.]top") == "com-x.top");
  CHECK(Indicators("x..y[.]top") == "y.top");
  CHECK(Indicators("-bad-[.]com") == "");
  CHECK(Indicators("_deal[.]com") == "");
  CHECK(Indicators("_evil[.]com_") == "evil.com");
  CHECK(Indicators("_dmarc.evil[.]com") == "_dmarc.evil.com");
}

TEST_CASE("Templates and expressions are no names") {
  const std::string text =
      GENERATE(as<std::string>{}, "[string1]-[string2].[TLD]", "com-[a-z0-9]*.(xin|top|vip)",
               "irs.gov-[a-z0-9]*.<tld>", "hxxps[:]//[domain]/Login", "https://[random].[apex]/x",
               "_ _ _deal.com", "hxxps://[.]com/", "$host.top", "%s.top");
  INFO(text);
  CHECK(Indicators(text) == "");
}

TEST_CASE("The name below a placeholder is one") {
  CHECK(Indicators("[random].evil[.]top") == "evil.top");
  CHECK(Indicators("<id>.evil[.]top") == "evil.top");
  CHECK(Indicators("<id>.github[.]io") == "");  // which is a public suffix
}

TEST_CASE("A label that is redacted in part is left out") {
  CHECK(Indicators("[redacted]dmv.gov-cunm[.]shop") == "gov-cunm.shop");
  CHECK(Indicators("as before[1]evil[.]top") == "evil.top");  // a footnote
}

TEST_CASE("A finding knows where it stands and how it was written") {
  CHECK(Written("one\r\n\r\n  - usps. com-ic1[.]top\r\n") == "3:5 usps. com-ic1[.]top");
  CHECK(Written("\xe5\x81\xbd"
                "evil(.)top") == "1:4 evil(.)top");
}

TEST_CASE("A public suffix is marked as one") {
  const Report report = ReadReport("github[.]io", test::ReportSuffixes());
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].public_suffix);
}

TEST_CASE("The host of a URL that holds another is marked") {
  const Report report =
      ReadReport("hxxp://good[.]com/?u=hxxp://evil[.]top", test::ReportSuffixes());
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].forwards);
  CHECK(!report.findings[1].forwards);
}

TEST_CASE("Octets that are no UTF-8 are no trouble") {
  CHECK(Indicators("\xff\xfe evil[.]top \x80\xc0\xaf") == "evil.top");
  CHECK(Indicators(std::string("evil[.]top\0bad[.]top", 20)) == "evil.top bad.top");
}

TEST_CASE("An empty report has nothing in it") { CHECK(Indicators("") == ""); }

TEST_CASE("A prefix is read only where the address has no bits behind it") {
  CHECK(ReadPrefix("104.21.0.0", "16") == "104.21.0.0/16");
  CHECK(!ReadPrefix("104.21.0.1", "16"));
  CHECK(!ReadPrefix("104.21.0.0", "33"));
  CHECK(!ReadPrefix("0.0.0.0", "0"));
  CHECK(ReadPrefix("2a00::", "16") == "2a00::/16");
}

}  // namespace tollgate::source
