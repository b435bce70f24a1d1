// SPDX-License-Identifier: BSD-3-Clause
//
// What one name costs against many patterns, in process: Tollgate, RE2::Set, and one regular
// expression after the other, which is Pi-hole's way, with PCRE2. `bench/run` runs it.
//
// All get the patterns that bench/names.h makes, and the same names; what
// they say of them is compared before anything is measured. Tollgate gets a dns::Name, as its
// module does, the others the text that they need: making either from a message is not measured.
// PCRE2 compiles to machine code here; Pi-hole's own TRE does not, and is slower. It stops at the
// first pattern that matches, as Pi-hole does. RE2::Set says whether anything matches, and not
// what.
//
//   ready_ms   until the first name can be asked for: from the patterns; Tollgate from its database
//   miss_ns    CPU time for a name that nothing matches
//   match_ns   the same for one that a pattern matches

#include <pcre2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/databases.h"
#include "bench/names.h"
#include "ruleset/dns/type.h"

namespace tollgate::bench {
namespace {

constexpr size_t kNames = 20'000;        // distinct ones that are asked for, of each kind
constexpr size_t kCompared = 1'000;      // of each kind, by all engines
constexpr uint32_t kToday = 20'000;      // any day: generated rules never expire
constexpr int64_t kSetMemory = 1 << 30;  // for the automaton of RE2::Set

[[noreturn]] void Die(const std::string& sentence) {
  std::fprintf(stderr, "pattern_peers: %s\n", sentence.c_str());
  std::exit(1);
}

struct Query {
  std::string text;
  dns::Name name;
};

// The pattern as a regular expression about a whole name: its suffixes are single labels.
std::string WholeExpression(const GeneratedPattern& pattern) {
  std::string suffixes = pattern.suffixes;
  for (size_t at = 0; (at = suffixes.find(", ", at)) != std::string::npos;) {
    suffixes.replace(at, 2, "|");
  }
  const std::string begin = pattern.whole_name ? "^" : "(?:^|\\.)";
  return begin + "(?:" + pattern.match + ")\\.(?:" + suffixes + ")$";
}

class Engine {
 public:
  Engine(std::string key, std::string title) : key_(std::move(key)), title_(std::move(title)) {}
  virtual ~Engine() = default;

  const std::string& key() const { return key_; }
  const std::string& title() const { return title_; }
  // Why it cannot go on; empty while it can.
  const std::string& fault() const { return fault_; }

  virtual bool Matches(const Query& query) = 0;

 protected:
  void Fail(const std::string& sentence) { fault_ = sentence; }

 private:
  std::string key_;
  std::string title_;
  std::string fault_;
};

class TollgateEngine final : public Engine {
 public:
  explicit TollgateEngine(const std::string& path) : Engine("tollgate", "Tollgate") {
    absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::OpenCopy(path);
    if (!rules.ok()) Die(std::string(rules.status().message()));
    rules_ = *std::move(rules);
    absl::StatusOr<Scratch> scratch = rules_->NewScratch();
    if (!scratch.ok()) Die(std::string(scratch.status().message()));
    scratch_ = std::make_unique<Scratch>(*std::move(scratch));
  }

  bool Matches(const Query& query) override {
    const policy::Verdict verdict = rules_->Match(query.name, dns::kTypeA, kToday, *scratch_);
    return static_cast<bool>(verdict.decision);
  }

 private:
  std::unique_ptr<const RuleSet> rules_;
  std::unique_ptr<Scratch> scratch_;
};

class Re2SetEngine final : public Engine {
 public:
  explicit Re2SetEngine(const std::vector<std::string>& expressions)
      : Engine("re2-set", "RE2::Set"), set_(Options(), RE2::UNANCHORED) {
    for (const std::string& expression : expressions) {
      std::string error;
      if (set_.Add(expression, &error) < 0) Die("RE2: " + error);
    }
    if (!set_.Compile()) Fail("its memory does not do for the patterns");
  }

  bool Matches(const Query& query) override {
    RE2::Set::ErrorInfo error{};
    const bool matches = set_.Match(query.text, nullptr, &error);
    if (error.kind != RE2::Set::kNoError) Fail("its automaton needs more than a gigabyte");
    return matches;
  }

