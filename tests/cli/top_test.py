# SPDX-License-Identifier: BSD-3-Clause
"""tollgate top: as plain text, and in pseudo-terminals of two sizes."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unittest

from fake_module import FakeModule
from program import *

RED = re.compile(r"\x1b\[[\d;]*31m")


class Once(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.path = str(self.folder / "control.sock")

    def top(self, *arguments):
        return self.run_program("top", "--socket", self.path, "--interval", "100ms", *arguments)

    def test_one_picture_is_plain_text(self):
        with FakeModule(self.path):
            result = self.assertDone(self.top("--once"))
        self.assertIn("blocked 10.0%", result.stdout)
        self.assertIn("cache 60.0%", result.stdout)
        self.assertIn("smishing/post", result.stdout)
        self.assertIn("track1.post-kqx.example A", result.stdout)
        self.assertTrue(result.stdout.isascii())
        self.assertNotIn("\x1b", result.stdout)

    def test_a_pipe_gets_one_picture_too(self):
        with FakeModule(self.path):
            self.assertIn("queries ", self.assertDone(self.top()).stdout)

    def test_it_asks_for_new_decisions_only(self):
        with FakeModule(self.path) as module:
            self.assertDone(self.top("--once"))
            self.assertEqual(module.requests, ["stats", "recent after=0", "stats", "recent after=1"])

    def test_without_a_module_it_says_what_it_waited_for(self):
        result = self.top("--once")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith(f"tollgate: waiting for {self.path} in vain: "), result.stderr)

    def test_an_answer_that_is_none_is_a_problem(self):
        with FakeModule(self.path) as module:
            for answer in [b"{", b'{"ok":false,"error":"not today"}', b'{"threads":[5]}']:
                with self.subTest(answer=answer):
                    module.answer = answer
                    self.assertStatus(self.top("--once"), PROBLEMS)

    def test_the_socket_may_come_from_the_environment(self):
        with FakeModule(self.path):
            self.assertDone(
                self.run_program("top", "--once", "--interval", "0.1", environment={"TOLLGATE_SOCKET": self.path})
            )

    def test_an_interval_that_is_none_is_wrong_usage(self):
        for interval in ["", "soon", "0", "-1s", "50ms", "2h", "nan"]:
            with self.subTest(interval=interval):
                self.assertStatus(self.run_program("top", "--once", "--interval", interval), WRONG_USAGE)


class PseudoTerminal:
    """A child process on a terminal of its own, and what it has written there."""

    def __init__(self, arguments, columns, rows, environment):
        self.text = ""
        pid, self.fd = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execve(arguments[0], arguments, environment)
            finally:
                os._exit(127)
        self.pid = pid

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, key):
        os.write(self.fd, key.encode())

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if ready:
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                pass  # the child has ended

    def wait_for(self, text, seconds=20):
        """Whether `text` is written, from the last such call on."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if text in self.text:
                self.text = self.text.split(text, 1)[1]
                return True
            self.read(0.1)
        return False

    def exit_status(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
        return None

    def close(self):
        if self.pid != 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


class OnATerminal(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.path = str(self.folder / "control.sock")

    def start(self, columns=80, rows=24, **environment):
        try:
            self.terminal = PseudoTerminal(
                [PROGRAM, "top", "--socket", self.path, "--interval", "100ms"], columns, rows,
                {"TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], **environment},
            )
        except OSError as error:
            self.skipTest(f"no pseudo-terminals here: {error}")
        self.addCleanup(self.terminal.close)

    def assertShown(self, text):
        self.assertTrue(self.terminal.wait_for(text), f"{text!r} is not shown, but {self.terminal.text[-3000:]!r}")

    def assertEnds(self):
        self.assertEqual(self.terminal.exit_status(), DONE, self.terminal.text[-2000:])

    def test_it_shows_the_module_and_ends_with_q(self):
        for columns, rows in [(80, 24), (200, 60)]:
            with self.subTest(columns=columns, rows=rows), FakeModule(self.path):
                self.start(columns, rows)
                self.assertShown("tollgate top")
                self.assertShown("campaigns")
                self.assertShown("post-kqx.example")
                self.assertShown("q: end")
                self.terminal.press("q")
                self.assertEnds()

    def test_the_graph_is_drawn_in_blocks(self):
        with FakeModule(self.path):
            self.start()
            self.assertShown("\u2588")

    def test_the_graph_is_plain_where_the_terminal_is_no_utf_8(self):
        with FakeModule(self.path):
            self.start(LC_ALL="C")
            self.assertShown("#")
            self.terminal.press("q")
            self.assertEnds()
            self.assertTrue(self.terminal.text.isascii())

    def test_keys_change_what_is_shown(self):
        with FakeModule(self.path):
            self.start()
            self.assertShown("lists in full")
            self.terminal.press("?")
            self.assertShown("time that the module takes")
            self.terminal.press("?")
            self.assertShown("campaigns")
            self.terminal.press("s")
            self.assertShown("next list")
            self.terminal.press("p")
            self.assertShown("HELD")
            self.terminal.press("q")
            self.assertEnds()

    def test_what_is_held_asks_no_more(self):
        with FakeModule(self.path) as module:
            self.start()
            self.assertShown("q: end")
            self.terminal.press("p")
            self.assertShown("HELD")
            before = len(module.requests)
            self.terminal.read(0.5)
            time.sleep(0.5)
            self.assertEqual(len(module.requests), before)

    def test_another_size_is_drawn_at_once(self):
        with FakeModule(self.path):
            self.start(80, 24)
            self.assertShown("q: end")
            self.terminal.resize(160, 50)
            self.assertShown("median, ")  # only a wide screen has room for it
            self.terminal.resize(20, 5)
            self.assertShown("tollgate top")
            self.terminal.press("q")
            self.assertEnds()

    def test_a_module_that_goes_away_is_waited_for(self):
        self.start()
        self.assertShown("waiting for")
        with FakeModule(self.path):
            self.assertShown("campaigns")
        self.assertShown("waiting for")
        with FakeModule(self.path) as module:
            module.changes = {"database": "/another"}
            end = time.monotonic() + 20
            while len(module.requests) < 4 and time.monotonic() < end:
                self.terminal.read(0.1)
            self.assertGreaterEqual(len(module.requests), 4)
            self.terminal.press("q")
            self.assertEnds()

    def test_it_ends_on_signals_with_the_terminal_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number), FakeModule(self.path):
                self.start()
                self.assertShown("q: end")
                os.kill(self.terminal.pid, number)
                self.assertEnds()
                self.terminal.read(0.1)
                self.assertIn("\x1b[?1049l", self.terminal.text)  # the screen from before

    def test_colours_are_for_terminals_whose_user_did_not_say_no(self):
        with FakeModule(self.path):
            self.start()
            end = time.monotonic() + 20
            while not RED.search(self.terminal.text) and time.monotonic() < end:
                self.terminal.read(0.1)
            self.assertRegex(self.terminal.text, RED)
        with FakeModule(self.path):
            self.start(NO_COLOR="1")
            end = time.monotonic() + 20
            while "nxdomain" not in self.terminal.text and time.monotonic() < end:
                self.terminal.read(0.1)
            self.assertIn("nxdomain", self.terminal.text)
            self.assertNotRegex(self.terminal.text, RED)

    def test_a_terminal_that_nobody_knows_is_a_problem(self):
        self.start(TERM="frobnicator")
        self.assertEqual(self.terminal.exit_status(), PROBLEMS)
        self.terminal.read(0.1)
        self.assertIn("--once prints plain text", self.terminal.text)


if __name__ == "__main__":
    unittest.main()
