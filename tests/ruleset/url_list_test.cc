// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of URLs: the host of each.

#include "ruleset/source/url_list.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text) {
  return test::ReadAlone(Syntax::kUrls, text, test::ReadAlone::Entry());
}

}  // namespace

TEST_CASE("A URL blocks its host, the name alone") {
  CHECK(Read("https://evil.top/usps/login.php?id=1#top\n").Rules() ==
        "host evil.top nxdomain @1\n");
}

TEST_CASE("A URL's user, port, query and fragment are not its host") {
  const std::string url =
      GENERATE(as<std::string>{}, "http://usps.com@evil.top/", "http://usps.com:80@evil.top:8443/",
               "http://evil.top:8080", "http://evil.top?usps.com", "http://evil.top#usps.com/a@b",
               "HTTP://EVIL.TOP./", "ftp://evil.top/a@good.top");
  CHECK(Read(url + "\n").Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("URLs may be defanged") {
  const std::string url = GENERATE(as<std::string>{}, "hxxps://evil[.]top/us",
                                   "hxxps[:]//evil[.]top/us", "http[://]evil(dot)top");
  CHECK(Read(url + "\n").Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("A URL may lack its scheme, and have an international name") {
  CHECK(Read("evil.top/us/login\nhttps://b\xc3\xbc"
             "cher.top/\n")
            .Rules() == "host evil.top nxdomain @1\nhost xn--bcher-kva.top nxdomain @2\n");
}

TEST_CASE("A list of URLs has comments at the beginning of a line, or behind a URL and a blank") {
  const test::ReadAlone list =
      Read("# a\n; b\n! c\n\nhttp://evil.top/#a # why\nhttp://bad.top #b\n");
  CHECK(list.Rules() == "host evil.top nxdomain @5\nhost bad.top nxdomain @6\n");
  CHECK(list.Notes() == "");
}

TEST_CASE("A blank in a URL's path does not hide its host") {
  CHECK(Read("http://evil.top/a file.apk\n").Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("Two names on a line of a list of URLs are not taken for one of them") {
  const test::ReadAlone list = Read("evil.top bad.top\n");
  CHECK(list.Rules() == "");
  CHECK(list.report.Count(LineFate::kRejected) == 1);
}

TEST_CASE("A URL with an address for its host is rejected") {
  const std::string url = GENERATE(as<std::string>{}, "http://192.0.2.1/", "http://192.0.2.1:80/a",
                                   "http://[2001:db8::1]:8080/");
  CHECK(Read(url + "\n").Notes() ==
        "rejected 1: an IP address, and names are wanted here @1 '" + url + "'\n");
}

TEST_CASE("The quick way to a URL's host takes plain ones alone") {
  CHECK(PlainHost("https://a-b.evil.top:8080/x?y#z") == "a-b.evil.top");
  const std::string other =
      GENERATE(as<std::string>{}, "http://u@evil.top/", "http://evil.top:80a/", "http:///x",
               "http://evil[.]top/", "http://192.0.2.1/", "evil.top/x", "http://evil.top\\@b.top/");
  CHECK(PlainHost(other) == other);
}

}  // namespace tollgate::source
