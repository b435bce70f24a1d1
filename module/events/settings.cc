// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/settings.h"

#include <sys/un.h>

#include <array>
#include <bit>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "module/events/limiter.h"

namespace tollgate::module {
namespace {

constexpr std::array<std::string_view, 3> kClientWords = {"whole", "prefix", "pseudonym"};

constexpr uint32_t kSmallestRing = 64;
constexpr uint32_t kLargestRing = 65536;  // some 20 MB for each thread
constexpr uint32_t kHighestSample = 1'000'000'000;

// sun_path holds the path and its end (unix(7)).
constexpr size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

class Reader {
 public:
  Reader(text::YamlMap map, const std::string& folder) : map_(std::move(map)), folder_(folder) {}

  EventSettings Read() {
    settings_.file = Path("file");
    settings_.datagram = SocketPath("datagram");
    settings_.dnstap = SocketPath("dnstap");
    settings_.syslog = map_.YesNo("syslog").value_or(false);
    settings_.shadow = map_.YesNo("shadow").value_or(false);
    ReadClients();
    Number(map_, "sample", 1, kHighestSample, settings_.sample);
    Number(map_, "per_client", 0, kHighestRate, settings_.per_client);
    Number(map_, "per_name", 0, kHighestRate, settings_.per_name);
    Number(map_, "per_second", 0, kHighestRate, settings_.per_second);
    Number(map_, "ring", kSmallestRing, kLargestRing, settings_.ring);
    settings_.ring = std::bit_ceil(settings_.ring);
    map_.RefuseOtherKeys();
    return settings_;
  }

 private:
  static void Number(text::YamlMap& map, std::string_view key, uint32_t least, uint32_t most,
                     uint32_t& number) {
    if (std::optional<uint32_t> read = map.Number(key, least, most)) number = *read;
  }

  std::string Path(std::string_view key) {
    const std::optional<std::string> path = map_.String(key);
    if (!path) return "";
    if (path->empty()) {
      map_.Fault(key, "the path under '" + std::string(key) + "' is empty", "leave the key out");
      return "";
    }
    return std::filesystem::path(folder_) / *path;  // an absolute path replaces the folder
  }

  std::string SocketPath(std::string_view key) {
    std::string path = Path(key);
    if (path.size() > kLongestSocketPath) {
      map_.Fault(key, "the path '" + path + "' is too long for a Unix socket",
                 "keep it to " + std::to_string(kLongestSocketPath) + " octets");
      return "";
    }
    return path;
  }

  void ReadClients() {
    // Somebody who misspelt a word meant to hide clients: without a key they are left out.
    const bool is_given = map_.Has("clients");
    const std::optional<size_t> word = map_.Word("clients", kClientWords);
    settings_.clients = word       ? static_cast<ClientForm>(*word)
                        : is_given ? ClientForm::kPseudonym
                                   : ClientForm::kWhole;
    if (std::optional<text::YamlMap> prefix = map_.Map("client_prefix")) {
      Number(*prefix, "ipv4", 0, 32, settings_.ipv4_prefix);
      Number(*prefix, "ipv6", 0, 128, settings_.ipv6_prefix);
      prefix->RefuseOtherKeys();
      if (settings_.clients != ClientForm::kPrefix) Unused("client_prefix", "prefix");
    }
    settings_.key_file = Path("key_file");
    if (settings_.clients == ClientForm::kPseudonym && word && settings_.key_file.empty()) {
      map_.Fault("clients", "pseudonyms need a key, and there is no key_file",
                 "make one of 32 random octets, readable by Unbound alone, and name it under "
                 "key_file; until then clients are left out of events");
    }
    if (!settings_.key_file.empty() && settings_.clients != ClientForm::kPseudonym) {
      Unused("key_file", "pseudonym");
    }
  }

  void Unused(std::string_view key, std::string_view form) {
    map_.diagnostics().Warning(map_.Where(key),
                               "'" + std::string(key) +
                                   "' is without effect: it is for 'clients: " + std::string(form) +
                                   "'",
                               "leave it out, or set clients");
  }

  text::YamlMap map_;
  const std::string& folder_;
  EventSettings settings_;
};

}  // namespace

EventSettings ReadEventSettings(text::YamlMap events, const std::string& folder) {
  return Reader(std::move(events), folder).Read();
}

}  // namespace tollgate::module
