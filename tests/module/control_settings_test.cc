// SPDX-License-Identifier: BSD-3-Clause
//
// The mapping under `control` in module.yaml.

#include "module/control/settings.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {
namespace {

struct Read {
  explicit Read(const std::string& text) {
    text::YamlMap root = text::ParseYaml(text, "module.yaml", faults);
    if (std::optional<text::YamlMap> control = root.Map("control"))
      settings = ReadControlSettings(*control, "/etc/tollgate");
  }
  std::string Faults() const { return tollgate::test::AsText(faults); }

  text::Diagnostics faults;
  ControlSettings settings;
};

TEST_CASE("Socket and group", "[control]") {
  const Read read("control: {socket: /srv/control.sock, group: operators}\n");
  CHECK(read.Faults() == "");
  CHECK(read.settings.socket == "/srv/control.sock");
  CHECK_FALSE(read.settings.is_default);
  CHECK(read.settings.group == "operators");
}

TEST_CASE("Nothing said: the default socket, for the group of the process", "[control]") {
  const Read read("database: x\n");
  CHECK(read.settings.socket == "/run/tollgate/control.sock");
  CHECK(read.settings.is_default);
  CHECK(read.settings.group == "");
}

TEST_CASE("An empty socket is none", "[control]") {
  const Read read("control: {socket: ''}\n");
  CHECK(read.Faults() == "");
  CHECK(read.settings.socket == "");
}

TEST_CASE("A relative path begins at the folder of the file", "[control]") {
  CHECK(Read("control: {socket: c.sock}\n").settings.socket == "/etc/tollgate/c.sock");
}

TEST_CASE("What is wrong is reported, and keeps its default", "[control]") {
  CHECK(Read("control: {scoket: /x}\n").Faults() ==
        "module.yaml:1:11: error: unknown key 'scoket'; did you mean 'socket'?\n");
  const Read empty("control: {group: ''}\n");
  CHECK(empty.Faults() ==
        "module.yaml:1:18: error: the name of the group is empty; leave the key out for the group "
        "that Unbound runs as\n");
  const Read longer("control: {socket: /" + std::string(103, 'x') + "}\n");
  CHECK(longer.Faults() ==
        "module.yaml:1:19: error: the path of the control socket is too long; the system takes 103 "
        "octets\n");
  CHECK(longer.settings.is_default);
  CHECK(Read("control: {socket: /" + std::string(102, 'x') + "}\n").Faults() == "");
}

}  // namespace
}  // namespace tollgate::module
