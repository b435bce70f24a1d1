// SPDX-License-Identifier: BSD-3-Clause
//
// Tables: which column is read, what quotes mean, which rows are none.

#include "ruleset/source/csv.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const std::string& column = "") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.column = column;
  return test::ReadAlone(Syntax::kCsv, text, entry);
}

}  // namespace

TEST_CASE("A column's name in the header says that it holds names or URLs, in any case") {
  const std::string name = GENERATE(as<std::string>{}, "url", "URL", "Domain", "host", "hostname",
                                    "FQDN", "indicator", "ioc", "value", "data", "ioc_value");
  CHECK(Read("date," + name + ",note\n2025-10-01,evil.top,x\n").Rules() ==
        "domain evil.top nxdomain @2\n");
}

TEST_CASE("Of several columns that could be meant, the first in the documented order is read") {
  CHECK(Read("host,url\nbad.top,http://evil.top/\n").Rules() == "host evil.top nxdomain @2\n");
  CHECK(Read("fqdn,host\nbad.top,evil.top\n").Rules() == "domain evil.top nxdomain @2\n");
}

TEST_CASE("A URL in a table means its host alone, a name the domain") {
  CHECK(Read("ioc\nhttps://evil.top/us\nbad.top\nhxxps[:]//worse[.]top\nworst[.]top\n*.a.top\n")
            .Rules() ==
        "host evil.top nxdomain @2\ndomain bad.top nxdomain @3\nhost worse.top nxdomain @4\n"
        "domain worst.top nxdomain @5\ndomain a.top nxdomain @6\n");
}

TEST_CASE("The manifest names the column, by its header or by its number") {
  const std::string column = GENERATE(as<std::string>{}, "C2 server", "c2 SERVER", "2");
  CHECK(Read("domain,C2 server\nbad.top,evil.top\n", column).Rules() ==
        "domain evil.top nxdomain @2\n");
}

TEST_CASE("With a column's number there need be no header") {
  CHECK(Read("# a feed\n2025-10-01,evil.top\n2025-10-02,bad.top\n", "2").Rules() ==
        "domain evil.top nxdomain @2\ndomain bad.top nxdomain @3\n");
}

TEST_CASE("With a column's number a header of other words is still no row") {
  const test::ReadAlone table = Read("# a feed\nwann,was\n2025-10-01,evil.top\n", "2");
  CHECK(table.Rules() == "domain evil.top nxdomain @3\n");
  CHECK(table.Notes() == "");
}

TEST_CASE("A table without a header that says where its names are is rejected as a whole") {
  CHECK(Read("2025-10-01,evil.top\n").Notes() ==
        "rejected 1: no header names a column of names or URLs; say 'column:' in the manifest @1 "
        "'2025-10-01,evil.top'\n");
  CHECK(Read("domain\nevil.top\n", "hostname").Notes() ==
        "rejected 1: no header has the column that the manifest names @1 'domain'\n");
}

TEST_CASE("Semicolons, tabs and bars separate as commas do") {
  const std::string s = GENERATE(as<std::string>{}, ",", ";", "\t", "|");
  CHECK(Read("date" + s + "domain" + s + "note\n2025" + s + "evil.top" + s + "\n").Rules() ==
        "domain evil.top nxdomain @2\n");
}

TEST_CASE("Prose, comments and empty lines may stand before the header") {
  CHECK(Read("Title: domains, of a campaign\nSee https://report.example/a,b\n\n# c\n"
             "Domain\tAddress\nevil[.]top\t192.0.2[.]1\n")
            .Rules() == "domain evil.top nxdomain @6\n");
}

TEST_CASE("The header may be in a comment, if the rows below bear it out") {
  CHECK(Read("# a feed\n# id,url,tags\n\n\"1\",\"http://evil.top/\",\"a,b\"\n").Rules() ==
        "host evil.top nxdomain @4\n");
  CHECK(Read("# names, data\nid,domain,note\n1,evil.top,x\n").Rules() ==
        "domain evil.top nxdomain @3\n");
}

