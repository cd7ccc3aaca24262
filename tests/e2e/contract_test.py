"""The contract with the outside on a running platform: every route and command, in every form that people rely on."""
import os
import signal
import socket
import subprocess
import unittest

from stack import ROOT, Stack, wait_until

JSON = {"Content-Type": "application/json"}

# Routes of the contract's table: service, method, path, body, status. {order} is an order that rests, {fill} one that filled.
ROUTES = [
    ("gateway", "GET", "/tickers", None, 200),
    ("gateway", "GET", "/ticker/BTCUSDT", None, 200),
    ("gateway", "GET", "/tickers/BTCUSDT", None, 200),
    ("gateway", "GET", "/orderbook/BTCUSDT?depth=3", None, 200),
    ("gateway", "GET", "/trades/BTCUSDT", None, 200),
    ("gateway", "GET", "/candles/BTCUSDT?timeframe=1s&limit=5", None, 200),
    ("gateway", "GET", "/symbols", None, 200),
    ("gateway", "GET", "/symbols/search?q=btc", None, 200),
    ("gateway", "GET", "/status", None, 200),
    ("gateway", "GET", "/", None, 200),
    ("gateway", "GET", "/api/v1/orders?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/orders/{order}", None, 200),
    ("gateway", "GET", "/api/v1/orders/{fill}/fills", None, 200),
    ("gateway", "GET", "/api/v1/fills?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/positions?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/pnl?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/pnl/history?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/lots?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/trades?account=walk", None, 200),
    ("gateway", "GET", "/api/v1/venues", None, 200),
    ("gateway", "GET", "/api/v1/tickers", None, 200),
    ("gateway", "GET", "/api/v1/ticker/IBM", None, 200),
    ("gateway", "GET", "/api/v1/orderbook/IBM", None, 200),
    ("gateway", "GET", "/api/v1/trades/IBM", None, 200),
    ("gateway", "GET", "/api/v1/candles/IBM?timeframe=1m", None, 200),
    ("gateway", "GET", "/api/v1/symbols", None, 200),
    ("gateway", "GET", "/api/v1/risk/portfolio", None, 200),
    ("gateway", "GET", "/api/v1/risk/limits", None, 200),
    ("gateway", "GET", "/api/v1/risk/alerts", None, 200),
    ("gateway", "POST", "/api/v1/risk/check", {"symbol": "IBM", "side": "buy", "quantity": 1}, 200),
    ("gateway", "POST", "/api/v1/orders/preview", {"symbol": "IBM", "side": "buy", "quantity": 1, "price": 180}, 200),
    ("oms", "GET", "/orders", None, 200),
    ("oms", "GET", "/orders/{order}", None, 200),
    ("oms", "GET", "/orders/{fill}/fills", None, 200),
    ("oms", "GET", "/fills", None, 200),
    ("oms", "GET", "/positions", None, 200),
    ("oms", "POST", "/orders/{order}/resolve", {"as": "canceled", "reason": "x"}, 409),
    ("risk", "POST", "/check", {"symbol": "IBM", "side": "buy", "quantity": 1}, 200),
    ("risk", "GET", "/risk/portfolio", None, 200),
    ("risk", "GET", "/risk/limits", None, 200),
    ("risk", "GET", "/risk/alerts", None, 200),
    ("risk", "POST", "/risk/alerts/0/ack", {}, 404),
    ("risk", "POST", "/risk/symbol/SOLUSDT/block", {"reason": "walk"}, 200),
    ("risk", "DELETE", "/risk/symbol/SOLUSDT/block", None, 200),
    ("risk", "POST", "/risk/kill-switch", {"reason": "walk"}, 200),
    ("risk", "DELETE", "/risk/kill-switch", None, 200),
    ("pnl", "GET", "/positions", None, 200),
    ("pnl", "GET", "/snapshot", None, 200),
    ("pnl", "GET", "/pnl/realtime?account=walk", None, 200),
    ("pnl", "GET", "/pnl/history?account=walk", None, 200),
    ("ptrc", "GET", "/positions", None, 200),
    ("ptrc", "GET", "/lots", None, 200),
    ("ptrc", "GET", "/trades", None, 200),
    ("ptrc", "GET", "/breaks", None, 200),
    ("ptrc", "GET", "/alerts", None, 200),
    ("ptrc", "POST", "/reports", {"kind": "positions"}, 200),
    ("exeq", "GET", "/venues", None, 200),
    ("exeq", "GET", "/orders/{order}", None, 200),
    ("live-gateway", "GET", "/mode", None, 200),
    ("live-gateway", "GET", "/exchanges/status", None, 200),
    ("live-gateway", "POST", "/panic", {"reason": "walk"}, 200),
    ("live-gateway", "DELETE", "/panic", None, 200),
    ("normalizer", "GET", "/bars/PAPER/BTCUSDT/1s", None, 200),
    ("hot-cache", "GET", "/cache/tickers", None, 200),
    ("hot-cache", "GET", "/cache/ticker/IBM", None, 200),
    ("hot-cache", "GET", "/cache/orderbook/IBM", None, 200),
    ("hot-cache", "GET", "/cache/trades/IBM", None, 200),
    ("hot-cache", "GET", "/cache/positions", None, 200),
    ("sink-ticks", "POST", "/flush", None, 200),
    ("sink-alt", "POST", "/flush", None, 200),
    ("questdb-writer", "POST", "/flush", None, 200),
    ("feature-pipeline", "GET", "/features/BTCUSDT", None, 200),
    ("execution-quality", "GET", "/venues", None, 200),
    ("execution-quality", "GET", "/execution/{fill}", None, 200),
    ("execution-quality", "GET", "/benchmarks/BTCUSDT", None, 200),
]

