// SPDX-License-Identifier: BSD-3-Clause
//
// Which syntax a text is taken for, one tell-tale each; and every real sample, where they are.

#include <cstdlib>
#include <filesystem>
#include <map>

#include "ruleset/source/feed_file.h"
#include "ruleset/source/syntax.h"
#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

std::string Detected(std::string_view text, std::string_view file = "feed.txt") {
  return std::string(kSyntaxNames[static_cast<size_t>(DetectSyntax(file, text))]);
}

}  // namespace

TEST_CASE("YAML is a campaign by its ending alone") {
  CHECK(Detected("", "c.yaml") == "campaign");
  CHECK(Detected("", "rules/c.YML") == "campaign");
  CHECK(Detected("evil.top\n", "c.yaml.gz") == "campaign");
  CHECK(Detected("", "yaml") == "domains");
}

TEST_CASE("Names alone on their lines are a list of domains") {
  CHECK(Detected("evil.top\n*.bad.top\n.worse.top # seen\nworst[.]top\n") == "domains");
}

TEST_CASE("A list of domains with comments of any kind stays one") {
  CHECK(Detected("! a\n; b\n# 0.0.0.0 c.top\n\nevil.top\n") == "domains");
}

TEST_CASE("A list of domains with some addresses and paths stays one") {
  CHECK(Detected("evil.top\n192.0.2.1:8080\nbad.top\nworse.top/a\nhttp://worst.top/\n") ==
        "domains");
}

TEST_CASE("A text without a line that says anything is a list of domains") {
  CHECK(Detected("") == "domains");
  CHECK(Detected("# nothing\n") == "domains");
}

TEST_CASE("Addresses before names are a hosts file") {
  CHECK(Detected("# a\n127.0.0.1 localhost\n0.0.0.0 evil.top\n:: bad.top\n") == "hosts");
}

TEST_CASE("A hosts file without addresses is a list of domains, whatever its name") {
  CHECK(Detected("evil.top\nbad.top\n", "hosts") == "domains");
}

TEST_CASE("Schemes, defanged or not, are a list of URLs") {
  CHECK(Detected("http://evil.top/a,b;c\nhxxps[:]//bad[.]top/^\nhttps://worse.top/x\n") == "urls");
}

TEST_CASE("A header of an ad blocker's list decides, whatever follows") {
  CHECK(Detected("[Adblock Plus 3.1]\n! a\nevil.top\nbad.top\n") == "adblock");
  CHECK(Detected("\xef\xbb\xbf[AdGuard]\nevil.top\n") == "adblock");
}

TEST_CASE("Rules of ad blockers are known by their marks") {
  const std::string rule =
      GENERATE(as<std::string>{}, "||evil.top^", "@@||good.top^|", "|evil.top^", "evil.top^",
               "/^ads[0-9]+/", "/ads/$important", "evil.top##.banner", "evil.top#@#.banner");
  CHECK(Detected("! a\n" + rule + "\n") == "adblock");
}

TEST_CASE("One rule of an ad blocker in twenty lines makes its list one, and less does not") {
  std::string names;
  for (int i = 0; i < 19; ++i) names += "evil" + std::to_string(i) + ".top\n";
  CHECK(Detected(names + "||bad.top^\n") == "adblock");
  CHECK(Detected(names + names + "||bad.top^\n") == "domains");
}

TEST_CASE("Options of dnsmasq are its configuration") {
  CHECK(Detected("# a\naddress=/evil.top/#\nserver=/bad.top/\n") == "dnsmasq");
  CHECK(Detected("bogus-nxdomain=192.0.2.1\n") == "dnsmasq");
}

TEST_CASE("Options of Unbound are its configuration") {
  CHECK(Detected("server:\n  local-zone: \"evil.top.\" static\n") == "unbound");
  CHECK(Detected("local-data: \"evil.top A 0.0.0.0\"\n") == "unbound");
}

TEST_CASE("A directive of a zone file decides, whatever follows") {
  CHECK(Detected("; a\n$TTL 300\nevil.top\n", "feed") == "rpz");
  CHECK(Detected("$ORIGIN rpz.example.\n") == "rpz");
}

TEST_CASE("Records are a zone file, also without a SOA or directives") {
  CHECK(Detected("evil.top CNAME .\n*.evil.top CNAME .\n") == "rpz");
  CHECK(Detected("evil.top 60 IN A 192.0.2.1\nbad.top IN TXT \"x\"\n") == "rpz");
}

