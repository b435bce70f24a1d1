# SPDX-License-Identifier: BSD-3-Clause
"""What resolvers are compared with: generated names as rules of each, and dnsperf that asks."""

import os
import random
import re
import subprocess

from servers import Failure, output_of, pinned
from setup import Setup

CACHED_NAMES = 65535
BLOCKED_NAMES = 65535  # distinct ones that are asked for, of all that are listed
LISTED_SEED = 1  # of generate_names, and of match_bench
CACHED_SEED = 4
SERVER_SEED = 5


class Load:
    """dnsperf with one file of queries."""

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
        command += ["-c", "4", "-q", "200", "-t", "2", *(["-e"] if self.edns else []), *limit]
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


class Comparison(Setup):
    """And the names and rule files of all three."""

    def prepare(self, count, prefixes, name_servers):
        listed = self.generated(count, "--seed", str(LISTED_SEED))
        known = set(listed)

        def is_listed(name):
            return any(name[i:] in known for i in range(len(name)) if i == 0 or name[i - 1] == ".")

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
        with open(os.path.join(self.folder, "rpz.zone"), "w") as file:
            file.write("$TTL 60\n@ SOA ns.invalid. nobody.invalid. 1 3600 1200 604800 60\n")
            file.write("@ NS ns.invalid.\n")
            for name in listed:
                file.write(f"{name} CNAME .\n*.{name} CNAME .\n")
            for address in addresses:
                reverse = ".".join(reversed(address.split(".")))
                file.write(f"24.{reverse}.rpz-ip CNAME .\n")
            for name in servers:
                file.write(f"{name}.rpz-nsdname CNAME .\n*.{name}.rpz-nsdname CNAME .\n")

        database = os.path.join(self.folder, "tollgate.db")
        status, text = output_of(
            [self.tollgate, "compile", os.path.join(self.folder, "tollgate.yaml"), "-o", database]
        )
        if status != 0:
            raise Failure(f"tollgate compile failed:\n{text}")
        self.database_size = os.path.getsize(database)
