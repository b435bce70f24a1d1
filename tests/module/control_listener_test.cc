// SPDX-License-Identifier: BSD-3-Clause
//
// The control socket's place in the file system.

#include <fcntl.h>

#include <filesystem>
#include <optional>

#include "module/control/listener.h"
#include "tests/module/control_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module::test {
namespace {

// A folder, a log, and the path of a socket to be.
struct Place {
  Place() { Logged::Take(); }

  ControlSettings Settings(const std::string& group = "") const {
    return {.socket = path, .is_default = false, .group = group};
  }
  // The last twelve bits of the socket's mode; -1 where there is no socket.
  int Mode() const {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return -1;
    return static_cast<int>(status.st_mode & 07777);
  }
  gid_t Group() const {
    struct stat status;
    return lstat(path.c_str(), &status) == 0 ? status.st_gid : static_cast<gid_t>(-1);
  }
  // What is in the folder.
  std::string Names() const {
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      names += entry.path().filename().string() + " ";
    return names;
  }

  tollgate::test::TemporaryFolder folder;
  std::string path = folder.path() + "/control.sock";
  HostLog log{&Logged::Write};
};

TEST_CASE("The socket is there, for owner and group, and gone at the end", "[control]") {
  Place place;
  {
    Listener listener(place.Settings(), place.log);
    CHECK(listener.fd() == -1);
    listener.Tend();
    CHECK(listener.fd() >= 0);
    CHECK(place.Mode() == 0660);
    CHECK(Talker(place.path).error() == 0);
    CHECK(place.Names() == "control.sock ");
    CHECK(Logged::Take() == "info: tollgate: control socket " + place.path + "\n");
    listener.Tend();
    CHECK(Logged::Take() == "");
  }
  CHECK(place.Names() == "");
}

TEST_CASE("The umask of the process makes no difference", "[control]") {
  for (const mode_t mask : {mode_t{0}, mode_t{0022}, mode_t{0077}, mode_t{0777}}) {
    Place place;
    const mode_t before = umask(mask);
    Listener listener(place.Settings(), place.log);
    listener.Tend();
    CHECK(umask(before) == mask);
    CHECK(place.Mode() == 0660);
  }
}

TEST_CASE("At no moment may others use it", "[control]") {
  Place place;
  std::atomic<bool> done = false;
  std::atomic<int> seen = 0, widest = 0;
  std::thread watcher([&] {
    while (!done) {
      for (const std::string& name : {place.path, place.path + ".new"}) {
        struct stat status;
        if (lstat(name.c_str(), &status) != 0) continue;
        ++seen;
        widest = widest | static_cast<int>(status.st_mode & 0777);
      }
    }
  });
  const mode_t before = umask(0);
  for (int i = 0; i < 300 || (seen < 100 && i < 100'000); ++i) {
    Listener listener(place.Settings(), place.log);
    listener.Tend();
  }
  umask(before);
  done = true;
  watcher.join();
  CHECK(seen >= 100);
  CHECK((widest & ~0660) == 0);
}

TEST_CASE("The socket is given to a group", "[control]") {
  Place place;
  Listener listener(place.Settings(std::to_string(getgid())), place.log);
  listener.Tend();
  CHECK(place.Mode() == 0660);
  CHECK(place.Group() == getgid());
  CHECK(Logged::Take() == "info: tollgate: control socket " + place.path + ", for group " +
                              std::to_string(getgid()) + "\n");
}

TEST_CASE("Root may give it to any group, by name", "[control]") {
  if (geteuid() != 0) return;  // nobody else may
  Place place;
  Listener listener(place.Settings("daemon"), place.log);
  listener.Tend();
  CHECK(place.Mode() == 0660);
  CHECK(place.Group() != getgid());
}

TEST_CASE("Where the group cannot be given, the socket is the owner's alone", "[control]") {
  Place place;
  Listener listener(place.Settings("no-such-group"), place.log);
  listener.Tend();
  CHECK(place.Mode() == 0600);
  CHECK(Logged::Take() ==
        "error: tollgate: the control socket " + place.path +
            " is for its owner alone: group 'no-such-group': there is no such group (inside "
            "Unbound's chroot, if it has one: a number works too)\n"
            "info: tollgate: control socket " +
            place.path + "\n");
}

TEST_CASE("A socket that a crashed process left behind is replaced", "[control]") {
  Place place;
  {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, place.path.data(), place.path.size());
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(fd);
  }
  REQUIRE(Talker(place.path).error() == ECONNREFUSED);
  place.folder.Write("control.sock.new", "left behind, too");
  Listener listener(place.Settings(), place.log);
  listener.Tend();
  CHECK(Talker(place.path).error() == 0);
  CHECK(place.Names() == "control.sock ");
}

TEST_CASE("A socket that another process answers on is left to it", "[control]") {
  Place place;
  std::optional<Listener> first(std::in_place, place.Settings(), place.log);
  first->Tend();
  Logged::Take();
  {
    Listener second(place.Settings(), place.log);
    second.Tend();
    CHECK(second.fd() == -1);
    CHECK(Logged::Take() == "error: tollgate: no control socket: another process listens on " +
                                place.path +
                                "; give each Unbound a 'control: {socket:}' of its own\n");
    second.Tend();
    CHECK(Logged::Take() == "");  // said once
  }
  CHECK(Talker(place.path).error() == 0);
  // When it has gone, the place is free.
  Listener third(place.Settings(), place.log);
  third.Tend();
  CHECK(third.fd() == -1);
  first.reset();
  third.Tend();
  CHECK(third.fd() >= 0);
}

TEST_CASE("A living socket whose queue is full is a living one", "[control]") {
  Place place;
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, place.path.data(), place.path.size());
  REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(fd, 0) == 0);
  const Talker queued(place.path);
  Listener listener(place.Settings(), place.log);
  listener.Tend();
  listener.Tend();
  CHECK(listener.fd() == -1);
  close(fd);
}

