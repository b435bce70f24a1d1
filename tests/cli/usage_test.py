# SPDX-License-Identifier: BSD-3-Clause
"""Help, versions and wrong usage."""

import re
import unittest

from program import *

COMMANDS = [
    "compile", "check", "query", "extract", "explain", "blast", "diff", "overlap", "export", "info", "dump",
    "ctl", "top", "exporter", "who", "update", "rollback",
]


class Help(ProgramTestCase):
    def test_it_names_every_command(self):
        result = self.assertDone(self.run_program("--help"))
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", result.stdout)

    def test_it_says_what_the_exit_statuses_mean(self):
        self.assertIn("0 done, 1 problems in the input", self.run_program("--help").stdout)

    def test_every_command_shows_an_example_of_itself(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                result = self.assertDone(self.run_program(command, "--help"))
                self.assertRegex(result.stdout, rf"Examples?:\n  tollgate {command} ")

    def test_every_line_fits_a_terminal_of_120_columns(self):
        for arguments in [["--help"], *([command, "--help"] for command in COMMANDS)]:
            for line in self.run_program(*arguments).lines():
                self.assertLessEqual(len(line), 120, line)

    def test_it_ends_with_a_line_end(self):
        self.assertTrue(self.run_program("--help").stdout.endswith("\n"))

    def test_the_version_is_one_line(self):
        result = self.assertDone(self.run_program("--version"))
        self.assertTrue(re.fullmatch(r"tollgate \d+\.\d+\.\d+\n", result.stdout), result.stdout)


class WrongUsage(ProgramTestCase):
    def test_it_exits_with_2_and_says_on_standard_error_where_help_is(self):
        self.write("c.yaml", "id: c\ndomains: [evil.com]\n")
        self.assertDone(self.compile("c.yaml"))
        for arguments in [
            [],
            ["frobnicate"],
            ["compile"],
            ["compile", "c.yaml"],  # no --output
            ["compile", "c.yaml", "-o"],
            ["check"],
            ["check", "c.yaml", "--frobnicate"],
            ["check", "c.yaml", "d.yaml"],
            ["query"],
            ["query", "tollgate.db"],
            ["explain", "tollgate.db"],
            ["blast", "tollgate.db"],
            ["diff", "tollgate.db"],
            ["overlap"],
            ["export", "tollgate.db"],
            ["info"],
            ["dump"],
            ["dump", "tollgate.db", "tollgate.db"],
            ["top", "--frobnicate"],
            ["exporter", "--listen"],
        ]:
            with self.subTest(arguments=arguments):
                result = self.run_program(*arguments)
                self.assertStatus(result, WRONG_USAGE)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr.startswith("tollgate: "), result.stderr)
                self.assertIn("Run 'tollgate --help'", result.stderr)

    def test_a_date_that_is_none(self):
        self.write("c.yaml", "id: c\ndomains: [evil.com]\n")
        for arguments in [["check", "c.yaml"], ["query", "tollgate.db", "evil.com"]]:
            with self.subTest(arguments=arguments):
                result = self.run_program(*arguments, "--date", "tomorrow")
                self.assertStatus(result, WRONG_USAGE)
                self.assertEqual(
                    result.stderr, "tollgate: --date: 'tomorrow' is not a date such as 2025-10-23\n"
                )

    def test_a_type_that_is_none(self):
        result = self.run_program("query", "tollgate.db", "evil.com", "--type", "ADDRESS")
        self.assertStatus(result, WRONG_USAGE)
        self.assertEqual(
            result.stderr,
            "tollgate: --type: 'ADDRESS' is no record type; write A, AAAA, HTTPS, TXT or the like\n",
        )


if __name__ == "__main__":
    unittest.main()
