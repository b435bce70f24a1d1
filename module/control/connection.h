// SPDX-License-Identifier: BSD-3-Clause
//
// One conversation on the control socket, without the socket: octets in, requests out, answers in,
// octets out. Requests are carried out one after the other, and the next one is not read before the
// answer to the last has been taken: what a peer can make this hold is one line and one answer.

#ifndef TOLLGATE_MODULE_CONTROL_CONNECTION_H_
#define TOLLGATE_MODULE_CONTROL_CONNECTION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ruleset/control/request.h"

namespace tollgate::module {

class Connection {
 public:
  // How many octets it would take now; 0 while it is busy with what it has.
  size_t room() const {
    return input_ended_ || waiting_ || !output().empty() || HasLine()
               ? 0
               : control::kLongestRequest + 1 - input_.size();
  }

  // Takes octets of the peer's, at most room() of them.
  void Take(std::string_view octets);
  // The peer will send no more. A last line without an end is a request like the others.
  void EndInput() { input_ended_ = true; }

  // Whether NextRequest would have one.
  bool HasRequest() const;
  // The next request, to be followed by Answer. Nothing while there is none, or the answer to the
  // last one has not gone. Blank lines are passed over.
  std::optional<std::string> NextRequest();
  bool waiting() const { return waiting_; }  // for Answer

  // One line, its end included; nothing happens where no answer is awaited.
  void Answer(std::string line);

  // The line is too long to be a request: Refuse, which answers `line` and ends the conversation.
  bool IsOverfull() const { return !HasLine() && input_.size() > control::kLongestRequest; }
  void Refuse(std::string line);

  // What has to go to the peer, and that `count` octets of it have gone.
  std::string_view output() const { return std::string_view(output_).substr(sent_); }
  void Sent(size_t count);

  // Nothing is left to be done.
  bool finished() const { return input_ended_ && !waiting_ && output().empty() && !HasRequest(); }

 private:
  bool HasLine() const { return input_.find('\n') != std::string::npos; }

  std::string input_;
  std::string output_;
  size_t sent_ = 0;
  bool waiting_ = false;
  bool input_ended_ = false;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_CONNECTION_H_
