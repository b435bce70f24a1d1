# SPDX-License-Identifier: BSD-3-Clause
"""What the differential test of policy zones asks: authoritative zones, random policy zones, random
queries. All of it follows from a seed."""

import random
from dataclasses import dataclass, replace

HEAD = "$TTL 300\n@ SOA localhost. root.localhost. 1 3600 900 86400 60\n NS localhost.\n"
LABELS = ("a", "b")
DEPTH = 3
# Local data of policy zones, and nothing else: the servers give it the TTL of the policy zone.
LOCAL_DATA = (
    "A 192.0.2.7",
    "A 192.0.2.8",
    "AAAA 2001:db8:ffff::7",
    'TXT "local"',
    "MX 10 local.mail.test.",
    "HTTPS 1 local.web.test.",
    "TYPE65280 \\# 2 6162",
)
GARDEN = "garden.test."
QTYPES = ("A",) * 8 + ("AAAA",) * 3 + ("TXT", "MX", "HTTPS", "CNAME", "ANY", "NS", "TYPE65280")
TRIGGERS = ("qname", "ip", "nsdname", "nsip", "client-ip")


# --- The authoritative side -----------------------------------------------------------------------


class World:
    """Zones on name servers of their own, and names in them that lead to one another.

    `servers` are addresses: one for the root, and one for each zone's name server. Without them,
    one server has all zones."""

    def __init__(self, servers):
        self.servers = servers
        chance = random.Random(5)
        self.zones = {f"zone{number}.test": {} for number in range(6)}
        for number, (apex, records) in enumerate(self.zones.items()):
            for host in range(6):
                addresses = [f"198.51.100.{16 * number + host}"]
                if host % 2:
                    addresses.append(f"203.0.113.{16 * host + number}")
                records[f"x{host}"] = [f"A {address}" for address in addresses]
                records[f"x{host}"].append(f"AAAA 2001:db8:{number}::{host}")
            # The last one says of most names that they do not exist.
            if number < 5:
                wildcard = [f"A 198.51.100.{100 + number}", f"AAAA 2001:db8:{number}:1::1"]
                records["*"] = [*wildcard, 'TXT "truth"', "MX 10 mail.test."]
        self.names = [name for apex in self.zones for name in below(apex, DEPTH)]
        self.names += [f"x{host}.{apex}" for apex in self.zones for host in range(6)]
        aliases = [(f"c{number}", apex) for apex in self.zones for number in range(4)]
        for alias, apex in aliases:
            target = chance.choice(self.names + [f"{a}.{z}" for a, z in aliases if a > alias])
            self.zones[apex][alias] = [f"CNAME {target}."]
        self.names += [f"{alias}.{apex}" for alias, apex in aliases]

    def server_of(self, apex):
        """(name, address) of a zone's name server."""
        number = list(self.zones).index(apex)
        return f"ns{number}.host{number % 3}.test", self.servers[1 + number]

    def root_records(self):
        records = ["garden.test. A 198.51.100.200", 'garden.test. TXT "garden"']
        records += ["*.garden.test. A 198.51.100.201"]
        for apex in self.zones if self.servers else ():
            name, address = self.server_of(apex)
            records += [f"{apex}. NS {name}.", f"{name}. A {address}"]
        return records

    def zone_records(self, apex):
        records = [f"@ NS {self.server_of(apex)[0]}."] if self.servers else []
        for owner, data in self.zones[apex].items():
            records += [f"{owner} {item}" for item in data]
        return records

    def records_of(self, name):
        """The data at a name; None where the name does not exist."""
        apex = next((apex for apex in self.zones if is_below(name, apex)), None)
        if apex is None:
            return ["A 198.51.100.200"] if name == GARDEN[:-1] else None
        if name == apex:
            return []
        labels = name[: -len(apex) - 1].split(".")
        if labels[-1] in self.zones[apex]:
            return self.zones[apex][labels[-1]] if len(labels) == 1 else None
        return self.zones[apex].get("*")

    def chain(self, name):
        """The name, and the targets of the CNAMEs that it leads to."""
        names = [name]
        while True:
            records = self.records_of(names[-1]) or [""]
            if not records[0].startswith("CNAME "):
                return names
            names.append(records[0].split()[1].rstrip("."))

    def apex_of(self, name):
        return next((apex for apex in self.zones if is_below(name, apex)), None)


def below(base, depth):
    """A name and all names below it, of up to `depth` more labels."""
    if depth == 0:
        return [base]
    return [base] + [name for label in LABELS for name in below(f"{label}.{base}", depth - 1)]


def is_below(name, apex):
    return name == apex or name.endswith("." + apex)


