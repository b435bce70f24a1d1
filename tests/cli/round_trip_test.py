# SPDX-License-Identifier: BSD-3-Clause
"""What 'tollgate export' writes, 'tollgate compile' reads again, and every verdict is what it was."""

import unittest

from program import *

CAMPAIGN = """
    id: c
    domains: [evil.com, bad.co.uk, xn--bcher-kva.com]
    hosts: [www.mixed.com]
    """
ALLOW = """
    id: allow
    action: pass
    domains: [good.evil.com]
    """
# Blocked, passed inside what is blocked, beside it, and never named.
NAMES = [
    "evil.com", "www.evil.com", "a.b.evil.com", "good.evil.com", "www.good.evil.com", "bad.co.uk",
    "x.bad.co.uk", "xn--bcher-kva.com", "www.mixed.com", "x.www.mixed.com", "mixed.com", "other.com",
]


class RoundTrip(ProgramTestCase):
    def verdicts(self, database):
        lines = self.assertDone(self.run_program("query", database, *NAMES)).lines()
        # Nothing and pass are one to a client.
        return {line.split("\t")[0]: line.split("\t")[1].replace("pass", "none") for line in lines}

    def exported(self, how, file, *options):
        self.write("tollgate.yaml", "policies: [allow.yaml, c.yaml]\n")
        self.write("allow.yaml", ALLOW)
        self.write("c.yaml", CAMPAIGN)
        self.assertDone(self.compile("tollgate.yaml"))
        self.assertDone(
            self.run_program("export", "tollgate.db", "--format", how, "-o", file, *options)
        )
        before = self.verdicts("tollgate.db")
        self.write("again.yaml", f"policies: [{{file: {file}, syntax: {how}}}]\n")
        self.assertDone(self.run_program("compile", "again.yaml", "-o", "again.db"))
        return before, self.verdicts("again.db")

    def test_rpz(self):
        before, after = self.exported("rpz", "out.rpz")
        self.assertEqual(after, before)
        self.assertEqual(before["www.evil.com"], "nxdomain")
        self.assertEqual(before["www.good.evil.com"], "none")

    def test_dnsmasq(self):
        before, after = self.exported("dnsmasq", "out.conf")
        # A name alone cannot be said there, and is counted.
        before["www.mixed.com"] = "none"
        self.assertEqual(after, before)

    def test_unbound(self):
        before, after = self.exported("unbound", "out.conf")
        before["www.mixed.com"] = "none"
        self.assertEqual(after, before)

    def test_hosts(self):
        before, after = self.exported("hosts", "hosts.txt")
        # A hosts file has names alone.
        for name in ("www.evil.com", "a.b.evil.com", "x.bad.co.uk"):
            before[name] = "none"
        self.assertEqual(after, before)


if __name__ == "__main__":
    unittest.main()
