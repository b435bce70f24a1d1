# SPDX-License-Identifier: BSD-3-Clause
"""Unbound: without a filter, with Tollgate, and with what it has itself.

All but the one with Python are the same program, Debian's source as packaging/unbound/build builds
it. All forward to the authoritative server and have the same caches.

RPZ has two owners for each name, the name and the wildcard below it. local-zone always_nxdomain
covers what is below by itself. Blocked answers of both, and Tollgate's, come from the rules at
every question. The Python module is asked about cache misses alone, as Unbound's modules are: a
cached answer never meets the list. Its blocked answers are not cached, and pass the script.
"""

import os

from peers.peer import Peer
from servers import Failure, free_port, output_of, unbound_base


class Unbound(Peer):
    modules = "validator iterator"
    package = "unbound"

    @classmethod
    def version(cls):
        return "the one above"

    def more(self):
        """Configuration behind what all have."""
        return ""

    def configuration(self):
        base = unbound_base(self.session, self.modules, self.port, free_port())
        # Its paths are below the run's folder: Tollgate's manifest names them so.
        return base + self.more()

    def command(self, path):
        return [self.session.unbound, "-d", "-c", path]


class NoFilter(Unbound):
    title, filters = "Unbound, no filter", False
    in_every_group = True


class Tollgate(Unbound):
    title, octets_a_name = "Tollgate", 40
    in_every_group = True
    modules = "dynlib validator iterator"

    def prepare(self):
        self.module = os.path.join(self.folder, "module.yaml")
        database = self.names.file("tollgate.db", self.compile)
        with open(self.module, "w") as file:
            file.write(f"database: {database}\n")

    def compile(self, path):
        manifest = os.path.join(self.names.folder, "tollgate.yaml")
        self.names.text()
        with open(manifest, "w") as file:
            file.write("policies:\n  - file: names.txt\n    syntax: domains\n")
        status, text = output_of([self.session.tollgate, "compile", manifest, "-o", path])
        if status != 0:
            raise Failure(f"tollgate compile failed:\n{text}")

    def more(self):
        return f'dynlib:\n  dynlib-file: "{self.session.module}"\n'

    def environment(self):
        return {"TOLLGATE_CONFIG": self.module}


class PolicyZone(Unbound):
    title, octets_a_name = "Unbound RPZ", 1400
    modules = "respip validator iterator"

    def prepare(self):
        self.names.policy_zone()

    def more(self):
        return f'rpz:\n  name: "rpz.invalid"\n  zonefile: "{self.names.policy_zone()}"\n'


class LocalZone(Unbound):
    title, octets_a_name = "Unbound local-zone", 500

    def prepare(self):
        self.path = self.names.file("local-zones.conf", self.write)

    def write(self, path):
        with open(path, "w") as file:
            file.write("server:\n")
            for name in self.names.listed:
                file.write(f'local-zone: "{name}." always_nxdomain\n')

    def more(self):
        return f'include: "{self.path}"\n'


class PythonModule(Unbound):
    """Debian's own Unbound: packaging/unbound/build leaves the Python module out."""

    title, octets_a_name = "Unbound Python module", 200
    program, package = "unbound", "unbound and python3-unbound"
    modules = "python validator iterator"

    @classmethod
    def version(cls):
        text = output_of([cls.find(), "-V"])[1]
        if "python" not in text:
            raise Failure("this Unbound has no Python module")
        return text.split()[1]

    def more(self):
        script = os.path.join(os.path.dirname(os.path.realpath(__file__)), "unbound_dictionary.py")
        return f'python:\n  python-script: "{script}"\n'

    def environment(self):
        return {
            "TOLLGATE_BENCH_NAMES": self.names.text(),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Where it is: which folders the Python inside knows depends on what else is installed.
            "PYTHONPATH": "/usr/lib/python3/dist-packages",
        }

    def command(self, path):
        return [self.find(), "-d", "-c", path]
