// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tollgate::module {
namespace {

using std::chrono::milliseconds;

// Between two attempts: at first soon (a collector that restarts), then seldom.
constexpr milliseconds kShortestPause{100};
constexpr milliseconds kLongestPause{5000};

// An output that comes and goes must not fill the host's log.
constexpr std::chrono::seconds kBetweenComplaints{60};

bool IsPatience(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

void Output::Restart() {
  sent_ = 0;
  next_try_ = Time{};
}

void Output::Lose(Counts counts) {
  if (counts == Counts::kNo) return;
  ++lost_;
  counters_.Add(control::ServiceCounter::kEventsLost);
}

void Output::PopFront() {
  queued_ -= queue_.front().octets.size();
  queue_.pop_front();
  sent_ = 0;
}

void Output::Write(std::string octets, Time now, Counts counts) {
  const size_t size = octets.size();
  if (!HasRoom(size)) {
    Lose(counts);
    if (!failing_) Fail("nobody takes what is written, and the queue is full", now);
    return;
  }
  queue_.push_back({std::move(octets), counts});
  queued_ += size;
}

bool Output::Flush(Time now) {
  if (now < next_try_) return false;
  if (!connected_) {
    if (const absl::Status status = Connect(); !status.ok()) {
      TryLater(now);
      Fail(std::string(status.message()), now);
      return false;
    }
    connected_ = true;
  }
  bool progress = false;
  int error = Tend() ? 0 : errno;
  while (error == 0 && !queue_.empty()) {
    const auto& [octets, counts] = queue_.front();
    const ssize_t sent = Send(std::string_view(octets).substr(sent_));
    if (sent < 0) {
      error = errno;
      if (error == EINTR) error = 0;
      if (error == EMSGSIZE) {  // a datagram that nobody could ever send
        Lose(counts);
        PopFront();
        error = 0;
      }
      continue;
    }
    progress = true;
    sent_ += static_cast<size_t>(sent);
    if (sent_ == octets.size()) {
      if (counts == Counts::kAsEvent) counters_.Add(control::ServiceCounter::kEventsWritten);
      PopFront();
    }
  }
  if (progress && (error == 0 || IsPatience(error))) Recover();
  if (error != 0 && !IsPatience(error)) {
    const std::string why = absl::StrCat("cannot write: ", std::strerror(error));
    if (!Outlives(error)) {
      connected_ = false;
      sent_ = 0;
    }
    TryLater(now);
    Fail(why, now);
  }
  return progress;
}

void Output::TryLater(Time now) {
  pause_ = std::clamp(2 * pause_, kShortestPause, kLongestPause);
  next_try_ = now + pause_;
}

void Output::Fail(const std::string& why, Time now) {
  failing_ = true;
  if (now < next_complaint_) return;
  next_complaint_ = now + kBetweenComplaints;
  if (!std::exchange(complained_, true)) lost_before_fault_ = lost_;
  log_.Write(GATE_WARNING,
             absl::StrCat("events: ", name_, ": ", why,
                          "; trying again, and what does not fit in memory until then is lost"));
}

void Output::Recover() {
  pause_ = milliseconds{0};
  next_try_ = Time{};
  failing_ = false;
  if (!std::exchange(complained_, false)) return;
  log_.Write(GATE_INFO, absl::StrCat("events: ", name_, ": written to again; ",
                                     lost_ - lost_before_fault_, " events were lost meanwhile"));
}

void Output::End() {
  if (connected_) Goodbye();
  for (const Record& record : queue_) Lose(record.counts);
  queue_.clear();
  queued_ = sent_ = 0;
}

}  // namespace tollgate::module
