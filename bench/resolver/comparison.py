# SPDX-License-Identifier: BSD-3-Clause
"""What resolvers are compared with: generated names as rules of each, and dnsperf that asks."""

import os
import random
import re
import subprocess
import time

from servers import Failure, output_of, pinned
from setup import Setup

CACHED_NAMES = 65535
BLOCKED_NAMES = 65535  # distinct ones that are asked for, of all that are listed
LISTED_SEED = 1  # of generate_names, and of match_bench
CACHED_SEED = 4
SERVER_SEED = 5


def below(known):
    """A test: is this name, or one above it, among the known ones?"""
    return lambda name: any(
        name[i:] in known for i in range(len(name)) if i == 0 or name[i - 1] == "."
    )


def write_policy_zone(path, listed, more=()):
    """A Response Policy Zone that says NXDOMAIN for the names, and for all below them."""
    with open(path, "w") as file:
        file.write("$ORIGIN rpz.invalid.\n$TTL 60\n")
        file.write("@ SOA ns.invalid. nobody.invalid. 1 3600 1200 604800 60\n@ NS ns.invalid.\n")
        for name in listed:
            file.write(f"{name} CNAME .\n*.{name} CNAME .\n")
        file.writelines(f"{owner} CNAME .\n" for owner in more)


class Load:
    """dnsperf with one file of queries."""

    outstanding = 200

    def __init__(self, program, cpu, folder, arguments):
        self.program, self.cpu, self.folder, self.edns = program, cpu, folder, arguments.edns

    def write(self, name, names):
        path = os.path.join(self.folder, name + ".queries")
        with open(path, "w") as file:
            file.writelines(f"{owner} A\n" for owner in names)
        return path

    def run(self, port, queries, *limit):
        """Returns what dnsperf counted: completed, lost, qps, and the answers by RCODE."""
        command = [self.program, "-s", "127.0.0.1", "-p", str(port), "-d", queries]
        command += ["-c", "4", "-q", str(self.outstanding), "-t", "2"]
        command += [*(["-e"] if self.edns else []), *limit]
        result = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=pinned(self.cpu),
        )
        if result.returncode != 0:
            raise Failure(f"dnsperf failed:\n{result.stdout}")
        text = result.stdout

        def number(pattern):
            found = re.search(pattern, text)
            return float(found[1]) if found else 0

        rcodes = {code: int(count) for code, count in re.findall(r"([A-Z]{4,}) (\d+) \(", text)}
        return {
            "completed": int(number(r"Queries completed:\s+(\d+)")),
            "lost": int(number(r"Queries lost:\s+(\d+)")),
            "qps": number(r"Queries per second:\s+([\d.]+)"),
            "rcodes": rcodes,
        }


def measure_load(load, server, title, port, queries, rcode, *limit):
    """CPU microseconds of the server for each answer; `limit` is dnsperf's."""
    before, began = server.cpu_seconds(), time.perf_counter()
    user_before = server.user_seconds()
    counts = load.run(port, queries, *limit)
    used, took = server.cpu_seconds() - before, time.perf_counter() - began
    user = server.user_seconds() - user_before
    server.check()
    completed = counts["completed"]
    if completed == 0:
        raise Failure(f"{title} answered nothing (try --keep and read its log)")
    wrong = completed - counts["rcodes"].get(rcode, 0)
    if wrong > 0:
        raise Failure(f"{title}: {wrong} of {completed} answers are not {rcode}: {counts}")
    return {
        "cpu_us": used / completed * 1e6,
        "user_us": user / completed * 1e6,
        "busy": used / took,
        "qps": counts["qps"],
        "lost": counts["lost"],
        "completed": completed,
    }


class Comparison(Setup):
    """And the names and rule files of all three."""

    def prepare(self, count, prefixes, name_servers):
        listed = self.generated(count, "--seed", str(LISTED_SEED))
        is_listed = below(set(listed))
        candidates = self.generated(CACHED_NAMES * 2, "--hosts", "--seed", str(CACHED_SEED))
        self.cached = [name for name in candidates if not is_listed(name)][:CACHED_NAMES]
        self.blocked = random.Random(LISTED_SEED).sample(listed, min(BLOCKED_NAMES, len(listed)))

        with open(os.path.join(self.folder, "names.txt"), "w") as file:
            file.writelines(name + "\n" for name in listed)
        with open(os.path.join(self.folder, "tollgate.yaml"), "w") as file:
            file.write("policies:\n  - file: names.txt\n    syntax: domains\n")
            if prefixes or name_servers:
                file.write("  - file: hosting.yaml\n")
        # None of them is that of an answer, or of who gives it.
        addresses = [f"{10 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0" for i in range(prefixes)]
        servers = self.generated(name_servers, "--seed", str(SERVER_SEED)) if name_servers else []
        with open(os.path.join(self.folder, "hosting.yaml"), "w") as file:
            file.write("id: hosting\n")
            if addresses:
                file.write("addresses:\n" + "".join(f"  - {a}/24\n" for a in addresses))
            if servers:
                file.write("name_servers:\n" + "".join(f"  - {name}\n" for name in servers))
        with open(os.path.join(self.folder, "module.yaml"), "w") as file:
            file.write("database: tollgate.db\n")
        more = []
        for address in addresses:
            more.append("24." + ".".join(reversed(address.split("."))) + ".rpz-ip")
        for name in servers:
            more += [f"{name}.rpz-nsdname", f"*.{name}.rpz-nsdname"]
        write_policy_zone(os.path.join(self.folder, "rpz.zone"), listed, more)

        database = os.path.join(self.folder, "tollgate.db")
        status, text = output_of(
            [self.tollgate, "compile", os.path.join(self.folder, "tollgate.yaml"), "-o", database]
        )
        if status != 0:
            raise Failure(f"tollgate compile failed:\n{text}")
        self.database_size = os.path.getsize(database)
