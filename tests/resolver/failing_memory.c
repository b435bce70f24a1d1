// SPDX-License-Identifier: BSD-3-Clause
//
// For the tests, by LD_PRELOAD: memory that is not to be had, now and then, on the module's own
// threads. The file that TOLLGATE_FAILING_MEMORY names is the switch, and is mapped by the test,
// too: it can be turned while the resolver runs.
//
// Unbound's own threads always get theirs: what they do without is Unbound's business.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OURS "tollgate-"

struct board {
  _Atomic uint64_t one_in;  // how many of so many fail; 0: none
  _Atomic uint64_t seed;
  _Atomic uint64_t asked;
  _Atomic uint64_t failed;
};

static struct board* board;

// glibc's own, under the names that it keeps for such libraries as this one.
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

#define THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
static THREAD_LOCAL int looks;  // at the thread's name: it gets one soon after it has started
static THREAD_LOCAL int is_ours;
static THREAD_LOCAL uint64_t state;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("TOLLGATE_FAILING_MEMORY");
  const int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  void* memory;
  if (fd < 0) return;
  memory = (void*)syscall(SYS_mmap, NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory != MAP_FAILED) board = memory;
}

static int fails(void) {
  char name[16] = "";
  uint64_t one_in;
  if (board == NULL || (one_in = atomic_load(&board->one_in)) == 0) return 0;
  if (!is_ours) {
    if (looks >= 64) return 0;
    ++looks;
    if (prctl(PR_GET_NAME, name) != 0 || strncmp(name, OURS, strlen(OURS)) != 0) return 0;
    is_ours = 1;
    for (size_t i = 0; i < sizeof(name); ++i) state = state * 31 + (uint8_t)name[i];
    state ^= atomic_load(&board->seed) * 0x9e3779b97f4a7c15;
    state |= 1;
  }
  atomic_fetch_add(&board->asked, 1);
  state ^= state << 13;  // xorshift64
  state ^= state >> 7;
  state ^= state << 17;
  if ((state * 0x2545f4914f6cdd1d >> 32) % one_in != 0) return 0;
  atomic_fetch_add(&board->failed, 1);
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }

void* calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }

void* realloc(void* old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }

void* memalign(size_t alignment, size_t size) {
  return fails() ? NULL : __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* const made = memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *memory = made;
  return 0;
}

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fails()) return MAP_FAILED;
  return (void*)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void* mmap64(void* address, size_t length, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap")));
