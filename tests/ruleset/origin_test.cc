// SPDX-License-Identifier: BSD-3-Clause
//
// What a manifest says of a policy that is fetched.

#include "ruleset/source/origin.h"

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

Origin Read(const std::string& yaml, text::Diagnostics& faults) {
  text::YamlMap map = text::ParseYaml(yaml, "tollgate.yaml", faults);
  std::optional<Origin> origin = ReadOrigin(map, "/etc/tollgate");
  map.RefuseOtherKeys();
  return origin.value_or(Origin());
}

Origin Good(const std::string& yaml) {
  text::Diagnostics faults;
  Origin origin = Read(yaml, faults);
  CHECK(faults.error_count() == 0);
  return origin;
}

std::string Fault(const std::string& yaml) {
  text::Diagnostics faults;
  Read(yaml, faults);
  return faults.list().empty() ? "" : faults.list().front().ToString();
}

}  // namespace

TEST_CASE("A URL has an interval, limits and pins") {
  const Origin origin = Good(R"(
url: https://feeds.example/list.txt
interval: 6h
timeout: 30s
max_size: 10M
max_shrink: 20%
max_grow: 100%
minisign: RWabc
ca_file: ca.pem
)");
  CHECK(origin.interval == 6 * 3600);
  CHECK(origin.timeout == 30);
  CHECK(origin.max_size == 10 << 20);
  CHECK(origin.max_shrink == 20);
  CHECK(origin.max_grow == 100);
  CHECK(origin.minisign == "RWabc");
  CHECK(origin.ca_file == "/etc/tollgate/ca.pem");
}

TEST_CASE("A transfer has a zone, a server, and maybe a key") {
  const Origin origin = Good("transfer: {zone: RPZ.example., from: 192.0.2.53, tsig: rpz.key}");
  REQUIRE(origin.transfer);
  CHECK(origin.transfer->zone == "rpz.example");
  CHECK(origin.transfer->port == 53);
  CHECK(origin.transfer->tsig_file == "/etc/tollgate/rpz.key");
  CHECK(origin.DefaultId() == "rpz.example");
  CHECK(origin.Key() == "transfer:rpz.example@192.0.2.53:53 tsig:/etc/tollgate/rpz.key");
}

TEST_CASE("What is shown has neither password nor query") {
  const Origin origin = Good("url: https://me:secret@feeds.example/a/list.txt.gz?key=1@2#x");
  CHECK(origin.Shown() == "https://feeds.example/a/list.txt.gz");
  CHECK(origin.DefaultId() == "list");
}

TEST_CASE("With another pin it is another origin") {
  const std::string url = "url: https://feeds.example/list.txt\n";
  CHECK(Good(url + "minisign: RWabc").Key() != Good(url).Key());
  CHECK(Good(url + "minisign: RWabc").Key() != Good(url + "minisign: RWabd").Key());
  CHECK(Good(url + "sha256: " + std::string(64, '0')).Key() != Good(url).Key());
}

TEST_CASE("A URL without a path gives the host's name") {
  CHECK(Good("url: https://feeds.example").DefaultId() == "feeds");
  CHECK(Good("url: https://feeds.example/").DefaultId() == "feeds.example");
}

TEST_CASE("Only web servers are asked") {
  for (const char* url :
       {"ftp://x.example/list", "file:///etc/passwd", "list.txt", "https://", ""}) {
    CHECK(Fault("url: '" + std::string(url) + "'").find("is not a URL of a web server") !=
          std::string::npos);
  }
}

TEST_CASE("Plain HTTP is warned of, unless what comes is pinned") {
  CHECK(Fault("url: http://feeds.example/list.txt").find("warning: anybody on the way") !=
        std::string::npos);
  CHECK(Fault("url: http://feeds.example/list.txt\nminisign: RWabc") == "");
}

TEST_CASE("A key of what is fetched is an error for what is not") {
  CHECK(Fault("interval: 1h") ==
        "tollgate.yaml:1:11: error: 'interval' holds for what is fetched: with 'url:' or "
        "'transfer:'");
  CHECK(Fault("transfer: {zone: rpz.example, from: 192.0.2.53}\nsha256: 00")
            .find("'sha256' holds for what is fetched from a web server") != std::string::npos);
}

TEST_CASE("A value that is none says how it is written") {
  CHECK(Fault("url: https://x.example/\ninterval: 15") ==
        "tollgate.yaml:2:11: error: '15' is not a value of 'interval'; write it as 15m");
  CHECK(Fault("url: https://x.example/\nmax_size: lots").find("write it as 256M") !=
        std::string::npos);
  CHECK(Fault("url: https://x.example/\nmax_shrink: 5").find("write it as 50%") !=
        std::string::npos);
  CHECK(Fault("url: https://x.example/\nsha256: abc").find("is not a SHA-256") !=
        std::string::npos);
}

TEST_CASE("Durations, sizes and shares") {
  CHECK(ParseInterval("90s") == 90u);
  CHECK(ParseInterval("7d") == 7u * 86400);
  CHECK(!ParseInterval("0s"));
  CHECK(!ParseInterval("-1h"));
  CHECK(!ParseInterval("h"));
  CHECK(!ParseInterval("99999999d"));
  CHECK(ParseSize("65536") == 65536u);
  CHECK(ParseSize("2G") == uint64_t{2} << 30);
  CHECK(!ParseSize("99999999999G"));
  CHECK(ParsePercent("0%") == 0);
  CHECK(!ParsePercent("nan%"));
  CHECK(!ParsePercent("50"));
}

}  // namespace tollgate::source
