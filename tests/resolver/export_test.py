# SPDX-License-Identifier: BSD-3-Clause
"""What `tollgate export` writes, in an Unbound without the module: clients see what they see with it."""

from resolver import *

BLOCKED = ["evil.com", "x.evil.com", "deep.evil.com", "y.deep.evil.com", "side.deep.evil.com"]
PASSING = ["good.deep.evil.com", "z.good.deep.evil.com", "x.alone.com", "nobody.com", "x.hostgarden.com"]
GARDEN = ["garden.com", "a.b.garden.com", "hostgarden.com"]
ALONE = ["alone.com"]  # of these, local-zone can only say them with everything below


class Export(ResolverTestCase):
    zones = {"com": ["* A 203.0.113.1"]}
    policies = [
        policy("allow", action="pass", domains=["good.deep.evil.com"]),
        policy("block", action="nodata", domains=["evil.com"]),
        policy("alone", hosts=["alone.com"]),
        policy("garden", sinkhole=["192.0.2.1", 'TXT "it\'s a garden"'], domains=["garden.com"],
               hosts=["hostgarden.com"]),
    ]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ["rpz", "unbound"]:
            subprocess.run(
                [TOLLGATE, "export", cls.database, "--format", name, "-o", os.path.join(cls.folder, name)],
                check=True, capture_output=True,
            )
        cls.rpz = cls.start_resolver(
            modules="respip validator iterator",
            clauses=f'rpz:\n  name: rpz.example\n  zonefile: "{cls.folder}/rpz"\n',
        )
        cls.local_zones = cls.start_resolver(
            modules="validator iterator", clauses=f'include: "{cls.folder}/unbound"\n'
        )

    def outcome(self, resolver, name, rdtype="A"):
        response = resolver.ask(name, rdtype)
        return response.rcode(), sorted(item.to_text() for rrset in response.answer for item in rrset)

    def assertAlike(self, other, names, rdtype="A"):
        for name in names:
            with self.subTest(name=name, rdtype=rdtype):
                self.assertEqual(self.outcome(other, name, rdtype), self.outcome(self.resolver, name, rdtype))

    def test_the_module_itself_does_what_this_test_thinks(self):
        for names, expected in [
            (BLOCKED, (NOERROR, [])),
            (PASSING, (NOERROR, ["203.0.113.1"])),
            (GARDEN, (NOERROR, ["192.0.2.1"])),
            (ALONE, (NXDOMAIN, [])),
        ]:
            for name in names:
                self.assertEqual(self.outcome(self.resolver, name), expected, name)

    def test_a_policy_zone_does_what_the_module_does(self):
        self.assertAlike(self.rpz, BLOCKED + PASSING + GARDEN + ALONE)
        self.assertAlike(self.rpz, GARDEN, "TXT")
        self.assertAlike(self.rpz, GARDEN, "MX")

    def test_local_zones_do_what_the_module_does_but_for_names_alone(self):
        self.assertAlike(self.local_zones, BLOCKED + PASSING + GARDEN)
        self.assertAlike(self.local_zones, GARDEN, "TXT")
        self.assertAlike(self.local_zones, GARDEN, "MX")
        self.assertEqual(self.outcome(self.local_zones, "alone.com"), (NOERROR, ["203.0.113.1"]))


if __name__ == "__main__":
    main()
