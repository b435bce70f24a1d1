// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/zone_records.h"

#include <ldns/ldns.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tollgate::update {
namespace {

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};

std::string_view RcodeText(ldns_pkt_rcode rcode) {
  switch (rcode) {
    case LDNS_RCODE_REFUSED:
      return "REFUSED: it does not give the zone to this address, or wants another key";
    case LDNS_RCODE_NOTAUTH:
      return "NOTAUTH: it does not have the zone, or does not know the key";
    case LDNS_RCODE_SERVFAIL:
      return "SERVFAIL";
    case LDNS_RCODE_NXDOMAIN:
      return "NXDOMAIN: it does not have the zone";
    case LDNS_RCODE_NOTIMPL:
      return "NOTIMP";
    case LDNS_RCODE_FORMERR:
      return "FORMERR";
    default:
      return "an error";
  }
}

}  // namespace

absl::StatusOr<ZoneRecord> RecordOfLine(std::string_view line) {
  // owner, TTL, class, type, data
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(line.data(), line.size()), absl::MaxSplits('\t', 4));
  uint32_t ttl = 0;
  if (fields.size() != 5 || fields[2] != "IN" || fields[0].empty() ||
      !absl::SimpleAtoi(fields[1], &ttl) || line.find('\n') != std::string_view::npos) {
    return absl::DataLossError("not a record");
  }
  ZoneRecord record;
  record.is_soa = fields[3] == "SOA";
  if (record.is_soa) {
    const std::vector<absl::string_view> data = absl::StrSplit(fields[4], ' ');
    if (data.size() != 7 || !absl::SimpleAtoi(data[2], &record.serial)) {
      return absl::DataLossError("not a record");
    }
  }
  record.identity = absl::StrCat(fields[0], "\t", fields[3], "\t", fields[4]);
  record.text = std::string(line);
  return record;
}

absl::StatusOr<std::vector<ZoneRecord>> RecordsOf(std::string_view message) {
  ldns_pkt* parsed = nullptr;
  const ldns_status status =
      ldns_wire2pkt(&parsed, reinterpret_cast<const uint8_t*>(message.data()), message.size());
  const std::unique_ptr<ldns_pkt, FreePacket> packet(parsed);
  if (status != LDNS_STATUS_OK) {
    return absl::DataLossError(
        absl::StrCat("a damaged message: ", ldns_get_errorstr_by_id(status)));
  }
  const ldns_pkt_rcode rcode = ldns_pkt_get_rcode(packet.get());
  if (rcode != LDNS_RCODE_NOERROR) {
    const std::string_view text = RcodeText(rcode);
    return absl::PermissionDeniedError(
        absl::StrCat("the server answers ", absl::string_view(text.data(), text.size())));
  }
  std::vector<ZoneRecord> records;
  const ldns_rr_list* answer = ldns_pkt_answer(packet.get());
  for (size_t i = 0; answer != nullptr && i < ldns_rr_list_rr_count(answer); ++i) {
    ldns_rr* rr = ldns_rr_list_rr(answer, i);
    ldns_rr2canonical(rr);
    const std::unique_ptr<char, decltype(&std::free)> text(ldns_rr2str(rr), &std::free);
    if (text == nullptr) return absl::ResourceExhaustedError("no memory");
    std::string_view line(text.get());
    if (line.ends_with('\n')) line.remove_suffix(1);
    absl::StatusOr<ZoneRecord> record = RecordOfLine(line);
    if (!record.ok()) return absl::DataLossError("a record that cannot be written as text");
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace tollgate::update
