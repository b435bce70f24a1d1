# SPDX-License-Identifier: BSD-3-Clause
"""tollgate top: as plain text, and in pseudo-terminals of two sizes."""

import os
import re
import signal
import time
import unittest

from fake_module import FakeModule
from program import *
from pseudo_terminal import PseudoTerminal

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

    def assertScreen(self, holds):
        self.assertTrue(self.terminal.wait_until(holds), "\n" + "\n".join(self.terminal.screen.lines()))

    def assertShown(self, text):
        self.assertScreen(lambda lines: any(text in line for line in lines))

    def assertGone(self, text):
        self.assertScreen(lambda lines: not any(text in line for line in lines))

    def assertEnds(self):
        self.assertEqual(self.terminal.exit_status(), DONE, self.terminal.text[-2000:])

    def assertLines(self, expected):
        """The screen gets to where each of these lines matches; a frame may be read in pieces."""
        self.assertScreen(lambda lines: all(re.fullmatch(text, lines[line]) for line, text in expected.items()))

    def test_80_columns_and_24_lines(self):
        with FakeModule(self.path):
            self.start(80, 24)
            self.assertLines({
                0: "tollgate top .* in Unbound .*",
                1: r"queries .*blocked 10\.0%   shadow .* cache 60\.0%  verdict 199 ns",
                4: "database 12 min old, 1,000,023 names, 12 patterns, switched 3 times",
                6: " +count  campaigns +count  rules",
                8: " +count  names +count  clients",
                11: r"02:13:\d\d 192\.0\.2\.\d+ +nxdomain +track\d+\.post-kqx\.example A +smishing/post",
                23: r"q: end  p: hold  s: lists in full  \?: help",
            })

    def test_200_columns_and_60_lines(self):
        with FakeModule(self.path):
            self.start(200, 60)
            self.assertLines({
                1: r"queries .*blocked 10\.0%   .*verdict 199 ns median, \S+ ns 99%",
                6: " +count  campaigns +count  rules +count  names +count  clients",
                59: r"q: end  p: hold  s: lists in full  \?: help",
            })

    def test_it_ends_with_q(self):
        with FakeModule(self.path):
            self.start()
            self.assertShown("q: end")
            self.terminal.press("q")
            self.assertEnds()

    def test_the_graph_is_drawn_in_blocks(self):
        with FakeModule(self.path):
            self.start()
            self.assertScreen(lambda lines: re.fullmatch("queries [\u2581-\u2588]+", lines[2]))

    def test_the_graph_is_plain_where_the_terminal_is_no_utf_8(self):
        with FakeModule(self.path):
            self.start(LC_ALL="C")
            self.assertScreen(lambda lines: re.fullmatch(r"queries [.:=+*%# -]*#[.:=+*%# -]*", lines[2]))
            self.assertTrue(self.terminal.text.isascii())

    def test_keys_change_what_is_shown(self):
        with FakeModule(self.path):
            self.start()
            self.assertShown("lists in full")
            self.terminal.press("?")
            self.assertShown("time that the module takes")
            self.terminal.press("?")
            self.assertShown("clients")
            self.terminal.press("s")
            self.assertGone("clients")
            self.assertShown("next list")
            self.terminal.press("p")
            self.assertShown("HELD")
            self.terminal.press("p")
            self.assertGone("HELD")

    def test_what_is_held_asks_no_more(self):
        with FakeModule(self.path) as module:
            self.start()
            self.assertShown("q: end")
            self.terminal.press("p")
            self.assertShown("HELD")
            before = len(module.requests)
            time.sleep(0.7)
            self.assertEqual(len(module.requests), before)

    def test_another_size_is_drawn_at_once(self):
        with FakeModule(self.path):
            self.start(80, 24)
            self.assertShown("q: end")
            self.terminal.resize(160, 50)
            self.assertScreen(lambda lines: lines[49].startswith("q: end"))
            self.assertShown(" median, ")
            self.terminal.resize(40, 10)
            self.assertScreen(lambda lines: lines[9].startswith("q: end"))
            self.terminal.press("q")
            self.assertEnds()

    def test_a_module_that_goes_away_is_waited_for(self):
        self.start()
        self.assertShown("waiting for ")
        with FakeModule(self.path):
            self.assertShown("track1.post-kqx.example")
            self.assertGone("waiting for ")
        self.assertShown("waiting for ")
        self.assertShown("track1.post-kqx.example")  # what was known stays
        with FakeModule(self.path) as module:
            module.changes = {"gauges": {"started_seconds": 1_763_000_500}}
            self.assertGone("waiting for ")
            self.assertShown("track1.post-kqx.example")  # numbers begin anew, and it asks for the first

    def test_it_ends_on_signals_with_the_terminal_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number), FakeModule(self.path):
                self.start()
                self.assertShown("q: end")
                os.kill(self.terminal.pid, number)
                self.assertEnds()
                self.assertIn("\x1b[?1049l", self.terminal.text)  # the screen from before

    def test_colours_are_for_users_who_did_not_say_no(self):
        for environment, coloured in [({}, True), ({"NO_COLOR": "1"}, False)]:
            with self.subTest(environment=environment), FakeModule(self.path):
                self.start(**environment)
                self.assertShown("nxdomain")
                self.assertEqual(bool(RED.search(self.terminal.text)), coloured)

    def test_a_terminal_that_nobody_knows_is_a_problem(self):
        self.start(TERM="frobnicator")
        self.assertEqual(self.terminal.exit_status(), PROBLEMS)
        self.assertIn("--once prints plain text", self.terminal.text)


if __name__ == "__main__":
    unittest.main()
