// SPDX-License-Identifier: BSD-3-Clause

#include "bench/query_stream.h"

#include "ruleset/dns/type.h"

namespace tollgate::bench {

QueryStream Misses(const BenchDatabase& database, size_t count, uint64_t seed) {
  absl::StatusOr<Scratch> scratch = database.rules->NewScratch();
  Random random(seed);
  QueryStream stream;
  while (stream.size() < count) {
    const std::string domain = RandomDomain(random);
    absl::StatusOr<dns::Name> name = dns::Name::FromText(RandomHost(random, domain));
    if (name.ok() && !database.rules->Match(*name, dns::kTypeA, kToday, *scratch).decision) {
      stream.Add(*name);
    }
  }
  return stream;
}

}  // namespace tollgate::bench
