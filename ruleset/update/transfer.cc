// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/transfer.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/dns/name.h"
#include "ruleset/text/key_file.h"
#include "ruleset/update/tsig.h"
#include "ruleset/update/wire_writer.h"

namespace tollgate::update {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint16_t kTypeSoa = 6;
constexpr uint16_t kTypeIxfr = 251;
constexpr uint16_t kTypeAxfr = 252;
constexpr uint16_t kClassIn = 1;
constexpr auto kConnectTime = std::chrono::seconds(15);

// A connection that ends at a deadline, whatever the other side does.
class Connection {
 public:
  explicit Connection(Clock::time_point deadline) : deadline_(deadline) {}
  ~Connection() { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::Status Connect(const std::string& host, uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (failed != 0) return absl::UnavailableError(gai_strerror(failed));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
    absl::Status status = absl::UnavailableError("no address");
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
      status = ConnectTo(*one);
      if (status.ok()) return status;
    }
    return status;
  }

  absl::Status Send(std::string_view octets) {
    while (!octets.empty()) {
      if (absl::Status status = Wait(POLLOUT, deadline_); !status.ok()) return status;
      const ssize_t sent = send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return Broken();
      if (sent > 0) octets.remove_prefix(static_cast<size_t>(sent));
    }
    return absl::OkStatus();
  }

  // One message: its length in two octets, then itself.
  absl::StatusOr<std::string> Receive() {
    std::string length(2, '\0');
    if (absl::Status status = Fill(length); !status.ok()) return status;
    std::string message(static_cast<size_t>(static_cast<unsigned char>(length[0])) << 8 |
                            static_cast<unsigned char>(length[1]),
                        '\0');
    if (absl::Status status = Fill(message); !status.ok()) return status;
    return message;
  }

 private:
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  absl::Status ConnectTo(const addrinfo& to) {
    Close();
    fd_ = socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Broken();
    if (connect(fd_, to.ai_addr, to.ai_addrlen) != 0 && errno != EINPROGRESS) return Broken();
    const auto until = std::min(deadline_, Clock::now() + kConnectTime);
    if (absl::Status status = Wait(POLLOUT, until); !status.ok()) return status;
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error == 0 ? absl::OkStatus() : Broken();
  }

  absl::Status Wait(short events, Clock::time_point until) {
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
      if (left.count() <= 0) return absl::UnavailableError("timed out");
      pollfd waited{fd_, events, 0};
      const int ready = poll(&waited, 1, static_cast<int>(left.count()));
      if (ready > 0) return absl::OkStatus();
      if (ready < 0 && errno != EINTR) return Broken();
    }
  }

  absl::Status Fill(std::string& octets) {
    for (size_t at = 0; at < octets.size();) {
      if (absl::Status status = Wait(POLLIN, deadline_); !status.ok()) return status;
      const ssize_t got = recv(fd_, octets.data() + at, octets.size() - at, 0);
      if (got == 0) return absl::UnavailableError("the server closed the connection");
      if (got < 0 && errno != EAGAIN && errno != EINTR) return Broken();
      if (got > 0) at += static_cast<size_t>(got);
    }
    return absl::OkStatus();
  }

  static absl::Status Broken() { return absl::UnavailableError(std::strerror(errno)); }

  Clock::time_point deadline_;
  int fd_ = -1;
};

// The question, and for IXFR the SOA of the copy, of which only the serial counts.
std::string Request(const std::string& zone, std::optional<uint32_t> serial, uint16_t id) {
  std::string message;
  Put16(message, id);
  Put16(message, 0);  // a standard query
  Put16(message, 1);
  Put16(message, 0);
  Put16(message, serial ? 1 : 0);
  Put16(message, 0);
  message += zone;
  Put16(message, serial ? kTypeIxfr : kTypeAxfr);
  Put16(message, kClassIn);
  if (!serial) return message;
  message += zone;
  Put16(message, kTypeSoa);
  Put16(message, kClassIn);
  message.append(4, '\0');  // TTL
  Put16(message, 22);       // two roots, five numbers
  message.append(2, '\0');
  Put16(message, static_cast<uint16_t>(*serial >> 16));
  Put16(message, static_cast<uint16_t>(*serial));
  message.append(16, '\0');
  return message;
}

class Transferrer {
 public:
  Transferrer(const source::Origin& origin, std::optional<TsigKey> key, uint64_t now)
      : origin_(origin), key_(std::move(key)), now_(now) {}

