// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/dns/type_text.h"

#include "ruleset/source/zone_text.h"
#include "tests/support/catch.h"

namespace tollgate::dns {
namespace {

TEST_CASE("Every type's text leads back to it", "[type]") {
  for (uint32_t type = 0; type <= 0xffff; ++type) {
    if (TypeFromText(TypeText(static_cast<uint16_t>(type))) != type) FAIL("type " << type);
  }
}

TEST_CASE("A type without a mnemonic is TYPE and its number", "[type]") {
  CHECK(TypeText(65280) == "TYPE65280");
  CHECK(TypeText(0) == "TYPE0");
}

TEST_CASE("The mnemonics are those of the zone reader", "[type]") {
  for (const uint16_t type : {1,  2,  5,  6,  12, 15, 16, 28, 29, 33,  35,  39,  43,  44,
                              46, 47, 48, 50, 52, 59, 60, 61, 62, 108, 109, 255, 256, 257}) {
    CHECK(TypeText(type) == source::TypeText(type));
  }
}

}  // namespace
}  // namespace tollgate::dns
