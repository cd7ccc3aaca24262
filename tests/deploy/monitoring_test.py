"""What watches the platform, without a platform: Prometheus's configuration, rules and alerts (promtool), Alertmanager's
configuration (amtool), nginx's, the dashboard's JSON and the queries in it (parsed by promtool), and that docs/operations.md
says what to do on each alarm. The queries meet a real Prometheus and a real platform in tests/e2e/monitoring_test.py.

The tools are Debian's: prometheus, prometheus-alertmanager, nginx. Where one is missing its tests are skipped and say so.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/deploy"))
import watch  # noqa: E402

DEPLOY = ROOT / "deploy"


class Base(unittest.TestCase):
    def tool(self, name):
        path = watch.find_tool(name)
        if path is None:
            self.skipTest(f"{name} is not installed: deploy/install --tests")
        return path

    def run_ok(self, *command, **more):
        run = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=120, **more)
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout


class Prometheus(Base):
    def test_configuration_and_rules_are_sound(self):
        self.run_ok(self.tool("promtool"), "check", "config", DEPLOY / "prometheus/prometheus.yml")

    def test_each_alert_fires_when_it_should(self):
        self.run_ok(self.tool("promtool"), "test", "rules", ROOT / "tests/deploy/alerts_test.yml")

    def test_all_fourteen_are_scraped_on_their_ports(self):
        text = (DEPLOY / "prometheus/prometheus.yml").read_text()
        found = re.findall(r'- targets: \["([a-z-]+):(\d+)"\]\n +labels: \{service: ([a-z-]+)\}', text)
        self.assertEqual([(name, port, name) for name, port, _ in watch.services()], found)

    def test_every_alert_is_tested_and_has_a_page(self):
        alerts = re.findall(r"- alert: (\w+)", (DEPLOY / "prometheus/alerts.yml").read_text())
        tested = set(re.findall(r"alertname: (\w+)", (ROOT / "tests/deploy/alerts_test.yml").read_text()))
        headings = {h.lower() for h in re.findall(r"^#### (\w+)$", (ROOT / "docs/operations.md").read_text(), re.M)}
        self.assertGreaterEqual(len(alerts), 15)
        self.assertEqual(len(alerts), len(set(alerts)))
        for alert in alerts:
            self.assertIn(alert, tested)
            self.assertIn(alert.lower(), headings, f"docs/operations.md has no heading #### {alert}")
        runbooks = re.findall(r"runbook: docs/operations.md#(\w+)", (DEPLOY / "prometheus/alerts.yml").read_text())
        self.assertEqual([a.lower() for a in alerts], runbooks)


class Alertmanager(Base):
    def configuration(self, webhook):
        return self.run_ok("sh", DEPLOY / "alertmanager/start.sh", "--print",
                           env={"PATH": "/usr/bin:/bin", "TRADEWIND_ALERT_WEBHOOK": webhook})

    def test_configuration_is_sound_with_and_without_a_webhook(self):
        amtool = self.tool("amtool")
        for webhook in ("", "https://desk.example/hook?a=1&b='x'"):
            with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
                file.write(self.configuration(webhook))
                file.flush()
                self.run_ok(amtool, "check-config", file.name)

    def test_a_webhook_that_is_no_url_is_refused(self):
        run = subprocess.run(["sh", DEPLOY / "alertmanager/start.sh", "--print"], capture_output=True, text=True,
                             env={"PATH": "/usr/bin:/bin", "TRADEWIND_ALERT_WEBHOOK": "desk.example"})
        self.assertEqual(run.returncode, 78)
        self.assertIn("no http or https URL", run.stderr)


class Nginx(Base):
    def test_configuration_is_sound(self):
        with tempfile.TemporaryDirectory() as folder:
            text = (DEPLOY / "nginx/nginx.conf").read_text()
            conf = pathlib.Path(folder) / "nginx.conf"
            conf.write_text(re.sub(r"(?<= )/(run|tmp)/", folder + "/", text))
            self.run_ok(self.tool("nginx"), "-t", "-p", folder, "-c", conf, "-e", "stderr")


class Dashboard(Base):
    def setUp(self):
        self.dashboards = watch.dashboards()

    def test_each_is_whole(self):
        self.assertTrue(self.dashboards)
        for name, board in self.dashboards.items():
            ids = [p["id"] for p in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), name)
            self.assertRegex(board["uid"], r"^[a-z-]+$")
            for panel in board["panels"]:
                where = f"{name}: {panel['title']}"
                self.assertTrue(panel["title"], where)
                grid = panel["gridPos"]
                self.assertTrue(0 <= grid["x"] and grid["x"] + grid["w"] <= 24, where)
                if panel["type"] == "row":
                    continue
                self.assertTrue(panel["targets"], where)
                self.assertIn("unit", panel["fieldConfig"]["defaults"], where)
                for target in panel["targets"]:
                    self.assertEqual(target["datasource"], {"type": "prometheus", "uid": "prometheus"}, where)

    def test_no_panel_lies_on_another(self):
        for name, board in self.dashboards.items():
            taken = {}
            for panel in board["panels"]:
                grid = panel["gridPos"]
                for x in range(grid["x"], grid["x"] + grid["w"]):
                    for y in range(grid["y"], grid["y"] + grid["h"]):
                        self.assertNotIn((x, y), taken, f"{name}: {panel['title']} on {taken.get((x, y))}")
                        taken[x, y] = panel["title"]

    def test_shows_what_an_operator_looks_for(self):
        text = json.dumps(self.dashboards["operations.json"])
        for metric in ("tw_check_status", "service:requests:rate1m", "service:errors:rate1m", "p99_1m",
                       "tw_oms_risk_answer_seconds", "tw_sink_spool_bytes", "journal_sync_seconds", "tw_oms_queued",
                       "service:lag_seconds:max", "tw_risk_kill_switch"):
            self.assertIn(metric, text)

    def test_queries_parse(self):
        queries = {expr for _, expr in watch.queries(self.dashboards)}
        rules = {"groups": [{"name": "dashboard", "rules": [
            {"record": f"query:{n}", "expr": expr} for n, expr in enumerate(sorted(queries))]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump(rules, file)  # JSON is YAML
            file.flush()
            self.run_ok(self.tool("promtool"), "check", "rules", file.name)

    def test_every_metric_is_one_of_ours(self):
        """A metric that no service has any more would leave its panel and its alert silent."""
        source = "".join(p.read_text() for folder in ("libs", "services") for p in (ROOT / folder).rglob("*")
                         if p.suffix in (".cc", ".h"))
        texts = [expr for _, expr in watch.queries(self.dashboards)]
        texts += [(DEPLOY / "prometheus" / name).read_text() for name in ("recording.yml", "alerts.yml")]
        for text in texts:
            for metric in set(re.findall(r"\btw_[a-z_]+[a-z]\b", text)):
                base = re.sub(r"_(bucket|sum|count)$", "", metric)
                self.assertTrue(f'"{base}"' in source or f'"{metric}"' in source, f"no service has {metric}: {text[:200]}")


class Provisioning(Base):
    def test_datasource_of_the_dashboards_is_provisioned(self):
        text = (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text()
        self.assertIn("uid: prometheus\n", text)

    def test_dashboards_are_where_compose_mounts_them(self):
        provider = (DEPLOY / "grafana/provisioning/dashboards/tradewind.yaml").read_text()
        path = re.search(r"path: (\S+)", provider).group(1)
        self.assertIn(f"./grafana/dashboards:{path}:ro", (DEPLOY / "compose.yaml").read_text())


if __name__ == "__main__":
    unittest.main()
