# SPDX-License-Identifier: BSD-3-Clause
"""Where Tollgate and the RPZ of Unbound 1.17 differ on purpose: all of it. Each difference names
the row of docs/rpz.md that says why; whatever no difference explains is a fault."""

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


@difference("QTYPE ANY on local data")
def any_on_local_data(case):
    return case.query.rdtype == "ANY" and not case.theirs.records and bool(case.ours.records)


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
