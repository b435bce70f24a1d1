# SPDX-License-Identifier: BSD-3-Clause
"""tollgate compile and tollgate check: exit status, what is written, what is said."""

import hashlib
import os
import unittest

from program import *

GOOD = """
    id: c
    hosts: [www.evil.com]
    domains:
      - evil.com
      - Evil.com
      - name: past.com
        expires: 2025-05-31
    patterns:
      - id: p
        meaning: m
        match: 'evil-[a-z]+'
        suffixes: any
    """
BAD = """
    id: c
    action: nxdomian
    domains: [evil.com, com]
    """
BAD_FAULTS = (
    "c.yaml:2:9: error: 'nxdomian' is not a value of 'action'; did you mean 'nxdomain'?\n"
    "c.yaml:3: error: 'com' is a top-level domain; block the names below it that you mean\n"
)


class Compile(ProgramTestCase):
    def octets(self):
        return (self.folder / "tollgate.db").read_bytes()

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_it_writes_the_database_and_a_summary(self):
        self.write("c.yaml", GOOD)
        result = self.assertDone(self.compile("c.yaml"))
        self.assertEqual(result.stderr, "")
        first, second = result.lines()
        self.assertRegex(
            first, r"^tollgate\.db: 1 policy, 1 name, 1 pattern; [\d,]+ bytes, \d+\.\d\d s$"
        )
        self.assertEqual(second, "left out: 1 duplicate, 1 subsumed, 1 expired, 0 rejected")
        self.assertEqual(self.files(), ["c.yaml", "tollgate.db"])

    def test_quiet_says_nothing_of_what_went_well(self):
        self.write("c.yaml", GOOD)
        result = self.assertDone(self.compile("c.yaml", "--quiet"))
        self.assertEqual((result.stdout, result.stderr), ("", ""))

    def test_faults_exit_with_1_and_are_on_standard_error(self):
        self.write("c.yaml", BAD)
        result = self.compile("c.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr, BAD_FAULTS + "tollgate: 2 errors; nothing was written\n")

    def test_faults_leave_no_database(self):
        self.write("c.yaml", BAD)
        self.compile("c.yaml")
        self.assertEqual(self.files(), ["c.yaml"])

    def test_faults_leave_the_old_database_untouched(self):
        self.write("c.yaml", GOOD)
        self.compile("c.yaml")
        before = self.octets(), (self.folder / "tollgate.db").stat().st_mtime_ns
        self.write("c.yaml", BAD)
        self.assertStatus(self.compile("c.yaml"), PROBLEMS)
        self.assertEqual((self.octets(), (self.folder / "tollgate.db").stat().st_mtime_ns), before)
        self.assertEqual(self.files(), ["c.yaml", "tollgate.db"])

    def test_the_old_database_is_replaced_and_not_overwritten(self):
        # Whoever has mapped the old file keeps all of it.
        self.write("c.yaml", GOOD)
        self.compile("c.yaml")
        with open(self.folder / "tollgate.db", "rb") as old:
            before = old.read()
            self.write("c.yaml", "id: c\ndomains: [other.com]\n")
            self.assertDone(self.compile("c.yaml"))
            old.seek(0)
            self.assertEqual(old.read(), before)
        self.assertNotEqual(self.octets(), before)
        self.assertEqual(self.files(), ["c.yaml", "tollgate.db"])

    def test_a_manifest_that_is_not_there(self):
        result = self.compile("nowhere.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(
            result.stderr,
            "nowhere.yaml: error: cannot read the file: No such file or directory; "
            "check the path and its permissions\ntollgate: 1 error; nothing was written\n",
        )

    def test_a_folder_that_is_not_there(self):
        self.write("c.yaml", GOOD)
        result = self.compile("c.yaml", output="nowhere/tollgate.db")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("nowhere/tollgate.db", result.stderr)
        self.assertIn("No such file or directory", result.stderr)

    def test_a_public_suffix_list_that_is_not_there(self):
        self.write("c.yaml", GOOD)
        result = self.run_program(
            "compile", "c.yaml", "-o", "tollgate.db", "--public-suffix-list", "nowhere.dat"
        )
        self.assertStatus(result, PROBLEMS)
        self.assertIn("install the package 'publicsuffix'", result.stderr)

    def test_warnings_do_not_keep_it_from_writing(self):
        self.write("tollgate.yaml", "policies: [feed.txt]\n")
        self.write("feed.txt", "evil.com\n192.0.2.1\ncom\n")
        result = self.assertDone(self.compile("tollgate.yaml"))
        self.assertEqual(
            result.stderr,
            "feed.txt:2: warning: 1 line rejected: an IP address, and names are wanted here: "
            "'192.0.2.1'\n"
            "feed.txt:3: warning: 1 line rejected: a top-level domain: 'com'\n",
        )
        self.assertIn("2 rejected", result.stdout)

    def test_bad_lines_are_counted_by_reason_and_the_first_is_shown(self):
        self.write("tollgate.yaml", "policies: [feed.txt]\n")
        self.write("feed.txt", "evil.com\n" + "192.0.2.1\n" * 1234 + "a..b\n")
        result = self.assertDone(self.compile("tollgate.yaml"))
        self.assertEqual(
            result.stderr,
            "feed.txt:2: warning: 1234 lines rejected: an IP address, and names are wanted here, "
            "first: '192.0.2.1'\n"
            "feed.txt:1236: warning: 1 line rejected: "
            "an empty label (two dots, or a dot at the start): 'a..b'\n",
        )
        self.assertIn("1,235 rejected", result.stdout)

    def test_patterns_that_did_not_change_are_taken_from_the_old_database(self):
        self.write("tollgate.yaml", "policies: [feed.txt, c.yaml]\n")
        self.write("feed.txt", "evil.com\n")
        self.write("c.yaml", GOOD)
        first = self.assertDone(self.compile("tollgate.yaml", "--json")).json()
        self.assertIs(first["patterns_reused"], False)
        self.write("feed.txt", "evil.com\nbad.com\n")
        second = self.assertDone(self.compile("tollgate.yaml", "--json")).json()
        self.assertIs(second["patterns_reused"], True)
        reused = self.assertDone(self.run_program("query", "tollgate.db", "evil-x.com", "bad.com"))
        self.assertEqual([line.split("\t")[1] for line in reused.lines()], ["nxdomain"] * 2)
        self.write("c.yaml", GOOD.replace("evil-[a-z]+", "evil-[a-z0-9]+"))
        third = self.assertDone(self.compile("tollgate.yaml", "--json")).json()
        self.assertIs(third["patterns_reused"], False)

    def test_verbose_shows_every_bad_line(self):
        self.write("tollgate.yaml", "policies: [feed.txt]\n")
        self.write("feed.txt", "evil.com\n192.0.2.1\n192.0.2.2\n")
        result = self.assertDone(self.compile("tollgate.yaml", "--verbose"))
        reason = "rejected: an IP address, and names are wanted here"
        self.assertIn(f"feed.txt:2: {reason}: '192.0.2.1'\n", result.stderr)
        self.assertIn(f"feed.txt:3: {reason}: '192.0.2.2'\n", result.stderr)

    def test_of_many_errors_all_are_shown(self):
        self.write("c.yaml", "id: c\ndomains:\n" + "  - 192.0.2.1\n" * 100)
        result = self.compile("c.yaml")
        self.assertEqual(len(result.stderr.splitlines()), 101)
        self.assertTrue(result.stderr.endswith("tollgate: 100 errors; nothing was written\n"))

    def test_the_day_decides_what_has_expired(self):
        self.write("c.yaml", "id: c\ndomains: [evil.com, {name: bad.com, expires: 2025-06-01}]\n")
        for date, expired in [("2025-06-01", "0 expired"), ("2025-06-02", "1 expired")]:
            result = self.run_program(
                "check", "c.yaml", "--date", date, "--public-suffix-list", str(SUFFIX_LIST)
            )
            self.assertIn(expired, self.assertDone(result).stdout)

    def test_the_same_rules_make_the_same_file(self):
        self.write("c.yaml", GOOD)
        digests = set()
        for _ in range(2):
            self.assertDone(self.compile("c.yaml", environment={"SOURCE_DATE_EPOCH": "1748736000"}))
            digests.add(hashlib.sha256(self.octets()).hexdigest())
        self.assertEqual(len(digests), 1)

    def test_standard_error_without_a_terminal_has_no_colour_and_no_progress(self):
        self.write("c.yaml", BAD)
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.assertNotIn("\033", self.compile("c.yaml", environment=environment).stderr)

    def test_the_database_can_be_read_by_others(self):
        # The resolver runs as another user.
        self.write("c.yaml", GOOD)
        umask = os.umask(0o022)
        try:
            self.assertDone(self.compile("c.yaml"))
        finally:
            os.umask(umask)
        self.assertEqual((self.folder / "tollgate.db").stat().st_mode & 0o777, 0o644)


class Check(ProgramTestCase):
    def test_it_writes_nothing(self):
        self.write("c.yaml", GOOD)
        result = self.assertDone(self.check("c.yaml"))
        self.assertTrue(result.stdout.startswith("c.yaml: 1 policy, 1 name, 1 pattern; "), result.stdout)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["c.yaml"])

    def test_it_reports_the_same_faults(self):
        self.write("c.yaml", BAD)
        result = self.check("c.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertEqual(result.stderr, BAD_FAULTS + "tollgate: 2 errors\n")

    def test_it_has_no_output_to_name(self):
        self.write("c.yaml", GOOD)
        self.assertStatus(self.check("c.yaml", "-o", "tollgate.db"), WRONG_USAGE)


    def test_it_counts_prefixes_where_there_are_any(self):
        self.write("c.yaml", "id: c\naddresses: [192.0.2.0/24, 198.51.100.7, 192.0.2.0/24]\n")
        result = self.assertDone(self.check("c.yaml"))
        self.assertTrue(result.stdout.startswith("c.yaml: 1 policy, 0 names, 0 patterns, 2 prefixes; "),
                        result.stdout)


class Json(ProgramTestCase):
    COUNTS = {
        "policies": 1, "names": 1, "patterns": 1, "prefixes": 0,
        "duplicates": 1, "subsumed": 1, "expired": 1, "rejected": 0,
    }

    def test_of_compile(self):
        self.write("c.yaml", GOOD)
        result = self.assertDone(self.compile("c.yaml", "--json"))
        report = result.json()
        self.assertEqual(result.stderr, "")
        self.assertIs(report["ok"], True)
        self.assertEqual(report["manifest"], "c.yaml")
        self.assertEqual(report["database"], "tollgate.db")
        self.assertEqual({key: report[key] for key in self.COUNTS}, self.COUNTS)
        self.assertEqual(report["bytes"], (self.folder / "tollgate.db").stat().st_size)
        self.assertIsInstance(report["seconds"], float)
        self.assertEqual(report["diagnostics"], [])

    def test_of_check(self):
        self.write("c.yaml", GOOD)
        report = self.assertDone(self.check("c.yaml", "--json")).json()
        self.assertIsNone(report["database"])
        self.assertEqual({key: report[key] for key in self.COUNTS}, self.COUNTS)

    def test_of_faults(self):
        self.write("c.yaml", BAD)
        for command in (self.compile, self.check):
            result = command("c.yaml", "--json")
            self.assertStatus(result, PROBLEMS)
            report = result.json()
            self.assertIs(report["ok"], False)
            self.assertIsNone(report["database"])
            self.assertEqual(report["bytes"], 0)
            self.assertEqual(
                report["diagnostics"],
                [
                    {
                        "severity": "error", "file": "c.yaml", "line": 2, "column": 9,
                        "what": "'nxdomian' is not a value of 'action'",
                        "fix": "did you mean 'nxdomain'?",
                    },
                    {
                        "severity": "error", "file": "c.yaml", "line": 3, "column": 0,
                        "what": "'com' is a top-level domain",
                        "fix": "block the names below it that you mean",
                    },
                ],
            )

    def test_it_lists_every_line_of_a_feed_that_was_left_out(self):
        self.write("tollgate.yaml", "policies: [feed.txt]\n")
        self.write("feed.txt", "evil.com\n192.0.2.1\n192.0.2.2\n")
        report = self.assertDone(self.check("tollgate.yaml", "--json")).json()
        self.assertEqual(
            report["feeds"],
            [
                {
                    "file": "feed.txt", "taken": 1,
                    "left_out": [
                        {
                            "fate": "rejected", "count": 2,
                            "reason": "an IP address, and names are wanted here",
                            "lines": [
                                {"line": 2, "text": "192.0.2.1"}, {"line": 3, "text": "192.0.2.2"},
                            ],
                        }
                    ],
                }
            ],
        )

    def test_what_people_wrote_is_escaped(self):
        self.write("c.yaml", "id: c\naction: 'say \"no\" \\ 駄目'\ndomains: [evil.com]\n")
        report = self.check("c.yaml", "--json").json()
        self.assertIn('say "no" \\ 駄目', report["diagnostics"][0]["what"])


if __name__ == "__main__":
    unittest.main()
