// SPDX-License-Identifier: BSD-3-Clause
//
// How requests on the control socket are written.

#include "ruleset/control/request.h"

#include "tests/support/catch.h"

namespace tollgate::control {
namespace {

// "verb|key|value|...", or the fault in full.
std::string Read(std::string_view line) {
  Request request;
  if (const std::optional<Fault> fault = ParseRequest(line, request))
    return fault->error + "; " + fault->hint;
  std::string text = request.verb;
  for (const Word& word : request.words) text += "|" + word.key + "|" + word.value;
  return text;
}

TEST_CASE("A request is a verb and words key=value", "[control]") {
  CHECK(Read("status") == "status");
  CHECK(Read("log-level level=debug") == "log-level|level|debug");
  CHECK(Read("pause for=5m client=2001:db8::/32") == "pause|for|5m|client|2001:db8::/32");
  CHECK(Read("a b==") == "a|b|=");
}

TEST_CASE("Blanks stand where they like", "[control]") {
  CHECK(Read("  pause \t for=5m\t\tpolicy=x \r") == "pause|for|5m|policy|x");
}

TEST_CASE("%XX in a value is the octet XX", "[control]") {
  CHECK(Read("a k=my%20policy") == "a|k|my policy");
  CHECK(Read("a k=100%25%3d%3D") == "a|k|100%==");
  CHECK(Read("a k=%c3%bc\xc3\xbc") == "a|k|\xc3\xbc\xc3\xbc");
}

TEST_CASE("What is no request says why", "[control]") {
  const std::string verbs = "; requests are small letters and hyphens; 'help' lists them";
  CHECK(Read("") == "an empty request" + verbs);
  CHECK(Read(" \t") == "an empty request" + verbs);
  CHECK(Read("STATUS") == "'STATUS' is no request" + verbs);
  CHECK(Read("GET / HTTP/1.1") == "'GET' is no request" + verbs);
  CHECK(Read(std::string(100, 'A')) == "'" + std::string(60, 'A') + "...' is no request" + verbs);
  const std::string form =
      " is not of the form key=value; a blank inside a value is written '%20'; 'help' shows the "
      "keys";
  CHECK(Read("explain example.com") == "'example.com'" + form);
  CHECK(Read("explain =example.com") == "'=example.com'" + form);
  CHECK(Read("explain Name=example.com") == "'Name=example.com'" + form);
  CHECK(Read("explain name = example.com") == "'name'" + form);
  CHECK(Read("pause for=1 for=2") == "the key 'for' stands twice; say it once");
  CHECK(Read("pause for=") == "nothing behind 'for='; give a value, or leave the key out");
  for (const char* value : {"%", "%2", "%zz", "a%2", "%%20", "%2g"}) {
    CHECK(Read("a k=" + std::string(value)) == "a '%' without two hexadecimal digits in '" +
                                                   std::string(value) +
                                                   "'; write '%25' for the character itself");
  }
}

TEST_CASE("Control characters are in no request, written in whatever way", "[control]") {
  for (const std::string& octet : {std::string("\0", 1), std::string("\n"), std::string("\x1b"),
                                   std::string("\x7f"), std::string("\r")}) {
    CHECK(Read("a k=x" + octet + "y") ==
          "a control character in the line; a request is one line of text; try 'help'");
  }
  for (const char* escape : {"%00", "%0a", "%0D", "%1b", "%7F", "%09"}) {
    CHECK(Read("a k=" + std::string(escape)) ==
          "a control character in '" + std::string(escape) +
              "'; names have escapes of their own for such octets: \\010");
  }
}

TEST_CASE("A line has 4096 octets at most", "[control]") {
  CHECK(Read("a k=" + std::string(kLongestRequest - 4, 'x')).size() == kLongestRequest);
  CHECK(Read("a k=" + std::string(kLongestRequest - 3, 'x')) ==
        "a line of more than 4096 octets; a request is one short line");
}

TEST_CASE("What is written is what is read", "[control]") {
  const Request request{"pause", {{"policy", "100% of = my\xc3\xbc"}, {"for", "5m"}}};
  CHECK(RequestText(request) == "pause policy=100%25%20of%20=%20my\xc3\xbc for=5m");
  CHECK(Read(RequestText(request)) == "pause|policy|100% of = my\xc3\xbc|for|5m");
}

TEST_CASE("No value makes a second line", "[control]") {
  CHECK(RequestText({"a", {{"k", "x\ny\r\t\x7f"}}}) == "a k=x%0ay%0d%09%7f");
}

}  // namespace
}  // namespace tollgate::control
