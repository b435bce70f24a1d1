// SPDX-License-Identifier: BSD-3-Clause
//
// Idea: read the expression once, and know of each part either all strings that it matches, as long
// as these are few, or a set of strings of which whatever it matches holds one. Neighbours whose
// strings are all known are joined, which makes longer and rarer ones; where the chain breaks, what
// was joined is an offer, and the rarest offer is kept.

#include "ruleset/compile/required_literals.h"

#include <algorithm>
#include <bitset>

#include "ruleset/compile/literal_rarity.h"
#include "ruleset/database/gram.h"

namespace tollgate::compile {
namespace {

using Strings = std::vector<std::string>;  // sorted and distinct

constexpr size_t kMostStrings = 512;  // of one part
constexpr size_t kLongest = 48;       // a longer one is no rarer
constexpr size_t kMostInClass = 8;    // [mn] is two strings, [a-z] is anything
constexpr size_t kMostRepeats = 16;
constexpr size_t kUnbounded = ~size_t{0};  // repetitions
constexpr size_t kMostDepth = 100;         // of groups: the reader calls itself
constexpr size_t kShortest = database::kHeadLength - 1;
constexpr double kUseless = 2;  // above any share of names

void Normalise(Strings& strings) {
  std::sort(strings.begin(), strings.end());
  strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
}

// Three octets, the ends of the text among them: there is no fourth one beside them.
bool IsWholeName(const std::string& octets) {
  return octets.size() == kShortest && octets.front() == '.' && octets.back() == '\0';
}

// The share of names that hold one of them, roughly; kUseless where that cannot be asked of a name.
double ShareOf(const Strings& strings) {
  for (const std::string& string : strings) {
    const std::optional<std::string> octets = OctetsOf(string);
    if (octets && (octets->size() < kShortest || IsWholeName(*octets))) return kUseless;
  }
  return ShareOfNames(strings);
}

// Each of `heads` with each of `tails` behind it; nothing where these are too many.
std::optional<Strings> Join(const Strings& heads, const Strings& tails) {
  if (heads.size() * tails.size() > kMostStrings) return std::nullopt;
  Strings joined;
  for (const std::string& head : heads) {
    for (const std::string& tail : tails) {
      if (head.size() + tail.size() > kLongest) return std::nullopt;
      joined.push_back(head + tail);
    }
  }
  Normalise(joined);
  return joined;
}

// What is known of a part of an expression.
struct Part {
  std::optional<Strings> all;  // what it matches, and nothing else
  // Of a part that does not have that:
  std::optional<Strings> required;  // every match holds one of them
  Strings heads = {""};             // every match begins with one of them
  Strings tails = {""};             // ... and ends with one
};

// Parts that follow one another.
class Sequence {
 public:
  void Append(const Part& part) {
    std::optional<Strings> joined = Join(run_, part.all ? *part.all : part.heads);
    if (part.all && joined) {
      run_ = *std::move(joined);
      return;
    }
    if (joined) run_ = *std::move(joined);
    Break();
    if (part.all) {
      run_ = *part.all;
      return;
    }
    if (!joined) Offer(part.heads);
    if (part.required) Offer(*part.required);
    run_ = part.tails;
  }

  Part Finish() && {
    Part part;
    if (is_all_) {
      part.all = std::move(run_);
      return part;
    }
    Offer(run_);
    part.required = std::move(best_);
    part.heads = std::move(heads_);
    part.tails = std::move(run_);
    return part;
  }

 private:
  void Break() {
    Offer(run_);
    if (is_all_) heads_ = run_;
    is_all_ = false;
  }

  void Offer(const Strings& strings) {
    const double share = ShareOf(strings);
    if (share >= best_share_) return;
    best_share_ = share;
    best_ = strings;
  }

  Strings run_ = {""};  // of the last neighbours whose strings are all known
  bool is_all_ = true;  // these are all there are
  Strings heads_;       // those of the first neighbours, where there are others behind them
  std::optional<Strings> best_;
  double best_share_ = kUseless;
};

// Reads an expression; Failed() where it has what this does not understand.
class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : text_(text) {
    if (text_.starts_with("(?i)")) {
      text_.remove_prefix(4);
      fold_ = true;
    }
  }

