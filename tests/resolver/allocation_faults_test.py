# SPDX-License-Identifier: BSD-3-Clause
"""Memory that the module's own threads do not get, at any place (tests/resolver/failing_memory.c):
the process lives, blocked names stay blocked, and all is well when there is memory again."""

import mmap
import struct

from faults import *

SEED = 20260215
SWITCHES = 60


def shim():
    if os.environ.get("TOLLGATE_PRELOAD"):
        skip_all("a sanitizer has an allocator of its own")
    return path_from("TOLLGATE_FAILING_MEMORY_SO")


SHIM = shim()


class FailingMemory(FaultTestCase):
    def start_failing(self, **keys):
        switch = os.path.join(self.folder, self.id())
        with open(switch, "wb") as file:
            file.write(struct.pack("4Q", 0, SEED, 0, 0))
        with open(switch, "r+b") as file:
            self.board = mmap.mmap(file.fileno(), 32)
        self.addCleanup(self.board.close)
        self.start(environment={"LD_PRELOAD": SHIM, "TOLLGATE_FAILING_MEMORY": switch}, **keys)

    def fail_one_in(self, one_in):
        self.board[0:8] = struct.pack("Q", one_in)

    def failed(self):
        return struct.unpack("Q", self.board[24:32])[0]

    def try_to_tell(self, request):
        """Requests may have no answer, or be cut."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(1)
            with contextlib.suppress(OSError):
                peer.connect(os.path.join(self.resolver.folder, "control.sock"))
                peer.sendall(request.encode() + b"\n")
                return peer.recv(1 << 16)
        return b""

    def storm(self, one_in):
        """Switches and requests, with memory failing; then all is well again."""
        requests = (
            "status",
            "pause for=1s policy=one",
            "resume",
            "shadow policy=two",
            "shadow policy=two on=no",
            "explain name=one.example",
            "recent",
            "reopen",
            "nonsense",
        )
        chance = random.Random(SEED)
        with self.load():
            self.fail_one_in(one_in)
            for round in range(SWITCHES):
                self.put(("two", "one")[round % 2])
                # A request wakes the keeper, which would otherwise wait for better times.
                self.try_to_tell("reload force=yes")
                self.try_to_tell(requests[round % len(requests)])
                time.sleep(chance.uniform(0, 0.01))
            # The paths that come later: the last database again, and its being freed.
            time.sleep(0.3)
            self.fail_one_in(0)
            self.assertGreater(self.failed(), 10)
            self.wait_for(self.speaks, "the control socket does not come back")
            self.resolver.tell("resume")
            self.resolver.tell("shadow policy=two on=no")
            self.wait_until_in_force("one")
            for name in "two", "one":
                self.put(name)
                self.wait_until_in_force(name)
            self.wait_until_one_is_open()
        self.assertEqual(self.status()["last_error"], "")

    def speaks(self):
        return self.try_to_tell("status").startswith(b'{"ok":true')

    def test_one_in_ten(self):
        self.start_failing()
        self.storm(10)

    def test_one_in_a_hundred_with_events(self):
        self.start_failing(settings={"events": {"file": "events.json", "per_client": 0}})
        self.storm(100)

    def test_one_in_a_thousand_with_events(self):
        self.start_failing(settings={"events": {"file": "events.json", "per_client": 0}})
        self.storm(1000)
        with open(os.path.join(self.resolver.folder, "events.json")) as file:
            for line in file:
                json.loads(line)


if __name__ == "__main__":
    main()
