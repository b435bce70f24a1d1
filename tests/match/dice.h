// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_TESTS_MATCH_DICE_H_
#define TOLLGATE_TESTS_MATCH_DICE_H_

#include <cstdint>
#include <random>

namespace tollgate::testing {

// The standard's distributions differ between libraries; its engines do not.
class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}

  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(engine_()) % limit; }
  bool OneIn(uint32_t n) { return Below(n) == 0; }

 private:
  std::mt19937 engine_;
};

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_DICE_H_