  Part Read() {
    Part part = Alternatives();
    if (at_ != text_.size()) failed_ = true;
    return part;
  }
  bool Failed() const { return failed_; }

 private:
  bool AtEnd() const { return failed_ || at_ == text_.size(); }
  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Part Fail() {
    failed_ = true;
    return {};
  }
  char Fold(char c) const {
    return fold_ && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  static Part One(std::string string) {
    Part part;
    part.all = Strings{std::move(string)};
    return part;
  }

  Part Alternatives() {
    Part first = Neighbours();
    if (AtEnd() || text_[at_] != '|') return first;
    Part whole{.all = Strings{}, .required = Strings{}, .heads = {}, .tails = {}};
    Add(first, whole);
    while (Take('|')) Add(Neighbours(), whole);
    return whole;
  }

  // Makes `whole` what it or `branch` is.
  static void Add(const Part& branch, Part& whole) {
    auto unite = [](std::optional<Strings>& to, const std::optional<Strings>& from) {
      if (!to) return;
      if (!from || to->size() + from->size() > kMostStrings) {
        to.reset();
        return;
      }
      to->insert(to->end(), from->begin(), from->end());
      Normalise(*to);
    };
    auto unite_ends = [&](Strings& to, const Strings& from) {
      std::optional<Strings> united = std::move(to);
      unite(united, from);
      to = united ? *std::move(united) : Strings{""};
    };
    unite(whole.required, branch.all ? branch.all : branch.required);
    unite_ends(whole.heads, branch.all ? *branch.all : branch.heads);
    unite_ends(whole.tails, branch.all ? *branch.all : branch.tails);
    unite(whole.all, branch.all);
  }

  Part Neighbours() {
    Sequence sequence;
    while (!AtEnd() && text_[at_] != '|' && text_[at_] != ')') sequence.Append(Repeated());
    return std::move(sequence).Finish();
  }

  Part Repeated() {
    Part part = Single();
    if (AtEnd()) return part;
    size_t least = 1;
    size_t most = 1;
    if (Take('*')) {
      least = 0;
      most = kUnbounded;
    } else if (Take('+')) {
      most = kUnbounded;
    } else if (Take('?')) {
      least = 0;
    } else if (Take('{')) {
      if (!Counts(least, most)) return Fail();
    } else {
      return part;
    }
    Take('?');  // as few as will do: no other texts
    // Nothing else may repeat what is repeated.
    if (!AtEnd() && std::string_view("*+?{").find(text_[at_]) != std::string_view::npos) {
      return Fail();
    }
    return Times(part, least, most);
  }

  // {3} {3,} {3,5}, behind its brace.
  bool Counts(size_t& least, size_t& most) {
    auto number = [&](size_t& value) {
      const size_t first = at_;
      for (value = 0; !AtEnd() && text_[at_] >= '0' && text_[at_] <= '9' && value < 100'000;
           ++at_) {
        value = value * 10 + static_cast<size_t>(text_[at_] - '0');
      }
      return at_ > first;
    };
    if (!number(least)) return false;
    most = least;
    if (Take(',') && !number(most)) most = kUnbounded;
    return Take('}');
  }

  static Part Times(const Part& part, size_t least, size_t most) {
    if (least == 0) {
      if (most == 0) return One("");
      if (!part.all || most != 1) return {};
      Part optional = part;
      optional.all->push_back("");
      Normalise(*optional.all);
      return optional;
    }
    Sequence sequence;
    for (size_t i = 0; i < std::min(least, kMostRepeats); ++i) sequence.Append(part);
    if (most != least || least > kMostRepeats) sequence.Append({});
    return std::move(sequence).Finish();
  }

  Part Single() {
    const char c = text_[at_++];
    switch (c) {
      case '(':
        return Group();
      case '[':
        return Class();
      case '\\':
        return Escape();
      case '.':
        return {};
      case '^':
        return One(std::string(1, kTextStart));
      case '$':
        return One(std::string(1, kTextEnd));
      case '*':
      case '+':
      case '?':
      case '{':
        return Fail();
      default:
        return One(std::string(1, Fold(c)));
    }
  }

  Part Group() {
    if (Take('?') && !Take(':')) return Fail();
    if (++depth_ > kMostDepth) return Fail();
    Part part = Alternatives();
    --depth_;
    if (!Take(')')) return Fail();
    return part;
  }

  Part Escape() {
    if (AtEnd()) return Fail();
    const char c = text_[at_++];
    if (std::string_view("dDwWsS").find(c) != std::string_view::npos) return {};
    if (c == 'b' || c == 'B') return One("");
    if (c == 'A') return One(std::string(1, kTextStart));
    if (c == 'z' || c == 'Z') return One(std::string(1, kTextEnd));
    if (IsAlphanumeric(c)) return Fail();
    return One(std::string(1, c));
  }

  Part Class() {
    const bool negated = Take('^');
    std::bitset<256> set;
    bool is_known = true;  // and not one of \d \w
    for (bool first = true; first || AtEnd() || text_[at_] != ']'; first = false) {
      if (AtEnd()) return Fail();
      char low = text_[at_++];
      if (low == '[' && !AtEnd() &&
          std::string_view(":.=").find(text_[at_]) != std::string_view::npos)
        return Fail();
      if (low == '\\') {
        if (AtEnd()) return Fail();
        low = text_[at_++];
        if (std::string_view("dDwWsS").find(low) != std::string_view::npos) {
          is_known = false;
          continue;
        }
        if (IsAlphanumeric(low)) return Fail();
      }
      char high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        high = text_[at_ + 1];
        at_ += 2;
        if (high == '\\' || high == '[') return Fail();  // rare, and hard to read
      }
      for (int octet = static_cast<uint8_t>(low); octet <= static_cast<uint8_t>(high); ++octet) {
        set.set(static_cast<uint8_t>(Fold(static_cast<char>(octet))));
      }
    }
    ++at_;  // the bracket
    if (negated || !is_known || set.none() || set.count() > kMostInClass) return {};
    Strings strings;
    for (int octet = 0; octet < 256; ++octet) {
      if (set[static_cast<size_t>(octet)]) strings.emplace_back(1, static_cast<char>(octet));
    }
    Normalise(strings);
    Part part;
    part.all = std::move(strings);
    return part;
  }

