# SPDX-License-Identifier: BSD-3-Clause
"""What `run` prints: the machine, the table, and whether the figures mean something."""

import os
import re
import statistics

from servers import TITLES, VARIANTS, output_of

# Below this share of its processor a resolver takes its queries one by one, above it in batches.
SATURATED = 0.8


def machine():
    def first(path, pattern):
        with open(path) as file:
            found = re.search(pattern, file.read(), re.M)
        return found[1].strip() if found else "unknown"

    return {
        "processor": first("/proc/cpuinfo", r"^model name\s*: (.*)$"),
        "processors": os.cpu_count(),
        "memory_gib": round(int(first("/proc/meminfo", r"^MemTotal:\s+(\d+)")) / 2**20),
        "kernel": os.uname().release,
        "system": first("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(setup):
    def first_match(command, pattern):
        found = re.search(pattern, output_of(command)[1])
        return found[1] if found else "unknown"

    return {
        "unbound": first_match([setup.unbound, "-V"], r"Version (\S+)"),
        "tollgate": first_match([setup.tollgate, "--version"], r"(\d+\.\S+)"),
        "nsd": first_match([setup.nsd, "-v"], r"version (\S+)"),
        "dnsperf": first_match([setup.dnsperf, "-h"], r"[Vv]ersion (\S+)"),
    }


class Series:
    """Median and spread of the measured values; nothing of an empty list."""

    def __init__(self, values):
        self.values = values
        self.median = statistics.median(values) if values else None

    def text(self, digits):
        if self.median is None:
            return "-"
        low, high = min(self.values), max(self.values)
        return f"{self.median:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def quartile(values):
    """The lower one: what disturbs a machine adds to a burst, and takes nothing from it."""
    return Series([statistics.quantiles(values, n=4)[0]] if len(values) > 1 else values)


def summarise(results):
    """Medians, and the ratios that last: to Unbound without a filter, and Tollgate to RPZ."""
    rows = {}
    for variant, result in results.items():
        rows[variant] = {
            "first answer, ms": Series(result["first_answer_ms"]),
            "RSS, MB": Series([result["rss"] / 1e6]),
            "private, MB": Series([result["private"] / 1e6]),
            "cached, us CPU": Series([entry["cpu_us"] for entry in result["cached"]]),
            "cached, us user": Series([entry["user_us"] for entry in result["cached"]]),
            "blocked, us CPU": Series([entry["cpu_us"] for entry in result["blocked"]]),
            "blocked, us user": Series([entry["user_us"] for entry in result["blocked"]]),
            "miss, us CPU": Series([entry["cpu_us"] for entry in result["miss"]]),
            "miss, quartile": quartile([entry["cpu_us"] for entry in result["miss"]]),
            "miss, us user": Series([entry["user_us"] for entry in result["miss"]]),
        }
    return rows


def ratio(a, b):
    return f"{a.median / b.median:.3f}" if a.median is not None and b.median else "-"


def print_table(results, names):
    rows = summarise(results)
    digits = {"first answer, ms": 1, "RSS, MB": 1, "private, MB": 1}
    for load in ("cached", "blocked", "miss"):
        digits[f"{load}, us CPU"] = 3
        if load == "miss":
            digits["miss, quartile"] = 3
        digits[f"{load}, us user"] = 3
    heads = ["", *(TITLES[v] for v in VARIANTS), "RPZ/none", "Tollgate/none", "Tollgate/RPZ"]
    table = [heads]
    for key, count in digits.items():
        none, rpz, tollgate = (rows[variant][key] for variant in VARIANTS)
        cells = [rows[variant][key].text(count) for variant in VARIANTS]
        if key.endswith(("MB", "quartile")):
            cells = [cell.split(" ")[0] for cell in cells]
        table.append([key, *cells, ratio(rpz, none), ratio(tollgate, none), ratio(tollgate, rpz)])
    # More than what an Unbound without any filter has: the memory of the rules alone.
    extra = {v: results[v]["private"] - results["none"]["private"] for v in VARIANTS}
    table.append(
        [
            "rules alone, MB",
            *("-" if variant == "none" else f"{extra[variant] / 1e6:.1f}" for variant in VARIANTS),
            "-",
            "-",
            f"{extra['tollgate'] / extra['rpz']:.3f}" if extra["rpz"] > 0 else "-",
        ]
    )
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    print(f"\n{names:,} names; medians, in brackets the smallest and the largest\n")
    for row in table:
        padded = [cell.rjust(width) for cell, width in zip(row, widths)]
        padded[0] = row[0].ljust(widths[0])
        print("  ".join(padded))
    print_conditions(results)


def print_conditions(results):
    """How fast it went, and whether the figures mean something."""

    def line(title, figures):
        print(title + ": " + ", ".join(f"{TITLES[v]} {figures[v]}" for v in VARIANTS))

    loads = {v: results[v]["cached"] + results[v]["blocked"] for v in VARIANTS}
    lost = {v: sum(entry["lost"] for entry in loads[v]) for v in VARIANTS}
    busy = {v: statistics.median(entry["busy"] for entry in loads[v]) for v in VARIANTS}
    speed = {v: statistics.median(entry["qps"] for entry in results[v]["cached"]) for v in VARIANTS}
    print()
    line("cached answers a second", {v: f"{speed[v]:,.0f}" for v in VARIANTS})
    line("the resolver's processor in use", {v: f"{busy[v]:.0%}" for v in VARIANTS})
    if any(lost.values()):
        line("queries lost", lost)
    if min(busy.values()) < SATURATED:
        print(
            "\nThe resolvers waited for their clients: something else runs on this machine, or"
            "\ndnsperf is too slow for them. Waking up for each query then costs more than"
            "\nanswering it, and the CPU figures say little. Repeat this on a quiet machine."
        )
