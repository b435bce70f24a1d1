// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/datagram_output.h"

#include "module/events/unix_socket.h"

namespace tollgate::module {

absl::Status DatagramOutput::Connect() {
  absl::StatusOr<UniqueFd> fd = ConnectUnixSocket(path_, SOCK_DGRAM);
  if (fd.ok()) fd_ = *std::move(fd);
  return fd.status();
}

ssize_t DatagramOutput::Send(std::string_view octets) {
  return send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The reader that was there has gone; another one may have taken its path.
bool DatagramOutput::Outlives(int) {
  fd_.Close();
  return false;
}

}  // namespace tollgate::module