  // One request and its reply. Where the server has nothing newer than `base`, that is a lone SOA.
  absl::StatusOr<TransferReader> Ask(std::optional<ZoneCopy> base) {
    Connection connection(Clock::now() + std::chrono::seconds(origin_.timeout));
    absl::Status status = connection.Connect(origin_.transfer->primary, origin_.transfer->port);
    if (!status.ok()) return status;
    const absl::StatusOr<dns::Name> zone = dns::Name::FromText(origin_.transfer->zone);
    if (!zone.ok()) return zone.status();
    std::string wire(reinterpret_cast<const char*>(zone->Stored().data()), zone->Stored().size());
    wire += '\0';
    const uint16_t id = static_cast<uint16_t>(std::random_device{}());
    std::optional<uint32_t> serial;
    if (base) serial = base->serial();
    std::string message = Request(wire, serial, id);
    std::optional<TsigStream> signatures;
    if (key_) signatures.emplace(*key_).Sign(message, now_);
    std::string framed;
    Put16(framed, static_cast<uint16_t>(message.size()));
    framed += message;
    if (status = connection.Send(framed); !status.ok()) return status;

    TransferReader reader(std::move(base), origin_.max_size);
    while (!reader.done()) {
      const absl::StatusOr<std::string> reply = connection.Receive();
      if (!reply.ok()) return reply.status();
      if (reply->size() < 12 || reply->substr(0, 2) != message.substr(0, 2)) {
        return absl::DataLossError("a reply to another question");
      }
      if (signatures) status = signatures->Check(*reply, now_);
      const absl::StatusOr<std::vector<ZoneRecord>> records = RecordsOf(*reply);
      // What the server says is shown even unsigned; it cannot sign where it does not know the key.
      if (!records.ok()) return records.status();
      if (!status.ok()) return status;
      for (const ZoneRecord& record : *records) {
        if (status = reader.Take(record); !status.ok()) return status;
      }
      if (records->empty()) return absl::DataLossError("a message without records");
      if (serial && reader.is_lone_soa() && !SerialIsLater(reader.serial(), *serial)) {
        // Or the first message of more, from a server whose serial went backwards.
        if (signatures) status = signatures->Finish();
        if (!status.ok()) return status;
        return reader;
      }
    }
    if (signatures) status = signatures->Finish();
    if (!status.ok()) return status;
    return reader;
  }

 private:
  const source::Origin& origin_;
  std::optional<TsigKey> key_;
  uint64_t now_;
};

absl::StatusOr<std::optional<TsigKey>> ReadKey(const source::Transfer& transfer) {
  if (transfer.tsig_file.empty()) return std::optional<TsigKey>();
  const absl::StatusOr<std::string> text = text::ReadKeyFile(transfer.tsig_file);
  if (!text.ok()) return text.status();
  absl::StatusOr<TsigKey> key = ParseTsigKey(*text);
  if (key.ok()) return *std::move(key);
  return absl::InvalidArgumentError(absl::StrCat(transfer.tsig_file, ": ", key.status().message()));
}

}  // namespace

absl::StatusOr<TransferReply> TransferZone(const source::Origin& origin,
                                           std::optional<ZoneCopy> copy, bool anew, uint64_t now) {
  absl::StatusOr<std::optional<TsigKey>> key = ReadKey(*origin.transfer);
  if (!key.ok()) return key.status();
  Transferrer transferrer(origin, *std::move(key), now);
  std::optional<uint32_t> known;
  if (copy) known = copy->serial();
  if (anew) copy.reset();

  absl::StatusOr<TransferReader> reply = transferrer.Ask(copy);
  // Differences that do not fit, or that a server cannot make: then all of it.
  if (!reply.ok() && copy && !absl::IsUnavailable(reply.status())) {
    reply = transferrer.Ask(std::nullopt);
  }
  if (!reply.ok()) return reply.status();
  const TransferReader& reader = *reply;
  if (known && reader.serial() == *known && !anew) return TransferReply{.unchanged = true};
  if (known && !SerialIsLater(reader.serial(), *known) && !anew) {
    return absl::FailedPreconditionError(
        absl::StrCat("the serial went backwards, from ", *known, " to ", reader.serial(),
                     "; 'tollgate update --force' takes the zone as it is"));
  }
  if (!reader.done()) return absl::DataLossError("the transfer has no end");
  return TransferReply{.unchanged = false, .zone = reader.zone()};
}

}  // namespace tollgate::update
