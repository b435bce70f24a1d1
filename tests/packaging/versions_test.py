#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The version of the rebuilt Unbound, between Debian's and Debian's next."""

import pathlib
import shutil
import subprocess
import unittest

VERSIONS = pathlib.Path(__file__).resolve().parents[2] / "packaging/unbound/versions.sh"


def ask(function, *arguments):
    command = ["bash", "-c", f"source '{VERSIONS}'; {function} \"$@\"", "bash", *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@unittest.skipUnless(shutil.which("dpkg"), "no dpkg here, which compares versions")
class Versions(unittest.TestCase):
    def assertSorts(self, *versions):
        for lower, higher in zip(versions, versions[1:]):
            result = subprocess.run(["dpkg", "--compare-versions", lower, "lt", higher])
            self.assertEqual(result.returncode, 0, f"{lower} does not sort below {higher}")

    def test_ours_is_between_a_security_update_and_the_next(self):
        ours = "1.17.1-2+deb12u4" + ask("suffix_for", "1.17.1-2+deb12u4")
        self.assertEqual(ours, "1.17.1-2+deb12u4+tollgate1")
        self.assertSorts("1.17.1-2+deb12u4", ours, "1.17.1-2+deb12u5")

    def test_ours_is_between_a_release_and_its_first_security_update(self):
        ours = "1.22.0-2" + ask("suffix_for", "1.22.0-2")
        self.assertSorts("1.22.0-2", ours, "1.22.0-2+deb13u1")

    def test_ours_is_below_debians_rebuild_of_the_same_source(self):
        self.assertSorts("1.22.0-2" + ask("suffix_for", "1.22.0-2"), "1.22.0-2+b1")

    def test_ours_is_below_a_new_upstream_release(self):
        ours = "1.22.0-2+deb13u3" + ask("suffix_for", "1.22.0-2+deb13u3")
        self.assertSorts(ours, "1.26.2-0+deb13u1")

    def test_debians_next_after_the_ninth_update_is_the_tenth(self):
        self.assertEqual(ask("next_of", "1.17.1-2+deb12u9", "12"), "1.17.1-2+deb12u10")

    def test_debians_next_after_a_release_is_its_first_update(self):
        self.assertEqual(ask("next_of", "1.22.0-2", "13"), "1.22.0-2+deb13u1")


if __name__ == "__main__":
    unittest.main()
