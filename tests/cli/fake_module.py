# SPDX-License-Identifier: BSD-3-Clause
"""A control socket that answers as a running module would, and counts on with each question.

    with FakeModule(path) as module:
        ...                        # `stats` and `recent after=N` are answered
        module.answer = b"{"       # from now on, whatever is asked
"""

import json
import os
import socket
import threading
import time

QUERIES_A_LOOK = 1000  # of them 100 are blocked and 600 come from the cache
POLICIES = [("smishing", "summer"), ("partner", "")]


def snapshot(looks, now=None, started=1_763_000_000):
    """The state after so many looks at it."""
    now = int(time.time()) if now is None else now
    queries = {
        "decisions_resolve": 300 * looks,
        "decisions_nxdomain": 90 * looks,
        "decisions_sinkhole": 10 * looks,
        "answers_from_cache": 600 * looks,
        "shadow_matches": 5 * looks,
    }
    times = [0] * 25
    times[8] = 90 * looks
    times[10] = 10 * looks
    return {
        "ok": True,
        "version": "0.1.0",
        "unbound": "1.17.1",
        "now": now,
        "database": "/var/lib/unbound/tollgate.db",
        "checksum": "0123456789abcdef",
        "last_error": "",
        "last_error_time": 0,
        "log_level": "info",
        "gauges": {
            "database_created_seconds": now - 725,
            "database_bytes": 30_000_000,
            "database_names": 1_000_023,
            "database_patterns": 12,
            "database_policies": len(POLICIES),
            "databases_open": 1,
            "memory_bytes": 62_000_000,
            "started_seconds": started,
        },
        "service": {"switches": 3, "cache_entries_swept": 7, "cache_entries_visited": 70, "events_written": looks},
        "threads": [queries, {}],
        "verdict_times": times,
        "verdict_nanoseconds": 30_000 * looks,
        "sampled": 64,
        "policies": [
            {
                "id": policy,
                "campaign": campaign,
                "shadowed": False,
                "names": 500_000,
                "patterns": 6,
                "decisions": 50 * looks,
                "shadow": 5 * looks,
                "rules": [{"id": "post", "is_pattern": True, "decisions": 50 * looks, "shadow": 5 * looks}],
            }
            for policy, campaign in POLICIES
        ],
        "pauses": [],
    }


def recent(looks, after):
    def decision(seq):
        return {
            "time": f"2025-11-13T02:13:{seq % 60:02}.123Z",
            "client": f"192.0.2.{seq % 250}",
            "port": 5353,
            "protocol": "udp",
            "qname": f"track{seq}.post-kqx.example",
            "qtype": "A",
            "action": "nxdomain",
            "mode": "enforce",
            "policy": "smishing",
            "campaign": "summer",
            "rule": "post",
            "indicator": "",
            "database": "0123456789abcdef",
            "seq": seq,
        }

    return {
        "ok": True,
        "latest": looks,
        "decisions": [decision(seq) for seq in range(after + 1, looks + 1)],
        "names": [{"name": "www.post-kqx.example", "count": 40 * looks}],
        "clients": [{"client": "192.0.2.7", "count": 30 * looks}],
        "rules": [{"policy": "smishing", "rule": "post", "count": 50 * looks}],
        "campaigns": [{"campaign": "summer", "count": 50 * looks}],
    }


class FakeModule:
    def __init__(self, path):
        self.path = str(path)
        self.answer = None  # instead of the right ones
        self.silent = False  # take what is asked, and say nothing
        self.changes = {}  # fields of the state that are other ones
        self.looks = 0
        self.requests = []

    def __enter__(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(self.path)
        self.socket.listen(16)
        self.ended = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        os.unlink(self.path)

    def serve(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with connection, connection.makefile("rwb") as stream:
            try:
                request = stream.readline().decode().rstrip("\n")
                self.requests.append(request)
                if self.silent:
                    self.ended.wait(30)
                    return
                stream.write(self.reply(request) + b"\n")
            except OSError:
                pass  # whoever asked has gone

    def reply(self, request):
        if self.answer is not None:
            return self.answer
        verb, *words = request.split()
        if verb == "stats":
            self.looks += 1
            return json.dumps({**snapshot(self.looks), **self.changes}).encode()
        if verb == "recent":
            return json.dumps(recent(self.looks, int(words[0].removeprefix("after=")))).encode()
        return json.dumps({"ok": False, "error": f"no such verb: {verb}"}).encode()
