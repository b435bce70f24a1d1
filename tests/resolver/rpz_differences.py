# SPDX-License-Identifier: BSD-3-Clause
"""Where Tollgate and the RPZ of Unbound 1.17 differ on purpose: all of it. Each difference names
the row of docs/rpz.md that says why; whatever no difference explains is a fault."""

import ipaddress

from rpz_world import is_below

DIFFERENCES = {}


def difference(row):
    """Of a case (`query`, `zones`, `world`, the answers `ours` and `theirs`): whether it is it."""

    def add(applies):
        DIFFERENCES[row] = applies
        return applies

    return add


def explanation(case):
    """The row that explains why the two answers differ; None where nothing does."""
    return next((row for row, applies in DIFFERENCES.items() if applies(case)), None)


def owners(case, kind=None):
    """The owners of QNAME triggers, or of those below rpz-`kind`, of each zone."""
    for zone in case.zones:
        names = {record.owner for record in zone}
        if kind is None:
            yield {name for name in names if ".rpz-" not in name}
        else:
            end = ".rpz-" + kind
            yield {name[: -len(end)] for name in names if name.endswith(end)}


def network(owner):
    """The prefix that an address trigger is about."""
    length, *reversed_fields = owner.split(".")
    fields = reversed_fields[::-1]
    if len(fields) == 4 and "zz" not in fields:
        return ipaddress.ip_network(f"{'.'.join(fields)}/{length}")
    at = fields.index("zz")
    return ipaddress.ip_network(f"{':'.join(fields[:at])}::{':'.join(fields[at + 1:])}/{length}")


def prefixes_around(case, kind, addresses):
    """All prefixes of rpz-`kind` rules, in any zone, around any of the addresses."""
    prefixes = {network(owner) for zone in owners(case, kind) for owner in zone}
    found = [ipaddress.ip_address(address) for address in addresses]
    return {
        prefix
        for prefix in prefixes
        for address in found
        if address.version == prefix.version and address in prefix
    }


def addresses_of(case):
    """Those in the real answer."""
    records = case.world.records_of(case.world.chain(case.query.qname)[-1]) or []
    kinds = {"A": ("A",), "AAAA": ("AAAA",), "ANY": ("A", "AAAA")}.get(case.query.rdtype, ())
    return [data.split()[1] for data in records if data.split()[0] in kinds]


def is_listed(case, name):
    """Whether a zone has a QNAME rule that can match the name."""
    parents = {name.split(".", at)[-1] for at in range(1, name.count(".") + 1)}
    wildcards = {"*." + parent for parent in parents}
    return any(name in zone or zone & wildcards for zone in owners(case))


def has_listed_target(case):
    return any(is_listed(case, name) for name in case.world.chain(case.query.qname)[1:])


def has_listed_address(case):
    return bool(prefixes_around(case, "ip", addresses_of(case)))


def has_listed_server(case):
    """Whether a rule is about a name server of a zone on the way."""
    for name in case.world.chain(case.query.qname):
        apex = case.world.apex_of(name)
        if apex is None or not case.world.servers:
            continue
        server, address = case.world.server_of(apex)
        wildcard = "*." + server.split(".", 1)[1]
        if any({server, wildcard} & zone for zone in owners(case, "nsdname")):
            return True
        if prefixes_around(case, "nsip", [address]):
            return True
    return False


def matching(case):
    """All records of QNAME, client-ip and nsdname rules that match something of the case, whoever
    comes first."""
    client = ipaddress.ip_address(f"127.0.0.{case.query.client}")
    chain = case.world.chain(case.query.qname)
    apexes = [case.world.apex_of(name) for name in chain]
    servers = [case.world.server_of(apex)[0] for apex in apexes if apex and case.world.servers]
    found = []
    for record in (record for zone in case.zones for record in zone):
        trigger, _, kind = record.owner.partition(".rpz-")
        if kind == "client-ip":
            matches = client in network(trigger)
        else:
            names = {"": chain, "nsdname": servers}.get(kind, ())
            matches = any(
                name.endswith(trigger[1:]) if trigger[0] == "*" else name == trigger
                for name in names
            )
        if matches:
            found.append(record)
    return found


@difference("RD=0")
def asked_without_rd(case):
    """What no rule decides comes out of a cache then, and the two have asked for different names
    before. Of what a rule decides, no data is in ours: a referral is the most that comes before the
    module."""
    decided = case.theirs.rcode != "NOERROR" or case.theirs.truncated or case.theirs.has_local_data
    return not case.query.rd and not (decided and case.ours.records)


@difference("`rpz-tcp-only` over TCP")
def tcp_only_where_unbound_crashes(case):
    """After a CNAME, 1.17.1 writes the action to where there is nothing. Fixed in 1.19."""
    records = [record.data for zone in case.zones for record in zone]
    return case.theirs.rcode == "crash" and "CNAME rpz-tcp-only." in records


@difference("`rpz-tcp-only` over TCP ends it")
def tcp_only_goes_on_over_tcp(case):
    """Over TCP, Unbound goes on to what other rules say of the answer."""
    data = {record.data for record in matching(case)}
    return case.query.tcp and "CNAME rpz-tcp-only." in data


