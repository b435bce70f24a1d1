#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench/peers: which names the peers get, and which of them run together."""

import gzip
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from peers.measure import groups  # noqa: E402
from peers.names import read_names, spread  # noqa: E402


def peer(octets, always=False):
    class Needs:
        octets_a_name = octets
        in_every_group = always

    return Needs


class NamesTest(unittest.TestCase):
    def read(self, lines, name="names.txt"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with gzip.open(path, "wt") if name.endswith(".gz") else open(path, "w") as file:
                file.writelines(line + "\n" for line in lines)
            return read_names(path)

    def test_names_are_in_lower_case_and_once(self):
        self.assertEqual(self.read(["Example.COM", "example.com."]), ["example.com"])

    def test_a_compressed_list_is_read(self):
        self.assertEqual(self.read(["example.com"], "names.gz"), ["example.com"])

    def test_what_is_no_name_is_left_out(self):
        for line in ("", "# example.com", "a b.com", "-a.com", "a..com", "*.a.com"):
            with self.subTest(line=line):
                self.assertEqual(self.read([line]), [])

    def test_a_single_label_is_left_out(self):
        self.assertEqual(self.read(["localhost"]), [])

    def test_a_public_suffix_is_left_out(self):
        self.assertEqual(self.read(["co.uk", "example.co.uk"]), ["example.co.uk"])

    def test_a_public_suffix_by_a_wildcard_is_left_out(self):
        self.assertEqual(self.read(["a.ck", "www.ck", "ck", "b.a.ck"]), ["www.ck", "b.a.ck"])

    def test_a_name_that_a_policy_zone_has_no_room_for_is_left_out(self):
        self.assertEqual(self.read([".".join(["a" * 60] * 4)]), [])

    def test_fewer_names_come_from_the_whole_list(self):
        self.assertEqual(spread(list(range(100)), 4), [0, 25, 50, 75])

    def test_a_list_that_is_too_short_is_taken_whole(self):
        self.assertEqual(spread([1, 2], 4), [1, 2])


class GroupsTest(unittest.TestCase):
    def test_what_fits_runs_together(self):
        a, b = peer(40), peer(60)
        self.assertEqual(groups([a, b], 10, 1000), [[a, b]])

    def test_what_does_not_fit_comes_in_another_group_with_those_of_every_group(self):
        always, a, b = peer(10, always=True), peer(60), peer(60)
        self.assertEqual(groups([a, always, b], 10, 1000), [[always, a], [always, b]])

    def test_a_peer_that_fits_nowhere_runs_all_the_same(self):
        always, large = peer(10, always=True), peer(1000)
        self.assertEqual(groups([always, large], 10, 1000), [[always, large]])


if __name__ == "__main__":
    unittest.main()
