// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include <stdatomic.h>

#include "module/evidence.h"

// Whether an NS RRset may be in the cache: behind a forwarder there is none, and nobody need look.
static atomic_bool any_name_servers;

enum { TYPE_SVCB = 64, TYPE_HTTPS = 65 };

// SvcParamKeys of addresses (RFC 9460 section 7.3).
enum { KEY_IPV4HINT = 4, KEY_IPV6HINT = 6 };

struct hearing {
  struct module_env* env;
  struct gate* gate;
  const struct gate_query* query;
  unsigned wanted;  // enum gate_evidence
};

static uint16_t type_of(const struct ub_packed_rrset_key* rrset) { return ntohs(rrset->rk.type); }

static const struct packed_rrset_data* data_of(const struct ub_packed_rrset_key* rrset) {
  return rrset->entry.data;
}

// RDATA stands behind two octets of its length.
struct rdata {
  const uint8_t* octets;
  size_t length;
};

static struct rdata rdata_of(const struct packed_rrset_data* data, size_t i) {
  const struct rdata rdata = {data->rr_data[i] + sizeof(uint16_t),
                              data->rr_len[i] - sizeof(uint16_t)};
  return rdata;
}

// The first `length` octets of a list of addresses.
static void hear_hints(struct hearing* hearing, const uint8_t* octets, size_t length, size_t size) {
  for (; length >= size; octets += size, length -= size)
    gate_answer_address(hearing->gate, hearing->query, octets, size);
}

// SvcPriority, TargetName, SvcParams (RFC 9460 section 2.2). Unbound has not looked into it.
static void hear_service(struct hearing* hearing, struct rdata rdata) {
  const uint8_t* at = rdata.octets;
  const uint8_t* const end = at + rdata.length;
  if (end - at < 3) return;
  for (at += 2; at < end && *at != 0; at += 1 + *at)
    if (*at > LDNS_MAX_LABELLEN) return;
  ++at;
  while (end - at >= 4) {
    const uint16_t key = sldns_read_uint16(at);
    const size_t length = sldns_read_uint16(at + 2);
    at += 4;
    if ((size_t)(end - at) < length) return;
    if (key == KEY_IPV4HINT) hear_hints(hearing, at, length, 4);
    if (key == KEY_IPV6HINT) hear_hints(hearing, at, length, 16);
    at += length;
  }
}

static void hear_addresses(struct hearing* hearing, const struct ub_packed_rrset_key* rrset) {
  const struct packed_rrset_data* data = data_of(rrset);
  const uint16_t type = type_of(rrset);
  for (size_t i = 0; i < data->count; ++i) {
    const struct rdata rdata = rdata_of(data, i);
    if (type == TYPE_HTTPS || type == TYPE_SVCB) {
      hear_service(hearing, rdata);
    } else {
      gate_answer_address(hearing->gate, hearing->query, rdata.octets, rdata.length);
    }
  }
}

static void hear_server_rrset(struct hearing* hearing, const struct ub_packed_rrset_key* rrset) {
  const struct packed_rrset_data* data = data_of(rrset);
  for (size_t i = 0; i < data->count; ++i) {
    const struct rdata rdata = rdata_of(data, i);
    gate_answer_name_server_address(hearing->gate, hearing->query, rdata.octets, rdata.length);
  }
}

static void hear_name_server_addresses(struct hearing* hearing, uint8_t* name, size_t length) {
  static const uint16_t types[] = {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA};
  for (size_t i = 0; i < sizeof(types) / sizeof(*types); ++i) {
    // What was known is evidence, also when it is no longer fresh: time 0.
    struct ub_packed_rrset_key* rrset = rrset_cache_lookup(hearing->env->rrset_cache, name, length,
                                                           types[i], LDNS_RR_CLASS_IN, 0, 0, 0);
    if (!rrset) continue;
    hear_server_rrset(hearing, rrset);
    lock_rw_unlock(&rrset->entry.lock);
  }
}

// The name server at place `i` of a zone's NS RRset; its length, or 0 where there is none. One look
// at a time: no lock of an entry is held while another one is looked up.
static size_t name_server_at(struct hearing* hearing, uint8_t* zone, size_t length, size_t i,
                             uint8_t* name) {
  struct ub_packed_rrset_key* rrset = rrset_cache_lookup(
      hearing->env->rrset_cache, zone, length, LDNS_RR_TYPE_NS, LDNS_RR_CLASS_IN, 0, 0, 0);
  size_t found = 0;
  if (!rrset) return 0;
  if (i < data_of(rrset)->count) {
    const struct rdata rdata = rdata_of(data_of(rrset), i);
    if (rdata.length <= LDNS_MAX_DOMAINLEN) {
      memcpy(name, rdata.octets, rdata.length);
      found = rdata.length;
    }
  }
  lock_rw_unlock(&rrset->entry.lock);
  return found;
}

static void hear_names_of(struct hearing* hearing, const struct ub_packed_rrset_key* rrset) {
  const struct packed_rrset_data* data = data_of(rrset);
  for (size_t i = 0; i < data->count; ++i) {
    const struct rdata rdata = rdata_of(data, i);
    gate_answer_name_server(hearing->gate, hearing->query, rdata.octets, rdata.length);
  }
}

