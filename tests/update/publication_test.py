#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""When a database is published, when it is not, and how one gets the old one back."""

import fcntl
import unittest

from feed_servers import *  # noqa: F403
import pseudo_terminal


class Published(UpdateTestCase):
    """Of local files alone: a manifest needs no network to be updated."""

    wants_nginx = False

    def rules(self, text, **keys):
        self.write("list.txt", text)
        self.manifest({"file": "list.txt", "id": "list"}, **keys)

    def publish(self, text):
        self.rules(text)
        self.assertDone(self.update())

    def numbers(self):
        return [database["number"] for database in self.rollback("--list", "--json").json()["databases"]]


class Checks(Published):
    def test_rules_with_an_error_publish_nothing(self):
        self.publish("evil.example\n")
        self.write("bad.yaml", "id: bad\ndomains: [evil..example]\n")
        self.manifest({"file": "bad.yaml"})
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("FAILED: the rules have errors; database 1 stays in use; bad.yaml:2:11: error:", result.stdout)
        self.assertTrue(self.blocked("evil.example"))

    def test_a_manifest_with_an_error_publishes_nothing(self):
        self.publish("evil.example\n")
        self.write("tollgate.yaml", "policies:\n  - file: list.txt\n    intervall: 1h\n")
        self.assertStatus(self.update(), PROBLEMS)

    def test_a_campaign_s_self_test_names_must_be_blocked(self):
        self.write("c.yaml", """
            id: c
            self_test: {block: [usps-abc.example], pass: [usps.example]}
            patterns: [{id: p, meaning: m, match: 'usps-[a-z]{4}', suffixes: [example]}]
        """)
        self.manifest({"file": "c.yaml"})
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("c.yaml:2: error: self-test: 'usps-abc.example' should be blocked by this campaign, and is not",
                      result.stdout)

    def test_a_campaign_s_good_names_must_not_be(self):
        self.write("c.yaml", """
            id: c
            self_test: {block: [usps-abc.example], pass: [www.usps-us.example]}
            patterns: [{id: p, meaning: m, match: 'usps-[a-z]+', suffixes: [example]}]
        """)
        self.manifest({"file": "c.yaml"})
        self.assertIn("'www.usps-us.example' should not be blocked by this campaign, and is", self.update().stdout)

    def test_a_campaign_in_shadow_mode_behind_an_allow_list_passes_its_own_test(self):
        self.write("allow.txt", "evil.example\n")
        self.write("c.yaml", "id: c\nself_test: {block: [evil.example]}\ndomains: [evil.example]\n")
        self.manifest({"file": "allow.txt", "action": "pass"}, {"file": "c.yaml", "mode": "shadow"})
        self.assertDone(self.update())

    def test_a_campaign_that_has_expired_is_not_tested(self):
        self.write("c.yaml", "id: c\nexpires: 2025-01-01\nself_test: {block: [evil.example]}\n"
                             "domains: [evil.example]\n")
        self.write("list.txt", "other.example\n")
        self.manifest({"file": "c.yaml"}, {"file": "list.txt"})
        self.assertDone(self.update())

    def test_the_manifest_s_self_test_is_about_what_a_client_gets(self):
        self.rules("evil.example\n", self_test={"block": ["evil.example"], "pass": ["good.example"]})
        self.assertDone(self.update())
        self.write("allow.txt", "evil.example\n")
        self.manifest({"file": "allow.txt", "action": "pass"}, {"file": "list.txt"},
                      self_test={"block": ["evil.example"]})
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("'evil.example' should be blocked by these policies together, and is not", result.stdout)

    def test_force_does_not_pass_a_self_test(self):
        self.rules("evil.example\n", self_test={"block": ["other.example"]})
        self.assertStatus(self.update("--force"), PROBLEMS)

    def test_known_good_names_are_asked(self):
        self.write("list.txt", "evil.example\ngood.example\n")
        self.write("good.txt", "www.good.example\n")
        self.manifest({"file": "list.txt", "max_blast": 0}, known_good=["good.txt"])
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("would block 1 known good name", result.stdout)

    def test_a_database_that_is_too_different_is_held_back(self):
        self.publish(names(400))
        self.rules(names(400, first=300))
        result = self.update()
        self.assertStatus(result, HELD_BACK)
        self.assertIn("HELD BACK: 300 names more and 300 fewer, 0 with another rule: 75% of the 400 in use, and "
                      "max_change is 50%; database 1 stays in use", result.stdout)
        self.assertFalse(self.blocked("evil699.example"))

    def test_how_different_it_may_be_stands_in_the_manifest(self):
        self.publish(names(400))
        self.rules(names(400, first=300), update={"max_change": "80%"})
        self.assertDone(self.update())

    def test_force_publishes_what_is_different(self):
        self.publish(names(400))
        self.rules(names(400, first=300))
        self.assertDone(self.update("--force"))
        self.assertTrue(self.blocked("evil699.example"))

    def test_a_new_policy_is_no_difference(self):
        self.publish(names(400))
        self.write("more.txt", names(4000, first=1000))
        self.manifest({"file": "list.txt", "id": "list"}, {"file": "more.txt"})
        self.assertDone(self.update())

    def test_a_few_names_are_no_difference(self):
        self.publish(names(4))
        self.publish(names(40))

    def test_dry_run_says_what_it_would_do_and_does_nothing(self):
        self.publish("evil.example\n")
        before = (self.folder / "state" / "state.json").read_text()
        self.rules("other.example\n")
        result = self.update("--dry-run")
        self.assertDone(result)
        self.assertIn("would publish: 1 name, 0 patterns; +1 -1", result.stdout)
        self.assertFalse(self.blocked("other.example"))
        self.assertEqual((self.folder / "state" / "state.json").read_text(), before)

    def test_a_database_that_somebody_replaced_is_put_right(self):
        self.publish("evil.example\n")
        self.write("other.txt", "other.example\n")
        self.assertDone(self.compile("other.txt"))
        self.assertDone(self.update())
        self.assertTrue(self.blocked("evil.example"))

    def test_every_day_has_a_database_of_its_own(self):
        self.publish("evil.example\n")
        self.assertIn("published database 2", self.update(date="2025-06-02").stdout)

    def test_every_file_of_a_folder_is_a_policy(self):
        self.write("rules/b.yaml", "id: bees\ndomains: [bee.example]\n")
        self.write("rules/a.txt", "ant.example\n")
        self.write("rules/.git", "nothing of ours\n")
        self.manifest({"folder": "rules"})
        self.assertDone(self.update())
        self.assertEqual([self.query(name).lines()[0].split("\t")[2] for name in ("ant.example", "bee.example")],
                         ["a", "bees"])
        self.write("rules/c.txt", "cat.example\n")
        self.assertDone(self.update())
        self.assertTrue(self.blocked("cat.example"))

    def test_a_second_update_leaves_the_first_one_alone(self):
        self.publish("evil.example\n")
        with open(self.folder / "state" / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.update()
        self.assertStatus(result, BUSY)
        self.assertIn("another update is at work", result.stderr)

    def test_a_damaged_state_is_not_guessed_at(self):
        self.publish("evil.example\n")
        (self.folder / "state" / "state.json").write_text('{"format": "tollg')
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("state/state.json is damaged; move it away", result.stderr)
        self.assertTrue(self.blocked("evil.example"))

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_what_root_writes_belongs_to_the_owner_of_the_folder(self):
        (self.folder / "state").mkdir()
        os.chown(self.folder / "state", 12345, 12345)
        self.publish("evil.example\n")
        paths = ["lock", "state.json", "copies", "history", "history/1.db"]
        self.assertEqual({(self.folder / "state" / path).stat().st_uid for path in paths}, {12345})

    def test_a_folder_that_cannot_be_written_changes_nothing(self):
        self.rules("evil.example\n")
        result = self.run_program("update", "tollgate.yaml", "-o", "no/such/tollgate.db", "--state", "state",
                                  "--date", TODAY, "--public-suffix-list", str(SUFFIX_LIST))
        self.assertStatus(result, PROBLEMS)
        self.assertIn("cannot write no/such/tollgate.db", result.stderr)

    def test_on_a_terminal_there_is_a_table(self):
        self.rules("evil.example\n")
        command = [PROGRAM, "update", "tollgate.yaml", "-o", "tollgate.db", "--state", "state", "--date", TODAY,
                   "--public-suffix-list", str(SUFFIX_LIST)]
        try:
            terminal = pseudo_terminal.PseudoTerminal(
                ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(self.folder), *command], 120, 30, dict(os.environ))
        except OSError:
            self.skipTest("no terminal")
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.exit_status(), DONE)
        self.assertIn("published database 1: 1 name, 0 patterns", "\n".join(terminal.screen.lines()))
        self.assertIn("reading list.txt ...", terminal.text)


