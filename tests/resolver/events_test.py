# SPDX-License-Identifier: BSD-3-Clause
"""Events: what is told of each decision, to whom, and that telling it never costs an answer."""

import datetime
import glob
import hashlib
import hmac
import ssl

from resolver import *

try:
    import jsonschema
except ImportError:
    skip_all("jsonschema is missing (Debian: python3-jsonschema)")

SCHEMA = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "events.schema.json")
UNLIMITED = {"per_client": 0, "per_name": 0, "per_second": 0}
KEY = b"sixteen octets.."
EDE = {15: "blocked", 16: "censored", 17: "filtered"}

POLICIES = [
    policy("allow", action="pass", domains=["pass.example"]),
    policy("p-nxdomain", domains=["nxdomain.example"]),
    policy("p-nodata", action="nodata", ede="censored", domains=["nodata.example"]),
    policy("p-refused", action="refused", ede="filtered", domains=["refused.example"]),
    policy("p-drop", action="drop", domains=["drop.example"]),
    policy(
        "p-sinkhole",
        action="sinkhole",
        sinkhole=["192.0.2.66", "2001:db8::66"],
        ttl=77,
        domains=["sinkhole.example"],
    ),
    policy("trial", mode="shadow", action="refused", domains=["trial.example"]),
    policy(
        "shapes",
        references=[{"id": "report-1", "title": "A report"}],
        patterns=[
            {
                "id": "com",
                "meaning": 'begins with "com-"',
                "match": "com-[a-z]+",
                "suffixes": ["top"],
                "report": "report-1",
            }
        ],
    ),
    feed("list", "domains", "# a list\nlisted.example\n"),
]


