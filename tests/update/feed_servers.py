# SPDX-License-Identifier: BSD-3-Clause
"""Servers that feeds come from, real ones, on loopback; and `tollgate update` against them.

    class Updates(UpdateTestCase):
        def test_it_publishes(self):
            self.serve("list.txt", "evil.example\\n")
            self.manifest({"url": self.url("list.txt"), "id": "feed"})
            self.assertDone(self.update())
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from program import DONE, PROBLEMS, PROGRAM, SUFFIX_LIST, TODAY, WRONG_USAGE, ProgramTestCase  # noqa: E402,F401

SKIPPED = 77
SOURCE_TROUBLE, HELD_BACK, BUSY = 3, 4, 5
START_SECONDS = 30


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        print(f"SKIPPED: {name} is missing", file=sys.stderr)
        sys.exit(SKIPPED)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def names(count, first=0):
    """A list of that many names."""
    return "".join(f"evil{number}.example\n" for number in range(first, first + count))


class Process:
    """A server that is stopped by its process id; ready when it listens on `port`."""

    def __init__(self, command, log, port):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                            preexec_fn=die_with_parent)
        end = time.monotonic() + START_SECONDS
        while not self.listens(port):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{command[0]} does not start:\n" + pathlib.Path(log).read_text())
            time.sleep(0.02)

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def certificate(folder, name, host):
    """Makes NAME.key and NAME.pem, which signs itself, for `host`."""
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
         "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")],
        check=True, capture_output=True)


class Nginx:
    """nginx before the folder `www`, with HTTP and two ports with HTTPS: for localhost, and for another host."""

    def __init__(self, folder):
        self.folder = folder
        self.www = folder / "www"
        self.www.mkdir()
        certificate(folder, "good", "localhost")
        certificate(folder, "wrong", "elsewhere.example")
        self.port, self.secure_port, self.wrong_port = free_port(), free_port(), free_port()
        temporary = "".join(f"{name}_temp_path {folder}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}
            http {{
              {temporary}
              log_format asked '$request_uri $status $http_if_none_match';
              access_log {folder}/asked.log asked;
              types {{ text/html html; application/gzip gz; }}
              default_type text/plain;
              server {{
                listen 127.0.0.1:{self.port};
                listen 127.0.0.1:{self.secure_port} ssl;
                ssl_certificate {folder}/good.pem; ssl_certificate_key {folder}/good.key;
                root {self.www};
                location /packed/ {{ alias {self.www}/; gzip on; gzip_types *; gzip_min_length 1; }}
                location /bomb/ {{ alias {self.www}/; add_header Content-Encoding gzip; }}
                location /slow/ {{ alias {self.www}/; limit_rate 200; }}
                location /away/ {{ return 302 https://localhost:{self.secure_port}/list.txt; }}
                location /down/ {{ return 302 http://localhost:{self.port}/list.txt; }}
                location /busy/ {{ return 503; }}
                location /gone/ {{ return 404; }}
              }}
              server {{
                listen 127.0.0.1:{self.wrong_port} ssl;
                ssl_certificate {folder}/wrong.pem; ssl_certificate_key {folder}/wrong.key;
                root {self.www};
              }}
            }}
        """)
        self.process = Process([program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"],
                               str(folder / "nginx.log"), self.port)

    def asked(self):
        """The paths that were asked for, with their status."""
        return [tuple(line.split()[:2]) for line in (self.folder / "asked.log").read_text().splitlines()]

    def stop(self):
        self.process.stop()


class UpdateTestCase(ProgramTestCase):
    """`tollgate update` in a folder of its own, and, where a class asks for it, an nginx of its own."""

    wants_nginx = True

    @classmethod
    def setUpClass(cls):
        if cls.wants_nginx:
            folder = tempfile.TemporaryDirectory(prefix="tollgate-test-")
            cls.addClassCleanup(folder.cleanup)
            cls.nginx = Nginx(pathlib.Path(folder.name))
            cls.addClassCleanup(cls.nginx.stop)

    def setUp(self):
        super().setUp()
        if self.wants_nginx:
            for file in self.nginx.www.iterdir():
                file.unlink()
            (self.nginx.folder / "asked.log").write_text("")

    def serve(self, name, contents):
        # Renamed into place: nginx never sees half a file. The time is what ETags are made of.
        octets = contents if isinstance(contents, bytes) else contents.encode()
        path = self.nginx.www / name
        path.with_suffix(".new").write_bytes(octets)
        os.replace(path.with_suffix(".new"), path)

    def url(self, path, secure=False):
        scheme, port = ("https", self.nginx.secure_port) if secure else ("http", self.nginx.port)
        return f"{scheme}://localhost:{port}/{path}"

    def manifest(self, *entries, **keys):
        """Writes tollgate.yaml. JSON is YAML. An interval of a second: each update asks."""
        entries = [{"interval": "1s", **entry} if {"url", "transfer"} & set(entry) else entry for entry in entries]
        (self.folder / "tollgate.yaml").write_text(json.dumps({"policies": entries, **keys}))

    def feed(self, path="list.txt", **keys):
        """The manifest of one feed, pinned to nothing, and served without TLS."""
        self.manifest({"url": self.url(path), "id": "feed", **keys})

    def update(self, *arguments, date=TODAY, environment=None):
        return self.run_program(
            "update", "tollgate.yaml", "-o", "tollgate.db", "--state", "state", "--date", date,
            "--public-suffix-list", str(SUFFIX_LIST), "--retries", "0", *arguments, environment=environment)

    def again(self, *arguments):
        """An update in another second than the one before: sources are asked once in a second."""
        time.sleep(1.1)
        return self.update(*arguments)

    def rollback(self, *arguments):
        return self.run_program("rollback", "--state", "state", *arguments)

    def report(self, result):
        """The JSON of an update; of one source, also `source`."""
        report = result.json()
        if len(report["sources"]) == 1:
            report["source"] = report["sources"][0]
        return report

    def state(self):
        return json.loads((self.folder / "state" / "state.json").read_text())

    def blocked(self, name):
        result = self.query(name)
        self.assertDone(result)
        return "none" not in result.lines()[0].split("\t")[1]