# --- Policy zones ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One line of a policy zone, relative to its apex."""

    owner: str
    ttl: int
    data: str

    def __str__(self):
        return f"{self.owner} {self.ttl} {self.data}"


def zone_file_text(records):
    return HEAD + "".join(f"{record}\n" for record in records)


def random_policy_zone(chance, world, triggers, with_cname):
    """Records in a random order; the owners of one name share a TTL, as RFC 2181 has it."""
    owners = []
    if "qname" in triggers:
        for name in chance.sample(world.names, 14):
            owners.append(name)
            owners += ["*." + name] * (chance.random() < 0.4)
    if "ip" in triggers:
        owners += [random_prefix(chance, world) + ".rpz-ip" for _ in range(5)]
    if "nsdname" in triggers:
        owners += [random_server_name(chance) + ".rpz-nsdname" for _ in range(2)]
    if "nsip" in triggers:
        address = chance.choice(world.servers[1:])
        # Not the root's, which is every name's: 127.x.y.1.
        owners.append(v4_trigger(address, chance.choice((31, 32))) + ".rpz-nsip")
    if "client-ip" in triggers:
        address = f"127.0.0.{chance.choice(CLIENTS)}"
        owners.append(v4_trigger(address, chance.choice((31, 32))) + ".rpz-client-ip")
    records = []
    for owner in dict.fromkeys(owners):
        ttl = chance.randrange(30, 600)
        records += [Record(owner, ttl, data) for data in random_data(chance, owner, with_cname)]
    chance.shuffle(records)
    return records


def random_data(chance, owner, with_cname):
    kinds = ["CNAME .", "CNAME *.", "CNAME rpz-passthru.", "CNAME rpz-tcp-only.", "data", "data"]
    kinds += ["CNAME rpz-drop."] * (chance.random() < 0.3)
    if owner.endswith(("nsdname", "nsip")):
        kinds.remove("CNAME rpz-tcp-only.")  # Unbound 1.17.1 ends with a crash
    if with_cname:
        kinds += ["CNAME " + GARDEN, "CNAME *." + GARDEN]
    kind = chance.choice(kinds)
    return [kind] if kind != "data" else chance.sample(LOCAL_DATA, chance.randrange(1, 4))


def v4_trigger(address, length):
    bits = int.from_bytes(bytes(map(int, address.split("."))), "big")
    octets = (bits >> (32 - length) << (32 - length)).to_bytes(4, "big")
    return ".".join(map(str, [length, *reversed(octets)]))


def random_prefix(chance, world):
    number = chance.randrange(6)
    if chance.random() < 0.3:
        # 2001:db8:N::/48 or /64; the first zone's is a part of everybody's 2001:db8::/32.
        return f"{chance.choice((48, 64))}.zz.{number}.db8.2001" if number else "32.zz.db8.2001"
    base = chance.choice((f"198.51.100.{16 * number}", f"203.0.113.{16 * number}"))
    length = chance.choice((26, 28, 29, 31, 32, 32))
    host = chance.randrange(6) if base.startswith("198") else number
    return v4_trigger(base.rsplit(".", 1)[0] + f".{16 * number + host}", length)


def random_server_name(chance):
    host = chance.randrange(3)
    server = f"ns{host + 3 * chance.randrange(2)}"
    return chance.choice((server, "*")) + f".host{host}.test"


# --- Queries --------------------------------------------------------------------------------------

CLIENTS = (1, 2, 3)  # 127.0.0.n


@dataclass(frozen=True)
class Query:
    name: str  # as it is spelled
    rdtype: str
    tcp: bool = False
    do: bool = False
    rd: bool = True
    client: int = 1

    @property
    def qname(self):
        return self.name.lower()

    def __str__(self):
        flags = "".join([" +tcp" * self.tcp, " +do" * self.do, " +nord" * (not self.rd)])
        return f"{self.name} {self.rdtype}{flags} from 127.0.0.{self.client}"


def random_query(chance, world, zones, clients):
    """Of a name that a zone has something to say about, mostly."""
    listed = [record.owner for zone in zones for record in zone if ".rpz-" not in record.owner]
    if listed and chance.random() < 0.5:
        name = chance.choice(listed).replace("*", chance.choice(LABELS))
        if chance.random() < 0.3:
            name = chance.choice(LABELS) + "." + name
    else:
        name = chance.choice(world.names)
    if chance.random() < 0.1:
        name = "".join(chance.choice((letter.upper(), letter)) for letter in name)
    query = Query(name, chance.choice(QTYPES), client=chance.choice(CLIENTS if clients else (1,)))
    return replace(
        query,
        tcp=chance.random() < 0.2,
        do=chance.random() < 0.1,
        rd=chance.random() > 0.03,
    )
