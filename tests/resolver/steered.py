# SPDX-License-Identifier: BSD-3-Clause
"""A resolver that tests steer with `tollgate ctl`, and two clients that ask it."""

from resolver import *

REAL, OTHER, BOTH, DEEP = (f"203.0.113.{host}" for host in (2, 3, 4, 5))
POLICIES = [
    policy("allow", action="pass", domains=["both.example"]),
    policy("first", domains=["one.example", "both.example"]),
    policy("second", domains=["two.example"], action="nodata"),
]
PAUSED, BLOCKED = "127.0.0.1", "127.0.0.2"  # clients


class ControlTestCase(ResolverTestCase):
    zones = {
        "example": [
            "good A 203.0.113.1",
            f"one A {REAL}",
            f"two A {OTHER}",
            f"both A {BOTH}",
            f"www.one A {DEEP}",
        ]
    }
    policies = POLICIES
    resolver_keys = {"threads": 2}

    def setUp(self):
        self.ctl("resume")
        self.put(self.policies)
        self.ctl("reload", "--force")
        for rules in self.policies:
            self.ctl("shadow", rules["id"], "--off")
        self.log_start = len(self.resolver.log())

    def run_ctl(self, *arguments, resolver=None):
        path = os.path.join((resolver or self.resolver).folder, "control.sock")
        return subprocess.run(
            [TOLLGATE, "ctl", "--socket", path, *arguments], capture_output=True, text=True
        )

    def ctl(self, *arguments, status=0, resolver=None):
        """What it prints on standard output; where it fails, as it shall, on standard error."""
        result = self.run_ctl(*arguments, resolver=resolver)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout or result.stderr

    def state(self, verb="status"):
        result = self.run_ctl(verb, "--json")
        return json.loads(result.stdout)

    def new_log(self):
        return self.resolver.log()[self.log_start :]

    def ask_from(self, client, name, rdtype="A"):
        query = dns.message.make_query(name, rdtype, use_edns=0)
        return dns.query.udp(
            query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS, source=client
        )

    def is_blocked(self, name, client=PAUSED):
        response = self.ask_from(client, name)
        return response.rcode() == NXDOMAIN and soa_of(response).mname.to_text() == "localhost."

    def assertPaused(self, name, address, client=PAUSED):
        self.assertAnswers(self.ask_from(client, name), address)

    def assertFilters(self, name, client=PAUSED):
        self.assertBlocked(self.ask_from(client, name))

    def assertNotCached(self, name):
        self.assertNotIn((name, "A"), self.resolver.cached_questions())
