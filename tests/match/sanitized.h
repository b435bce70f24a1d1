// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_TESTS_MATCH_SANITIZED_H_
#define TOLLGATE_TESTS_MATCH_SANITIZED_H_

// 1 where a sanitizer has taken malloc's place, and everything takes many times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOLLGATE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOLLGATE_SANITIZED 1
#endif
#endif
#ifndef TOLLGATE_SANITIZED
#define TOLLGATE_SANITIZED 0
#endif

#endif  // TOLLGATE_TESTS_MATCH_SANITIZED_H_
