#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The tables of docs/metrics.md are those of ruleset/control/metrics.def.

    metrics_page.py            a test
    metrics_page.py --write    writes the tables anew
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIST = ROOT / "ruleset" / "control" / "metrics.def"
PAGE = ROOT / "docs" / "metrics.md"
BEGIN, END = "<!-- from metrics.def: {} -->\n", "<!-- end -->\n"


def calls(macro):
    """The arguments of every use of a macro in the list, without their quotes."""
    text = LIST.read_text()
    for found in re.finditer(rf"^{macro}\(((?:[^()\"]|\"[^\"]*\")*)\)$", text, re.MULTILINE):
        yield ["".join(re.findall(r'"([^"]*)"', part)) if '"' in part else part.strip()
               for part in re.findall(r'(?:[^,"]|"[^"]*")+', found[1])]


def family_name(family, kind):
    return f"`tollgate_{family}{ {'kCounter': '_total', 'kInfo': '_info'}.get(kind, '') }`"


def family_row(family, kind, labels, help_text):
    shown = ", ".join(f"`{label}`" for label in labels.split(", ")) if labels else ""
    return f"| {family_name(family, kind)} | {kind[1:].lower()} | {shown} | {help_text} |"


def number_row(kind):
    def row(_, name, family, label, help_text):
        exposed = family_name(family, kind)
        if label:
            key, value = label.split("=")
            exposed = f'{exposed[:-1]}{{{key}="{value}"}}`'
        return f"| {exposed} | `{name}` | {help_text} |"

    return row


NUMBERS = ["| In OpenMetrics | In JSON | |", "|---|---|---|"]
TABLES = {
    "FAMILY": (["| In OpenMetrics | Type | Labels | |", "|---|---|---|---|"], family_row),
    "QUERY_COUNTER": (NUMBERS, number_row("kCounter")),
    "SERVICE_COUNTER": (NUMBERS, number_row("kCounter")),
    "GAUGE": (NUMBERS, number_row("kGauge")),
}


def table(macro):
    head, row = TABLES[macro]
    return "\n".join([*head, *(row(*arguments) for arguments in calls(macro))]) + "\n"


def renewed(page):
    for macro in TABLES:
        begin = BEGIN.format(macro)
        start = page.index(begin) + len(begin)
        page = page[:start] + table(macro) + page[page.index(END, start):]
    return page


class MetricsPage(unittest.TestCase):
    maxDiff = None

    def test_every_line_of_the_list_is_understood(self):
        uses = re.findall(r"^(QUERY_COUNTER|SERVICE_COUNTER|GAUGE|FAMILY)\([k\"]", LIST.read_text(), re.MULTILINE)
        self.assertEqual(len(uses), sum(len(list(calls(macro))) for macro in TABLES))
        self.assertGreater(len(uses), 40)

    def test_names_in_json_are_different(self):
        for macro in ("QUERY_COUNTER", "SERVICE_COUNTER", "GAUGE"):
            names = [arguments[1] for arguments in calls(macro)]
            self.assertEqual(len(names), len(set(names)))

    def test_each_has_a_sentence(self):
        for macro in TABLES:
            for arguments in calls(macro):
                self.assertRegex(arguments[-1], r"^[A-Z1][^\"\\]+\.$")

    def test_a_family_of_several_numbers_is_described(self):
        families = {arguments[0] for arguments in calls("FAMILY")}
        for macro in ("QUERY_COUNTER", "SERVICE_COUNTER", "GAUGE"):
            for _, name, family, label, _ in calls(macro):
                self.assertEqual(bool(label), family in families, name)

    def test_the_page_has_these_tables(self):
        page = PAGE.read_text()
        self.assertEqual(page, renewed(page), "docs/metrics.md is behind: run tests/docs/metrics_page.py --write")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(renewed(PAGE.read_text()))
    else:
        unittest.main()
