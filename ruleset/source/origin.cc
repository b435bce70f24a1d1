// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/origin.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ruleset/dns/name.h"
#include "ruleset/source/feed_file.h"

namespace tollgate::source {
namespace {

constexpr uint32_t kLongestInterval = 366 * 86400;
constexpr uint32_t kLongestTimeout = 3600;
constexpr uint64_t kLargestSize = uint64_t{4} << 30;

absl::string_view Abseil(std::string_view text) { return {text.data(), text.size()}; }

// The keys that an origin takes beside `url` and `transfer`.
constexpr std::array<std::string_view, 5> kKeysOfBoth = {"interval", "timeout", "max_size",
                                                         "max_shrink", "max_grow"};
constexpr std::array<std::string_view, 5> kKeysOfUrls = {"sha256", "minisign", "signature", "proxy",
                                                         "ca_file"};

bool IsWeb(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

// Reads one entry.
class OriginReader {
 public:
  OriginReader(text::YamlMap& map, const std::string& folder) : map_(map), folder_(folder) {}

  std::optional<Origin> Run() {
    const bool is_url = map_.Has("url");
    const bool is_transfer = map_.Has("transfer");
    if (!is_url && !is_transfer) {
      RefuseKeys(kKeysOfBoth, "holds for what is fetched: with 'url:' or 'transfer:'");
      RefuseKeys(kKeysOfUrls, "holds for what is fetched from a web server: with 'url:'");
      return std::nullopt;
    }
    origin_.where = map_.where();
    if (is_url && is_transfer) map_.Fault("transfer", "a policy with 'url:' and with 'transfer:'");
    if (is_url) {
      ReadUrl();
    } else {
      RefuseKeys(kKeysOfUrls, "holds for what is fetched from a web server: with 'url:'");
      ReadTransfer();
    }
    Read("interval", "15m", kLongestInterval, ParseInterval, origin_.interval);
    Read("timeout", "5m", kLongestTimeout, ParseInterval, origin_.timeout);
    Read("max_size", "256M", kLargestSize, ParseSize, origin_.max_size);
    Read("max_shrink", "50%", 100.0, ParsePercent, origin_.max_shrink);
    Read("max_grow", "300%", 1e6, ParsePercent, origin_.max_grow);
    return std::move(origin_);
  }

 private:
  template <size_t kSize>
  void RefuseKeys(const std::array<std::string_view, kSize>& keys, const char* why) {
    for (std::string_view key : keys) {
      if (!map_.Has(key)) continue;
      map_.Fault(key, "'" + std::string(key) + "' " + why);
      map_.Scalar(key);
    }
  }

  template <typename Number, typename Parse>
  void Read(std::string_view key, const char* example, Number most, Parse parse, Number& number) {
    std::optional<std::string> text = map_.String(key);
    if (!text) return;
    const auto value = parse(*text);
    if (value && *value <= most) {
      number = *value;
    } else {
      map_.Fault(key, "'" + *text + "' is not a value of '" + std::string(key) + "'",
                 absl::StrCat("write it as ", example));
    }
  }

  std::string Beside(const std::string& file) const {
    return file.empty() ? "" : (std::filesystem::path(folder_) / file).string();
  }

  void ReadUrl() {
    origin_.url = map_.String("url").value_or("");
    const size_t host = origin_.url.find("://") + 3;
    if (!IsWeb(origin_.url) || host >= origin_.url.size() || origin_.url[host] == '/') {
      map_.Fault("url", "'" + origin_.url + "' is not a URL of a web server",
                 "write https://host/path");
    }
    origin_.sha256 = absl::AsciiStrToLower(map_.String("sha256").value_or(""));
    if (!origin_.sha256.empty() &&
        (origin_.sha256.size() != 64 ||
         !std::all_of(origin_.sha256.begin(), origin_.sha256.end(), absl::ascii_isxdigit))) {
      map_.Fault("sha256", "'" + origin_.sha256 + "' is not a SHA-256",
                 "write the 64 hexadecimal digits that sha256sum prints");
    }
    origin_.minisign = map_.String("minisign").value_or("");
    origin_.signature = map_.String("signature").value_or("");
    if (!origin_.signature.empty() && !IsWeb(origin_.signature)) {
      map_.Fault("signature", "'" + origin_.signature + "' is not a URL of a web server");
    }
    if (!origin_.signature.empty() && origin_.minisign.empty()) {
      map_.Fault("signature", "a signature without a key to check it",
                 "write the public key: 'minisign: RW...'");
    }
    origin_.proxy = map_.String("proxy").value_or("");
    origin_.ca_file = Beside(map_.String("ca_file").value_or(""));
    if (origin_.url.starts_with("http://") && origin_.sha256.empty() && origin_.minisign.empty()) {
      map_.diagnostics().Warning(map_.Where("url"), "anybody on the way can change what is fetched",
                                 "write https://, or pin it with 'sha256:' or 'minisign:'");
    }
  }

  void ReadTransfer() {
    Transfer& transfer = origin_.transfer.emplace();
    std::optional<text::YamlMap> map = map_.Map("transfer");
    if (!map) return;
    transfer.zone = absl::AsciiStrToLower(map->String("zone").value_or(""));
    while (transfer.zone.size() > 1 && transfer.zone.ends_with('.')) transfer.zone.pop_back();
    if (transfer.zone.empty() || !dns::Name::FromText(transfer.zone).ok()) {
      map_.diagnostics().Error(map->Where("zone"), "a transfer needs the name of a zone",
                               "write 'transfer: {zone: rpz.example, from: 192.0.2.53}'");
    }
    transfer.primary = map->String("from").value_or("");
    if (transfer.primary.empty()) {
      map_.diagnostics().Error(map->Where("from"), "a transfer needs a server",
                               "write its address: 'from: 192.0.2.53'");
    }
    transfer.port = static_cast<uint16_t>(map->Number("port", 1, 65535).value_or(53));
    transfer.tsig_file = Beside(map->String("tsig").value_or(""));
    map->RefuseOtherKeys();
  }

  text::YamlMap& map_;
  const std::string& folder_;
  Origin origin_;
};

// A number and the unit behind it, one of `units`, whose factors are `factors`.
template <size_t kSize>
std::optional<uint64_t> ParseUnits(std::string_view text, const std::array<char, kSize>& units,
                                   const std::array<uint64_t, kSize>& factors, bool bare) {
  uint64_t factor = 1;
  const auto unit = text.empty() ? units.end() : std::find(units.begin(), units.end(), text.back());
  if (unit != units.end()) {
    factor = factors[static_cast<size_t>(unit - units.begin())];
    text.remove_suffix(1);
  } else if (!bare) {
    return std::nullopt;
  }
  uint64_t number = 0;
  if (!absl::SimpleAtoi(Abseil(text), &number) || number == 0 ||
      number > std::numeric_limits<uint64_t>::max() / factor) {
    return std::nullopt;
  }
  return number * factor;
}

}  // namespace

std::string Origin::Key() const {
  if (!transfer) {
    return absl::StrCat(url, sha256.empty() ? "" : " sha256:", sha256,
                        minisign.empty() ? "" : " minisign:", minisign);
  }
  return absl::StrCat("transfer:", transfer->zone, "@", transfer->primary, ":", transfer->port,
                      transfer->tsig_file.empty() ? "" : " tsig:", transfer->tsig_file);
}

std::string Origin::Shown() const {
  if (transfer) return transfer->zone + ".rpz";
  std::string shown = url.substr(0, url.find_first_of("?#"));
  const size_t host = shown.find("://") + 3;
  const size_t end = std::min(shown.find('/', host), shown.size());
  const size_t password = shown.rfind('@', end);
  if (password != std::string::npos && password >= host) shown.erase(host, password + 1 - host);
  return shown;
}

std::string Origin::DefaultId() const {
  if (transfer) return transfer->zone;
  const std::string shown = Shown();
  const std::string_view path = std::string_view(shown).substr(shown.find("://") + 3);
  const std::string file =
      std::filesystem::path(std::string(WithoutCompression(path))).stem().string();
  return file.empty() ? std::string(path.substr(0, path.find('/'))) : file;
}

std::optional<Origin> ReadOrigin(text::YamlMap& entry, const std::string& folder) {
  return OriginReader(entry, folder).Run();
}

std::optional<uint32_t> ParseInterval(std::string_view text) {
  constexpr std::array<char, 4> kUnits = {'s', 'm', 'h', 'd'};
  constexpr std::array<uint64_t, 4> kSeconds = {1, 60, 3600, 86400};
  const std::optional<uint64_t> seconds = ParseUnits(text, kUnits, kSeconds, /*bare=*/false);
  if (!seconds || *seconds > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*seconds);
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  constexpr std::array<char, 3> kUnits = {'k', 'M', 'G'};
  constexpr std::array<uint64_t, 3> kOctets = {uint64_t{1} << 10, uint64_t{1} << 20,
                                               uint64_t{1} << 30};
  return ParseUnits(text, kUnits, kOctets, /*bare=*/true);
}

std::optional<double> ParsePercent(std::string_view text) {
  double percent = 0;
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  if (!absl::SimpleAtod(Abseil(text), &percent) || !(percent >= 0 && percent <= 1e9)) {
    return std::nullopt;
  }
  return percent;
}

}  // namespace tollgate::source
