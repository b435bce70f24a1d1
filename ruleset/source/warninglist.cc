// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/warninglist.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "ruleset/source/net_indicator.h"
#include "ruleset/text/json_text.h"

namespace tollgate::source {
namespace {

// Types of attributes with a name in them; a list for none of these is not about names.
constexpr std::array<std::string_view, 6> kNameTypes = {"domain", "domain|ip",     "hostname",
                                                        "url",    "hostname|port", "uri"};

bool IsAboutNames(text::JsonValue matching_attributes) {
  bool says_which = false;
  for (const text::JsonValue type : matching_attributes) {
    says_which = true;
    const std::string_view text = type.Text();
    if (text == "ALL" ||
        std::find(kNameTypes.begin(), kNameTypes.end(), text) != kNameTypes.end()) {
      return true;
    }
  }
  return !says_which;  // MISP: without any, a list is for all types
}

// The expression in PHP's notation, "/expression/flags"; an expression alone stays as it is.
std::string_view WithoutDelimiters(std::string_view text) {
  if (text.size() < 2 || (text[0] != '/' && text[0] != '#' && text[0] != '~')) return text;
  const size_t end = text.rfind(text[0]);
  const bool has_flags_only =
      std::all_of(text.begin() + static_cast<ptrdiff_t>(end) + 1, text.end(), absl::ascii_isalpha);
  return end > 0 && has_flags_only ? text.substr(1, end - 1) : text;
}

class WarninglistReader {
 public:
  explicit WarninglistReader(Feed& feed) : feed_(feed) {
    rule_.answer.action = policy::Action::kPass;
  }

  void Run(text::JsonValue root) {
    const text::JsonValue list = root["list"];
    if (!list.is_array() && !list.is_object()) {
      feed_.Reject(root.line(), "no MISP warning list", root["name"].Text());
      return;
    }
    type_ = root["type"].Text();
    if (type_.empty()) type_ = "string";  // MISP's default
    rule_.id = type_;
    about_names_ = IsAboutNames(root["matching_attributes"]);
    for (const text::JsonValue entry : list) {
      // A list with comments is an object: {"entry": "comment"}.
      const std::string_view text = list.is_object() ? entry.key() : entry.Text();
      Add(text, entry.line());
    }
  }

 private:
  void Add(std::string_view text, uint32_t line) {
    if (type_ == "cidr") {
      feed_.AddAddress(text, feed_.Rule(AboutAddresses(rule_)), line);
    } else if (!about_names_) {
      feed_.Skip(line, "an entry of a list that is not about names (matching_attributes)", text);
    } else if (type_ == "hostname" || type_ == "string") {
      AddName(text, line);
    } else if (type_ == "substring") {
      feed_.Skip(line, "a substring, which names that imitate it have too", text);
    } else if (type_ == "regex") {
      AddExpression(rule_, WithoutDelimiters(text), text, line, feed_);
    } else {
      feed_.Reject(line, "an entry of a list of unknown type", text);
    }
  }

  void AddName(std::string_view text, uint32_t line) {
    // A list of type string is for all sorts of attributes at once.
    if (text.find('/') != text.npos) {
      feed_.Skip(line, "an entry that is no name alone", text);
      return;
    }
    auto scope = type_ == "hostname" ? policy::NameScope::kDomain : policy::NameScope::kHost;
    if (text.starts_with("*.")) {
      text.remove_prefix(2);
      scope = policy::NameScope::kBelow;
    } else if (text.starts_with('.') && text.size() > 1) {
      text.remove_prefix(1);
      scope = policy::NameScope::kDomain;
    }
    feed_.AddIndicator(text, feed_.Rule(rule_), scope, line);
  }

  Feed& feed_;
  FeedRule rule_;
  std::string type_;
  bool about_names_ = true;
};

}  // namespace

void ReadWarninglist(std::string_view text, Feed& feed) {
  const text::JsonText json(text);
  if (json.fault()) {
    feed.Reject(json.fault()->line, json.fault()->reason, "");
    return;
  }
  WarninglistReader(feed).Run(json.root());
}

}  // namespace tollgate::source
