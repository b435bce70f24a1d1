# SPDX-License-Identifier: BSD-3-Clause
"""The sinkhole that names the patient: each client gets an address, or a CNAME, of its own, and
`tollgate who` says whose it is."""

import concurrent.futures
import ipaddress

from resolver import *

CLIENTS = [f"127.0.0.{i}" for i in range(2, 12)]
NETWORK = ipaddress.ip_network("2001:db8:5:1::/64")
SMALL = ipaddress.ip_network("198.51.100.0/28")


def sinkhole(policy_id, answer, **keys):
    return policy(policy_id, action="sinkhole", sinkhole=answer, **keys)


POLICIES = [
    sinkhole("sink", ["198.51.100.1", "2001:db8:5:1::1"], domains=["sink.example"]),
    sinkhole("other", ["192.0.2.80"], domains=["other.example"]),
    sinkhole("two", ["192.0.2.80", "198.51.100.1"], domains=["two.example"]),
    sinkhole("garden", {"cname": "p.garden.example."}, domains=["walled.example"]),
    sinkhole("late", ["198.51.100.1"], addresses=["203.0.113.66"]),
]
PATIENT = {
    "key_file": "patient.key",
    "sinkholes": [
        {"prefix": str(NETWORK)},
        {"prefix": str(SMALL), "clients": "127.0.0.0/28"},
        {"name": "p.garden.example"},
    ],
}


class Patients(ResolverTestCase):
    zones = {
        "example": [
            "*.p.garden AAAA 2001:db8::80",
            "*.p.garden A 192.0.2.80",
            "late AAAA 2001:db8::1",
            "late A 203.0.113.66",
        ]
    }
    policies = POLICIES

    @classmethod
    def start_resolver(cls, **keys):
        key = os.path.join(cls.folder, "patient.key")
        with open(key, "w") as file:
            file.write("0123456789abcdef0123456789abcdef")
        os.chmod(key, 0o600)
        settings = {"patient": {**PATIENT, "key_file": key}}
        return super().start_resolver(settings=settings, **keys)

    def who(self, *given):
        """The clients that `tollgate who` says, for addresses and names."""
        result = subprocess.run(
            [TOLLGATE, "who", "--config", self.resolver.module_configuration, *map(str, given)],
            capture_output=True,
            text=True,
        )
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return [line.split("\t")[1] for line in result.stdout.splitlines()]

    def address(self, name, rdtype, client, **keys):
        """The only address of the answer."""
        response = self.ask(name, rdtype, source=client, **keys)
        self.assertEqual(response.rcode(), NOERROR, response)
        wanted = dns.rdatatype.from_text(rdtype)
        found = [rrset for rrset in response.answer if rrset.rdtype == wanted]
        addresses = [item.to_text() for rrset in found for item in rrset]
        self.assertEqual(len(addresses), 1, response)
        return addresses[0]

    def test_each_client_has_an_address_in_the_prefix(self):
        given = {client: self.address("www.sink.example", "AAAA", client) for client in CLIENTS}
        self.assertEqual(len(set(given.values())), len(CLIENTS), given)
        for address in given.values():
            self.assertIn(ipaddress.ip_address(address), NETWORK)
        self.assertEqual(self.who(*given.values()), list(given))

    def test_a_client_gets_the_same_each_time_over_udp_and_tcp(self):
        one = self.address("sink.example", "AAAA", CLIENTS[0])
        self.assertEqual(self.address("www.sink.example", "AAAA", CLIENTS[0]), one)
        self.assertEqual(self.address("sink.example", "AAAA", CLIENTS[0], tcp=True), one)

    def test_an_ipv4_sinkhole_is_for_the_clients_that_it_says(self):
        given = {client: self.address("sink.example", "A", client) for client in CLIENTS}
        self.assertEqual(len(set(given.values())), len(CLIENTS), given)
        for address in given.values():
            self.assertIn(ipaddress.ip_address(address), SMALL)
        self.assertEqual(self.who(*given.values()), list(given))

    def test_other_clients_get_what_the_rule_says(self):
        self.assertEqual(self.address("sink.example", "A", "127.0.0.20"), "198.51.100.1")

    def test_other_sinkholes_name_nobody(self):
        self.assertEqual(self.address("other.example", "A", CLIENTS[0]), "192.0.2.80")

    def test_of_several_addresses_the_one_in_the_prefix_names_the_client(self):
        response = self.ask("two.example", source=CLIENTS[0])
        own = self.address("sink.example", "A", CLIENTS[0])
        self.assertAnswers(response, "192.0.2.80", own)

    def test_a_cname_leads_to_a_name_of_the_clients_own(self):
        targets = {}
        for client in CLIENTS[:3]:
            for rdtype, address in (("A", "192.0.2.80"), ("AAAA", "2001:db8::80")):
                response = self.ask("www.walled.example", rdtype, source=client)
                cname, records = response.answer
                targets[client] = cname[0].target.to_text()
                self.assertEqual(records.name.to_text(), targets[client], response)
                self.assertEqual(records[0].to_text(), address)
        self.assertEqual(self.who(*targets.values()), CLIENTS[:3])

    def test_many_at_once_get_their_own_each(self):
        def ask(number):
            client = CLIENTS[number % len(CLIENTS)]
            name = ("sink.example", "walled.example")[number // len(CLIENTS) % 2]
            return client, self.ask(name, "AAAA", source=client)

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(ask, range(200)))
        given = []
        for _, response in answers:
            self.assertEqual(response.rcode(), NOERROR, response)
            record = response.answer[0][0]
            is_cname = response.answer[0].rdtype == dns.rdatatype.CNAME
            given.append(record.target.to_text() if is_cname else record.to_text())
        self.assertEqual(self.who(*given), [client for client, _ in answers])

    def test_a_rule_about_the_answer_names_the_client_too(self):
        given = [self.address("late.example", "A", client) for client in CLIENTS * 2]
        self.assertEqual(self.who(*given), CLIENTS * 2)

    def test_nothing_of_it_is_in_the_cache(self):
        self.address("sink.example", "AAAA", CLIENTS[0])
        self.ask("walled.example", "AAAA", source=CLIENTS[0])
        cached = {name for name, _ in self.resolver.cached_questions()}
        self.assertNotIn("sink.example", cached)
        self.assertNotIn("walled.example", cached)


class WithoutKey(ResolverTestCase):
    zones = {"example": []}
    policies = POLICIES[:1]
    resolver_keys = {"settings": {"patient": {**PATIENT, "key_file": "nowhere.key"}}}

    def test_sinkholes_answer_as_the_rules_say(self):
        self.assertAnswers(self.ask("sink.example"), "198.51.100.1")

    def test_the_log_says_what_is_missing(self):
        self.assertIn("patient: sinkholes name nobody", self.resolver.log())
        self.assertIn("nowhere.key", self.resolver.log())


if __name__ == "__main__":
    main()
