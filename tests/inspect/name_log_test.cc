// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of names and query logs, line by line.

#include "ruleset/inspect/name_log.h"

#include <string>

#include "tests/support/catch.h"

namespace tollgate::inspect {
namespace {

// "query www.example.com 1", "other", "nothing", "unknown"
std::string Read(std::string_view line) {
  constexpr std::string_view kWords[] = {"nothing", "name", "query", "other", "unknown"};
  const LoggedName logged = ReadLogLine(line);
  std::string text(kWords[static_cast<size_t>(logged.line)]);
  if (logged.line == LogLine::kName || logged.line == LogLine::kQuery) {
    text += " " + std::string(logged.name) + " " + std::to_string(logged.queries);
  }
  return text;
}

// "example.com 3, example.net 1"
std::string Names(const NameCounts& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += text.empty() ? "" : ", ";
    for (size_t at = 0; at < names[i].stored.size();) {
      const size_t length = static_cast<uint8_t>(names[i].stored[at]);
      text += (at == 0 ? "" : ".") + std::string(names[i].stored.substr(at + 1, length));
      at += 1 + length;
    }
    text += " " + std::to_string(names[i].queries);
  }
  return text;
}

TEST_CASE("a list has a name a line") {
  CHECK(Read("www.example.com") == "name www.example.com 1");
  CHECK(Read("  www.example.com.\t") == "name www.example.com. 1");
  CHECK(Read("www.example.com  # ours") == "name www.example.com 1");
  CHECK(Read("") == "nothing");
  CHECK(Read("# a comment") == "nothing");
}

TEST_CASE("a count may stand behind a name, or before it as uniq -c writes it") {
  CHECK(Read("www.example.com 17") == "query www.example.com 17");
  CHECK(Read("www.example.com\t17") == "query www.example.com 17");
  CHECK(Read("     17 www.example.com") == "query www.example.com 17");
  CHECK(Read("www.example.com seventeen") == "unknown");
}

TEST_CASE("a rank is no count") { CHECK(Read("17,www.example.com") == "name www.example.com 1"); }

TEST_CASE("Unbound: log-queries") {
  CHECK(Read("[1763800000] unbound[99:0] info: 192.0.2.7 www.example.com. A IN") ==
        "query www.example.com. 1");
  CHECK(
      Read("Nov 22 10:00:00 ns unbound[99]: [99:0] info: 2001:db8::7 www.example.com. HTTPS IN") ==
      "query www.example.com. 1");
  CHECK(Read("[1763800000] unbound[99:0] query: 192.0.2.7 www.example.com. A IN") ==
        "query www.example.com. 1");
}

TEST_CASE("Unbound: log-replies") {
  CHECK(
      Read("[1763800000] unbound[99:1] info: 192.0.2.7 www.example.com. A IN NOERROR 0.01 0 59") ==
      "query www.example.com. 1");
  CHECK(Read("[1763800000] unbound[99:1] reply: 192.0.2.7 www.example.com. A IN NXDOMAIN 0 1 59") ==
        "query www.example.com. 1");
}

TEST_CASE("Unbound: other lines") {
  CHECK(Read("[1763800000] unbound[99:0] info: start of service (unbound 1.22.0).") == "other");
  CHECK(Read("[1763800000] unbound[99:0] notice: init module 0: validator") == "other");
}

TEST_CASE("BIND: the query log") {
  CHECK(Read("22-Nov-2026 10:00:00.000 queries: info: client @0x7f0001 192.0.2.7#5353 "
             "(www.example.com): query: www.example.com IN A +E(0)K (192.0.2.1)") ==
        "query www.example.com 1");
  CHECK(Read("22-Nov-2026 10:00:00.000 client 192.0.2.7#5353: query: www.example.com IN A +") ==
        "query www.example.com 1");
  CHECK(Read("Nov 22 10:00:00 ns named[99]: running") == "other");
}

TEST_CASE("dnsmasq: log-queries") {
  CHECK(Read("Nov 22 10:00:00 dnsmasq[99]: query[A] www.example.com from 192.0.2.7") ==
        "query www.example.com 1");
  CHECK(Read("Nov 22 10:00:00 dnsmasq[99]: 5 192.0.2.7/999 query[type=65] www.example.com from "
             "192.0.2.7") == "query www.example.com 1");
  CHECK(Read("Nov 22 10:00:00 dnsmasq[99]: forwarded www.example.com to 192.0.2.1") == "other");
}

TEST_CASE("dnstap: client queries and nothing else") {
  CHECK(Read(R"(10:00:00.000000 CQ 192.0.2.7 UDP 33b "www.example.com." IN A)") ==
        "query www.example.com. 1");
  CHECK(Read(R"(10:00:00.000000 RQ 192.0.2.7 UDP 33b "www.example.com." IN A)") == "other");
  CHECK(Read("22-Nov-2026 10:00:00.000 CQ 192.0.2.7:5353 -> 192.0.2.1:53 UDP 33b "
             "www.example.com/IN/A") == "query www.example.com 1");
  CHECK(Read("22-Nov-2026 10:00:00.000 CR 192.0.2.7:5353 <- 192.0.2.1:53 UDP 33b "
             "www.example.com/IN/A") == "other");
}

TEST_CASE("what is none of these is unknown") {
  CHECK(Read("the quick brown fox") == "unknown");
  CHECK(Read("1,2,3") == "unknown");
}

TEST_CASE("names are counted once, in lower case, in their order") {
  NameCounts names;
  names.AddText("b.example\nA.example.\nb.EXAMPLE 3\na.example\n");
  CHECK(Names(names) == "b.example 4, a.example 2");
  CHECK(names.queries() == 6);
  CHECK(names.lines().names == 3);
  CHECK(names.lines().queries == 1);
}

TEST_CASE("lines without a name are counted, and the first is kept") {
  NameCounts names;
  names.AddText("a.example\r\n\r\na..example\r\nthe quick brown fox\r\n");
  CHECK(names.lines().unknown == 2);
  CHECK(names.lines().first_unknown == "a..example");
  CHECK(names.lines().first_unknown_at == 3);
  CHECK(Names(names) == "a.example 1");
}

TEST_CASE("odd names that resolvers are asked for are names") {
  NameCounts names;
  names.AddText(
      "_dmarc.example.com\n1.2.3.4\nb\\195\\188cher.example\nb\xc3\xbc"
      "cher.example\n");
  CHECK(names.size() == 4);
  CHECK(Names(names).find("xn--bcher-kva.example 1") != std::string::npos);
}

}  // namespace
}  // namespace tollgate::inspect
