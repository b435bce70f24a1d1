// SPDX-License-Identifier: BSD-3-Clause
//
// The mapping under `control` in module.yaml:
//
//   control:
//     socket: /run/tollgate/control.sock   # '' for no socket; relative to the folder of the file
//     group: operators                     # who may use it, beside its owner: a name or a number

#ifndef TOLLGATE_MODULE_CONTROL_SETTINGS_H_
#define TOLLGATE_MODULE_CONTROL_SETTINGS_H_

#include <string>

#include "ruleset/control/client.h"
#include "ruleset/text/yaml.h"

namespace tollgate::module {

struct ControlSettings {
  std::string socket{control::kDefaultSocket};  // empty: no socket
  // Nobody asked for this path: where its folder is not there, there is simply no socket.
  bool is_default = true;
  std::string group;  // empty: the group of the process
};

// Faults go to the map's diagnostics, and a setting that cannot be read keeps its default. `folder`
// is where a relative path begins.
ControlSettings ReadControlSettings(text::YamlMap control, const std::string& folder);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_SETTINGS_H_
