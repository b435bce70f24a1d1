#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Includes go one way: dns <- policy <- {database, match} for the runtime; source, compile and cli above them; the
module sees the runtime's public header only. docs/design.md says why."""

import pathlib
import unittest

import tree

# The half of database/ that the runtime links. The rest writes the file, and is the compiler's.
DATABASE_READ_SIDE = [
    f"ruleset/database/{name}"
    for name in (
        "checksum",
        "chunk_reader",
        "format",
        "gram",
        "hyperscan",
        "mapped_file",
        "name_index",
        "prefix_index",
        "reader",
    )
]
DATABASE_WRITE_SIDE = [f"ruleset/database/{name}" for name in ("name_index_builder", "prefix_index_builder", "writer")]

# The module's rooms, from below: what each may include of the others, and what all of them may.
MODULE = {
    "counters": [],
    "events": ["counters"],
    "live": ["counters", "events"],
    "control": ["counters", "events", "live"],
}
MODULE_BELOW = [
    "ruleset/ruleset.h",
    "ruleset/version.h",
    "ruleset/dns/",
    "ruleset/policy/",
    "ruleset/text/",
    "ruleset/control/",
    "ruleset/patient/",
    "module/answer.h",
    "module/gate.h",
    "module/host_log.h",
    "module/thread.h",
    "module/clock.h",
]

# Whoever begins with the key may include what begins with one of these, and the files of its own folder. The longest
# key that fits counts.
ALLOWED = {
    "ruleset/dns/": [],
    "ruleset/text/": [],
    "ruleset/policy/": ["ruleset/dns/"],
    **{path: ["ruleset/dns/", "ruleset/policy/"] + DATABASE_READ_SIDE for path in DATABASE_READ_SIDE},
    **{
        path: ["ruleset/dns/", "ruleset/policy/"] + DATABASE_READ_SIDE + DATABASE_WRITE_SIDE
        for path in DATABASE_WRITE_SIDE
    },
    "ruleset/match/": ["ruleset/dns/", "ruleset/policy/"] + DATABASE_READ_SIDE,
    # The public header's own source: what stands behind it.
    "ruleset/match/ruleset.cc": ["ruleset/ruleset.h", "ruleset/match/"] + DATABASE_READ_SIDE,
    "ruleset/ruleset.h": ["ruleset/dns/", "ruleset/policy/"],
    "ruleset/source/": [
        "ruleset/dns/",
        "ruleset/policy/",
        "ruleset/text/",
        "ruleset/database/format.h",
        "ruleset/database/hyperscan.h",
    ],
    "ruleset/compiler.h": ["ruleset/dns/", "ruleset/policy/", "ruleset/text/", "ruleset/source/feed_report.h"],
    "ruleset/compile/": [
        "ruleset/compiler.h",
        "ruleset/version.h",
        "ruleset/dns/",
        "ruleset/policy/",
        "ruleset/text/",
        "ruleset/source/",
        "ruleset/database/",
        "ruleset/inspect/",
        "ruleset/ruleset.h",
    ],
    # What looks into databases, for the command line and for the compiler's own questions.
    "ruleset/inspect/": [
        "ruleset/ruleset.h",
        "ruleset/dns/",
        "ruleset/policy/",
        "ruleset/text/",
        "ruleset/source/indicator.h",
        "ruleset/source/zone_text.h",
    ]
    + DATABASE_READ_SIDE,
    # The command line asks through the public header, as the module does.
    "ruleset/cli/": [
        "ruleset/ruleset.h",
        "ruleset/compiler.h",
        "ruleset/version.h",
        "ruleset/dns/",
        "ruleset/policy/",
        "ruleset/text/",
        "ruleset/source/",
        "ruleset/compile/",
        "ruleset/database/",
        "ruleset/inspect/",
        "ruleset/control/",
        "ruleset/patient/",
        "ruleset/update/",
    ],
    # Fetches and publishes; compiles through the public header, as the command line does.
    "ruleset/update/": [
        "ruleset/ruleset.h",
        "ruleset/compiler.h",
        "ruleset/version.h",
        "ruleset/dns/",
        "ruleset/policy/",
        "ruleset/text/",
        "ruleset/source/",
        "ruleset/database/reader.h",
        "ruleset/inspect/",
    ],
    # The sinkhole that names the patient: written in the module, read on the command line.
    "ruleset/patient/": ["ruleset/dns/", "ruleset/text/"],
    # What the module says to the outside, and those outside who listen.
    "ruleset/control/": ["ruleset/text/"],
    **{f"module/{folder}/": MODULE_BELOW + [f"module/{below}/" for below in rest] for folder, rest in MODULE.items()},
    "module/": MODULE_BELOW + ["module/"],
    "bench/": ["ruleset/", "bench/"],
    "tests/": ["ruleset/", "module/", "bench/", "tests/"],
}

