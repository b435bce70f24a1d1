// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/client.h"

static enum gate_transport transport_of(const struct comm_point* point) {
  if (point->type == comm_http) return GATE_HTTPS;
  if (point->type == comm_tcp) return point->ssl ? GATE_TLS : GATE_TCP;
  return GATE_UDP;
}

// From access-control-tag, or, for a client whom no access-control names, from interface-tag.
static void add_tags(const struct module_env* env, const struct comm_reply* from,
                     struct gate_client* client) {
  struct sockaddr_storage address = from->client_addr;
  const struct acl_addr* acl =
      acl_addr_lookup(env->worker->daemon->acl, &address, from->client_addrlen);
  if (!acl && from->c->socket) acl = from->c->socket->acl;
  if (!acl) return;
  client->tags = acl->taglist;
  client->tags_length = acl->taglist ? acl->taglen : 0;
}

struct gate_client client_of(const struct module_env* env, const struct mesh_reply* reply,
                             int wants_tags) {
  const struct sockaddr_storage* address = &reply->query_reply.client_addr;
  struct gate_client client = {.transport = (uint8_t)transport_of(reply->query_reply.c),
                               .dnssec_ok = (reply->edns.bits & EDNS_DO) != 0,
                               .query_id = ntohs(reply->qid),
                               .query_flags = reply->qflags};
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in* ipv4 = (const struct sockaddr_in*)address;
    client.family = 4;
    client.port = ntohs(ipv4->sin_port);
    memcpy(client.address, &ipv4->sin_addr, sizeof(ipv4->sin_addr));
  } else if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6* ipv6 = (const struct sockaddr_in6*)address;
    client.family = 6;
    client.port = ntohs(ipv6->sin6_port);
    memcpy(client.address, &ipv6->sin6_addr, sizeof(ipv6->sin6_addr));
  }
  if (wants_tags) add_tags(env, &reply->query_reply, &client);
  return client;
}