 private:
  static RE2::Options Options() {
    RE2::Options options;
    options.set_max_mem(kSetMemory);
    options.set_never_capture(true);
    options.set_log_errors(false);
    return options;
  }

  RE2::Set set_;
};

class Pcre2Engine final : public Engine {
 public:
  explicit Pcre2Engine(const std::vector<std::string>& expressions)
      : Engine("pcre2", "PCRE2, one after the other"),
        match_(pcre2_match_data_create(1, nullptr), &pcre2_match_data_free) {
    for (const std::string& expression : expressions) {
      int error = 0;
      PCRE2_SIZE offset = 0;
      Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                              PCRE2_NO_AUTO_CAPTURE, &error, &offset, nullptr),
                &pcre2_code_free);
      if (code == nullptr) Die("PCRE2 does not take " + expression);
      pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // slower without it, and as right
      codes_.push_back(std::move(code));
    }
  }

  bool Matches(const Query& query) override {
    return std::any_of(codes_.begin(), codes_.end(), [&](const Code& code) {
      return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(query.text.data()),
                         query.text.size(), 0, 0, match_.get(), nullptr) >= 0;
    });
  }

 private:
  using Code = std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>;
  std::vector<Code> codes_;
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match_;
};

// --- Measuring -----------------------------------------------------------------------------------

double ThreadSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Nanoseconds of CPU time for a name. Every batch takes at least a millisecond, beside which the
// clock is nothing.
double Measure(Engine& engine, const std::vector<Query>& queries, bool expected, double seconds) {
  size_t next = 0;
  size_t asked = 0;
  double used = 0;
  size_t wrong = 0;
  for (size_t batch = 1; used < seconds && engine.fault().empty();) {
    const double begin = ThreadSeconds();
    for (size_t i = 0; i < batch; ++i) {
      wrong += engine.Matches(queries[next]) != expected ? 1 : 0;
      next = next + 1 == queries.size() ? 0 : next + 1;
    }
    const double took = ThreadSeconds() - begin;
    if (took < 1e-3) {
      batch *= 2;  // too short to count
      continue;
    }
    used += took;
    asked += batch;
  }
  if (wrong != 0 && engine.fault().empty()) Die(engine.title() + " gives wrong verdicts");
  return asked == 0 ? 0 : used * 1e9 / static_cast<double>(asked);
}

struct Figures {
  std::vector<double> ready_ms, miss_ns, match_ns;
};

struct Streams {
  std::vector<Query> misses, matches;
};

// Hosts that no pattern matches, and the patterns' examples, by Tollgate's verdict.
Streams MakeStreams(TollgateEngine& tollgate, const std::vector<GeneratedPattern>& patterns) {
  Random random(kQuerySeed);
  Streams streams;
  while (streams.misses.size() < kNames || streams.matches.size() < kNames) {
    const bool is_match = streams.matches.size() < kNames;
    const std::string text =
        is_match ? random.Pick(patterns).example : RandomHost(random, RandomDomain(random));
    absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
    if (!name.ok()) continue;
    Query query{text, *std::move(name)};
    const bool matches = tollgate.Matches(query);
    if (is_match && !matches) Die("Tollgate does not match " + text);
    if (matches == is_match) (is_match ? streams.matches : streams.misses).push_back(query);
  }
  return streams;
}

std::vector<std::string> Expressions(const std::vector<GeneratedPattern>& patterns) {
  std::vector<std::string> expressions;
  for (const GeneratedPattern& pattern : patterns) expressions.push_back(WholeExpression(pattern));
  return expressions;
}

template <typename Kind, typename Rules>
std::unique_ptr<Engine> Timed(const Rules& rules, Figures& figures) {
  const auto begin = std::chrono::steady_clock::now();
  auto engine = std::make_unique<Kind>(rules);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  figures.ready_ms.push_back(took.count());
  return engine;
}

void PrintList(const char* key, const std::vector<double>& values, const char* end) {
  std::printf("\"%s\": [", key);
  for (size_t i = 0; i < values.size(); ++i) std::printf("%s%.6g", i == 0 ? "" : ", ", values[i]);
  std::printf("]%s", end);
}

