// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report_host.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "ruleset/dns/name.h"
#include "ruleset/source/report_address.h"
#include "ruleset/source/report_word.h"

namespace tollgate::source {
namespace {

constexpr size_t kLongestScheme = 16;
constexpr size_t kMostSlashes = 8;

bool IsSpace(char32_t c) { return c == ' ' || c == '\t'; }
bool IsSlash(char32_t c) { return c == '/' || c == '\\'; }
bool IsLower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool IsOneOf(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }

bool IsKnownScheme(std::string_view scheme) {
  constexpr std::array<std::string_view, 12> kSchemes = {
      "http", "https", "ftp", "ftps", "sftp", "ws", "wss", "file", "tcp", "udp", "smb", "ldap"};
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end();
}

// Whether `scheme` ends in a known one, or in one that was spoilt: hxxp, h**p, fxp, ttp. Whatever
// stands in front of that has stuck to it.
bool EndsInScheme(const std::string& scheme, bool& spoilt) {
  std::string mended = scheme;
  for (char& c : mended) {
    if (c == 'x' || c == '*' || c == '_') c = 't';
  }
  for (size_t at = 0; at < scheme.size(); ++at) {
    const std::string_view rest = std::string_view(mended).substr(at);
    if (IsKnownScheme(rest) || rest == "ttp" || rest == "ttps") {
      spoilt = rest != std::string_view(scheme).substr(at) || rest.front() == 't';
      return true;
    }
  }
  return false;
}

// One pass over the cells of a line.
class HostFinder {
 public:
  HostFinder(const Cells& cells, const PublicSuffixList& suffixes, std::vector<Host>& hosts)
      : cells_(cells), hosts_(hosts), word_(cells, suffixes, hosts) {}

  void Run() {
    while (at_ < cells_.size()) {
      const char32_t c = At(at_);
      if (c == ':' && Url()) continue;
      if (c == ':' || IsAsciiAlnum(c)) {
        if (AddressInSixes()) continue;
      }
      if (IsHostCharacter(c) || (c == '.' && !cells_[at_].ideographic)) {
        Bare();
      } else {
        ++at_;
      }
    }
  }

 private:
  char32_t At(size_t i) const { return i < cells_.size() ? cells_[i].code : 0; }
  bool IsFangedDot(size_t i) const { return At(i) == '.' && cells_[i].fanged; }

  // --- URLs -----------------------------------------------------------------------------------

  struct Scheme {
    size_t authority;  // where it begins
    bool fanged;
  };

