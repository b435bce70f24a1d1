#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What every source file has in common."""

import pathlib
import re
import unittest

import tree

CODE = tree.files(".h", ".cc", ".c", ".h.in", ".py", ".cmake", ".map", "CMakeLists.txt")
# What the campaigns say, and the inputs of tests, are data: they are as long as they are, and in any script.
SCRIPTS = [
    path
    for path in tree.files("")
    if path.suffix == "" and (tree.ROOT / path).is_file() and (tree.ROOT / path).read_bytes()[:2] == b"#!"
]
LONGEST_LINE = 120
LONGEST_FILE = 600
SPDX = "SPDX-License-Identifier: BSD-3-Clause"


class SourceFilesTest(unittest.TestCase):
    def faults(self, faults):
        faults = list(faults)
        if faults:
            self.fail("\n" + "\n".join(faults))

    def test_there_are_files_to_look_at(self):
        self.assertGreater(len(CODE), 60)

    def test_the_first_line_names_the_licence(self):
        def first_line(path):
            lines = tree.text(path).splitlines()
            # An interpreter's line has to be the first.
            return next((line for line in lines if not line.startswith("#!")), "")

        self.faults(str(path) for path in CODE + SCRIPTS if SPDX not in first_line(path))

    def test_source_files_are_ascii(self):
        self.faults(
            f"{path}:{number}: {line.strip()}"
            for path in CODE + SCRIPTS
            if path.parts[0] != "tests"
            for number, line in enumerate(tree.text(path).splitlines(), 1)
            if not line.isascii() and not is_a_comment(path, line)
        )

    def test_no_line_is_too_long(self):
        self.faults(
            f"{path}:{number}: {len(line)} columns"
            for path in CODE + SCRIPTS
            for number, line in enumerate(tree.text(path).splitlines(), 1)
            if len(line) > LONGEST_LINE
        )

    def test_no_line_ends_in_white_space_or_has_a_tab(self):
        self.faults(
            f"{path}:{number}"
            for path in CODE + SCRIPTS
            for number, line in enumerate(tree.text(path).splitlines(), 1)
            # Makefiles want tabs.
            if line != line.rstrip() or ("\t" in line and "/make" not in tree.text(path)[:20])
        )

    def test_no_file_is_too_long(self):
        lengths = {path: len(tree.text(path).splitlines()) for path in CODE + SCRIPTS}
        self.faults(f"{path}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE)

    def test_headers_guard_themselves_by_their_path(self):
        def guard(path):
            return "TOLLGATE_" + re.sub(r"\W", "_", str(path)).upper() + "_"

        self.faults(
            f"{path}: {guard(path)}"
            for path in CODE
            if path.suffix == ".h" and f"#ifndef {guard(path)}\n#define {guard(path)}\n" not in tree.text(path)
        )

    def test_no_file_knows_where_it_was_written(self):
        # Paths of a developer's machine are nobody else's.
        machine = re.compile(r"(?<![\w.])/(work|home/\w+|Users|tmp/tg)(/|\b)")
        self.faults(
            f"{path}:{number}: {line.strip()}"
            for path in CODE + SCRIPTS
            if path != pathlib.PurePath("tests/style/source_files_test.py")
            for number, line in enumerate(tree.text(path).splitlines(), 1)
            if machine.search(line)
        )


def is_a_comment(path, line):
    return line.lstrip().startswith(("//", "#", "*")) and path.suffix != ".py"


if __name__ == "__main__":
    unittest.main()
