// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/dnstap_output.h"

#include <fstrm.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "module/events/unix_socket.h"

namespace tollgate::module {
namespace {

// What names the protocol buffers of dnstap among the contents of Frame Streams.
constexpr std::string_view kContentType = "protobuf:dnstap.Dnstap";

// A collector that does not answer READY is tried anew after this.
constexpr std::chrono::seconds kHandshake{5};
// How long FINISH is waited for.
constexpr int kFarewellMilliseconds = 100;

constexpr size_t kLengthSize = 4;  // of the length in front of every frame, big-endian

void AppendLength(std::string& out, size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift));
}

size_t LengthAt(std::string_view octets) {
  size_t length = 0;
  for (size_t i = 0; i < kLengthSize; ++i) {
    length = length << 8 | static_cast<uint8_t>(octets[i]);
  }
  return length;
}

}  // namespace

DnstapOutput::DnstapOutput(const std::string& path, Counters& counters, const HostLog& log)
    : Output("dnstap " + path, counters, log), path_(path), control_(fstrm_control_init()) {}

DnstapOutput::~DnstapOutput() { fstrm_control_destroy(&control_); }

std::string DnstapOutput::Frame(std::string_view message) {
  std::string frame;
  frame.reserve(kLengthSize + message.size());
  AppendLength(frame, message.size());
  frame += message;
  return frame;
}

std::string DnstapOutput::Control(int type, bool with_content_type) {
  fstrm_control_reset(control_);
  std::string frame(FSTRM_CONTROL_FRAME_LENGTH_MAX, '\0');
  size_t length = frame.size();
  if (fstrm_control_set_type(control_, static_cast<fstrm_control_type>(type)) !=
          fstrm_res_success ||
      (with_content_type && fstrm_control_add_field_content_type(
                                control_, reinterpret_cast<const uint8_t*>(kContentType.data()),
                                kContentType.size()) != fstrm_res_success) ||
      fstrm_control_encode(control_, frame.data(), &length, FSTRM_CONTROL_FLAG_WITH_HEADER) !=
          fstrm_res_success) {
    return "";
  }
  frame.resize(length);
  return frame;
}

absl::Status DnstapOutput::Connect() {
  absl::StatusOr<UniqueFd> fd = ConnectUnixSocket(path_, SOCK_STREAM);
  if (!fd.ok()) return fd.status();
  fd_ = *std::move(fd);
  state_ = State::kGreeting;
  outgoing_ = Control(FSTRM_CONTROL_READY, true);
  incoming_.clear();
  deadline_ = std::chrono::steady_clock::now() + kHandshake;
  return absl::OkStatus();
}

bool DnstapOutput::SendOutgoing() {
  while (!outgoing_.empty()) {
    const ssize_t sent =
        send(fd_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    outgoing_.erase(0, static_cast<size_t>(sent));
  }
  return true;
}

bool DnstapOutput::ReceiveControl(int type) {
  for (;;) {
    // An escape (a length of 0), the length of the control frame, the frame.
    size_t wanted = 2 * kLengthSize;
    if (incoming_.size() >= wanted) {
      const size_t length = LengthAt(std::string_view(incoming_).substr(kLengthSize));
      if (LengthAt(incoming_) != 0 || length > FSTRM_CONTROL_FRAME_LENGTH_MAX) break;
      wanted += length;
      if (incoming_.size() == wanted) {
        fstrm_control_reset(control_);
        fstrm_control_type got;
        const bool is_right =
            fstrm_control_decode(control_, incoming_.data(), wanted,
                                 FSTRM_CONTROL_FLAG_WITH_HEADER) == fstrm_res_success &&
            fstrm_control_get_type(control_, &got) == fstrm_res_success && int{got} == type &&
            (type != FSTRM_CONTROL_ACCEPT ||
             fstrm_control_match_field_content_type(
                 control_, reinterpret_cast<const uint8_t*>(kContentType.data()),
                 kContentType.size()) == fstrm_res_success);
        incoming_.clear();
        if (is_right) return true;
        break;
      }
    }
    char buffer[FSTRM_CONTROL_FRAME_LENGTH_MAX];
    const size_t room = std::min(sizeof(buffer), wanted - incoming_.size());
    const ssize_t got = recv(fd_.get(), buffer, room, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) {
      errno = ECONNRESET;
      return false;
    }
    incoming_.append(buffer, static_cast<size_t>(got));
  }
  errno = EPROTO;
  return false;
}

// The handshake, as far as it goes without waiting.
bool DnstapOutput::Tend() {
  if (state_ == State::kStarted) return true;
  if (state_ == State::kGreeting && SendOutgoing()) state_ = State::kAwaitingAccept;
  if (state_ == State::kAwaitingAccept && ReceiveControl(FSTRM_CONTROL_ACCEPT)) {
    outgoing_ = Control(FSTRM_CONTROL_START, true);
    state_ = State::kStarting;
  }
  if (state_ == State::kStarting && SendOutgoing()) state_ = State::kStarted;
  if (state_ == State::kStarted) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    if (std::chrono::steady_clock::now() < deadline_) return true;
    errno = ETIMEDOUT;
  }
  return false;
}

ssize_t DnstapOutput::Send(std::string_view octets) {
  if (state_ != State::kStarted) {
    errno = EAGAIN;
    return -1;
  }
  return send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool DnstapOutput::Outlives(int) {
  fd_.Close();
  return false;
}

void DnstapOutput::Goodbye() {
  // In the middle of a frame, STOP would be taken for its contents.
  if (state_ != State::kStarted || is_torn()) return;
  outgoing_ = Control(FSTRM_CONTROL_STOP, false);
  if (!SendOutgoing()) return;
  pollfd ready{fd_.get(), POLLIN, 0};
  if (poll(&ready, 1, kFarewellMilliseconds) > 0) ReceiveControl(FSTRM_CONTROL_FINISH);
}

}  // namespace tollgate::module
