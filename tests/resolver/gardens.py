# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of walled gardens share: a garden, policies that send names there, and chains."""

from resolver import *

GARDEN = ["garden A 192.0.2.80", "garden AAAA 2001:db8::80", "garden MX 10 mail.garden"]
CNAME = "garden.example."
TTL = 77


def to(policy_id, target, *domains, **keys):
    """A policy that sends `domains` to `target`."""
    sinkhole = {"cname": target}
    return policy(policy_id, sinkhole=sinkhole, ttl=TTL, domains=list(domains), **keys)


class GardenTestCase(ResolverTestCase):
    def assertChain(self, response, *chain, rcode=NOERROR):
        """The answer section is exactly these RRsets, in this order: "owner type rdata"."""
        found = [
            " ".join([rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype), item.to_text()])
            for rrset in response.answer
            for item in rrset
        ]
        self.assertEqual(found, list(chain), response)
        self.assertEqual(response.rcode(), rcode, response)

    def assertFails(self, response, why):
        """SERVFAIL without a record; the EDEs of the rule and of the garden, in this order."""
        self.assertEqual(response.rcode(), SERVFAIL, response)
        self.assertEqual((response.answer, response.authority), ([], []), response)
        errors = extended_errors(response)
        self.assertEqual(errors[0][0], 15, errors)
        self.assertIn(why, errors[1][1])

    def assertNothingCached(self, name):
        self.assertFalse({q for q in self.resolver.cached_questions() if q[0] == name})
