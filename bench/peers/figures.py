# SPDX-License-Identifier: BSD-3-Clause
"""The figures of a run: their names, their units, the table, and which way is better. No server is
needed here: `compare` reads runs of other machines."""

import statistics
from typing import NamedTuple


class Figure(NamedTuple):
    title: str
    digits: int
    more_is_better: bool = False
    in_table: bool = True


FIGURES = {
    "first_ms": Figure("first, ms", 0),
    "private_mb": Figure("own MB", 1),
    "private_loaded_mb": Figure("loaded", 1),
    "mapped_mb": Figure("mapped MB", 1),
    "mapped_loaded_mb": Figure("loaded", 1),
    "cached_us": Figure("cached, us", 2),
    "cached_x": Figure("/none", 2),
    "blocked_us": Figure("blocked, us", 2),
    "blocked_x": Figure("/cached", 2),
    "miss_us": Figure("miss, us", 1),
    "qps": Figure("queries/s", 0, more_is_better=True),
    "p50_ms": Figure("p50, ms", 2),
    "p99_ms": Figure("p99", 2),
    "p999_ms": Figure("p99.9", 2),
    "cached_user_us": Figure("cached, us user", 2, in_table=False),
    "blocked_user_us": Figure("blocked, us user", 2, in_table=False),
    "blocked_qps": Figure("blocked queries/s", 0, more_is_better=True, in_table=False),
    # Of patterns:
    "ready_ms": Figure("ready, ms", 1),
    "miss_ns": Figure("no match, ns", 0),
    "match_ns": Figure("match, ns", 0),
}
# Below this share of its processor a server takes its queries one by one, above it in batches.
SATURATED = 0.8


def half_range(values):
    return (max(values) - min(values)) / 2


def cell(values, digits):
    """Median and half of the range, "7.08+-0.35"; "-" of nothing."""
    if not values:
        return "-"
    text = f"{statistics.median(values):,.{digits}f}"
    return text if len(values) < 2 else f"{text}+-{half_range(values):,.{digits}f}"


def lines_of(rows):
    """Columns as wide as they have to be; the first one to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [text.rjust(width) for text, width in zip(row, widths)]
        cells[0] = row[0].ljust(widths[0])
        yield "  ".join(cells).rstrip()


def because(entry):
    """One line of what a peer failed with."""
    lines = [line.strip() for line in entry["failed"].splitlines() if line.strip()]
    return lines[0] if len(lines) < 2 else f"{lines[0]} {lines[-1]}"


def table(parts):
    """`parts` is {heading: {peer: entry}}: one table, a block for each heading. The columns are the
    figures that somebody has."""
    has = {figure for part in parts.values() for e in part.values() for figure in e["figures"]}
    shown = [key for key, figure in FIGURES.items() if figure.in_table and key in has]
    rows, notes = [["", *(FIGURES[key].title for key in shown)]], []
    for heading, part in parts.items():
        rows.append([heading] + [""] * len(shown))
        for entry in part.values():
            cells = [cell(entry["figures"].get(key, []), FIGURES[key].digits) for key in shown]
            busy = entry.get("conditions", {}).get("busy")
            idle = bool(busy) and statistics.median(busy) < SATURATED
            rows.append([f"  {entry['title']}{'*' if idle else ''}", *cells])
            if entry.get("failed"):
                notes.append(f"- {heading}, {entry['title']}: {because(entry)}")
            if idle:
                notes.append(
                    f"* {heading}, {entry['title']}: its processor was busy for "
                    f"{statistics.median(busy):.0%} only"
                )
    return list(lines_of(rows)) + ([""] + notes if notes else [])


def conditions(part):
    """How busy the servers were, and what got lost, in one line for each size."""
    found = []
    for entry in part.values():
        known = entry["conditions"]
        if known["busy"]:
            lost = f", {known['lost']} lost" if known["lost"] else ""
            share = statistics.median(known["busy"])
            found.append(f"{entry['title']} {share:.0%}, rounds {known['rounds']}{lost}")
    return "; ".join(found)
