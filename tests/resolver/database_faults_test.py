# SPDX-License-Identifier: BSD-3-Clause
"""Whatever becomes of the database's file while clients ask: the last good one stays in force, and
the next good one is taken by itself."""

from faults import *


class DuringLoad(FaultTestCase):
    def check(self, spoil, why, mend=None):
        """Spoils the file: the old database stays. Then a good one comes."""
        self.start()
        with self.load():
            spoil()
            self.wait_until_refused(why)
            for _ in range(20):
                self.assertTrue(self.in_force("one"))
            self.assertEqual(self.count("database_failing"), 1)
            # Twice, where for a moment there was no file at all.
            self.assertIn(self.count("databases_refused"), (1, 2))
            if mend is not None:
                mend()
            self.put("two")
            self.wait_until_in_force("two")
            self.wait_for(lambda: self.status()["last_error"] == "", "the fault stays in the status")
            self.wait_until_one_is_open()

    def test_a_damaged_one(self):
        octets = bytearray(self.octets["two"])
        octets[len(octets) // 2] ^= 0x40
        self.check(lambda: self.put_octets(bytes(octets)), "damaged|checksum")

    def test_a_truncated_one_by_rename(self):
        octets = self.octets["two"][:-1000]
        self.check(lambda: self.put_octets(octets), "damaged: it has")

    def test_one_that_is_truncated_in_place(self):
        self.check(lambda: os.truncate(self.database, 5000), "damaged: it has|while it was read")

    def test_one_that_is_overwritten_in_place(self):
        def overwrite():
            with open(self.database, "r+b") as file:
                file.write(os.urandom(len(self.octets["one"])))

        self.check(overwrite, "is not a Tollgate database")

    def test_one_that_is_copied_in_place(self):
        # As cp(1) does it, slowly: what is read in the middle of it is refused.
        self.start()
        with self.load():
            with open(self.database, "r+b", buffering=0) as file:
                file.truncate(0)
                for begin in range(0, len(self.octets["two"]), 16384):
                    file.write(self.octets["two"][begin : begin + 16384])
                    time.sleep(0.005)
                    self.assertEqual(self.ask("sub.bad.example").rcode(), NXDOMAIN)
            self.wait_until_in_force("two")

    def test_a_deleted_one(self):
        self.check(lambda: os.unlink(self.database), "No such file")

    def test_a_folder_in_its_place(self):
        def replace():
            os.unlink(self.database)
            os.mkdir(self.database)

        self.check(replace, "regular file", mend=lambda: os.rmdir(self.database))

    def test_a_fifo_in_its_place(self):
        def replace():
            os.unlink(self.database)
            os.mkfifo(self.database)

        self.check(replace, "regular file")

    def test_one_that_may_not_be_read(self):
        def replace():
            os.unlink(self.database)
            os.symlink(self.database, self.database)  # ELOOP: root, too, cannot open it

        self.check(replace, "symbolic links", mend=lambda: os.unlink(self.database))

    def test_a_symbolic_link_to_another_one(self):
        self.start()
        other = os.path.join(self.place, "other.db")
        self.put("two", other)
        with self.load():
            os.symlink("other.db", self.database + ".link")
            os.replace(self.database + ".link", self.database)
            self.wait_until_in_force("two")
            # The target, elsewhere: inotify says nothing, the clock does.
            self.put("one", other)
            self.wait_until_in_force("one")
            os.unlink(other)
            self.wait_until_refused("No such file")
            self.assertTrue(self.in_force("one"))

    def test_the_folder_goes_away_and_comes_back(self):
        self.start()
        with self.load():
            os.rename(self.place, self.place + ".away")
            self.wait_until_refused("No such file")
            self.assertTrue(self.in_force("one"))
            os.mkdir(self.place)
            self.put("two")
            self.wait_until_in_force("two")
            shutil.rmtree(self.place)
            self.wait_until_refused("No such file")
            self.assertTrue(self.in_force("two"))
            os.rename(self.place + ".away", self.place)
            self.wait_until_in_force("one")

    def test_deleted_and_recreated_over_and_over(self):
        self.start()
        with self.load():
            for round in range(30):
                os.unlink(self.database)
                time.sleep(0.01 * (round % 3))
                name = ("two", "one")[round % 2]
                self.put(name)
                self.wait_until_in_force(name)
            self.wait_until_one_is_open()


class FullDisk(FaultTestCase):
    def test_a_compile_into_it_fails_and_changes_nothing(self):
        with small_disk(self.folder, 4 << 20) as place:
            if place is None:
                self.skipTest("a tmpfs may not be mounted here")
            self.start(place)
            with self.load():
                filler = fill(place)
                with self.assertRaisesRegex(RuntimeError, "No space left on device"):
                    compile_database(self.folder, [*WORLD.policies, TWO], self.database)
                with open(self.database, "rb") as file:
                    self.assertEqual(file.read(), self.octets["one"])
                self.assertEqual(sorted(os.listdir(place)), ["filler", "tollgate.db"])
                self.assertTrue(self.in_force("one"))
                self.assertEqual(self.status()["last_error"], "")
                os.unlink(filler)
                compile_database(self.folder, [*WORLD.policies, TWO], self.database)
                self.wait_until_in_force("two")
            self.resolver.stop()


if __name__ == "__main__":
    main()
