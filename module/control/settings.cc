// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/settings.h"

#include <filesystem>
#include <optional>

#include "module/control/listener.h"

namespace tollgate::module {

ControlSettings ReadControlSettings(text::YamlMap control, const std::string& folder) {
  ControlSettings settings;
  if (std::optional<std::string> socket = control.String("socket")) {
    // An absolute path replaces the folder.
    const std::string path =
        socket->empty() ? "" : (std::filesystem::path(folder) / *socket).string();
    if (path.size() > kLongestSocketPath) {
      control.Fault("socket", "the path of the control socket is too long",
                    "the system takes " + std::to_string(kLongestSocketPath) + " octets");
    } else {
      settings.socket = path;
      settings.is_default = false;
    }
  }
  if (std::optional<std::string> group = control.String("group")) {
    if (group->empty()) {
      control.Fault("group", "the name of the group is empty",
                    "leave the key out for the group that Unbound runs as");
    } else {
      settings.group = *group;
    }
  }
  control.RefuseOtherKeys();
  return settings;
}

}  // namespace tollgate::module
