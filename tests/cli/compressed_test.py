# SPDX-License-Identifier: BSD-3-Clause
"""Feeds that come compressed: read as they are, and named without the ending that says so."""

import bz2
import gzip
import lzma
import shutil
import subprocess
import unittest

from program import *

LIST = b"evil.com\nbad.com\n"


class Compressed(ProgramTestCase):
    def check_feed(self, name, contents, policy, rule="domains"):
        (self.folder / name).write_bytes(contents)
        self.write("tollgate.yaml", f"policies: [{name}]\n")
        self.assertDone(self.compile("tollgate.yaml"))
        self.assertEqual(
            self.query("evil.com").lines()[0].split("\t")[:4], ["evil.com", "nxdomain", policy, rule]
        )

    def test_gzip(self):
        self.check_feed("feed.txt.gz", gzip.compress(LIST), "feed")

    def test_xz(self):
        self.check_feed("feed.txt.xz", lzma.compress(LIST), "feed")

    def test_bzip2(self):
        self.check_feed("feed.txt.bz2", bz2.compress(LIST), "feed")

    def test_zstd(self):
        if shutil.which("zstd") is None:
            self.skipTest("there is no program zstd here")
        packed = subprocess.run(["zstd", "-qc"], input=LIST, capture_output=True, check=True).stdout
        self.check_feed("feed.txt.zst", packed, "feed")

    def test_the_ending_need_not_say_so(self):
        self.check_feed("feed", gzip.compress(LIST), "feed")

    def test_the_syntax_is_that_of_what_is_inside(self):
        self.check_feed("feed.gz", gzip.compress(b"0.0.0.0 evil.com\n"), "feed", rule="hosts")

    def test_a_campaign_may_be_compressed_too(self):
        self.check_feed("c.yaml.gz", gzip.compress(b"id: c\ndomains: [evil.com]\n"), "c")

    def test_a_damaged_feed_is_an_error_that_names_it_and_nothing_is_written(self):
        packed = bytearray(gzip.compress(LIST))
        packed[-8] ^= 1  # of the CRC
        (self.folder / "feed.gz").write_bytes(packed)
        self.write("tollgate.yaml", "policies: [feed.gz]\n")
        result = self.compile("tollgate.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertIn(
            "feed.gz: error: cannot read the file: damaged gzip data (incorrect data check)", result.stderr
        )
        self.assertFalse((self.folder / "tollgate.db").exists())

    def test_a_feed_that_is_cut_off_is_an_error(self):
        (self.folder / "feed.xz").write_bytes(lzma.compress(LIST * 1000)[:-20])
        self.write("tollgate.yaml", "policies: [feed.xz]\n")
        result = self.compile("tollgate.yaml")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("feed.xz: error: cannot read the file: damaged or cut off", result.stderr)


if __name__ == "__main__":
    unittest.main()
