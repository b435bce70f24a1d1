#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes judged.golden again, and checks what differences.golden says of AdGuard. Needs node, npm and the network.

    tests/adblock/remake_golden.py [FOLDER]

FOLDER keeps AdGuard's packages for the next time; otherwise they are gone at the end.
"""

import sys
import tempfile

import cases
import judge

SEED = 20250601
RULESETS = 220
HEAD = """\
# What AdGuard's engine says of made-up names under made-up rules: NAME TYPE VERDICT. Made by remake_golden.py, with
# tsurlfilter {version}; do not edit.
"""


def check_differences(folder):
    text = (judge.HERE / "differences.golden").read_text()
    plain = "\n".join(line.split(" | ")[0] for line in text.splitlines()) + "\n"
    for said, judged in zip(plain.splitlines(), judge.ask(folder, plain).splitlines(), strict=True):
        if said != judged:
            print(f"differences.golden: {said!r} is now {judged!r}")


def main():
    with tempfile.TemporaryDirectory(prefix="tollgate-judge-") as temporary:
        folder = sys.argv[1] if len(sys.argv) > 1 else temporary
        judge.install(folder)
        maker = cases.Maker(SEED)
        judged = judge.ask(folder, cases.as_text([maker.ruleset() for _ in range(RULESETS)]))
        head = HEAD.format(version=judge.PACKAGES["dependencies"]["@adguard/tsurlfilter"])
        (judge.HERE / "judged.golden").write_text(head + judged)
        check_differences(folder)


if __name__ == "__main__":
    main()
