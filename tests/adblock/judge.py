# SPDX-License-Identifier: BSD-3-Clause
"""AdGuard's engine, installed into a temporary folder and asked. Needs node, npm and the network."""

import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent

# agtree is named because tsurlfilter asks for a version of it that was never published.
PACKAGES = {
    "private": True,
    "dependencies": {"@adguard/tsurlfilter": "6.0.3", "@adguard/agtree": "4.2.0"},
    "overrides": {"@adguard/agtree": "4.2.0"},
}


def install(folder):
    folder = pathlib.Path(folder)
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps(PACKAGES))
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True)


def ask(folder, cases):
    """`cases` (cases.as_text) with a verdict behind each name and type."""
    judge = subprocess.run(["node", HERE / "judge.mjs", folder], input=cases.encode(), capture_output=True)
    if judge.returncode != 0:
        raise SystemExit(judge.stderr.decode())
    return judge.stdout.decode()