void Run(size_t count, int rounds, double seconds, bool is_last) {
  const BenchDatabase& database = OpenDatabase({.patterns = count});
  const std::vector<std::string> expressions = Expressions(database.patterns);
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<Figures> figures(3);
  engines.push_back(Timed<TollgateEngine>(database.path, figures[0]));
  engines.push_back(Timed<Re2SetEngine>(expressions, figures[1]));
  engines.push_back(Timed<Pcre2Engine>(expressions, figures[2]));
  const Streams streams =
      MakeStreams(static_cast<TollgateEngine&>(*engines.front()), database.patterns);

  for (size_t i = 1; i < engines.size(); ++i) {
    Engine& engine = *engines[i];
    for (size_t at = 0; at < kCompared && engine.fault().empty(); ++at) {
      const bool is_right =
          !engine.Matches(streams.misses[at]) && engine.Matches(streams.matches[at]);
      if (!is_right && engine.fault().empty()) {
        Die(engine.title() + " and Tollgate differ about " + streams.misses[at].text + " or " +
            streams.matches[at].text);
      }
    }
  }
  // RE2 builds its automaton as names come by, and PCRE2's code is in no cache yet.
  for (const std::unique_ptr<Engine>& engine : engines) {
    Measure(*engine, streams.misses, false, seconds);
    Measure(*engine, streams.matches, true, seconds);
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < engines.size(); ++i) {
      const size_t which = (i + static_cast<size_t>(round)) % engines.size();
      Engine& engine = *engines[which];
      const double miss = Measure(engine, streams.misses, false, seconds);
      const double match = Measure(engine, streams.matches, true, seconds);
      if (!engine.fault().empty()) continue;
      figures[which].miss_ns.push_back(miss);
      figures[which].match_ns.push_back(match);
    }
  }
  std::printf("\"%zu\": {\n", count);
  for (size_t i = 0; i < engines.size(); ++i) {
    const Engine& engine = *engines[i];
    std::printf("  \"%s\": {\"title\": \"%s\", ", engine.key().c_str(), engine.title().c_str());
    if (!engine.fault().empty()) std::printf("\"failed\": \"%s\", ", engine.fault().c_str());
    std::printf("\"figures\": {");
    PrintList("ready_ms", figures[i].ready_ms, ", ");
    PrintList("miss_ns", figures[i].miss_ns, ", ");
    PrintList("match_ns", figures[i].match_ns, i + 1 < engines.size() ? "}},\n" : "}}\n");
  }
  std::printf(is_last ? "}\n" : "},\n");
}

void WriteLines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream out(path);
  for (const std::string& line : lines) out << line << '\n';
  if (!out.flush()) Die("cannot write " + path);
}

// The same patterns and names for a program of its own.
void Write(size_t count, const std::string& folder) {
  const BenchDatabase& database = OpenDatabase({.patterns = count});
  TollgateEngine tollgate(database.path);
  const Streams streams = MakeStreams(tollgate, database.patterns);
  WriteLines(folder + "/expressions", Expressions(database.patterns));
  for (const auto& [name, queries] :
       {std::pair("misses", &streams.misses), std::pair("matches", &streams.matches)}) {
    std::vector<std::string> lines;
    for (const Query& query : *queries) lines.push_back(query.text);
    WriteLines(folder + "/" + name, lines);
  }
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  std::vector<size_t> counts;
  int rounds = 5;
  double seconds = 0.3;
  std::string folder;
  CLI::App app("Measures one name against COUNT patterns, in process. Prints JSON.");
  app.add_option("COUNT", counts, "numbers of patterns")->required();
  app.add_option("--rounds", rounds, "in each of which every engine has its turn")
      ->capture_default_str();
  app.add_option("--seconds", seconds, "of each measurement")->capture_default_str();
  app.add_option("--write", folder, "measure nothing: write patterns and names into this folder");
  CLI11_PARSE(app, argc, argv);
  if (!folder.empty()) {
    tollgate::bench::Write(counts.front(), folder);
    return 0;
  }
  std::printf("{\n");
  for (size_t i = 0; i < counts.size(); ++i) {
    tollgate::bench::Run(counts[i], rounds, seconds, i + 1 == counts.size());
  }
  std::printf("}\n");
  return 0;
}
