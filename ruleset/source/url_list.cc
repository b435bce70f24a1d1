// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/url_list.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {

std::string_view PlainHost(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url;
  const std::string_view rest = url.substr(scheme + 3);
  std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), absl::ascii_isdigit)) return url;
    host = host.substr(0, colon);
  }
  const bool is_plain = !host.empty() &&
                        absl::ascii_isalpha(static_cast<unsigned char>(host.back())) &&
                        std::all_of(host.begin(), host.end(), [](unsigned char c) {
                          return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
                        });
  return is_plain ? host : url;
}

bool LooksLikeUrl(std::string_view text) { return text.find('/') != std::string_view::npos; }

void ReadUrlList(std::string_view text, Feed& feed) {
  const uint32_t rule = feed.Rule({.id = "urls"});
  text::ForEachLine(text, [&](std::string_view line, uint32_t number) {
    if (line.empty() || line.front() == '#' || line.front() == ';' || line.front() == '!') return;
    // What follows a URL and a blank can be a comment, or belong to a path that nobody encoded.
    std::string_view rest = line;
    const std::string_view word = text::NextWord(rest);
    rest = text::Stripped(rest);
    const bool has_comment = rest.empty() || rest.front() == '#';
    feed.AddIndicator(PlainHost(has_comment ? word : line), rule, policy::NameScope::kHost, number);
  });
}

}  // namespace tollgate::source
