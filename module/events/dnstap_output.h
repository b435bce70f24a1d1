// SPDX-License-Identifier: BSD-3-Clause
//
// dnstap: Frame Streams to a collector's Unix stream socket, with the handshake of a bidirectional
// stream (READY, ACCEPT, START ... STOP, FINISH). libfstrm reads and writes the control frames; its
// own fstrm_iothr is not used, because its end waits for a collector that has stopped reading, and
// it ends the process where a thread or memory is not to be had.

#ifndef TOLLGATE_MODULE_EVENTS_DNSTAP_OUTPUT_H_
#define TOLLGATE_MODULE_EVENTS_DNSTAP_OUTPUT_H_

#include <memory>
#include <string>
#include <string_view>

#include "module/events/output.h"
#include "module/events/unique_fd.h"

struct fstrm_control;

namespace tollgate::module {

class DnstapOutput final : public Output {
 public:
  DnstapOutput(const std::string& path, Counters& counters, const HostLog& log);
  ~DnstapOutput() override;

  // The data frame that holds `message`, to be given to Write.
  static std::string Frame(std::string_view message);

 private:
  enum class State { kGreeting, kAwaitingAccept, kStarting, kStarted };

  absl::Status Connect() override;
  ssize_t Send(std::string_view octets) override;
  bool Outlives(int) override;
  bool Tend() override;
  void Goodbye() override;

  // Sends what is left of outgoing_. False with errno where that cannot be done now.
  bool SendOutgoing();
  // Reads a control frame. False with errno; EAGAIN where there is none yet.
  bool ReceiveControl(int type);
  std::string Control(int type, bool with_content_type);

  const std::string path_;
  UniqueFd fd_;
  State state_ = State::kGreeting;
  std::string outgoing_;  // control frames
  std::string incoming_;
  Time deadline_{};  // of the handshake
  fstrm_control* control_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_DNSTAP_OUTPUT_H_
