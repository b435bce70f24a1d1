# SPDX-License-Identifier: BSD-3-Clause
"""Who asks, as Unbound knows it: by the tags of its access control, by those of an interface, and
behind a proxy."""

import ipaddress
import struct

from resolver import *

KID, STAFF, GUEST = "127.1.0.1", "127.2.0.1", "127.3.0.1"
BAD = "203.0.113.66"
ZONES = {"example": ["games A 192.0.2.1", "shop A 192.0.2.2", "bad A " + BAD]}


class ClientsTestCase(ResolverTestCase):
    zones = ZONES
    policies = [
        only_for(["tag:kids"], policy("for-kids", hosts=["games.example"])),
        only_for(["tag:staff"], policy("for-staff", action="pass", addresses=["203.0.113.64/26"])),
        policy("hosting", addresses=["203.0.113.64/26"]),
    ]
    options = []

    @classmethod
    def start_resolver(cls, **keys):
        options = ["access-control: 127.0.0.0/8 allow", *cls.options]
        return super().start_resolver(options=options, **keys)

    def ask_from(self, client, name):
        return self.ask(name, source=client)


class Gardens(ClientsTestCase):
    zones = {"example": [*ZONES["example"], "garden A 192.0.2.80"]}
    policies = [feed("clients", "rpz", "16.0.0.1.127.rpz-client-ip CNAME garden.example.\n")]

    def test_rules_about_clients_have_gardens_too(self):
        for _ in range(2):
            self.assertAnswers(self.ask_from(KID, "shop.example"), "garden.example.", "192.0.2.80")
            self.assertAnswers(self.ask_from(GUEST, "shop.example"), "192.0.2.2")


class SeveralRecords(ClientsTestCase):
    policies = [
        feed("clients", "rpz", "".join(f"16.0.0.1.127.rpz-client-ip A 192.0.2.{i}\n" for i in (7, 8)))
    ]

    def test_rules_about_clients_have_several_records(self):
        self.assertAnswers(self.ask_from(KID, "shop.example"), "192.0.2.7", "192.0.2.8")


class Tags(ClientsTestCase):
    options = [
        'define-tag: "guests staff kids"',
        "access-control: 127.1.0.0/16 allow",
        'access-control-tag: 127.1.0.0/16 "kids"',
        "access-control: 127.2.0.0/16 allow",
        'access-control-tag: 127.2.0.0/16 "staff"',
    ]
    resolver_keys = {"threads": 2}

    def test_a_policy_for_a_tag_counts_for_its_clients_only_cached_or_not(self):
        for _ in range(3):
            self.assertBlocked(self.ask_from(KID, "games.example"))
            self.assertAnswers(self.ask_from(GUEST, "games.example"), "192.0.2.1")
            self.assertAnswers(self.ask_from(STAFF, "games.example"), "192.0.2.1")

    def test_a_pass_for_a_tag_lets_its_clients_alone_through(self):
        for _ in range(3):
            self.assertAnswers(self.ask_from(STAFF, "bad.example"), BAD)
            self.assertBlocked(self.ask_from(GUEST, "bad.example"))
            self.assertBlocked(self.ask_from(KID, "bad.example"))

    def test_names_that_no_such_policy_is_about_are_cached_for_all(self):
        for client in (KID, GUEST, STAFF):
            self.assertAnswers(self.ask_from(client, "shop.example"), "192.0.2.2")
        self.assertIn(("shop.example", "A"), self.resolver.cached_questions())
        self.assertNotIn(("games.example", "A"), self.resolver.cached_questions())


class TagsAfterAReload(Tags):
    """Numbers of tags are Unbound's, and others after a reload."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cls.resolver.configuration) as file:
            text = file.read()
        with open(cls.resolver.configuration, "w") as file:
            file.write(text.replace("guests staff kids", "kids a b c d e f g h staff"))
        cls.resolver.reload()


class UnknownTags(ClientsTestCase):
    options = ['define-tag: "others"', 'access-control-tag: 127.0.0.0/8 "others"']

    def test_a_policy_for_a_tag_that_unbound_does_not_define_is_for_nobody(self):
        self.assertAnswers(self.ask_from(KID, "games.example"), "192.0.2.1")
        self.assertBlocked(self.ask_from(STAFF, "bad.example"))


class ProxyTestCase(ClientsTestCase):
    """PROXY protocol, version 2."""

    @classmethod
    def start_resolver(cls, **keys):
        cls.port = free_port()
        cls.options = [
            f"interface: 127.0.0.1@{cls.port}",
            f"proxy-protocol-port: {cls.port}",
            *(option.format(port=cls.port) for option in cls.options),
        ]
        return super().start_resolver(**keys)

    def ask_behind(self, client, name):
        DGRAM_OVER_IPV4 = 0x12
        addresses = ipaddress.ip_address(client).packed + bytes([127, 0, 0, 1])
        header = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, DGRAM_OVER_IPV4, 12)
        query = dns.message.make_query(name, "A")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as proxy:
            proxy.settimeout(ANSWER_SECONDS)
            ports = struct.pack("!HH", 5353, 53)
            proxy.sendto(header + addresses + ports + query.to_wire(), ("127.0.0.1", self.port))
            return dns.message.from_wire(proxy.recv(65535))


class BehindAProxy(ProxyTestCase):
    """Groups, tags and rules about clients see who is behind it."""

    policies = [
        only_for(["kids"], policy("for-kids", hosts=["games.example"])),
        only_for(["tag:staff"], policy("for-tagged", hosts=["shop.example"])),
        feed("clients", "rpz", "32.66.100.51.198.rpz-client-ip CNAME .\n"),
    ]
    groups = {"kids": ["198.51.100.0/26"]}

    options = [
        "access-control: 198.51.100.0/24 allow",
        'define-tag: "staff"',
        "access-control: 198.51.100.128/25 allow",
        'access-control-tag: 198.51.100.128/25 "staff"',
    ]

    def test_a_group_is_of_clients_behind_it(self):
        for _ in range(2):
            self.assertBlocked(self.ask_behind("198.51.100.1", "games.example"))
            self.assertAnswers(self.ask_behind("198.51.100.65", "games.example"), "192.0.2.1")

    def test_a_tag_is_of_clients_behind_it(self):
        for _ in range(2):
            self.assertBlocked(self.ask_behind("198.51.100.129", "shop.example"))
            self.assertAnswers(self.ask_behind("198.51.100.1", "shop.example"), "192.0.2.2")

    def test_a_rule_about_clients_is_about_those_behind_it(self):
        self.assertBlocked(self.ask_behind("198.51.100.66", "bad.example"))
        self.assertAnswers(self.ask_behind("198.51.100.67", "bad.example"), BAD)

    def test_who_asks_without_a_proxy_is_who_asks(self):
        self.assertAnswers(self.ask("games.example"), "192.0.2.1")


class InterfaceTags(ProxyTestCase):
    """A client whom no access-control names has the tags of the interface."""

    options = [
        "interface-action: 127.0.0.1@{port} allow",
        'define-tag: "staff kids"',
        'interface-tag: 127.0.0.1@{port} "kids"',
    ]

    def test_it_has_them(self):
        self.assertBlocked(self.ask_behind("198.51.100.1", "games.example"))

    def test_whom_an_access_control_names_has_them_not(self):
        self.assertAnswers(self.ask_behind("127.0.0.5", "games.example"), "192.0.2.1")


if __name__ == "__main__":
    main()
