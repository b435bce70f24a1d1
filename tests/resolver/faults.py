# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of faults share: clients that ask without pause while things break around them, and
two databases to switch between.

    class Storm(FaultTestCase):
        def test_a_fault(self):
            with self.load():
                ...

Leaving load() fails the test where a client got a wrong answer, or none, or where the process has
ended."""

import contextlib
import threading

from wire import *

PATIENCE = 10  # seconds that a client waits for an answer
CLIENTS = 3

ONE = policy("one", domains=["one.example"])
TWO = policy("two", domains=["two.example"])


class Load(contextlib.AbstractContextManager):
    """Threads that ask good names and blocked ones, in the cache and new ones, until told to stop.
    `may_lose`: queries may go without an answer, as while Unbound reloads."""

    def __init__(self, resolver, clients=CLIENTS, may_lose=False):
        self.resolver = resolver
        self.may_lose = may_lose
        self.ended = threading.Event()
        self.good = self.blocked = self.lost = 0
        self.slowest = 0.0  # seconds
        self.faults = []
        self.threads = [threading.Thread(target=self.run, args=(seed,)) for seed in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *fault):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def run(self, seed):
        chance = random.Random(seed)
        try:
            while not self.ended.is_set():
                # A port of its own now and then, so that every thread of Unbound has its share.
                with Probe(self.resolver) as probe:
                    probe.socket.settimeout(0.5 if self.may_lose else PATIENCE)
                    for _ in range(50):
                        if self.ended.is_set():
                            break
                        self.ask(probe, chance)
        except Exception as fault:
            self.faults.append(fault)

    def ask(self, probe, chance):
        below = chance.choice((BAD_NAME, GOOD_NAME))
        label = chance.choice((b"", name_of("n%d" % chance.randrange(10**6))[:-1]))
        octets = query(label + below, number=chance.randrange(0xFF00))
        begin = time.monotonic()
        try:
            reply = probe.ask(octets)
        except (TimeoutError, ConnectionError) as loss:
            if not self.may_lose:
                raise AssertionError(f"no answer to {octets.hex()}") from loss
            self.lost += 1
            time.sleep(0.02)
            return
        self.slowest = max(self.slowest, time.monotonic() - begin)
        # SERVFAIL: the query was under way when its worker ended.
        ended = self.may_lose and rcode_of(reply) == SERVFAIL
        if not (GOOD_ADDRESS in reply if below == GOOD_NAME else is_blocked(reply)) and not ended:
            raise AssertionError(f"{octets.hex()} is answered by {reply.hex()}")
        self.good += below == GOOD_NAME
        self.blocked += below == BAD_NAME


class FaultTestCase(WORLD, ResolverTestCase):
    """A class has one authoritative server and two databases; each test starts its own resolver.
    The databases block what WORLD says, and the one of them one.example, the other two.example."""

    zones = {"example": [*WORLD.zones["example"], "one A 203.0.113.11", "two A 203.0.113.12"]}

    @classmethod
    def setUpClass(cls):
        cls.policies = []
        super().setUpClass()
        cls.octets = {}
        for name, marker in ("one", ONE), ("two", TWO):
            path = os.path.join(cls.folder, name)
            compile_database(cls.folder, [*WORLD.policies, marker], path)
            with open(path, "rb") as file:
                cls.octets[name] = file.read()

    @classmethod
    def start_resolver(cls, **keys):
        """None here: each test starts its own."""

    def start(self, place=None, **keys):
        """A resolver that filters with the first database."""
        self.place = place or tempfile.mkdtemp(dir=self.folder, prefix="database.")
        self.database = os.path.join(self.place, "tollgate.db")
        self.put("one")
        keys.setdefault("upstream", (self.authority.address, self.authority.port))
        keys.setdefault("threads", 3)
        self.resolver = Resolver(self.folder, database=self.database, **keys)
        self.addCleanup(self.resolver.stop)
        self.assertTrue(self.in_force("one"))

    @contextlib.contextmanager
    def load(self, **keys):
        with Load(self.resolver, **keys) as load:
            yield load
        if load.faults:
            raise load.faults[0]
        self.assertIsNone(self.resolver.server.process.poll())
        self.assertGreater(load.good, 0)
        self.assertGreater(load.blocked, 0)

    @property
    def pid(self):
        return self.resolver.server.process.pid

    # --- Databases ---

    def put(self, name, path=None):
        """As `tollgate compile` does it."""
        self.put_octets(self.octets[name], path)

    def in_force(self, name):
        """Whether the database is: asks by a name that only it blocks, and by one that it does not."""
        other = "two" if name == "one" else "one"
        return (
            self.ask(name + ".example").rcode() == NXDOMAIN
            and self.ask(other + ".example").rcode() == NOERROR
        )

    def wait_until_in_force(self, name):
        self.wait_for(lambda: self.in_force(name), f"the database {name!r} is not in force")

    def wait_until_refused(self, why):
        pattern = re.compile(why)
        self.wait_for(
            lambda: pattern.search(self.status()["last_error"]),
            lambda: f"not refused because of {why!r}: {self.status()['last_error']!r}",
        )

    # --- What the module says ---

    def status(self):
        return self.resolver.tell("status")

    def count(self, name):
        """A number of the list in ruleset/control/metrics.def."""
        status = self.resolver.tell("stats")
        for group in (status["gauges"], status["service"]):
            if name in group:
                return group[name]
        return sum(thread[name] for thread in status["threads"])

    def wait_until_one_is_open(self):
        self.wait_for(lambda: self.count("databases_open") == 1, "the old database stays in memory")


def limit(pid, resource, soft):
    """Sets a soft limit of a running process (prlimit(1)), and returns the one that it had."""
    import resource as limits

    old = limits.prlimit(pid, resource)
    limits.prlimit(pid, resource, (soft, old[1]))
    return old[0]


@contextlib.contextmanager
def small_disk(folder, octets):
    """A folder with a file system of its own, and so much room; None where it may not be mounted."""
    place = tempfile.mkdtemp(dir=folder, prefix="disk.")
    options = f"size={octets},mode=755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tollgate-test", place], capture_output=True
    )
    if mounted.returncode != 0:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def fill(folder):
    """Takes all the room in a folder's file system, and returns the path of the file that has it."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        size = 1 << 16
        while size > 0:
            try:
                if file.write(bytes(size)) == 0:
                    break
            except OSError:
                size //= 2
    return path
