# SPDX-License-Identifier: BSD-3-Clause
"""tollgate export: the rules in other tools' formats, and what those tools say of them.

The checkers of BIND, dnsmasq and Unbound are asked where they are installed; $UNBOUND_CHECKCONF is Unbound's.
"""

import os
import re
import shutil
import subprocess
import unittest

from program import *

RULES = {
    "tollgate.yaml": """
        policies:
          - allow.yaml
          - file: trial.yaml
            mode: shadow
          - block.yaml
          - garden.yaml
        """,
    "allow.yaml": "id: allow\naction: pass\ndomains: [good.deep.evil.com]\n",
    "trial.yaml": "id: trial\ndomains: [tried.com]\n",
    "block.yaml": """
        id: block
        hosts: [alone.com]
        domains:
          - evil.com
          - _odd.example
          - name: old.com
            expires: 2025-06-30
        patterns:
          - {id: toll, meaning: m, match: 'toll-[a-z]+', suffixes: [com]}
        """,
    "garden.yaml": """
        id: garden
        sinkhole: [192.0.2.1, 2001:db8::1, 'TXT "it''s a garden"', 'MX 10 mail.garden.example.']
        ttl: 300
        domains: [garden.com]
        """,
}


def find_checker(name):
    path = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name, path=os.defpath + ":/usr/sbin:/sbin")
    return path if path and os.path.exists(path) else None


class Export(ProgramTestCase):
    def setUp(self):
        super().setUp()
        for name, text in RULES.items():
            self.write(name, text)
        self.assertDone(self.compile("tollgate.yaml", environment={"SOURCE_DATE_EPOCH": "1748736000"}))

    def run_export(self, *arguments):
        return self.run_program("export", "tollgate.db", "--date", "2025-07-01", *arguments)

    def export(self, *arguments):
        return self.assertDone(self.run_export(*arguments))


class Formats(Export):
    def test_rpz(self):
        result = self.export("--format", "rpz")
        self.assertEqual(
            result.lines()[:4],
            [
                "; tollgate export --format rpz",
                "$TTL 60",
                "@ SOA localhost. nobody.invalid. 1748736000 3600 1200 604800 60",
                "@ NS localhost.",
            ],
        )
        self.assertEqual(
            sorted(line for line in result.lines()[4:] if "garden.com" not in line),
            [
                "*._odd.example CNAME .",
                "*.deep.evil.com CNAME .",
                "*.evil.com CNAME .",
                "*.good.deep.evil.com CNAME rpz-passthru.",
                "_odd.example CNAME .",
                "alone.com CNAME .",
                "deep.evil.com CNAME .",
                "evil.com CNAME .",
                "good.deep.evil.com CNAME rpz-passthru.",
            ],
        )
        self.assertIn("*.garden.com 300 AAAA 2001:db8::1\n", result.stdout)

    def test_hosts(self):
        lines = self.export("--format", "hosts").lines()
        self.assertEqual(
            sorted(lines),
            ["# tollgate export --format hosts", "0.0.0.0 _odd.example", "0.0.0.0 alone.com",
             "0.0.0.0 evil.com", "192.0.2.1 garden.com", "2001:db8::1 garden.com"],
        )

    def test_domains(self):
        lines = self.export("--format", "domains").lines()
        self.assertEqual(sorted(lines[1:]), ["_odd.example", "evil.com", "garden.com"])

    def test_dnsmasq(self):
        lines = self.export("--format", "dnsmasq", "--widen").lines()
        self.assertEqual(
            sorted(lines[1:]),
            ["address=/_odd.example/", "address=/alone.com/", "address=/evil.com/",
             "address=/garden.com/192.0.2.1", "address=/garden.com/2001:db8::1",
             "server=/good.deep.evil.com/#"],
        )

    def test_unbound(self):
        lines = self.export("--format", "unbound").lines()
        self.assertEqual(lines[1], "server:")
        self.assertEqual(
            sorted(line for line in lines[2:] if line.startswith("local-zone")),
            ['local-zone: "_odd.example." always_nxdomain', 'local-zone: "evil.com." always_nxdomain',
             'local-zone: "garden.com." redirect', 'local-zone: "good.deep.evil.com." always_transparent'],
        )

    def test_the_same_database_gives_the_same_octets(self):
        for name in ["rpz", "hosts", "domains", "dnsmasq", "unbound"]:
            self.assertEqual(self.export("--format", name).stdout, self.export("--format", name).stdout)


