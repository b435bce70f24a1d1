#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Feeds from a real web server, and what goes wrong with them."""

import gzip
import hashlib
import subprocess
import threading
import unittest

from feed_servers import *  # noqa: F403

MINISIGN = program("minisign")


class FromAWebServer(UpdateTestCase):
    def test_a_feed_is_fetched_compiled_and_published(self):
        self.serve("list.txt", "evil.example\n")
        self.feed()
        self.assertDone(self.update())
        self.assertTrue(self.blocked("www.evil.example"))

    def test_what_has_not_changed_is_not_sent_again(self):
        self.serve("list.txt", "evil.example\n")
        self.feed()
        self.update()
        self.assertEqual(self.report(self.again("--json"))["source"]["outcome"], "unchanged")
        self.assertEqual(self.nginx.asked(), [("/list.txt", "200"), ("/list.txt", "304")])

    def test_where_nothing_is_new_nothing_is_published(self):
        self.serve("list.txt", "evil.example\n")
        self.feed()
        self.update()
        before = (self.folder / "tollgate.db").stat()
        self.assertDone(self.again())
        self.assertEqual((self.folder / "tollgate.db").stat().st_ino, before.st_ino)

    def test_what_is_new_is_published(self):
        self.serve("list.txt", "evil.example\n")
        self.feed()
        self.update()
        self.serve("list.txt", "evil.example\nworse.example\n")
        report = self.report(self.again("--json"))
        self.assertEqual((report["publication"], report["added"]), ("published", 1))
        self.assertTrue(self.blocked("worse.example"))

    def test_a_source_is_not_asked_before_its_interval_has_passed(self):
        self.serve("list.txt", "evil.example\n")
        self.feed(interval="1h")
        self.update()
        self.assertEqual(self.report(self.again("--json"))["source"]["outcome"], "not due")
        self.assertEqual(len(self.nginx.asked()), 1)

    def test_force_asks_at_once(self):
        self.serve("list.txt", "evil.example\n")
        self.feed(interval="1h")
        self.update()
        self.update("--force")
        self.assertEqual(len(self.nginx.asked()), 2)

    def test_a_reply_that_is_compressed_on_the_way_is_read(self):
        self.serve("list.txt", names(500))
        self.feed("packed/list.txt")
        self.assertDone(self.update())
        self.assertTrue(self.blocked("evil499.example"))

    def test_a_compressed_file_is_read(self):
        self.serve("list.txt.gz", gzip.compress(names(500).encode()))
        self.feed("list.txt.gz")
        self.assertDone(self.update())
        self.assertTrue(self.blocked("evil499.example"))

    def test_a_campaign_may_be_fetched_too(self):
        self.serve("campaign.yaml", "id: away\naction: refused\ndomains: [evil.example]\n")
        self.manifest({"url": self.url("campaign.yaml")})
        self.assertDone(self.update())
        self.assertEqual(self.query("evil.example").lines()[0].split("\t")[1:3], ["refused", "away"])

    def test_https_with_a_certificate_of_a_known_authority(self):
        self.serve("list.txt", "evil.example\n")
        self.manifest({"url": self.url("list.txt", secure=True), "ca_file": str(self.nginx.folder / "good.pem")})
        self.assertDone(self.update())

    def test_http_may_lead_to_https(self):
        self.serve("list.txt", "evil.example\n")
        self.manifest({"url": self.url("away/list.txt"), "id": "feed", "ca_file": str(self.nginx.folder / "good.pem")})
        self.assertDone(self.update())

    def test_compile_takes_the_copies_and_asks_nobody(self):
        self.serve("list.txt", "evil.example\n")
        self.feed()
        self.update()
        self.serve("list.txt", "other.example\n")
        self.assertDone(self.compile("tollgate.yaml", "--copies", "state"))
        self.assertTrue(self.blocked("evil.example"))
        self.assertEqual(len(self.nginx.asked()), 1)

    def test_tokens_of_a_url_are_shown_nowhere(self):
        self.serve("list.txt", "evil.example\n")
        self.manifest({"url": self.url("list.txt?token=hunter2").replace("//", "//user:secret@"), "id": "feed"})
        result = self.update("--json")
        self.assertDone(result)
        database = (self.folder / "tollgate.db").read_bytes()
        for secret in (b"hunter2", b"secret"):
            self.assertNotIn(secret, result.stdout.encode() + result.stderr.encode() + database)

    def test_a_proxy_of_the_environment_is_used(self):
        asked = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def proxy():
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nevil.example\n")

        thread = threading.Thread(target=proxy)
        thread.start()
        self.manifest({"url": "http://feeds.example/list.txt"})
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.assertDone(self.update(environment={"http_proxy": address, "no_proxy": ""}))
        thread.join()
        self.assertEqual(asked, [b"GET http://feeds.example/list.txt HTTP/1.1"])


