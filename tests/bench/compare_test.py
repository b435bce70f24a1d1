#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench/compare: two runs, and what changed beyond their noise."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).resolve().parents[2] / "bench" / "compare"


def entry(failed=None, **figures):
    return {"title": "Tollgate", "figures": figures, **({"failed": failed} if failed else {})}


def run_of(**peers):
    return {"sizes": {"1000": peers}}


class CompareTest(unittest.TestCase):
    def compare(self, before, after):
        """(exit status, what was printed)"""
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("before.json", "after.json")]
            for path, facts in zip(paths, (before, after)):
                with open(path, "w") as file:
                    file.write(facts if isinstance(facts, str) else json.dumps(facts))
            result = subprocess.run(
                [sys.executable, "-B", str(COMPARE), *paths],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return result.returncode, result.stdout

    def figures(self, before, after, key="cached_us"):
        return self.compare(
            run_of(tollgate=entry(**{key: before})), run_of(tollgate=entry(**{key: after}))
        )

    def test_a_run_does_not_differ_from_itself(self):
        status, text = self.figures([7.0, 7.2, 7.1], [7.0, 7.2, 7.1])
        self.assertEqual((status, text), (0, "Nothing has changed beyond the noise.\n"))

    def test_medians_inside_of_both_ranges_are_no_change(self):
        # 1.0 apart; the rounds of both runs are up to 0.6 from their median.
        status, text = self.figures([6.4, 7.0, 7.6], [7.4, 8.0, 8.6])
        self.assertEqual((status, text), (0, "Nothing has changed beyond the noise.\n"))

    def test_more_time_beyond_the_noise_is_worse(self):
        status, text = self.figures([7.0, 7.1, 7.2], [8.0, 8.1, 8.2])
        self.assertEqual(status, 1)
        self.assertRegex(text, r"1,000 names, Tollgate +cached_us +7\.100 +8\.100 .* worse")

    def test_less_time_beyond_the_noise_is_better(self):
        status, text = self.figures([8.0, 8.1, 8.2], [7.0, 7.1, 7.2])
        self.assertEqual(status, 0)
        self.assertIn(" better", text)

    def test_fewer_queries_a_second_are_worse(self):
        status, text = self.figures([100e3, 101e3], [80e3, 81e3], key="qps")
        self.assertEqual(status, 1)
        self.assertIn(" worse", text)

    def test_rounds_without_any_range_still_have_three_percent_of_noise(self):
        self.assertEqual(self.figures([100, 100], [102.9, 102.9])[0], 0)
        self.assertEqual(self.figures([100, 100], [103.1, 103.1])[0], 1)

    def test_what_was_measured_once_has_to_differ_by_a_fifth(self):
        self.assertEqual(self.figures([100], [119])[0], 0)
        self.assertEqual(self.figures([100], [121])[0], 1)

    def test_a_peer_of_one_run_alone_is_named_and_is_no_change(self):
        one = entry(cached_us=[7.0, 7.1])
        status, text = self.compare(run_of(tollgate=one, bind=one), run_of(tollgate=one))
        self.assertEqual(status, 0)
        self.assertIn("1,000 names, bind: only in the first run", text)

    def test_a_size_of_one_run_alone_is_named_and_is_no_change(self):
        one = {"tollgate": entry(cached_us=[7.0, 7.1])}
        status, text = self.compare({"sizes": {"10": one}}, {"sizes": {"10": one, "20": one}})
        self.assertEqual(status, 0)
        self.assertIn("20 names: only in the second run", text)

    def test_a_peer_that_fails_now_is_worse(self):
        status, text = self.compare(
            run_of(tollgate=entry(cached_us=[7.0, 7.1])), run_of(tollgate=entry(failed="it ended"))
        )
        self.assertEqual(status, 1)
        self.assertIn("fails now: it ended", text)

    def test_patterns_are_compared_too(self):
        before, after = ({"patterns": {"10": {"pcre2": entry(miss_ns=[n, n])}}} for n in (100, 200))
        status, text = self.compare(before, after)
        self.assertEqual(status, 1)
        self.assertRegex(text, r"10 patterns, Tollgate +miss_ns .* worse")

    def test_another_machine_is_said(self):
        one = run_of(tollgate=entry(cached_us=[7.0, 7.1]))
        two, four = ({**one, "machine": {"processors": count}} for count in (2, 4))
        _, text = self.compare(two, four)
        self.assertIn("machine, processors: 2, then 4", text)

    def test_runs_of_other_sizes_cannot_be_compared(self):
        one = {"tollgate": entry(cached_us=[7.0, 7.1])}
        status, text = self.compare({"sizes": {"10": one}}, {"sizes": {"20": one}})
        self.assertEqual(status, 2)
        self.assertIn("in common", text)

    def test_what_is_no_run_cannot_be_compared(self):
        run = run_of(tollgate=entry(cached_us=[7.0, 7.1]))
        self.assertEqual(self.compare(run, "no JSON")[0], 2)
        self.assertEqual(self.compare(run, {"something": "else"})[0], 2)


if __name__ == "__main__":
    unittest.main()
