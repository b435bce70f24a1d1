# SPDX-License-Identifier: BSD-3-Clause
"""Processes that are killed, and a process that has no descriptors or no memory left."""

import resource

from faults import *


class KilledCompile(FaultTestCase):
    ROUNDS = 40

    def test_the_file_at_the_path_is_always_a_whole_one(self):
        self.start()
        names = [f"n{number}.many.example" for number in range(20_000)]
        manifests = [self.manifest(marker, names) for marker in (ONE, TWO)]
        begin = time.monotonic()
        subprocess.run([TOLLGATE, "compile", manifests[0], "-o", self.database], check=True)
        duration = time.monotonic() - begin
        chance = random.Random(1)
        killed = 0
        with self.load():
            for round in range(self.ROUNDS):
                begin = time.monotonic()
                compiler = subprocess.Popen(
                    [TOLLGATE, "compile", manifests[round % 2], "-o", self.database],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                # Most of the moments in the last part, where it writes.
                try:
                    compiler.wait(timeout=duration * chance.triangular(0, 1.3, 1))
                    # The machine may have had more to do when the first one was timed.
                    duration = min(duration, time.monotonic() - begin)
                except subprocess.TimeoutExpired:
                    compiler.kill()
                    killed += compiler.wait() == -signal.SIGKILL
                check = subprocess.run(
                    [TOLLGATE, "info", self.database], capture_output=True, text=True
                )
                self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
                self.assertEqual(self.status()["last_error"], "")
            # What the killed ones left beside it disturbs nobody.
            subprocess.run([TOLLGATE, "compile", manifests[1], "-o", self.database], check=True)
            self.wait_until_in_force("two")
        self.assertGreater(killed, self.ROUNDS / 4)
        self.assertEqual(self.count("databases_refused"), 0)

    def manifest(self, marker, names):
        folder = tempfile.mkdtemp(dir=self.folder, prefix="rules.")
        with open(os.path.join(folder, "many.txt"), "w") as file:
            file.write("\n".join(names))
        entries = []
        for rules in [*WORLD.policies, marker]:
            with open(os.path.join(folder, rules["id"] + ".yaml"), "w") as file:
                json.dump(rules, file)
            entries.append({"file": rules["id"] + ".yaml"})
        entries.append({"id": "many", "syntax": "domains", "file": "many.txt"})
        path = os.path.join(folder, "tollgate.yaml")
        with open(path, "w") as file:
            json.dump({"policies": entries}, file)
        return path


class KilledUnbound(FaultTestCase):
    def test_in_the_middle_of_switches_and_started_again(self):
        self.start()
        socket_path = os.path.join(self.resolver.folder, "control.sock")
        chance = random.Random(2)
        for round in range(6):
            stop = threading.Event()

            def switch():
                for number in range(10**6):
                    if stop.is_set():
                        return
                    self.put(("one", "two")[number % 2])
                    time.sleep(0.002)

            switching = threading.Thread(target=switch)
            switching.start()
            try:
                with Load(self.resolver, clients=2, may_lose=True) as load:
                    time.sleep(chance.uniform(0.05, 0.3))
                    self.resolver.server.process.kill()
                    self.resolver.server.process.wait()
                self.assertEqual(load.faults, [])
                self.assertTrue(os.path.exists(socket_path))  # nobody listens there any more
                # Switches go on while it starts.
                self.resolver.server = self.resolver._start()
                self.assertTrue(is_blocked(self.first_answer()))
            finally:
                stop.set()
                switching.join()
            name = ("one", "two")[round % 2]
            self.put(name)
            self.wait_for(lambda: self.tells(), "the stale control socket is not replaced")
            self.wait_until_in_force(name)
            self.assertIn("control socket " + socket_path, self.resolver.log())
        with self.load():
            self.put("two")
            self.wait_until_in_force("two")

    def first_answer(self):
        with Probe(self.resolver) as probe:
            return probe.ask(query(BAD_NAME))

    def tells(self):
        try:
            return self.status()["ok"]
        except OSError:
            return False


class NoDescriptors(FaultTestCase):
    def highest(self):
        return max(map(int, os.listdir(f"/proc/{self.pid}/fd")))

    def test_a_new_database_waits_until_there_are_some(self):
        # Descriptors that Unbound needs for resolving are open before, at these settings: questions
        # from the cache alone.
        self.start(options=["outgoing-range: 16", "num-queries-per-thread: 8"])
        for name in ("good", "one", "two"):
            self.ask(name + ".example")
        old = limit(self.pid, resource.RLIMIT_NOFILE, 3)
        try:
            self.put("two")
            pattern = "refused: .*Too many open files"
            self.wait_for(lambda: re.search(pattern, self.resolver.log()), "not noticed")
            # A connection that cannot be accepted waits.
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waiting:
                waiting.connect(os.path.join(self.resolver.folder, "control.sock"))
                waiting.sendall(b"status\n")
                self.wait_for(
                    lambda: "control socket: cannot accept" in self.resolver.log(), "it is accepted"
                )
                with Probe(self.resolver) as probe:
                    for _ in range(200):
                        self.assertTrue(is_blocked(probe.ask(query(BAD_NAME))))
                        self.assertIn(GOOD_ADDRESS, probe.ask(query(GOOD_NAME)))
                limit(self.pid, resource.RLIMIT_NOFILE, old)
                waiting.settimeout(CHANGE_SECONDS)
                with waiting.makefile() as answers:
                    self.assertTrue(json.loads(answers.readline())["ok"])
        finally:
            limit(self.pid, resource.RLIMIT_NOFILE, old)
        # Nothing happens to the file: it is tried again by itself.
        with self.load():
            self.wait_until_in_force("two")
            self.wait_for(lambda: self.status()["last_error"] == "", "the fault stays in the status")

    def test_switches_with_few_of_them_under_load(self):
        # Now and then there is none, for queries of clients take them, too.
        if os.environ.get("TOLLGATE_PRELOAD"):
            self.skipTest("without descriptors a sanitizer cannot say what it found, and fails")
        self.start()
        old = limit(self.pid, resource.RLIMIT_NOFILE, self.highest() + 2)
        try:
            with Load(self.resolver, may_lose=True) as load:
                for round in range(40):
                    self.put(("two", "one")[round % 2])
                    time.sleep(0.05)
        finally:
            limit(self.pid, resource.RLIMIT_NOFILE, old)
        self.assertEqual(load.faults, [])
        self.assertGreater(load.blocked, 0)
        # Unbound remembers for a while that the server of the zone did not answer.
        with self.load(may_lose=True):
            self.wait_until_in_force("one")
            self.wait_until_one_is_open()


class NoMemory(FaultTestCase):
    def address_space(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()

    def test_a_new_database_waits_until_there_is_some(self):
        if os.environ.get("TOLLGATE_PRELOAD"):
            self.skipTest("a sanitizer ends the process where there is no memory")
        self.start(settings={"max_shrink": "100%"})
        large = os.path.join(self.folder, "large.db")
        names = "\n".join(f"n{number}.large.example" for number in range(200_000))
        compile_database(
            self.folder, [*WORLD.policies, TWO, feed("large", "domains", names)], large
        )
        with self.load():
            old = limit(self.pid, resource.RLIMIT_AS, self.address_space() + (1 << 20))
            try:
                os.replace(large, self.database)
                self.wait_until_refused("no memory|memory|bad_alloc")
                for _ in range(50):
                    self.assertTrue(self.in_force("one"))
            finally:
                limit(self.pid, resource.RLIMIT_AS, old)
            self.wait_until_in_force("two")
            self.assertEqual(self.ask("n7.large.example").rcode(), NXDOMAIN)
            self.wait_for(lambda: self.status()["last_error"] == "", "the fault stays in the status")

    def test_a_limit_that_creeps_up_on_many_switches(self):
        # The limit is anywhere between what is needed and less: opening fails at another place each
        # time, and nothing is half in force.
        if not os.environ.get("TOLLGATE_TEST_LAST_MEMORY"):
            self.skipTest(
                "now and then the dynamic linker finds no memory for a thread's variables, and ends "
                "the process; to try it, set TOLLGATE_TEST_LAST_MEMORY"
            )
        self.start()
        chance = random.Random(3)
        with self.load(may_lose=True):  # Unbound, too, finds no memory
            for round in range(30):
                room = chance.randrange(0, 2 * len(self.octets["one"]) + (1 << 20))
                old = limit(self.pid, resource.RLIMIT_AS, self.address_space() + room)
                try:
                    self.put(("two", "one")[round % 2])
                    time.sleep(0.1)
                    for _ in range(5):
                        self.assertEqual(
                            {self.ask(name + ".example").rcode() for name in ("one", "two")},
                            {NXDOMAIN, NOERROR},
                        )
                finally:
                    limit(self.pid, resource.RLIMIT_AS, old)
            self.wait_until_in_force("one")
            self.wait_until_one_is_open()


if __name__ == "__main__":
    main()
