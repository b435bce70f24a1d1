// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/event_log.h"

#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "module/events/event_writer.h"
#include "module/events/limiter.h"
#include "module/events/ring.h"
#include "module/thread.h"

namespace tollgate::module {
namespace {

using control::QueryCounter;
using control::ServiceCounter;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often rings are looked at. The query path wakes nobody: that would be a system call. A full
// ring of 4,096 in this time is 200,000 decisions a second, on one thread.
constexpr milliseconds kNap{20};
// While an output with a small buffer (a datagram socket holds ten) takes what we have.
constexpr milliseconds kShortNap{1};
constexpr std::chrono::seconds kFarewell{1};

// Clients of one thread whose rates are known: 128 KiB.
constexpr size_t kClientsOfThread = 8192;

uint64_t RandomSeed() {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed)) return seed;
  return static_cast<uint64_t>(steady_clock::now().time_since_epoch().count());
}

// What one thread owns; only the ring's other end is the writer's.
struct Lane {
  Lane(const EventSettings& settings)
      : limiter(settings.per_client, kClientsOfThread), ring(settings.ring) {}
  RateTable limiter;
  Ring ring;
};

ClientForms MakeForms(const EventSettings& settings, const HostLog& log) {
  absl::StatusOr<ClientForms> forms = ClientForms::Make(settings);
  if (forms.ok()) return *std::move(forms);
  log.Write(GATE_ERROR, absl::StrCat("events: no pseudonyms for clients, which are left out of all "
                                     "events: ",
                                     forms.status().message()));
  return ClientForms::None();
}

}  // namespace

class EventLog::Impl {
 public:
  Impl(const EventSettings& settings, size_t threads, Counters& counters, const HostLog& log)
      : settings_(settings),
        counters_(counters),
        log_(log),
        seed_(RandomSeed()),
        lanes_(threads),
        writer_(settings, MakeForms(settings, log), seed_, counters, log) {
    batches_.reserve(threads);
    try {
      thread_ = StartThread("tollgate-events", 0, [this] { Run(); });
    } catch (const std::exception& fault) {
      log.Write(GATE_ERROR,
                absl::StrCat("events: no thread to write them, none is told: ", fault.what()));
    }
  }

  ~Impl() {
    {
      const std::lock_guard lock(stop_mutex_);
      stop_ = true;
    }
    stop_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (std::atomic<Lane*>& lane : lanes_) delete lane.load(std::memory_order_relaxed);
  }

  void Offer(size_t thread, const Event& event) noexcept {
    if (event.shadow && !settings_.shadow) return;
    Lane* lane = LaneOf(thread);
    if (lane == nullptr) [[unlikely]] {
      counters_.Add(thread, QueryCounter::kEventsDropped);
      return;
    }
    if (event.client.family != 0 &&
        !lane->limiter.Admit(ClientLimiterKey(event.client, seed_),
                             static_cast<uint32_t>(event.microseconds / 1000))) {
      counters_.Add(thread, QueryCounter::kEventsLimited);
      return;
    }
    if (!lane->ring.Push(event)) counters_.Add(thread, QueryCounter::kEventsDropped);
  }

  // The writer reads the last mark before it looks what the rings hold, and is past the mark when
  // it has taken all of that.
  uint64_t Mark() noexcept { return marked_.fetch_add(1, std::memory_order_acq_rel) + 1; }
  bool Passed(uint64_t mark) const noexcept {
    return !thread_.joinable() || passed_.load(std::memory_order_acquire) >= mark;
  }

  absl::StatusOr<size_t> Reopen() { return writer_.Reopen(); }
  std::string Recent(uint64_t after) { return writer_.Recent(after); }

 private:
  // Null where the thread's number is too large, there is no memory, or nobody would read.
  Lane* LaneOf(size_t thread) noexcept {
    if (thread >= lanes_.size()) return nullptr;
    Lane* lane = lanes_[thread].load(std::memory_order_relaxed);
    if (lane == nullptr && thread_.joinable()) [[unlikely]] {
      try {
        lane = new Lane(settings_);
        lanes_[thread].store(lane, std::memory_order_release);
      } catch (...) {
        // Tried again at the next event.
      }
    }
    return lane;
  }

