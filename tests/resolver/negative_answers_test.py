# SPDX-License-Identifier: BSD-3-Clause
"""The SOA of a negative answer: RFC 2308."""

from resolver import *


class NegativeAnswers(ResolverTestCase):
    zones = {"example": []}
    policies = [
        policy("domains", domains=["bad.example"], ttl=60),
        policy("hosts", hosts=["host.worse.example"], ttl=5, action="nodata"),
        policy("long", domains=["long.example"], ttl=86400),
    ]

    def soa(self, *question):
        response = self.ask(*question)
        self.assertEqual(len(response.authority), 1, response)
        return response.authority[0]

    def test_the_owner_is_the_name_that_the_rule_is_about(self):
        self.assertEqual(self.soa("a.b.bad.example").name.to_text(), "bad.example.")

    def test_the_owner_for_a_host_is_the_host(self):
        self.assertEqual(self.soa("host.worse.example").name.to_text(), "host.worse.example.")

    def test_it_is_the_soa_of_unbounds_own_static_zones(self):
        soa = self.soa("bad.example")[0]
        self.assertEqual(soa.to_text(), "localhost. nobody.invalid. 1 3600 1200 604800 60")

    def test_ttl_and_minimum_are_both_the_policys(self):
        for name, ttl in (("bad.example", 60), ("host.worse.example", 5), ("long.example", 86400)):
            with self.subTest(name):
                soa = self.soa(name)
                self.assertEqual((soa.ttl, soa[0].minimum), (ttl, ttl))

    def test_the_owner_is_spelt_as_the_client_spells_it(self):
        soa = self.soa("www.bAd.ExAmPle")
        self.assertEqual(soa.name.to_text(), "bAd.ExAmPle.")


if __name__ == "__main__":
    main()
