// SPDX-License-Identifier: BSD-3-Clause
//
// One loop around poll:
//
//   look after the socket's place; wait for something to happen or for the next deadline; hand out
//   answers; accept; let every connection read, ask one request, and write; cut those that are over
//   their time.
//
// Every descriptor is non-blocking. A connection gets one request a round, so that none that asks
// without pause keeps the others waiting.

#include "module/control/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "module/control/connection.h"
#include "module/control/listener.h"
#include "module/control/mailbox.h"
#include "module/thread.h"

namespace tollgate::module {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kNiceness = 10;
constexpr int kMostAccepted = 16;  // in one round
constexpr milliseconds kAcceptPause = std::chrono::seconds(1);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Peer PeerOf(int fd) {
  ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {.known = true, .uid = credentials.uid, .pid = credentials.pid};
}

// Without waiting, and without a word if it does not go.
void SendAtOnce(int fd, const std::string& line) {
  [[maybe_unused]] const ssize_t ignored =
      send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

class ControlServer::Impl {
 public:
  Impl(const ControlSettings& settings, Commands& commands, Counters& counters, const HostLog& log,
       const ControlLimits& limits)
      : limits_(limits),
        commands_(commands),
        counters_(counters),
        log_(log),
        listener_(settings, log),
        mailbox_(std::make_shared<Mailbox>()) {}

  ~Impl() {
    mailbox_->Close();
    if (thread_.joinable()) thread_.join();
  }

  // False where there are no descriptors for it. May throw what std::thread throws.
  bool Start() {
    if (mailbox_->fd() < 0) return false;
    thread_ = StartThread("tollgate-ctl", kNiceness, [this] { Run(); });
    return true;
  }

 private:
  struct Client {
    uint64_t id;
    Descriptor socket;
    Peer peer;
    Connection connection;
    Clock::time_point since;  // it has been silent, or its answer has been waiting
    bool is_cut = false;

    // A reload may take as long as it takes.
    bool may_wait_forever() const { return connection.waiting(); }
  };

  void Run() noexcept {
    while (!mailbox_->closed()) {
      try {
        Round();
      } catch (...) {
        // Memory. What is open is what can be given back.
        counters_.Add(control::ServiceCounter::kControlFaults, clients_.size());
        clients_.clear();
        std::this_thread::sleep_for(kAcceptPause);
      }
    }
    clients_.clear();
    listener_.Close();
  }

  void Round() {
    Clock::time_point now = Clock::now();
    if (now >= tend_at_) {
      listener_.Tend();
      tend_at_ = now + limits_.tending;
    }
    Wait(now);
    now = Clock::now();
    HandOutAnswers(now);
    for (size_t i = 0; i < clients_.size(); ++i) Attend(clients_[i], events_[i + 2].revents, now);
    HandOutAnswers(now);  // those of requests that have just been carried out
    for (Client& client : clients_) Write(client, now);
    std::erase_if(clients_, [](const Client& client) {
      return client.is_cut || client.connection.finished();
    });
    if (events_[1].revents != 0) Accept(now);
  }

  // Until something happens, or has to.
  void Wait(Clock::time_point now) {
    events_.clear();
    events_.push_back({mailbox_->fd(), POLLIN, 0});
    events_.push_back({now < accept_at_ ? -1 : listener_.fd(), POLLIN, 0});
    Clock::time_point until = tend_at_;
    if (now < accept_at_) until = std::min(until, accept_at_);
    for (const Client& client : clients_) {
      const Connection& connection = client.connection;
      const auto wanted = static_cast<short>((connection.room() > 0 ? POLLIN : 0) |
                                             (connection.output().empty() ? 0 : POLLOUT));
      events_.push_back({client.socket.get(), wanted, 0});
      if (!client.may_wait_forever()) until = std::min(until, Deadline(client));
      if (connection.HasRequest()) until = now;
    }
    const auto left = std::chrono::ceil<milliseconds>(until - now).count();
    if (poll(events_.data(), events_.size(), static_cast<int>(std::max<int64_t>(left, 0))) < 0) {
      for (pollfd& event : events_) event.revents = 0;
    }
  }

  Clock::time_point Deadline(const Client& client) const {
    return client.since + (client.connection.output().empty() ? limits_.silence : limits_.reading);
  }

  void HandOutAnswers(Clock::time_point now) {
    for (Mailbox::Letter& letter : mailbox_->TakeAll()) {
      const auto client = std::find_if(clients_.begin(), clients_.end(), [&](const Client& other) {
        return other.id == letter.connection;
      });
      if (client == clients_.end()) continue;  // it has gone
      size_t unread = letter.answer.size();
      for (const Client& other : clients_) unread += other.connection.output().size();
      if (unread > limits_.unread) {
        letter.answer = FaultLine({"too many answers are waiting to be read",
                                   "read those you have asked for, and ask again"});
      }
      client->connection.Answer(std::move(letter.answer));
      client->since = now;
    }
  }

  void Accept(Clock::time_point now) {
    for (int i = 0; i < kMostAccepted; ++i) {
      Descriptor socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket.get() < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        // Mostly EMFILE: those who wait keep the listener readable, and poll would return at once.
        accept_at_ = now + kAcceptPause;
        if (std::exchange(accept_fails_, true)) return;
        log_.Write(GATE_WARNING, std::string("control socket: cannot accept a connection: ") +
                                     std::strerror(errno));
        return;
      }
      accept_fails_ = false;
      if (clients_.size() >= limits_.connections && !MakeRoom()) {
        counters_.Add(control::ServiceCounter::kControlFaults);
        SendAtOnce(socket.get(), FaultLine({"too many connections that all wait for an answer",
                                            "try again when one of them has it"}));
        continue;
      }
      const Peer peer = PeerOf(socket.get());
      clients_.push_back(
          {.id = ++last_id_, .socket = std::move(socket), .peer = peer, .since = now});
    }
  }

  // Cuts the connection that has been silent longest. False where none is silent.
  bool MakeRoom() {
    auto oldest = clients_.end();
    for (auto client = clients_.begin(); client != clients_.end(); ++client) {
      const Connection& connection = client->connection;
      if (connection.waiting() || connection.HasRequest() || !connection.output().empty()) continue;
      if (oldest == clients_.end() || client->since < oldest->since) oldest = client;
    }
    if (oldest == clients_.end()) return false;
    counters_.Add(control::ServiceCounter::kControlFaults);
    SendAtOnce(oldest->socket.get(),
               FaultLine({"this connection was silent, and others need its place", "ask again"}));
    clients_.erase(oldest);
    return true;
  }

  void Attend(Client& client, short happened, Clock::time_point now) {
    try {
      Read(client, happened);
      if (client.is_cut) return;
      Ask(client);
      if (!client.may_wait_forever() && now >= Deadline(client)) {
        if (client.connection.output().empty()) {
          SendAtOnce(client.socket.get(),
                     FaultLine({"no request came in time", "connect again for the next one"}));
        }
        Cut(client);
      }
    } catch (...) {
      Cut(client);
    }
  }

  void Read(Client& client, short happened) {
    if (happened == 0) return;
    Connection& connection = client.connection;
    const size_t room = std::min(connection.room(), buffer_.size());
    if (room == 0) {
      // There is nobody to tell any more, and poll would not stop saying so.
      if ((happened & (POLLHUP | POLLERR | POLLNVAL)) != 0 && !connection.HasRequest())
        client.is_cut = true;
      return;
    }
    const ssize_t count = recv(client.socket.get(), buffer_.data(), room, MSG_DONTWAIT);
    if (count > 0) {
      connection.Take({buffer_.data(), static_cast<size_t>(count)});
    } else if (count == 0) {
      connection.EndInput();
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      client.is_cut = true;
    }
  }

  void Ask(Client& client) {
    Connection& connection = client.connection;
    if (connection.IsOverfull()) {
      counters_.Add(control::ServiceCounter::kControlFaults);
      connection.Refuse(
          FaultLine({"a line of more than " + std::to_string(control::kLongestRequest) + " octets",
                     "a request is one short line; try 'help'"}));
      return;
    }
    const std::optional<std::string> line = connection.NextRequest();
    if (!line) return;
    commands_.CarryOut(*line, client.peer,
                       [mailbox = mailbox_, id = client.id](std::string answer) {
                         mailbox->Put(id, std::move(answer));
                       });
  }

  // Not on the word of poll alone: most answers go at once.
  void Write(Client& client, Clock::time_point now) {
    Connection& connection = client.connection;
    while (!client.is_cut && !connection.output().empty()) {
      const std::string_view output = connection.output();
      const ssize_t count =
          send(client.socket.get(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        connection.Sent(static_cast<size_t>(count));
        if (connection.output().empty()) client.since = now;
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return;
      } else if (errno != EINTR) {
        client.is_cut = true;
      }
    }
  }

  void Cut(Client& client) {
    client.is_cut = true;
    counters_.Add(control::ServiceCounter::kControlFaults);
  }

  const ControlLimits limits_;
  Commands& commands_;
  Counters& counters_;
  const HostLog& log_;
  Listener listener_;
  const std::shared_ptr<Mailbox> mailbox_;
  std::vector<Client> clients_;
  std::vector<pollfd> events_;  // the mailbox, the listener, and clients_ in their order
  std::array<char, control::kLongestRequest + 1> buffer_;
  uint64_t last_id_ = 0;
  Clock::time_point tend_at_{};
  Clock::time_point accept_at_{};
  bool accept_fails_ = false;
  std::thread thread_;
};

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlServer::~ControlServer() = default;

std::unique_ptr<ControlServer> ControlServer::Start(const ControlSettings& settings,
                                                    Commands& commands, Counters& counters,
                                                    const HostLog& log,
                                                    const ControlLimits& limits) noexcept {
  const char* reason = "no file descriptor is left";
  try {
    if (settings.socket.empty()) return nullptr;
    auto impl = std::make_unique<Impl>(settings, commands, counters, log, limits);
    if (impl->Start()) return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
  } catch (...) {
    reason = "no memory or no thread is left";
  }
  try {
    log.Write(GATE_ERROR, std::string("no control socket: ") + reason);
  } catch (...) {  // no memory: nothing can be said
  }
  return nullptr;
}

}  // namespace tollgate::module
