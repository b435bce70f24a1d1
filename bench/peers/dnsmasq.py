# SPDX-License-Identifier: BSD-3-Clause
"""dnsmasq with local=/name/ for each name, as lists for it are published.

A forwarder with a cache: it passes misses on, straight to the authoritative server, and does none
of a resolver's work for them. Its cache takes RRsets and no negative answers of the rules: these
come from the list at every question.
"""

from peers.peer import Peer


class Dnsmasq(Peer):
    title, program, package = "dnsmasq", "dnsmasq", "dnsmasq-base"
    octets_a_name = 200

    def prepare(self):
        self.path = self.names.file("dnsmasq.names", self.write)

    def write(self, path):
        with open(path, "w") as file:
            file.writelines(f"local=/{name}/\n" for name in self.names.listed)

    def configuration(self):
        return f"""port={self.port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
no-poll
user=root
pid-file=
cache-size=150000
dns-forward-max=10000
server=127.0.0.1#{self.session.authority_port}
conf-file={self.path}
"""

    def command(self, path):
        return [self.find(), "--keep-in-foreground", "--log-facility=-", f"--conf-file={path}"]
