// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/domain_list.h"

#include "ruleset/text/lines.h"

namespace tollgate::source {

void ReadDomainList(std::string_view text, Feed& feed) {
  const uint32_t rule = feed.Rule({.id = "domains"});
  text::ForEachLine(text, [&](std::string_view line, uint32_t number) {
    if (const size_t comment = line.find_first_of("#!;"); comment != std::string_view::npos) {
      // A '#' inside a URL is its fragment, and ends the host too; '!' and ';' begin a comment only
      // where they begin the line.
      if (line[comment] == '#' || comment == 0) line = text::Stripped(line.substr(0, comment));
    }
    if (line.empty()) return;
    if (line.starts_with("*.")) {
      line.remove_prefix(2);
    } else if (line.front() == '.' && line.size() > 1) {
      line.remove_prefix(1);
    }
    feed.AddIndicator(line, rule, policy::NameScope::kDomain, number);
  });
}

}  // namespace tollgate::source
