// SPDX-License-Identifier: BSD-3-Clause
//
// A zone, as a transfer brings it whole (RFC 5936) or by its differences (RFC 1995).

#ifndef TOLLGATE_RULESET_UPDATE_ZONE_COPY_H_
#define TOLLGATE_RULESET_UPDATE_ZONE_COPY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/update/zone_records.h"

namespace tollgate::update {

// Whether the serial `next` comes after `before` (RFC 1982).
bool SerialIsLater(uint32_t next, uint32_t before);

class ZoneCopy {
 public:
  // Reads what Text() wrote.
  static absl::StatusOr<ZoneCopy> Parse(std::string_view text);
  // A zone file: the SOA, then a record a line, always in the same order.
  std::string Text() const;

  uint32_t serial() const { return soa_.serial; }
  const std::string& soa() const { return soa_.identity; }
  uint64_t size() const { return size_; }  // octets of its text, nearly

  void SetSoa(ZoneRecord soa) { soa_ = std::move(soa); }
  void Add(const ZoneRecord& record);
  // False where there is no such record.
  bool Remove(const ZoneRecord& record);

 private:
  ZoneRecord soa_;
  std::map<std::string, std::string> records_;  // text by identity
  uint64_t size_ = 0;
};

// Takes the records of a reply one by one.
class TransferReader {
 public:
  // `base` is the copy to which differences are applied; nothing for a whole transfer. A zone of
  // more than `max_size` octets is an error.
  TransferReader(std::optional<ZoneCopy> base, uint64_t max_size)
      : base_(std::move(base)), max_size_(max_size) {}

  absl::Status Take(const ZoneRecord& record);

  // Whether the last record has come.
  bool done() const { return stage_ == Stage::kDone; }
  // Whether nothing but one SOA has come: the server's, which is all that it says to somebody whose
  // zone is as new.
  bool is_lone_soa() const { return stage_ == Stage::kSecond; }
  uint32_t serial() const { return last_.serial; }  // of the first SOA
  const ZoneCopy& zone() const { return zone_; }

 private:
  enum class Stage : uint8_t { kFirst, kSecond, kWhole, kRemoving, kAdding, kDone };

  absl::Status TakeSecond(const ZoneRecord& record);
  absl::Status TakeDifference(const ZoneRecord& record);

  std::optional<ZoneCopy> base_;
  uint64_t max_size_;
  Stage stage_ = Stage::kFirst;
  ZoneRecord last_;  // the SOA with which the reply begins and ends
  ZoneCopy zone_;
};

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_ZONE_COPY_H_
