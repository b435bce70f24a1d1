# SPDX-License-Identifier: BSD-3-Clause
"""The names that every peer gets, and the files that they are in."""

import gzip
import os
import random
import re

from comparison import BLOCKED_NAMES, CACHED_SEED, LISTED_SEED, below
from comparison import write_policy_zone
from setup import progress

PUBLIC_SUFFIX_LIST = "/usr/share/publicsuffix/public_suffix_list.dat"
# Names that are asked for again and again. Every peer has to ask upstream for each of them first,
# which takes the better part of a start: dnsmasq needs milliseconds for each at the largest size.
CACHED = 10_000
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})+")
LONGEST = 230  # characters, so that a policy zone has room for "*." and its own name


def public_suffixes():
    """Whether a name is a public suffix, as a function: Tollgate refuses to block one, and nobody
    should."""
    with open(PUBLIC_SUFFIX_LIST, encoding="utf-8") as file:
        lines = (line.split(" ")[0].strip() for line in file)
        rules = {line for line in lines if line and not line.startswith("//")}

    def is_suffix(name):
        parent = name.partition(".")[2]
        # "*.ck" is the rule of every name one label below ck, and of ck.
        by_wildcard = f"*.{parent}" in rules and f"!{name}" not in rules
        return name in rules or f"*.{name}" in rules or by_wildcard

    return is_suffix


def read_names(path):
    """The distinct names of a list, one a line, that every peer can take. Where a name and one
    above it are listed, both stay: that is what lists are like."""
    is_suffix = public_suffixes()
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        lines = (line.strip().rstrip(".").lower() for line in file)
        good = (
            name
            for name in lines
            if len(name) <= LONGEST and NAME.fullmatch(name) and not is_suffix(name)
        )
        return list(dict.fromkeys(good))


def spread(names, count):
    """As many of them, at even distances: lists are often sorted, and the first names of a sorted
    list begin alike."""
    if len(names) <= count:
        return names
    return [names[i * len(names) // count] for i in range(count)]


class Names:
    """The listed names of one size, and a folder with what peers read: each file is written once,
    by the first who asks for it."""

    def __init__(self, session, folder, listed):
        self.folder, self.listed = folder, listed
        os.mkdir(folder)
        self.written = {}
        self.folders = 0
        is_listed = below(set(listed))
        candidates = session.generated(CACHED * 2, "--hosts", "--seed", str(CACHED_SEED))
        self.cached = [name for name in candidates if not is_listed(name)][:CACHED]
        choice = random.Random(LISTED_SEED)
        self.blocked = choice.sample(listed, min(BLOCKED_NAMES, len(listed)))

    def new_folder(self, name):
        self.folders += 1
        path = os.path.join(self.folder, f"{name}-{self.folders}")
        os.mkdir(path)
        return path

    def file(self, name, write):
        """The path of a file that `write(path)` makes."""
        path = os.path.join(self.folder, name)
        if name not in self.written:
            progress(f"  writing {name}")
            write(path)
            self.written[name] = True
        return path

    def text(self):
        """One name a line."""

        def write(path):
            with open(path, "w") as file:
                file.writelines(name + "\n" for name in self.listed)

        return self.file("names.txt", write)

    def policy_zone(self):
        return self.file("rpz.zone", lambda path: write_policy_zone(path, self.listed))