  // What the colon at `colon` ends, if that is the scheme of a URL.
  std::optional<Scheme> SchemeAt(size_t colon) const {
    size_t slash = colon + 1;
    if (IsSpace(At(slash))) ++slash;
    size_t host = slash;
    bool fanged = cells_[colon].fanged;
    while (IsSlash(At(host)) && host < slash + kMostSlashes) fanged |= cells_[host++].fanged;
    const size_t slashes = host - slash;
    std::string scheme;
    size_t first = colon;
    if (first > 0 && IsSpace(At(first - 1)) && fanged) --first;
    for (; first > 0 && scheme.size() < kLongestScheme; --first) {
      const char32_t c = At(first - 1);
      if (!IsAsciiAlnum(c) && !IsOneOf(c, U"*_+")) break;
      fanged |= cells_[first - 1].fanged;
      scheme += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    std::reverse(scheme.begin(), scheme.end());
    bool spoilt = false;
    const bool known = EndsInScheme(scheme, spoilt);
    const size_t needed = known ? 1 : 2;
    if (slashes < needed || (!known && (scheme.size() < 2 || slash != colon + 1))) {
      return std::nullopt;
    }
    fanged |= spoilt;
    if (IsSpace(At(host)) && fanged) ++host;
    return Scheme{host, fanged};
  }

  // A URL whose scheme ends at at_, a colon. False where there is none; then nothing was taken.
  bool Url() {
    const std::optional<Scheme> scheme = SchemeAt(at_);
    if (!scheme) return false;
    at_ = scheme->authority;
    Authority(scheme->fanged ? ReportStyle::kDefanged : ReportStyle::kUrl);
    return true;
  }

  // The authority (RFC 3986 section 3.2) that begins at at_, and the path behind it.
  void Authority(ReportStyle style) {
    size_t end = at_;
    size_t sign = 0;  // behind the last '@'
    for (; end < cells_.size(); ++end) {
      const char32_t c = At(end);
      if (c == '@') sign = end + 1;
      if (!IsHostCharacter(c) && !IsOneOf(c, U".:@%+~!$&*=;")) break;
    }
    if (sign != 0) {
      // \\host@port\share and file://host@SSL/share: the host of a WebDAV path comes first.
      if (IsSlash(At(end)) && IsWebDavPort(sign, end)) {
        TakeHost(style, true);
        at_ = std::max(at_, end);
        Path();
        return;
      }
      word_.LeaveOut(at_, sign - 1, LeftOut::kUserInfo);
      at_ = sign;
    }
    if (At(at_) == '[') {
      if (BracketedAddress(style)) return;
      ++at_;
      return;
    }
    TakeHost(style, true);
    Path();
  }

  bool IsWebDavPort(size_t begin, size_t end) const {
    const bool digits = std::all_of(cells_.begin() + static_cast<ptrdiff_t>(begin),
                                    cells_.begin() + static_cast<ptrdiff_t>(end),
                                    [](const Cell& cell) { return IsAsciiDigit(cell.code); });
    // A longer number is an address.
    constexpr size_t kLongestPort = 5;
    if (end > begin && digits) return end - begin <= kLongestPort;
    return end - begin == 3 && TextOf(cells_, begin, end) == "ssl";
  }

  // RFC 3986 section 3.2.2: "[2001:db8::1]".
  bool BracketedAddress(ReportStyle style) {
    constexpr size_t kLongest = 46;  // INET6_ADDRSTRLEN
    size_t end = at_ + 1;
    while (end < at_ + kLongest && At(end) != ']' && end < cells_.size()) ++end;
    if (At(end) != ']') return false;
    std::optional<std::string> address = ReadIpv6(TextOf(cells_, at_ + 1, end));
    if (!address) return false;
    word_.AddAddress(std::move(*address), at_ + 1, end, style, true);
    at_ = end + 1;
    Path();
    return true;
  }

  // Port, path, query and fragment behind a host; at_ is at its end. They end where another URL
  // begins in them.
  void Path() {
    const size_t owner = hosts_.empty() ? 0 : hosts_.size() - 1;
    const bool owned = !hosts_.empty() && hosts_.back().end <= at_ && at_ - hosts_.back().end <= 1;
    size_t end = at_;
    if (At(end) == ':') {
      size_t digits = end + 1;
      while (IsAsciiDigit(At(digits)) && digits < end + 7) ++digits;
      if (digits > end + 1) at_ = end = digits;
    }
    if (!IsSlash(At(end)) && !IsOneOf(At(end), U"?#")) {
      if (owned) hosts_[owner].tail = at_;
      return;
    }
    int depth = 0;
    while (at_ < cells_.size() && !EndsPath(at_, depth)) {
      const char32_t c = At(at_);
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (c == ':' && IsSlash(At(at_ + 1)) && SchemeAt(at_)) {
        if (owned) hosts_[owner].forwards = true;
        break;
      }
      if (IsHostCharacter(c) && !IsGlue(c)) {
        DefangedInPath();
      } else {
        ++at_;
      }
    }
    if (owned) hosts_[owner].tail = at_;
  }

  // A word of a path: a name only where it is defanged.
  void DefangedInPath() {
    const size_t begin = at_;
    bool fanged = false;
    while (at_ < cells_.size() && (At(at_) == '.' || IsHostCharacter(At(at_))) &&
           !IsGlue(At(at_)) && !cells_[at_].ideographic) {
      fanged |= IsFangedDot(at_++);
    }
    if (!fanged) return;
    run_.clear();
    for (size_t i = begin; i < at_; ++i) run_.push_back(i);
    const size_t before = hosts_.size();
    word_.Read(run_, ReportStyle::kDefanged, false);
    for (size_t i = before; i < hosts_.size(); ++i) hosts_[i].in_path = true;
  }

  bool EndsPath(size_t i, int depth) const {
    const char32_t c = At(i);
    if (c <= ' ' || IsOneOf(c, U"\"<>|`") || IsGlue(c)) return true;
    if (c >= 0x80 && !IsHostCharacter(c)) return true;
    if (c == ')' && depth == 0) return true;
    if (c == ']' && (At(i + 1) == '(' || IsSpace(At(i + 1)) || At(i + 1) == 0)) return true;
    return (c == ',' || c == ';') && IsSpace(At(i + 1));
  }

  // --- Words ----------------------------------------------------------------------------------

  // The word at at_, which no scheme stands in front of.
  void Bare() {
    char32_t before = at_ == 0 ? 0 : At(at_ - 1);
    if (before == '%' && IsAsciiAlnum(At(at_)) && IsAsciiAlnum(At(at_ + 1)) &&
        IsAsciiDigit(At(at_))) {
      at_ += 2;  // "%2F" in front of a host
      if (!IsHostCharacter(At(at_))) return;
      before = 0;
    }
    if (IsSlash(before) && IsNetworkPath()) return Authority(ReportStyle::kPlain);
    const size_t first = hosts_.size();
    const size_t begin = at_;
    TakeHost(ReportStyle::kPlain, false);
    const bool followed_by_at = At(at_) == '@' && IsHostCharacter(At(at_ + 1));
    for (size_t i = first; i < hosts_.size(); ++i) {
      Host& host = hosts_[i];
      if (before == '@' && host.begin == begin) {
        // Without a scheme "a@b" is an e-mail address, unless a path shows that it is a URL.
        const bool url = local_was_defanged_ && IsSlash(At(at_));
        if (!url) host.left_out = LeftOut::kEmail;
      }
      if (followed_by_at && host.end == at_) {
        local_was_defanged_ = host.style == ReportStyle::kDefanged;
        host.left_out = LeftOut::kUserInfo;
      }
      if (host.style != ReportStyle::kPlain || host.left_out != LeftOut::kNot) continue;
      if (IsSlash(before) && host.begin == begin && host.kind == ReportKind::kName) {
        host.left_out = LeftOut::kPath;
      }
      if (IsOneOf(before, U"$%{]}") && host.begin == begin) {
        host.left_out = LeftOut::kTemplate;
      }
    }
    if (followed_by_at) {
      ++at_;
      return;
    }
    if (hosts_.size() > first && hosts_.back().end == at_) Path();
  }

  // "//host/path" (RFC 3986 section 4.2) or a UNC path, at_ behind its two slashes.
  bool IsNetworkPath() const {
    if (at_ < 2 || At(at_ - 2) != At(at_ - 1)) return false;
    const char32_t before = at_ == 2 ? ' ' : At(at_ - 3);
    return IsSpace(before) || IsOneOf(before, U"\"'=(\\");
  }

  // An IPv6 address in text, and the length of its prefix; at_ is a colon or a letter or digit.
  bool AddressInSixes() {
    if (at_ > 0 && (IsHostCharacter(At(at_ - 1)) || At(at_ - 1) == ':' || At(at_ - 1) == '.')) {
      return false;
    }
    constexpr size_t kLongest = 45;
    size_t end = at_;
    size_t colons = 0;
    while (end < cells_.size() && end <= at_ + kLongest) {
      const char32_t c = At(end);
      if (c != ':' && c != '.' && !absl::ascii_isxdigit(c < 0x80 ? static_cast<uint8_t>(c) : 0)) {
        break;
      }
      colons += c == ':' ? 1 : 0;
      ++end;
    }
    if (colons < 2) return false;
    while (end > at_ && (At(end - 1) == '.' || (At(end - 1) == ':' && At(end - 2) != ':'))) --end;
    if (IsHostCharacter(At(end)) && !IsGlue(At(end))) return false;
    std::optional<std::string> address = ReadIpv6(TextOf(cells_, at_, end));
    if (!address) return false;
    const size_t begin = at_;
    word_.AddAddress(std::move(*address), begin, end, ReportStyle::kPlain, false);
    at_ = hosts_.back().end;
    return true;
  }

  // --- Hosts ----------------------------------------------------------------------------------

  // Reads the host at at_, and moves at_ behind it.
  void TakeHost(ReportStyle style, bool in_url) {
    Collect(in_url);
    word_.Read(run_, style, in_url);
    if (!hosts_.empty()) at_ = std::max(at_, hosts_.back().end);  // the length of a prefix
  }

  // Fills run_ with the cells of the word at at_; spaces that stand beside defanged dots, or inside
  // the host of a URL, are passed over.
  void Collect(bool in_url) {
    run_.clear();
    const size_t begin = at_;
    while (at_ < cells_.size()) {
      const char32_t c = At(at_);
      if (IsHostCharacter(c)) {
        run_.push_back(at_++);
      } else if (c == '.') {
        if (cells_[at_].ideographic && EndsSentence()) return;
        run_.push_back(at_++);
      } else if (IsSpace(c) && !run_.empty()) {
        const size_t next = SpaceInside(begin, in_url);
        if (next == 0) return;
        if (At(next) == '.') {
          run_.push_back(next);
          at_ = next + 1 + (IsSpace(At(next + 1)) ? 1 : 0);
        } else {
          at_ = next;
        }
      } else {
        return;
      }
    }
  }

  // Whether the ideographic full stop at at_ is none of IDNA's dots.
  bool EndsSentence() const {
    return run_.empty() || !IsAsciiAlnum(At(run_.back())) || !IsAsciiAlnum(At(at_ + 1)) ||
           word_.EndsInTopLevelDomain(run_);
  }

  // Where the host goes on behind the space at at_; 0 where the space ends it.
  size_t SpaceInside(size_t begin, bool in_url) const {
    const size_t next = at_ + 1 + (IsSpace(At(at_ + 1)) ? 1 : 0);
    auto begins_label = [&](size_t i) { return IsHostCharacter(At(i)) && !IsGlue(At(i)); };
    if (IsFangedDot(next)) {
      // "evil [.] top", "evil-1 [.]top", but not "under the [.]top suffix".
      const bool both = IsSpace(At(next + 1));
      const size_t looked_at = std::min(run_.size(), dns::kMaxLabelLength);
      const bool like_a_label = std::any_of(run_.end() - looked_at, run_.end(), [&](size_t i) {
        return At(i) == '.' || At(i) == '-' || IsAsciiDigit(At(i));
      });
      if (!begins_label(next + (both ? 2 : 1))) return 0;
      return both || in_url || like_a_label || BeginsItem(begin) ? next : 0;
    }
    if (word_.EndsInTopLevelDomain(run_)) return 0;
    if (IsFangedDot(run_.back())) return begins_label(next) ? next : 0;
    if (in_url && next == at_ + 1) {
      if (At(run_.back()) == '.') return begins_label(next) && !IsUpper(At(next)) ? next : 0;
      if (At(next) == '.' && begins_label(next + 1)) return next;
    }
    // "- usps. com-ic1[.]top": nothing else stands in the line or the cell.
    const bool one_label =
        At(run_.back()) == '.' && run_.size() >= 2 && run_.size() <= dns::kMaxLabelLength + 1 &&
        std::none_of(run_.begin(), run_.end() - 1, [&](size_t i) { return At(i) == '.'; }) &&
        !std::all_of(run_.begin(), run_.end() - 1, [&](size_t i) { return IsAsciiDigit(At(i)); });
    if (one_label && next == at_ + 1 && BeginsItem(begin)) return RestOfItemIsHost(next) ? next : 0;
    return 0;
  }

  bool RestOfItemIsHost(size_t at) const {
    if (!IsLower(At(at)) && !IsAsciiDigit(At(at))) return false;
    bool fanged = false;
    const size_t most = at + dns::kMaxWireLength;
    while (at < most && (At(at) == '.' || IsHostCharacter(At(at)))) fanged |= IsFangedDot(at++);
    if (At(at) == '/') return fanged;
    while (at < most && (IsSpace(At(at)) || At(at) == '\r')) ++at;
    return fanged && (At(at) == 0 || At(at) == '|');
  }

  // Whether at most a bullet, a number or an opening quotation mark stands in front of `at` in its
  // line or table cell.
  bool BeginsItem(size_t at) const {
    constexpr size_t kWidest = 16;
    for (size_t i = at; i > 0; --i) {
      const char32_t c = At(i - 1);
      if (c == '|' || c == '\t') return true;
      if (c == '-') continue;
      if (at - i > kWidest || IsHostCharacter(c)) {
        return IsAsciiDigit(c) && i <= 3 && i < at && IsOneOf(At(i), U".):");
      }
    }
    return true;
  }

  const Cells& cells_;
  std::vector<Host>& hosts_;
  WordReader word_;
  size_t at_ = 0;
  std::vector<size_t> run_;          // cells of the word that is looked at
  bool local_was_defanged_ = false;  // of the last "a@"
};

}  // namespace

void FindHosts(const Cells& cells, const PublicSuffixList& suffixes, std::vector<Host>& hosts) {
  HostFinder(cells, suffixes, hosts).Run();
}

}  // namespace tollgate::source
