# SPDX-License-Identifier: BSD-3-Clause
"""Signed zones, by ldns."""

import os
import subprocess

from resolver import program, zone_text

KEYGEN, SIGNZONE = program("ldns-keygen"), program("ldns-signzone")


def sign(folder, zone, records):
    """The path of `zone`, signed, and its DS record as a trust anchor."""

    def run(*command):
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    with open(os.path.join(folder, zone), "w") as file:
        file.write(f"$ORIGIN {zone}.\n" + zone_text(records))
    keys = run(KEYGEN, "-a", "ECDSAP256SHA256", "-k", zone)
    run(SIGNZONE, "-o", zone, zone, keys)
    with open(os.path.join(folder, keys + ".ds")) as ds:
        return os.path.join(folder, zone + ".signed"), ds.read().strip()
