# SPDX-License-Identifier: BSD-3-Clause
"""The second table: names against patterns. In process by build/bench/pattern_peers, and dnsdist,
which has its expressions in rules, one after the other, asked over the network."""

import json
import os
import statistics
import subprocess

from peers.dnsdist import DnsDist
from peers.measure import Measured, Round
from servers import Failure, pinned
from setup import progress

ROUNDS = 3  # at most: the figures are far apart, and the time is better spent on names
NAMES = 1_000  # of each kind that dnsdist is asked for: with many rules each takes milliseconds
DNSDIST = "dnsdist RE2Rule, less dnsdist without rules"


class WithoutRules(DnsDist):
    title, filters = "dnsdist without rules", False

    def rules(self):
        return ""


class RegexRules(DnsDist):
    """A rule for each expression. RE2Rule wants the whole name, without its last dot."""

    title = "dnsdist RE2Rule"

    def rules(self):
        return f"""for expression in io.lines("{self.names.folder}/expressions") do
  addAction(RE2Rule("(?:.*\\\\.)?(?:" .. expression .. ")"), RCodeAction(DNSRCode.NXDOMAIN))
end"""


class PatternNames:
    """What a peer wants of peers.names.Names: listed ones are those that a pattern matches."""

    def __init__(self, session, count):
        self.folder = os.path.join(session.folder, f"patterns-{count}")
        os.mkdir(self.folder)
        self.folders = 0
        command = [session.built(session.build_dir, "pattern_peers"), str(count)]
        subprocess.run(command + ["--write", self.folder], check=True)
        self.cached, self.blocked = self.lines("misses"), self.lines("matches")

    def lines(self, name):
        with open(os.path.join(self.folder, name)) as file:
            return list(dict.fromkeys(file.read().split()))[:NAMES]

    def new_folder(self, name):
        self.folders += 1
        path = os.path.join(self.folder, f"{name}-{self.folders}")
        os.mkdir(path)
        return path


def in_process(session, arguments, counts):
    """{count: {engine: entry}}"""
    command = [session.built(session.build_dir, "pattern_peers"), *map(str, counts)]
    command += ["--rounds", str(arguments.rounds), "--seconds", str(arguments.seconds / 5)]
    # The servers' processor: nobody is there yet.
    result = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, preexec_fn=pinned(session.server_cpu)
    )
    if result.returncode != 0:
        raise Failure("pattern_peers has failed")
    return json.loads(result.stdout)


def over_the_network(session, arguments, count):
    """The entry of dnsdist: CPU time for a name, less that of a dnsdist without any rules."""
    entry = Measured(DNSDIST)
    kinds = {WithoutRules: Measured(WithoutRules.title), RegexRules: entry}
    try:
        rounds = Round(session, PatternNames(session, count), arguments, kinds)
        try:
            rounds.start(kinds)
            for _ in range(min(ROUNDS, arguments.rounds)):
                used = {kind: rounds.guarded(kind, rounds.serve) for kind in list(rounds.peers)}
                if None in used.values() or len(used) < len(kinds):
                    break
        finally:
            rounds.stop()
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        entry.fail(failure)
    plain = kinds[WithoutRules].figures.get("cached_us", [])
    if not plain:
        entry.fail(entry.failed or kinds[WithoutRules].failed or "nothing was measured")
        return {"title": DNSDIST, "figures": {}, "failed": entry.failed}
    base = statistics.median(plain)
    figures = {"ready_ms": entry.figures.get("first_ms", [])}
    for figure, source in (("miss_ns", "cached_us"), ("match_ns", "blocked_us")):
        figures[figure] = [1e3 * (used - base) for used in entry.figures.get(source, [])]
    failed = {"failed": entry.failed} if entry.failed else {}
    return {"title": DNSDIST, "figures": figures, **failed}


def measure_patterns(session, arguments, facts):
    """Fills `facts` with {count: {engine: entry}}."""
    if not arguments.patterns:
        return
    progress("patterns, in process; the first run compiles 10,000 of them, which takes a while")
    facts.update(in_process(session, arguments, arguments.patterns))
    for count in arguments.patterns:
        progress(f"{count:,} patterns, dnsdist")
        facts[str(count)]["dnsdist-re2"] = over_the_network(session, arguments, count)
