// SPDX-License-Identifier: BSD-3-Clause
//
// Runs a fuzz target without libFuzzer: every file of its corpus, then mutations of them. The
// mutations depend on nothing but the corpus, so a failure comes again; the input that failed is
// left in the working directory.
//
//   fuzz_wire_name_replay CORPUS_FOLDER_OR_FILE... [--mutations=N]

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestInput = 8192;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Runs one input from a heap block of exactly its size, so that a sanitizer sees the first octet
// outside.
void Run(const std::string& input) {
  const std::unique_ptr<uint8_t[]> block(new uint8_t[input.size()]);
  std::memcpy(block.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(block.get(), input.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string Next() {
    std::string input = corpus_[Below(corpus_.size())];
    for (size_t i = 1 + Below(4); i > 0; --i) Mutate(input);
    if (input.size() > kLargestInput) input.resize(kLargestInput);
    return input;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : engine_() % limit; }

  void Mutate(std::string& input) {
    const size_t at = Below(input.size() + 1);
    const bool inside = at < input.size();
    switch (Below(7)) {
      case 0:  // another octet
        if (inside) input[at] = static_cast<char>(Below(256));
        break;
      case 1:  // another bit
        if (inside) input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        break;
      case 2:  // less
        input.erase(at, 1 + Below(8));
        break;
      case 3:  // more of the same
        input.insert(at, input.substr(Below(input.size() + 1), 1 + Below(16)));
        break;
      case 4:  // a piece of another input
      {
        const std::string& other = corpus_[Below(corpus_.size())];
        input.insert(at, other.substr(Below(other.size() + 1), 1 + Below(32)));
        break;
      }
      case 5:  // a character that means something to one parser or another
      {
        constexpr std::string_view kMeaning("\0\n\t .:-_[](){}<>*+?|\\/@#'\"&!%^$\x7f\x80\xff", 34);
        input.insert(at, 1, kMeaning[Below(kMeaning.size())]);
        break;
      }
      default:  // cut off
        input.resize(at);
        break;
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937 engine_;
};

}  // namespace

int main(int argc, char** argv) {
  size_t mutations = 3000;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view kMutations = "--mutations=";
    if (argument.starts_with(kMutations)) {
      mutations = std::stoul(std::string(argument.substr(kMutations.size())));
    } else if (fs::is_directory(argument)) {
      for (const auto& entry : fs::directory_iterator(argument)) files.push_back(entry.path());
    } else {
      files.emplace_back(argument);
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const fs::path& file : files) corpus.push_back(ReadFile(file));
  if (corpus.empty()) {
    std::cerr << "no corpus given\n";
    return 2;
  }
  for (const std::string& input : corpus) Run(input);
  Mutator mutator(corpus);
  const std::string last = fs::path(argv[0]).filename().string() + ".last-input";
  for (size_t i = 0; i < mutations; ++i) {
    const std::string input = mutator.Next();
    // Written before it is run: a crash leaves no time for it.
    std::ofstream(last, std::ios::binary | std::ios::trunc) << input;
    Run(input);
  }
  fs::remove(last);
  std::cout << corpus.size() << " inputs and " << mutations << " mutations\n";
  return 0;
}
