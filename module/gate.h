// SPDX-License-Identifier: BSD-3-Clause
//
// The border between the C that speaks to Unbound and the C++ that decides. Plain C: no type of
// Unbound's on this side of it, no C++ on the other.
//
//   struct gate* gate = gate_open(&host);                   // init
//   gate_enter(gate, thread);                              // in every call of Unbound's
//   gate_decide(gate, &query, &decision);                  // for every query of a client
//   gate_leave(gate, thread);
//   gate_close(gate);                                      // deinit

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

enum gate_transport { GATE_UDP, GATE_TCP, GATE_TLS, GATE_HTTPS };

// Who asks, and how: the client behind a PROXY protocol header, where there is one.
struct gate_client {
  uint8_t address[16];  // in network order; IPv4 in the first four octets
  uint8_t family;       // 4, 6, or 0 where there is no address
  uint8_t transport;    // enum gate_transport
  uint8_t dnssec_ok;    // it asked with DO (RFC 3225)
  uint16_t port;        // this and the next two in host order
  uint16_t query_id;
  uint16_t query_flags;  // the flags word of the header
  const uint8_t* tags;   // bit i of octet n: the tag 8n + i of gate_host; NULL for none
  size_t tags_length;    // in octets
};

// What the validator says of the real answer.
enum gate_proof { GATE_NO_ANSWER_YET, GATE_SECURE, GATE_NOT_SECURE };