  static bool IsAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  bool fold_ = false;
  bool failed_ = false;
};

uint64_t GramOf(std::string_view octets) {
  uint64_t gram = 0;
  for (size_t i = octets.size(); i-- > 0;) gram = gram << 8 | static_cast<uint8_t>(octets[i]);
  return gram;
}

// What can stand beside an octet in the text of a plain name.
constexpr std::string_view kNeighbours("abcdefghijklmnopqrstuvwxyz0123456789-_.\0", 40);

}  // namespace

std::optional<std::vector<std::string>> RequiredLiterals(std::string_view expression) {
  ExpressionReader reader(expression);
  const Part part = reader.Read();
  if (reader.Failed()) return std::nullopt;
  Sequence whole;
  whole.Append(part);
  whole.Append({});  // so that what is all of it is an offer, too
  std::optional<Strings> required = std::move(whole).Finish().required;
  if (!required) return std::nullopt;
  std::erase_if(*required, [](const std::string& string) { return !OctetsOf(string); });
  return required;
}

std::vector<uint64_t> GramsOf(const std::vector<std::string>& literals) {
  std::vector<uint64_t> grams;
  for (const std::string& literal : literals) {
    const std::optional<std::string> octets = OctetsOf(literal);
    if (!octets) continue;
    if (octets->size() < database::kHeadLength) {
      // With whatever stands behind it, or in front of it where it ends the text.
      const bool ends = octets->back() == '\0';
      for (char neighbour : kNeighbours) {
        grams.push_back(GramOf(ends ? neighbour + *octets : *octets + neighbour));
      }
      continue;
    }
    size_t length = 0;
    for (size_t candidate : database::kGramLengths) {
      if (candidate <= octets->size()) length = candidate;
    }
    grams.push_back(GramOf(RarestPart(*octets, length)));
  }
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
}

}  // namespace tollgate::compile
