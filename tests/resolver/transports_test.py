# SPDX-License-Identifier: BSD-3-Clause
"""The same verdicts over every transport that Unbound offers to clients."""

import base64
import ssl

import dns.edns

from resolver import *

OPENSSL = program("openssl")
SINKHOLE = "192.0.2.1"
MANY = [f"192.0.2.{host}" for host in range(1, 201)]


def unbound_has(option_of_configure):
    version = subprocess.run([UNBOUND, "-V"], capture_output=True, text=True)
    return option_of_configure in version.stdout


class Transports:
    """Tests of one transport, which is the method `send`: it returns the response, and None where
    there is none."""

    zones = {
        "example": ["good A 203.0.113.1", *(f"{n} A 203.0.113.66" for n in ("bad", "sink", "drop"))]
    }
    policies = [
        policy("bad", domains=["bad.example"]),
        policy("walled", domains=["sink.example"], action="sinkhole", sinkhole=[SINKHOLE]),
        policy("wide", domains=["wide.example"], action="sinkhole", sinkhole=MANY),
        policy("dropped", domains=["drop.example"], action="drop"),
        policy("no", domains=["refused.example"], action="refused"),
    ]

    @classmethod
    def prepare(cls):
        cls.key = os.path.join(cls.folder, "key.pem")
        cls.certificate = os.path.join(cls.folder, "certificate.pem")
        subprocess.run(
            [OPENSSL, "req", "-x509", "-nodes", "-newkey", "ec"]
            + ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-subj", "/CN=localhost"]
            + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", cls.key, "-out", cls.certificate],
            check=True,
            capture_output=True,
        )

    @classmethod
    def start_resolver(cls, **keys):
        cls.service_port = free_port()
        options = [
            f"interface: 127.0.0.1@{cls.service_port}",
            f'tls-service-key: "{cls.key}"',
            f'tls-service-pem: "{cls.certificate}"',
            *(option.format(port=cls.service_port) for option in cls.options),
        ]
        return super().start_resolver(options=options)

    options = ()

    def ask(self, name, rdtype="A", **keys):
        query = dns.message.make_query(name, rdtype, **{"use_edns": 0, **keys})
        return self.send(query)

    def test_a_good_name_is_resolved(self):
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")

    def test_a_blocked_name_is_blocked_and_says_why(self):
        response = self.ask("www.bad.example")
        self.assertBlocked(response)
        self.assertEqual([text for _, text in extended_errors(response)], ["bad"])

    def test_a_sinkholed_name_has_its_sinkhole(self):
        self.assertAnswers(self.ask("sink.example"), SINKHOLE)

    def test_a_large_sinkhole_is_whole(self):
        self.assertAnswers(self.ask("wide.example"), *MANY)

    def test_a_refused_name_is_refused(self):
        self.assertEqual(self.ask("refused.example").rcode(), REFUSED)

    def test_a_dropped_name_has_no_answer_and_the_next_query_has_one(self):
        for _ in range(3):
            self.assertIsNone(self.ask("drop.example"))
            self.assertAnswers(self.ask("good.example"), "203.0.113.1")

    def test_spellings_are_kept(self):
        self.assertEqual(self.ask("bAd.eXample").question[0].name.to_text(), "bAd.eXample.")


class Tcp(Transports, ResolverTestCase):
    def send(self, query):
        try:
            return dns.query.tcp(
                query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS
            )
        except EOFError:
            return None