TEST_CASE("A policy zone's ending counts where its lines say nothing") {
  CHECK(Detected("; empty\n", "feed.rpz") == "rpz");
  CHECK(Detected("evil.top\n", "feed.db") == "domains");
}

TEST_CASE("Tables are known by their ending, or by a header before all else") {
  CHECK(Detected("a,b\n", "feed.csv") == "csv");
  CHECK(Detected("a\tb\n", "feed.tsv.xz") == "csv");
  CHECK(Detected("date,URL,note\n2025,http://evil.top/,x\n") == "csv");
  CHECK(Detected("Title: of domains\n\nDomain\tAddress\nevil[.]top\t192.0.2.1\n") == "csv");
  CHECK(Detected("domain\nevil.top\n") == "csv");
}

TEST_CASE("A word of a table's header below the first rule makes no table") {
  CHECK(Detected("evil.top CNAME .\ndata\tCNAME\t.\nhost\tCNAME\t.\n") == "rpz");
  CHECK(Detected("evil.top\ndomain\n") == "domains");
}

TEST_CASE("A bundle of STIX is known by its outermost keys, in any order") {
  CHECK(Detected(R"({"type": "bundle", "id": "x"})", "a.json") == "stix");
  CHECK(Detected(R"({"id": "x", "objects": [{"Event": 1}], "spec_version": "2.0"})") == "stix");
  CHECK(Detected(" \n{\"spec_version\":\"2.1\"}", "a.stix2") == "stix");
}

TEST_CASE("Events of MISP, and the manifest of a feed of them, are known by their outermost keys") {
  CHECK(Detected(R"({"Event": {"type": "bundle"}})", "a.json") == "misp");
  CHECK(Detected(R"([{"Event": {}}])") == "misp");
  CHECK(Detected(R"({"response": [{"Event": {}}]})") == "misp");
  CHECK(Detected(R"({"5b8d9d33-ccf0-4fd9-82dc-7dbc0a016219": {"info": "x"}})") == "misp");
}

TEST_CASE("A warning list is known by its list and what it matches") {
  CHECK(Detected(R"({"name": "x", "type": "hostname", "list": ["a.top"]})") == "warninglist");
  CHECK(Detected(R"({"matching_attributes": ["domain"], "list": []})") == "warninglist");
}

TEST_CASE("Every real sample is detected") {
  namespace fs = std::filesystem;
  const char* elsewhere = std::getenv("TOLLGATE_FEED_SAMPLES");
  const fs::path samples = elsewhere != nullptr ? elsewhere : TOLLGATE_FEED_SAMPLES;
  if (!fs::is_directory(samples)) {
    WARN("skipped: the folder of real samples is not there");
    return;
  }
  const std::map<std::string, std::string> by_folder = {
      {"adblock", "adblock"},
      {"dnsmasq", "dnsmasq"},
      {"domains", "domains"},
      {"hosts", "hosts"},
      {"misp", "misp"},
      {"misp-feed-made", "misp"},
      {"misp-warninglists", "warninglist"},
      {"rpz", "rpz"},
      {"stix", "stix"},
      {"unbound", "unbound"},
  };
  const std::map<std::string, std::string> odd = {
      {"stalkerware-hosts", "domains"},  // has no addresses
      {"hashes.csv", "csv"},             // of hashes, beside MISP's events
      {"openphish-feed.txt", "urls"},
      {"jpcert-202510.csv", "csv"},
      {"jpcert-202306.csv", "csv"},
      {"gh0st-rat-domains-defanged.txt", "csv"},
      {"sophos-smishing-india-2023.csv", "csv"},
  };
  size_t count = 0;
  for (const auto& file : fs::recursive_directory_iterator(samples)) {
    const std::string folder = file.path().parent_path().filename().string();
    const std::string name = file.path().filename().string();
    if (!file.is_regular_file() || folder == "feeds") continue;
    const auto own = odd.find(name);
    const auto usual = by_folder.find(folder);
    if (own == odd.end() && usual == by_folder.end()) continue;  // of a kind that came later
    ++count;
    INFO(folder << "/" << name);
    absl::StatusOr<std::string> text = ReadFeedFile(file.path().string(), size_t{1} << 30);
    REQUIRE(text.ok());
    CHECK(Detected(*text, name) == (own != odd.end() ? own->second : usual->second));
  }
  CHECK(count > 100);
}

}  // namespace tollgate::source