TEST_CASE("A file that is no socket is left alone", "[control]") {
  Place place;
  place.folder.Write("control.sock", "precious");
  {
    Listener listener(place.Settings(), place.log);
    listener.Tend();
    CHECK(listener.fd() == -1);
  }
  CHECK(std::filesystem::file_size(place.path) == 8);
  CHECK(Logged::Take() == "error: tollgate: no control socket: " + place.path +
                              " is there, and is no socket; remove it, or change 'control: "
                              "{socket:}'\n");
}

TEST_CASE("No folder for a path that nobody asked for is no fault", "[control]") {
  Place place;
  ControlSettings settings = place.Settings();
  settings.socket = place.folder.path() + "/none/control.sock";
  settings.is_default = true;
  Listener listener(settings, place.log);
  listener.Tend();
  listener.Tend();
  CHECK(listener.fd() == -1);
  CHECK(Logged::Take() == "info: tollgate: no control socket, as there is no folder " +
                              place.folder.path() + "/none; it is looked for from time to time\n");
}

TEST_CASE("A socket that was replaced by another's is not removed at the end", "[control]") {
  Place place;
  std::optional<Listener> first(std::in_place, place.Settings(), place.log);
  first->Tend();
  unlink(place.path.c_str());
  Listener second(place.Settings(), place.log);
  second.Tend();
  first.reset();
  CHECK(Talker(place.path).error() == 0);
}

TEST_CASE("Of many that start at once, one gets the place", "[control]") {
  for (int round = 0; round < 20; ++round) {
    Place place;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      listeners.push_back(std::make_unique<Listener>(place.Settings(), place.log));
    for (auto& listener : listeners) threads.emplace_back([&] { listener->Tend(); });
    for (std::thread& thread : threads) thread.join();
    int listening = 0;
    for (auto& listener : listeners) listening += listener->fd() >= 0 ? 1 : 0;
    CHECK(listening == 1);
  }
}

}  // namespace
}  // namespace tollgate::module::test
