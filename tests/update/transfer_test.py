#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Policy zones from real primaries, NSD and BIND: whole, by differences, signed."""

import base64
import os
import pathlib
import signal
import tempfile
import threading
import unittest

from feed_servers import *  # noqa: F403

SECRET = base64.b64encode(b"thirty-two octets of a secret...").decode()
OTHER_SECRET = base64.b64encode(b"thirty-two octets of another one").decode()


def key_text(secret=SECRET, name="rpz-key", algorithm="hmac-sha256"):
    return f'key "{name}" {{\n\talgorithm {algorithm};\n\tsecret "{secret}";\n}};\n'


class Primary:
    """A server with the zone `rpz`, for those who have the key, and `open`, for everybody."""

    def __init__(self, algorithm="hmac-sha256"):
        self.temporary = tempfile.TemporaryDirectory(prefix="tollgate-test-")
        self.folder = pathlib.Path(self.temporary.name)
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.algorithm = algorithm
        self.process = None
        self.serial = 0

    def write_zones(self, serial, blocked):
        self.serial = serial
        for zone in ("rpz", "open"):
            records = "".join(f"{name} CNAME .\n*.{name} CNAME .\n" for name in blocked)
            path = self.folder / f"{zone}.zone"
            path.with_suffix(".new").write_text(
                f"$TTL 60\n$ORIGIN {zone}.\n@ SOA ns root {serial} 3600 600 86400 60\n"
                f"@ NS ns\nns A 127.0.0.1\n{records}")
            os.replace(path.with_suffix(".new"), path)

    def start(self, serial, blocked):
        self.write_zones(serial, blocked)
        self.process = Process(self.command(), str(self.folder / "log"), self.port)

    def change(self, serial, blocked):
        """The next serial, as an operator brings it."""
        time.sleep(1.1)  # servers compare times of files, in seconds
        self.write_zones(serial, blocked)
        self.process.process.send_signal(signal.SIGHUP)
        for zone in ("rpz", "open"):
            end = time.monotonic() + START_SECONDS
            while self.served_serial(zone) != serial and time.monotonic() < end:
                time.sleep(0.05)
            assert self.served_serial(zone) == serial, self.log()

    def served_serial(self, zone):
        question = b"\0\7\0\0\0\1\0\0\0\0\0\0" + bytes([len(zone)]) + zone.encode() + b"\0\0\6\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(question, ("127.0.0.1", self.port))
            try:
                answer = client.recv(4096)
            except OSError:
                return None
        # The SOA's RDATA ends with five numbers; it is the only record but for the zone's authority.
        at = answer.find(b"\0\6\0\1", len(question))
        if at < 0:
            return None
        size = int.from_bytes(answer[at + 8:at + 10], "big")
        return int.from_bytes(answer[at + 10 + size - 20:at + 10 + size - 16], "big")

    def log(self):
        return (self.folder / "log").read_text()

    def stop(self):
        if self.process:
            self.process.stop()

    def close(self):
        self.stop()
        self.temporary.cleanup()


class Nsd(Primary):
    def command(self):
        nsd = program("nsd")
        zones = "".join(
            f'zone:\n  name: {zone}\n  zonefile: "{self.folder}/{zone}.zone"\n'
            f"  provide-xfr: 127.0.0.1 {key}\n  store-ixfr: yes\n  create-ixfr: yes\n"
            for zone, key in (("rpz", "rpz-key"), ("open", "NOKEY")))
        version = subprocess.run([nsd, "-v"], capture_output=True, text=True).stderr.split()[2]
        # From 4.8 on there is none, and the option is an error.
        database = '  database: ""\n' if tuple(map(int, version.split(".")[:2])) < (4, 8) else ""
        (self.folder / "nsd.conf").write_text(
            f'server:\n  ip-address: 127.0.0.1@{self.port}\n  username: ""\n  zonesdir: "{self.folder}"\n{database}'
            f'  pidfile: "{self.folder}/nsd.pid"\n  xfrdfile: "{self.folder}/xfrd.state"\n'
            f'  zonelistfile: "{self.folder}/zone.list"\n  xfrdir: "{self.folder}"\n'
            f"  server-count: 1\n  verbosity: 2\nremote-control:\n  control-enable: no\n"
            f'key:\n  name: rpz-key\n  algorithm: {self.algorithm}\n  secret: "{SECRET}"\n{zones}')
        return [nsd, "-d", "-c", str(self.folder / "nsd.conf")]


