# SPDX-License-Identifier: BSD-3-Clause
"""Reloads of Unbound while databases are switched, the cache is swept, and the control socket is
asked: no blocked name is ever resolved, and the process lives."""

from faults import *

RELOADS = 15


class SwitchStorm(FaultTestCase):
    def start(self, **keys):
        super().start(**keys)
        self.ended = threading.Event()
        self.faults = []

    def switch(self):
        for number in range(10**6):
            if self.ended.is_set():
                return
            self.put(("two", "one")[number % 2])
            time.sleep(0.01)

    def steer(self):
        requests = (
            "status",
            "reload",
            "stats",
            "pause for=1s name=nobody.example",
            "shadow policy=one",
            "explain name=bad.example",
            "shadow policy=one on=no",
            "recent",
            "resume",
        )
        for number in range(10**6):
            if self.ended.is_set():
                return
            with contextlib.suppress(OSError, ValueError):  # there is no socket during a reload
                self.resolver.tell(requests[number % len(requests)])

    def fill_cache(self, count=3000):
        """Names below good.example: a sweep takes a while."""
        with Probe(self.resolver) as probe:
            for begin in range(0, count, 50):
                for number in range(begin, begin + 50):
                    probe.socket.send(query(name_of("c%d" % number)[:-1] + GOOD_NAME, number=number))
                for _ in range(50):
                    probe.receive()

    @contextlib.contextmanager
    def storm(self):
        def guarded(body):
            try:
                body()
            except Exception as fault:
                self.faults.append(fault)

        threads = [
            threading.Thread(target=guarded, args=(body,)) for body in (self.switch, self.steer)
        ]
        with self.load(may_lose=True):
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self.ended.set()
                for thread in threads:
                    thread.join()
        self.assertEqual(self.faults, [])
        with self.load():
            for name in "two", "one":
                self.resolver.tell("shadow policy=one on=no")
                self.put(name)
                self.wait_until_in_force(name)
            self.wait_until_one_is_open()

    def test_reload(self):
        self.start()
        with self.storm():
            for _ in range(RELOADS):
                time.sleep(random.uniform(0, 0.1))
                self.resolver.reload()

    def test_reload_keep_cache(self):
        self.start()
        self.fill_cache()
        with self.storm():
            for _ in range(RELOADS):
                time.sleep(random.uniform(0, 0.1))
                self.resolver.reload("reload_keep_cache")

    def test_the_cache_is_made_anew_during_a_sweep(self):
        # With another size Unbound frees the cache and makes another one; and forgets to free the
        # workers' own store of entries, which a sanitizer would tell of at the end.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.start(environment={"ASAN_OPTIONS": options})
        with self.storm():
            for number in range(RELOADS):
                self.fill_cache(1000)
                size, slabs = (("3m", 2), ("5m", 4), ("4m", 8))[number % 3]
                parts = dict(self.resolver.parts)
                parts["options"] = [f"msg-cache-size: {size}", f"msg-cache-slabs: {slabs}"]
                self.resolver.write_configuration(**parts)
                self.resolver.reload(("reload", "reload_keep_cache")[number % 2])

    def test_fast_reload(self):
        self.start()
        first = self.resolver.control("fast_reload", check=False)
        if "unknown command" in first.stdout + first.stderr:
            self.skipTest("this Unbound has no fast_reload (1.23 and later do)")
        with self.storm():
            for _ in range(RELOADS):
                self.resolver.control("fast_reload")

    def test_flushing_the_cache_during_sweeps(self):
        self.start()
        with self.storm():
            for _ in range(RELOADS):
                self.fill_cache(500)
                self.resolver.control("flush_zone", "good.example")
                self.resolver.control("flush_negative")


class TwoModules(SwitchStorm):
    """Two of them in one Unbound: each has its own copy of everything."""

    def start(self, **keys):
        # Unbound takes one `dynlib-file` for each dynlib in module-config.
        second = os.path.join(self.folder, "second.so")
        shutil.copy(MODULE, second)
        super().start(
            modules="dynlib dynlib validator iterator",
            clauses=f'dynlib:\n  dynlib-file: "{second}"\n',
            **keys,
        )

    test_the_cache_is_made_anew_during_a_sweep = None
    test_fast_reload = None
    test_flushing_the_cache_during_sweeps = None


if __name__ == "__main__":
    main()
