// SPDX-License-Identifier: BSD-3-Clause
//
// The client's side of the control socket: answers, and errors that say what to do.

#include "ruleset/control/client.h"
#include "tests/module/control_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module::test {
namespace {

constexpr absl::Duration kSoon = absl::Seconds(20);

// The error of a request, without the path of the socket.
std::string Error(const std::string& socket, absl::StatusCode code,
                  absl::Duration timeout = kSoon) {
  const absl::StatusOr<std::string> answer = control::Ask(socket, "status", timeout);
  REQUIRE(!answer.ok());
  CHECK(answer.status().code() == code);
  std::string message(answer.status().message());
  if (message.starts_with(socket)) message.erase(0, socket.size());
  return message;
}

// A socket that somebody listens on, and nobody answers.
struct DeafSocket {
  explicit DeafSocket(const std::string& path) : fd(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd, 8) == 0);
  }
  ~DeafSocket() { close(fd); }
  int fd;
};

TEST_CASE("An answer comes without its end", "[control]") {
  Served served;
  const auto answer = control::Ask(served.path(), "reopen", kSoon);
  REQUIRE(answer.ok());
  CHECK(*answer == "{\"ok\":true,\"files\":1}");
}

TEST_CASE("A large answer comes whole", "[control]") {
  Served served;
  served.filter.steering.recent = "{\"text\":\"" + std::string(8 << 20, 'x') + "\"}";
  const auto answer = control::Ask(served.path(), "recent", kSoon);
  REQUIRE(answer.ok());
  CHECK(answer->size() == (8 << 20) + 21);
}

TEST_CASE("A fault is an answer, too, and so is a line that is too long", "[control]") {
  Served served;
  for (const std::string& request : {std::string("nonsense"), std::string(5000, 'x')}) {
    const auto answer = control::Ask(served.path(), request, kSoon);
    REQUIRE(answer.ok());
    CHECK(answer->starts_with("{\"ok\":false,"));
  }
}

TEST_CASE("No such socket", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  for (const char* name : {"/none", "/none/control.sock"}) {
    CHECK(Error(folder.path() + name, absl::StatusCode::kNotFound) ==
          ": no such socket; is Unbound running with the module, and is this the path of "
          "'control: {socket:}' in its module.yaml (inside Unbound's chroot, if it has one)? "
          "--socket and TOLLGATE_SOCKET name another");
  }
}

TEST_CASE("A socket that was left behind", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/control.sock";
  { const DeafSocket left(path); }
  CHECK(Error(path, absl::StatusCode::kUnavailable).starts_with(": nobody listens there;"));
}

TEST_CASE("A file that is no socket", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  CHECK(Error(folder.Write("file", ""), absl::StatusCode::kFailedPrecondition) == ": is no socket");
}

TEST_CASE("A path that no socket can have", "[control]") {
  CHECK(Error("/" + std::string(107, 'x'), absl::StatusCode::kInvalidArgument)
            .find("the path of a socket has 1 to 107 octets") != std::string::npos);
  Error("", absl::StatusCode::kInvalidArgument);
}

TEST_CASE("Nobody answers in time", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/control.sock";
  const DeafSocket deaf(path);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(Error(path, absl::StatusCode::kDeadlineExceeded, absl::Milliseconds(100))
            .starts_with(": no answer within 100ms;"));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= std::chrono::milliseconds(100));
  CHECK(took < std::chrono::seconds(5));
}

TEST_CASE("The connection ends before the answer", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/control.sock";
  const DeafSocket listener(path);
  std::thread rude([&] { close(accept(listener.fd, nullptr, nullptr)); });
  CHECK(Error(path, absl::StatusCode::kUnavailable)
            .starts_with(": the connection was closed before the answer came;"));
  rude.join();
}

TEST_CASE("A request is one line", "[control]") {
  CHECK(control::Ask("/x", "status\nreload", kSoon).status().code() ==
        absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tollgate::module::test
