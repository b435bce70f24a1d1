// SPDX-License-Identifier: BSD-3-Clause
//
// A conversation on the control socket, as the server has it: octets come in pieces, answers go in
// pieces, reloads end when they like. The first octet says in what pieces.

#include <algorithm>

#include "module/control/connection.h"
#include "ruleset/text/json_text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/module/control_fixture.h"

using tollgate::fuzz::Require;
using tollgate::module::Connection;
using tollgate::module::FaultLine;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  tollgate::module::test::FakeFilter filter;
  const size_t piece = 1 + data[0] % 61;
  std::string_view rest = tollgate::fuzz::Text(data + 1, size - 1);
  const auto lines = static_cast<size_t>(std::count(rest.begin(), rest.end(), '\n'));
  Connection connection;
  size_t requests = 0;
  size_t answers = 0;
  // Every round does something, or the conversation has ended: there is no standing still.
  for (size_t round = 0; !connection.finished(); ++round) {
    Require(round < 16 * size + 4096, "the conversation comes to an end");
    Require(connection.room() <= tollgate::control::kLongestRequest + 1, "its memory has an end");
    if (connection.room() > 0) {
      const std::string_view now = rest.substr(0, std::min(piece, connection.room()));
      connection.Take(now);
      rest.remove_prefix(now.size());
      if (rest.empty()) connection.EndInput();
    }
    if (connection.IsOverfull()) {
      connection.Refuse(FaultLine({"too long", ""}));
      Require(!connection.HasRequest(), "nothing follows a line that is too long");
    } else if (const auto line = connection.NextRequest()) {
      ++requests;
      Require(line->size() <= tollgate::control::kLongestRequest, "a request is short");
      auto answer = std::make_shared<std::string>();
      auto count = std::make_shared<int>();
      filter.commands.CarryOut(*line, {}, [answer, count](std::string text) {
        *answer = std::move(text);
        ++*count;
      });
      filter.steering.FinishWaiting(absl::OkStatus());
      Require(*count == 1, "a request has one answer");
      Require(answer->find('\n') == answer->size() - 1, "of one line");
      const tollgate::text::JsonText json(*answer);
      Require(!json.fault() && json.root()["ok"].exists(), "of JSON, that says how it went");
      connection.Answer(*answer);
      ++answers;
    }
    connection.Sent(std::min(connection.output().size(), 1 + piece * 16));
  }
  Require(requests == answers && requests <= lines + 1, "no more requests than lines");
  tollgate::module::test::Logged::Take();
  return 0;
}
