// SPDX-License-Identifier: BSD-3-Clause
//
// Messages of zone transfers, one behind another with their lengths in front, as they come over
// TCP: the signature is looked for, the records are read and taken, and what is taken can be kept.

#include "ruleset/update/tsig.h"
#include "ruleset/update/zone_copy.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate::update;
  std::string_view text = tollgate::fuzz::Text(data, size);
  TsigStream signatures({std::string("\3rpz\0", 5), HmacHash::kSha256, "secret"});
  TransferReader reader(std::nullopt, 1 << 16);
  while (text.size() > 2 && !reader.done()) {
    const size_t length = std::min<size_t>(data[0] << 8 | data[1], text.size() - 2);
    const std::string_view message = text.substr(2, length);
    text.remove_prefix(2 + length);
    data += 2 + length;
    const auto found = FindTsig(message);
    if (found.ok() && *found) Require((*found)->at < message.size(), "a signature is in it");
    Require(!signatures.Check(message, 0).ok(), "nobody else has the key");
    const auto records = RecordsOf(message);
    if (!records.ok()) continue;
    for (const ZoneRecord& record : *records) {
      if (!reader.Take(record).ok()) return 0;
    }
  }
  if (!reader.done()) return 0;
  const auto copy = ZoneCopy::Parse(reader.zone().Text());
  Require(copy.ok() && copy->Text() == reader.zone().Text(), "what is taken can be kept");
  return 0;
}
