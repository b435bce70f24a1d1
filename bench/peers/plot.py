# SPDX-License-Identifier: BSD-3-Clause
"""A run as a picture: gnuplot writes SVG."""

import statistics
import subprocess

from servers import Failure, find_program

PANELS = (
    ("cached_us", "CPU of a cached answer, us", False),
    ("blocked_us", "CPU of a blocked answer, us", False),
    ("miss_us", "CPU of a miss, us", False),
    ("private_mb", "own memory before load, MB", True),
    ("first_ms", "from start to the first blocked answer, ms", True),
    ("p99_ms", "99th percentile of latency at half load, ms", True),
)


def script(sizes, path):
    """What gnuplot reads: the medians, and a panel for each of PANELS."""
    peers = {}
    for part in sizes.values():
        for key, entry in part.items():
            peers.setdefault(key, entry["title"])
    text = []
    for number, (figure, _, _) in enumerate(PANELS):
        text.append(f"$panel{number} << EOD")
        for key, title in peers.items():
            values = [part.get(key, {}).get("figures", {}).get(figure) for part in sizes.values()]
            cells = [f"{statistics.median(each):.6g}" if each else "NaN" for each in values]
            text.append(" ".join([f'"{title}"', *cells]))
        text.append("EOD")
    text.append('set terminal svg size 1400,1500 font "sans,11" background "white"')
    text.append(f'set output "{path}"')
    text.append("set multiplot layout 3,2")
    text.append("set style data histograms\nset style fill solid 0.8\nset boxwidth 0.9")
    text.append("set xtics rotate by -45 nomirror\nset ytics nomirror\nset grid ytics")
    text.append("set key above")
    for number, (_, title, is_log) in enumerate(PANELS):
        text.append(f'set title "{title}"')
        scale = ("set logscale y", "*") if is_log else ("unset logscale y", "0")
        text.append(f"{scale[0]}\nset yrange [{scale[1]}:*]")
        columns = (
            f"$panel{number} using {column}:xtic(1) title '{int(size):,} names'"
            for column, size in enumerate(sizes, 2)
        )
        text.append("plot " + ", ".join(columns))
    text.append("unset multiplot")
    return "\n".join(text) + "\n"


def write_plot(sizes, path):
    result = subprocess.run(
        [find_program("gnuplot")], input=script(sizes, path), capture_output=True, text=True
    )
    if result.returncode != 0:
        raise Failure(f"gnuplot: {result.stderr.strip()}")
