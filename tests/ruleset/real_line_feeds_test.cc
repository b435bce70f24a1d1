// SPDX-License-Identifier: BSD-3-Clause
//
// Real hosts files, tables and configurations, where they are: how much of each is taken, and that
// hardly anything is refused.

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "ruleset/source/feed_file.h"
#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

struct Sample {
  std::string file;
  uint64_t taken;     // at least
  uint64_t rejected;  // at most
  uint64_t left_out;  // skipped or not yet, at most
};

const std::vector<Sample> kSamples = {
    {"hosts/blp-scam.txt", 4987, 0, 0},
    {"hosts/fademind-CoinBlockerList.hosts", 4991, 1, 0},  // two dots
    {"hosts/fademind-oisd.nl.hosts", 4987, 0, 0},
    {"hosts/stalkerware-hosts", 925, 0, 0},
    {"urls/openphish-feed.txt", 300, 0, 0},
    {"urls/jpcert-202306.csv", 4994, 5, 0},  // URLs with addresses
    {"urls/gh0st-rat-domains-defanged.txt", 2827, 0, 0},
    {"urls/sophos-smishing-india-2023.csv", 5, 0, 6},  // hashes and a description
    {"dnsmasq/blp-scam-dnsmasq.txt", 4987, 0, 0},
    {"dnsmasq/felixonmars-apple.china.conf", 0, 0, 164},     // forwarders
    {"dnsmasq/felixonmars-bogus-nxdomain.conf", 0, 0, 165},  // addresses
    {"unbound/hagezi2022-personal.conf", 4989, 0, 0},
    {"unbound/jarelllama-scams_light.conf", 4209, 0, 0},
};

}  // namespace

TEST_CASE("Real feeds are taken, and what is left out is what should be") {
  const char* elsewhere = std::getenv("TOLLGATE_FEED_SAMPLES");
  const std::filesystem::path samples = elsewhere != nullptr ? elsewhere : TOLLGATE_FEED_SAMPLES;
  if (!std::filesystem::is_directory(samples)) {
    WARN("skipped: the folder of real samples is not there");
    return;
  }
  for (const Sample& sample : kSamples) {
    INFO(sample.file);
    absl::StatusOr<std::string> text =
        ReadFeedFile((samples / sample.file).string(), size_t{1} << 30);
    REQUIRE(text.ok());
    const test::ReadAlone feed(DetectSyntax(sample.file, *text), *text);
    INFO(feed.Notes());
    CHECK(feed.report.taken >= sample.taken);
    CHECK(feed.report.Count(LineFate::kRejected) <= sample.rejected);
    CHECK(feed.report.Count(LineFate::kSkipped) + feed.report.Count(LineFate::kNotYet) <=
          sample.left_out);
  }
}

}  // namespace tollgate::source