static void hear_zone(struct hearing* hearing, uint8_t* zone, size_t length) {
  struct ub_packed_rrset_key* rrset = rrset_cache_lookup(
      hearing->env->rrset_cache, zone, length, LDNS_RR_TYPE_NS, LDNS_RR_CLASS_IN, 0, 0, 0);
  size_t count;
  uint8_t name[LDNS_MAX_DOMAINLEN + 1];
  if (!rrset) return;
  count = data_of(rrset)->count;
  if (hearing->wanted & GATE_NAME_SERVERS) hear_names_of(hearing, rrset);
  lock_rw_unlock(&rrset->entry.lock);
  if (!(hearing->wanted & GATE_NAME_SERVER_ADDRESSES)) return;
  for (size_t i = 0; i < count; ++i) {
    const size_t found = name_server_at(hearing, zone, length, i, name);
    if (found > 0) hear_name_server_addresses(hearing, name, found);
  }
}

// Of all zones around `name`, but for the root and top-level domains: who names a server of those
// has not meant everybody below.
static void hear_zones(struct hearing* hearing, uint8_t* name, size_t length) {
  if (!atomic_load(&any_name_servers)) return;
  for (int labels = dname_count_labels(name); labels > 2; --labels) {
    hear_zone(hearing, name, length);
    dname_remove_label(&name, &length);
  }
}

// What the message itself says of name servers, and no cache knows yet.
static void hear_authority(struct hearing* hearing, const struct reply_info* reply) {
  const size_t first = reply->an_numrrsets, additional = first + reply->ns_numrrsets;
  for (size_t i = first; i < additional; ++i) {
    const struct packed_rrset_data* data = data_of(reply->rrsets[i]);
    if (type_of(reply->rrsets[i]) != LDNS_RR_TYPE_NS) continue;
    if (hearing->wanted & GATE_NAME_SERVERS) hear_names_of(hearing, reply->rrsets[i]);
    if (!(hearing->wanted & GATE_NAME_SERVER_ADDRESSES)) continue;
    for (size_t j = 0; j < data->count; ++j) {
      const struct rdata server = rdata_of(data, j);
      hear_name_server_addresses(hearing, (uint8_t*)server.octets, server.length);
      for (size_t k = additional; k < reply->rrset_count; ++k) {
        const uint16_t type = type_of(reply->rrsets[k]);
        if ((type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA) &&
            query_dname_compare(reply->rrsets[k]->rk.dname, (uint8_t*)server.octets) == 0)
          hear_server_rrset(hearing, reply->rrsets[k]);
      }
    }
  }
}

void evidence_prepare(const struct module_env* env) {
  const struct slabhash* cache = &env->rrset_cache->table;
  // cachedb puts into the cache what no response has brought.
  int any = strstr(env->cfg->module_conf, "cachedb") != NULL;
  for (size_t i = 0; i < cache->size; ++i) any |= cache->array[i]->num > 0;
  atomic_store(&any_name_servers, any);
}

void evidence_note_response(const struct reply_info* reply) {
  if (atomic_load_explicit(&any_name_servers, memory_order_relaxed)) return;
  for (size_t i = 0; i < reply->rrset_count; ++i)
    if (type_of(reply->rrsets[i]) == LDNS_RR_TYPE_NS) atomic_store(&any_name_servers, 1);
}

int evidence_is_alias(const struct ub_packed_rrset_key* rrset) {
  return type_of(rrset) == LDNS_RR_TYPE_CNAME || type_of(rrset) == LDNS_RR_TYPE_DNAME;
}

int evidence_counts(struct gate* gate, size_t thread, const struct reply_info* reply) {
  const unsigned wanted = gate_evidence(gate, thread);
  if (wanted & ~(unsigned)GATE_TARGETS) return 1;
  if (!(wanted & GATE_TARGETS)) return 0;
  for (size_t i = 0; i < reply->an_numrrsets; ++i)
    if (evidence_is_alias(reply->rrsets[i])) return 1;
  return 0;
}

// A CNAME that the resolver made from a DNAME stands behind it (RFC 6672 section 3.3).
static void hear_targets(struct hearing* hearing, const struct reply_info* reply) {
  for (size_t i = 0; i < reply->an_numrrsets; ++i) {
    const struct ub_packed_rrset_key* rrset = reply->rrsets[i];
    struct rdata target;
    if (type_of(rrset) != LDNS_RR_TYPE_CNAME || data_of(rrset)->count == 0) continue;
    target = rdata_of(data_of(rrset), 0);
    gate_answer_target(hearing->gate, hearing->query, target.octets, target.length);
    if (hearing->wanted & (GATE_NAME_SERVERS | GATE_NAME_SERVER_ADDRESSES))
      hear_zones(hearing, (uint8_t*)target.octets, target.length);
  }
}

void evidence_hear(struct module_env* env, struct gate* gate, const struct gate_query* query,
                   const struct reply_info* reply) {
  struct hearing hearing = {env, gate, query, gate_evidence(gate, query->thread)};
  gate_answer_begin(gate, query);
  hear_targets(&hearing, reply);
  if (hearing.wanted & (GATE_NAME_SERVERS | GATE_NAME_SERVER_ADDRESSES)) {
    hear_zones(&hearing, (uint8_t*)query->qname, query->qname_length);
    hear_authority(&hearing, reply);
  }
  if (!(hearing.wanted & GATE_ADDRESSES)) return;
  for (size_t i = 0; i < reply->an_numrrsets; ++i) {
    switch (type_of(reply->rrsets[i])) {
      case LDNS_RR_TYPE_A:
      case LDNS_RR_TYPE_AAAA:
      case TYPE_HTTPS:
      case TYPE_SVCB:
        hear_addresses(&hearing, reply->rrsets[i]);
        break;
      default:
        break;
    }
  }
}