struct gate_query {
  const uint8_t* qname;  // wire format, not compressed, in the client's own spelling
  size_t qname_length;   // in octets, the root label included
  uint16_t qtype;
  size_t thread;  // number of the thread that asks, from 0; no two threads may give the same
  uint64_t now;   // seconds since 1970-01-01 UTC
  uint32_t microseconds;             // of that second
  const struct gate_client* client;  // NULL: Unbound itself
  enum gate_proof proof;
  int silent;  // gate_decide said so of this question, and gate_number is what it was
  int shared;  // other clients wait for the same answer: it names none of them
  int again;   // this query has had a decision already, which may have changed in the meantime
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

enum { GATE_LONGEST_NAME = 255 };  // RFC 1035 section 2.3.4

// Pointers are into the database: they live until gate_leave.
struct gate_decision {
  enum gate_verdict verdict;
  // Set for GATE_RESOLVE. Whether the answer must be kept out of the cache, and whether it is for
  // this client alone, so that nobody else may share the query state.
  int withhold;
  int for_one_client;
  // Set for GATE_RESOLVE. Whether no rule has anything to say of the question, to anybody, in shadow
  // mode neither, nor will have with what is announced.
  int silent;
  // Set for GATE_RESOLVE. Whether the decision stands or falls with the real answer's `proof`
  // (break_dnssec: no): nothing has been counted or told.
  int wait_for_proof;
  // All below is set for GATE_ANSWER only.
  uint16_t rcode;
  int truncated;  // the answer is empty and has TC, so that the client asks again over TCP
  uint32_t ttl;   // of every record of the answer
  // The answer section. The owner of each record is QNAME, its class IN; RRsets are contiguous.
  struct gate_records answer;
  // An address of `answer` that names the client: the record whose RDATA is `named_rdata`, if that
  // is not NULL, has `named` for it, as long as the RDATA.
  const uint8_t* named_rdata;
  uint8_t named[16];
  // In place of `answer`, if target_length is not 0: a CNAME to this name. The records of the
  // target belong behind it if has_chain is not 0.
  uint8_t target[GATE_LONGEST_NAME];  // wire format
  size_t target_length;
  int has_chain;
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

// The program around the gate.
struct gate_host {
  size_t threads;       // how many query threads are expected; there may be more
  const char* unbound;  // names the host and its version
  char* const* tags;    // the tags of clients
  size_t tag_count;
  gate_log_function* log;  // gets everything that is worth saying, on any thread
};

// Whether the running program carries the GNU build-id `build_id`, in hexadecimal.
int gate_host_is(const char* build_id);

// Reads the configuration, opens the database and starts what goes on beside the query threads:
// looking after the database, the control socket, events. A fault in any of them is no failure: it
// is logged, and the gate does what on_failure says. NULL only where memory ran out. `host` is not
// needed after the call. Not for a query thread.
struct gate* gate_open(const struct gate_host* host);
void gate_close(struct gate* gate);

// Whether there is a database to ask.
int gate_has_database(const struct gate* gate);

// Memory in octets, databases included.
size_t gate_memory(const struct gate* gate);

// THE QUERY PATH, as far as gate_next_record. Nothing of it allocates, takes a lock or makes a
// system call, or writes a log unless log_level is debug; but a thread's first call makes its
// working memory if `threads` was too small.

// Before a thread's first call. A thread's first exception needs memory for the library's own
// record, which the dynamic linker allocates, and ends the process where it cannot: when memory has
// run out is too late for it.
void gate_prepare_thread(void);

// Every call below but the last is made between these two, on the thread that they name. What
// happens in between happens under one database. Not nested.
void gate_enter(struct gate* gate, size_t thread);
void gate_leave(struct gate* gate, size_t thread);

// What to do with `query`.
void gate_decide(struct gate* gate, const struct gate_query* query, struct gate_decision* decision);

// Whether the answer to `query` must not be there for everybody, because of its name alone: some
// client that asked would not get it, or soon will not. No database blocks nothing.
int gate_blocks(struct gate* gate, const struct gate_query* query);

// Whether a sweep removes the answer to `query`, because of its name alone. Asks what is about to
// come into force alone, where something is: what is in force now blocks is not there.
int gate_removes(struct gate* gate, const struct gate_query* query);

// What the rules look at beside the name that is asked for, as bits: of what is in force, and of
// what is about to come into force.
enum gate_evidence {
  GATE_TARGETS = 1,  // of CNAMEs
  GATE_ADDRESSES = 2,
  GATE_NAME_SERVERS = 4,  // their names
  GATE_NAME_SERVER_ADDRESSES = 8,
  GATE_CLIENTS = 16,
  GATE_CLIENT_TAGS = 32,
};
unsigned gate_evidence(struct gate* gate, size_t thread);

// An answer is heard: it begins with its question, then comes the evidence, targets in the order of
// the chain. One answer at a time on each thread, under one gate_enter. Names are in wire format,
// addresses have 4 or 16 octets; what is neither is ignored.
void gate_answer_begin(struct gate* gate, const struct gate_query* query);
void gate_answer_target(struct gate* gate, const struct gate_query* query, const uint8_t* name,
                        size_t length);
void gate_answer_address(struct gate* gate, const struct gate_query* query, const uint8_t* address,
                         size_t length);
void gate_answer_name_server(struct gate* gate, const struct gate_query* query, const uint8_t* name,
                             size_t length);
void gate_answer_name_server_address(struct gate* gate, const struct gate_query* query,
                                     const uint8_t* address, size_t length);

// What is to become of the answer that was heard, for the client of `query`. `heard` says that
// gate_decide let the question pass, for this client and under the same database: only what the
// answer itself brings is counted and told. Otherwise all is, as gate_decide would have.
void gate_decide_answer(struct gate* gate, const struct gate_query* query, int heard,
                        struct gate_decision* decision);
// Whether what was heard, without a client, must not be there for everybody. As gate_blocks.
int gate_answer_blocks(struct gate* gate, const struct gate_query* query);
// Whether no rule has anything to say of what was heard, without a client, to anybody: then nobody
// need be asked for.
int gate_answer_is_silent(struct gate* gate, const struct gate_query* query);
// Whether a sweep removes it. As gate_removes.
int gate_answer_removes(struct gate* gate, const struct gate_query* query);

// Changes with everything that can change a decision; not 0.
uint64_t gate_number(const struct gate* gate, size_t thread);

// An answer was kept from those who ask the cache; one came out of it.
void gate_count_withheld(struct gate* gate, size_t thread);
void gate_count_from_cache(struct gate* gate, size_t thread);

// Takes the first record off `records`. 0 where there is none left.
int gate_next_record(struct gate_records* records, struct gate_record* record);

// Sweeping the cache: one query thread volunteers, and from then on looks into it, in its event
// loop, whenever the descriptor is readable.

// 1 for the first thread that asks, which is to be the one; 0 for all others.
int gate_sweep_volunteer(struct gate* gate);
void gate_sweep_resign(struct gate* gate);
int gate_sweep_descriptor(const struct gate* gate);
// The number of the sweep that is wanted; 0: none. A new number begins at the start of the cache.
uint64_t gate_sweep_wanted(struct gate* gate);
// Sweep `number` has come to its end. No effect if another one is wanted by now.
void gate_sweep_finished(struct gate* gate, uint64_t number);
// Adds to the counters: entries looked at, and entries removed.
void gate_sweep_count(struct gate* gate, size_t visited, size_t removed);

#ifdef __cplusplus
}
#endif

#endif  // TOLLGATE_MODULE_GATE_H_
