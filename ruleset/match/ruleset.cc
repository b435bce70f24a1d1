// SPDX-License-Identifier: BSD-3-Clause
//
// ruleset.h over the database's reader and the matcher.

#include "ruleset/ruleset.h"

#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"
#include "ruleset/database/reader.h"
#include "ruleset/match/matcher.h"

namespace tollgate {

struct Scratch::Impl {
  database::PatternScratch patterns;
  match::AnswerState answer;
};

Scratch::Scratch(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;
Scratch::~Scratch() = default;

struct RuleSet::Impl {
  std::unique_ptr<const database::Reader> reader;
  std::unique_ptr<const match::Matcher> matcher;  // refers to *reader
};

RuleSet::RuleSet(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
RuleSet::~RuleSet() = default;

absl::StatusOr<std::unique_ptr<const RuleSet>> RuleSet::Open(const std::string& path) {
  return OpenReader(database::Reader::Open(path), path);
}

absl::StatusOr<std::unique_ptr<const RuleSet>> RuleSet::OpenCopy(const std::string& path,
                                                                 void (*pause)()) {
  try {
    return OpenReader(database::Reader::OpenCopy(path, pause), path);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("there is not memory enough to open the database");
  }
}

absl::StatusOr<std::unique_ptr<const RuleSet>> RuleSet::OpenOctets(std::string_view octets) {
  return OpenReader(database::Reader::OpenOctets(octets), "the database");
}

absl::StatusOr<std::unique_ptr<const RuleSet>> RuleSet::OpenReader(
    absl::StatusOr<std::unique_ptr<const database::Reader>> reader, const std::string& name) {
  auto impl = std::make_unique<Impl>();
  if (!reader.ok()) return reader.status();
  impl->reader = *std::move(reader);
  absl::StatusOr<std::unique_ptr<const match::Matcher>> matcher =
      match::Matcher::Create(*impl->reader);
  if (!matcher.ok()) {
    return absl::Status(matcher.status().code(),
                        absl::StrCat(name, ": ", matcher.status().message()));
  }
  impl->matcher = *std::move(matcher);
  return std::unique_ptr<const RuleSet>(new RuleSet(std::move(impl)));
}

absl::StatusOr<Scratch> RuleSet::NewScratch() const {
  absl::StatusOr<database::PatternScratch> patterns = impl_->matcher->NewScratch();
  if (!patterns.ok()) return patterns.status();
  return Scratch(std::make_unique<Scratch::Impl>(
      Scratch::Impl{*std::move(patterns), impl_->matcher->NewAnswer()}));
}

policy::Verdict RuleSet::Match(const dns::Name& qname, uint16_t qtype, uint32_t today,
                               Scratch& scratch, std::span<const uint8_t> shadowed,
                               const policy::Asker& client) const noexcept {
  return impl_->matcher->Match(qname, {qtype, today, shadowed, client}, scratch.impl_->patterns);
}

policy::Evidence RuleSet::evidence() const noexcept { return impl_->matcher->evidence(); }

const std::vector<std::string_view>& RuleSet::tags() const noexcept {
  return impl_->matcher->tags();
}

void RuleSet::BeginAnswer(const dns::Name& qname, uint16_t qtype, uint32_t today, Scratch& scratch,
                          std::span<const uint8_t> shadowed, const policy::Asker& client,
                          bool is_silent) const noexcept {
  impl_->matcher->Begin(qname, {qtype, today, shadowed, client}, is_silent, scratch.impl_->patterns,
                        scratch.impl_->answer);
}

void RuleSet::AddTarget(const dns::Name& target, Scratch& scratch) const noexcept {
  impl_->matcher->AddTarget(target, scratch.impl_->patterns, scratch.impl_->answer);
}

void RuleSet::AddAddress(std::span<const uint8_t> address, Scratch& scratch) const noexcept {
  impl_->matcher->AddAddress(address, policy::Subject::kAddress, scratch.impl_->answer);
}

void RuleSet::AddNameServer(const dns::Name& name, Scratch& scratch) const noexcept {
  impl_->matcher->AddNameServer(name, scratch.impl_->patterns, scratch.impl_->answer);
}

void RuleSet::AddNameServerAddress(std::span<const uint8_t> address,
                                   Scratch& scratch) const noexcept {
  impl_->matcher->AddAddress(address, policy::Subject::kNameServerAddress, scratch.impl_->answer);
}

policy::Verdict RuleSet::AnswerVerdict(Scratch& scratch) const noexcept {
  return match::Matcher::VerdictOf(scratch.impl_->answer);
}

std::vector<policy::Candidate> RuleSet::Explain(const dns::Name& qname, uint16_t qtype,
                                                uint32_t today, Scratch& scratch,
                                                std::span<const uint8_t> shadowed,
                                                const policy::Asker& client,
                                                const policy::AnswerEvidence& answer) const {
  return impl_->matcher->Explain(qname, {qtype, today, shadowed, client}, answer,
                                 scratch.impl_->patterns);
}

dns::NameParts RuleSet::Parts(const dns::Name& qname) const noexcept {
  return impl_->matcher->Parts(qname);
}

const database::Reader& RuleSet::reader() const noexcept { return *impl_->reader; }

AnswerView RuleSet::Answer(uint32_t rule) const noexcept {
  const database::RuleRecord& record = impl_->reader->rules()[rule];
  const database::AnswerRecord& answer = impl_->reader->answers()[record.answer];
  return {.action = static_cast<policy::Action>(answer.action),
          .ede = static_cast<policy::Ede>(answer.ede),
          .ttl = answer.ttl,
          .text = impl_->reader->String(impl_->reader->policies()[record.policy].id),
          .record_count = answer.record_count,
          .records = impl_->reader->Octets(answer.records)};
}

RuleView RuleSet::Rule(uint32_t rule) const noexcept {
  const database::RuleRecord& record = impl_->reader->rules()[rule];
  auto string = [&](database::StringRef ref) { return impl_->reader->String(ref); };
  return {.policy = record.policy,
          .id = string(record.id),
          .meaning = string(record.meaning),
          .report = string(record.report),
          .file = string(record.file),
          .pattern = string(record.pattern),
          .mode = static_cast<policy::Mode>(record.mode),
          .qtypes = impl_->reader->Octets(record.qtypes),
          .except_qtypes = (record.flags & database::kRuleExceptQtypes) != 0,
          .subject = static_cast<policy::Subject>(record.subject),
          .parts = (record.flags & database::kRuleParts) != 0 ? record.parts : uint8_t{0},
          .part_of = record.part_of};
}

PolicyView RuleSet::Policy(uint32_t policy) const noexcept {
  const database::PolicyRecord& record = impl_->reader->policies()[policy];
  auto string = [&](database::StringRef ref) { return impl_->reader->String(ref); };
  return {.id = string(record.id),
          .campaign = string(record.campaign),
          .title = string(record.title),
          .category = string(record.category),
          .severity = string(record.severity),
          .rule_count = record.rule_count,
          .name_count = record.name_count,
          .pattern_count = record.pattern_count,
          .prefix_count = record.prefix_count};
}

uint32_t RuleSet::rule_count() const noexcept {
  return static_cast<uint32_t>(impl_->reader->rules().size());
}
uint32_t RuleSet::policy_count() const noexcept {
  return static_cast<uint32_t>(impl_->reader->policies().size());
}
uint64_t RuleSet::name_count() const noexcept { return impl_->reader->meta().name_count; }
uint32_t RuleSet::pattern_count() const noexcept {
  return static_cast<uint32_t>(impl_->reader->patterns().size());
}
uint32_t RuleSet::prefix_count() const noexcept { return impl_->reader->prefix_count(); }
uint64_t RuleSet::file_size() const noexcept { return impl_->reader->file_size(); }
uint64_t RuleSet::created() const noexcept { return impl_->reader->header().created; }
uint64_t RuleSet::checksum() const noexcept { return impl_->reader->header().checksum; }
bool RuleSet::patterns_recompiled() const noexcept { return impl_->matcher->patterns_recompiled(); }

bool NextRecord(std::span<const uint8_t>& records, RecordView& record) noexcept {
  if (records.size() < 4) return false;
  uint16_t type;
  uint16_t rdlength;
  std::memcpy(&type, records.data(), sizeof(type));
  std::memcpy(&rdlength, records.data() + 2, sizeof(rdlength));
  if (records.size() - 4 < rdlength) return false;
  record = {type, records.subspan(4, rdlength)};
  records = records.subspan(4 + rdlength);
  return true;
}

}  // namespace tollgate
