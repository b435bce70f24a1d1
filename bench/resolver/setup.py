# SPDX-License-Identifier: BSD-3-Clause
"""What every measurement here begins with: processors, programs, a folder."""

import json
import os
import subprocess
import sys

from servers import Failure, find_program, free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Setup:
    """Paths, and the servers that were started: all that the servers share."""

    def __init__(self, arguments, folder):
        self.folder = folder
        self.servers = []
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            raise Failure("this needs two processors: one for the resolvers, one for those who ask")
        self.server_cpu, self.client_cpu = cpus[0], cpus[1]
        # This script polls and waits: beside dnsperf, never beside a resolver.
        os.sched_setaffinity(0, {self.client_cpu})

        self.nsd = find_program("nsd")
        self.dnsperf = find_program("dnsperf")
        self.unbound_dir = arguments.unbound_dir or self.default_unbound_dir()
        self.unbound = self.built(self.unbound_dir, "unbound")
        self.tollgate = self.built(arguments.build_dir, "tollgate")
        self.module = self.built(arguments.build_dir, "tollgate.so")
        self.generate_names = self.built(arguments.build_dir, "generate_names")
        self.authority_port = free_port()

    @staticmethod
    def default_unbound_dir():
        script = os.path.join(ROOT, "packaging", "unbound", "build")
        result = subprocess.run([script, "--print-dir"], stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise Failure("run packaging/unbound/build, or name a folder with --unbound-dir")
        return result.stdout.strip()

    @staticmethod
    def built(folder, name):
        path = os.path.abspath(os.path.join(folder, name))
        if not os.path.exists(path):
            raise Failure(
                f"{path} does not exist; --help says how to build it; "
                "--build-dir and --unbound-dir name other folders"
            )
        return path

    def generated(self, count, *options):
        command = [self.generate_names, str(count), *options]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()

    def stop(self):
        for server in reversed(self.servers):
            server.stop()


def progress(text):
    print(text, file=sys.stderr, flush=True)


def write_json(path, facts):
    if os.path.dirname(path) == "":
        path = os.path.join(ROOT, "bench", "results", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(facts, file, indent=1)
        file.write("\n")
