"""What an operator does on a running platform: ends uncertain orders, lets a recording drive the market, shows a demo."""
import csv
import datetime
import io
import json
import subprocess
import time
import unittest
import zipfile
from decimal import Decimal

from stack import ROOT, Stack, wait_until

QUOTES = ROOT.parent / "shared/data/lean/equity/usa/tick/ibm/20131007_quote.zip"
needs_the_ibm_day = unittest.skipUnless(QUOTES.exists(), f"the recorded IBM day is not at {QUOTES}")


class OperatorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        wait_until(lambda: cls.submit("warm", type="market")["status"] != "REJECTED", 30, 0.2, "orders are taken")

    @classmethod
    def submit(cls, account, **more):
        order = dict(account=account, symbol="BTCUSDT", side="buy", quantity="0.1")
        return cls.stack.post("oms", "/orders", dict(order, **more)).json

    def order(self, order_id):
        return self.stack.get("oms", f"/orders/{order_id}").json

    def wait_uncertain(self, order_id):
        wait_until(lambda: self.order(order_id)["uncertain"], 15, 0.2, f"{order_id} is uncertain")

    def position(self, service, account):
        rows = self.stack.get(service, f"/positions?account={account}").json
        return rows[0]["quantity"] if rows else "0"

    def wait_position(self, account, quantity):
        for service in ("pnl", "ptrc"):
            wait_until(lambda s=service: self.position(s, account) == quantity, 10, 0.1, f"{quantity} at {service}")

    def audit(self):
        run = self.stack.tradewind("audit", "--settle", "30s", check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_an_order_that_never_reached_the_venue_is_resolved_as_canceled(self):
        wait_until(lambda: self.submit("warm", type="market")["status"] != "REJECTED", 30, 0.2, "orders are taken")
        self.addCleanup(self.stack.up, "exeq")
        self.stack.down("exeq")
        order = self.submit("never", type="limit", price="44000", time_in_force="gtc")
        self.wait_uncertain(order["order_id"])
        early = self.stack.tradewind("resolve", order["order_id"], "--as", "canceled", check=False)
        self.assertEqual(early.returncode, 2, "a reason is required")
        self.stack.tradewind("resolve", order["order_id"], "--as", "canceled", "--reason", "exeq was down", "--by", "ann")
        resolved = self.order(order["order_id"])
        self.assertEqual((resolved["status"], resolved["uncertain"]), ("CANCELED", False))
        self.assertEqual(resolved["resolution"], {"outcome": "CANCELED", "reason": "exeq was down", "by": "ann"})
        self.stack.up("exeq")
        self.stack.wait_healthy()
        wait_until(lambda: self.order(order["order_id"])["sequence"] > resolved["sequence"], 10, 0.1, "settled with the venue")
        self.assertEqual(self.order(order["order_id"])["status"], "CANCELED")
        events = [row[0] for row in wait_until(lambda: self.rows(order["order_id"], 6), 10, 0.2, "the events in QuestDB")]
        self.assertEqual(events, ["SUBMITTED", "APPROVED", "UNCERTAIN", "RESOLVED", "CANCELED", "RESOLVED"])
        self.assertIn("exeq was down", self.stack.tradewind("why", order["order_id"]).stdout)
        again = self.stack.tradewind("resolve", order["order_id"], "--as", "filled", "--reason", "x", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is not uncertain", again.stderr)
        self.audit()

    def rows(self, order_id, count):
        rows = self.stack.sql(f"select event from order_events where order_id='{order_id}' order by sequence")
        return rows if len(rows) == count else None

    def test_an_operators_fill_reaches_every_book_and_the_venues_word_corrects_it(self):
        order = self.submit("word", type="limit", price="44000", time_in_force="gtc")
        wait_until(lambda: self.order(order["order_id"])["status"] == "NEW", 5)
        self.stack.down("live-gateway")
        self.stack.request("oms", "DELETE", f"/orders/{order['order_id']}", headers={"Content-Type": "application/json"})
        self.wait_uncertain(order["order_id"])
        self.stack.tradewind("resolve", order["order_id"], "--as", "filled", "--quantity", "0.06", "--price", "43990",
                             "--reason", "the venue said so", "--by", "ann")
        resolved = self.order(order["order_id"])
        self.assertEqual((resolved["status"], resolved["filled_quantity"], resolved["canceled_quantity"]),
                         ("CANCELED", "0.06", "0.04"))
        wait_until(lambda: self.position("pnl", "word") == "0.06", 10, 0.1, "pnl has it")
        wait_until(lambda: self.stack.sql("select venue, quantity, price from fills where account='word'") ==
                   [["OPERATOR", 0.06, 43990.0]], 10, 0.2, "QuestDB has it")
        exposure = self.stack.get("risk", "/risk/portfolio?account=word").text
        self.assertIn('"position":"0.06"', exposure)
        # The venue comes back, has the order resting, and cancels it: it was never filled.
        self.stack.up("live-gateway")
        self.stack.wait_healthy()
        wait_until(lambda: self.order(order["order_id"])["filled_quantity"] == "0", 15, 0.2, "taken back")
        self.assertEqual(self.order(order["order_id"])["canceled_quantity"], "0.1")
        self.wait_position("word", "0")
        fills = self.stack.get("oms", "/fills?account=word").json
        self.assertEqual([f["quantity"] for f in fills], ["0.06", "-0.06"])
        self.audit()
        self.assertEqual(self.stack.get("ptrc", "/breaks?status=open").json, [])

    def test_a_statement_reconciles_with_pnl_and_shows_what_was_taken_back(self):
        day = datetime.datetime.now(datetime.timezone.utc).date()
        fills = []
        for side, quantity in (("buy", "0.1"), ("sell", "0.04"), ("buy", "0.02")):
            order = self.submit("stmt", type="market", side=side, quantity=quantity)
            wait_until(lambda o=order: self.order(o["order_id"])["status"] == "FILLED", 5, 0.05, "filled")
            fills += self.stack.get("oms", f"/orders/{order['order_id']}/fills").json
        busted = fills[-1]
        self.stack.tradewind("trade", "bust", busted["fill_id"], "--reason", "erroneous", "--by", "ann")
        left = (Decimal("0.08") - Decimal(busted["quantity"])).normalize()
        self.wait_position("stmt", f"{left:f}")
        said = json.loads(self.statement("stmt", str(day), "json").stdout)
        pnl = self.stack.get("pnl", "/pnl/realtime?account=stmt").json
        self.assertEqual(said["cash"]["closing"], pnl["cash"])
        self.assertEqual(said["realized"], pnl["realized_pnl"])
        self.assertEqual(said["positions"][0]["closing"]["quantity"], f"{left:f}")
        self.assertEqual(len(said["fills"]), len(fills) + 1)
        self.assertEqual(said["fills"][-1]["original_fill_id"], busted["fill_id"])
        self.assertEqual(Decimal(said["fills"][-1]["quantity"]), -Decimal(busted["quantity"]))
        table = self.statement("stmt", str(day), "csv").stdout
        rows = list(csv.DictReader(io.StringIO(table)))
        cash = {r["record"]: Decimal(r["amount"]) for r in rows if r["record"].endswith("_cash")}
        self.assertEqual(cash["opening_cash"] + sum(Decimal(r["amount"]) for r in rows if r["record"] == "fill"),
                         cash["closing_cash"])
        before = json.loads(self.statement("stmt", str(day - datetime.timedelta(1)), "json").stdout)
        self.assertEqual((before["fills"], before["cash"]["closing"]), ([], said["cash"]["opening"]))
        self.assertEqual(self.statement("stmt", "today", "text", check=False).returncode, 2)

    def statement(self, account, day, form, check=True):
        return self.stack.tradewind("statement", account, "--day", day, "--format", form, "--accounts",
                                    str(ROOT / "deploy/config/accounts.toml"), "--instruments",
                                    str(ROOT / "deploy/config/instruments.toml"), check=check)

    def test_demo_trades_a_little_and_cleans_up(self):
        wait_until(lambda: self.submit("warm", type="market")["status"] != "REJECTED", 30, 0.2, "orders are taken")
        self.stack.tradewind("demo", "--per-minute", "600", "--for", "6s", "--seed", "7")
        orders = self.stack.get("oms", "/orders?account=demo-flow&limit=1000").json
        self.assertGreater(len(orders), 10)
        wait_until(lambda: self.stack.get("oms", "/orders?account=demo-flow&open_only=true").json == [], 5, 0.1, "none rests")
        self.assertTrue(self.stack.get("oms", "/fills?account=demo-flow").json)
        self.audit()

    @needs_the_ibm_day
    def test_a_recording_drives_tickers_risk_and_pnl_and_gives_the_market_back(self):
        with zipfile.ZipFile(QUOTES) as day:  # milliseconds, bid, size, ask, size, ...; prices in 1/10,000
            rows = [line.split(",") for line in day.read(day.namelist()[0]).decode().splitlines()]
        bids = {f"{int(row[1]) // 100 / 100:.10g}" for row in rows if int(row[1])}
        ticker = lambda: self.stack.get("gateway", "/ticker/IBM").json  # noqa: E731
        depth = lambda: len(self.stack.get("gateway", "/orderbook/IBM").json["bids"])  # noqa: E731
        self.assertGreater(depth(), 4)
        held = self.submit("drive", symbol="IBM", type="market", quantity="1")
        wait_until(lambda: self.order(held["order_id"])["status"] == "FILLED", 10)
        command = [str(self.stack.bin / "tradewind"), "replay", "--drive", "--speed", "300", str(QUOTES)]
        env = {"TRADEWIND_PORT_OFFSET": str(self.stack.offset), "PATH": "/usr/bin:/bin"}
        player = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: self.stack.get("live-gateway", "/exchanges/status").text.count('"IBM"') == 2, 10, 0.2,
                       "IBM is driven")
            seen = wait_until(lambda: depth() <= 1 and ticker()["bid"] in bids and ticker(), 20, 0.1,
                              "the ticker follows the recording")
            between = lambda price: float(seen["bid"]) * 0.98 < float(price) < float(seen["bid"]) * 1.02  # noqa: E731
            wait_until(lambda: self.stack.post("risk", "/check", {"account": "drive", "symbol": "IBM", "side": "buy",
                                                                  "quantity": 1}).json["reference_bid"] in bids,
                       10, 0.1, "risk's reference follows")
            mark = lambda: self.stack.get("pnl", "/positions?account=drive").json[0]["mark_price"]  # noqa: E731
            first = mark()
            wait_until(lambda: mark() != first and between(mark()), 20, 0.2, "the mark follows")
            price = wait_until(self.bought, 30, 0.2, "an order trades with the recorded quotes")
            self.assertTrue(between(price), f"{price}, not near {seen}")
            self.assertGreater(float(self.stack.get("gateway", "/ticker/BTCUSDT").json["bid"]), 43000, "others go on")
        finally:
            player.terminate()
            player.wait(10)
        wait_until(lambda: self.stack.get("live-gateway", "/exchanges/status").text.count('"IBM"') == 1, 10, 0.2, "given back")
        wait_until(lambda: depth() > 4 and abs(float(ticker()["bid"]) - 180) < 180 * 0.03, 10, 0.2,
                   "the synthetic market resumes")
        time.sleep(1)
        order = wait_until(lambda: self.filled("drive"), 15, 0.3, "and trades")
        self.assertLess(abs(float(order["average_fill_price"]) - 180), 180 * 0.03)
        self.audit()

    def bought(self):
        order = self.submit("drive", symbol="IBM", type="market", quantity="1")
        if order["status"] == "REJECTED":
            return None
        order = wait_until(lambda: self.order(order["order_id"])["status"] in ("FILLED", "CANCELED") and
                           self.order(order["order_id"]), 5)
        return order["average_fill_price"] if order["status"] == "FILLED" else None

    def filled(self, account):
        order = self.submit(account, symbol="IBM", type="market", side="sell", quantity="1")
        if order["status"] == "REJECTED":
            return None
        return wait_until(lambda: self.order(order["order_id"])["status"] == "FILLED" and self.order(order["order_id"]), 5)

    @needs_the_ibm_day
    def test_speed_max_drives_too(self):
        run = self.stack.tradewind("replay", "--drive", "--speed", "max", "--symbol", "XYZ", str(QUOTES), check=False)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("does not list XYZ", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
