# SPDX-License-Identifier: BSD-3-Clause
"""The servers that `run` compares, and those around them."""

import ctypes
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

START_SECONDS = 300
NXDOMAIN = 3
NOERROR = 0

TITLES = {"none": "no filter", "rpz": "RPZ", "tollgate": "Tollgate"}
VARIANTS = tuple(TITLES)


class Failure(Exception):
    """A sentence for the reader; the run ends."""


# --- Processes ------------------------------------------------------------------------------------


def pinned(cpu):
    """For preexec_fn: the child runs on `cpu` alone, and ends with this script."""

    def prepare():
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, {cpu})

    return prepare


class Server:
    """A daemon in the foreground: a process of ours, and a log."""

    def __init__(self, command, cpu, log, environment=None):
        self.log_path = log
        self.started = time.perf_counter()
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                preexec_fn=pinned(cpu),
            )

    def processes(self):
        """This one's id and those of its children, and of theirs: NSD answers in a child."""
        found = [self.process.pid]
        for pid in found:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    found += map(int, file.read().split())
        return found

    def cpu_seconds(self):
        """CPU time of all threads so far. schedstat counts nanoseconds, stat only hundredths."""
        total = 0
        for pid in self.processes():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                    total += int(file.read().split()[0])
        return total / 1e9

    def user_seconds(self):
        """The part of it that the kernel, above all its network, has not used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[11]) / os.sysconf("SC_CLK_TCK")  # utime: field 14 of proc(5)

    def memory(self):
        """(resident, private) octets."""
        sizes = {}
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            for line in file:
                field = re.match(r"(\w+):\s+(\d+) kB", line)
                if field:
                    sizes[field[1]] = int(field[2]) * 1024
        return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]

    def pages(self):
        """(its own, backed by files) resident octets. Of the latter the page cache has the only
        copy, however many processes map them; smaps would call those of a single one private."""
        sizes = {}
        for pid in self.processes():
            with open(f"/proc/{pid}/status") as file:
                for key, kib in re.findall(r"(\w+):\s+(\d+) kB", file.read()):
                    sizes[key] = sizes.get(key, 0) + int(kib) * 1024
        return sizes["RssAnon"], sizes["RssFile"] + sizes["RssShmem"]

    def check(self):
        if self.process.poll() is not None:
            with open(self.log_path, errors="replace") as log:
                raise Failure(f"{self.process.args[0]} has ended:\n{log.read()[-3000:]}")

    def stop(self, at_once=False):
        """`at_once` is for a process without children: freeing a list takes longer than a run has."""
        if self.process.poll() is None:
            if at_once:
                self.process.kill()
            else:
                self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def output_of(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return result.returncode, result.stdout


def find_program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Failure(f"{name} is missing; run packaging/install-dependencies --bench --try")
    return path


def free_port():
    """A port of loopback that is free for both UDP and TCP, until somebody else takes it."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                try:
                    tcp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


# --- Asking ---------------------------------------------------------------------------------------


def question(name, ident):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + wire + struct.pack("!2H", 1, 1)


def wait_for_rcode(server, port, names, rcode, limit=START_SECONDS):
    """Asks for one name after the other, a new one every millisecond, until one is answered with
    `rcode`. Returns the seconds since the server's start."""
    end = server.started + limit
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        udp.settimeout(0.001)
        ident = 0
        while time.perf_counter() < end:
            ident = (ident + 1) % 65536
            try:
                udp.send(question(names[ident % len(names)], ident))
                answer = udp.recv(4096)
                if len(answer) >= 12 and answer[2] & 0x80 and answer[3] & 0xF == rcode:
                    return time.perf_counter() - server.started
            except TimeoutError:
                pass
            except ConnectionRefusedError:  # not listening yet
                time.sleep(0.001)
            server.check()
    raise Failure(f"no answer with RCODE {rcode} within {limit} s; see {server.log_path}")


# --- The servers ----------------------------------------------------------------------------------


