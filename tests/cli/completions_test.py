# SPDX-License-Identifier: BSD-3-Clause
"""The shell completions in packaging/completions."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from program import *

COMPLETIONS = pathlib.Path(__file__).resolve().parents[2] / "packaging/completions"


class Completions(ProgramTestCase):
    def bash(self, *words):
        """What bash offers behind these words, of which the last one is being typed."""
        script = f"""
            source '{COMPLETIONS}/tollgate.bash'
            compopt() {{ :; }}
            COMP_WORDS=(tollgate "$@")
            COMP_CWORD=$#
            _tollgate
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        result = subprocess.run(
            ["bash", "-c", script, "bash", *words], capture_output=True, check=True, text=True
        )
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_they_are_what_the_help_says(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-B", COMPLETIONS / "generate", PROGRAM, folder], check=True
            )
            for name in ["tollgate.bash", "_tollgate", "tollgate.fish"]:
                self.assertEqual(
                    (COMPLETIONS / name).read_text(),
                    (pathlib.Path(folder) / name).read_text(),
                    f"{name}: run packaging/completions/generate PATH-OF-TOLLGATE",
                )

    def test_bash_completes_a_command(self):
        self.assertEqual(self.bash("comp"), ["compile"])

    def test_bash_completes_a_command_of_ctl(self):
        self.assertEqual(self.bash("ctl", "--socket", "/run/x", "log"), ["log-level"])

    def test_bash_completes_an_option_of_the_command_alone(self):
        self.assertEqual(self.bash("export", "--wi"), ["--widen"])
        self.assertEqual(self.bash("compile", "--wi"), [])

    def test_bash_completes_one_of_few_values(self):
        self.assertEqual(self.bash("export", "--format", "d"), ["domains", "dnsmasq"])

    def test_bash_completes_a_file_where_one_is_wanted(self):
        path = str(COMPLETIONS / "gener")
        self.assertEqual(self.bash("check", path), [path + "ate"])
        self.assertEqual(self.bash("compile", "-o", path), [path + "ate"])

    def test_bash_offers_nothing_for_a_value_that_it_cannot_know(self):
        self.assertEqual(self.bash("query", "--date", ""), [])

    def test_zsh_and_fish_can_read_theirs(self):
        for shell, name in [("zsh", "_tollgate"), ("fish", "tollgate.fish")]:
            with self.subTest(shell=shell):
                if not shutil.which(shell):
                    self.skipTest(f"no {shell} here")
                subprocess.run([shell, "-n", COMPLETIONS / name], check=True)


if __name__ == "__main__":
    unittest.main()