class Back(Published):
    def setUp(self):
        super().setUp()
        self.publish("one.example\n")
        self.publish("one.example\ntwo.example\n")

    def test_rollback_brings_back_the_one_before(self):
        self.assertDone(self.rollback())
        self.assertFalse(self.blocked("two.example"))
        self.assertTrue(self.blocked("one.example"))

    def test_after_it_updates_publish_nothing(self):
        self.rollback()
        result = self.update()
        self.assertStatus(result, HELD_BACK)
        self.assertIn("database 2 was taken back", result.stdout)
        self.assertFalse(self.blocked("two.example"))

    def test_until_the_rules_change(self):
        self.rollback()
        self.publish("one.example\nthree.example\n")
        self.assertTrue(self.blocked("three.example"))
        self.assertDone(self.update())

    def test_or_somebody_says_force(self):
        self.rollback()
        self.assertDone(self.update("--force"))
        self.assertTrue(self.blocked("two.example"))
        self.assertDone(self.update())

    def test_rules_that_were_mended_before_it_are_published(self):
        self.rules("one.example\nthree.example\n")
        self.rollback()
        self.assertDone(self.update())

    def test_the_list_shows_what_is_kept_and_what_is_in_use(self):
        self.rollback()
        lines = self.rollback("--list").lines()
        self.assertRegex(lines[0], r"^ +1  \d{4}-\d\d-\d\d .* UTC +1 names  in use$")
        self.assertRegex(lines[1], r"^ +2  .* 2 names$")
        self.assertRegex(lines[2], "database 2 was taken back")

    def test_to_a_certain_one(self):
        self.publish("one.example\ntwo.example\nthree.example\n")
        self.assertDone(self.rollback("--to", "1"))
        self.assertFalse(self.blocked("two.example"))
        self.assertDone(self.rollback("--to", "3"))
        self.assertTrue(self.blocked("three.example"))

    def test_again_goes_one_further(self):
        self.publish("one.example\ntwo.example\nthree.example\n")
        self.rollback()
        self.rollback()
        self.assertFalse(self.blocked("two.example"))

    def test_before_the_first_there_is_nothing(self):
        self.rollback()
        result = self.rollback()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("there is no database before the one in use", result.stderr)

    def test_a_number_that_is_not_kept(self):
        self.assertStatus(self.rollback("--to", "7"), PROBLEMS)

    def test_a_kept_one_that_was_damaged_is_not_brought_back(self):
        path = self.folder / "state" / "history" / "1.db"
        octets = bytearray(path.read_bytes())
        octets[-1] ^= 1
        path.write_bytes(octets)
        self.assertStatus(self.rollback(), PROBLEMS)
        self.assertTrue(self.blocked("two.example"))

    def test_as_many_are_kept_as_the_manifest_says(self):
        for number in range(5):
            self.rules(f"one.example\nmore{number}.example\n", update={"keep": 3})
            self.assertDone(self.update())
        self.assertEqual(self.numbers(), [5, 6, 7])
        self.assertEqual(len(list((self.folder / "state" / "history").iterdir())), 3)

    def test_what_compile_had_made_before_the_first_update_is_kept_too(self):
        (self.folder / "state" / "state.json").unlink()
        self.assertDone(self.compile("list.txt"))
        self.publish("one.example\nfour.example\n")
        self.assertDone(self.rollback())
        self.assertTrue(self.blocked("two.example"))


if __name__ == "__main__":
    unittest.main()