# What is not there, or not well asked: service, method, path, body, status, the field at fault ("" for none).
FAULTS = [
    ("gateway", "GET", "/orderbook/NOPE", None, 404, ""),
    ("gateway", "GET", "/candles/NOPE", None, 404, ""),
    ("gateway", "GET", "/trades/NOPE", None, 404, ""),
    ("gateway", "GET", "/orderbook/IBM?depth=0x", None, 400, "depth"),
    ("gateway", "GET", "/orderbook/IBM?depth=101", None, 400, "depth"),
    ("gateway", "GET", "/candles/IBM?timeframe=7m", None, 400, "timeframe"),
    ("gateway", "GET", "/candles/IBM?limit=1001", None, 400, "limit"),
    ("gateway", "GET", "/api/v1/orders/9-9", None, 404, ""),
    ("gateway", "GET", "/api/v1/orders/x", None, 400, "order_id"),
    ("gateway", "GET", "/api/v1/nothing", None, 404, ""),
    ("oms", "GET", "/orders?status=lost", None, 400, "status[0]"),
    ("oms", "GET", "/orders?limit=-1", None, 400, "limit"),
    ("oms", "GET", "/orders?limit=1001", None, 400, "limit"),
    ("oms", "GET", "/orders?after=x", None, 400, "after"),
    ("oms", "GET", "/fills?after=x", None, 400, "after"),
    ("oms", "PATCH", "/orders/{order}", {}, 400, "quantity"),
    ("oms", "PATCH", "/orders/{fill}", {"quantity": 1}, 409, ""),
    ("oms", "DELETE", "/orders/9-9", None, 404, ""),
    ("risk", "POST", "/check", {"symbol": "IBM", "side": "buy"}, 400, "quantity"),
    ("risk", "POST", "/check", {"symbol": "IBM", "quantity": 1}, 400, "side"),
    ("risk", "PUT", "/risk/limits", {"scope": "planet"}, 400, "scope"),
    ("ptrc", "POST", "/reports", {"kind": "novel"}, 400, "kind"),
    ("ptrc", "GET", "/reports/none", None, 404, ""),
    ("exeq", "GET", "/orders/9-9", None, 404, ""),
    ("normalizer", "GET", "/bars/PAPER/BTCUSDT/2d", None, 400, "interval"),
    ("normalizer", "GET", "/bars/PAPER/NOPE/1m", None, 404, ""),
    ("hot-cache", "GET", "/cache/ticker/NOPE", None, 404, ""),
    ("feature-pipeline", "GET", "/features/NOPE", None, 404, ""),
    ("execution-quality", "GET", "/execution/9-9", None, 404, ""),
    ("execution-quality", "GET", "/benchmarks/NOPE", None, 404, ""),
    ("sink-alt", "POST", "/ingest", {"records": [{"category": "news"}]}, 400, None),
]

