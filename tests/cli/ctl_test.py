# SPDX-License-Identifier: BSD-3-Clause
"""tollgate ctl, against a small server that answers what it is told to."""

import json
import os
import socket
import subprocess
import threading
import unittest

from program import *

NO_ANSWER = 2
NOW = 1761239100  # 2025-10-23 17:05:00 UTC

SNAPSHOT = {
    "ok": True,
    "version": "0.1.0",
    "unbound": "1.22.0",
    "now": NOW,
    "database": "/var/lib/unbound/tollgate.db",
    "checksum": "0123456789abcdef",
    "last_error": "",
    "last_error_time": 0,
    "log_level": "info",
    "gauges": {"database_names": 1000000, "started_seconds": NOW - 3600, "database_created_seconds": NOW - 720},
    "service": {"switches": 12, "databases_refused": 1},
    "threads": [{"decisions_nxdomain": 9, "decisions_resolve": 991}],
    "verdict_times": [],
    "policies": [{"id": "block", "campaign": "", "shadowed": False, "names": 1000000, "patterns": 24,
                  "decisions": 9, "shadow": 0, "rules": []}],
    "pauses": [{"client": "192.0.2.0/24", "policy": "", "name": "", "until": NOW + 250}],
}


class FakeModule(threading.Thread):
    """Listens at `path`, takes one line of each connection, and sends `answer` and a line's end."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.requests = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                self.requests.append(peer.makefile("r").readline().rstrip("\n"))
                if self.answer is not None:
                    peer.sendall(self.answer.encode() + b"\n")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class CtlTestCase(ProgramTestCase):
    def serve(self, answer, name="control.sock"):
        """`answer`: an object, a text, or None for a connection that ends without one."""
        if isinstance(answer, dict):
            answer = json.dumps(answer, separators=(",", ":"))
        self.module = FakeModule(self.folder / name, answer)
        self.module.start()
        self.addCleanup(self.module.close)

    def ctl(self, *arguments, **keywords):
        return self.run_program("ctl", "--socket", "control.sock", *arguments, **keywords)

    def assertAsked(self, *requests):
        self.assertEqual(self.module.requests, list(requests))


class Requests(CtlTestCase):
    def test_each_verb_and_its_options_are_one_line(self):
        self.serve({"ok": True})
        for arguments, request in [
            (["reload"], "reload"),
            (["reload", "--force"], "reload force=yes"),
            (["pause"], "pause"),
            (["pause", "--for", "5m", "--client", "192.0.2.0/24", "--policy", "my policy", "--name", "Shop.Example"],
             "pause for=5m client=192.0.2.0/24 policy=my%20policy name=shop.example"),
            (["resume"], "resume"),
            (["resume", "--name", "shop[.]example"], "resume name=shop.example"),
            (["shadow", "trial"], "shadow policy=trial on=yes"),
            (["shadow", "100%", "--off"], "shadow policy=100%25 on=no"),
            (["explain", "hxxps[:]//USPS.com-isjjz[.]top/us"], "explain name=usps.com-isjjz.top type=1"),
            (["explain", "a.example", "--type", "AAAA", "--client", "::1"],
             "explain name=a.example type=28 client=::1"),
            (["log-level"], "log-level"),
            (["log-level", "debug"], "log-level level=debug"),
            (["reopen"], "reopen"),
            (["recent"], "recent"),
            (["recent", "--after", "7"], "recent after=7"),
        ]:
            with self.subTest(arguments=arguments):
                self.module.requests.clear()
                self.assertDone(self.ctl(*arguments))
                self.assertAsked(request)

    def test_options_of_ctl_may_stand_behind_the_verb(self):
        self.serve({"ok": True})
        result = self.assertDone(self.run_program("ctl", "reopen", "--json", "--socket", "control.sock"))
        self.assertEqual(result.json(), {"ok": True})

    def test_no_option_makes_a_second_request(self):
        self.serve({"ok": True})
        self.assertDone(self.ctl("shadow", "a\nreload"))
        self.assertAsked("shadow policy=a%0areload on=yes")

    def test_the_socket_may_stand_in_the_environment(self):
        self.serve({"ok": True}, name="other.sock")
        self.assertDone(self.run_program("ctl", "reopen", environment={"TOLLGATE_SOCKET": "other.sock"}))
        self.assertDone(self.run_program("ctl", "reopen", "--socket", "other.sock",
                                         environment={"TOLLGATE_SOCKET": "none.sock"}))
        self.assertAsked("reopen", "reopen")

    def test_what_is_wrong_here_is_not_asked_there(self):
        self.serve({"ok": True})
        for arguments, message in [
            (["explain", "a..b"], "tollgate: 'a..b': an empty label (two dots, or a dot at the start)\n"),
            (["pause", "--name", "a..b"],
             "tollgate: --name: 'a..b': an empty label (two dots, or a dot at the start)\n"),
            (["explain", "a.example", "--type", "ADDRESS"],
             "tollgate: --type: 'ADDRESS' is no record type; write A, AAAA, HTTPS, TXT or the like\n"),
            (["--timeout", "soon", "reopen"], "tollgate: --timeout: 'soon' is no span of time; write 10s or 1m\n"),
            (["--timeout", "-1s", "reopen"], "tollgate: --timeout: '-1s' is no span of time; write 10s or 1m\n"),
        ]:
            with self.subTest(arguments=arguments):
                result = self.ctl(*arguments)
                self.assertStatus(result, WRONG_USAGE)
                self.assertEqual((result.stdout, result.stderr), ("", message))
        self.assertAsked()


class Answers(CtlTestCase):
    def test_for_people_they_are_a_sentence(self):
        for arguments, answer, text in [
            (["reload"], {"ok": True}, "The database is in use.\n"),
            (["pause"], {"ok": True, "until": None}, "Paused until 'tollgate ctl resume', or a restart.\n"),
            (["pause", "--for", "5m"], {"ok": True, "until": NOW}, "Paused until 2025-10-23 17:05:00 UTC.\n"),
            (["resume"], {"ok": True, "ended": 0}, "There was no such pause; 'tollgate ctl status' lists them.\n"),
            (["resume"], {"ok": True, "ended": 1}, "1 pause ended.\n"),
            (["shadow", "trial"], {"ok": True}, "Policy trial is in shadow mode, until a restart.\n"),
            (["shadow", "trial", "--off"], {"ok": True}, "Policy trial is in the mode of its file again.\n"),
            (["log-level"], {"ok": True, "level": "info"}, "info\n"),
            (["reopen"], {"ok": True, "files": 1}, "The file of events is open anew.\n"),
            (["reopen"], {"ok": True, "files": 0}, "Events go to no file: module.yaml has no 'file' under 'events'.\n"),
            (["recent"], {"ok": True, "decisions": []}, '{"ok":true,"decisions":[]}\n'),
        ]:
            with self.subTest(arguments=arguments, answer=answer):
                if hasattr(self, "module"):
                    self.module.answer = json.dumps(answer, separators=(",", ":"))
                else:
                    self.serve(answer)
                result = self.assertDone(self.ctl(*arguments))
                self.assertEqual((result.stdout, result.stderr), (text, ""))

    def test_json_is_the_answer_as_it_is(self):
        for answer in ['{"ok":true,"level":"info","x":[1, 2]}', '{"ok":false,"error":"no"}']:
            with self.subTest(answer=answer):
                self.serve(answer, name=f"{len(answer)}.sock")
                result = self.run_program("ctl", "--socket", f"{len(answer)}.sock", "--json", "log-level")
                self.assertEqual((result.stdout, result.stderr), (answer + "\n", ""))
                self.assertStatus(result, DONE if "true" in answer else PROBLEMS)

    def test_a_refusal_is_one_line_with_what_to_do(self):
        self.serve({"ok": False, "error": "no policy 'x'", "hint": "'status' lists the policies"})
        result = self.ctl("shadow", "x")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual((result.stdout, result.stderr), ("", "tollgate: no policy 'x'; 'status' lists the policies\n"))

    def test_an_explanation_has_every_rule(self):
        self.serve({
            "ok": True, "name": "usps.com-x.top", "type": "AAAA", "client": "192.0.2.7", "outcome": "nxdomain",
            "rules": [
                {"standing": "decides", "action": "nxdomain", "shadow": False, "policy": "block",
                 "campaign": "triad", "rule": "com-hyphen", "indicator": "com-x.top",
                 "meaning": "com, a hyphen and letters", "report": None, "file": "block.yaml", "line": 15},
                {"standing": "outranked", "action": "drop", "shadow": True, "policy": "trial",
                 "campaign": None, "rule": "domains", "indicator": None, "meaning": None, "report": None,
                 "file": None, "line": 0},
            ],
        })
        self.assertEqual(
            self.assertDone(self.ctl("explain", "usps.com-x.top")).stdout,
            "usps.com-x.top, type AAAA, for 192.0.2.7: nxdomain\n"
            "\n"
            "Rules that match, in order of precedence:\n"
            "  decides        nxdomain by block/com-hyphen, block.yaml:15\n"
            "                 campaign: triad\n"
            "                 indicator: com-x.top\n"
            "                 meaning: com, a hyphen and letters\n"
            "  outranked      drop (shadow) by trial/domains\n",
        )

    def test_an_explanation_without_rules(self):
        self.serve({"ok": True, "name": "a.example", "type": "A", "client": None, "outcome": "resolve", "rules": []})
        self.assertEqual(self.assertDone(self.ctl("explain", "a.example")).stdout,
                         "a.example, type A: resolve\nNo rule matches.\n")


class Status(CtlTestCase):
    def test_a_page_for_people(self):
        self.serve(SNAPSHOT)
        lines = self.assertDone(self.ctl("status")).lines()
        self.assertAsked("status")
        self.assertEqual(lines[0], "Tollgate    0.1.0 in Unbound 1.22.0, running for 1 h 0 min")
        self.assertIn("Paused      client 192.0.2.0/24: for 4 min more, until 2025-10-23 17:09:10 UTC", lines)
        self.assertEqual(lines[-1].split(), ["block", "1,000,000", "24", "9", "0"])

    def test_the_exit_status_says_whether_all_is_well(self):
        self.serve(SNAPSHOT)
        for change, status in [({}, DONE), ({"last_error": "damaged"}, PROBLEMS), ({"checksum": ""}, PROBLEMS)]:
            self.module.answer = json.dumps({**SNAPSHOT, **change})
            for option in [], ["--json"]:
                with self.subTest(change=change, option=option):
                    result = self.ctl("status", *option)
                    self.assertStatus(result, status)
                    self.assertEqual(result.stderr, "")
                    if option:
                        self.assertEqual(result.json(), {**SNAPSHOT, **change})

    def test_stats_for_people_for_programs_and_for_prometheus(self):
        self.serve(SNAPSHOT)
        self.assertTrue(self.assertDone(self.ctl("stats")).stdout.startswith("Tollgate "))
        self.assertEqual(self.assertDone(self.ctl("stats", "--json")).json(), SNAPSHOT)
        metrics = self.assertDone(self.ctl("stats", "--prometheus")).stdout
        self.assertIn("# TYPE tollgate_", metrics)
        self.assertTrue(metrics.endswith("# EOF\n"))
        self.assertAsked("stats", "stats", "stats")


class Trouble(CtlTestCase):
    def assertNoAnswer(self, result, message):
        self.assertStatus(result, NO_ANSWER)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("tollgate: control.sock: " + message), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_no_socket(self):
        self.assertNoAnswer(self.ctl("status"), "no such socket; is Unbound running with the module")

    def test_a_socket_that_was_left_behind(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.folder / "control.sock"))
        self.assertNoAnswer(self.ctl("status"), "nobody listens there")

    def test_no_permission_names_the_group(self):
        if os.geteuid() != 0:
            self.skipTest("becoming somebody else needs root")
        self.serve({"ok": True})
        os.chmod(self.folder / "control.sock", 0o660)
        os.chmod(self.folder, 0o755)
        try:
            completed = subprocess.run([PROGRAM, "ctl", "--socket", str(self.folder / "control.sock"), "status"],
                                       capture_output=True, timeout=60, user=65534, group=65534, extra_groups=[])
        except PermissionError:
            self.skipTest("nobody else may run the program where it lies")
        self.assertEqual(completed.returncode, NO_ANSWER)
        self.assertIn("no permission; the socket is for its owner and group 'root': join that group",
                      completed.stderr.decode())

    def test_a_connection_that_ends_before_the_answer(self):
        self.serve(None)
        self.assertNoAnswer(self.ctl("status"), "the connection was closed before the answer came")

    def test_nobody_answers(self):
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(str(self.folder / "control.sock"))
            deaf.listen()
            self.assertNoAnswer(self.ctl("--timeout", "100ms", "status"), "no answer within 100ms")

    def test_somebody_else_answers(self):
        for answer in ["HTTP/1.1 400 Bad Request", "{}", "[]", "", "{", '"ok"']:
            with self.subTest(answer=answer):
                name = f"{hash(answer)}.sock"
                self.serve(answer, name=name)
                result = self.run_program("ctl", "--socket", name, "reopen")
                self.assertStatus(result, NO_ANSWER)
                self.assertEqual(result.stderr, f"tollgate: {name}: what listens there is not Tollgate\n")

    def test_a_state_that_is_none(self):
        self.serve({"ok": True, "policies": 7})
        result = self.ctl("status")
        self.assertStatus(result, NO_ANSWER)
        self.assertTrue(result.stderr.startswith("tollgate: not a state of Tollgate: 'policies'"), result.stderr)


class Usage(CtlTestCase):
    def test_every_verb_shows_an_example_of_itself(self):
        for verb in ["status", "stats", "reload", "pause", "resume", "shadow", "explain", "log-level", "reopen",
                     "recent"]:
            with self.subTest(verb=verb):
                result = self.assertDone(self.run_program("ctl", verb, "--help"))
                self.assertRegex(result.stdout, rf"Examples?:\n  tollgate ctl {verb}")
                for line in result.lines():
                    self.assertLessEqual(len(line), 120, line)

    def test_a_verb_is_needed_and_has_to_be_one(self):
        for arguments in [[], ["frobnicate"], ["shadow"], ["explain"], ["status", "now"]]:
            with self.subTest(arguments=arguments):
                result = self.run_program("ctl", *arguments)
                self.assertStatus(result, WRONG_USAGE)
                self.assertTrue(result.stderr.startswith("tollgate: "), result.stderr)


if __name__ == "__main__":
    unittest.main()
