// SPDX-License-Identifier: BSD-3-Clause
//
// Prints generated names, so that the resolvers under test get the names that the matcher gets.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <string>

#include "bench/names.h"

int main(int argc, char** argv) {
  uint64_t count = 0;
  uint64_t seed = 1;
  bool hosts = false;
  CLI::App app("Prints COUNT distinct generated domains, one a line: the same for the same seed.");
  app.add_option("COUNT", count, "how many")->required();
  app.add_option("--seed", seed, "another seed, other names")->capture_default_str();
  app.add_flag("--hosts", hosts, "as clients ask for them: some below www and other labels");
  CLI11_PARSE(app, argc, argv);

  tollgate::bench::Random random(seed);
  for (const std::string& domain : tollgate::bench::DistinctDomains(seed, count)) {
    std::puts(hosts ? tollgate::bench::RandomHost(random, domain).c_str() : domain.c_str());
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