class WhatGoesWrong(UpdateTestCase):
    """A good copy is there; then something happens to its source."""

    keys = {}

    def setUp(self):
        super().setUp()
        self.serve("list.txt", names(400))
        self.feed(**self.keys)
        self.assertDone(self.update())

    def assertKept(self, result, outcome, problem):
        """The copy stays, nothing is published, and the report says why."""
        self.assertStatus(result, SOURCE_TROUBLE)
        report = self.report(result)
        self.assertEqual(report["source"]["outcome"], outcome, result)
        self.assertRegex(report["source"]["problem"], problem)
        self.assertTrue(report["source"]["has_copy"])
        self.assertEqual(report["publication"], "nothing new")
        self.assertTrue(self.blocked("evil399.example"))

    def move(self, path, **keys):
        """The same source at another path. Its copy goes with it, as if the server had changed."""
        state = self.state()
        state["sources"][0]["key"] = self.url(path) if "//" not in path else path
        (self.folder / "state" / "state.json").write_text(json.dumps(state))
        self.manifest({"url": state["sources"][0]["key"], "id": "feed", **keys})
        # The manifest is another one: what it says is published first.

    def again_at(self, path, **keys):
        self.move(path, **keys)
        result = self.again("--json")
        self.assertEqual(self.report(result)["source"]["has_copy"], True)
        self.assertStatus(result, SOURCE_TROUBLE)
        return self.report(result)["source"]

    def test_a_server_that_is_gone(self):
        source = self.again_at(f"http://localhost:{free_port()}/list.txt")
        self.assertEqual(source["outcome"], "failed")
        self.assertRegex(source["problem"], "connect")

    def test_status_404(self):
        (self.nginx.www / "list.txt").unlink()
        self.assertKept(self.again("--json"), "failed", "HTTP status 404")

    def test_status_503_is_tried_again(self):
        self.move("busy/list.txt")
        time.sleep(1.1)
        self.run_program("update", "tollgate.yaml", "-o", "tollgate.db", "--state", "state", "--date", TODAY,
                         "--public-suffix-list", str(SUFFIX_LIST), "--retries", "1")
        self.assertEqual([status for path, status in self.nginx.asked() if path.startswith("/busy")], ["503", "503"])

    def test_a_certificate_of_an_unknown_authority(self):
        source = self.again_at(self.url("list.txt", secure=True))
        self.assertEqual(source["outcome"], "failed")
        self.assertRegex(source["problem"], "certificate")

    def test_a_certificate_for_another_host(self):
        source = self.again_at(f"https://localhost:{self.nginx.wrong_port}/list.txt",
                               ca_file=str(self.nginx.folder / "wrong.pem"))
        self.assertRegex(source["problem"], "localhost|certificate")

    def test_https_is_never_left_for_http(self):
        source = self.again_at(self.url("down/list.txt", secure=True), ca_file=str(self.nginx.folder / "good.pem"))
        self.assertRegex(source["problem"], "(?i)protocol")

    def test_a_server_that_is_too_slow(self):
        self.serve("list.txt", names(500))
        source = self.again_at("slow/list.txt", timeout="2s")
        self.assertRegex(source["problem"], "(?i)timed out")

    def test_a_reply_that_is_cut_off(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def cut():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + names(390).encode())

        thread = threading.Thread(target=cut)
        thread.start()
        source = self.again_at(f"http://localhost:{listener.getsockname()[1]}/list.txt")
        thread.join()
        self.assertRegex(source["problem"], "(?i)remaining|transfer closed")

    def test_a_compressed_file_that_is_cut_off(self):
        self.serve("list.txt", gzip.compress(names(400).encode())[:-20])
        self.assertKept(self.again("--json"), "failed", "cut off|damaged")

    def test_a_web_page_in_place_of_the_list(self):
        self.serve("list.txt", "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n")
        self.assertKept(self.again("--json"), "failed", "web page")

    def test_an_empty_file(self):
        self.serve("list.txt", "")
        self.assertKept(self.again("--json"), "failed", "empty")

    def test_a_file_larger_than_is_allowed(self):
        self.feed(max_size="4k")
        self.update()
        self.serve("list.txt", names(410))
        source = self.report(self.again("--json"))["source"]
        self.assertRegex(source["problem"], "max_size")

    def test_a_gzip_bomb_as_a_file(self):
        self.serve("bomb.gz", gzip.compress(bytes(64 << 20)))
        source = self.again_at("bomb.gz", max_size="1M")
        self.assertEqual(source["outcome"], "failed")
        self.assertRegex(source["problem"], "larger|1,?048,?576")

    def test_a_gzip_bomb_as_an_encoding(self):
        self.serve("bomb.txt", gzip.compress(bytes(64 << 20)))
        source = self.again_at("bomb/bomb.txt", max_size="1M")
        self.assertRegex(source["problem"], "max_size")

    def test_a_list_that_shrinks_is_held_back(self):
        self.serve("list.txt", names(100))
        self.assertKept(self.again("--json"), "held back", "100 rules where the copy has 400: 75% fewer")

    def test_a_list_that_grows_is_held_back(self):
        self.serve("list.txt", names(4000))
        self.assertKept(self.again("--json"), "held back", "900% more, and max_grow is 300%")

    def test_force_takes_what_was_held_back(self):
        self.serve("list.txt", names(100))
        self.again()
        self.assertDone(self.again("--force"))
        self.assertFalse(self.blocked("evil399.example"))

    def test_what_is_held_back_is_reported_every_time(self):
        self.serve("list.txt", names(100))
        self.again()
        self.assertKept(self.again("--json"), "held back", "75% fewer")

    def test_a_list_that_recovers_is_well_again(self):
        self.serve("list.txt", names(100))
        self.again()
        self.serve("list.txt", names(401))
        self.assertDone(self.again())
        self.assertTrue(self.blocked("evil400.example"))

    def test_a_list_without_rules_is_held_back_even_by_force(self):
        self.serve("list.txt", "# moved\n" * 100)
        self.assertKept(self.again("--json"), "held back", "no rule was found")
        result = self.again("--force", "--json")
        self.assertEqual(self.report(result)["source"]["outcome"], "held back")

    def test_the_line_for_the_journal_says_it_with_the_age_of_the_copy(self):
        (self.nginx.www / "list.txt").unlink()
        result = self.again()
        self.assertEqual(len(result.lines()), 1, result)
        self.assertRegex(result.stdout, r"nothing new; database 1 stays in use; 1 source: 1 failed; "
                                        r".*/list.txt failed: HTTP status 404; its copy of \d+ s ago stays\n")


