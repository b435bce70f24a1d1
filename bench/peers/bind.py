# SPDX-License-Identifier: BSD-3-Clause
"""BIND with a response policy zone: the same file that Unbound's RPZ reads.

`qname-wait-recurse no` lets it answer from the policy zone without asking upstream first, which is
not its default: with the default a blocked answer costs a miss.
"""

from peers.peer import Peer


class Bind(Peer):
    title, program, package = "BIND RPZ", "named", "bind9"
    octets_a_name = 1200

    def prepare(self):
        self.names.policy_zone()

    def configuration(self):
        return f"""options {{
  directory "{self.folder}";
  listen-on port {self.port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion yes;
  allow-recursion {{ 127.0.0.1; }};
  forward only;
  forwarders {{ 127.0.0.1 port {self.session.authority_port}; }};
  dnssec-validation no;
  empty-zones-enable no;
  recursive-clients 10000;
  max-cache-size 512m;
  response-policy {{ zone "rpz.invalid"; }} qname-wait-recurse no;
}};
controls {{ }};
logging {{
  category default {{ default_stderr; }};
  category lame-servers {{ null; }};
  category rpz {{ null; }};
  category rpz-passthru {{ null; }};
}};
zone "rpz.invalid" {{
  type primary;
  file "{self.names.policy_zone()}";
  allow-query {{ none; }};
}};
"""

    def command(self, path):
        return [self.find(), "-g", "-n", "1", "-c", path]