TEST_CASE("A field in quotes may hold separators, line ends and quotes that are written twice") {
  const test::ReadAlone table =
      Read("note,domain\r\n\"a, b\r\nc \"\"d\"\"\",evil.top\r\nx,\"bad.top\"\r\n");
  CHECK(table.Rules() == "domain evil.top nxdomain @2\ndomain bad.top nxdomain @4\n");
  CHECK(table.Notes() == "");
}

TEST_CASE("A quote inside a field without quotes is a character like others") {
  CHECK(Read("note,domain\n5\" screen,evil.top\n").Rules() == "domain evil.top nxdomain @2\n");
}

TEST_CASE("There may be blanks around fields and their quotes") {
  CHECK(Read("note, domain\n \"a\" , \"evil.top\" \n").Rules() == "domain evil.top nxdomain @2\n");
}

TEST_CASE("A quote that is not closed costs its line, not the rest of the table") {
  const std::string quote = GENERATE(as<std::string>{}, "\"a,evil.top", "\"a\"b,evil.top");
  const test::ReadAlone table = Read("note,domain\n" + quote + "\nx,bad.top\n");
  CHECK(table.Rules() == "domain bad.top nxdomain @3\n");
  CHECK(table.Notes() ==
        "rejected 1: a quote that is not closed, or not where a field begins @2 '" + quote + "'\n");
}

TEST_CASE("Rows whose type says that they are something else are skipped") {
  const test::ReadAlone table = Read(
      "type,value\nsha256,00ff\nIPv4,192.0.2.1\nDomain,evil.top\nurl,http://bad.top/\n"
      "phishing,worse.top\n");
  CHECK(table.Rules() ==
        "domain evil.top nxdomain @4\nhost bad.top nxdomain @5\ndomain worse.top nxdomain @6\n");
  CHECK(table.Notes() ==
        "skipped 2: a row of something else than names and URLs @2 'sha256,00ff'\n");
}

TEST_CASE("A table of Indicator and Data has its types in the first") {
  const test::ReadAlone table = Read(
      "\xef\xbb\xbf"
      "Indicator,Data,Note\nSHA256,00ff,\nURL,hxxp://evil[.]top/a[.]apk ,\n");
  CHECK(table.Rules() == "host evil.top nxdomain @3\n");
  CHECK(table.report.Count(LineFate::kSkipped) == 1);
}

TEST_CASE("A table of types and indicators has its values in the second") {
  CHECK(
      Read("Indicator type,Indicator,Description\nhostname,evil.top,\nemail,a@b.top,\n").Rules() ==
      "domain evil.top nxdomain @2\n");
}

TEST_CASE("Rows that lack the column, or have nothing in it, are counted") {
  CHECK(Read("note,domain\nx\ny,\nz,192.0.2.1\n").Notes() ==
        "rejected 1: a row without the column @2 'x'\n"
        "skipped 1: a row with nothing in the column @3 'y,'\n"
        "rejected 1: an IP address, and names are wanted here @4 '192.0.2.1'\n");
}

TEST_CASE("A column that the table does not have is missed in every row") {
  CHECK(Read("a,domain\nx,evil.top\n", "3").Notes() ==
        "rejected 1: a row without the column @2 'x,evil.top'\n");
}

TEST_CASE("A value with a quote in it is rejected as it reads") {
  CHECK(Read("domain\n\"ev\"\"il.top\"\n").Notes() ==
        "rejected 1: '\"' stands in no name; write the name alone @2 'ev\"il.top'\n");
}

TEST_CASE("A lone column is a header only where it comes first") {
  CHECK(FindCsvHeader("domain\nevil.top\n", "").has_value());
  CHECK_FALSE(FindCsvHeader("evil.top\ndomain\n", "").has_value());
}

}  // namespace tollgate::source
