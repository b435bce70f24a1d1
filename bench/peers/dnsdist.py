# SPDX-License-Identifier: BSD-3-Clause
"""dnsdist, with each of the three things that it can look a name and those above it up in.

It is a load balancer with a packet cache, not a resolver. A blocked answer is its own, and so is a
cached one; nothing behind it sees them. A miss goes to an Unbound without a filter, on the same
processor: its figure is the CPU time of both, and the memory is that of both (that Unbound has
some 8 MB before load). It does less than a resolver for a cached answer: no RRsets, no DNSSEC,
the octets of the answer as they came.

The CDB and the LMDB file hold names in wire format, and are mapped: they are in the page cache,
not in dnsdist's own memory.
"""

import os
import subprocess

from peers.peer import Peer
from peers.unbound import NoFilter
from servers import NOERROR, Failure, find_program, wait_for_rcode


def wire(name):
    """A name as DNS messages have it."""
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".")) + b"\0"


class DnsDist(Peer):
    program = package = "dnsdist"

    def __init__(self, session, names):
        super().__init__(session, names)
        self.resolver = NoFilter(session, names)

    def rules(self):
        """Lua that adds the rules."""
        raise NotImplementedError

    def configuration(self):
        return f"""setLocal("127.0.0.1:{self.port}")
setSecurityPollSuffix("")
setMaxUDPOutstanding(65535)
newServer({{address="127.0.0.1:{self.resolver.port}"}})
setServerPolicy(firstAvailable)
getPool(""):setCache(newPacketCache(500000))
{self.rules()}
"""

    def command(self, path):
        return [self.find(), "--supervised", "--disable-syslog", "-C", path]

    def start(self):
        self.resolver.start()
        wait_for_rcode(self.resolver.server, self.resolver.port, self.names.cached, NOERROR)
        super().start()

    def servers(self):
        return super().servers() + self.resolver.servers()


class SuffixMatchNode(DnsDist):
    title, octets_a_name = "dnsdist SuffixMatchNode", 700

    def rules(self):
        return f"""local names = newSuffixMatchNode()
for name in io.lines("{self.names.text()}") do names:add(newDNSName(name)) end
addAction(SuffixMatchNodeRule(names, true), RCodeAction(DNSRCode.NXDOMAIN))"""


class KeyValueStore(DnsDist):
    octets_a_name = 80

    def store(self):
        """A Lua expression."""
        raise NotImplementedError

    def rules(self):
        return f"""addAction(
  KeyValueStoreLookupRule({self.store()}, KeyValueLookupKeySuffix(1, true)),
  RCodeAction(DNSRCode.NXDOMAIN))"""


class Cdb(KeyValueStore):
    title = "dnsdist CDB"

    def prepare(self):
        self.path = self.names.file("names.cdb", self.write)

    def write(self, path):
        records = path + ".records"  # those of cdbmake(1)
        with open(records, "wb") as file:
            for name in self.names.listed:
                key = wire(name)
                file.write(b"+%d,1:%b->1\n" % (len(key), key))
            file.write(b"\n")
        result = subprocess.run(
            [find_program("cdb"), "-c", path, records], capture_output=True, text=True
        )
        os.remove(records)
        if result.returncode != 0:
            raise Failure(f"cdb: {result.stderr}")

    def store(self):
        return f'newCDBKVStore("{self.path}", 0)'


class Lmdb(KeyValueStore):
    title = "dnsdist LMDB"

    def prepare(self):
        self.path = self.names.file("names.lmdb", self.write)

    def write(self, path):
        try:
            import lmdb
        except ImportError:
            raise Failure("Python's lmdb is missing: Debian's package python3-lmdb") from None
        with lmdb.open(path, subdir=False, map_size=2**32, max_dbs=1, sync=False) as environment:
            table = environment.open_db(b"names")
            with environment.begin(db=table, write=True) as transaction:
                # In order, each page is filled before the next one is begun.
                for key in sorted(map(wire, self.names.listed)):
                    transaction.put(key, b"1", append=True)

    def store(self):
        return f'newLMDBKVStore("{self.path}", "names")'
