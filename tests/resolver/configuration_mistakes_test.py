# SPDX-License-Identifier: BSD-3-Clause
"""Whatever lies where a configuration or a database should be, Unbound starts without delay,
answers, and says what is wrong."""

from resolver import *

AT_MOST = 10  # seconds for a start that has nothing to do but to refuse a file


class Mistakes(ResolverTestCase):
    zones = {"example": ["good A 203.0.113.1", "bad A 203.0.113.2"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        compile_database(cls.folder, [policy("bad", domains=["bad.example"])], cls.database)

    @classmethod
    def start_resolver(cls, **keys):
        """None here: each test starts its own."""

    def start(self, **keys):
        keys.setdefault("upstream", (self.authority.address, self.authority.port))
        began = time.monotonic()
        self.resolver = Resolver(self.folder, **keys)
        self.addCleanup(self.resolver.stop)
        self.assertLess(time.monotonic() - began, AT_MOST)

    def path(self, name):
        return os.path.join(self.folder, f"{self.id().split('.')[-1]}.{name}")

    def write(self, octets):
        path = self.path("yaml")
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def start_with(self, octets):
        self.start(environment={"TOLLGATE_CONFIG": self.write(octets)})

    def assertUnfiltered(self, *log):
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.assertAnswers(self.ask("bad.example"), "203.0.113.2")
        for pattern in log:
            self.assertRegex(self.resolver.log(), pattern)

    def fifo(self):
        path = self.path("fifo")
        os.mkfifo(path)
        return path


class Configurations(Mistakes):
    UNREADABLE = r"error: tollgate: .*: error: cannot read the file: "
    INVALID = r"error: tollgate: .*\.yaml:\d+(:\d+)?: error: "

    def test_a_folder(self):
        self.start(environment={"TOLLGATE_CONFIG": self.folder})
        self.assertUnfiltered(self.UNREADABLE)

    def test_a_fifo_without_a_writer(self):
        self.start(environment={"TOLLGATE_CONFIG": self.fifo()})
        self.assertUnfiltered(self.UNREADABLE)

    def test_a_device_without_end(self):
        self.start(environment={"TOLLGATE_CONFIG": "/dev/zero"})
        self.assertUnfiltered(self.UNREADABLE)

    def test_a_link_to_itself(self):
        path = self.path("link")
        os.symlink(path, path)
        self.start(environment={"TOLLGATE_CONFIG": path})
        self.assertUnfiltered(self.UNREADABLE)

    def test_one_that_unbounds_user_may_not_read(self):
        path = self.write(f"database: {self.database}\n".encode())
        os.chmod(path, 0)
        options = []
        if os.geteuid() == 0:  # root may read everything: Unbound has to become somebody else
            os.chmod(self.folder, 0o755)
            options = ['username: "nobody"']
        self.start(environment={"TOLLGATE_CONFIG": path}, options=options)
        self.assertUnfiltered(self.UNREADABLE + "Permission denied")

    def test_two_megabytes(self):
        self.start_with(b"# a comment\n" * (2 * 1024 * 1024 // 12))
        self.assertUnfiltered(self.UNREADABLE + "larger than 1 MiB")

    def test_binary_garbage(self):
        self.start_with(random.Random(3).randbytes(5000))
        self.assertUnfiltered(self.INVALID)

    def test_nul_octets(self):
        self.start_with(bytes(1000))
        self.assertUnfiltered("error: tollgate: ")

    def test_a_hundred_thousand_open_brackets(self):
        self.start_with(b"[" * 100_000)
        self.assertUnfiltered(self.INVALID)

    def test_aliases_of_aliases(self):
        lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for depth in range(1, 12):
            aliases = b", ".join([b"*a%d" % (depth - 1)] * 10)
            lines.append(b"a%d: &a%d [%s]" % (depth, depth, aliases))
        self.start_with(b"\n".join(lines) + b"\n")
        self.assertUnfiltered(self.INVALID)

    def test_a_list_in_place_of_a_map(self):
        self.start_with(b"- database: /nonexistent\n")
        self.assertUnfiltered(self.INVALID)

    def test_values_of_other_kinds(self):
        self.start_with(b"database: [one, two]\non_failure: {pass: yes}\nlog_level: 3\n")
        self.assertUnfiltered(
            r"\.yaml:1:\d+: error: ", r"\.yaml:2:\d+: error: ", r"\.yaml:3:\d+: error: "
        )

    def test_an_empty_path_of_the_database(self):
        self.start_with(b'database: ""\n')
        self.assertUnfiltered("the path of the database is empty")

    def test_windows_line_ends_and_a_byte_order_mark(self):
        self.start_with(b"\xef\xbb\xbfdatabase: %s\r\n" % self.database.encode())
        self.assertBlocked(self.ask("bad.example"))

    def test_directives_of_printf_in_a_path_are_only_text(self):
        self.start_with(b"database: /nonexistent/%s%n%s%d.db\n")
        self.assertUnfiltered(r"/nonexistent/%s%n%s%d\.db")


class Databases(Mistakes):
    NONE = "error: tollgate: no database: "

    def test_a_fifo_without_a_writer(self):
        self.start(database=self.fifo())
        self.assertUnfiltered(self.NONE)

    def test_devices(self):
        for path in ("/dev/null", "/dev/zero"):
            self.start(database=path)
            self.assertUnfiltered(self.NONE)

    def test_a_link_to_itself(self):
        path = self.path("link")
        os.symlink(path, path)
        self.start(database=path)
        self.assertUnfiltered(self.NONE)

    def test_a_path_longer_than_any(self):
        self.start(database="/" + "a" * 6000)
        self.assertUnfiltered(self.NONE)

    def test_one_that_unbounds_user_may_not_read(self):
        path = self.path("db")
        shutil.copy(self.database, path)
        os.chmod(path, 0)
        options = []
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o755)
            options = ['username: "nobody"']
        configuration = self.write(f"database: {path}\n".encode())
        os.chmod(configuration, 0o644)
        self.start(environment={"TOLLGATE_CONFIG": configuration}, options=options)
        self.assertUnfiltered(self.NONE + ".*Permission denied")


if __name__ == "__main__":
    del Mistakes
    main()