def start_authority(setup):
    """NSD with one zone, the root, where every name has an address for a day."""
    folder = os.path.join(setup.folder, "nsd")
    os.mkdir(folder)
    with open(os.path.join(folder, "root.zone"), "w") as file:
        file.write(
            ". 86400 IN SOA ns.invalid. nobody.invalid. 1 3600 1200 604800 86400\n"
            ". 86400 IN NS ns.invalid.\n"
            "*. 86400 IN A 192.0.2.1\n"
        )
    _, version = output_of([setup.nsd, "-v"])
    found = re.search(r"version (\d+)\.(\d+)", version)
    old = found is not None and tuple(map(int, found.groups())) < (4, 8)
    with open(os.path.join(folder, "nsd.conf"), "w") as file:
        file.write(
            f"""server:
  ip-address: 127.0.0.1@{setup.authority_port}
  zonesdir: "{folder}"
  username: ""
  chroot: ""
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  server-count: 1
  rrl-ratelimit: 0
{'  database: ""' if old else ""}
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: root.zone
"""
        )
    command = [setup.nsd, "-d", "-c", f"{folder}/nsd.conf"]
    server = Server(command, setup.client_cpu, f"{folder}/log")
    setup.servers.append(server)
    wait_for_rcode(server, setup.authority_port, ["a.example"], NOERROR)


def unbound_base(setup, modules, port, control_port, threads=1, cache_mb=128):
    """What every Unbound here is told; more options of `server:` may come before it."""
    return f"""server:
  interface: 127.0.0.1@{port}
  num-threads: {threads}
  module-config: "{modules}"
  directory: "{setup.folder}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-ip6: no
  do-not-query-localhost: no
  msg-cache-size: {cache_mb}m
  rrset-cache-size: {2 * cache_mb}m
  so-rcvbuf: 4m
  so-sndbuf: 4m
remote-control:
  control-enable: yes
  control-interface: 127.0.0.1
  control-port: {control_port}
  control-use-cert: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{setup.authority_port}
"""


def unbound_configuration(setup, variant, *arguments, **options):
    modules = {
        "none": "validator iterator",
        "rpz": "respip validator iterator",
        "tollgate": "dynlib validator iterator",
    }
    text = unbound_base(setup, modules[variant], *arguments, **options)
    if variant == "rpz":
        text += f'rpz:\n  name: "rpz.invalid"\n  zonefile: "{setup.folder}/rpz.zone"\n'
    if variant == "tollgate":
        text += f'dynlib:\n  dynlib-file: "{setup.module}"\n'
    return text


class Resolver:
    def __init__(self, setup, variant, attempt, **options):
        self.variant = variant
        self.port, self.control_port = free_port(), free_port()
        base = os.path.join(setup.folder, f"{variant}-{attempt}")
        text = unbound_configuration(setup, variant, self.port, self.control_port, **options)
        with open(base + ".conf", "w") as file:
            file.write(text)
        self.server = Server(
            [setup.unbound, "-d", "-c", base + ".conf"],
            setup.server_cpu,
            base + ".log",
            {"TOLLGATE_CONFIG": os.path.join(setup.folder, "module.yaml")},
        )
        setup.servers.append(self.server)
        if variant == "none":
            self.first_answer = wait_for_rcode(self.server, self.port, setup.cached, NOERROR)
        else:
            self.first_answer = wait_for_rcode(self.server, self.port, setup.blocked, NXDOMAIN)
        time.sleep(0.5)
        self.rss, self.private = self.server.memory()

    def cache_misses(self):
        """How many queries were not answered from the cache (unbound-control stats_noreset)."""
        with socket.create_connection(("127.0.0.1", self.control_port), timeout=30) as control:
            control.sendall(b"UBCT1 stats_noreset\n")
            with control.makefile() as text:
                for line in text:
                    key, _, value = line.partition("=")
                    if key == "total.num.cachemiss":
                        return int(value)
        raise Failure("Unbound does not say how many cache misses it had")
