// SPDX-License-Identifier: BSD-3-Clause

#include "module/config.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "ruleset/text/yaml.h"

namespace tollgate::module {
namespace {

constexpr size_t kLargestConfig = size_t{1} << 20;

constexpr std::array<std::string_view, 2> kOnFailureWords = {"pass", "servfail"};
constexpr std::array<std::string_view, 4> kLogLevelWords = {"error", "warning", "info", "debug"};

// Whether there is nothing but comments and blank lines: a file with every key commented out, as it
// is installed, asks for the defaults.
bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') return false;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return true;
}

// "50%", or 50.
void ReadPercent(text::YamlMap& root, std::string_view key, uint32_t& percent) {
  const std::optional<std::string> text = root.String(key);
  if (!text) return;
  uint32_t number = 0;
  const std::string digits = text->substr(0, text->find('%'));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number > 100 ||
      text->size() > digits.size() + 1) {
    root.Fault(key, "\"" + *text + "\" is no share", "write 0% to 100%");
    return;
  }
  percent = number;
}

void ReadKeys(text::YamlMap root, const std::string& path, Config& config) {
  const std::string folder = std::filesystem::path(path).parent_path();
  if (std::optional<std::string> database = root.String("database")) {
    if (database->empty()) {
      root.Fault("database", "the path of the database is empty",
                 "leave the key out for " + std::string(kDefaultDatabase));
    } else {
      // An absolute path replaces the folder.
      config.database = std::filesystem::path(folder) / *database;
    }
  }
  if (std::optional<size_t> word = root.Word("on_failure", kOnFailureWords)) {
    config.on_failure = static_cast<OnFailure>(*word);
  }
  if (std::optional<size_t> word = root.Word("log_level", kLogLevelWords)) {
    config.log_level = static_cast<gate_level>(*word);
  }
  config.watch = root.YesNo("watch").value_or(config.watch);
  config.break_dnssec = root.YesNo("break_dnssec").value_or(config.break_dnssec);
  ReadPercent(root, "max_shrink", config.max_shrink);
  if (std::optional<text::YamlMap> control = root.Map("control")) {
    config.control = ReadControlSettings(*control, folder);
  }
  if (std::optional<text::YamlMap> events = root.Map("events")) {
    config.events = ReadEventSettings(*events, folder);
  }
  if (std::optional<text::YamlMap> patient = root.Map("patient")) {
    config.patient = patient::ReadSettings(*patient, folder);
  }
  root.RefuseOtherKeys();
}

}  // namespace

std::string_view LevelName(gate_level level) { return kLogLevelWords[level]; }

LoadedConfig LoadConfig(const char* variable, const std::string& default_path,
                        text::Diagnostics& faults) {
  const bool named = variable != nullptr && *variable != '\0';
  LoadedConfig loaded;
  loaded.path = named ? variable : default_path;
  std::error_code error;
  if (!named &&
      std::filesystem::status(loaded.path, error).type() == std::filesystem::file_type::not_found) {
    loaded.is_default = true;
    return loaded;
  }
  std::string reason;
  std::optional<std::string> text;
  // Unbound does not start before this returns, and who opens a FIFO waits for its writer.
  if (const auto type = std::filesystem::status(loaded.path, error).type();
      type == std::filesystem::file_type::fifo) {
    reason = "it is a FIFO";
  } else {
    text = text::ReadFile(loaded.path, kLargestConfig, reason);
  }
  if (!text) {
    faults.Error({loaded.path}, "cannot read the file: " + reason,
                 named ? "see " + std::string(kConfigVariable) + " in Unbound's environment"
                       : "check its permissions");
  } else if (!IsBlank(*text)) {
    ReadKeys(text::ParseYaml(*text, loaded.path, faults), loaded.path, loaded.config);
  }
  return loaded;
}

}  // namespace tollgate::module
