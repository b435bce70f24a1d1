// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/prefix_text.h"

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {
namespace {

absl::Status Bad(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

// What is wrong with a text that is no prefix.
absl::Status FaultOf(const std::string& text) {
  const size_t slash = text.find('/');
  const std::optional<dns::Prefix> address = dns::Prefix::Parse(text.substr(0, slash));
  if (!address) {
    return Bad("no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
  }
  const std::string alone = text.substr(0, slash);
  uint32_t length = 0;
  if (!absl::SimpleAtoi(text.substr(slash + 1), &length) || length > address->length) {
    return Bad(absl::StrCat("behind the '/' stands the number of bits, 0 to ",
                            static_cast<unsigned>(address->length)));
  }
  const std::optional<dns::Prefix> around =
      dns::Prefix::Of({address->address.data(), address->octets()}, length);
  return Bad(absl::StrCat("bits are set behind its prefix; write ", around->Text(),
                          " for the network, or ", alone, " for the one address"));
}

}  // namespace

absl::StatusOr<dns::Prefix> ParsePrefix(std::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace({text.data(), text.size()});
  const std::string whole = Refang({stripped.data(), stripped.size()});
  // inet_pton takes a C string, and would end the address there.
  if (whole.find('\0') != std::string::npos) return Bad("a NUL character in the address");
  if (const std::optional<dns::Prefix> prefix = dns::Prefix::Parse(whole)) return *prefix;
  return FaultOf(whole);
}

absl::string_view WhyTooWide(const dns::Prefix& prefix, policy::Action action) {
  if (prefix.length == 0) return "every address";
  if (action == policy::Action::kPass) return "";
  // 224.0.0.0/3 and e000::/3 are the same first three bits.
  const bool answers_nowhere = prefix.length >= 3 && prefix.address[0] >= 0xe0;
  if (answers_nowhere) return "";
  if (prefix.family == 4 && prefix.length < kShortestIpv4) {
    return "more of the Internet than any network has (IPv4: /8 and longer)";
  }
  if (prefix.family == 6 && prefix.length < kShortestIpv6) {
    return "more of the Internet than any network has (IPv6: /19 and longer)";
  }
  return "";
}

}  // namespace tollgate::source