# Each library is spoken to in one place; everything else goes through it. Fuzz targets and tests stand outside.
THIRD_PARTY = {
    "hs/": ["ruleset/database/hyperscan.cc"],
    "hs.h": [],
    "yaml-cpp/": ["ruleset/text/yaml.cc"],
    "curl/": ["ruleset/update/web.cc"],
    "sodium": ["ruleset/update/crypto.cc"],
    "ldns/": ["ruleset/source/zone_text.cc", "ruleset/update/zone_records.cc", "tests/fuzz/", "tests/module/"],
    "unicode/": ["ruleset/compile/script_table.cc"],
    "archive": ["ruleset/source/feed_file.cc"],
    "zlib.h": ["ruleset/source/feed_file.cc", "bench/"],
    "idn2.h": ["ruleset/source/indicator.cc"],
    "rapidjson/": ["ruleset/text/json_writer.h"],
    "simdjson": ["ruleset/text/json_text.cc"],
    "microhttpd.h": ["ruleset/cli/metrics_server.cc"],
    "ncurses": ["ruleset/cli/top_terminal.cc"],
    "CLI/": ["ruleset/cli/", "bench/"],
    "xxhash.h": ["ruleset/database/name_index.h"],
    "fstrm": ["module/events/dnstap_output.cc"],
    "nettle/": ["module/events/client_form.cc", "ruleset/patient/cipher.h", "ruleset/patient/cipher.cc"],
    "protobuf-c/": [],
    "module/events/dnstap.pb-c.h": ["module/events/dnstap_message.cc", "tests/module/"],
    "catch2/": ["tests/"],
    "benchmark/": ["bench/"],
    "re2/": ["bench/"],
    "pcre2.h": ["bench/"],
}
# Folders of Unbound's source tree.
UNBOUND = ["config.h", "daemon/", "dynlibmod/", "iterator/", "services/", "sldns/", "util/", "validator/"]

SOURCES = tree.files(".h", ".cc", ".c")
OWN = ("ruleset/", "module/", "bench/", "tests/")


def allowance(path):
    keys = [key for key in ALLOWED if str(path).startswith(key)]
    return ALLOWED[max(keys, key=len)] if keys else []


class LayeringTest(unittest.TestCase):
    def report(self, faults):
        if faults:
            self.fail("\n" + "\n".join(faults))

    def test_there_are_files_to_look_at(self):
        self.assertGreater(len(SOURCES), 40)

    def test_every_folder_includes_only_what_stands_below_it(self):
        faults = []
        for path in SOURCES:
            allowed = allowance(path)
            for _, name in tree.includes(path):
                if not name.startswith(OWN):
                    continue
                # The database's two halves share a folder, and not their includes.
                same_folder = pathlib.PurePath(name).parent == path.parent
                if same_folder and path.parts[:2] != ("ruleset", "database"):
                    continue
                if pathlib.PurePath(name).with_suffix("") == path.with_suffix(""):
                    continue
                if not any(name.startswith(prefix) for prefix in allowed):
                    faults.append(f"{path} includes {name}")
        self.report(faults)

    def test_every_source_file_has_its_place_in_the_table(self):
        homeless = [str(p) for p in SOURCES if not any(str(p).startswith(key) for key in ALLOWED)]
        self.report(homeless)

    def test_own_headers_are_included_from_the_top_of_the_repository(self):
        faults = []
        for path in SOURCES:
            for bracket, name in tree.includes(path):
                if bracket == "<" and name.startswith(OWN):
                    faults.append(f"{path} includes <{name}>: own headers stand in quotes")
                if bracket == '"' and "/" not in name:
                    faults.append(f'{path} includes "{name}": own headers are named from the top')
        self.report(faults)

    def test_nobody_includes_the_benchmarks_or_the_tests(self):
        faults = [
            f"{path} includes {name}"
            for path in SOURCES
            for _, name in tree.includes(path)
            if name.startswith("tests/") and path.parts[0] != "tests"
            or name.startswith("bench/") and path.parts[0] not in ("bench", "tests")
        ]
        self.report(faults)

    def test_each_library_is_spoken_to_in_one_place(self):
        faults = []
        for path in SOURCES:
            for _, name in tree.includes(path):
                for library, places in THIRD_PARTY.items():
                    if name.startswith(library) and not str(path).startswith(tuple(places)):
                        faults.append(f"{path} includes {name}")
        self.report(faults)

    def test_unbound_s_headers_are_included_in_its_own_header_only(self):
        faults = []
        for path in SOURCES:
            if path == pathlib.PurePath("module/unbound.h"):
                continue
            for _, name in tree.includes(path):
                if name.startswith(tuple(UNBOUND)):
                    faults.append(f"{path} includes {name}")
        self.report(faults)

    def test_unbound_is_seen_by_the_module_s_c_files_only(self):
        faults = []
        for path in SOURCES:
            speaks_c = path.parts[0] == "module" and path.suffix == ".c"
            # A header that such a file alone includes may name Unbound's types.
            is_theirs = path.parts[0] == "module" and path.suffix == ".h"
            for _, name in tree.includes(path):
                if name == "module/unbound.h" and not (speaks_c or is_theirs):
                    faults.append(f"{path} includes {name}")
        self.report(faults)

    def test_the_module_s_c_plus_plus_never_sees_unbound(self):
        # Neither by itself nor through a header of the module's.
        def reaches_unbound(path, seen):
            for _, name in tree.includes(path):
                if name == "module/unbound.h":
                    return True
                header = pathlib.PurePath(name)
                if name.startswith("module/") and name not in seen and (tree.ROOT / header).exists():
                    if reaches_unbound(header, seen | {name}):
                        return True
            return False

        faults = [
            str(path)
            for path in SOURCES
            if path.parts[0] == "module" and path.suffix == ".cc" and reaches_unbound(path, set())
        ]
        self.report(faults)


if __name__ == "__main__":
    unittest.main()
