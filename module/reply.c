// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/reply.h"

// An id of no RRset in the cache: nothing looks these up, and they never get there.
enum { NO_RRSET_ID = 0 };

// EXTRA-TEXT is a policy's id. A longer one would only make the reply larger (RFC 8914 section 2).
enum { EDE_LONGEST_TEXT = 128 };

// An RRset of `count` records of `type` with room for their data. `owner` is a piece of QNAME: the
// encoder writes a pointer to the question for it, so that the client's spelling is kept.
static struct ub_packed_rrset_key* new_rrset(struct regional* region, uint8_t* owner,
                                             size_t owner_length, uint16_t type, size_t count,
                                             time_t ttl) {
  struct ub_packed_rrset_key* key = regional_alloc_zero(region, sizeof(*key));
  struct packed_rrset_data* data = regional_alloc_zero(region, sizeof(*data));
  if (!key || !data) return NULL;
  data->rr_len = regional_alloc_zero(region, count * sizeof(*data->rr_len));
  data->rr_ttl = regional_alloc_zero(region, count * sizeof(*data->rr_ttl));
  data->rr_data = regional_alloc_zero(region, count * sizeof(*data->rr_data));
  if (!data->rr_len || !data->rr_ttl || !data->rr_data) return NULL;
  data->ttl = ttl;
  data->trust = rrset_trust_ans_noAA;
  data->security = sec_status_insecure;

  key->entry.key = key;
  key->entry.data = data;
  key->id = NO_RRSET_ID;
  key->rk.dname = owner;
  key->rk.dname_len = owner_length;
  // TTLs in a query state are relative, and absolute in the cache. This flag says that they are to
  // be written as they are; it also keeps Unbound's serve-original-ttl away from them.
  key->rk.flags = PACKED_RRSET_FIXEDTTL;
  key->rk.type = htons(type);
  key->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
  key->entry.hash = rrset_key_hash(&key->rk);
  return key;
}

// Appends a record: Unbound keeps RDATA with its length in front, in network order.
static int add_record(struct regional* region, struct ub_packed_rrset_key* key,
                      const uint8_t* rdata, size_t length) {
  struct packed_rrset_data* data = key->entry.data;
  uint8_t* copy = regional_alloc(region, sizeof(uint16_t) + length);
  if (!copy) return 0;
  sldns_write_uint16(copy, (uint16_t)length);
  memcpy(copy + sizeof(uint16_t), rdata, length);
  data->rr_data[data->count] = copy;
  data->rr_len[data->count] = sizeof(uint16_t) + length;
  data->rr_ttl[data->count] = data->ttl;
  ++data->count;
  return 1;
}

// How many records of one type stand at the head of `records`, which has one at least.
static size_t count_first_type(struct gate_records records, uint16_t* type) {
  struct gate_record record;
  size_t count = 0;
  while (gate_next_record(&records, &record) && (count == 0 || record.type == *type)) {
    *type = record.type;
    ++count;
  }
  return count;
}

static size_t count_types(struct gate_records records) {
  struct gate_record record;
  uint16_t last = 0;
  size_t types = 0;
  while (gate_next_record(&records, &record)) {
    if (types == 0 || record.type != last) ++types;
    last = record.type;
  }
  return types;
}

// A CNAME to the target, if the answer is one.
static int add_cname(struct module_qstate* qstate, const struct gate_decision* decision,
                     struct reply_info* reply) {
  struct ub_packed_rrset_key* cname;
  if (decision->target_length == 0) return 1;
  cname = new_rrset(qstate->region, qstate->qinfo.qname, qstate->qinfo.qname_len,
                    LDNS_RR_TYPE_CNAME, 1, (time_t)decision->ttl);
  if (!cname) return 0;
  reply->rrsets[reply->an_numrrsets++] = cname;
  return add_record(qstate->region, cname, decision->target, decision->target_length);
}

