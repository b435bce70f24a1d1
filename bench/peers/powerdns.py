# SPDX-License-Identifier: BSD-3-Clause
"""The PowerDNS Recursor with a response policy zone: the same file that Unbound's RPZ reads.

One thread that answers. Its packet cache is on, as it is by default: a cached answer comes from
there, and so does a blocked one that was asked for within the last minute. Rounds are about a
minute apart and ask for many names, so that most of the blocked answers come from the rules.
"""

import os

from peers.peer import Peer


class PowerDns(Peer):
    title, program, package = "PowerDNS Recursor RPZ", "pdns_recursor", "pdns-recursor"
    octets_a_name = 600

    def prepare(self):
        path = os.path.join(self.folder, "rules.lua")
        with open(path, "w") as file:
            file.write(f'rpzFile("{self.names.policy_zone()}", {{policyName="bench"}})\n')

    def configuration(self):
        return f"""local-address=127.0.0.1
local-port={self.port}
daemon=no
threads=1
dnssec=off
forward-zones-recurse=.=127.0.0.1:{self.session.authority_port}
dont-query=
export-etc-hosts=off
security-poll-suffix=
quiet=yes
write-pid=no
socket-dir={self.folder}
lua-config-file={self.folder}/rules.lua
"""

    def command(self, path):
        os.rename(path, os.path.join(self.folder, "recursor.conf"))
        command = [self.find(), f"--config-dir={self.folder}"]
        # From 5.2 on (Debian 13) it expects YAML, and reads the older form when told to.
        if tuple(map(int, self.version().split(".")[:2])) >= (5, 2):
            command.append("--enable-old-settings")
        return command