class EventsTestCase(ResolverTestCase):
    zones = {
        "example": ["good A 203.0.113.1", "pass A 203.0.113.2", "trial A 203.0.113.3"]
    }
    policies = POLICIES
    events = {}

    @classmethod
    def start_resolver(cls, **keys):
        settings = {"events": {"file": "events.json", **cls.events}}
        return super().start_resolver(threads=2, settings=settings, **keys)

    def path(self, name="events.json"):
        return os.path.join(self.resolver.folder, name)

    def lines(self, name="events.json"):
        """Every event of a file, checked against the schema."""
        try:
            with open(self.path(name)) as file:
                events = [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []
        for event in events:
            self.check(event)
        return events

    def check(self, event):
        with open(SCHEMA) as file:
            validator = jsonschema.Draft7Validator(json.load(file))
        faults = [fault.message for fault in validator.iter_errors(event)]
        self.assertEqual(faults, [], event)

    def event_of(self, qname, name="events.json"):
        """The first event about QNAME, in that spelling."""

        def find():
            return [e for e in self.lines(name) if e.get("qname") == qname]

        return self.wait_for(find, f"no event about {qname}")[0]

    def ctl(self, *arguments):
        result = subprocess.run(
            [TOLLGATE, "ctl", "--socket", self.path("control.sock"), *arguments],
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def service(self, name):
        return self.resolver.tell("stats")["service"][name]

    def query_count(self, name):
        return sum(thread[name] for thread in self.resolver.tell("stats")["threads"])


class EachField(EventsTestCase):
    events = {"shadow": "yes", **UNLIMITED}

    def line_of(self, file, text):
        path = glob.glob(os.path.join(self.folder, "rules.*", file))[0]
        with open(path) as lines:
            return next(number for number, line in enumerate(lines, 1) if text in line)

    def checksum(self):
        return self.resolver.tell("status")["checksum"]

    def assertTold(self, qname, rdtype="A", response=None, **fields):
        """The event about a query that was just asked from 127.0.0.1."""
        event = self.event_of(qname)
        told = datetime.datetime.strptime(event.pop("time"), "%Y-%m-%dT%H:%M:%S.%fZ")
        age = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - told
        self.assertLess(abs(age.total_seconds()), 60)
        ede = extended_errors(response)[:1] if response else []
        wanted = {
            "type": "decision",
            "client": "127.0.0.1",
            "protocol": "udp",
            "qname": qname,
            "qtype": rdtype,
            "mode": "enforce",
            "rcode": dns.rcode.to_text(response.rcode()) if response else None,
            "ede": EDE[ede[0][0]] if ede else None,
            "campaign": fields["policy"],
            "rule": "domains",
            "meaning": None,
            "report": None,
            "file": fields["policy"] + ".yaml",
            "database": self.checksum(),
            "trigger": "qname",
            **fields,
        }
        wanted.setdefault("line", self.line_of(wanted["file"], wanted["indicator"]))
        wanted.setdefault("port", event["port"])
        self.assertEqual(event, wanted)

    def test_nxdomain(self):
        query = dns.message.make_query("Www.NXdomain.example", "AAAA", use_edns=0)
        port = free_port()
        response = dns.query.udp(
            query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS, source_port=port
        )
        self.assertTold(
            "Www.NXdomain.example",
            "AAAA",
            response,
            port=port,
            action="nxdomain",
            policy="p-nxdomain",
            indicator="nxdomain.example",
        )

    def test_nodata(self):
        response = self.ask("nodata.example", "TYPE65280")
        self.assertTold(
            "nodata.example",
            "TYPE65280",
            response,
            action="nodata",
            policy="p-nodata",
            indicator="nodata.example",
            ede="censored",
        )

    def test_refused(self):
        response = self.ask("refused.example")
        self.assertTold(
            "refused.example",
            response=response,
            action="refused",
            policy="p-refused",
            indicator="refused.example",
            ede="filtered",
        )

    def test_drop(self):
        self.assertUnanswered("drop.example")
        self.assertTold(
            "drop.example", action="drop", policy="p-drop", indicator="drop.example"
        )

    def test_sinkhole(self):
        response = self.ask("sinkhole.example")
        self.assertTold(
            "sinkhole.example",
            response=response,
            action="sinkhole",
            policy="p-sinkhole",
            indicator="sinkhole.example",
        )

    def test_a_rule_in_shadow_mode(self):
        self.assertAnswers(self.ask("trial.example"), "203.0.113.3")
        self.assertTold(
            "trial.example",
            type="shadow",
            mode="shadow",
            action="refused",
            policy="trial",
            indicator="trial.example",
        )

    def test_a_policy_that_is_put_into_shadow_mode(self):
        self.ctl("shadow", "p-refused")
        try:
            end = time.monotonic() + CHANGE_SECONDS
            while self.ask("now.refused.example").rcode() == REFUSED:
                self.assertLess(time.monotonic(), end)
            self.ask("then.refused.example")
            self.assertEqual(self.event_of("then.refused.example")["type"], "shadow")
        finally:
            self.ctl("shadow", "p-refused", "--off")

    def test_a_pattern_with_its_meaning_and_report(self):
        response = self.ask("usps.com-abc.top")
        self.assertTold(
            "usps.com-abc.top",
            response=response,
            action="nxdomain",
            policy="shapes",
            rule="com",
            indicator="com-[a-z]+",
            meaning='begins with "com-"',
            report="report-1",
            line=self.event_of("usps.com-abc.top")["line"],
        )

    def test_a_feed_has_no_campaign_and_its_own_line(self):
        response = self.ask("listed.example")
        self.assertTold(
            "listed.example",
            response=response,
            action="nxdomain",
            policy="list",
            campaign=None,
            file="list.feed",
            line=2,
            indicator="listed.example",
        )

    def test_tcp(self):
        response = self.ask("tcp.nxdomain.example", tcp=True)
        self.assertTold(
            "tcp.nxdomain.example",
            response=response,
            protocol="tcp",
            action="nxdomain",
            policy="p-nxdomain",
            indicator="nxdomain.example",
        )

    def test_octets_that_are_no_letters_are_escaped(self):
        name = dns.name.Name([b'a.b"\\', b"\x00\xff", b"nxdomain", b"example", b""])
        query = dns.message.make_query(name, "A")
        dns.query.udp(query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS)
        event = self.wait_for(
            lambda: [e for e in self.lines() if e["qname"].startswith("a\\.b")], "no event"
        )[0]
        self.assertEqual(dns.name.from_text(event["qname"]), name)

    def test_pass_and_resolve_make_none_and_recent_shows_the_last_decision(self):
        self.assertAnswers(self.ask("pass.example"), "203.0.113.2")
        self.assertAnswers(self.ask("good.example"), "203.0.113.1")
        self.ask("last.nxdomain.example")
        self.event_of("last.nxdomain.example")
        names = {event["qname"] for event in self.lines()}
        self.assertFalse({"pass.example", "good.example"} & names)
        recent = json.loads(self.ctl("recent"))
        self.assertEqual(recent["decisions"][-1]["qname"], "last.nxdomain.example")
        self.assertIn("last.nxdomain.example", [entry["name"] for entry in recent["names"]])
        self.assertEqual(recent["clients"][0]["client"], "127.0.0.1")
        self.assertEqual(recent["rules"][0]["policy"], "p-nxdomain")
        after = json.loads(self.ctl("recent", "--after", str(recent["latest"])))
        self.assertEqual(after["decisions"], [])


class Tls(EventsTestCase):
    events = UNLIMITED

    @classmethod
    def start_resolver(cls, **keys):
        openssl = program("openssl")
        key, certificate = (os.path.join(cls.folder, n) for n in ("key.pem", "certificate.pem"))
        subprocess.run(
            [openssl, "req", "-x509", "-nodes", "-newkey", "ec"]
            + ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-subj", "/CN=localhost"]
            + ["-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        cls.service_port = free_port()
        options = [
            f"interface: 127.0.0.1@{cls.service_port}",
            f'tls-service-key: "{key}"',
            f'tls-service-pem: "{certificate}"',
            f"tls-port: {cls.service_port}",
        ]
        return super().start_resolver(options=options, **keys)

    def test_the_protocol_is_tls(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(
            ("127.0.0.1", self.service_port), timeout=ANSWER_SECONDS
        ) as stream:
            with context.wrap_socket(stream) as secure:
                dns.query.send_tcp(secure, dns.message.make_query("dot.nxdomain.example", "A"))
                response = dns.query.receive_tcp(secure, time.time() + ANSWER_SECONDS)[0]
        self.assertBlocked(response)
        self.assertEqual(self.event_of("dot.nxdomain.example")["protocol"], "tls")


class Prefixes(EventsTestCase):
    events = {"clients": "prefix", "client_prefix": {"ipv4": 20, "ipv6": 56}, **UNLIMITED}

    def test_the_client_is_its_prefix_without_a_port(self):
        self.ask("nxdomain.example")
        event = self.event_of("nxdomain.example")
        self.assertEqual((event["client"], event["port"]), ("127.0.0.0/20", None))
        self.assertNotIn("127.0.0.1", json.dumps(json.loads(self.ctl("recent"))))


class Pseudonyms(EventsTestCase):
    events = {"clients": "pseudonym", "key_file": "client.key", **UNLIMITED}

    @classmethod
    def start_resolver(cls, **keys):
        key = os.path.join(cls.folder, "client.key")
        with open(key, "wb") as file:
            file.write(KEY)
        os.chmod(key, 0o600)
        cls.events = {**cls.events, "key_file": key}
        return super().start_resolver(**keys)

    def test_the_client_is_the_keyed_hash_of_its_address(self):
        self.ask("nxdomain.example")
        event = self.event_of("nxdomain.example")
        wanted = hmac.new(KEY, b"\x04\x7f\x00\x00\x01", hashlib.sha256).hexdigest()[:16]
        self.assertEqual((event["client"], event["port"]), (wanted, None))


class Rotation(EventsTestCase):
    events = UNLIMITED

    def test_after_reopen_events_go_to_the_new_file_and_none_is_lost(self):
        for round in range(5):
            for number in range(20):
                self.ask(f"r{round}n{number}.nxdomain.example")
            os.rename(self.path(), self.path(f"old.{round}"))
            self.ask(f"still{round}.nxdomain.example")
            self.event_of(f"still{round}.nxdomain.example", f"old.{round}")
            self.ctl("reopen")
            self.ask(f"new{round}.nxdomain.example")
            self.event_of(f"new{round}.nxdomain.example")
        told = [e["qname"] for n in range(5) for e in self.lines(f"old.{n}")]
        told += [e["qname"] for e in self.lines()]
        self.assertEqual(len(told), 5 * 22)
        self.assertEqual(len(set(told)), 5 * 22)
        self.assertEqual(os.stat(self.path()).st_mode & 0o777, 0o640)


class Datagrams(EventsTestCase):
    events = UNLIMITED

    @classmethod
    def start_resolver(cls, **keys):
        path = os.path.join(cls.folder, "collector.sock")
        cls.collector = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        cls.collector.bind(path)
        cls.collector.settimeout(CHANGE_SECONDS)
        cls.addClassCleanup(cls.collector.close)
        cls.events = {**cls.events, "datagram": path}
        return super().start_resolver(**keys)

    def test_each_is_one_line(self):
        names = [f"d{number}.nxdomain.example" for number in range(30)]
        for name in names:
            self.ask(name)
        told = []
        for _ in names:
            line = self.collector.recv(65536)
            self.assertEqual(line[-1:], b"\n")
            event = json.loads(line)
            self.check(event)
            told.append(event["qname"])
        # Two threads, and each tells in its own order.
        self.assertEqual(sorted(told), sorted(names))


class Limits(EventsTestCase):
    events = {"per_client": 5, "per_name": 0, "per_second": 0}

    def test_what_one_client_asks_too_much_is_summed_up(self):
        query = dns.message.make_query("nxdomain.example", "A")
        for _ in range(200):
            dns.query.udp(query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS)
        dns.query.udp(
            dns.message.make_query("other.nxdomain.example", "A"),
            "127.0.0.1",
            port=self.resolver.port,
            timeout=ANSWER_SECONDS,
            source="127.0.0.2",
        )
        self.assertEqual(self.event_of("other.nxdomain.example")["client"], "127.0.0.2")

        def all_told():
            lines = self.lines()
            kept = sum(line["type"] == "decision" for line in lines)
            left_out = sum(line["per_client"] for line in lines if line["type"] == "suppressed")
            return (kept, left_out) if kept + left_out == 201 else None

        kept, left_out = self.wait_for(all_told, "some are neither told nor summed up")
        self.assertGreater(left_out, 100)
        self.assertEqual(
            self.query_count("events_limited") + self.service("events_suppressed"), left_out
        )


class Flood(EventsTestCase):
    events = {"ring": 64, **UNLIMITED}

    def test_a_full_ring_costs_events_which_are_counted_and_no_answer(self):
        asked = 0
        batch = 200
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(ANSWER_SECONDS)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            client.connect(("127.0.0.1", self.resolver.port))
            query = bytearray(dns.message.make_query("nxdomain.example", "A").to_wire())
            for _ in range(200):
                for number in range(batch):
                    query[0:2] = number.to_bytes(2, "big")
                    client.send(query)
                answered = set()
                while len(answered) < batch:
                    response = client.recv(4096)
                    self.assertEqual(response[3] & 15, NXDOMAIN)
                    answered.add(response[0:2])
                asked += batch
                if asked >= 2000 and self.query_count("events_dropped") > 0:
                    break
        dropped = self.query_count("events_dropped")
        self.assertGreater(dropped, 0)
        self.assertEqual(self.query_count("decisions_nxdomain"), asked)
        self.wait_for(
            lambda: self.service("events_written") + self.query_count("events_dropped") == asked,
            "some events are neither written nor counted as dropped",
        )
        decisions = [e for e in self.lines() if e["type"] == "decision"]
        self.assertEqual(len(decisions), asked - dropped)
        self.assertEqual(self.resolver.tell("recent")["decisions"][-1]["qname"], "nxdomain.example")
        self.wait_for(
            lambda: sum(e["ring_full"] for e in self.lines() if e["type"] == "suppressed")
            == dropped,
            "the line that says how many",
        )


# --- dnstap ---------------------------------------------------------------------------------------


def protobuf(octets):
    """Field number -> value: an integer, or octets."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            octet = octets[at]
            at += 1
            value |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                return value

    while at < len(octets):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            fields[number] = varint()
        else:
            length = {1: 8, 5: 4}.get(kind) or varint()
            fields[number] = octets[at : at + length]
            at += length
    return fields


def frames(octets):
    """The data frames of a Frame Stream."""
    at = 0
    while at + 4 <= len(octets):
        length = int.from_bytes(octets[at : at + 4], "big")
        at += 4
        if length == 0:  # a control frame
            at += 4 + int.from_bytes(octets[at : at + 4], "big")
            continue
        yield octets[at : at + length]
        at += length


@unittest.skipUnless(shutil.which("fstrm_capture"), "fstrm_capture is missing (Debian: fstrm-bin)")
class Dnstap(EventsTestCase):
    events = UNLIMITED
    TYPES = {5: "CLIENT_QUERY", 6: "CLIENT_RESPONSE"}

    @classmethod
    def start_resolver(cls, **keys):
        cls.tap = os.path.join(cls.folder, "tap.sock")
        cls.captured = os.path.join(cls.folder, "captured")
        cls.collector = Server(
            [shutil.which("fstrm_capture"), "-t", "protobuf:dnstap.Dnstap", "-u", cls.tap]
            + ["-w", cls.captured],
            os.path.join(cls.folder, "collector.log"),
        )
        cls.addClassCleanup(cls.collector.stop)
        cls.collector.wait_until(lambda: os.path.exists(cls.tap))
        cls.events = {**cls.events, "dnstap": cls.tap, "shadow": "yes"}
        return super().start_resolver(**keys)

    def test_the_response_is_the_one_that_the_client_got(self):
        asked = []
        for name, rdtype in [
            ("Www.NXdomain.example", "A"),
            ("nodata.example", "AAAA"),
            ("refused.example", "A"),
            ("sinkhole.example", "A"),
            ("sinkhole.example", "AAAA"),
            ("sinkhole.example", "MX"),
            ("a.com-xyz.top", "HTTPS"),
        ]:
            for flags in (dns.flags.RD, dns.flags.RD | dns.flags.CD, dns.flags.RD | dns.flags.AD):
                query = dns.message.make_query(name, rdtype)
                query.flags = flags
                response = dns.query.udp(
                    query, "127.0.0.1", port=self.resolver.port, timeout=ANSWER_SECONDS
                )
                asked.append(response)
        self.ask("trial.example")
        self.assertUnanswered("drop.example")
        events = self.wait_for(
            lambda: len(self.lines()) == len(asked) + 2 and self.lines(), "events are missing"
        )
        policies = {event["qname"].lower(): event["policy"] for event in events}
        # Once the stream has ended, all of it is in the file.
        self.resolver.stop()
        self.collector.stop()
        with open(self.captured, "rb") as file:
            messages = [protobuf(protobuf(frame)[14]) for frame in frames(file.read())]
        self.assertEqual(len(messages), len(asked) + 2)
        responses = {}
        for message in messages:
            self.assertEqual(message[4], b"\x7f\0\0\1")
            reason = protobuf(message[15])
            if self.TYPES[message[1]] == "CLIENT_QUERY":
                qname = dns.message.from_wire(message[10]).question[0].name.to_text()
                self.assertIn(qname, ("trial.example.", "drop.example."))
                shadow = qname == "trial.example."
                self.assertEqual(reason[1], b"tollgate-shadow" if shadow else b"tollgate")
                continue
            response = dns.message.from_wire(message[14])
            responses[response.id] = response
            qname = response.question[0].name.to_text(omit_final_dot=True).lower()
            self.assertEqual(reason[1], b"tollgate")
            self.assertEqual(reason[2].split(b"/")[0].decode(), policies[qname])
        for response in asked:
            told = responses[response.id]
            self.assertEqual(told.to_text(), response.to_text())
            self.assertEqual(
                told.question[0].name.labels, response.question[0].name.labels, "the spelling"
            )


if __name__ == "__main__":
    main()
