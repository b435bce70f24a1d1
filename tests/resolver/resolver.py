# SPDX-License-Identifier: BSD-3-Clause
"""A real Unbound with the module in it, before a real authoritative server, on loopback.

    class BlockedNames(ResolverTestCase):
        policies = [policy("smishing", domains=["bad.example"])]
        zones = {"example": ["good A 192.0.2.1"]}

        def test_a_listed_name_does_not_exist(self):
            self.assertEqual(self.ask("bad.example").rcode(), NXDOMAIN)

The paths come from the environment; CMakeLists.txt says which. A file whose tests cannot run here
ends with exit code 77, which ctest shows as skipped.
"""

from servers import *


# --- Databases ------------------------------------------------------------------------------------


def policy(policy_id, **keys):
    """A campaign file, as a dictionary. Keys that are left out are filled in."""
    keys = {"id": policy_id, "title": policy_id, "category": "other", "severity": "low", **keys}
    return keys


def feed(policy_id, syntax, text, **keys):
    """Somebody else's list, as text; `keys` are those of its entry in the manifest."""
    return {"id": policy_id, "syntax": syntax, "text": text, **keys}


def only_for(clients, rules):
    """The policy `rules`, for groups of clients alone."""
    return {**rules, "only for": clients}


def compile_database(folder, policies, output, groups=None):
    """Compiles `policies`, first one first. JSON is YAML."""
    sources = tempfile.mkdtemp(dir=folder, prefix="rules.")
    manifest = []
    for rules in policies:
        rules = dict(rules)
        clients = {"clients": rules.pop("only for")} if "only for" in rules else {}
        if "text" in rules:
            entry = {**rules, "file": rules["id"] + ".feed", **clients}
            with open(os.path.join(sources, entry["file"]), "w") as file:
                file.write(entry.pop("text"))
            manifest.append(entry)
            continue
        name = rules["id"] + ".yaml"
        with open(os.path.join(sources, name), "w") as file:
            json.dump(rules, file, indent=1)
        manifest.append({"file": name, **clients})
    with open(os.path.join(sources, "tollgate.yaml"), "w") as file:
        json.dump({"policies": manifest, **({"clients": groups} if groups else {})}, file, indent=1)
    result = subprocess.run(
        [TOLLGATE, "compile", os.path.join(sources, "tollgate.yaml"), "-o", output],
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise RuntimeError("tollgate compile failed:\n" + result.stdout + result.stderr)


def auth_zone_clause(folder, name, records):
    """For Resolver: Unbound itself has the zone, and answers its iterator from it."""
    path = os.path.join(folder, name + ".zone")
    with open(path, "w") as file:
        file.write(f"$ORIGIN {name}.\n" + zone_text(records))
    return (
        f'auth-zone:\n  name: {name}\n  zonefile: "{path}"\n  for-downstream: no\n'
        "  for-upstream: yes\n  fallback-enabled: no\n"
    )


def root_hints_option(folder, address):
    """For Resolver: the root's only server."""
    path = os.path.join(folder, "root.hints")
    with open(path, "w") as file:
        file.write(f". 3600 NS a.root.\na.root. 3600 A {address}\n")
    return f'root-hints: "{path}"'


# --- The resolver ---------------------------------------------------------------------------------


class Resolver:
    """Unbound with the module.

    upstream       (address, port) of the server for every name, or None
    database       path that the module's configuration names
    settings       more keys of module.yaml
    configuration  text of module.yaml in place of both
    modules        Unbound's module-config
    options        more lines of Unbound's `server:` clause
    clauses        more clauses, as text
    """

    def __init__(
        self,
        folder,
        upstream=None,
        database=None,
        settings=None,
        configuration=None,
        module=None,
        modules="dynlib validator iterator",
        options=(),
        clauses="",
        threads=1,
        environment=None,
    ):
        self.folder = tempfile.mkdtemp(dir=folder, prefix="unbound.")
        self.module_configuration = os.path.join(self.folder, "module.yaml")
        if configuration is None:
            settings = {"control": {"socket": "control.sock"}, **(settings or {})}
            configuration = json.dumps({"database": database, **settings})
        with open(self.module_configuration, "w") as file:
            file.write(configuration)
        self.environment = {"TOLLGATE_CONFIG": self.module_configuration, **(environment or {})}
        if os.environ.get("TOLLGATE_PRELOAD"):
            self.environment["LD_PRELOAD"] = os.environ["TOLLGATE_PRELOAD"]
        self.parts = dict(
            upstream=upstream,
            module=module or MODULE,
            modules=modules,
            options=list(options),
            clauses=clauses,
            threads=threads,
        )
        self.server = started(self._start)

    def write_configuration(self, upstream, module, modules, options, clauses, threads):
        lines = [
            "server:",
            f"  interface: 127.0.0.1@{self.port}",
            f"  num-threads: {threads}",
            f'  module-config: "{modules}"',
            f'  directory: "{self.folder}"',
            '  username: ""',
            '  chroot: ""',
            '  pidfile: ""',
            "  use-syslog: no",
            '  logfile: ""',
            "  do-ip6: no",
            "  do-not-query-localhost: no",
            # One question from outside is one question to the authoritative server, in these tests.
            "  outbound-msg-retry: 5",
            *("  " + option for option in options),
            "dynlib:",
            f'  dynlib-file: "{module}"',
            "remote-control:",
            "  control-enable: yes",
            "  control-interface: 127.0.0.1",
            f"  control-port: {self.control_port}",
            "  control-use-cert: no",
        ]
        if upstream is not None:
            lines += ["stub-zone:", '  name: "."', f"  stub-addr: {upstream[0]}@{upstream[1]}"]
        self.configuration = os.path.join(self.folder, "unbound.conf")
        with open(self.configuration, "w") as file:
            file.write("\n".join(lines) + "\n" + clauses)

    def _start(self):
        self.port, self.control_port = free_port(), free_port()
        self.write_configuration(**self.parts)
        server = Server(
            [UNBOUND, "-d", "-c", self.configuration],
            os.path.join(self.folder, "log"),
            self.environment,
        )
        if not server.wait_until(lambda: self.control("status", check=False).returncode == 0):
            server.stop()
            raise RuntimeError("unbound does not start:\n" + server.log())
        return server

    def control(self, *command, check=True, **keys):
        return subprocess.run(
            [UNBOUND_CONTROL, "-c", self.configuration, *command],
            capture_output=True,
            text=True,
            check=check,
            **keys,
        )

    def reload(self, command="reload"):
        """Reloads, and waits until Unbound answers again."""
        self.control(command)
        if not self.server.wait_until(
            lambda: self.control("status", check=False).returncode == 0
        ):
            raise RuntimeError("unbound does not come back:\n" + self.log())

    def tell(self, request):
        """The module's answer to one request on its control socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(START_SECONDS)
            peer.connect(os.path.join(self.folder, "control.sock"))
            peer.sendall(request.encode() + b"\n")
            with peer.makefile() as answers:
                return json.loads(answers.readline())

    def ask(
        self,
        name,
        rdtype="A",
        tcp=False,
        rd=True,
        cd=False,
        timeout=ANSWER_SECONDS,
        source=None,
        **keys,
    ):
        """The response to one query, from the address `source`; `keys` are those of
        dns.message.make_query."""
        query = dns.message.make_query(name, rdtype, **{"use_edns": 0, **keys})
        if not rd:
            query.flags &= ~dns.flags.RD
        if cd:
            query.flags |= dns.flags.CD
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, "127.0.0.1", port=self.port, timeout=timeout, source=source)

    def cached_questions(self):
        """(name, type) of every message that clients find in the cache, in lower case and without the
        last dot."""
        return self.messages_of_class("IN")

    def hidden_questions(self):
        """The same of those that only the module finds there."""
        return self.messages_of_class("CLASS65372")

    def messages_of_class(self, rdclass):
        lines = [line.split() for line in self.control("dump_cache").stdout.splitlines()]
        return {
            (words[1].rstrip(".").lower(), words[3])
            for words in lines
            if words[:1] == ["msg"] and words[2] == rdclass
        }

    def log(self):
        return self.server.log()

    def stop(self):
        """Ends Unbound. A crash on the way out, or a fault that a sanitizer found, is an error."""
        code = self.server.stop()
        if code != 0:
            raise AssertionError(f"unbound ended with exit code {code}:\n{self.log()}")


# --- Test cases -----------------------------------------------------------------------------------


class ResolverTestCase(unittest.TestCase):
    """One authoritative server, one database and one resolver for all tests of a class."""

    zones = {"": []}
    policies = []
    groups = {}  # of clients, for only_for
    resolver_keys = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tollgate-resolver-test.")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.database = os.path.join(cls.folder, "tollgate.db")
        cls.prepare()
        cls.authority = cls.start_authority(cls.zones)
        if cls.policies:
            compile_database(cls.folder, cls.policies, cls.database, cls.groups)
        cls.resolver = cls.start_resolver(**cls.resolver_keys)

    @classmethod
    def prepare(cls):
        """For what needs cls.folder before the servers start."""

    @classmethod
    def start_authority(cls, zones, **keys):
        authority = Authority(cls.folder, {"": [], **zones}, **keys)
        cls.addClassCleanup(authority.stop)
        return authority

    @classmethod
    def start_resolver(cls, **keys):
        keys.setdefault("upstream", (cls.authority.address, cls.authority.port))
        keys.setdefault("database", cls.database)
        resolver = Resolver(cls.folder, **keys)
        cls.addClassCleanup(resolver.stop)
        return resolver

    def run(self, result=None):
        """As always, and Unbound's log behind a failure."""
        faults = len(result.failures) + len(result.errors)
        super().run(result)
        failed = len(result.failures) + len(result.errors) > faults
        if failed and getattr(self, "resolver", None) is not None:
            print(f"--- {self.id()}: Unbound's log\n{self.resolver.log()}", file=sys.stderr)

    def ask(self, name, rdtype="A", **keys):
        return self.resolver.ask(name, rdtype, **keys)

    def put(self, policies):
        """Puts a database with these policies in place, as `tollgate compile` does it."""
        compile_database(self.folder, policies, self.database, self.groups)

    def put_octets(self, octets, path=None):
        """Puts a file with these octets in place of the database, by rename."""
        path = path or self.database
        with open(path + ".new", "wb") as file:
            file.write(octets)
        os.replace(path + ".new", path)

    def wait_for(self, condition, what, seconds=CHANGE_SECONDS):
        """What `condition` returns as soon as it is true; fails with `what`, a text or what makes one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        self.fail(what() if callable(what) else what)

    def assertAnswers(self, response, *rdata):
        """NOERROR with exactly these RDATA in the answer section."""
        self.assertEqual(response.rcode(), NOERROR, response)
        found = sorted(item.to_text() for rrset in response.answer for item in rrset)
        self.assertEqual(found, sorted(rdata), response)

    def assertBlocked(self, response):
        """NXDOMAIN by a policy: with the SOA that only the module writes."""
        self.assertEqual(response.rcode(), NXDOMAIN, response)
        self.assertEqual(response.answer, [], response)
        self.assertEqual(soa_of(response).mname.to_text(), "localhost.", response)

    def assertUnanswered(self, name, rdtype="A", **keys):
        with self.assertRaises((dns.exception.Timeout, EOFError, OSError)):
            self.ask(name, rdtype, timeout=SILENCE_SECONDS, **keys)


def soa_of(response):
    """The SOA in the authority section; None where there is none."""
    for rrset in response.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset[0]
    return None


def extended_errors(response):
    """(INFO-CODE, EXTRA-TEXT) of every Extended DNS Error option."""
    EDE = 15
    found = []
    for option in response.options:
        if option.otype == EDE:
            octets = option.to_wire()
            text = octets[2:].decode().rstrip("\0")
            found.append((int.from_bytes(octets[:2], "big"), text))
    return found


def loopback_addresses(count):
    """Addresses in 127.0.0.0/8 on which port 53 is free and allowed; none where there are none.

    A referral names addresses and no ports: a tree of servers needs port 53, on addresses that
    nobody else uses."""
    network = f"127.{random.randrange(1, 255)}.{random.randrange(256)}."
    addresses = [network + str(host) for host in range(1, count + 1)]
    try:
        for address in addresses:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, 53))
    except OSError:
        return []
    return addresses


def main():
    unittest.main(module="__main__", verbosity=2)
