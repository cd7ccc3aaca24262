"""Several venues: orders laid over them, parent orders through the failure of one, with every book agreeing at the end."""
import unittest
from decimal import Decimal

from stack import Stack, wait_until

ENDED = ("FILLED", "CANCELED", "EXPIRED")
VENUES = '''
[live-gateway]
venues = ["PAPER taker_bps=5 depth_percent=60", "ALPHA taker_bps=3 min_fee=0.05 to_us=2000 from_us=1000 offset_bps=1 depth_percent=60"]
[exeq]
route_timeout_ms = 500
'''


class RoutingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(config=VENUES, fused=False).__enter__()
        wait_until(lambda: len(cls.stack.get("gateway", "/tickers").json) == 4, 30, 0.2, "a market")
        wait_until(lambda: len(cls.stack.get("exeq", "/venues").json) == 2, 30, 0.2, "two venues")

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__(None, None, None)

    def order(self, **terms):
        order = dict(dict(symbol="BTCUSDT", side="buy", type="limit", time_in_force="ioc", price="46000"), **terms)
        answer = self.stack.post("gateway", "/api/v1/orders", order)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["order_id"]

    def keep_ordering(self, **terms):
        """As a client does while a service starts again: once more, under the same key."""
        def placed():
            try:
                return self.order(**terms)
            except AssertionError:
                return None
        return wait_until(placed, 30, 0.1, "the order is taken")

    def get_order(self, order_id):
        return self.stack.get("oms", f"/orders/{order_id}").json

    def legs(self, order_id):
        return self.stack.get("exeq", f"/orders/{order_id}").json["children"]

    def wait_end(self, order_id):
        return wait_until(lambda: (o := self.get_order(order_id))["status"] in ENDED + ("REJECTED",) and o, 30, 0.05,
                          "it ends")

    def fills(self, account):
        return self.stack.get("oms", f"/fills?account={account}&limit=1000").json

    def check_books(self, account):
        """oms, exeq, the venues (by ptrc's drop copy) and the position say the same of every order."""
        for order in self.stack.get("oms", f"/orders?account={account}&limit=1000").json:
            if order["status"] == "REJECTED" and order["filled_quantity"] == "0":
                continue
            legs = self.legs(order["order_id"])
            filled = sum(Decimal(leg["filled_quantity"]) for leg in legs)
            self.assertEqual(filled, Decimal(order["filled_quantity"]), order)
            self.assertLessEqual(filled, Decimal(order["quantity"]))
            self.assertEqual([leg for leg in legs if leg["state"] in ("SENT", "WORKING")], [], order)
        ids = [fill["venue_exec_id"] for fill in self.fills(account)]
        self.assertEqual(len(ids), len(set(ids)))

    def test_01_an_order_is_laid_over_both(self):
        def spread():
            order_id = self.order(account="spread", quantity="4")
            self.assertEqual(self.wait_end(order_id)["status"], "FILLED")
            return len(self.legs(order_id)) == 2 and order_id
        order_id = wait_until(spread, 30, 0.2, "quotes of both are known")
        self.assertEqual({leg["venue"] for leg in self.legs(order_id)}, {"PAPER", "ALPHA"})
        self.assertEqual(self.stack.get("gateway", f"/api/v1/orders/{order_id}/route").json["children"], self.legs(order_id))
        self.assertEqual({v["name"] for v in self.stack.get("gateway", "/api/v1/venues").json}, {"PAPER", "ALPHA"})
        fills = [f for f in self.fills("spread") if f["order_id"] == order_id]
        self.assertEqual({f["venue"] for f in fills}, {"PAPER", "ALPHA"})
        for fill in fills:  # each at its own price for the trade
            bps, least = (5, 0) if fill["venue"] == "PAPER" else (3, Decimal("0.05"))
            share = Decimal(fill["price"]) * Decimal(fill["quantity"]) * bps / 10000
            self.assertAlmostEqual(Decimal(fill["fee"]), max(share, least), 6)
        wait_until(lambda: self.stack.sql("select count_distinct(venue) from fills where account = 'spread'") == [[2]], 15,
                   0.2, "both venues in QuestDB")
        wait_until(lambda: self.stack.sql("select count_distinct(venue) from quotes") == [[2]], 15, 0.2, "quotes of both")
        self.check_books("spread")

    def test_02_a_cut_off_venue_gets_no_orders_and_its_orders_are_not_lost(self):
        resting = self.order(account="cut", quantity="1", price="43000", time_in_force="gtc")
        wait_until(lambda: self.get_order(resting)["status"] == "NEW", 10, 0.05, "it rests")
        venue = self.legs(resting)[0]["venue"]
        other = {"PAPER": "ALPHA", "ALPHA": "PAPER"}[venue]
        outage = f"/exchanges/{venue}/outage"
        self.assertEqual(self.stack.post("live-gateway", outage, {}).status, 200)
        for _ in range(20):
            order_id = self.order(account="cut", quantity="0.05")
            self.assertEqual(self.wait_end(order_id)["status"], "FILLED")
            self.assertEqual({leg["venue"] for leg in self.legs(order_id) if leg["state"] == "FILLED"}, {other})
        self.stack.request("oms", "DELETE", f"/orders/{resting}", headers={"Content-Type": "application/json"})
        self.assertEqual(self.get_order(resting)["status"], "PENDING_CANCEL")  # nobody knows yet
        self.assertEqual(self.stack.request("live-gateway", "DELETE", outage,
                                            headers={"Content-Type": "application/json"}).status, 200)
        self.assertEqual(self.wait_end(resting)["status"], "CANCELED")
        self.check_books("cut")

    def test_02_a_fill_at_one_of_two_venues_is_taken_back(self):
        order_id = self.order(account="bust", quantity="4")
        order = self.wait_end(order_id)
        fill = [f for f in self.fills("bust") if f["order_id"] == order_id][0]
        self.stack.tradewind("trade", "bust", fill["fill_id"], "--reason", "erroneous", "--by", "desk")
        left = Decimal(order["filled_quantity"]) - Decimal(fill["quantity"])
        wait_until(lambda: Decimal(self.get_order(order_id)["filled_quantity"]) == left, 10, 0.05, "it is taken off")
        self.assertIn(self.get_order(order_id)["status"], ENDED)
        wait_until(lambda: [Decimal(p["quantity"]) for p in self.stack.get("pnl", "/positions?account=bust").json
                            if Decimal(p["quantity"])] == ([left] if left else []), 10, 0.1, "off the position too")

    def test_03_a_sliced_vwap_goes_through_a_venues_failure(self):
        parent_id = self.stack.post("gateway", "/api/v1/parents", dict(
            account="vwap", symbol="BTCUSDT", side="buy", algo="vwap", quantity="6", duration_ms=45000, slices=24,
            limit_price="46300", seed=22)).json["parent_order_id"]

        def parent():
            return self.stack.get("gateway", f"/api/v1/parents/{parent_id}").json

        wait_until(lambda: Decimal(parent()["filled_quantity"]) > 1, 30, 0.1, "it is under way")
        self.stack.post("live-gateway", "/exchanges/ALPHA/outage", {})
        wait_until(lambda: Decimal(parent()["filled_quantity"]) > Decimal("2.5"), 60, 0.1, "it goes on")
        self.stack.request("live-gateway", "DELETE", "/exchanges/ALPHA/outage", headers={"Content-Type": "application/json"})
        self.stack.post("live-gateway", "/panic", dict(venue="PAPER", reason="test"))
        wait_until(lambda: Decimal(parent()["filled_quantity"]) > 4, 60, 0.1, "it goes on at the other")
        self.stack.request("live-gateway", "DELETE", "/panic?venue=PAPER", headers={"Content-Type": "application/json"})
        done = wait_until(lambda: (p := parent())["status"] in ENDED and p, 60, 0.2, "it ends")
        filled = Decimal(done["filled_quantity"])
        self.assertLessEqual(filled, 6)
        self.assertGreater(filled, 5)
        self.assertEqual({f["venue"] for f in self.fills("vwap")}, {"PAPER", "ALPHA"})
        self.check_books("vwap")
        position = wait_until(lambda: self.stack.get("pnl", "/positions?account=vwap").json, 10, 0.1, "a position")
        self.assertEqual(Decimal(position[0]["quantity"]), filled)

    def test_04_kill_9_in_the_middle_makes_no_leg_twice(self):
        for victim in ("exeq", "live-gateway", "oms"):
            account = f"kill-{victim}"
            for i in range(30):
                side, price = (("buy", "46000"), ("sell", "44000"))[i % 2]
                self.keep_ordering(account=account, side=side, price=price, quantity="2", client_order_id=f"{victim}-{i}")
                if i == 10:
                    self.stack.kill(victim)
                    self.stack.wait_healthy(60)
            wait_until(lambda: not [o for o in self.stack.get("oms", f"/orders?account={account}&limit=100").json
                                    if o["status"] not in ENDED + ("REJECTED",)], 60, 0.2, f"all end after {victim} died")
            self.check_books(account)
            for order in self.stack.get("oms", f"/orders?account={account}&limit=100").json:
                self.assertLessEqual(Decimal(order["filled_quantity"]), 2)

    def test_05_the_books_agree(self):
        run = wait_until(lambda: (r := self.stack.tradewind("audit", check=False)).returncode == 0 and r, 30, 1, "audit")
        self.assertEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    unittest.main(failfast=True)
