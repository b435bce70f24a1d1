// SPDX-License-Identifier: BSD-3-Clause
//
// Catch2 of Debian 12 (v2) and of Debian 13 (v3).

#ifndef TOLLGATE_TESTS_SUPPORT_CATCH_H_
#define TOLLGATE_TESTS_SUPPORT_CATCH_H_

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif  // TOLLGATE_TESTS_SUPPORT_CATCH_H_
