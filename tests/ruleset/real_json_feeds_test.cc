// SPDX-License-Identifier: BSD-3-Clause
//
// Feeds as they are published, where this machine has samples of them: nothing in them is wrong
// but what is known to be.

#include <filesystem>
#include <map>
#include <string>

#include "ruleset/text/yaml.h"
#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

namespace fs = std::filesystem;

struct Totals {
  size_t files = 0;
  uint64_t taken = 0;
  uint64_t rejected = 0;
};

// Reads every file of a folder of samples; nothing where there is none.
std::optional<Totals> ReadFolder(const std::string& folder, Syntax syntax) {
  const fs::path path = fs::path(TOLLGATE_FEED_SAMPLES) / folder;
  if (!fs::exists(path)) {
    WARN("skipped: no samples in " << path);
    return std::nullopt;
  }
  Totals totals;
  for (const fs::directory_entry& file : fs::directory_iterator(path)) {
    std::string reason;
    const auto text = text::ReadFile(file.path().string(), size_t{1} << 30, reason);
    REQUIRE(text.has_value());
    PolicyEntry entry = test::ReadAlone::Entry();
    entry.to_ids_only = false;
    const test::ReadAlone feed(syntax, *text, entry);
    INFO(file.path().string() << "\n" << feed.Notes());
    CHECK(feed.Notes().find("not JSON") == std::string::npos);
    CHECK(feed.Notes().find("not a STIX pattern") == std::string::npos);
    CHECK(feed.Notes().find("no STIX object") == std::string::npos);
    CHECK(feed.Notes().find("no MISP") == std::string::npos);
    CHECK(feed.report.taken + feed.report.notes.size() > 0);
    ++totals.files;
    totals.taken += feed.report.taken;
    totals.rejected += feed.report.Count(LineFate::kRejected);
  }
  return totals;
}

}  // namespace

TEST_CASE("Real STIX bundles are read, and a handful of their lines are wrong") {
  const std::optional<Totals> stix = ReadFolder("stix", Syntax::kStix);
  if (!stix) return;
  CHECK(stix->files >= 22);
  CHECK(stix->taken >= 3200);
  CHECK(stix->rejected <= 8);
}

TEST_CASE("Real MISP events are read, and none of their lines is wrong") {
  const std::optional<Totals> misp = ReadFolder("misp", Syntax::kMisp);
  if (!misp) return;
  CHECK(misp->files >= 10);
  CHECK(misp->taken >= 1500);
  CHECK(misp->rejected == 0);
}

TEST_CASE("Real MISP warning lists are read, and one of their lines is wrong") {
  const std::optional<Totals> lists = ReadFolder("misp-warninglists", Syntax::kWarninglist);
  if (!lists) return;
  CHECK(lists->files >= 14);
  CHECK(lists->taken >= 69000);
  CHECK(lists->rejected <= 1);
}

}  // namespace tollgate::source
