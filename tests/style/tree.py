# SPDX-License-Identifier: BSD-3-Clause
"""The files of the repository, as the style tests see them."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What a build, an editor or Python leaves behind, and is nobody's source.
_PASSED_OVER = re.compile(r"^(\..+|build.*|__pycache__)$")
_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def files(*suffixes):
    """Paths below ROOT, relative to it, whose names end in one of the suffixes; hidden and build folders left out."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _PASSED_OVER.match(name)]
        found += [
            (pathlib.Path(folder) / name).relative_to(ROOT) for name in names if name.endswith(suffixes)
        ]
    return sorted(found)


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def includes(path):
    """The (bracket, name) of every #include of the file."""
    return _INCLUDE.findall(text(path))