  void Run() noexcept {
    milliseconds nap = kNap;
    while (!Sleep(nap)) {
      const bool progress = Round();
      const bool busy = IsBusy();
      nap = progress && busy ? kShortNap : std::min(2 * nap, kNap);
    }
    const steady_clock::time_point end = steady_clock::now() + kFarewell;
    Round();
    while (IsBusy() && steady_clock::now() < end) {
      std::this_thread::sleep_for(kShortNap);
      Flush();
    }
    Guard([&] { writer_.End(steady_clock::now()); });
  }

  // Whether it is time to end.
  bool Sleep(milliseconds nap) {
    std::unique_lock lock(stop_mutex_);
    return stop_changed_.wait_for(lock, nap, [&] { return stop_; });
  }

  // Takes what the rings hold now, and no more: whoever is offering must not keep this from ending.
  // Whether an output took something.
  bool Round() noexcept {
    const uint64_t mark = marked_.load(std::memory_order_acquire);
    size_t left = 0;
    for (Batch& batch : FindBatches()) left += batch.count;
    for (const Batch& batch : batches_) {
      for (size_t i = 0; i < batch.count; ++i, --left) {
        Take(batch.lane->ring.Front(), left <= Recent::kKept);
        batch.lane->ring.Pop();
      }
    }
    passed_.store(mark, std::memory_order_release);
    return Flush();
  }

  struct Batch {
    Lane* lane;
    size_t count;
  };

  std::vector<Batch>& FindBatches() noexcept {
    batches_.clear();
    for (std::atomic<Lane*>& known : lanes_) {
      Lane* lane = known.load(std::memory_order_acquire);
      if (lane != nullptr) batches_.push_back({lane, lane->ring.Count()});  // reserved
    }
    return batches_;
  }

  void Take(const Event& event, bool keep) noexcept {
    if (!Guard([&] { writer_.Write(event, keep, steady_clock::now()); })) {
      counters_.Add(ServiceCounter::kEventsLost);
    }
    if (++taken_ % kFlushEvery == 0) Flush();
  }

  bool Flush() noexcept {
    bool progress = false;
    Guard([&] { progress = writer_.Flush(steady_clock::now()); });
    return progress;
  }
  bool IsBusy() noexcept {
    bool busy = false;
    Guard([&] { busy = writer_.IsBusy(); });
    return busy;
  }

  // Runs what needs memory. False where it had none: nothing may end the host's process.
  template <typename Action>
  static bool Guard(const Action& action) noexcept {
    try {
      action();
      return true;
    } catch (...) {
      return false;
    }
  }

  // Outputs are given what they take before their queues fill up with one round's events.
  static constexpr uint64_t kFlushEvery = 256;

  const EventSettings settings_;
  Counters& counters_;
  const HostLog& log_;
  const uint64_t seed_;
  std::vector<std::atomic<Lane*>> lanes_;
  std::atomic<uint64_t> marked_{0};
  std::atomic<uint64_t> passed_{0};

  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;

  EventWriter writer_;
  std::vector<Batch> batches_;  // the writing thread's; has room for all lanes
  uint64_t taken_ = 0;
  std::thread thread_;
};

EventLog::EventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLog::~EventLog() = default;

std::unique_ptr<EventLog> EventLog::Start(const EventSettings& settings, size_t threads,
                                          Counters& counters, const HostLog& log) {
  return std::unique_ptr<EventLog>(
      new EventLog(std::make_unique<Impl>(settings, threads, counters, log)));
}

void EventLog::Offer(size_t thread, const Event& event) noexcept { impl_->Offer(thread, event); }
uint64_t EventLog::Mark() noexcept { return impl_->Mark(); }
bool EventLog::Passed(uint64_t mark) const noexcept { return impl_->Passed(mark); }
absl::StatusOr<size_t> EventLog::Reopen() { return impl_->Reopen(); }
std::string EventLog::Recent(uint64_t after) { return impl_->Recent(after); }

}  // namespace tollgate::module
