#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What those who read events make of them: a JSON Schema, and collectors of dnstap that others wrote.

    events_readers_test.py WRITE_EVENTS SCHEMA
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

WRITE_EVENTS = SCHEMA = ""
NAMES = ["Www.nxdomain.com", "nodata.com", "refused.com", "drop.com", "pass.com", "sinkhole.com", "shadow.com",
         "a.trackit.com", r"a\.b\"c\\\000\255.nxdomain.com"]
UNLIMITED = "per_client: 0\nper_name: 0\nper_second: 0\n"


PATIENCE = 60  # seconds, for what takes milliseconds on a machine with nothing else to do


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE} seconds")
        time.sleep(0.01)


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def start_writer(self, settings, *arguments):
        with open(self.path("events.yaml"), "w", encoding="utf-8") as file:
            file.write(settings)
        writer = subprocess.Popen([WRITE_EVENTS, self.path("events.yaml"), *arguments], stdin=subprocess.PIPE,
                                  text=True, stderr=subprocess.PIPE)
        self.addCleanup(writer.stderr.close)
        return writer

    def write(self, settings, names, *arguments):
        """Offers events with these names; what the host's log was told."""
        writer = self.start_writer(settings, *arguments)
        _, said = writer.communicate("\n".join(names) + "\n", timeout=2 * PATIENCE)
        self.assertEqual(writer.returncode, 0, said)
        return said


@unittest.skipIf(jsonschema is None, "no python3-jsonschema")
class SchemaTest(Folder):
    def lines(self, settings, names=None):
        self.write(f"file: events.json\n{settings}", names or NAMES)
        with open(self.path("events.json"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def check(self, lines):
        with open(SCHEMA, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        for line in lines:
            faults = [fault.message for fault in validator.iter_errors(line)]
            self.assertEqual(faults, [], line)

    def test_every_action_and_mode(self):
        lines = self.lines("shadow: yes\n" + UNLIMITED)
        self.assertEqual(len(lines), len(NAMES))
        self.check(lines)

    def test_clients_as_prefixes(self):
        lines = self.lines("clients: prefix\n" + UNLIMITED)
        self.assertEqual({line["client"] for line in lines}, {"192.0.2.0/24", "2001:db8::/56"})
        self.check(lines)

    def test_clients_as_pseudonyms(self):
        with open(self.path("key"), "w", encoding="utf-8") as file:
            file.write("0123456789abcdef")
        os.chmod(self.path("key"), 0o600)
        lines = self.lines("clients: pseudonym\nkey_file: key\n" + UNLIMITED)
        self.assertEqual(len({line["client"] for line in lines}), 2)
        self.check(lines)

    def test_what_was_left_out(self):
        lines = self.lines("per_name: 5\n", ["nxdomain.com"] * 100)
        self.assertIn("suppressed", {line["type"] for line in lines})
        self.check(lines)

    def test_the_schema_refuses_what_is_no_event(self):
        good = self.lines(UNLIMITED, ["nxdomain.com"])[0]
        for change in ({"type": "other"}, {"time": "yesterday"}, {"action": "explode"}, {"database": "x"},
                       {"more": 1}, {"port": 65536}):
            with self.subTest(change), self.assertRaises(AssertionError):
                self.check([{**good, **change}])


@unittest.skipIf(shutil.which("fstrm_capture") is None or shutil.which("dnstap-ldns") is None,
                 "no fstrm-bin or dnstap-ldns")
class DnstapTest(Folder):
    SETTINGS = "dnstap: tap.sock\nshadow: yes\n" + UNLIMITED

    def start_collector(self, output):
        # A collector that was killed leaves its socket behind.
        if os.path.exists(self.path("tap.sock")):
            os.unlink(self.path("tap.sock"))
        collector = subprocess.Popen(
            ["fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", self.path("tap.sock"), "-w", self.path(output)],
            stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (collector.kill(), collector.wait()))
        wait_for(lambda: os.path.exists(self.path("tap.sock")), "the collector's socket")
        return collector

    def wait_until_connected(self):
        """Until somebody has a connection to the collector, and some time for their greetings."""
        connected = "03"

        def is_connected():
            with open("/proc/net/unix", encoding="utf-8") as table:
                rows = [line.split() for line in table]
            return any(row[5] == connected and row[7:] == [self.path("tap.sock")] for row in rows)

        wait_for(is_connected, "a connection to the collector")
        time.sleep(0.5)

    def captured(self, output):
        """The messages of a file, each a list of lines of YAML."""
        done = subprocess.run(["dnstap-ldns", "-y", "-r", self.path(output)], capture_output=True, text=True,
                              errors="replace", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [part for part in done.stdout.split("---\n") if part.strip()]

    def end(self, collector):
        collector.send_signal(signal.SIGTERM)
        collector.wait(timeout=PATIENCE)

    def test_a_collector_reads_every_event(self):
        collector = self.start_collector("out")
        self.write(self.SETTINGS, NAMES, "written")
        self.end(collector)
        messages = self.captured("out")
        self.assertEqual(len(messages), len(NAMES))
        responses = [message for message in messages if "type: CLIENT_RESPONSE" in message]
        self.assertEqual(len(responses), 6)
        self.assertIn("Www.nxdomain.com.", responses[0])
        self.assertIn("NXDOMAIN", responses[0])
        self.assertIn("192.0.2.1", responses[0])
        self.assertIn("socket_protocol: UDP", responses[0])
        self.assertIn("192.0.2.80", "".join(responses))
        self.assertEqual(sum("type: CLIENT_QUERY" in message for message in messages), 3)

    def test_many_events_arrive_in_order(self):
        collector = self.start_collector("out")
        self.write(self.SETTINGS, [f"a{i}.nxdomain.com" for i in range(4000)], "written")
        self.end(collector)
        messages = self.captured("out")
        self.assertEqual(len(messages), 4000)
        for i, message in enumerate(messages):
            self.assertIn(f"a{i}.nxdomain.com.", message)

    def test_a_collector_that_is_killed_and_comes_back_goes_on(self):
        first = self.start_collector("first")
        writer = self.start_writer(self.SETTINGS)
        writer.stdin.write("first.nxdomain.com\n" * 10)
        writer.stdin.flush()
        self.wait_until_connected()
        first.kill()
        first.wait()
        writer.stdin.write("lost.nxdomain.com\nkept.nxdomain.com\n")
        writer.stdin.flush()
        time.sleep(0.2)
        second = self.start_collector("second")
        self.wait_until_connected()
        writer.communicate(timeout=PATIENCE)
        self.end(second)
        self.assertIn("kept.nxdomain.com", "".join(self.captured("second")))

    def test_a_collector_that_has_stopped_does_not_hold_up_the_end(self):
        # As libfstrm's own writer is held up (its issue 69).
        collector = self.start_collector("out")
        writer = self.start_writer(self.SETTINGS)
        writer.stdin.write("nxdomain.com\n")
        writer.stdin.flush()
        self.wait_until_connected()
        collector.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        writer.communicate("nxdomain.com\n" * 4000, timeout=PATIENCE)
        self.assertLess(time.monotonic() - begin, PATIENCE / 2)
        self.assertEqual(writer.returncode, 0)


if __name__ == "__main__":
    WRITE_EVENTS, SCHEMA = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
