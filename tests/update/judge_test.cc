// SPDX-License-Identifier: BSD-3-Clause
//
// What is believed of what was fetched.

#include "ruleset/update/judge.h"

#include "tests/support/catch.h"

namespace tollgate::update {
namespace {

std::string Size(uint64_t before, uint64_t after) {
  return JudgeSize(before, after, 50, 300).value_or("believed");
}

std::string Judged(uint64_t before, uint64_t added, uint64_t removed, uint64_t changed) {
  return JudgeChange({before, added, removed, changed}, 50).value_or("believed");
}

}  // namespace

TEST_CASE("A web page is known by its beginning") {
  CHECK(IsWebPage("<!DOCTYPE html>\n<html>"));
  CHECK(IsWebPage("\xef\xbb\xbf \r\n<HTML lang=en>"));
  CHECK(IsWebPage("<?xml version=\"1.0\"?>\n<!-- moved -->\n<html>"));
  CHECK(IsWebPage("<head><title>Log in</title>"));
}

TEST_CASE("A list is no web page") {
  CHECK(!IsWebPage(""));
  CHECK(!IsWebPage("# <html>\nevil.example\n"));
  CHECK(!IsWebPage("evil.example\n"));
  CHECK(!IsWebPage("{\"type\": \"bundle\"}"));
  CHECK(!IsWebPage("[Adblock Plus]\n||evil.example^\n"));
}

TEST_CASE("The first copy may have any size") { CHECK(Size(0, 1'000'000) == "believed"); }

TEST_CASE("A list may lose as much as is allowed") {
  CHECK(Size(1000, 500) == "believed");
  CHECK(Size(1000, 499) == "499 rules where the copy has 1000: 50% fewer, and max_shrink is 50%");
}

TEST_CASE("A list may gain as much as is allowed") {
  CHECK(Size(1000, 4000) == "believed");
  CHECK(Size(1000, 4001) == "4001 rules where the copy has 1000: 300% more, and max_grow is 300%");
}

TEST_CASE("A few rules come and go, whatever their share") {
  CHECK(Size(10, 1) == "believed");
  CHECK(Size(10, 60) == "believed");
  CHECK(Size(10, 61) == "61 rules where the copy has 10: 510% more, and max_grow is 300%");
}

TEST_CASE("A list that loses all its rules is not believed, however few they were") {
  CHECK(Size(10, 0) == "0 rules where the copy has 10: 100% fewer, and max_shrink is 50%");
}

TEST_CASE("A database may change as much as is allowed") {
  CHECK(Judged(1000, 500, 500, 0) == "believed");
  CHECK(Judged(1000, 0, 400, 100) == "believed");
  CHECK(Judged(1000, 0, 400, 101) ==
        "0 names more and 400 fewer, 101 with another rule: 50% of the 1000 in use, and max_change "
        "is 50%");
}

TEST_CASE("A few names are no change") { CHECK(Judged(4, 46, 4, 0) == "believed"); }

}  // namespace tollgate::update
