// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/garden.h"
#include "module/reply.h"

static const char kUnresolved[] = "tollgate: the target of the CNAME does not resolve";
static const char kLoop[] = "tollgate: the target of the CNAME leads back to the name";

// SERVFAIL in place of the CNAME: a chain that ends in nothing tells a client less. The rule's own
// EDE stays in front.
static void fail(struct module_qstate* qstate, uint16_t ede_code, const char* why) {
  struct reply_info* reply = qstate->return_msg->rep;
  reply->flags = BIT_QR | BIT_RA | LDNS_RCODE_SERVFAIL;
  reply->an_numrrsets = 0;
  reply->ns_numrrsets = 0;
  reply->ar_numrrsets = 0;
  reply->rrset_count = 0;
  reply_add_ede(qstate, ede_code, why, strlen(why));
}

int garden_begin(struct module_qstate* qstate, const struct gate_decision* decision) {
  struct query_info target = {.qname_len = decision->target_length,
                              .qtype = qstate->qinfo.qtype,
                              .qclass = LDNS_RR_CLASS_IN};
  struct module_qstate* started = NULL;
  uint8_t qname[sizeof(decision->target)];
  if (!decision->has_chain || !qstate->return_msg) return 0;
  memcpy(qname, decision->target, decision->target_length);
  target.qname = qname;
  // Neither while it waits nor where it fails may an expired answer to QNAME be given in its place.
  qstate->no_cache_lookup = 1;
  // A new state runs, from the first module on, as soon as this one waits.
  if (!qstate->env->attach_sub(qstate, &target, qstate->query_flags, 0, 0, &started)) {
    fail(qstate, LDNS_EDE_OTHER, kUnresolved);
    return 0;
  }
  return 1;
}

// A copy in `region`, records and signatures one by one: replies that modules make up are not laid
// out as those from the network are, which Unbound's own copying asks for.
static struct ub_packed_rrset_key* copy_rrset(struct regional* region,
                                              const struct ub_packed_rrset_key* from) {
  const struct packed_rrset_data* records = from->entry.data;
  const size_t count = records->count + records->rrsig_count;
  struct ub_packed_rrset_key* key = regional_alloc_zero(region, sizeof(*key));
  struct packed_rrset_data* data = regional_alloc_init(region, records, sizeof(*records));
  if (!key || !data) return NULL;
  data->rr_len = regional_alloc_init(region, records->rr_len, count * sizeof(*data->rr_len));
  data->rr_ttl = regional_alloc_init(region, records->rr_ttl, count * sizeof(*data->rr_ttl));
  data->rr_data = regional_alloc(region, count * sizeof(*data->rr_data));
  if (!data->rr_len || !data->rr_ttl || !data->rr_data) return NULL;
  for (size_t i = 0; i < count; ++i) {
    data->rr_data[i] = regional_alloc_init(region, records->rr_data[i], records->rr_len[i]);
    if (!data->rr_data[i]) return NULL;
  }
  key->entry.key = key;
  key->entry.data = data;
  key->entry.hash = from->entry.hash;
  key->rk = from->rk;
  key->rk.dname = regional_alloc_init(region, from->rk.dname, from->rk.dname_len);
  return key->rk.dname ? key : NULL;
}

// Puts the sections of `target` behind the CNAME of `reply`. 0 without memory.
static int add_target(struct regional* region, struct reply_info* reply,
                      const struct reply_info* target) {
  struct ub_packed_rrset_key** rrsets =
      regional_alloc(region, (1 + target->rrset_count) * sizeof(*rrsets));
  if (!rrsets) return 0;
  rrsets[0] = reply->rrsets[0];
  for (size_t i = 0; i < target->rrset_count; ++i) {
    rrsets[1 + i] = copy_rrset(region, target->rrsets[i]);
    if (!rrsets[1 + i]) return 0;
  }
  reply->rrsets = rrsets;
  reply->an_numrrsets = 1 + target->an_numrrsets;
  reply->ns_numrrsets = target->ns_numrrsets;
  reply->ar_numrrsets = target->ar_numrrsets;
  reply->rrset_count = 1 + target->rrset_count;
  reply->flags = (uint16_t)(BIT_QR | BIT_RA | FLAGS_GET_RCODE(target->flags));
  return 1;
}

// As mesh_send_reply has it.
static int is_refused_by_validator(const struct module_qstate* super,
                                   const struct reply_info* target) {
  const int validates = super->env->need_to_validate &&
                        (!(super->query_flags & BIT_CD) || super->env->cfg->ignore_cd);
  return validates && (target->security <= sec_status_bogus ||
                       target->security == sec_status_secure_sentinel_fail);
}

// Whether the chain behind the target comes to QNAME: with what is in front of it, that is a loop.
static int leads_to(const struct reply_info* target, uint8_t* qname) {
  for (size_t i = 0; i < target->an_numrrsets; ++i) {
    struct ub_packed_rrset_key* rrset = target->rrsets[i];
    uint8_t* next = NULL;
    size_t next_length = 0;
    if (query_dname_compare(rrset->rk.dname, qname) == 0) return 1;
    if (ntohs(rrset->rk.type) != LDNS_RR_TYPE_CNAME) continue;
    get_cname_target(rrset, &next, &next_length);
    if (next && query_dname_compare(next, qname) == 0) return 1;
  }
  return 0;
}

// A failure that Unbound remembers comes as a message with its RCODE.
static int is_resolved(const struct module_qstate* sub) {
  if (sub->return_rcode != LDNS_RCODE_NOERROR || !sub->return_msg || !sub->return_msg->rep)
    return 0;
  switch (FLAGS_GET_RCODE(sub->return_msg->rep->flags)) {
    case LDNS_RCODE_NOERROR:
    case LDNS_RCODE_NXDOMAIN:
    case LDNS_RCODE_YXDOMAIN:  // a DNAME
      return 1;
    default:
      return 0;
  }
}

void garden_end(const struct module_qstate* sub, struct module_qstate* super) {
  const struct reply_info* target;
  if (!super->return_msg) return;
  if (!is_resolved(sub)) {
    fail(super, LDNS_EDE_OTHER, kUnresolved);
    return;
  }
  target = sub->return_msg->rep;
  if (is_refused_by_validator(super, target)) {
    const int has_reason = target->reason_bogus != LDNS_EDE_NONE;
    fail(super, (uint16_t)(has_reason ? target->reason_bogus : LDNS_EDE_DNSSEC_BOGUS), kUnresolved);
  } else if (leads_to(target, super->qinfo.qname)) {
    fail(super, LDNS_EDE_OTHER, kLoop);
  } else if (!add_target(super->region, super->return_msg->rep, target)) {
    log_err("tollgate: out of memory for a reply");
    fail(super, LDNS_EDE_OTHER, kUnresolved);
  }
}