class Counts(Export):
    def test_what_cannot_be_said_is_counted_by_policy(self):
        self.assertEqual(
            self.export("--format", "domains").stderr,
            """\
exported: 3 blocked names, 0 exceptions
left out: patterns: 1 (block 1)
left out: names and patterns in shadow mode: 1 (trial 1)
left out: names and patterns whose last day is past: 1 (block 1)
left out: names that are blocked alone, without what is below them: 1 (block 1)
BLOCKED although the rules let them pass: 1 (allow 1)
""",
        )

    def test_json_has_the_same(self):
        report = self.export("--format", "rpz", "--json", "-o", "zone").json()
        self.assertEqual((report["format"], report["output"], report["blocks"], report["passes"]),
                         ("rpz", "zone", 4, 1))
        self.assertEqual({gap: count for gap, count in report["gaps"].items() if count},
                         {"pattern": 1, "shadow": 1, "expired": 1})
        self.assertEqual([policy["policy"] for policy in report["policies"]],
                         ["allow", "trial", "block", "garden"])

    def test_json_needs_a_place_for_the_export_itself(self):
        self.assertStatus(self.run_export("--format", "rpz", "--json"), WRONG_USAGE)


class Output(Export):
    def test_a_file_has_what_standard_output_has(self):
        text = self.export("--format", "rpz").stdout
        self.assertEqual(self.export("--format", "rpz", "-o", "zone").stdout, "")
        self.assertEqual((self.folder / "zone").read_text(), text)
        self.assertEqual([path.name for path in self.folder.glob("zone*")], ["zone"])

    def test_a_file_that_cannot_be_written(self):
        result = self.run_export("--format", "rpz", "-o", "none/zone")
        self.assertStatus(result, PROBLEMS)
        self.assertIn("tollgate: cannot write none/zone: No such file or directory", result.stderr)

    def test_chosen_policies(self):
        lines = self.export("--format", "domains", "--policy", "garden").lines()
        self.assertEqual(lines[1:], ["garden.com"])

    def test_a_policy_that_is_not_there(self):
        result = self.run_export("--format", "rpz", "--policy", "gardn")
        self.assertStatus(result, WRONG_USAGE)
        self.assertIn("there is no policy 'gardn'", result.stderr)

    def test_a_format_that_is_none(self):
        self.assertStatus(self.run_export("--format", "bind"), WRONG_USAGE)


class OtherTools(Export):
    def run_checker(self, name, *arguments):
        checker = find_checker(name)
        if checker is None:
            self.skipTest(f"{name} is not here")
        completed = subprocess.run([checker, *arguments], cwd=self.folder, capture_output=True, timeout=60)
        output = (completed.stdout + completed.stderr).decode()
        self.assertEqual(completed.returncode, 0, output)
        return output

    def test_bind_takes_the_policy_zone(self):
        self.export("--format", "rpz", "-o", "zone")
        # No mail servers and the like are looked up: "local" checks what the zone itself has.
        output = self.run_checker("named-checkzone", "-i", "local", "rpz.example", "zone")
        self.assertIn("loaded serial 1748736000", output)
        self.assertEqual(re.findall("ignor.*", output), [])

    def test_dnsmasq_takes_the_configuration(self):
        self.export("--format", "dnsmasq", "--widen", "-o", "blocked.conf")
        self.assertIn("OK", self.run_checker("dnsmasq", "--test", "--conf-file=blocked.conf"))

    def test_unbound_takes_the_configuration(self):
        self.export("--format", "unbound", "-o", "blocked.conf")
        self.write("unbound.conf", 'server:\n  username: ""\n  chroot: ""\n  directory: ""\ninclude: blocked.conf\n')
        self.assertIn("no errors", self.run_checker("unbound-checkconf", "unbound.conf"))


if __name__ == "__main__":
    unittest.main()
