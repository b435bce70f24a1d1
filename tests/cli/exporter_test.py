# SPDX-License-Identifier: BSD-3-Clause
"""tollgate exporter: the numbers of a module over HTTP."""

import ctypes
import http.client
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from fake_module import FakeModule
from program import *

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Exporter(ProgramTestCase):
    def setUp(self):
        super().setUp()
        self.path = str(self.folder / "control.sock")
        self.process = None
        self.addCleanup(self.end)

    def start(self, listen="127.0.0.1:0"):
        self.end()
        self.log = open(self.folder / "log", "w+")
        self.process = subprocess.Popen(
            [PROGRAM, "exporter", "--socket", self.path, "--listen", listen],
            stdout=subprocess.PIPE, stderr=self.log, preexec_fn=die_with_parent,
        )
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"serving http://(.*):(\d+)/metrics\n", line)
        self.assertTrue(found, line)
        self.address, self.port = found[1].strip("[]"), int(found[2])

    def end(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def get(self, path="/metrics", method="GET", headers=None, body=None):
        connection = http.client.HTTPConnection(self.address, self.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        response.text = response.read().decode()
        return response

    def test_metrics_are_text_for_who_asks_for_nothing_special(self):
        with FakeModule(self.path):
            self.start()
            response = self.get()
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Type"], TEXT)
        self.assertIn('\ntollgate_decisions_total{action="nxdomain"} ', response.text)
        self.assertIn("\ntollgate_up 1\n", response.text)
        self.assertNotIn("# EOF", response.text)

    def test_metrics_are_open_metrics_for_who_asks_for_them(self):
        with FakeModule(self.path):
            self.start()
            response = self.get(headers={"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"})
        self.assertEqual(response.headers["Content-Type"], OPEN_METRICS)
        self.assertTrue(response.text.endswith("\n# EOF\n"))

    def test_each_scrape_asks_anew(self):
        with FakeModule(self.path):
            self.start()
            first, second = (
                int(re.search(r"\ntollgate_answers_from_cache_total (\d+)\n", self.get().text)[1])
                for _ in range(2)
            )
        self.assertEqual(second - first, 600)

    def test_a_module_that_is_not_there_is_down_and_comes_back(self):
        self.start()
        response = self.get()
        self.assertEqual(response.status, 200)
        self.assertIn("\ntollgate_up 0\n", response.text)
        self.assertNotIn("tollgate_decisions", response.text)
        with FakeModule(self.path):
            self.assertIn("\ntollgate_up 1\n", self.get().text)
        self.assertIn("\ntollgate_up 0\n", self.get().text)

    def test_a_module_that_says_nonsense_or_refuses_is_down(self):
        with FakeModule(self.path) as module:
            self.start()
            for answer in [b"", b"{", b"[]", b'{"ok":false,"error":"no"}', b'{"now":"soon"}', b"\xff\x00"]:
                with self.subTest(answer=answer):
                    module.answer = answer
                    self.assertIn("\ntollgate_up 0\n", self.get().text)

    def test_a_module_that_is_silent_is_down_after_two_seconds(self):
        with FakeModule(self.path) as module:
            self.start()
            module.silent = True
            began = time.monotonic()
            self.assertIn("\ntollgate_up 0\n", self.get().text)
            self.assertLess(time.monotonic() - began, 8)

    def test_the_front_page_leads_to_the_metrics(self):
        self.start()
        response = self.get("/")
        self.assertEqual(response.status, 200)
        self.assertIn('<a href="/metrics">', response.text)

    def test_there_is_nothing_else(self):
        self.start()
        for path in ["/metric", "/metrics/", "//", "/../etc/passwd", "/metrics%20"]:
            with self.subTest(path=path):
                self.assertEqual(self.get(path).status, 404)

    def test_nothing_can_be_sent_to_it(self):
        self.start()
        response = self.get(method="POST", body=b"x" * 100_000)
        self.assertEqual(response.status, 405)
        self.assertEqual(response.headers["Allow"], "GET, HEAD")

    def test_head_has_no_body(self):
        self.start()
        response = self.get(method="HEAD")
        self.assertEqual((response.status, response.text), (200, ""))

    def test_what_is_no_http_does_not_hurt_it(self):
        self.start()
        for octets in [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\n" * 5000, b"GET /" + b"a" * 100_000]:
            with socket.create_connection((self.address, self.port), timeout=5) as connection:
                try:
                    connection.sendall(octets)
                except OSError:
                    pass
        self.assertEqual(self.get("/").status, 200)

    def test_those_who_connect_and_say_nothing_do_not_keep_others_out_for_long(self):
        self.start()
        idle = [socket.create_connection((self.address, self.port), timeout=5) for _ in range(40)]
        try:
            deadline = time.monotonic() + 40
            while time.monotonic() < deadline:
                try:
                    self.assertEqual(self.get("/").status, 200)
                    return
                except (OSError, http.client.HTTPException):
                    time.sleep(0.5)
            self.fail("no answer")
        finally:
            for connection in idle:
                connection.close()

    def test_it_ends_at_once_on_sigterm_and_on_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                self.start()
                self.get("/")
                self.process.send_signal(number)
                self.assertEqual(self.process.wait(timeout=10), DONE)

    def test_it_serves_ipv6_where_there_is_such(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        self.start("[::1]:0")
        self.assertEqual(self.get("/").status, 200)

    def test_a_port_that_is_taken_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = self.run_program("exporter", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("another program listens there", result.stderr)

    def test_an_address_that_is_none_is_wrong_usage(self):
        for listen in ["", "9167", "localhost:9167", "127.0.0.1:65536", "::1:80", "127.0.0.1:-1", "[127.0.0.1]:80"]:
            with self.subTest(listen=listen):
                result = self.run_program("exporter", "--listen", listen)
                self.assertStatus(result, WRONG_USAGE)
                self.assertIn("is no address and port such as 127.0.0.1:19167", result.stderr)

    def test_an_address_that_others_reach_gets_a_warning(self):
        self.start("0.0.0.0:0")
        self.process.terminate()
        self.process.wait(timeout=10)
        self.assertIn("is not a loopback address", (self.folder / "log").read_text())

    def test_promtool_finds_no_fault_in_the_metrics(self):
        if shutil.which("promtool") is None:
            self.skipTest("promtool is missing (Debian: prometheus)")
        with FakeModule(self.path):
            self.start()
            text = self.get().text
        checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
