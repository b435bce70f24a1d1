# SPDX-License-Identifier: BSD-3-Clause
"""The walled garden that packaging/garden makes: a real nginx with its configuration, found through
a real Unbound that sends a blocked name there, and shown by a real browser."""

import http.client
import html.parser
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "resolver"))

from resolver import *  # noqa: E402

GARDEN = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "garden"
NGINX = program("nginx")
BLOCKED = "www.evil.example"
BROWSER_SECONDS = 120


class Nginx:
    """nginx with the site of packaging/garden, on a loopback port, with all its files in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.server = started(self._start)

    def _start(self):
        self.port = free_port()
        site = (GARDEN / "nginx-site.conf").read_text()
        for old, new in (
            ("listen 80 default_server;", f"listen 127.0.0.1:{self.port} default_server;"),
            ("listen [::]:80 default_server;", ""),
            ("/var/www/garden", str(GARDEN)),
            ("/var/log/nginx", self.folder),
            ("your help desk", "<Tom & Ann>, room 5"),
        ):
            assert site.count(old) == 1, old
            site = site.replace(old, new)
        temporary = "\n".join(
            f"{name}_temp_path {self.folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = os.path.join(self.folder, "nginx.conf")
        with open(configuration, "w") as file:
            file.write(
                f"daemon off; master_process off; pid {self.folder}/nginx.pid;\n"
                f"error_log stderr; events {{}}\nhttp {{\n{temporary}\n{site}}}\n"
            )
        server = Server([NGINX, "-p", self.folder, "-c", configuration, "-e", "stderr"],
                        os.path.join(self.folder, "nginx.log"))

        def ready():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        if not server.wait_until(ready):
            server.stop()
            raise RuntimeError("nginx does not start:\n" + server.log())
        return server

    def stop(self):
        self.server.stop()


class Text(html.parser.HTMLParser):
    """The text of a page, and its tags with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags = "", []
        self.feed(page)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


class Page(ResolverTestCase):
    zones = {"example": ["garden A 127.0.0.1"]}
    policies = [policy("p", sinkhole={"cname": "garden.example"}, domains=["evil.example"])]

    @classmethod
    def prepare(cls):
        cls.nginx = Nginx(tempfile.mkdtemp(dir=cls.folder, prefix="nginx."))
        cls.addClassCleanup(cls.nginx.stop)

    def get(self, path="/", host=BLOCKED, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.nginx.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {"Host": host})
        response = connection.getresponse()
        return response, response.read().decode()

    def test_it_says_that_the_name_is_blocked_and_whom_to_ask(self):
        text = " ".join(Text(self.get()[1]).text.split())
        self.assertIn("This site is blocked", text)
        self.assertIn(BLOCKED, text)
        self.assertIn("ask <Tom & Ann>, room 5, and tell them", text)

    def test_every_path_and_method_gets_it_and_none_is_a_success(self):
        for method, path in (
            ("GET", "/"),
            ("GET", "/login.php?user=me"),
            ("GET", "/blocked.html"),
            ("GET", "/../../etc/passwd"),
            ("GET", "/%2e%2e/nginx-site.conf"),
            ("GET", "/nginx-site.conf"),
            ("POST", "/pay"),
            ("PUT", "/x"),
            ("DELETE", "/"),
        ):
            with self.subTest(method + path):
                response, page = self.get(path, method=method, body="a=b" * 1000)
                self.assertIn(response.status, (400, 403, 404, 405))
                self.assertIn("This site is blocked", page)

    def test_a_name_that_is_html_is_only_text(self):
        for host in ("<script>alert(1)</script>", "a&lt;b", 'x"><img src=y>'):
            with self.subTest(host):
                page = Text(self.get(host=host)[1])
                self.assertFalse({"script", "img"} & {tag for tag, _ in page.tags})

    def test_it_fetches_nothing_and_runs_nothing(self):
        response, page = self.get()
        for tag, attributes in Text(page).tags:
            self.assertNotIn(tag, ("script", "link", "img", "iframe", "object", "form"))
            self.assertFalse({"src", "href", "action", "onload", "onclick"} & set(attributes))
        self.assertNotIn("url(", page)
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])

    def test_it_is_not_stored(self):
        self.assertEqual(self.get()[0].headers["Cache-Control"], "no-store")

    def test_it_can_be_read_by_everybody(self):
        tags = Text(self.get()[1]).tags
        self.assertIn(("html", {"lang": "en"}), tags)
        names = [tag for tag, _ in tags]
        for tag in ("title", "main", "h1"):
            self.assertEqual(names.count(tag), 1, tag)
        self.assertIn("prefers-color-scheme: dark", self.get()[1])

    def test_the_log_has_the_name_and_neither_path_nor_query(self):
        self.get("/secret?password=hunter2", host="logged.evil.example")

        def lines():
            with open(os.path.join(self.nginx.folder, "garden.log")) as log:
                return log.read()

        # nginx answers first and writes then.
        logged = r'T\S+ 127\.0\.0\.1 "logged\.evil\.example" GET 403\n'
        self.wait_for(lambda: re.search(logged, lines()), lines)
        self.assertNotIn("secret", lines())
        self.assertNotIn("hunter2", lines())

    def browse(self, *options):
        """What a browser shows for the blocked name, at the address that Unbound gives for it."""
        browser = shutil.which("chromium")
        if browser is None:
            self.skipTest("chromium is missing (packaging/install-dependencies --browser)")
        address = self.ask(BLOCKED).answer[-1][0].to_text()
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            return subprocess.run(
                [
                    browser,
                    "--headless=new",
                    "--no-sandbox",  # root has none
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--no-first-run",
                    f"--user-data-dir={home}",
                    f"--host-resolver-rules=MAP {BLOCKED} {address}:{self.nginx.port}, "
                    "MAP * ~NOTFOUND",
                    *options,
                    f"http://{BLOCKED}/parcel?id=1",
                ],
                capture_output=True,
                text=True,
                timeout=BROWSER_SECONDS,
                env={**os.environ, "HOME": home, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
                preexec_fn=die_with_parent,
            )

    def test_a_browser_that_goes_to_a_blocked_name_shows_it(self):
        result = self.browse("--dump-dom")
        text = " ".join(Text(result.stdout).text.split())
        self.assertIn("This site is blocked", text, result.stderr)
        self.assertIn(BLOCKED, text)

    def test_a_browser_can_draw_it(self):
        picture = os.path.join(self.folder, "page.png")
        result = self.browse("--window-size=800,900", f"--screenshot={picture}")
        self.assertTrue(os.path.exists(picture), result.stderr)
        with open(picture, "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        self.assertGreater(os.path.getsize(picture), 5000)  # an empty page has less


if __name__ == "__main__":
    main()
