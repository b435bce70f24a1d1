// SPDX-License-Identifier: BSD-3-Clause
//
// A filter that writes down what it is told, a log in memory, and the other end of a control
// socket:
//
//   FakeFilter filter;
//   CHECK(Ask(filter, "pause for=5m") == ...);
//
//   Served served;                                   // a server, in a folder of its own
//   Talker talker(served.path());
//   talker.Send("status\n");
//   CHECK(talker.Line().starts_with("{\"ok\":true"));

#ifndef TOLLGATE_TESTS_MODULE_CONTROL_FIXTURE_H_
#define TOLLGATE_TESTS_MODULE_CONTROL_FIXTURE_H_

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "module/control/commands.h"
#include "module/control/server.h"
#include "module/control/values.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module::test {

// The host's log of the whole program.
class Logged {
 public:
  static void Write(gate_level level, const char* line) {
    const std::lock_guard lock(Mutex());
    Text() += std::string(LevelText(level)) + ": " + line + "\n";
  }
  static std::string Take() {
    const std::lock_guard lock(Mutex());
    return std::exchange(Text(), "");
  }
  static std::string Read() {
    const std::lock_guard lock(Mutex());
    return Text();
  }

 private:
  static std::string& Text() {
    static std::string text;
    return text;
  }
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
};

// Answers as it was told to, and keeps what it was asked, one line each.
class FakeSteering : public Steering {
 public:
  explicit FakeSteering(HostLog& log) : log_(log) {}

  control::Snapshot Read() override {
    if (read_throws) throw std::bad_alloc();
    return snapshot;
  }
  void Reload(bool force, Done done) override {
    Note(force ? "reload force" : "reload");
    Keep(std::move(done));
  }
  absl::Status Pause(const struct Pause& pause) override {
    Note("pause" + Text(pause) + (pause.until == 0 ? " for ever" : " for a time"));
    last_until = pause.until;
    return pause_status;
  }
  size_t Resume(const struct Pause& which) override {
    Note("resume" + Text(which));
    return 2;
  }
  void SetShadow(const std::string& policy, bool shadow, Done done) override {
    Note("shadow " + policy + (shadow ? " on" : " off"));
    if (policy == "nobody") {
      done(absl::NotFoundError("no policy 'nobody'"));
    } else {
      Keep(std::move(done));
    }
  }
  absl::StatusOr<Explanation> Explain(const std::string& name, uint16_t qtype,
                                      const std::string& client) override {
    Note("explain " + name + " " + std::to_string(qtype) + " " + client);
    if (name == "broken.example") return absl::UnavailableError("there is no database");
    return explanation;
  }
  void SetLogLevel(gate_level level) override {
    Note("log-level " + std::string(LevelText(level)));
    log_.set_level(level);
  }
  absl::StatusOr<size_t> ReopenEvents() override {
    Note("reopen");
    return reopened;
  }
  std::string Recent(uint64_t after) override {
    Note("recent " + std::to_string(after));
    return recent;
  }

  // Ends all that wait for the database thread, and says how many there were.
  size_t FinishWaiting(const absl::Status& status) {
    const std::vector<Done> waiting = TakeWaiting();
    for (const Done& done : waiting) done(status);
    return waiting.size();
  }
  // To be forgotten.
  std::vector<Done> TakeWaiting() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  std::string TakeNotes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, "");
  }

  control::Snapshot snapshot;
  bool read_throws = false;
  uint64_t last_until = 0;
  absl::Status pause_status;
  absl::StatusOr<size_t> reopened = 1;
  Explanation explanation;
  std::string recent = "{\"last\":7}";

 private:
  static std::string Text(const struct Pause& pause) {
    std::string text;
    if (pause.client.family != 0) text += " client " + ToText(pause.client);
    if (!pause.policy.empty()) text += " policy " + pause.policy;
    if (pause.name) text += " name " + pause.name->Text();
    return text;
  }
  void Note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    notes_ += line + "\n";
  }

  void Keep(Done done) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }

  HostLog& log_;
  std::mutex mutex_;
  std::string notes_;
  std::vector<Done> waiting_;
};

// The fake with everything around it, and nothing said yet.
struct FakeFilter {
  FakeFilter() { Logged::Take(); }

  // The answer to one request, without its end; empty where none has come yet.
  std::string Ask(std::string_view line) {
    auto answer = std::make_shared<std::string>();
    commands.CarryOut(line, {.known = true, .uid = 1000, .pid = 77},
                      [answer](std::string text) { *answer += text; });
    if (!answer->empty()) answer->pop_back();
    return *answer;
  }
  uint64_t Counted(control::ServiceCounter counter) const { return counters.Value(counter); }

  HostLog log{&Logged::Write};
  Counters counters{1};
  FakeSteering steering{log};
  Commands commands{steering, counters, log};
};

// Waits for what another thread does: a matter of milliseconds; a busy machine gets a minute.
template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 30000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return condition();
}

// A client that does as it likes.
class Talker {
 public:
  explicit Talker(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    error_ =
        connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  }
  ~Talker() { Hang(); }
  Talker(Talker&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), error_(other.error_), rest_(std::move(other.rest_)) {}
  Talker(const Talker&) = delete;

  int error() const { return error_; }
  int fd() const { return fd_; }

  // False where the other end has gone.
  bool Send(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t count = send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void EndOutput() { shutdown(fd_, SHUT_WR); }
  void Hang() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  // The next line without its end; "(end)" where the connection has been closed.
  std::string Line() {
    for (;;) {
      if (const size_t end = rest_.find('\n'); end != std::string::npos) {
        std::string line = rest_.substr(0, end);
        rest_.erase(0, end + 1);
        return line;
      }
      char piece[65536];
      const ssize_t count = recv(fd_, piece, sizeof piece, 0);
      if (count < 0 && errno == EAGAIN) return "(nothing)";
      if (count <= 0) return rest_.empty() ? "(end)" : "(cut) " + std::exchange(rest_, "");
      rest_.append(piece, static_cast<size_t>(count));
    }
  }
  std::string Ask(const std::string& request) { return Send(request + "\n") ? Line() : "(gone)"; }

 private:
  int fd_;
  int error_;
  std::string rest_;
};

// A server with a fake filter behind it.
class Served {
 public:
  explicit Served(const ControlLimits& limits = {}, const std::string& group = "") {
    settings.socket = path();
    settings.is_default = false;
    settings.group = group;
    server = ControlServer::Start(settings, filter.commands, filter.counters, filter.log, limits);
    Eventually([this] { return Talker(path()).error() == 0; });
  }

  std::string path() const { return folder.path() + "/control.sock"; }

  tollgate::test::TemporaryFolder folder;
  ControlSettings settings;
  FakeFilter filter;
  std::unique_ptr<ControlServer> server;
};

}  // namespace tollgate::module::test

#endif  // TOLLGATE_TESTS_MODULE_CONTROL_FIXTURE_H_
