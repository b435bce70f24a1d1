# SPDX-License-Identifier: BSD-3-Clause
"""The dashboard and the alerts of packaging/monitoring, and what `tollgate exporter` serves, in a real Prometheus: it
scrapes an exporter in front of a stand-in for the module, on loopback, with its data in a temporary folder."""

import ctypes
import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from fake_module import FakeModule  # noqa: E402

MONITORING = ROOT / "packaging" / "monitoring"
TOLLGATE = os.environ.get("TOLLGATE", str(ROOT / "build" / "release" / "tollgate"))
PATIENCE = 60  # seconds, on a busy machine


def program(name):
    path = shutil.which(name)
    if path is None:
        print(f"SKIPPED: {name} is missing (Debian: prometheus)", file=sys.stderr)
        sys.exit(77)
    return path


PROMETHEUS, PROMTOOL = program("prometheus"), program("promtool")
ALERTS = (MONITORING / "tollgate-alerts.yml").read_text()
DASHBOARD = json.loads((MONITORING / "tollgate-dashboard.json").read_text())


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def dashboard_expressions():
    """(panel's title, expression) with Grafana's variables filled in."""
    values = {"$__rate_interval": "30s", "$__range": "30s", "$instance": ".*"}
    for panel in panels():
        for target in panel["targets"]:
            expression = target["expr"]
            for variable, value in values.items():
                expression = expression.replace(variable, value)
            yield panel["title"], expression


class Promtool(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run([PROMTOOL, *arguments], cwd=MONITORING, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_are_rules(self):
        self.promtool("check", "rules", "tollgate-alerts.yml")

    def test_each_alert_comes_when_it_should_and_not_before(self):
        self.promtool("test", "rules", "tollgate-alerts-test.yml")

    def test_there_is_a_test_for_each_alert(self):
        tests = (MONITORING / "tollgate-alerts-test.yml").read_text()
        for alert in re.findall(r"- alert: (\w+)", ALERTS):
            with self.subTest(alert=alert):
                self.assertIn(f"ALERTS{{alertname=\"{alert}\", alertstate=\"firing\", instance", tests)


class Files(unittest.TestCase):
    def test_each_alert_says_what_is_seen_and_where_what_to_do_stands(self):
        for alert in ALERTS.split("- alert: ")[1:]:
            name = alert.split("\n")[0]
            with self.subTest(alert=name):
                for key in ("summary:", "description:", "severity:", "runbook: docs/operations.md#tollgate"):
                    self.assertIn(key, alert)

    def test_what_to_do_stands_there(self):
        page = ROOT / "docs" / "operations.md"
        if not page.exists():
            self.skipTest("docs/operations.md does not exist")
        headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
        for anchor in re.findall(r"docs/operations.md#([\w-]+)", ALERTS):
            self.assertIn(anchor, anchors)

    def test_each_panel_says_what_it_shows(self):
        self.assertGreater(len(panels()), 20)
        for panel in panels():
            self.assertTrue(panel["title"] and panel["description"].endswith("."), panel)

    def test_panels_do_not_cover_each_other(self):
        taken = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells

    def test_ids_of_panels_are_different(self):
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))


class InPrometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="tollgate-prometheus-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.module = FakeModule(cls.folder / "control.sock")
        cls.module.__enter__()
        cls.addClassCleanup(lambda: cls.module and cls.module.__exit__())
        exporter = cls.start(
            [TOLLGATE, "exporter", "--socket", cls.module.path, "--listen", "127.0.0.1:0"], subprocess.PIPE
        )
        cls.addClassCleanup(exporter.stdout.close)
        target = re.search(r"http://([^/]+)/", exporter.stdout.readline().decode())[1]
        configuration = cls.folder / "prometheus.yml"
        configuration.write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
            f"rule_files: ['{MONITORING}/tollgate-alerts.yml']\n"
            f"scrape_configs: [{{job_name: tollgate, static_configs: [{{targets: ['{target}']}}]}}]\n"
        )
        for attempt in range(3):  # another program can take a free port first
            cls.url = f"127.0.0.1:{free_port()}"
            with open(cls.folder / "log", "wb") as log:
                server = cls.start(
                    [PROMETHEUS, f"--config.file={configuration}", f"--storage.tsdb.path={cls.folder}/data",
                     f"--web.listen-address={cls.url}", "--log.level=warn"], log
                )
            if cls.wait_until(lambda: server.poll() is not None or cls.is_ready()) and server.poll() is None:
                break
        else:
            raise RuntimeError("prometheus does not start:\n" + (cls.folder / "log").read_text())
        if not cls.wait_until(lambda: cls.value("min(count_over_time(tollgate_up[1m]))") >= 6):
            raise RuntimeError("nothing is scraped:\n" + (cls.folder / "log").read_text())

    @classmethod
    def start(cls, command, output):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   preexec_fn=die_with_parent)

        def stop():
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        cls.addClassCleanup(stop)
        return process

    @staticmethod
    def wait_until(holds):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(0.2)
        return False

    @classmethod
    def is_ready(cls):
        try:
            with urllib.request.urlopen(f"http://{cls.url}/-/ready", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    @classmethod
    def ask(cls, path, **parameters):
        """The data of an answer of Prometheus's HTTP API. Raises for an expression that is none."""
        url = f"http://{cls.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            answer = json.load(response)
        if answer["status"] != "success":
            raise RuntimeError(answer)
        return answer["data"]

    @classmethod
    def results(cls, expression):
        return cls.ask("query", query=expression)["result"]

    @classmethod
    def value(cls, expression):
        found = cls.results(expression)
        return float(found[0]["value"][1]) if found else 0

    def test_1_prometheus_finds_no_fault_in_what_is_served(self):
        target = self.ask("targets")["activeTargets"][0]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))

    def test_1_it_takes_open_metrics_with_types_units_and_help(self):
        for metric, kind, unit in [
            ("tollgate_decisions", "counter", ""),
            ("tollgate_build", "info", ""),
            ("tollgate_verdict_seconds", "histogram", "seconds"),
            ("tollgate_database_size_bytes", "gauge", "bytes"),
        ]:
            with self.subTest(metric=metric):
                (known,) = self.ask("metadata", metric=metric)[metric]
                self.assertEqual((known["type"], known["unit"]), (kind, unit))
                self.assertTrue(known["help"].endswith("."))

    def test_1_numbers_arrive_as_they_are(self):
        self.assertEqual(self.value("tollgate_database_names"), 1_000_023)
        self.assertEqual(self.value('tollgate_build_info{version="0.1.0", unbound="1.17.1"}'), 1)
        # One in ten is blocked, and nine of ten verdicts take from 128 to 256 ns.
        blocked = 'sum(tollgate_decisions_total{action=~"nxdomain|sinkhole"})'
        queries = "(sum(tollgate_decisions_total) + sum(tollgate_answers_from_cache_total))"
        self.assertAlmostEqual(self.value(f"{blocked} / {queries}"), 0.1)
        median = self.value("histogram_quantile(0.5, rate(tollgate_verdict_seconds_bucket[30s]))")
        self.assertTrue(128e-9 < median < 256e-9, median)

    def test_1_every_expression_of_the_dashboard_has_data(self):
        for title, expression in dashboard_expressions():
            with self.subTest(panel=title, expression=expression):
                results = self.results(expression)
                self.assertTrue(results)
                for result in results:
                    self.assertTrue(math.isfinite(float(result["value"][1])), result)

    def test_1_the_dashboard_s_other_expressions_are_evaluated_without_a_fault(self):
        for annotation in DASHBOARD["annotations"]["list"]:
            self.results(annotation["expr"].replace("$instance", ".*"))
        self.assertEqual(DASHBOARD["templating"]["list"][1]["definition"], "label_values(tollgate_up, instance)")
        self.assertTrue(self.ask("label/instance/values", **{"match[]": "tollgate_up"}))

    def test_1_every_expression_of_the_alerts_is_evaluated_without_a_fault(self):
        self.assertTrue(self.wait_until(lambda: all(
            rule["health"] != "unknown" for group in self.ask("rules")["groups"] for rule in group["rules"]
        )))
        rules = [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]
        self.assertEqual(len(rules), ALERTS.count("expr:"))
        for rule in rules:
            with self.subTest(rule=rule["name"]):
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""))
                self.results(rule["query"])
                if rule["type"] == "recording":
                    self.assertTrue(self.results(rule["name"]))
                else:
                    self.assertEqual(rule["state"], "inactive", rule)

    def test_1_every_metric_that_is_named_exists(self):
        texts = [ALERTS, *(expression for _, expression in dashboard_expressions())]
        for metric in sorted(set(re.findall(r"tollgate[_:][a-z0-9_:]+", "\n".join(texts)))):
            with self.subTest(metric=metric):
                self.assertTrue(self.results(f'count({{__name__="{metric}"}})'))

    def test_2_a_module_that_has_gone_is_down_and_an_alert_is_pending(self):
        cls = type(self)
        cls.module.__exit__()
        cls.module = None
        self.assertTrue(self.wait_until(lambda: self.value("sum(tollgate_up)") == 0 and self.results("tollgate_up")))
        self.assertTrue(self.wait_until(lambda: self.results('ALERTS{alertname="TollgateDown"}')))


if __name__ == "__main__":
    unittest.main(verbosity=2)