// The RRsets of the answer section into reply->rrsets; their count is count_types().
static int add_answer(struct module_qstate* qstate, const struct gate_decision* decision,
                      struct reply_info* reply) {
  struct gate_records records = decision->answer;
  struct gate_record record;
  while (records.size > 0) {
    uint16_t type = 0;
    size_t left = count_first_type(records, &type);
    struct ub_packed_rrset_key* rrset =
        new_rrset(qstate->region, qstate->qinfo.qname, qstate->qinfo.qname_len, type, left,
                  (time_t)decision->ttl);
    if (!rrset || left == 0) return 0;
    for (; left > 0 && gate_next_record(&records, &record); --left) {
      const int is_named = record.rdata == decision->named_rdata;
      const uint8_t* rdata = is_named ? decision->named : record.rdata;
      if (!add_record(qstate->region, rrset, rdata, record.rdata_length)) return 0;
    }
    reply->rrsets[reply->an_numrrsets++] = rrset;
  }
  return 1;
}

static int add_soa(struct module_qstate* qstate, const struct gate_decision* decision,
                   struct reply_info* reply) {
  struct ub_packed_rrset_key* soa =
      new_rrset(qstate->region, qstate->qinfo.qname + decision->soa_owner_offset,
                qstate->qinfo.qname_len - decision->soa_owner_offset, LDNS_RR_TYPE_SOA, 1,
                (time_t)decision->ttl);
  if (!soa) return 0;
  reply->rrsets[reply->an_numrrsets + reply->ns_numrrsets++] = soa;
  return add_record(qstate->region, soa, decision->soa_rdata, GATE_SOA_LENGTH);
}

int reply_add_ede(struct module_qstate* qstate, uint16_t code, const char* text, size_t length) {
  uint8_t option[sizeof(uint16_t) + EDE_LONGEST_TEXT];
  if (length > EDE_LONGEST_TEXT) length = EDE_LONGEST_TEXT;
  sldns_write_uint16(option, code);
  memcpy(option + sizeof(uint16_t), text, length);
  return edns_opt_list_append(&qstate->edns_opts_front_out, LDNS_EDNS_EDE,
                              sizeof(uint16_t) + length, option, qstate->region);
}

static int add_ede(struct module_qstate* qstate, const struct gate_decision* decision) {
  return reply_add_ede(qstate, decision->ede_code, decision->ede_text, decision->ede_text_length);
}

// Zeroed, so that fields which only some versions of Unbound have are empty. The array `ref` at its
// end is for replies in the cache.
static struct reply_info* new_reply(struct module_qstate* qstate,
                                    const struct gate_decision* decision) {
  const size_t most = count_types(decision->answer) + (decision->target_length > 0 ? 1 : 0) +
                      (decision->has_soa ? 1 : 0);
  struct reply_info* reply = regional_alloc_zero(qstate->region, sizeof(*reply));
  if (!reply) return NULL;
  reply->rrsets = regional_alloc_zero(qstate->region, (most + 1) * sizeof(*reply->rrsets));
  if (!reply->rrsets) return NULL;
  reply->flags = (uint16_t)(BIT_QR | BIT_RA | decision->rcode);
  if (decision->truncated) reply->flags |= BIT_TC;
  reply->qdcount = 1;
  reply->ttl = (time_t)decision->ttl;
  reply->security = sec_status_insecure;  // no AD, and nothing for a validator to object to
  reply->reason_bogus = LDNS_EDE_NONE;
  if (!add_cname(qstate, decision, reply)) return NULL;
  if (!add_answer(qstate, decision, reply)) return NULL;
  if (decision->has_soa && !add_soa(qstate, decision, reply)) return NULL;
  reply->rrset_count = reply->an_numrrsets + reply->ns_numrrsets;
  return reply;
}

void reply_set(struct module_qstate* qstate, const struct gate_decision* decision) {
  struct dns_msg* message = regional_alloc_zero(qstate->region, sizeof(*message));
  if (message) message->rep = new_reply(qstate, decision);
  if (!message || !message->rep || (decision->has_ede && !add_ede(qstate, decision))) {
    log_err("tollgate: out of memory for a reply");
    qstate->return_rcode = LDNS_RCODE_SERVFAIL;
    qstate->return_msg = NULL;
    return;
  }
  message->qinfo = qstate->qinfo;
  qstate->return_msg = message;
  // Every reply is a whole message, REFUSED and SERVFAIL too: for a bare error code Unbound throws
  // the EDE option away (inplace_cb_reply_servfail_call).
  qstate->return_rcode = LDNS_RCODE_NOERROR;
  // Unbound would look for an expired answer to give in the place of SERVFAIL; and another one of
  // these modules, in front of this one, would store what is no real answer.
  qstate->no_cache_lookup = 1;
}
