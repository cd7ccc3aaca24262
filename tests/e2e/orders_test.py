"""The golden flow: what a person sees in the first five minutes, through real processes and a real QuestDB."""
import datetime
import json
import unittest

from stack import Stack, wait_until

SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "IBM"]


class OrdersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__(None, None, None)

    def submit(self, **order):
        answer = self.stack.post("gateway", "/api/v1/orders", order)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def order(self, order_id):
        return self.stack.get("oms", f"/orders/{order_id}").json

    def wait_status(self, order_id, status, seconds=5.0):
        wait_until(lambda: self.order(order_id)["status"] == status, seconds, 0.02,
                   f"{order_id} is {status}, not {self.order(order_id)['status']}")
        return self.order(order_id)

    def test_01_fourteen_are_healthy_and_moving(self):
        status = self.stack.get("gateway", "/status")
        self.assertEqual(status.status, 200)
        self.assertEqual((status.json["healthy"], status.json["total"]), (14, 14), status.text)
        first = wait_until(lambda: self.full_tickers(), 20, 0.2, "a ticker for every symbol")
        wait_until(lambda: all(self.ticker(s)["timestamp"] != first[s]["timestamp"] for s in SYMBOLS), 20, 0.2,
                   "every ticker moves")

    def ticker(self, symbol):
        return self.stack.get("gateway", f"/ticker/{symbol}").json

    def full_tickers(self):
        rows = {t["symbol"]: t for t in self.stack.get("gateway", "/tickers").json}
        for symbol in SYMBOLS:
            for field in ("last_price", "bid", "ask", "bid_size", "ask_size"):
                self.assertGreater(float(rows[symbol][field]), 0, f"{symbol} {field}")
            self.assertLess(float(rows[symbol]["bid"]), float(rows[symbol]["ask"]))
        return rows

    def test_02_an_order_fills_and_leaves_every_trace(self):
        run = self.stack.tradewind("orders", "submit", "--account", "demo", "--symbol", "BTCUSDT", "--side", "buy",
                                   "--type", "limit", "--tif", "gtc", "--quantity", "0.10", "--price", "46000",
                                   "--client-order-id", "a-1", "--json")
        self.assertIn("order_id", run.stdout)
        listed = self.stack.get("oms", "/orders?account=demo").json
        self.assertEqual([o["client_order_id"] for o in listed], ["a-1"])
        order = self.wait_status(listed[0]["order_id"], "FILLED", 1.0)
        self.assertEqual(order["filled_quantity"], "0.1")
        self.assertEqual(order["leaves_quantity"], "0")

        fills = self.stack.get("gateway", "/api/v1/fills?account=demo").json
        self.assertAlmostEqual(sum(float(f["quantity"]) for f in fills), 0.1)
        self.assertEqual(fills, self.stack.get("oms", f"/orders/{order['order_id']}/fills").json)

        for service, path in (("gateway", "/api/v1/positions?account=demo"), ("oms", "/positions?account=demo"),
                              ("pnl", "/positions?account=demo"), ("ptrc", "/positions?account=demo")):
            position = wait_until(lambda s=service, p=path: self.stack.get(s, p).json, 5, 0.05,
                                  f"a position at {service}")[0]
            self.assertEqual((position["symbol"], position["quantity"]), ("BTCUSDT", "0.1"), service)
        pnl = wait_until(lambda: self.stack.get("pnl", "/pnl/realtime?account=demo").json, 5, 0.05, "P&L")
        self.assertIn("unrealized_pnl", str(pnl))
        lots = self.stack.get("ptrc", "/lots?account=demo").json
        self.assertAlmostEqual(sum(float(lot["quantity"]) for lot in lots), 0.1)

        events = len(self.stack.tradewind("tail", "--from", "1", "--account", "demo", "--until-head").stdout.split("\n")) - 1
        wait_until(lambda: self.stack.sql("select count() from order_events where account='demo'") == [[events]], 3,
                   0.05, f"{events} order events in QuestDB")
        wait_until(lambda: self.stack.sql("select count() from fills where account='demo'") == [[len(fills)]], 3, 0.05,
                   "the fills in QuestDB")
        wait_until(lambda: self.stack.sql("select count() from positions where account='demo'") == [[len(fills)]], 3,
                   0.05, "the positions in QuestDB")
        checks = wait_until(lambda: self.stack.sql(
            f"select check_name, approved from risk_decisions where order_id='{order['order_id']}'"), 3, 0.05,
            "the risk decision in QuestDB")
        self.assertIn("max_position", [row[0] for row in checks])

        quality = wait_until(
            lambda: self.stack.get("execution-quality", f"/execution/{order['order_id']}").json, 5, 0.05, "quality")
        self.assertEqual(quality["filled_quantity"], "0.1")
        self.assertEqual(self.stack.get("ptrc", "/breaks?status=open").json, [])

    def test_03_the_same_key_is_the_same_order(self):
        order = dict(account="idem", symbol="BTCUSDT", side="buy", type="limit", quantity="0.10", price="44000",
                     client_order_id="k-1", time_in_force="gtc")
        first = self.submit(**order)
        again = self.submit(**dict(order, quantity=0.1, price="44000.00"))
        self.assertEqual(again["order_id"], first["order_id"])
        self.assertTrue(again["duplicate"])
        other = self.stack.post("gateway", "/api/v1/orders", dict(order, quantity="0.2"))
        self.assertEqual((other.status, other.json["code"]), (409, "ALREADY_EXISTS"))

    def test_04_the_first_order_by_curl(self):
        order = self.stack.post("oms", "/orders", {"account": "test", "symbol": "BTCUSDT", "side": "buy",
                                                   "type": "limit", "quantity": 0.001, "price": 45000,
                                                   "order_type": "LIMIT"})
        self.assertEqual(order.status, 200, order.text)
        self.assertNotEqual(order.json["status"], "REJECTED", order.text)
        self.assertEqual(order.json["quantity"], "0.001")

    def test_05_risk_check_says_why(self):
        def check(**order):
            answer = self.stack.post("risk", "/check", dict(account="test", symbol="BTCUSDT", side="buy", **order))
            self.assertEqual(answer.status, 200, answer.text)
            return answer.json

        self.assertTrue(check(quantity=0.1, price=45000)["approved"])
        refused = check(quantity=100, price=45000)
        self.assertFalse(refused["approved"])
        self.assertEqual(refused["reason_code"], "MAX_ORDER_QUANTITY")
        self.assertTrue(refused["reason"])
        self.assertTrue(all({"name", "limit", "headroom"} <= set(c) for c in refused["checks"]))
        self.assertTrue(check(quantity=0.1)["approved"])  # without a price: at the market

    def test_06_a_refused_order_is_an_order(self):
        order = self.submit(account="test", symbol="BTCUSDT", side="buy", type="limit", quantity="11", price="45000")
        self.assertEqual((order["status"], order["reject_reason"]), ("REJECTED", "MAX_ORDER_QUANTITY"))
        why = self.stack.tradewind("why", order["order_id"]).stdout
        self.assertIn("max_order_quantity", why)

    def test_07_bad_input_is_named_and_changes_nothing(self):
        before = len(self.stack.get("oms", "/orders?limit=1000").json)
        for body, field in (({"symbol": "BTCUSDT", "side": "buy", "quantity": "1", "price": "x"}, "price"),
                            ({"symbol": "BTCUSDT", "side": "hold", "quantity": "1", "price": "1"}, "side"),
                            ({"symbol": "BTCUSDT", "side": "buy", "quantity": "-1", "price": "1"}, "quantity"),
                            ({"symbol": "BTCUSDT", "side": "buy", "quantity": 0.000000001, "price": 1}, "quantity"),
                            ({"side": "buy", "quantity": "1", "price": "1"}, "symbol")):
            for service, path in (("oms", "/orders"), ("gateway", "/api/v1/orders")):
                answer = self.stack.post(service, path, body)
                self.assertEqual((answer.status, answer.json["field"]), (400, field), f"{service} {body} {answer.text}")
        self.assertEqual(self.stack.post("oms", "/orders", '{"symbol":', headers={"Content-Type": "application/json"}).status, 400)
        self.assertEqual(len(self.stack.get("oms", "/orders?limit=1000").json), before)
        self.assertEqual(self.stack.get("gateway", "/ticker/NOPE").status, 404)
        self.assertEqual(self.stack.get("gateway", "/tickers/NOPE").status, 404)

    def test_08_time_in_force(self):
        book = self.stack.get("gateway", "/orderbook/BTCUSDT?depth=5").json
        below = f"{float(book['bids'][0][0]) * 0.98:.2f}"
        ioc = self.submit(account="tif", symbol="BTCUSDT", side="buy", type="limit", quantity="0.1", price=below,
                          time_in_force="ioc")
        self.wait_status(ioc["order_id"], "CANCELED")
        fok = self.submit(account="tif", symbol="BTCUSDT", side="buy", type="limit", quantity="0.1", price=below,
                          time_in_force="fok")
        self.wait_status(fok["order_id"], "CANCELED")
        market = self.submit(account="tif", symbol="ETHUSDT", side="sell", type="market", quantity="1")
        self.wait_status(market["order_id"], "FILLED")
        day = self.submit(account="tif", symbol="BTCUSDT", side="buy", type="limit", quantity="0.1", price=below)
        self.assertEqual(day["time_in_force"], "DAY")
        self.wait_status(day["order_id"], "NEW")
        canceled = self.stack.request("gateway", "DELETE", f"/api/v1/orders/{day['order_id']}",
                                      headers={"Content-Type": "application/json"})
        self.assertEqual(canceled.status, 200, canceled.text)
        done = self.wait_status(day["order_id"], "CANCELED")
        self.assertEqual((done["filled_quantity"], done["canceled_quantity"]), ("0", "0.1"))

    def test_09_replace_keeps_the_order_id(self):
        book = self.stack.get("gateway", "/orderbook/ETHUSDT?depth=5").json
        below = float(book["bids"][0][0]) * 0.98
        order = self.submit(account="rep", symbol="ETHUSDT", side="buy", type="limit", quantity="2",
                            price=f"{below:.2f}", time_in_force="gtc")
        self.wait_status(order["order_id"], "NEW")
        answer = self.stack.request("gateway", "PATCH", f"/api/v1/orders/{order['order_id']}", {"quantity": "1"})
        self.assertEqual(answer.status, 200, answer.text)
        wait_until(lambda: self.order(order["order_id"])["quantity"] == "1", 5, 0.02, "replaced")
        self.assertEqual(self.order(order["order_id"])["status"], "NEW")

    def best(self, symbol):
        book = self.stack.get("gateway", f"/orderbook/{symbol}?depth=1").json
        return float(book["bids"][0][0]), float(book["asks"][0][0])

    def test_09a_stops_are_held_and_set_off(self):
        bid, ask = self.best("ETHUSDT")
        run = self.stack.tradewind("orders", "submit", "--account", "stop", "--symbol", "ETHUSDT", "--side", "sell",
                                   "--type", "stop", "--tif", "gtc", "--quantity", "1", "--stop-price",
                                   f"{bid * 0.95:.2f}", "--stop-trigger", "bid_ask", "--json")
        stop = json.loads(run.stdout)
        self.assertEqual((stop["status"], float(stop["trigger_price"])), ("NEW", float(f"{bid * 0.95:.2f}")))
        trailing = self.submit(account="stop", symbol="ETHUSDT", side="buy", type="trailing_stop", quantity="1",
                               trailing_percent="2", stop_trigger="mark", time_in_force="gtc")
        self.assertEqual(trailing["status"], "NEW", trailing)
        self.assertGreater(float(trailing["trigger_price"]), ask)
        # The market is past the new stop price: set off at once.
        moved = self.stack.request("gateway", "PATCH", f"/api/v1/orders/{stop['order_id']}",
                                   {"stop_price": f"{bid * 1.01:.2f}"})
        self.assertEqual(moved.status, 200, moved.text)
        done = self.wait_status(stop["order_id"], "FILLED")
        self.assertTrue(done["triggered_time"])
        limit = self.submit(account="stop", symbol="ETHUSDT", side="sell", type="stop_limit", quantity="1",
                            stop_price=f"{ask * 1.01:.2f}", price=f"{ask * 1.02:.2f}", stop_trigger="bid_ask",
                            time_in_force="gtc")
        self.wait_status(limit["order_id"], "NEW")
        wait_until(lambda: self.order(limit["order_id"]).get("triggered_time"), 5, 0.02, "it is set off")
        for order in (trailing, limit):
            canceled = self.stack.request("gateway", "DELETE", f"/api/v1/orders/{order['order_id']}",
                                          headers={"Content-Type": "application/json"})
            self.assertEqual(canceled.status, 200, canceled.text)
            self.wait_status(order["order_id"], "CANCELED")
        wait_until(lambda: self.stack.sql(f"select event from order_events where order_id='{stop['order_id']}' "
                                          "and event='TRIGGERED' and trigger_price > 0"), 5, 0.05, "a row of it")

    def test_09b_post_only_iceberg_reduce_only_and_gtd(self):
        bid, ask = self.best("SOLUSDT")
        order = dict(account="more", symbol="SOLUSDT", side="buy", type="limit", quantity="10", time_in_force="gtc")
        crossing = self.submit(**order, price=f"{ask * 1.01:.2f}", post_only=True)
        refused = self.wait_status(crossing["order_id"], "REJECTED")
        self.assertEqual(refused["reject_reason"], "POST_ONLY_WOULD_TRADE")
        price = f"{bid * 0.975:.2f}"
        resting = self.submit(**order, price=price, post_only=True, display_quantity="2")
        self.wait_status(resting["order_id"], "NEW")
        levels = wait_until(lambda: [size for at, size in self.stack.get(
            "gateway", "/orderbook/SOLUSDT?depth=100").json["bids"] if float(at) == float(price)], 5, 0.1, "in the book")
        self.assertEqual(float(levels[0]), 2, "an iceberg shows a part")
        self.stack.request("gateway", "DELETE", f"/api/v1/orders/{resting['order_id']}",
                           headers={"Content-Type": "application/json"})
        closing = self.submit(**dict(order, side="sell"), price=f"{ask:.2f}", reduce_only=True)
        self.assertEqual((closing["status"], closing["reject_reason"]), ("REJECTED", "REDUCE_ONLY"), closing)
        over = self.submit(**dict(order, time_in_force="gtd"), price=price, expire_time="2020-01-01T00:00:00Z")
        self.assertEqual((over["status"], over["reject_reason"]), ("REJECTED", "EXPIRE_TIME"), over)
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        gtd = self.submit(**dict(order, time_in_force="gtd"), price=price, expire_time=soon.isoformat())
        self.wait_status(gtd["order_id"], "EXPIRED", 10)

    def test_10_the_kill_switch_stops_new_orders(self):
        self.stack.tradewind("kill", "engage", "--reason", "drill", "--by", "test")
        order = self.submit(account="kill", symbol="BTCUSDT", side="buy", type="market", quantity="0.1")
        self.assertEqual((order["status"], order["reject_reason"]), ("REJECTED", "KILL_SWITCH"))
        self.stack.tradewind("kill", "release", "--reason", "drill over", "--by", "test")
        order = wait_until(lambda: self.accepted_market_order(), 5, 0.1, "orders go again")
        self.wait_status(order["order_id"], "FILLED")

    def accepted_market_order(self):
        order = self.submit(account="kill", symbol="BTCUSDT", side="buy", type="market", quantity="0.1")
        return order if order["status"] != "REJECTED" else None

    def test_11_limits_hold_and_survive_a_restart(self):
        put = self.stack.request("risk", "PUT", "/risk/limits",
                                 {"scope": "account_symbol", "account": "lim", "symbol": "SOLUSDT",
                                  "max_position": "5", "reason": "test"})
        self.assertEqual(put.status, 200, put.text)
        order = dict(account="lim", symbol="SOLUSDT", side="buy", type="market", quantity="3")
        self.wait_status(self.submit(**order)["order_id"], "FILLED")
        wait_until(lambda: self.stack.get("pnl", "/positions?account=lim").json, 5)
        refused = self.submit(**order)
        self.assertEqual(refused["reject_reason"], "MAX_POSITION")
        self.stack.kill("risk")
        self.stack.wait_healthy()
        refused = wait_until(lambda: self.answered_by_risk(order), 10, 0.2, "risk answers again")
        self.assertEqual(refused["reject_reason"], "MAX_POSITION")
        closing = self.submit(**dict(order, side="sell"))
        self.wait_status(closing["order_id"], "FILLED")

    def answered_by_risk(self, order):
        answer = self.submit(**order)
        return answer if answer["reject_reason"] not in ("RISK_UNAVAILABLE", "NO_REFERENCE_PRICE",
                                                         "STALE_REFERENCE_PRICE") else None

    def test_12_the_books_balance(self):
        audit = self.stack.tradewind("audit", check=False)
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)

    def test_13_features_and_alternative_data(self):
        features = wait_until(lambda: self.stack.get("feature-pipeline", "/features/BTCUSDT?timeframe=1s").json, 10)
        self.assertIn("spread", str(features))
        ingest = self.stack.post("sink-alt", "/ingest", {"records": [
            {"time": "2026-01-02T03:04:05Z", "category": "news", "source": "wire", "symbols": ["IBM"],
             "title": "Results", "body": "up", "value": 1.5}]})
        self.assertEqual(ingest.status, 200, ingest.text)
        wait_until(lambda: self.stack.sql("select count() from alt_data where source='wire'") == [[1]], 5)

    def test_14_a_load_run_shows_where_the_time_goes_and_the_books_agree(self):
        path = self.stack.data / "load.json"
        run = self.stack.tradewind("load", "--rate", "200", "--seconds", "2", "--warmup", "0.5", "--quiet",
                                   "--min-accepted", "99", "--json", str(path), check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        report = json.loads(path.read_text())
        self.assertEqual(report["unanswered"], 0)
        self.assertGreater(report["fills"], 0)
        self.assertEqual([row["name"] for row in report["waterfall"]][:9],
                         ["client to gateway", "to oms", "oms: takes the order", "to risk", "risk: decides",
                          "back to oms", "oms: journal sync", "answer to gateway", "answer to client"])
        self.assertEqual(len(report["waterfall"]), 14, report["waterfall"])  # the venue's way too
        bars = {bar["name"]: bar["passed"] for bar in report["bars"]}
        self.assertTrue(bars["audit"] and bars["oms's orders"], report["bars"])
        processes = 10 if self.stack.fused else 14
        self.assertEqual(len(report["usage"]), processes, list(report["usage"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