ORDER = '{"account":"walk","symbol":"IBM","side":"buy","quantity":1,"price":170%s}'
BODIES = [  # beside a sound order: status, the field at fault
    ("", 200, None),
    (',"type":"limit","order_type":"LIMIT"', 200, None),
    (',"type":"market","order_type":"limit"', 400, "order_type"),
    (',"colour":"red"', 200, None),
    (',"price":171', 400, "price"),
    (',"stop_price":170', 400, "stop_price"),
    (',"time_in_force":"sometimes"', 400, "time_in_force"),
    (',"client_order_id":"%s"' % ("k" * 65), 400, "client_order_id"),
]
NUMBERS = [  # as a quantity
    ("1", "1"), ('"1"', "1"), ("1.50000000", "1.5"), ("1e1", "10"), ('"0.00000001"', "0.00000001"),
    ("0.000000001", None), ("1e400", None), ("NaN", None), ('"NaN"', None), ("-1", None), ("0", None), ('""', None),
    ("1e30", None), ("true", None), ("[1]", None), ("92233720369", None), ("0x10", None), ("null", None),
]


class ContractTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        wait_until(lambda: cls.stack.get("feature-pipeline", "/features/BTCUSDT").status == 200, 30, 0.2, "features")

        def order(**more):
            placed = cls.stack.post("oms", "/orders", dict(account="walk", symbol="BTCUSDT", side="buy", **more)).json
            status = "NEW" if "price" in more else "FILLED"
            wait_until(lambda: cls.stack.get("oms", f"/orders/{placed['order_id']}").json["status"] == status, 10)
            return placed["order_id"]

        cls.ids = {"fill": wait_until(lambda: order(type="market", quantity="0.01"), 30)}
        cls.ids["order"] = order(quantity="0.01", price="44000", time_in_force="gtc")
        wait_until(lambda: cls.stack.get("execution-quality", f"/execution/{cls.ids['fill']}").status == 200, 10)

    def ask(self, service, method, path, body):
        path = path.format(**self.ids)
        headers = JSON if method != "GET" else {}
        return self.stack.request(service, method, path, body, headers=headers)

    def test_every_route_of_the_table(self):
        for service, method, path, body, status in ROUTES:
            with self.subTest(f"{method} {service}{path}"):
                answer = self.ask(service, method, path, body)
                self.assertEqual(answer.status, status, answer.text[:300])
                if status != 200:
                    self.assertIn("code", answer.json)

    def test_faults_are_named(self):
        for service, method, path, body, status, field in FAULTS:
            with self.subTest(f"{method} {service}{path}"):
                answer = self.ask(service, method, path, body)
                self.assertEqual(answer.status, status, answer.text[:300])
                self.assertTrue({"code", "message"} <= set(answer.json), answer.text[:300])
                if field is not None:
                    self.assertEqual(answer.json.get("field", ""), field, answer.text[:300])

    def test_every_service_says_how_it_is(self):
        for service in self.stack.services:
            with self.subTest(service):
                health = self.stack.get(service, "/health")
                self.assertEqual((health.status, health.json), (200, {"status": "healthy", "service": service}))
                wait_until(lambda s=service: self.stack.get(s, "/ready").status == 200, 10, 0.2, "ready")
                check = self.stack.get(service, "/check")
                self.assertEqual(check.status, 200, check.text)
                self.assertIn(check.json["status"], ("ok", "degraded"), check.text)
                for row in check.json["checks"]:
                    self.assertTrue({"name", "status", "reason", "lag_ms"} <= set(row), row)
                self.assertIn("instruments_hash", check.text)
                metrics = self.stack.get(service, "/metrics")
                self.assertEqual(metrics.status, 200)
                self.assertRegex(metrics.text, r"(?m)^# HELP tw_")
                self.assertIsInstance(self.stack.get(service, "/stats").json, dict)
                nothing = self.stack.get(service, "/api/no/such/route")
                self.assertEqual((nothing.status, nothing.json["code"]), (404, "NOT_FOUND"))
                self.assertEqual(self.stack.request(service, "PUT", "/health", {}).status, 405)

    def test_guards_against_pages_of_others(self):
        for service in self.stack.services:
            with self.subTest(service):
                get = lambda **headers: self.stack.get(service, "/health", headers=headers).status  # noqa: E731
                self.assertEqual(get(Host="evil.example"), 403)
                self.assertEqual(get(Host="localhost"), 200)
                self.assertEqual(get(Origin="http://evil.example"), 403)
                self.assertEqual(get(Origin=f"http://localhost:{self.stack.http_port(service)}"), 200)
        for service, path in (("oms", "/orders"), ("gateway", "/api/v1/orders"), ("risk", "/risk/kill-switch")):
            for sent in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
                self.assertEqual(self.stack.post(service, path, "{}", headers=sent).status, 415, f"{service} {sent}")

    def test_bodies_of_an_order(self):
        for service, path in (("oms", "/orders"), ("gateway", "/api/v1/orders")):
            for more, status, field in BODIES:
                with self.subTest(f"{service} {more}"):
                    answer = self.stack.post(service, path, ORDER % more, headers=JSON)
                    self.assertEqual(answer.status, status, answer.text)
                    self.assertEqual((answer.json or {}).get("field"), field, answer.text)
            for text, value in NUMBERS:
                with self.subTest(f"{service} quantity {text}"):
                    body = '{"account":"numbers","symbol":"IBM","side":"BUY","price":"170.0","quantity":%s}' % text
                    answer = self.stack.post(service, path, body, headers=JSON)
                    self.assertEqual(answer.status, 200 if value else 400, answer.text)
                    if value:
                        self.assertEqual((answer.json["quantity"], answer.json["price"]), (value, "170"))
            for body in ("", "[]", "null", "{", '"x"', "{}x", '{"symbol":"IBM"' + ',"a":[' * 40, "\x00", "{" + " " * (1 << 21) + "}"):
                with self.subTest(f"{service} body {body[:20]!r}"):
                    status = self.stack.post(service, path, body, headers=JSON).status
                    self.assertIn(status, (400, 413), body[:20])

    def test_words_in_any_case_and_the_defaults(self):
        for side in ("buy", "BUY", "Buy", "SIDE_BUY", "side_buy"):
            order = self.stack.post("oms", "/orders", {"symbol": "IBM", "side": side, "quantity": "1", "price": "170"}).json
            self.assertEqual((order["side"], order["account"], order["type"], order["time_in_force"]),
                             ("BUY", "default", "LIMIT", "DAY"))
            self.assertRegex(order["created_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
            self.assertIsInstance(order["sequence"], int)
            self.assertIsInstance(order["order_id"], str)
        market = self.stack.post("oms", "/orders", {"symbol": "IBM", "side": "sell", "quantity": 1, "order_type": "Market"})
        self.assertEqual((market.json["type"], market.json["time_in_force"]), ("MARKET", "IOC"))

    def test_lists_are_paged(self):
        for i in range(7):
            self.stack.post("oms", "/orders", {"account": "paged", "symbol": "BTCUSDT", "side": "buy", "quantity": "0.01",
                                               "type": "market", "client_order_id": f"p-{i}"})
        keys = [f"p-{i}" for i in range(7)]
        fills = lambda: self.stack.get("oms", "/fills?account=paged&limit=1000").json  # noqa: E731
        wait_until(lambda: len({f["order_id"] for f in fills()}) == 7, 10, 0.1, "all are filled")
        for service, prefix in (("oms", ""), ("gateway", "/api/v1")):
            newest = self.stack.get(service, f"{prefix}/orders?account=paged&limit=3")
            self.assertEqual([o["client_order_id"] for o in newest.json], keys[-3:], "the newest, newest last")
            for what, key, every in (("orders", "client_order_id", keys), ("fills", "fill_id", [f["fill_id"] for f in fills()])):
                seen, after = [], "0"
                while after:
                    page = self.stack.get(service, f"{prefix}/{what}?account=paged&limit=3&after={after}")
                    self.assertLessEqual(len(page.json), 3)
                    seen += [row[key] for row in page.json]
                    after = page.headers.get("x-next")
                self.assertEqual(seen, every, f"{service} {what}")

    def test_shapes_of_the_market(self):
        ticker = self.stack.get("gateway", "/ticker/BTCUSDT").json
        for field in ("symbol", "last_price", "bid", "ask", "bid_size", "ask_size", "volume_24h", "change_24h", "timestamp"):
            self.assertIsInstance(ticker[field], str, field)
        book = self.stack.get("gateway", "/orderbook/BTCUSDT?depth=3").json
        self.assertEqual((len(book["bids"]), len(book["asks"]), len(book["bids"][0])), (3, 3, 2))
        self.assertTrue({"symbol", "sequence", "timestamp"} <= set(book))
        candles = wait_until(lambda: self.stack.get("gateway", "/candles/BTCUSDT?timeframe=1s&limit=5").json, 10, 0.2)
        self.assertEqual(set(candles[0]), {"timestamp", "open", "high", "low", "close", "volume", "trades"})
        self.assertEqual([s["symbol"] for s in self.stack.get("gateway", "/symbols/search?q=BtC").json], ["BTCUSDT"])
        position = self.stack.get("pnl", "/positions?account=walk").json[0]
        self.assertTrue({"account", "symbol", "quantity", "average_price", "mark_price", "realized_pnl",
                         "unrealized_pnl"} <= set(position))
        status = self.stack.get("gateway", "/status").json
        self.assertEqual((status["total"], len(status["services"])), (14, 14))
        self.assertTrue({"name", "status", "latency_ms", "since", "reason"} <= set(status["services"][0]))
        check = self.stack.post("risk", "/check", {"symbol": "BTCUSDT", "side": "buy", "quantity": 100}).json
        self.assertTrue({"approved", "risk_level", "reason", "reason_code", "warnings", "checks"} <= set(check))
        self.assertEqual((check["approved"], check["risk_level"]), (False, "CRITICAL"))

    def test_every_command_explains_itself(self):
        help_text = self.stack.tradewind("--help").stdout
        commands = [line.split()[0].rstrip(",") for line in help_text.split("Subcommands:")[1].splitlines()
                    if line.startswith("  ") and not line.startswith("   ")]
        for wanted in ("orders", "positions", "risk", "why", "kill", "replay", "load", "audit", "journal", "health", "tail",
                       "resolve", "demo"):
            self.assertIn(wanted, commands)
        for command in commands:
            run = self.stack.tradewind(command, "--help", check=False)
            self.assertEqual(run.returncode, 0, f"{command} --help: {run.stderr}")
            wrong = self.stack.tradewind(command, "--no-such-flag", check=False)
            self.assertEqual(wrong.returncode, 2, f"{command}: {wrong.stdout}{wrong.stderr}")
        self.assertEqual(self.stack.tradewind("no-such-command", check=False).returncode, 2)

    def test_every_program_explains_itself_and_refuses_what_it_does_not_know(self):
        for service in self.stack.services:
            program = str(self.stack.bin / service)
            run = subprocess.run([program, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertEqual(run.returncode, 0, service)
            self.assertIn("--data-dir", run.stdout, service)
            wrong = subprocess.run([program, "--no-such-flag"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   timeout=20)
            self.assertNotEqual(wrong.returncode, 0, service)
            self.assertIn("no-such-flag", wrong.stdout + wrong.stderr, service)
        second = subprocess.run([str(self.stack.bin / "oms"), "--data-dir", str(self.stack.data)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=20, cwd=ROOT,
                                env=dict(os.environ, TRADEWIND_PORT_OFFSET="14900"))
        self.assertEqual(second.returncode, 75, second.stdout + second.stderr)
        self.assertIn(str(self.stack.pid("oms")), second.stdout + second.stderr)
        for command in ("up", "down", "status"):
            run = subprocess.run([str(ROOT / "deploy" / command), "--help"], stdout=subprocess.PIPE, text=True, timeout=20)
            self.assertEqual(run.returncode, 0, command)
            self.assertIn(f"deploy/{command}", run.stdout)
            wrong = subprocess.run([str(ROOT / "deploy" / command), "--no-such-flag"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertEqual(wrong.returncode, 1, command)

    def test_working_services_told_twice_to_stop_do_it_cleanly(self):
        said = {name: self.stack.log(name).count('"event":"stopped"') for name in self.stack.services}
        pids = {name: self.stack.pid(name) for name in self.stack.services}
        for _ in range(2):  # as a supervisor does that is told to stop while it stops
            for name, pid in pids.items():
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass  # it was quick
        for name, pid in pids.items():
            wait_until(lambda: self.stack.pid(name) not in (0, pid), 30, 0.05, f"{name} is there again")
            self.assertEqual(self.stack.log(name).count('"event":"stopped"'), said[name] + 1, name)
            process = self.stack.folder(name).name  # "fused" where it shares one
            # What the supervisor says of it comes beside the new process, not before it.
            wait_until(lambda: self.ended(process), 10, 0.05, f"{name}'s end is told")
            self.assertIn('"exit_code":0,"signal":0', self.ended(process)[-1], name)
        self.stack.wait_healthy(60)

    def ended(self, process):
        return [line for line in self.stack.log(process).splitlines() if '"event":"service_ended"' in line]

    def test_hostile_bytes_do_no_harm(self):
        before = {name: self.stack.pid(name) for name in self.stack.services}
        for service in self.stack.services:
            for port in self.stack.services[service]:
                for data in (b"\x00" * 100, b"GET / HTTP/9.9\r\n\r\n", b"POST /orders HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                             b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64):
                    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                        connection.settimeout(0.2)
                        try:
                            connection.sendall(data)
                            connection.recv(4096)
                        except OSError:
                            pass
        self.stack.wait_healthy()
        self.assertEqual(before, {name: self.stack.pid(name) for name in self.stack.services})


if __name__ == "__main__":
    unittest.main(verbosity=2)
