// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_THREAD_H_
#define TOLLGATE_MODULE_THREAD_H_

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace tollgate::module {

// Starts a thread that no signal is delivered to: they are Unbound's. `name` (15 octets at most) is
// what ps and gdb show; `nice` is added to its niceness, so that query threads come first. `body`
// throws nothing. std::system_error where there is no thread to be had.
inline std::thread StartThread(const char* name, int nice, std::function<void()> body) {
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  try {
    std::thread thread([name, nice, body = std::move(body)] {
      pthread_setname_np(pthread_self(), name);
      // On Linux niceness belongs to a thread (sched(7)).
      if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
      // The first exception of a thread needs memory for the library's own record (the dynamic
      // linker allocates it, and ends the process where it cannot). When memory runs out is too
      // late.
      (void)std::uncaught_exceptions();
      body();
    });
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return thread;
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    throw;
  }
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_THREAD_H_