class SeveralSources(UpdateTestCase):
    def test_one_that_fails_does_not_keep_the_others_out(self):
        self.serve("good.txt", "evil.example\n")
        self.manifest({"url": self.url("gone/x.txt"), "id": "gone"}, {"url": self.url("good.txt"), "id": "good"})
        result = self.update("--json")
        self.assertStatus(result, SOURCE_TROUBLE)
        self.assertEqual(result.json()["publication"], "published")
        self.assertTrue(self.blocked("evil.example"))

    def test_an_allow_list_that_was_never_fetched_keeps_everything_back(self):
        self.serve("bad.txt", "evil.example\n")
        self.manifest({"url": self.url("gone/x.txt"), "id": "gone", "action": "pass"},
                      {"url": self.url("bad.txt"), "id": "bad"})
        result = self.update()
        self.assertStatus(result, PROBLEMS)
        self.assertIn("was never fetched, and it is a policy that passes", result.stdout)
        self.assertFalse((self.folder / "tollgate.db").exists())

    def test_a_campaign_with_an_error_keeps_the_others_in(self):
        self.serve("good.txt", "evil.example\n")
        self.serve("bad.yaml", "id: bad\ndomains: [evil..example]\n")
        self.manifest({"url": self.url("bad.yaml")}, {"url": self.url("good.txt"), "id": "good"})
        result = self.update("--json")
        self.assertStatus(result, SOURCE_TROUBLE)
        self.assertEqual([source["outcome"] for source in result.json()["sources"]], ["held back", "new"])
        self.assertTrue(self.blocked("evil.example"))