class Bind(Primary):
    def command(self):
        zones = "".join(
            f'zone "{zone}" {{ type primary; file "{zone}.zone"; ixfr-from-differences yes; '
            f'allow-transfer {{ {who}; }}; }};\n'
            for zone, who in (("rpz", "key rpz-key"), ("open", "any")))
        (self.folder / "named.conf").write_text(
            key_text(algorithm=self.algorithm)
            + f'options {{ directory "{self.folder}"; listen-on port {self.port} {{ 127.0.0.1; }}; '
            f'listen-on-v6 {{ none; }}; recursion no; pid-file "{self.folder}/named.pid"; '
            f'session-keyfile "{self.folder}/session.key"; notify no; }};\ncontrols {{ }};\n{zones}')
        return [program("named"), "-g", "-c", str(self.folder / "named.conf"), "-n", "1"]


class Transfers:
    """What holds for every primary."""

    wants_nginx = False
    algorithm = "hmac-sha256"

    def setUp(self):
        super().setUp()
        self.primary = self.kind(self.algorithm)
        self.addCleanup(self.primary.close)
        self.write("rpz.key", key_text(algorithm=self.algorithm))
        (self.folder / "rpz.key").chmod(0o600)

    def zone(self, zone="rpz", **keys):
        transfer = {"zone": zone, "from": "127.0.0.1", "port": self.primary.port}
        if zone == "rpz":
            transfer["tsig"] = "rpz.key"
        self.manifest({"transfer": transfer, "timeout": "20s", **keys})

    def start(self, blocked, serial=1, zone="rpz", **keys):
        self.primary.start(serial, blocked)
        self.zone(zone, **keys)
        self.assertDone(self.update())

    def problem(self, result):
        self.assertStatus(result, SOURCE_TROUBLE)
        return self.report(result)["source"]["problem"]

    def test_a_zone_is_transferred_and_published(self):
        self.start(["evil.example"])
        self.assertTrue(self.blocked("www.evil.example"))
        self.assertFalse(self.blocked("good.example"))

    def test_a_large_zone_comes_in_many_messages(self):
        self.start([f"evil{number}.example" for number in range(20000)])
        self.assertTrue(self.blocked("evil19999.example"))
        self.assertTrue(self.blocked("evil0.example"))

    def test_a_zone_for_everybody_needs_no_key(self):
        self.start(["evil.example"], zone="open")
        self.assertTrue(self.blocked("evil.example"))

    def test_a_serial_that_has_not_changed_is_nothing_new(self):
        self.start(["evil.example"])
        self.assertEqual(self.report(self.again("--json"))["source"]["outcome"], "unchanged")

    def test_what_is_new_is_published(self):
        self.start(["evil.example", "gone.example"])
        self.primary.change(2, ["evil.example", "new.example"])
        self.assertDone(self.again())
        self.assertEqual([self.blocked(name + ".example") for name in ("evil", "new", "gone")], [True, True, False])
        self.assertEqual(self.state()["sources"][0]["serial"], 2)

    def test_many_serials_later_it_is_the_server_s_zone(self):
        zone = [f"evil{number}.example" for number in range(300)]
        self.start(zone)
        for serial in range(2, 6):
            zone = zone[7:] + [f"new{serial}-{number}.example" for number in range(9)]
            self.primary.change(serial, zone)
            if serial % 2:
                self.assertDone(self.again())
        copy = next((self.folder / "state" / "copies").iterdir()).read_text()
        owners = {line.split("\t")[0] for line in copy.splitlines() if line.split("\t")[3] == "CNAME"}
        self.assertEqual(owners, {f"{star}{name}.rpz." for name in zone for star in ("", "*.")})

    def test_a_serial_that_goes_backwards_is_not_followed(self):
        self.start(["evil.example"], serial=10)
        self.primary.stop()
        self.primary.start(9, ["evil.example", "older.example"])
        self.assertRegex(self.problem(self.again("--json")), "the serial went backwards, from 10 to 9")
        self.assertFalse(self.blocked("older.example"))

    def test_but_by_force(self):
        self.start(["evil.example"], serial=10)
        self.primary.stop()
        self.primary.start(9, ["evil.example", "older.example"])
        self.assertDone(self.again("--force"))
        self.assertTrue(self.blocked("older.example"))

    def test_a_zone_that_shrinks_is_held_back(self):
        self.start([f"evil{number}.example" for number in range(200)])
        self.primary.change(2, ["evil0.example"])
        self.assertRegex(self.problem(self.again("--json")), "max_shrink")
        self.assertTrue(self.blocked("evil199.example"))

    def test_a_zone_that_is_too_large_is_refused(self):
        self.primary.start(1, [f"evil{number}.example" for number in range(5000)])
        self.zone(max_size="64k")
        self.assertRegex(self.problem(self.update("--json")), "larger than max_size")

    def test_another_secret_is_refused(self):
        self.primary.start(1, ["evil.example"])
        self.write("rpz.key", key_text(OTHER_SECRET, algorithm=self.algorithm))
        self.zone()
        self.assertRegex(self.problem(self.update("--json")), "BADSIG|NOTAUTH")

    def test_a_key_that_is_not_known_there_is_refused(self):
        self.primary.start(1, ["evil.example"])
        self.write("rpz.key", key_text(name="stranger", algorithm=self.algorithm))
        self.zone()
        self.assertRegex(self.problem(self.update("--json")), "BADKEY|NOTAUTH|REFUSED")

    def test_a_zone_that_is_not_there(self):
        self.primary.start(1, ["evil.example"])
        self.zone("nowhere")
        self.assertRegex(self.problem(self.update("--json")), "REFUSED|NOTAUTH|NXDOMAIN|SERVFAIL")

    def test_a_server_that_is_gone_leaves_the_copy(self):
        self.start(["evil.example"])
        self.primary.stop()
        self.assertRegex(self.problem(self.again("--json")), "refused")
        self.assertTrue(self.blocked("evil.example"))


