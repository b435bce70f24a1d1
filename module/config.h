// SPDX-License-Identifier: BSD-3-Clause
//
// The module's settings: a YAML file, /etc/tollgate/module.yaml unless the environment variable
// TOLLGATE_CONFIG names another one. Every key may be left out.
//
//   database: /var/lib/unbound/tollgate.db   # a relative path begins at the folder of this file
//   watch: yes                               # put a new database into use by itself
//   max_shrink: 50%                          # refuse one with fewer names, or patterns, by more
//   on_failure: pass                         # without a database: pass (resolve) or servfail
//   break_dnssec: yes                        # no: signed answers stay, for who asks with DO
//   log_level: info                          # error, warning, info or debug
//   control: ...                             # module/control/settings.h
//   events: ...                              # module/events/settings.h
//   patient: ...                             # ruleset/patient/settings.h

#ifndef TOLLGATE_MODULE_CONFIG_H_
#define TOLLGATE_MODULE_CONFIG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "module/control/settings.h"
#include "module/events/settings.h"
#include "module/gate.h"
#include "ruleset/patient/settings.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::module {

inline constexpr char kConfigVariable[] = "TOLLGATE_CONFIG";
inline constexpr char kDefaultConfigPath[] = "/etc/tollgate/module.yaml";
inline constexpr char kDefaultDatabase[] = "/var/lib/unbound/tollgate.db";

enum class OnFailure : uint8_t { kPass, kServfail };

struct Config {
  std::string database = kDefaultDatabase;
  bool watch = true;
  uint32_t max_shrink = 50;  // percent
  OnFailure on_failure = OnFailure::kPass;
  bool break_dnssec = true;
  gate_level log_level = GATE_INFO;
  ControlSettings control;
  EventSettings events;
  patient::Settings patient;
};

// As log_level has it.
std::string_view LevelName(gate_level level);

// What LoadConfig found.
struct LoadedConfig {
  Config config;
  std::string path;         // of the file
  bool is_default = false;  // there is no file at the default path: every setting is the default
};

// Reads the file that `variable` names (the value of TOLLGATE_CONFIG; null or empty where it is not
// set), else the one at `default_path`. Faults go to `faults`, and a setting that cannot be read
// keeps its default: a misspelt word must not take the resolver down. A missing file is a fault
// only where `variable` names it.
LoadedConfig LoadConfig(const char* variable, const std::string& default_path,
                        text::Diagnostics& faults);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONFIG_H_
