// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/zone_copy.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tollgate::update {

bool SerialIsLater(uint32_t next, uint32_t before) {
  return next != before && next - before < uint32_t{1} << 31;
}

absl::StatusOr<ZoneCopy> ZoneCopy::Parse(std::string_view text) {
  ZoneCopy zone;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return absl::DataLossError("the copy is cut off");
    absl::StatusOr<ZoneRecord> record = RecordOfLine(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!record.ok()) return record.status();
    if (zone.soa_.text.empty()) {
      if (!record->is_soa) return absl::DataLossError("the copy does not begin with an SOA");
      zone.soa_ = *std::move(record);
    } else {
      zone.Add(*record);
    }
  }
  if (zone.soa_.text.empty()) return absl::DataLossError("the copy is empty");
  return zone;
}

std::string ZoneCopy::Text() const {
  std::string text = soa_.text + "\n";
  text.reserve(size_ + text.size());
  for (const auto& [identity, line] : records_) absl::StrAppend(&text, line, "\n");
  return text;
}

void ZoneCopy::Add(const ZoneRecord& record) {
  auto [known, is_new] = records_.try_emplace(record.identity, record.text);
  if (is_new) {
    size_ += record.text.size() + 1;
  } else {
    size_ += record.text.size() - known->second.size();
    known->second = record.text;
  }
}

bool ZoneCopy::Remove(const ZoneRecord& record) {
  const auto known = records_.find(record.identity);
  if (known == records_.end()) return false;
  size_ -= known->second.size() + 1;
  records_.erase(known);
  return true;
}

absl::Status TransferReader::Take(const ZoneRecord& record) {
  switch (stage_) {
    case Stage::kFirst:
      if (!record.is_soa) return absl::DataLossError("the transfer does not begin with an SOA");
      last_ = record;
      stage_ = Stage::kSecond;
      return absl::OkStatus();
    case Stage::kSecond:
      return TakeSecond(record);
    case Stage::kWhole:
      if (!record.is_soa) {
        zone_.Add(record);
      } else if (record.identity == last_.identity) {
        stage_ = Stage::kDone;
      } else {
        return absl::DataLossError("the transfer ends with another SOA");
      }
      break;
    case Stage::kRemoving:
    case Stage::kAdding:
      if (absl::Status status = TakeDifference(record); !status.ok()) return status;
      break;
    case Stage::kDone:
      return absl::DataLossError("records behind the end of the transfer");
  }
  if (zone_.size() > max_size_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("larger than max_size, ", max_size_, " octets"));
  }
  return absl::OkStatus();
}

// What stands behind the first SOA says which of the two it is.
absl::Status TransferReader::TakeSecond(const ZoneRecord& record) {
  if (record.is_soa && base_ && record.serial == base_->serial() && record.serial != last_.serial) {
    zone_ = *std::exchange(base_, std::nullopt);
    stage_ = Stage::kRemoving;
    return absl::OkStatus();
  }
  zone_.SetSoa(last_);
  stage_ = Stage::kWhole;
  return Take(record);
}

absl::Status TransferReader::TakeDifference(const ZoneRecord& record) {
  if (!record.is_soa) {
    if (stage_ == Stage::kAdding) {
      zone_.Add(record);
    } else if (!zone_.Remove(record)) {
      return absl::FailedPreconditionError("the differences do not fit the copy");
    }
    return absl::OkStatus();
  }
  if (stage_ == Stage::kRemoving) {
    zone_.SetSoa(record);
    stage_ = Stage::kAdding;
    return absl::OkStatus();
  }
  if (record.serial != zone_.serial()) {
    return absl::FailedPreconditionError("the differences do not fit each other");
  }
  stage_ = record.serial == last_.serial ? Stage::kDone : Stage::kRemoving;
  return absl::OkStatus();
}

}  // namespace tollgate::update