class FromNsd(Transfers, UpdateTestCase):
    kind = Nsd


class FromBind(Transfers, UpdateTestCase):
    kind = Bind

    def test_what_is_new_comes_by_differences(self):
        self.start([f"evil{number}.example" for number in range(300)])
        self.primary.change(2, [f"evil{number}.example" for number in range(301)])
        self.assertDone(self.again())
        self.assertRegex(self.primary.log(), r"transfer of 'rpz/IN': IXFR started.*serial 1 -> 2")
        self.assertTrue(self.blocked("evil300.example"))


class WithSha512(Transfers, UpdateTestCase):
    kind = Bind
    algorithm = "hmac-sha512"


class ATransferThatBreaksOff(UpdateTestCase):
    wants_nginx = False

    def forward(self, listener, primary, octets):
        """Lets so many octets of the primary's reply through, and closes."""
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", primary.port)) as server:
            server.sendall(client.recv(4096))
            while octets > 0:
                part = server.recv(min(octets, 65536))
                client.sendall(part)
                octets -= len(part)

    def test_nothing_of_it_is_taken(self):
        primary = Bind()
        self.addCleanup(primary.close)
        primary.start(1, [f"evil{number}.example" for number in range(20000)])
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self.forward, args=(listener, primary, 100_000))
            thread.start()
            self.manifest({"transfer": {"zone": "open", "from": "127.0.0.1", "port": listener.getsockname()[1]}})
            result = self.update("--json")
            thread.join()
        self.assertStatus(result, SOURCE_TROUBLE)
        self.assertRegex(self.report(result)["source"]["problem"], "closed the connection")
        self.assertFalse(self.report(result)["source"]["has_copy"])


if __name__ == "__main__":
    unittest.main()
