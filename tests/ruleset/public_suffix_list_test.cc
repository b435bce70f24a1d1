// SPDX-License-Identifier: BSD-3-Clause
//
// The Public Suffix List: which names are public suffixes, and of which section.

#include "ruleset/source/public_suffix_list.h"

#include <string>

#include "ruleset/source/indicator.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

std::string KindIn(const PublicSuffixList& list, std::string_view name) {
  switch (list.KindOf(*ParseIndicator(name))) {
    case PublicSuffixList::Kind::kIcann:
      return "icann";
    case PublicSuffixList::Kind::kPrivate:
      return "private";
    case PublicSuffixList::Kind::kNone:
      break;
  }
  return "none";
}

std::string KindOf(std::string_view name) {
  static const absl::StatusOr<PublicSuffixList> list =
      PublicSuffixList::Load(test::TestSuffixList());
  return list.ok() ? KindIn(*list, name) : std::string(list.status().message());
}

}  // namespace

TEST_CASE("Public suffixes: name to section") {
  const auto [name, kind] = GENERATE(table<std::string, std::string>({
      {"com", "icann"},
      {"example.com", "none"},
      {"COM", "icann"},
      {"co.uk", "icann"},
      {"example.co.uk", "none"},
      {"example.uk", "none"},
      // Every top-level domain is one, on the list or not.
      {"unlisted", "icann"},
      {"example.unlisted", "none"},
      // "*.ck" and "!www.ck"
      {"ck", "icann"},
      {"anything.ck", "icann"},
      {"example.anything.ck", "none"},
      {"www.ck", "none"},
      {"example.www.ck", "none"},
      // "*.kawasaki.jp" and "!city.kawasaki.jp"
      {"kawasaki.jp", "none"},
      {"ward.kawasaki.jp", "icann"},
      {"example.ward.kawasaki.jp", "none"},
      {"city.kawasaki.jp", "none"},
      // U-labels
      {"公司.cn", "icann"},
      {"xn--55qx5d.cn", "icann"},
      {"example.公司.cn", "none"},
      // The private section
      {"github.io", "private"},
      {"user.github.io", "none"},
      {"blogspot.com", "private"},
      {"compute.example.net", "none"},
      {"node.compute.example.net", "private"},
  }));
  INFO(name);
  CHECK(KindOf(name) == kind);
}

TEST_CASE("The root is no name that rules may touch") { CHECK(KindOf(".") == "icann"); }

TEST_CASE("The list's version is read") {
  CHECK(PublicSuffixList::Parse("// VERSION: 2025-01-03_11-12-13_UTC\ncom\n").version() ==
        "2025-01-03_11-12-13_UTC");
}

TEST_CASE("A list without a version is known by how many rules it holds") {
  CHECK(PublicSuffixList::Parse("com\nnet\n").version() == "2 rules");
}

TEST_CASE("A rule ends at the first space") {
  const PublicSuffixList list = PublicSuffixList::Parse("co.uk and what follows\n\tco.jp\t\n");
  CHECK(KindIn(list, "co.uk") == "icann");
  CHECK(KindIn(list, "co.jp") == "icann");
  CHECK(list.rules().size() == 2);
}

TEST_CASE("Without its marks of sections, the whole list is ICANN's") {
  CHECK(KindIn(PublicSuffixList::Parse("github.io\n"), "github.io") == "icann");
}

TEST_CASE("What follows the private section is ICANN's again") {
  const PublicSuffixList list = PublicSuffixList::Parse(
      "// ===BEGIN PRIVATE DOMAINS===\ngithub.io\n// ===END PRIVATE DOMAINS===\nco.uk\n");
  CHECK(KindIn(list, "github.io") == "private");
  CHECK(KindIn(list, "co.uk") == "icann");
}

TEST_CASE("A name of both sections is ICANN's") {
  const PublicSuffixList list =
      PublicSuffixList::Parse("co.uk\n// ===BEGIN PRIVATE DOMAINS===\nco.uk\n");
  CHECK(KindIn(list, "co.uk") == "icann");
}

TEST_CASE("A name may be a suffix and have a wildcard below it") {
  const PublicSuffixList list = PublicSuffixList::Parse("nom.br\n*.nom.br\n");
  CHECK(KindIn(list, "nom.br") == "icann");
  CHECK(KindIn(list, "x.nom.br") == "icann");
  CHECK(KindIn(list, "y.x.nom.br") == "none");
}

TEST_CASE("Lines that are no rules are counted and passed over") {
  const PublicSuffixList list = PublicSuffixList::Parse("com\na..b\nnet\n");
  CHECK(list.skipped() == 1);
  CHECK(list.rules().size() == 2);
}

TEST_CASE("A list that cannot be read names the Debian package") {
  const absl::Status status = PublicSuffixList::Load("/nowhere/list.dat").status();
  CHECK(std::string(status.message()) ==
        "cannot read the Public Suffix List /nowhere/list.dat (No such file or directory); "
        "install the package 'publicsuffix' or name another file with --public-suffix-list");
}

TEST_CASE("A list without a single suffix is refused") {
  const test::TemporaryFolder folder;
  const std::string path = folder.Write("list.dat", "// nothing\n");
  CHECK(std::string(PublicSuffixList::Load(path).status().message()) ==
        path + " holds no public suffix");
}

}  // namespace tollgate::source
