// SPDX-License-Identifier: BSD-3-Clause
//
// module.yaml.

#include "module/config.h"

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {
namespace {

using test::AsText;
using test::TemporaryFolder;

// One configuration file, and what LoadConfig makes of it.
struct Loaded {
  explicit Loaded(std::string_view text) : path(folder.Write("module.yaml", text)) {
    LoadedConfig loaded = LoadConfig(path.c_str(), "/nonexistent/module.yaml", faults);
    config = loaded.config;
  }

  // Without the folder.
  std::string Faults() const {
    std::string text = AsText(faults);
    const std::string prefix = folder.path() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  TemporaryFolder folder;
  std::string path;
  text::Diagnostics faults;
  Config config;
};

TEST_CASE("Every key", "[config]") {
  const Loaded loaded(
      "database: /srv/rules.db\n"
      "on_failure: servfail\n"
      "break_dnssec: no\n"
      "log_level: debug\n");
  CHECK(loaded.Faults() == "");
  CHECK(loaded.config.database == "/srv/rules.db");
  CHECK(loaded.config.on_failure == OnFailure::kServfail);
  CHECK_FALSE(loaded.config.break_dnssec);
  CHECK(loaded.config.log_level == GATE_DEBUG);
}

TEST_CASE("Sinkholes that name their patients", "[config]") {
  const Loaded loaded(
      "patient:\n"
      "  key_file: patient.key\n"
      "  sinkholes:\n"
      "    - prefix: 2001:db8:5:1::/64\n"
      "    - {prefix: 198.51.100.0/24, clients: 10.1.7.0/24}\n"
      "    - name: p.garden.example\n");
  CHECK(loaded.Faults() == "");
  CHECK(loaded.config.patient.key_file == loaded.folder.path() + "/patient.key");
  CHECK(loaded.config.patient.prefixes.size() == 2);
  CHECK(loaded.config.patient.names.size() == 1);
}

TEST_CASE("Naming patients needs a key", "[config]") {
  const Loaded loaded("patient: {sinkholes: [{name: p.garden.example}]}\n");
  CHECK(loaded.Faults().find("there is no key_file") != std::string::npos);
  CHECK(loaded.config.patient.key_file.empty());
}

TEST_CASE("A key that is left out has its default", "[config]") {
  const Loaded loaded("log_level: warning\n");
  CHECK(loaded.Faults() == "");
  CHECK(loaded.config.database == "/var/lib/unbound/tollgate.db");
  CHECK(loaded.config.on_failure == OnFailure::kPass);
  CHECK(loaded.config.break_dnssec);
  CHECK(loaded.config.log_level == GATE_WARNING);
}

TEST_CASE("A file of comments alone asks for the defaults", "[config]") {
  for (const char* text : {"", "\n\n", "# database: /x\n", "  # a\r\n\n#b"}) {
    const Loaded loaded(text);
    CHECK(loaded.Faults() == "");
    CHECK(loaded.config.database == kDefaultDatabase);
  }
}

TEST_CASE("A relative path begins at the folder of the file", "[config]") {
  const Loaded loaded("database: rules/today.db\n");
  CHECK(loaded.config.database == loaded.folder.path() + "/rules/today.db");
}

TEST_CASE("A misspelt key is reported, and the others count", "[config]") {
  const Loaded loaded(
      "databse: /x\n"
      "on_failure: servfail\n");
  CHECK(loaded.Faults() ==
        "module.yaml:1:1: error: unknown key 'databse'; did you mean 'database'?\n");
  CHECK(loaded.config.database == kDefaultDatabase);
  CHECK(loaded.config.on_failure == OnFailure::kServfail);
}

TEST_CASE("A value that is no value of its key is reported, and keeps its default", "[config]") {
  const Loaded loaded(
      "on_failure: servfial\n"
      "log_level: [info]\n"
      "database: ''\n");
  CHECK(loaded.faults.error_count() == 3);
  CHECK(loaded.config.on_failure == OnFailure::kPass);
  CHECK(loaded.config.log_level == GATE_INFO);
  CHECK(loaded.config.database == kDefaultDatabase);
}

TEST_CASE("Broken YAML is reported with its place, and every key has its default", "[config]") {
  const Loaded loaded("database: [\n");
  CHECK(loaded.faults.error_count() == 1);
  CHECK(loaded.Faults().starts_with("module.yaml:"));
  CHECK(loaded.config.database == kDefaultDatabase);
}

TEST_CASE("No file at the default path is no fault", "[config]") {
  for (const char* variable : {static_cast<const char*>(nullptr), ""}) {
    text::Diagnostics faults;
    const LoadedConfig loaded = LoadConfig(variable, "/nonexistent/module.yaml", faults);
    CHECK(loaded.is_default);
    CHECK(loaded.config.database == kDefaultDatabase);
    CHECK(AsText(faults) == "");
  }
}

TEST_CASE("A file at the default path counts where the variable is not set", "[config]") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("module.yaml", "on_failure: servfail\n");
  text::Diagnostics faults;
  const LoadedConfig loaded = LoadConfig(nullptr, path, faults);
  CHECK_FALSE(loaded.is_default);
  CHECK(loaded.path == path);
  CHECK(loaded.config.on_failure == OnFailure::kServfail);
}

TEST_CASE("A missing file that the variable names is a fault", "[config]") {
  text::Diagnostics faults;
  const LoadedConfig loaded = LoadConfig("/nonexistent/a.yaml", "/nonexistent/b.yaml", faults);
  CHECK_FALSE(loaded.is_default);
  CHECK(AsText(faults) ==
        "/nonexistent/a.yaml: error: cannot read the file: No such file or directory; see "
        "TOLLGATE_CONFIG in Unbound's environment\n");
}

TEST_CASE("A folder in place of the file is a fault", "[config]") {
  const TemporaryFolder folder;
  text::Diagnostics faults;
  LoadConfig(folder.path().c_str(), "/nonexistent/module.yaml", faults);
  CHECK(faults.error_count() == 1);
}

}  // namespace
}  // namespace tollgate::module
