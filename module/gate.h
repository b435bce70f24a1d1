// SPDX-License-Identifier: BSD-3-Clause
//
// The border between the C that speaks to Unbound and the C++ that decides. Plain C: no type of
// Unbound's on this side of it, no C++ on the other.
//
//   struct gate* gate = gate_open(threads, log);         // init
//   gate_decide(gate, &query, &decision);                // for every query of a client
//   gate_close(gate);                                    // deinit

#ifndef TOLLGATE_MODULE_GATE_H_
#define TOLLGATE_MODULE_GATE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One filter: its configuration, its database, and working memory for each thread.
struct gate;

enum gate_level { GATE_ERROR, GATE_WARNING, GATE_INFO, GATE_DEBUG };

// Takes one line for the host's log, without the newline.
typedef void gate_log_function(enum gate_level level, const char* line);

struct gate_query {
  const uint8_t* qname;  // wire format, not compressed, in the client's own spelling
  size_t qname_length;   // in octets, the root label included
  uint16_t qtype;
  size_t thread;  // number of the thread that asks, from 0; no two threads may give the same
  uint64_t now;   // seconds since 1970-01-01 UTC
};

enum gate_verdict {
  GATE_RESOLVE,  // as if there were no filter
  GATE_ANSWER,   // with what the rest of gate_decision says
  GATE_DROP,     // no answer at all
};

// Resource records of the database, packed; gate_next_record takes them apart.
struct gate_records {
  const uint8_t* octets;
  size_t size;
};

struct gate_record {
  uint16_t type;
  const uint8_t* rdata;  // wire format without compression
  size_t rdata_length;
};

// RDATA of the SOA: MNAME "localhost.", RNAME "nobody.invalid.", five numbers.
enum { GATE_SOA_LENGTH = 11 + 16 + 20 };

// Below `verdict`, set for GATE_ANSWER only. Pointers are into the database: they live as long as
// the gate.
struct gate_decision {
  enum gate_verdict verdict;
  uint16_t rcode;
  uint32_t ttl;  // of every record of the answer
  // The answer section. The owner of each record is QNAME, its class IN; RRsets are contiguous.
  struct gate_records answer;
  // The authority section: one SOA if has_soa is not 0. Its owner is QNAME from this octet on.
  int has_soa;
  size_t soa_owner_offset;
  uint8_t soa_rdata[GATE_SOA_LENGTH];
  // The Extended DNS Error (RFC 8914) if has_ede is not 0. The text is not terminated.
  int has_ede;
  uint16_t ede_code;
  const char* ede_text;
  size_t ede_text_length;
};

// Whether the running program carries the GNU build-id `build_id`, in hexadecimal.
int gate_host_is(const char* build_id);

// Reads the configuration and opens the database; `log` gets everything that is worth saying about
// them. A fault in either is no failure: it is logged, and the gate does what on_failure says.
// `threads` is how many threads are expected; there may be more. NULL only where memory ran out.
// Not for a query thread.
struct gate* gate_open(size_t threads, gate_log_function* log);
void gate_close(struct gate* gate);

// Whether there is a database to ask.
int gate_has_database(const struct gate* gate);

// Memory in octets, the mapped database included.
size_t gate_memory(const struct gate* gate);

// THE QUERY PATH. What to do with `query`. Allocates nothing, takes no lock, writes no log unless
// log_level is debug.
void gate_decide(struct gate* gate, const struct gate_query* query, struct gate_decision* decision);

// Whether gate_decide would keep a client from the real answer: any enforced verdict but `pass`.
// No database blocks nothing.
int gate_blocks(struct gate* gate, const struct gate_query* query);

// Takes the first record off `records`. 0 where there is none left.
int gate_next_record(struct gate_records* records, struct gate_record* record);

#ifdef __cplusplus
}
#endif

#endif  // TOLLGATE_MODULE_GATE_H_