class PinnedAndSigned(UpdateTestCase):
    def sign(self, name, *options):
        subprocess.run([MINISIGN, "-S", "-s", str(self.folder / "key"), "-m", str(self.nginx.www / name), *options],
                       check=True, capture_output=True)

    def setUp(self):
        super().setUp()
        subprocess.run([MINISIGN, "-G", "-W", "-f", "-p", str(self.folder / "key.pub"), "-s", str(self.folder / "key")],
                       check=True, capture_output=True)
        self.key = (self.folder / "key.pub").read_text().splitlines()[1]
        self.serve("list.txt", "evil.example\n")

    def refused(self, problem):
        result = self.update("--json")
        self.assertStatus(result, SOURCE_TROUBLE)
        self.assertRegex(self.report(result)["source"]["problem"], problem)

    def test_a_pinned_hash_that_fits(self):
        self.feed(sha256=hashlib.sha256(b"evil.example\n").hexdigest())
        self.assertDone(self.update())

    def test_a_pinned_hash_that_does_not(self):
        self.feed(sha256="0" * 64)
        self.refused("its SHA-256 is [0-9a-f]{64}, and the manifest has another")

    def test_a_signature_of_minisign(self):
        self.sign("list.txt")
        self.feed(minisign=self.key)
        self.assertDone(self.update())

    def test_a_signature_over_the_file_itself(self):
        self.sign("list.txt", "-l")
        self.feed(minisign=self.key)
        self.assertDone(self.update())

    def test_a_signature_elsewhere(self):
        self.sign("list.txt", "-x", str(self.nginx.www / "elsewhere.sig"))
        self.feed(minisign=self.key, signature=self.url("elsewhere.sig"))
        self.assertDone(self.update())

    def test_contents_that_were_changed(self):
        self.sign("list.txt")
        self.serve("list.txt", "good.example\n")
        self.feed(minisign=self.key)
        self.refused("the signature does not fit the contents")

    def test_a_signature_that_is_missing(self):
        self.feed(minisign=self.key)
        self.refused("its signature: HTTP status 404")

    def test_a_signature_by_another_key(self):
        self.sign("list.txt")
        subprocess.run([MINISIGN, "-G", "-W", "-f", "-p", str(self.folder / "key.pub"), "-s", str(self.folder / "key")],
                       check=True, capture_output=True)
        self.feed(minisign=(self.folder / "key.pub").read_text().splitlines()[1])
        self.refused("the signature is by another key")

    def test_a_trusted_comment_that_was_changed(self):
        self.sign("list.txt", "-t", "for Tuesday")
        signature = self.nginx.www / "list.txt.minisig"
        signature.write_text(signature.read_text().replace("Tuesday", "Friday"))
        self.feed(minisign=self.key)
        self.refused("the signature's trusted comment was changed")

    def test_a_copy_from_before_the_key_is_not_used(self):
        self.feed()
        self.assertDone(self.update())
        self.feed(minisign=self.key)
        time.sleep(1.1)
        self.refused("its signature: HTTP status 404")
        self.assertFalse(self.report(self.again("--json"))["source"]["has_copy"])

    def test_force_does_not_take_what_is_not_signed(self):
        self.feed(minisign=self.key)
        self.assertStatus(self.update("--force"), SOURCE_TROUBLE)


if __name__ == "__main__":
    unittest.main()
