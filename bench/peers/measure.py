# SPDX-License-Identifier: BSD-3-Clause
"""Starting peers, loading them in turn, and what that costs them."""

import os
import re
import statistics
import subprocess
import time

from comparison import Load, measure_load
from servers import Failure, pinned
from setup import progress
from switching import Latencies

# Names that nobody asked for before: many short bursts, in turn, so that a disturbance meets few.
BURSTS, BURST = 2, 8_000  # in each round
LONGEST_BURST_SECONDS = 3  # dnsmasq takes milliseconds for a miss at the largest size
FEWEST_ROUNDS = 2  # whatever the time is: one round has no spread
# A start that is quicker than this is repeated, and the others are not worth their time.
QUICK_START_SECONDS = 8
# CPU time of the authoritative server for each answer of a peer's. A question costs it some
# microseconds, so that fewer than one answer in fifty has asked it.
IDLE_AUTHORITY_US = 0.1
IDLE_AUTHORITY_SECONDS = 2e-3  # in a whole load: it has its own housekeeping
WARM_UPS = 20


class LatencyLoad(Load):
    """dnsperf at a rate, which says of each query how long it took."""

    # Questions under way: as many as fit into the buffer of a socket that nobody has enlarged. One
    # that is lost is waited for at the end, and takes the rate down.
    outstanding = 100

    def latencies(self, port, queries, rate, seconds):
        output = os.path.join(self.folder, "dnsperf.output")
        command = [self.program, "-s", "127.0.0.1", "-p", str(port), "-d", queries, "-v"]
        command += ["-c", "4", "-q", str(self.outstanding), "-t", "2", *(["-e"] if self.edns else [])]
        command += ["-Q", str(max(1, int(rate))), "-l", str(seconds)]
        with open(output, "wb") as file:
            status = subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, preexec_fn=pinned(self.cpu)
            ).returncode
        if status != 0:
            with open(output, errors="replace") as file:
                raise Failure(f"dnsperf failed: {file.read()[-500:]}")
        found, lost = Latencies(), 0
        with open(output, "rb") as file:
            for line in file:
                fields = line.split()
                if line.startswith(b"> ") and len(fields) == 5 and fields[1] != b"T":
                    if fields[1] != b"NOERROR":
                        raise Failure(f"at half load an answer is {fields[1].decode()}")
                    found.counts[int(float(fields[4]) * 1e6 + 0.5)] += 1
                elif line.startswith(b"  Queries lost:"):
                    lost = int(re.search(rb"\d+", line)[0])
        if not found.counts:
            raise Failure("no answers at half load")
        return found, lost


class Measured:
    """What has been found out about one peer at one size."""

    def __init__(self, title):
        self.title = title
        self.figures = {}
        self.conditions = {"busy": [], "lost": 0, "rounds": 0}
        self.failed = None

    def add(self, figure, value):
        self.figures.setdefault(figure, []).append(value)

    def fail(self, failure):
        self.failed = str(failure)

    def facts(self):
        return {
            "title": self.title,
            "figures": self.figures,
            "conditions": self.conditions,
            **({"failed": self.failed} if self.failed else {}),
        }


def groups(classes, count, octets):
    """Peers that fit into memory together, by what they say that they need. Those that are
    `in_every_group` are measured again in each, beside the others."""
    always = [one for one in classes if one.in_every_group]
    found = [list(always)]
    for one in classes:
        if one in always:
            continue
        if sum(each.octets_a_name for each in found[-1] + [one]) * count > octets:
            if len(found[-1]) > len(always):
                found.append(list(always))
        found[-1].append(one)
    return found


