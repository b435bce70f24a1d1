// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/event_writer.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "module/events/datagram_output.h"
#include "module/events/dnstap_output.h"
#include "module/events/event_text.h"
#include "module/events/file_output.h"
#include "module/events/syslog_output.h"

namespace tollgate::module {
namespace {

using control::QueryCounter;
using control::ServiceCounter;

constexpr size_t kClients = 16384;
constexpr size_t kNames = 16384;
constexpr std::chrono::seconds kBetweenSummaries{10};
// Counters lie on the query threads' own cache lines.
constexpr std::chrono::seconds kBetweenLooks{1};

uint64_t Now() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}

// This resolver's name in dnstap.
std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

EventWriter::EventWriter(const EventSettings& settings, ClientForms forms, uint64_t seed,
                         Counters& counters, const HostLog& log)
    : settings_(settings),
      forms_(std::move(forms)),
      seed_(seed),
      counters_(counters),
      lines_(forms_),
      messages_(HostName(), forms_),
      recent_(forms_),
      per_client_(settings.per_client, kClients),
      per_name_(settings.per_name, kNames),
      per_second_(settings.per_second, 1),
      last_summary_(Now()) {
  auto add = [&](std::unique_ptr<Output> output) {
    line_outputs_.push_back({std::move(output), {}});
  };
  if (!settings.file.empty()) add(std::make_unique<FileOutput>(settings.file, counters, log));
  if (!settings.datagram.empty()) {
    add(std::make_unique<DatagramOutput>(settings.datagram, counters, log));
  }
  if (settings.syslog) add(std::make_unique<SyslogOutput>(kSyslogSocket, counters, log));
  if (!settings.dnstap.empty()) {
    dnstap_ = std::make_unique<DnstapOutput>(settings.dnstap, counters, log);
  }
  // Counters may have begun before this log.
  for (LineOutput& line : line_outputs_) line.told = TotalsFor(*line.output);
}

// The limit for each client was kept by its thread; here it holds for all threads together.
bool EventWriter::Admits(const Event& event) {
  const auto now = static_cast<uint32_t>(event.microseconds / 1000);
  uint64_t* reason = nullptr;
  if (sampled_++ % settings_.sample != 0) {
    reason = &suppressed_.sampling;
  } else if (event.client.family != 0 &&
             !per_client_.Admit(ClientLimiterKey(event.client, seed_), now)) {
    reason = &suppressed_.per_client;
  } else if (const std::optional<dns::Name> qname = QnameOf(event);
             qname &&
             !per_name_.Admit(LimiterKey(qname->wire().data(), qname->wire().size(), seed_), now)) {
    reason = &suppressed_.per_name;
  } else if (!per_second_.Admit(0, now)) {
    reason = &suppressed_.per_second;
  }
  if (reason == nullptr) return true;
  ++*reason;
  counters_.Add(ServiceCounter::kEventsSuppressed);
  return false;
}

void EventWriter::Write(const Event& event, bool keep, Time now) {
  const std::lock_guard lock(mutex_);
  recent_.Count(event, now);
  const bool has_output = !line_outputs_.empty() || dnstap_ != nullptr;
  const bool admitted = has_output && Admits(event);
  if (keep || (admitted && !line_outputs_.empty())) {
    std::string line = lines_.Decision(event);
    if (line.empty()) return;
    if (admitted) {
      for (LineOutput& to : line_outputs_) to.output->Write(line, now);
    }
    if (keep) recent_.Keep(std::move(line));
  }
  if (admitted && dnstap_ != nullptr) {
    const std::string message = messages_.Message(event);
    if (!message.empty()) dnstap_->Write(DnstapOutput::Frame(message), now);
  }
}

Suppressed EventWriter::TotalsFor(const Output& output) const {
  Suppressed totals = suppressed_;
  totals.ring_full = counters_.Sum(QueryCounter::kEventsDropped);
  totals.per_client += counters_.Sum(QueryCounter::kEventsLimited);
  totals.lost = output.lost();
  return totals;
}

// One line for each output that misses something. A line that finds no room is written later.
void EventWriter::Summarise(Time now) {
  if (now < next_summary_) return;
  bool any = false;
  const uint64_t until = Now();
  for (LineOutput& line : line_outputs_) {
    const Suppressed totals = TotalsFor(*line.output);
    if (totals == line.told) continue;
    std::string summary = lines_.Summary(totals - line.told, last_summary_, until);
    any = true;
    if (!line.output->HasRoom(summary.size())) continue;
    line.output->Write(std::move(summary), now, Output::Counts::kNo);
    line.told = totals;
  }
  if (!any) {
    next_summary_ = now + kBetweenLooks;
    return;
  }
  last_summary_ = until;
  next_summary_ = now + kBetweenSummaries;
}

bool EventWriter::Flush(Time now) {
  const std::lock_guard lock(mutex_);
  Summarise(now);
  bool progress = false;
  for (LineOutput& line : line_outputs_) progress |= line.output->Flush(now);
  if (dnstap_ != nullptr) progress |= dnstap_->Flush(now);
  return progress;
}

bool EventWriter::IsBusy() {
  const std::lock_guard lock(mutex_);
  bool busy = dnstap_ != nullptr && dnstap_->IsBusy();
  for (const LineOutput& line : line_outputs_) busy |= line.output->IsBusy();
  return busy;
}

void EventWriter::End(Time now) {
  const std::lock_guard lock(mutex_);
  next_summary_ = now;
  Summarise(now);
  for (LineOutput& line : line_outputs_) {
    line.output->Flush(now);
    line.output->End();
  }
  if (dnstap_ != nullptr) dnstap_->End();
}

absl::StatusOr<size_t> EventWriter::Reopen() {
  const std::lock_guard lock(mutex_);
  absl::Status status;
  for (LineOutput& line : line_outputs_) status.Update(line.output->Reopen());
  if (!status.ok()) return status;
  return settings_.file.empty() ? 0 : 1;
}

std::string EventWriter::Recent(uint64_t after) {
  const std::lock_guard lock(mutex_);
  return recent_.Json(after);
}

}  // namespace tollgate::module
