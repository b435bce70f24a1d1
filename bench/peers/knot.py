# SPDX-License-Identifier: BSD-3-Clause
"""Knot Resolver 5 with policy.rpz: the same file that Unbound's RPZ reads.

The rules become tables of LuaJIT, whose memory is limited to one or two gigabytes by its build.
Debian 12 and 13 have version 5; the `rules` of version 6 are in neither. The cache is a file that
is mapped (LMDB): the cached answers are in the column of mapped pages. What a stub resolver is told
it keeps for five seconds, whatever the TTL; min_ttl has it keep them as the others do.
"""

from peers.peer import Peer


class Knot(Peer):
    title, program, package = "Knot Resolver policy.rpz", "kresd", "knot-resolver"
    octets_a_name = 400

    def prepare(self):
        self.names.policy_zone()

    def configuration(self):
        return f"""net.ipv6 = false
net.listen("127.0.0.1", {self.port}, {{ kind = "dns" }})
trust_anchors.remove(".")
cache.size = 200 * MB
cache.min_ttl(3600)
policy.add(policy.rpz(policy.DENY, "{self.names.policy_zone()}", false))
policy.add(policy.all(policy.STUB("127.0.0.1@{self.session.authority_port}")))
"""

    def command(self, path):
        return [self.find(), "--noninteractive", f"--config={path}", self.folder]