class Round:
    """The peers of one group, which are all up, and the loads that they get."""

    def __init__(self, session, names, arguments, results):
        self.session, self.names, self.arguments = session, names, arguments
        self.results = results
        self.load = LatencyLoad(session.dnsperf, session.client_cpu, names.folder, arguments)
        self.cached = self.load.write("cached", names.cached)
        self.blocked = self.load.write("blocked", names.blocked)
        self.peers = {}
        self.bursts = 0

    # --- One peer ---------------------------------------------------------------------------------

    def started(self, kind):
        """A peer that answers, and the seconds that it took."""
        peer = kind(self.session, self.names)
        try:
            peer.prepare()
            peer.start()
            self.session.servers += peer.servers()
            return peer, peer.ready(self.arguments.start_seconds)
        except BaseException:
            peer.stop()
            raise

    def bring_up(self, kind, result):
        for attempt in range(self.arguments.starts):
            peer, seconds = self.started(kind)
            result.add("first_ms", seconds * 1e3)
            if seconds > QUICK_START_SECONDS or attempt + 1 == self.arguments.starts:
                break
            peer.stop()
        time.sleep(0.5)  # what a start leaves to be done is done
        own, mapped = peer.pages()
        result.add("private_mb", own / 1e6)
        result.add("mapped_mb", mapped / 1e6)
        self.peers[kind] = peer
        self.warm_up(peer)

    def answers(self, peer, result, queries, rcode, *limit):
        """measure_load, and the CPU time of the authoritative server for each answer."""
        before = self.session.authority.cpu_seconds()
        found = measure_load(self.load, peer, peer.title, peer.port, queries, rcode, *limit)
        used = self.session.authority.cpu_seconds() - before
        found["authority_us"] = self.per_answer(used, found["completed"])
        result.conditions["lost"] += found["lost"]
        return found

    @staticmethod
    def per_answer(used, answers):
        return used / answers * 1e6 if used > IDLE_AUTHORITY_SECONDS else 0

    def warm_up(self, peer):
        """Asks for every cached name until all are in the cache: answers get lost on the way."""
        for _ in range(WARM_UPS):
            before = self.session.authority.cpu_seconds()
            done = self.load.run(peer.port, self.cached, "-n", "1")["completed"]
            used = self.session.authority.cpu_seconds() - before
            if done and self.per_answer(used, done) < IDLE_AUTHORITY_US:
                return
        raise Failure(f"{peer.title}: the cached names do not stay in the cache")

    def local_answers(self, peer, result, queries, rcode):
        """Answers that nobody else may have been asked for."""
        seconds = str(self.arguments.seconds)
        found = self.answers(peer, result, queries, rcode, "-l", seconds)
        if found["authority_us"] > IDLE_AUTHORITY_US:
            raise Failure(
                f"{peer.title}: answers that are {rcode} come from upstream, or some of them: "
                f"{found['authority_us']:.2f} us of the authoritative server's for each"
            )
        result.conditions["busy"].append(found["busy"])
        return found

    def serve(self, kind, result):
        peer = self.peers[kind]
        cached = self.local_answers(peer, result, self.cached, "NOERROR")
        result.add("cached_us", cached["cpu_us"])
        result.add("cached_user_us", cached["user_us"])
        result.add("qps", cached["qps"])
        if peer.filters:
            blocked = self.local_answers(peer, result, self.blocked, "NXDOMAIN")
            result.add("blocked_us", blocked["cpu_us"])
            result.add("blocked_user_us", blocked["user_us"])
            result.add("blocked_x", blocked["cpu_us"] / cached["cpu_us"])
            result.add("blocked_qps", blocked["qps"])
        latencies, lost = self.load.latencies(
            peer.port, self.cached, cached["qps"] / 2, self.arguments.seconds
        )
        result.conditions["lost"] += lost
        for percent, figure in ((50, "p50_ms"), (99, "p99_ms"), (99.9, "p999_ms")):
            result.add(figure, latencies.percentile_ms(percent))
        result.conditions["rounds"] += 1
        return cached["cpu_us"]

    def miss(self, kind, result, queries):
        limit = ("-n", "1", "-l", str(LONGEST_BURST_SECONDS))
        found = self.answers(self.peers[kind], result, queries, "NOERROR", *limit)
        if found["authority_us"] < IDLE_AUTHORITY_US:
            raise Failure(f"{kind.title}: misses are not asked for upstream")
        return found["cpu_us"]

    # --- All of them ------------------------------------------------------------------------------

    def guarded(self, kind, act, *arguments):
        """What one peer cannot do ends its part, and nobody else's."""
        result = self.results[kind]
        try:
            return act(kind, result, *arguments)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            progress(f"  {kind.title}: {failure}")
            result.fail(failure)
            peer = self.peers.pop(kind, None)
            if peer:
                peer.stop()
            return None

    def start(self, kinds):
        for kind in kinds:
            progress(f"  starting {kind.title}")
            self.guarded(kind, self.bring_up)

    def once(self, number):
        """Each round begins with another peer, so that none is always the first after a change."""
        order = list(self.peers)
        shift = number % max(1, len(order))
        order = order[shift:] + order[:shift]
        # Beside the one without a filter of the same round: a machine has slow minutes.
        cached = {kind: self.guarded(kind, self.serve) for kind in order}
        plain = next((used for kind, used in cached.items() if not kind.filters), None)
        for kind, used in cached.items():
            if plain and used:
                self.results[kind].add("cached_x", used / plain)
        misses = {kind: [] for kind in order}
        for _ in range(BURSTS):
            self.bursts += 1
            names = (f"m{i}.b{self.bursts}.miss.example" for i in range(BURST))
            queries = self.load.write("misses", names)
            for kind in order:
                if kind in self.peers:
                    misses[kind].append(self.guarded(kind, self.miss, queries))
        for kind, found in misses.items():
            if found and None not in found:
                self.results[kind].add("miss_us", statistics.mean(found))

    def run(self, kinds, deadline):
        self.start(kinds)
        took = 0
        for number in range(self.arguments.rounds):
            began = time.monotonic()
            if number >= FEWEST_ROUNDS and began + took > deadline:
                progress(f"  {number} rounds: there is no time for another one")
                break
            progress(f"  round {number + 1} of {self.arguments.rounds}")
            self.once(number)
            took = time.monotonic() - began
        for kind, peer in self.peers.items():
            own, mapped = peer.pages()
            self.results[kind].add("private_loaded_mb", own / 1e6)
            self.results[kind].add("mapped_loaded_mb", mapped / 1e6)

    def stop(self):
        for peer in self.peers.values():
            peer.stop()