class Tls(Transports, ResolverTestCase):
    """RFC 7858, with padding as RFC 8467 has it."""

    options = ["tls-port: {port}", "pad-responses: yes", "pad-responses-block-size: 468"]

    def connect(self):
        context = ssl.create_default_context(cafile=self.certificate)
        stream = socket.create_connection(
            ("127.0.0.1", self.service_port), timeout=ANSWER_SECONDS
        )
        self.addCleanup(stream.close)
        stream = context.wrap_socket(stream, server_hostname="localhost")
        self.addCleanup(stream.close)
        return stream

    def send(self, query):
        stream = self.connect()
        dns.query.send_tcp(stream, query)
        try:
            return dns.query.receive_tcp(stream, time.time() + ANSWER_SECONDS)[0]
        except (EOFError, ssl.SSLError, ConnectionError):
            return None

    def test_queries_of_one_connection_each_have_their_answer(self):
        stream = self.connect()
        for _ in range(20):
            for name in ("bad.example", "good.example", "sink.example"):
                query = dns.message.make_query(name, "A")
                dns.query.send_tcp(stream, query)
                response, _ = dns.query.receive_tcp(stream, time.time() + ANSWER_SECONDS)
                self.assertEqual((response.id, response.question), (query.id, query.question))
                self.assertEqual(response.rcode(), NXDOMAIN if name == "bad.example" else NOERROR)

    def test_blocked_answers_are_padded_like_others(self):
        PADDING = 12
        padding = dns.edns.GenericOption(PADDING, b"")
        lengths = set()
        for name in ("bad.example", "sink.example", "good.example"):
            query = dns.message.make_query(name, "A", use_edns=0, options=[padding])
            stream = self.connect()
            dns.query.send_tcp(stream, query)
            lengths.add(int.from_bytes(stream.recv(2), "big"))
        self.assertEqual(lengths, {468})

    def test_octets_that_are_not_tls_harm_nobody(self):
        for octets in (b"GET / HTTP/1.1\r\n\r\n", bytes(1000), b"\x16\x03\x01\xff\xff" * 100):
            with socket.create_connection(
                ("127.0.0.1", self.service_port), timeout=ANSWER_SECONDS
            ) as stream:
                stream.sendall(octets)
        self.assertBlocked(self.ask("bad.example"))


class Https(Transports, ResolverTestCase):
    """RFC 8484, over HTTP/2."""

    options = ["https-port: {port}"]

    @classmethod
    def setUpClass(cls):
        if not unbound_has("--with-libnghttp2"):
            raise unittest.SkipTest("this Unbound is built without DNS over HTTPS")
        cls.curl = program("curl")
        super().setUpClass()

    def fetch(self, *arguments, octets=b""):
        """curl's exit code and what it received."""
        result = subprocess.run(
            [self.curl, "--silent", "--http2", "--max-time", "5", "--cacert", self.certificate]
            + ["--header", "content-type: application/dns-message", *arguments],
            input=octets,
            capture_output=True,
        )
        return result.returncode, result.stdout

    @property
    def url(self):
        return f"https://localhost:{self.service_port}/dns-query"

    def send(self, query):
        query.id = 0  # RFC 8484 section 4.1
        code, octets = self.fetch("--data-binary", "@-", self.url, octets=query.to_wire())
        return dns.message.from_wire(octets) if code == 0 and octets else None

    def test_a_query_by_get_is_filtered_too(self):
        for name, rcode in (("bad.example", NXDOMAIN), ("good.example", NOERROR)):
            query = dns.message.make_query(name, "A")
            encoded = base64.urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode()
            code, octets = self.fetch(f"{self.url}?dns={encoded}")
            self.assertEqual(code, 0)
            self.assertEqual(dns.message.from_wire(octets).rcode(), rcode)

    def test_streams_of_one_connection_each_have_their_answer(self):
        names = [f"{n}.{below}.example" for n in range(20) for below in ("bad", "sink")]
        arguments = []
        for name in names:
            wire = dns.message.make_query(name, "A").to_wire()
            encoded = base64.urlsafe_b64encode(wire).rstrip(b"=").decode()
            output = os.path.join(self.folder, name)
            arguments += ["--output", output, f"{self.url}?dns={encoded}"]
        code, _ = self.fetch("--parallel", "--parallel-max", "40", *arguments)
        self.assertEqual(code, 0)
        for name in names:
            with open(os.path.join(self.folder, name), "rb") as file:
                response = dns.message.from_wire(file.read())
            self.assertEqual(response.question[0].name.to_text(), name + ".")
            self.assertEqual(response.rcode(), NXDOMAIN if "bad" in name else NOERROR)

    def test_a_query_dropped_among_others_of_one_connection_is_not_answered(self):
        urls = []
        for name in ("bad.example", "drop.example", "good.example", "sink.example"):
            encoded = base64.urlsafe_b64encode(dns.message.make_query(name, "A").to_wire())
            urls.append(f"{self.url}?dns={encoded.rstrip(b'=').decode()}")
        for _ in range(3):
            _, octets = self.fetch("--parallel", *urls)
            self.assertNotIn(b"\4drop\7example", octets)
        self.assertBlocked(self.ask("bad.example"))

    def test_a_body_that_is_no_query_harms_nobody(self):
        for octets in (b"", b"\0", bytes(600), b"\xff" * 600, b"bad.example"):
            self.fetch("--data-binary", "@-", self.url, octets=octets)
            self.fetch(self.url + "?dns=" + octets[:40].hex())
            self.assertBlocked(self.ask("bad.example"))


if __name__ == "__main__":
    main()
