# SPDX-License-Identifier: BSD-3-Clause
"""What every peer is to `run`: a server that is started, waited for, asked, looked at, stopped."""

import os
import re
import socket
import time

from servers import NOERROR, NXDOMAIN, Failure, Server, find_program, free_port, output_of
from servers import question, wait_for_rcode

# Where the first blocked answer has come, this many names, from everywhere in the list, have to be
# blocked as well: a server may filter by half of its list while it reads the other half.
CHECKED_NAMES = 200


class Peer:
    """A class says what is the same for every start of a program, an object is one start of it.

    title           as the table has it
    program         what is run, and asked for its version
    package         the Debian package that it comes from
    octets_a_name   of memory, rather too many: what `run` starts together has to fit
    filters         whether it has rules at all
    in_every_group  where not all fit into memory: the others are measured beside it
    """

    title = program = package = ""
    octets_a_name = 0
    filters = True
    in_every_group = False

    def __init__(self, session, names):
        self.session, self.names = session, names
        self.port = free_port()
        self.folder = names.new_folder(type(self).__name__.lower())
        self.server = None

    # --- What a peer says for itself --------------------------------------------------------------

    def prepare(self):
        """Writes what the program reads beside its configuration. Nobody waits for it: peers that
        need a file of their own kind get it as ready as they can have it."""

    def configuration(self):
        """The text of the configuration file."""
        raise NotImplementedError

    def command(self, path):
        """What to run, with the configuration in `path`."""
        raise NotImplementedError

    def environment(self):
        return {}

    # --- What `run` does with it ------------------------------------------------------------------

    @classmethod
    def version(cls):
        """As the program says it. Raises Failure where there is no such program."""
        for option in ("-V", "--version", "-v"):
            text = output_of([cls.find(), option])[1]
            found = re.search(r"\b\d{1,3}\.\d+(\.\d+)?(-\S*)?(?![\d.])", text)
            if found:
                return found[0].rstrip(",;)")
        return "unknown"

    @classmethod
    def find(cls):
        try:
            return find_program(cls.program)
        except Failure:
            raise Failure(f"{cls.program} is missing: Debian's package {cls.package}") from None

    def start(self):
        path = os.path.join(self.folder, "configuration")
        with open(path, "w") as file:
            file.write(self.configuration())
        log = os.path.join(self.folder, "log")
        self.server = Server(self.command(path), self.session.server_cpu, log, self.environment())

    def ready(self, limit):
        """Seconds from exec to the first blocked answer (of what does not filter: to the first
        answer). Returns when all of a sample of the names are blocked."""
        if not self.filters:
            return wait_for_rcode(self.server, self.port, self.names.cached, NOERROR, limit)
        first = wait_for_rcode(self.server, self.port, self.names.blocked, NXDOMAIN, limit)
        end = self.server.started + limit
        left = set(range(min(CHECKED_NAMES, len(self.names.blocked))))
        while left:
            left -= self.blocked_of(left)
            self.check()
            if left and time.perf_counter() > end:
                raise Failure(f"{len(left)} of {CHECKED_NAMES} names are not blocked in {limit} s")
        return first

    def blocked_of(self, numbers):
        """Asks for the names of these numbers; those that were blocked."""
        found = set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", self.port))
            udp.settimeout(0.5)
            for number in numbers:
                udp.send(question(self.names.blocked[number], number))
            try:
                for _ in numbers:
                    answer = udp.recv(4096)
                    if answer[3] & 0xF == NXDOMAIN:
                        found.add(int.from_bytes(answer[:2], "big"))
            except OSError:
                pass  # the rest is asked for again
        return found

    def servers(self):
        """All its processes: what they use is the peer's."""
        return [self.server] if self.server else []

    def check(self):
        for server in self.servers():
            server.check()

    def cpu_seconds(self):
        return sum(server.cpu_seconds() for server in self.servers())

    def user_seconds(self):
        return sum(server.user_seconds() for server in self.servers())

    def pages(self):
        """(its own, backed by files) resident octets."""
        own, mapped = zip(*(server.pages() for server in self.servers()))
        return sum(own), sum(mapped)

    def stop(self):
        for server in self.servers():
            server.stop(at_once=True)