@difference("QTYPE ANY on local data")
def any_on_local_data(case):
    """Unbound gives none of them, or, behind a CNAME, its target's records too."""
    ours, theirs = case.ours.records, case.theirs.records
    return case.query.rdtype == "ANY" and case.ours.has_local_data and (not theirs or ours < theirs)


@difference("Empty non-terminals")
def below_an_empty_non_terminal(case):
    """A zone has a wildcard above a name that exists in it without being listed, and what was
    asked, or is pointed to, is that name or below it."""
    for names in owners(case):
        listed = names | {name[2:] for name in names if name.startswith("*.")}
        for wildcard in (name[2:] for name in names if name.startswith("*.")):
            for name in case.world.chain(case.query.qname):
                parts = name.split(".")
                between = [".".join(parts[at:]) for at in range(len(parts))]
                for node in between:
                    if node == wildcard or not is_below(node, wildcard):
                        continue
                    if node not in names and any(is_below(below, node) for below in listed):
                        return True
    return False


@difference("`rpz-client-ip` with passthru before QNAME")
def passthru_for_a_client(case):
    """Unbound goes on to the QNAME rule of the same zone."""
    return is_listed(case, case.query.qname) and any(
        record.owner.endswith(".rpz-client-ip") and record.data == "CNAME rpz-passthru."
        for record in matching(case)
    )


@difference("`CNAME *.garden.`")
def ttl_of_an_expanded_cname(case):
    """Unbound gives the CNAME that it has put QNAME in front of the TTL 0."""

    def without_ttl(outcome):
        pieces = (record.rsplit(" CNAME ", 1) for record in outcome.records)
        return {piece[0] for piece in pieces}

    data = {record.data for record in matching(case)}
    return "CNAME *.garden.test." in data and without_ttl(case.ours) == without_ttl(case.theirs)


@difference("Several local records of a rule about clients or name servers")
def several_records_for_a_client(case):
    """Unbound answers with one of them."""
    shown, all_of_them = set(case.theirs.records), set(case.ours.records)
    return case.ours[:2] == case.theirs[:2] and len(shown) == 1 and shown < all_of_them


@difference("Local `CNAME` of a rule about clients or name servers")
def local_cname_for_a_client_or_a_server(case):
    """Unbound answers without any record."""
    is_about_them = any(
        record.owner.endswith((".rpz-client-ip", ".rpz-nsip", ".rpz-nsdname"))
        and record.data.endswith("garden.test.")
        for zone in case.zones
        for record in zone
    )
    leads_there = any("garden.test. CNAME" in record for record in case.ours.records)
    says_nothing = case.theirs[:2] == ("NOERROR", False) and not case.theirs.records
    return is_about_them and leads_there and says_nothing


@difference("QTYPE ANY on a local `CNAME`")
def any_on_a_local_cname(case):
    """Unbound follows it, and answers with all types of the target."""
    is_cname = any(record.data.endswith("garden.test.") for record in matching(case))
    return case.query.rdtype == "ANY" and is_cname


@difference("Local `CNAME` with a star, asked for type CNAME")
def star_as_it_is_written(case):
    """Unbound puts QNAME in front only where it follows the CNAME."""
    return any("*.garden.test." in record for record in case.theirs.records)


# --- What the answer decides ----------------------------------------------------------------------


@difference("Owner of what a rule about the answer says")
def shown_under_the_name_that_was_asked(case):
    """Unbound shows the real CNAMEs in front of what the rule says; else they are the same."""
    names = case.world.chain(case.query.qname)
    if len(names) == 1 or case.ours[:2] != case.theirs[:2]:
        return False
    shown = set()
    for record in case.theirs.records:
        owner, rest = record.split(" ", 1)
        if rest.endswith(" CNAME") and owner.rstrip(".") in names:
            continue
        renamed = names[0] + "." if owner.rstrip(".") in names else owner
        shown.add(f"{renamed} {rest}")
    return shown == set(case.ours.records)


@difference("QTYPE CNAME and ANY")
def asked_for_the_cname_itself(case):
    """Who asks for the CNAME is told no more of a listed target than others; Unbound looks at
    what a CNAME leads to only where it follows it."""
    return case.query.rdtype in ("CNAME", "ANY") and (
        has_listed_target(case) or has_listed_address(case)
    )


@difference("Name servers' rules come last")
def judged_at_the_delegation(case):
    """Unbound judges a name server when it hears of it, before it knows what the name leads to:
    the servers of a target come after those of the name."""
    leads_on = len(case.world.chain(case.query.qname)) > 1
    return has_listed_server(case) and (leads_on or has_listed_address(case))


@difference("Several addresses")
def several_addresses(case):
    """Unbound takes the first address that it happens to look at."""
    return len(prefixes_around(case, "ip", addresses_of(case))) > 1 and len(addresses_of(case)) > 1


@difference("Local data of a wildcard for name servers")
def local_data_of_a_wildcard_for_name_servers(case):
    """Unbound looks for them at the server's own name, and finds none."""
    owners_with_data = [
        record.owner
        for record in matching(case)
        if not record.data.startswith("CNAME ") or record.data.endswith("garden.test.")
    ]
    return (
        any(owner[0] == "*" and owner.endswith(".rpz-nsdname") for owner in owners_with_data)
        and case.ours.has_local_data
        and case.theirs[:2] == ("NOERROR", False)
        and not case.theirs.records
    )
