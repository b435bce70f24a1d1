// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/patient/settings.h"

#include <filesystem>
#include <utility>

#include "ruleset/patient/cipher.h"

namespace tollgate::patient {
namespace {

// A query tries them one after another.
constexpr size_t kMostSinkholes = 16;

// The label in front of the name, with its length.
constexpr size_t kLabelLength = 1 + std::tuple_size_v<Cipher::Label>;

std::optional<dns::Prefix> ReadPrefix(text::YamlMap& map, std::string_view key) {
  const std::optional<std::string> text = map.String(key);
  if (!text) return std::nullopt;
  const std::optional<dns::Prefix> prefix = dns::Prefix::Parse(*text);
  if (!prefix) {
    map.Fault(key, "'" + *text + "' is no prefix",
              "write 2001:db8:5:1::/64 or 198.51.100.0/24, with zeroes behind the prefix");
  }
  return prefix;
}

// What is wrong with a prefix and its clients, and what to do; empty where nothing is.
std::pair<std::string, std::string> FaultOf(const SinkholePrefix& sinkhole,
                                            const Settings& settings) {
  const dns::Prefix& prefix = sinkhole.prefix;
  for (const SinkholePrefix& other : settings.prefixes) {
    if (other.prefix.Holds(prefix) || prefix.Holds(other.prefix)) {
      return {prefix.Text() + " and " + other.prefix.Text() +
                  " overlap: of an address in both "
                  "nobody could say whose it is",
              "give each sinkhole a prefix of its own"};
    }
  }
  const size_t room = prefix.octets() * 8 - prefix.length;
  if (!sinkhole.clients && prefix.family == 4) {
    return {"an IPv4 prefix has no room for every client",
            "say which: clients: 10.1.7.0/24, as many addresses as the prefix has"};
  }
  if (!sinkhole.clients && room < 64) {
    return {"every client needs 64 bits, and the prefix leaves " + std::to_string(room),
            "take a /64, or say which clients: 10.1.7.0/24"};
  }
  if (sinkhole.bits() > room) {
    return {"the clients have " + std::to_string(sinkhole.bits()) +
                " bits, and the prefix leaves " + std::to_string(room),
            "take fewer clients, or a shorter prefix"};
  }
  if (sinkhole.bits() < Cipher::kFewestBits) {
    return {"fewer than 16 clients have nothing to hide behind",
            "take a shorter prefix of clients"};
  }
  return {};
}

void ReadSinkhole(text::YamlMap& map, Settings& settings) {
  const bool is_prefix = map.Has("prefix");
  if (is_prefix == map.Has("name")) {
    map.diagnostics().Error(map.where(), "a sinkhole is a prefix or a name",
                            "write '- prefix: 2001:db8:5:1::/64' or '- name: p.garden.example'");
    return;
  }
  if (is_prefix) {
    const std::optional<dns::Prefix> prefix = ReadPrefix(map, "prefix");
    const std::optional<dns::Prefix> clients = ReadPrefix(map, "clients");
    // Clients that cannot be read are not all clients.
    if (prefix && clients.has_value() == map.Has("clients")) {
      const SinkholePrefix sinkhole{*prefix, clients};
      const auto [what, fix] = FaultOf(sinkhole, settings);
      what.empty() ? settings.prefixes.push_back(sinkhole) : map.Fault("prefix", what, fix);
    }
  } else if (const std::optional<std::string> text = map.String("name")) {
    const absl::StatusOr<dns::Name> name = dns::Name::FromText(*text);
    if (!name.ok() || name->label_count() == 0) {
      map.Fault("name", "'" + *text + "' is no name", "write p.garden.example");
    } else if (name->wire().size() + kLabelLength > dns::kMaxWireLength) {
      map.Fault("name", "there is no room for a label in front of the name", "take a shorter one");
    } else {
      settings.names.push_back(*name);
    }
  }
  map.RefuseOtherKeys();
}

}  // namespace

Settings ReadSettings(text::YamlMap patient, const std::string& folder) {
  Settings settings;
  if (const std::optional<std::string> file = patient.String("key_file"); file && !file->empty()) {
    settings.key_file = std::filesystem::path(folder) / *file;
  } else {
    patient.Fault(
        "key_file", "naming patients needs a key, and there is no key_file",
        "make one of 32 random octets, readable by Unbound alone, and name it here; until "
        "then sinkholes answer as the rules say");
  }
  const std::vector<text::YamlItem> items = patient.Sequence("sinkholes");
  if (items.empty()) {
    patient.Fault("sinkholes", "no sinkhole names its patients",
                  "write '- prefix: 2001:db8:5:1::/64' below 'sinkholes:'");
  }
  for (const text::YamlItem& item : items) {
    if (item.map) {
      ReadSinkhole(*item.map, settings);
    } else {
      patient.diagnostics().Error(item.scalar->where, "a sinkhole is a prefix or a name",
                                  "write '- prefix: " + item.scalar->value + "'");
    }
  }
  if (settings.prefixes.size() + settings.names.size() > kMostSinkholes) {
    patient.Fault("sinkholes",
                  "more than " + std::to_string(kMostSinkholes) + " sinkholes; none is taken",
                  "keep to " + std::to_string(kMostSinkholes));
    settings.prefixes.clear();
    settings.names.clear();
  }
  patient.RefuseOtherKeys();
  return settings;
}

}  // namespace tollgate::patient
