#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`kill -9` at any moment: the state and the database are those before a step, or those after it."""

import hashlib
import random
import unittest

from feed_servers import *  # noqa: F403

ROUNDS = 60


class Killed(UpdateTestCase):
    def run_and_kill(self, command, after):
        process = subprocess.Popen([PROGRAM, *command], cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        try:
            process.wait(after)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True

    def assertWhole(self):
        """Everything that the state speaks of is there and whole, and so is the database."""
        state = self.state()
        for source in state["sources"]:
            if source["sha256"]:
                octets = (self.folder / "state" / "copies" / source["sha256"]).read_bytes()
                self.assertEqual(hashlib.sha256(octets).hexdigest(), source["sha256"])
        for database in state["history"]:
            path = self.folder / "state" / "history" / f"{database['number']}.db"
            self.assertDone(self.run_program("info", str(path)))
        self.assertDone(self.run_program("info", "tollgate.db"))

    def test_updates_and_rollbacks_that_are_killed_leave_a_whole_state(self):
        dice = random.Random(7)
        self.serve("list.txt", names(400))
        self.feed(interval="1s")
        start = time.monotonic()
        self.assertDone(self.update())
        usual = time.monotonic() - start
        update = ["update", "tollgate.yaml", "-o", "tollgate.db", "--state", "state", "--force", "--date", TODAY,
                  "--public-suffix-list", str(SUFFIX_LIST), "--retries", "0"]
        killed = 0
        for number in range(ROUNDS):
            self.serve("list.txt", names(400 + number) * 20)
            command = update if dice.random() < 0.8 else ["rollback", "--state", "state"]
            killed += self.run_and_kill(command, dice.uniform(0, 1.1 * usual))
            self.assertWhole()
        self.assertGreater(killed, ROUNDS / 4)
        self.assertDone(self.update("--force"))
        self.assertTrue(self.blocked(f"evil{400 + ROUNDS - 2}.example"))

    def test_what_was_left_lying_is_removed(self):
        self.serve("list.txt", names(4))
        self.feed()
        self.assertDone(self.update())
        state = self.folder / "state"
        for litter in ("copies/" + "0" * 64, "copies/x.new", "history/9.db", "history/9.db.new"):
            (state / litter).write_text("half")
        self.assertDone(self.again())
        self.assertEqual(len(list((state / "copies").iterdir())), 1)
        self.assertEqual([path.name for path in (state / "history").iterdir()], ["1.db"])


if __name__ == "__main__":
    unittest.main()
