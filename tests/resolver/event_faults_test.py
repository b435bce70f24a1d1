# SPDX-License-Identifier: BSD-3-Clause
"""A full disk, and readers of events that are dead or read nothing: clients do not notice, what was
lost is counted, databases are switched and freed as always, and lines are whole when it is over."""

from faults import *

NO_LIMITS = {"per_client": 0, "per_name": 0, "per_second": 0}
# A long name makes a long line: the queue in front of an output (2 MiB) is soon full.
LONG = name_of("x" * 60, "y" * 60, "z" * 60)[:-1]


class EventTestCase(FaultTestCase):
    def flood(self, count=6000):
        """Blocked queries, each of which is an event, and all of which are answered."""
        with Probe(self.resolver) as probe:
            for begin in range(0, count, 50):
                for number in range(begin, begin + 50):
                    label = name_of("n%d" % number)[:-1]
                    probe.socket.send(query(label + LONG + BAD_NAME, number=number))
                for _ in range(50):
                    self.assertTrue(is_blocked(probe.receive()))

    def lost(self):
        return self.count("events_lost")

    def told(self):
        return self.count("events_written")

    def check_switches(self):
        for name in "two", "one":
            self.put(name)
            self.wait_until_in_force(name)
            self.wait_until_one_is_open()

    def check_fault(self):
        """Events are lost, and nothing else is."""
        with self.load() as load:
            self.flood()
            self.wait_for(lambda: self.lost() > 0, "nothing was lost")
            self.check_switches()
        self.assertLess(load.slowest, PATIENCE / 2)

    def path(self, name):
        return os.path.join(self.folder, self.id().split(".")[-1] + "." + name)

    def lines(self, octets):
        """Lines of JSON, all of them whole."""
        self.assertTrue(octets.endswith(b"\n"), octets[-200:])
        return [json.loads(line) for line in octets.splitlines()]


class FullDisk(EventTestCase):
    def test_recovers_when_there_is_room_again(self):
        with small_disk(self.folder, 256 << 10) as place:
            if place is None:
                self.skipTest("a tmpfs may not be mounted here")
            path = os.path.join(place, "events.json")
            self.start(settings={"events": {"file": path, **NO_LIMITS}})
            self.ask("bad.example")
            self.wait_for(lambda: self.told() > 0, "no event at all")
            filler = fill(place)
            self.check_fault()
            self.assertIn("No space left on device", self.resolver.log())
            os.unlink(filler)
            written = self.told()
            # 256 KiB are soon full as well: what is there is moved away, as logrotate does.
            os.rename(path, path + ".1")
            head = self.read(path + ".1")
            os.unlink(path + ".1")
            self.resolver.tell("reopen")
            self.wait_for(lambda: self.told() > written, "it does not go on")
            self.resolver.stop()
            # The first file ends, where the disk was full, in the middle of a line.
            self.lines(head[: head.rfind(b"\n") + 1])
            tail = self.read(path)
            self.lines(tail[: tail.rfind(b"\n") + 1])

    def test_the_rest_of_a_line_follows_when_there_is_room_again(self):
        with small_disk(self.folder, 8 << 20) as place:
            if place is None:
                self.skipTest("a tmpfs may not be mounted here")
            path = os.path.join(place, "events.json")
            self.start(settings={"events": {"file": path, **NO_LIMITS}})
            self.flood(100)
            filler = fill(place)
            self.check_fault()
            os.unlink(filler)
            self.wait_for(lambda: "written to again" in self.resolver.log(), "it does not go on")
            self.resolver.stop()
            lines = self.lines(self.read(path))
            self.assertGreater(len(lines), 1000)

    def test_a_device_that_is_always_full(self):
        self.start(settings={"events": {"file": "/dev/full", **NO_LIMITS}})
        self.check_fault()
        self.assertEqual(self.told(), 0)
        self.assertEqual(self.resolver.log().count("No space left on device"), 1)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read()


class Readers(EventTestCase):
    def datagram_reader(self, path):
        reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        reader.bind(path)
        self.addCleanup(reader.close)
        return reader

    def test_a_datagram_socket_that_nobody_reads_from(self):
        path = self.path("sock")
        reader = self.datagram_reader(path)
        self.start(settings={"events": {"datagram": path, **NO_LIMITS}})
        self.check_fault()
        # It wakes up.
        reader.settimeout(1)
        count = 0

        def read_all():
            nonlocal count
            with contextlib.suppress(TimeoutError):
                while True:
                    json.loads(reader.recv(65535))
                    count += 1
            return count >= self.told()

        self.wait_for(read_all, "not all arrive that were told")
        self.assertGreater(count, 1000)
        lost = self.lost()
        reader.settimeout(ANSWER_SECONDS)
        self.ask("bad.example")
        self.assertEqual(json.loads(reader.recv(65535))["qname"], "bad.example")
        self.assertEqual(self.lost(), lost)

    def test_a_datagram_reader_that_dies_and_one_that_comes_after_it(self):
        path = self.path("sock")
        reader = self.datagram_reader(path)
        self.start(settings={"events": {"datagram": path, **NO_LIMITS}})
        self.ask("bad.example")
        reader.settimeout(START_SECONDS)
        json.loads(reader.recv(65535))
        reader.close()  # the path stays: connection refused
        self.check_fault()
        os.unlink(path)
        reader = self.datagram_reader(path)
        reader.settimeout(START_SECONDS)
        for _ in range(1000):
            json.loads(reader.recv(65535))

    def test_a_fifo_in_place_of_a_file(self):
        path = self.path("fifo")
        os.mkfifo(path)
        self.start(settings={"events": {"file": path, **NO_LIMITS}})
        self.check_fault()
        self.assertEqual(self.told(), 0)

    def dnstap_reader(self, path):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(1)
        self.addCleanup(listener.close)
        return listener

    def test_a_dnstap_socket_that_nobody_accepts_from(self):
        path = self.path("sock")
        self.dnstap_reader(path)
        self.start(settings={"events": {"dnstap": path, **NO_LIMITS}})
        self.flood(12000)
        self.check_fault()

    def test_a_dnstap_reader_that_shakes_hands_and_then_reads_nothing(self):
        path = self.path("sock")
        listener = self.dnstap_reader(path)
        self.start(settings={"events": {"dnstap": path, **NO_LIMITS}})
        listener.settimeout(START_SECONDS)
        peer, _ = listener.accept()
        self.addCleanup(peer.close)
        # Frame Streams: READY comes; ACCEPT goes, with the content type.
        peer.recv(4096)
        content = b"protobuf:dnstap.Dnstap"
        accept = struct.pack("!III", 1, 1, len(content)) + content
        peer.sendall(struct.pack("!II", 0, len(accept)) + accept)
        self.flood(12000)
        self.check_fault()
        self.assertGreater(self.told(), 0)  # what the socket holds


if __name__ == "__main__":
    main()
