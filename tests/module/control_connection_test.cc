// SPDX-License-Identifier: BSD-3-Clause
//
// One conversation on the control socket, without the socket.

#include "module/control/connection.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

constexpr size_t kAll = control::kLongestRequest + 1;

TEST_CASE("A line is a request when its end is there", "[control]") {
  Connection connection;
  connection.Take("stat");
  CHECK_FALSE(connection.NextRequest());
  connection.Take("us\n");
  CHECK(connection.NextRequest() == "status");
}

TEST_CASE("The next request waits until the answer to the last has gone", "[control]") {
  Connection connection;
  connection.Take("one\ntwo\n");
  CHECK(connection.NextRequest() == "one");
  CHECK_FALSE(connection.NextRequest());
  connection.Answer("1\n");
  CHECK_FALSE(connection.NextRequest());
  CHECK(connection.output() == "1\n");
  connection.Sent(1);
  CHECK(connection.output() == "\n");
  CHECK_FALSE(connection.HasRequest());
  connection.Sent(1);
  CHECK(connection.NextRequest() == "two");
}

TEST_CASE("Nothing is read while there is something to do", "[control]") {
  Connection connection;
  CHECK(connection.room() == kAll);
  connection.Take("one\nt");
  CHECK(connection.room() == 0);
  connection.NextRequest();
  CHECK(connection.room() == 0);
  connection.Answer("1\n");
  CHECK(connection.room() == 0);
  connection.Sent(2);
  CHECK(connection.room() == kAll - 1);  // "t"
}

TEST_CASE("Empty lines take no room", "[control]") {
  Connection connection;
  connection.Take("\n\r\n \t\n\n");
  CHECK_FALSE(connection.HasRequest());
  CHECK(connection.room() == kAll);
  connection.Take("\n\none\n\n\n");
  CHECK(connection.NextRequest() == "one");
  connection.Answer("1\n");
  connection.Sent(2);
  CHECK(connection.room() == kAll);
}

TEST_CASE("The last line needs no end", "[control]") {
  Connection connection;
  connection.Take("one\ntwo");
  connection.EndInput();
  CHECK(connection.NextRequest() == "one");
  connection.Answer("1\n");
  connection.Sent(2);
  CHECK_FALSE(connection.finished());
  CHECK(connection.NextRequest() == "two");
  CHECK_FALSE(connection.finished());
  connection.Answer("2\n");
  CHECK_FALSE(connection.finished());
  connection.Sent(2);
  CHECK(connection.finished());
}

TEST_CASE("An end without a request is an end", "[control]") {
  for (const char* text : {"", "\n", " ", "\r"}) {
    Connection connection;
    connection.Take(text);
    CHECK_FALSE(connection.finished());
    connection.EndInput();
    CHECK(connection.finished());
    CHECK(connection.room() == 0);
  }
}

TEST_CASE("A line that is too long is no request, and the end of the conversation", "[control]") {
  Connection connection;
  connection.Take(std::string(control::kLongestRequest, 'x'));
  CHECK_FALSE(connection.IsOverfull());
  CHECK(connection.room() == 1);
  connection.Take("x");
  CHECK(connection.IsOverfull());
  CHECK_FALSE(connection.HasRequest());
  connection.Refuse("no\n");
  CHECK(connection.output() == "no\n");
  connection.Sent(3);
  CHECK(connection.finished());
}

TEST_CASE("The longest line that is a request", "[control]") {
  Connection connection;
  const std::string line(control::kLongestRequest, 'x');
  connection.Take(line + "\n");
  CHECK_FALSE(connection.IsOverfull());
  CHECK(connection.NextRequest() == line);
}

TEST_CASE("An answer that nobody asked for is nothing", "[control]") {
  Connection connection;
  connection.Answer("1\n");
  CHECK(connection.output() == "");
  connection.Take("one\n");
  connection.NextRequest();
  connection.Answer("1\n");
  connection.Answer("2\n");
  CHECK(connection.output() == "1\n");
}

}  // namespace
}  // namespace tollgate::module
