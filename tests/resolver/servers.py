# SPDX-License-Identifier: BSD-3-Clause
"""Where the programs are, what runs them, and the authoritative side: a real NSD on loopback. For
resolver.py, which gives all of it on to the tests."""

import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77


def skip_all(reason):
    print("SKIPPED:", reason, file=sys.stderr)
    sys.exit(SKIPPED)


try:
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query
    import dns.rcode
    import dns.rdatatype
    from dns.rcode import NOERROR, NXDOMAIN, REFUSED, SERVFAIL  # noqa: F401 (for the tests)
except ImportError:
    skip_all("dnspython is missing (Debian: python3-dnspython)")


def path_from(variable):
    path = os.environ.get(variable, "")
    if not os.path.exists(path):
        skip_all(f"{variable}={path} does not exist")
    return os.path.abspath(path)


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        skip_all(f"{name} is missing")
    return path


TOLLGATE = path_from("TOLLGATE_BIN")
MODULE = path_from("TOLLGATE_SO")
UNBOUND = os.path.join(path_from("UNBOUND_DIR"), "unbound")
UNBOUND_CONTROL = os.path.join(path_from("UNBOUND_DIR"), "unbound-control")
NSD = program("nsd")

START_SECONDS = 30  # a sanitized module on a busy machine
ANSWER_SECONDS = 10
CHANGE_SECONDS = 60  # a new database, an event: a matter of milliseconds where nothing else runs
SILENCE_SECONDS = 1.5  # how long no answer must be missing to count as none


# --- Processes ------------------------------------------------------------------------------------


def die_with_parent():
    """The child ends with the test, even if the test is killed."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A daemon in the foreground: a subprocess, and a log file."""

    def __init__(self, command, log, environment=None):
        self.log_path = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                preexec_fn=die_with_parent,
            )

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def wait_until(self, ready):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            if ready():
                return True
            time.sleep(0.05)
        return False

    def stop(self):
        """Ends the process and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def free_port(address="127.0.0.1"):
    """A port that is free for both UDP and TCP, until somebody else takes it."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((address, 0))
            port = udp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                try:
                    tcp.bind((address, port))
                    return port
                except OSError:
                    continue


def started(start):
    """What `start` returns. It gets three tries: another program can take a free port first."""
    for attempt in range(3):
        try:
            return start()
        except RuntimeError:
            if attempt == 2:
                raise


# --- The authoritative side -----------------------------------------------------------------------


def zone_text(records, serial=1):
    """A zone file; `records` are lines such as "www A 192.0.2.1", relative to the apex."""
    head = [
        f"@ 3600 SOA ns.invalid. nobody.invalid. {serial} 3600 1200 604800 60",
        "@ 3600 NS ns.invalid.",
    ]
    has_apex_ns = any(re.match(r"@\s+(\d+\s+)?NS\s", record) for record in records)
    return "\n".join(["$TTL 3600"] + head[: 1 if has_apex_ns else 2] + list(records)) + "\n"


class Authority:
    """NSD with `zones`: from the name of a zone ("" is the root) to its records, or its file."""

    def __init__(self, folder, zones, address="127.0.0.1", port=None, more_addresses=()):
        self.folder = tempfile.mkdtemp(dir=folder, prefix="nsd.")
        self.address = address
        self.more_addresses = more_addresses
        self.zones = zones
        self.server = started(lambda: self._start(port or free_port(address)))

    def _start(self, port):
        self.port = port
        lines = [
            "server:",
            *(f"  ip-address: {host}@{port}" for host in (self.address, *self.more_addresses)),
            f'  zonesdir: "{self.folder}"',
            '  username: ""',
            '  chroot: ""',
            f'  pidfile: "{self.folder}/pid"',
            f'  xfrdfile: "{self.folder}/xfrd.state"',
            f'  zonelistfile: "{self.folder}/zone.list"',
            f'  xfrdir: "{self.folder}"',
            "  server-count: 1",
            "  rrl-ratelimit: 0",
            *(['  database: ""'] if nsd_version() < (4, 8) else []),
            "remote-control:",
            "  control-enable: no",
        ]
        for name, records in self.zones.items():
            if isinstance(records, str):
                path = records
            else:
                path = os.path.join(self.folder, (name or "root") + ".zone")
                with open(path, "w") as file:
                    file.write(zone_text(records))
            lines += ["zone:", f'  name: "{name or "."}"', f'  zonefile: "{path}"']
        configuration = os.path.join(self.folder, "nsd.conf")
        with open(configuration, "w") as file:
            file.write("\n".join(lines) + "\n")
        server = Server([NSD, "-d", "-c", configuration], os.path.join(self.folder, "log"))
        name = next(iter(self.zones)) or "."
        if not server.wait_until(lambda: answers(self.address, port, name, "SOA")):
            server.stop()
            raise RuntimeError("nsd does not start:\n" + server.log())
        return server

    def stop(self):
        self.server.stop()


def nsd_version():
    result = subprocess.run([NSD, "-v"], capture_output=True, text=True)
    found = re.search(r"version (\d+)\.(\d+)", result.stdout + result.stderr)
    return tuple(map(int, found.groups()))


def answers(address, port, name, rdtype):
    try:
        dns.query.udp(dns.message.make_query(name, rdtype), address, port=port, timeout=0.3)
        return True
    except (OSError, dns.exception.DNSException):
        return False
