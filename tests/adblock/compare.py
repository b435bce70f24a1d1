#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds Tollgate against AdGuard's engine on whole lists. Needs node, npm and the network.

    tests/adblock/compare.py [--packages FOLDER] [--tollgate PROGRAM] [--names FILE] LIST…

Asks for the names in the lists, for one below, one above and some beside each, or for those in FILE ("NAME" or
"NAME TYPE" a line), and prints how many of the answers agree, and the first that do not.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import tempfile

import cases
import judge

TYPES = ("A", "AAAA")
SHOWN = 15


def ours(program, folder, path, asked):
    """{(name, type): verdict}"""
    folder = pathlib.Path(folder)
    (folder / "list.txt").write_bytes(pathlib.Path(path).read_bytes())
    (folder / "tollgate.yaml").write_text("policies:\n  - file: list.txt\n    syntax: adblock\n")
    subprocess.run(
        [program, "compile", "--quiet", folder / "tollgate.yaml", "-o", folder / "list.db"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    verdicts = {}
    for qtype in sorted({qtype for _, qtype in asked}):
        names = [name for name, asked_type in asked if asked_type == qtype]
        answers = subprocess.run(
            [program, "query", folder / "list.db", "--json", "--type", qtype, "-"],
            input="\n".join(names).encode(),
            capture_output=True,
        ).stdout.decode()
        for name, line in zip(names, answers.splitlines(), strict=True):
            verdicts[name, qtype] = verdict_of(json.loads(line))
    return verdicts


def verdict_of(answer):
    if "error" in answer:
        return "no name"
    shadow = answer["shadow"] or {}
    if shadow.get("rule") == "rewrites":
        answer = shadow
    action = answer["action"]
    if action == "none":
        return "none"
    if action == "pass":
        return "allowed"
    if answer["rule"] == "rewrites" or action == "sinkhole":
        return "rewritten"
    return "blocked"


def compare(arguments, folder, path):
    text = pathlib.Path(path).read_text(errors="replace")
    if arguments.names:
        words = [line.split() for line in pathlib.Path(arguments.names).read_text().splitlines() if line.strip()]
        asked = {(word[0], qtype) for word in words for qtype in (word[1:] or TYPES)}
    else:
        names = set().union(*(cases.names_of(line) for line in text.splitlines() if line[:1] not in "!#["))
        asked = {(name, qtype) for name in names for qtype in TYPES}
    asked = sorted(asked)
    judged = judge.ask(arguments.packages or folder, cases.as_text([(text.splitlines(), asked)]))
    judged = [line.split(" ", 3) for line in judged.split("--- names\n")[1].splitlines()]
    verdicts = ours(arguments.tollgate, folder, path, asked)
    different = [
        (name, qtype, theirs, verdicts[name, qtype])
        for name, qtype, theirs, *_ in judged
        if theirs != verdicts[name, qtype]
    ]
    print(f"{path}: {len(judged) - len(different)} of {len(judged)} agree")
    for kinds, count in collections.Counter((theirs, own) for _, _, theirs, own in different).items():
        print(f"    AdGuard {kinds[0]}, Tollgate {kinds[1]}: {count}")
    for name, qtype, theirs, own in different[:SHOWN]:
        print(f"    {name} {qtype}: AdGuard {theirs}, Tollgate {own}")
    return not different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", metavar="FOLDER", help="keeps AdGuard's packages")
    parser.add_argument("--tollgate", metavar="PROGRAM", default="tollgate")
    parser.add_argument("--names", metavar="FILE")
    parser.add_argument("lists", metavar="LIST", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tollgate-compare-") as folder:
        judge.install(arguments.packages or folder)
        agreed = [compare(arguments, folder, path) for path in arguments.lists]
    raise SystemExit(0 if all(agreed) else 1)


if __name__ == "__main__":
    main()
