# SPDX-License-Identifier: BSD-3-Clause
"""What `switches` needs beside the servers: two databases and their switching, load whose every
answer is looked at, and memory over time."""

import collections
import json
import os
import random
import re
import socket
import subprocess
import threading
import time

from servers import NOERROR, NXDOMAIN, Failure, output_of, pinned, question
from setup import Setup

LISTED_SEED = 1
GOOD_SEED = 4
# Which names clients ask for, in percent.
MIX = {"good": 80, "both": 8, "only A": 4, "only B": 4, "miss": 4}
OWN = ("good", "both")  # whatever is switched, Unbound asks nobody for these
FLIPPING_NAMES = 1000  # distinct ones that are asked for, of those that one database alone blocks
BLOCKED_NAMES = 20_000
CHECKED_NAMES = 8  # of each database, after each switch, besides
MISS = "not-in-any-cache.example"
PROBES = 4  # sockets: Unbound's threads share the port, and the kernel chooses by the source's
POLL_SECONDS = 0.002


class TwoDatabases(Setup):
    """Two compiled databases of as many names, half of them in both; and names to ask for."""

    def prepare(self, count, cached):
        listed = self.generated(count + count // 2, "--seed", str(LISTED_SEED))
        known = set(listed)
        half = count // 2
        both, only_a, only_b = listed[:half], listed[half:count], listed[count:]

        def is_listed(name):
            return any(name[i:] in known for i in range(len(name)) if i == 0 or name[i - 1] == ".")

        candidates = self.generated(cached + cached // 8 + 1000, "--hosts", "--seed", str(GOOD_SEED))
        self.good = [name for name in candidates if not is_listed(name)][:cached]
        if len(self.good) < cached:
            raise Failure("too few of the generated names are in no database")
        choice = random.Random(LISTED_SEED)
        sample = {
            "both": choice.sample(both, min(BLOCKED_NAMES, len(both))),
            "only A": choice.sample(only_a, FLIPPING_NAMES + CHECKED_NAMES),
            "only B": choice.sample(only_b, FLIPPING_NAMES + CHECKED_NAMES),
        }
        self.checked = [sample[key][FLIPPING_NAMES:] for key in ("only A", "only B")]
        self.asked = {key: names[:BLOCKED_NAMES] for key, names in sample.items()}
        for key in ("only A", "only B"):
            self.asked[key] = sample[key][:FLIPPING_NAMES]
        self.blocked = self.asked["both"]  # what Resolver waits for
        self.misses = 0

        self.database = os.path.join(self.folder, "tollgate.db")
        self.files = [
            self.compiled("a", both + only_a),
            self.compiled("b", both + only_b),
        ]
        self.database_size = max(os.path.getsize(path) for path in self.files)
        with open(os.path.join(self.folder, "module.yaml"), "w") as file:
            file.write("database: tollgate.db\ncontrol:\n  socket: control.sock\n")
        self.put(0)

    def compiled(self, name, names):
        with open(os.path.join(self.folder, name + ".txt"), "w") as file:
            file.writelines(owner + "\n" for owner in names)
        manifest, database = (os.path.join(self.folder, name + end) for end in (".yaml", ".db"))
        with open(manifest, "w") as file:
            file.write(f"policies:\n  - id: feed\n    file: {name}.txt\n    syntax: domains\n")
        status, text = output_of([self.tollgate, "compile", manifest, "-o", database])
        if status != 0:
            raise Failure(f"tollgate compile failed:\n{text}")
        return database

    def put(self, which):
        """Puts one of the databases in place, as `tollgate compile` does: by rename."""
        new = self.database + ".new"
        if os.path.exists(self.database) and os.path.samefile(self.database, self.files[which]):
            return  # renaming one of two links to a file onto the other one does nothing
        os.link(self.files[which], new)
        os.rename(new, self.database)

    def queries(self, path, count, cached):
        """Writes a file with `count` questions in the proportions of MIX, the good ones of the
        first `cached` names; and the kind of each name but the misses."""
        kinds = random.choices(list(MIX), list(MIX.values()), k=count)
        names = {"good": self.good[:cached], **self.asked}
        with open(path, "w") as file:
            for kind in kinds:
                if kind == "miss":
                    self.misses += 1
                    file.write(f"{self.misses:x}.{MISS} A\n")
                else:
                    chosen = names[kind]
                    file.write(chosen[int(random.random() * len(chosen))] + " A\n")

    def kinds(self):
        """The kind of each name that is asked for, as octets, but of the misses."""
        kinds = {name.encode(): "good" for name in self.good}
        for kind, names in self.asked.items():
            kinds.update((name.encode(), kind) for name in names)
        return kinds


# --- Load -----------------------------------------------------------------------------------------


class Latencies:
    """How many answers took so many microseconds."""

    def __init__(self):
        self.counts = collections.Counter()

    def percentile_ms(self, percent):
        wanted, seen = sum(self.counts.values()) * percent / 100, 0
        for microseconds in sorted(self.counts):
            seen += self.counts[microseconds]
            if seen >= wanted:
                return microseconds / 1000
        return None

    def max_ms(self):
        return max(self.counts) / 1000 if self.counts else None


class Load:
    """dnsperf, which says of each query what came back and when."""

    # A name that one of the databases blocks has either answer, and nothing else.
    EXPECTED = {
        "good": (b"NOERROR",),
        "miss": (b"NOERROR",),
        "both": (b"NXDOMAIN",),
        "only A": (b"NOERROR", b"NXDOMAIN"),
        "only B": (b"NOERROR", b"NXDOMAIN"),
    }

    def __init__(self, setup):
        self.setup = setup
        self.kinds = setup.kinds()
        self.path = os.path.join(setup.folder, "queries")
        self.output = os.path.join(setup.folder, "dnsperf")

    def command(self, port, outstanding, *more):
        return [self.setup.dnsperf, "-s", "127.0.0.1", "-p", str(port), "-d", self.path,
                "-c", "8", "-q", str(outstanding), *more]  # fmt: skip

    def fill(self, port, names):
        """Asks for every name once."""
        with open(self.path, "w") as file:
            file.writelines(f"{name} A\n" for name in names)
        status, text = output_of(self.command(port, 50, "-n", "1"))
        if status != 0:
            raise Failure(f"dnsperf failed:\n{text}")

    def run(self, port, outstanding, seconds, rate=None):
        """Asks the questions that were written last."""
        command = self.command(port, outstanding, "-l", str(seconds), "-v")
        if rate:
            command += ["-Q", str(int(rate))]
        with open(self.output, "wb") as output:
            status = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT,
                preexec_fn=pinned(self.setup.client_cpu),
            ).returncode  # fmt: skip
        if status != 0:
            raise Failure(f"dnsperf failed; see {self.output}")

    def look(self):
        """What came back, once dnsperf has ended: this takes a while."""
        latencies, own = Latencies(), Latencies()
        wrong, rcodes = collections.Counter(), collections.Counter()
        rest = []
        timed_out = 0
        with open(self.output, "rb") as file:
            for line in file:
                if not line.startswith(b"> "):
                    rest.append(line)
                    continue
                fields = line.split()
                if fields[1] == b"T":
                    timed_out += 1
                    continue
                if fields[1] == b"I":
                    continue
                _, rcode, name, _, latency = fields
                microseconds = int(float(latency) * 1e6 + 0.5)
                latencies.counts[microseconds] += 1
                rcodes[rcode] += 1
                kind = self.kinds.get(name, "miss")
                if kind in OWN:
                    own.counts[microseconds] += 1
                if rcode not in self.EXPECTED[kind]:
                    wrong[f"{kind}: {rcode.decode()}"] += 1
        text = b"".join(rest).decode()
        lost = re.search(r"Queries lost:\s+(\d+)", text)
        qps = re.search(r"Queries per second:\s+([\d.]+)", text)
        if lost is None or qps is None or not latencies.counts:
            raise Failure(f"dnsperf got no answers:\n{text[-2000:]}")
        return {
            "latencies": latencies,
            "own": own,
            "completed": sum(rcodes.values()),
            "lost": max(int(lost[1]), timed_out),
            "wrong": wrong,
            "rcodes": rcodes,
            "qps": float(qps[1]),
        }


# --- Switching ------------------------------------------------------------------------------------


class Control:
    """The module's control socket, over one connection."""

    def __init__(self, folder):
        self.peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.peer.settimeout(60)
        self.peer.connect(os.path.join(folder, "control.sock"))
        self.answers = self.peer.makefile()

    def tell(self, request):
        self.peer.sendall(request.encode() + b"\n")
        answer = json.loads(self.answers.readline())
        if not answer["ok"]:
            raise Failure(f"{request}: {answer['error']}")
        return answer

    def close(self):
        self.answers.close()
        self.peer.close()


class Prober:
    """Asks for a handful of names at once, through every one of the resolver's threads."""

    def __init__(self, port):
        self.sockets = []
        for _ in range(PROBES):
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            probe.connect(("127.0.0.1", port))
            probe.settimeout(5)
            self.sockets.append(probe)

    def rcodes(self, names):
        """The RCODE of each name from each socket; None where nothing came."""
        found = []
        for probe in self.sockets:
            for ident, name in enumerate(names):
                probe.send(question(name, ident))
        for probe in self.sockets:
            answers = [None] * len(names)
            try:
                for _ in names:
                    answer = probe.recv(4096)
                    answers[answer[1]] = answer[3] & 0xF
            except TimeoutError:
                pass
            found += answers
        return found


class Switcher(threading.Thread):
    """Until it is told to stop: puts the other database in place, waits until the module says that
    it is in force, and asks for names that it blocks and that its predecessor did not: they are in
    Unbound's cache. With `idle` it asks and watches as often, and changes nothing."""

    IDLE_SECONDS = 0.1

    def __init__(self, setup, resolver, state, idle=False, limit=None, every=0):
        super().__init__(daemon=True)
        self.setup, self.state, self.idle, self.limit = setup, state, idle, limit
        self.every = every  # seconds from one switch to the next, where it is done by then
        self.control = Control(setup.folder)
        self.prober = Prober(resolver.port)
        self.stopping = threading.Event()
        self.seconds, self.sweep_seconds, self.fault = [], [], None
        self.checked = self.check_lost = self.check_wrong = 0

    def status(self):
        return self.control.tell("status")

    def run(self):
        try:
            while not self.stopping.is_set() and len(self.seconds) != self.limit:
                began = time.perf_counter()
                if self.idle:
                    end = time.perf_counter() + self.IDLE_SECONDS
                    while time.perf_counter() < end:
                        self.status()
                        time.sleep(POLL_SECONDS)
                else:
                    self.switch()
                self.check()
                if not self.idle:
                    self.stopping.wait(max(0, began + self.every - time.perf_counter()))
        except (OSError, ValueError, Failure) as fault:
            self.fault = fault
        finally:
            self.control.close()

    def switch(self):
        which = 1 - self.state["in force"]
        began = time.perf_counter()
        self.setup.put(which)
        announced = None
        while True:
            now = time.perf_counter()
            status = self.status()
            if status["checksum"] == self.state["checksums"][which]:
                break
            if announced is None and status["gauges"]["databases_open"] > 1:
                announced = now
            if now - began > 60:
                raise Failure(f"no switch within a minute: {status['last_error']}")
            time.sleep(POLL_SECONDS)
        ended = time.perf_counter()
        self.seconds.append(ended - began)
        # From the announcement on; less than a poll's time where it was not seen.
        self.sweep_seconds.append(ended - (announced or ended))
        self.state["in force"] = which
        while self.status()["gauges"]["databases_open"] > 1:
            if time.perf_counter() - ended > 60:
                raise Failure("the old database is still in memory after a minute")
            time.sleep(POLL_SECONDS)

    def check(self):
        which = self.state["in force"]
        for names, expected in (
            (self.setup.checked[which], NXDOMAIN),
            (self.setup.checked[1 - which], NOERROR),
        ):
            rcodes = self.prober.rcodes(names)
            self.checked += len(rcodes)
            self.check_lost += rcodes.count(None)
            self.check_wrong += sum(rcode not in (None, expected) for rcode in rcodes)

    def stop(self):
        self.stopping.set()
        self.join()
        if self.fault:
            raise Failure(f"switching: {self.fault}")


class MemoryWatch(threading.Thread):
    """The resident memory of a process, every 10 milliseconds."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.path = f"/proc/{server.process.pid}/statm"
        self.stopping = threading.Event()
        self.first = self.last = self.peak = self.sample()

    def sample(self):
        with open(self.path) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def run(self):
        while not self.stopping.wait(0.01) and os.path.exists(self.path):
            self.last = self.sample()
            self.peak = max(self.peak, self.last)

    def stop(self):
        self.stopping.set()
        self.join()
