"""Linked orders, self-trade prevention, batches and trades taken back, on a whole platform; and oms and risk killed at
random moments under all of that: nothing acknowledged is lost, the books agree, and nothing stays reserved.

oms and risk are killed three times; TRADEWIND_TEST_KILLS says otherwise, and with TW_NIGHTLY=1 it is twenty."""
import json
import os
import random
import tempfile
import threading
import time
import unittest

from crash_test import OPEN, Load
from stack import Stack, wait_until

KILLS = int(os.environ.get("TRADEWIND_TEST_KILLS", "20" if os.environ.get("TW_NIGHTLY") else "3"))
JSON = {"Content-Type": "application/json"}


class Pairs(threading.Thread):
    """Brackets, and orders that would meet one another, at oms, the same key until there is an answer."""

    def __init__(self, stack, seed):
        super().__init__(daemon=True)
        self.stack, self.random, self.stop_now, self.links = stack, random.Random(seed), threading.Event(), {}

    def run(self):
        number = 0
        while not self.stop_now.is_set():
            number += 1
            if number % 2:
                link = {"kind": "bracket",
                        "parent": {"account": "pairs", "symbol": "ETHUSDT", "side": "buy", "type": "market",
                                   "quantity": "0.02", "client_order_id": f"p-{number}"},
                        "legs": [{"side": "sell", "price": "2560", "time_in_force": "gtc"},
                                 {"side": "sell", "type": "trailing_stop", "trailing_amount": "1.5",
                                  "time_in_force": "gtc"}]}
                answer = self.ask("/orders/linked", link)
                if answer:
                    self.links[answer["link_id"]] = answer
            else:
                side, price = self.random.choice([("buy", "2525"), ("sell", "2475")])
                self.ask("/orders", {"account": "own", "symbol": "ETHUSDT", "side": side, "price": price,
                                     "quantity": "0.02", "time_in_force": "gtc", "client_order_id": f"o-{number}",
                                     "self_trade_prevention": self.random.choice(["cancel_oldest", "decrement"])})
            time.sleep(0.02)

    def ask(self, path, body):
        for _ in range(200):
            try:
                answer = self.stack.post("oms", path, body, timeout=5.0)
                if answer.status == 200:
                    return answer.json
            except Exception:  # out of reach, or killed in the middle of an answer
                pass
            if self.stop_now.wait(0.05):
                return None
        return None


class LinkedTest(unittest.TestCase):
    def test_orders_that_belong_together_and_trades_that_are_taken_back(self):
        with Stack() as self.stack:
            wait_until(lambda: len(self.stack.get("gateway", "/tickers").json) == 4, 30, 0.2, "a market")
            self.a_bracket_outlives_a_kill_and_its_stop_takes_the_place_of_the_profit()
            self.orders_of_ones_own_do_not_trade()
            self.a_file_of_orders_is_taken()
            self.a_trade_is_taken_back_and_another_corrected()
            self.clean("before anything is killed under load")
            self.oms_and_risk_are_killed_under_load()

    def order(self, order_id):
        return self.stack.get("oms", f"/orders/{order_id}").json

    def becomes(self, order_id, status, seconds=10):
        return wait_until(lambda: self.order(order_id)["status"] == status and self.order(order_id), seconds, 0.05,
                          f"{order_id} is {status}: {self.order(order_id)}")

    def submit(self, **order):
        answer = self.stack.post("gateway", "/api/v1/orders", order)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def last(self, symbol):
        return float(self.stack.get("gateway", f"/ticker/{symbol}").json["last_price"])

    def clean(self, what):
        audit = self.stack.tradewind("audit", "--settle", "30s", check=False)
        self.assertEqual(audit.returncode, 0, what + "\n" + audit.stdout + audit.stderr)

    def a_bracket_outlives_a_kill_and_its_stop_takes_the_place_of_the_profit(self):
        link = {"kind": "bracket",
                "parent": {"account": "br", "symbol": "BTCUSDT", "side": "buy", "type": "market", "quantity": "0.1",
                           "client_order_id": "b-1"},
                "legs": [{"side": "sell", "price": "46300", "time_in_force": "gtc"},
                         {"side": "sell", "type": "stop", "stop_price": "43000", "time_in_force": "gtc"}]}
        answer = self.stack.post("gateway", "/api/v1/orders/linked", link)
        self.assertEqual(answer.status, 200, answer.text)
        profit, loss = (leg["order_id"] for leg in answer.json["legs"])
        self.becomes(answer.json["parent"]["order_id"], "FILLED")
        wait_until(lambda: not self.order(profit).get("dormant") and self.order(profit)["status"] == "NEW", 10, 0.05,
                   "the profit's order rests at the venue")
        self.assertTrue(self.order(loss)["dormant"])
        self.stack.kill("oms")
        self.stack.wait_healthy(60)
        repeat = wait_until(lambda: (r := self.stack.post("gateway", "/api/v1/orders/linked", link).json)["duplicate"] and r,
                            30, 0.1, "the repeat is known")
        self.assertEqual(repeat["link_id"], answer.json["link_id"])
        stop = str(int(self.last("BTCUSDT")) + 50)
        moved = self.stack.request("gateway", "PATCH", f"/api/v1/orders/{loss}", {"stop_price": stop})
        self.assertEqual(moved.status, 200, moved.text)
        self.becomes(profit, "CANCELED")
        self.assertEqual(self.becomes(loss, "FILLED")["filled_quantity"], "0.1")
        positions = lambda: [p["quantity"] for p in self.stack.get("gateway", "/api/v1/positions?account=br").json]
        wait_until(lambda: positions() == ["0"], 10, 0.05, "the position is closed")
        listed = self.stack.get("gateway", f"/api/v1/orders?link_id={answer.json['link_id']}").json
        self.assertEqual(len(listed), 3)

    def orders_of_ones_own_do_not_trade(self):
        price = str(int(self.last("BTCUSDT")) + 400)
        sell = self.submit(account="own", symbol="BTCUSDT", side="sell", price=price, quantity="0.01",
                           time_in_force="gtc")
        self.becomes(sell["order_id"], "NEW")
        refused = self.submit(account="own", symbol="BTCUSDT", side="buy", price=price, quantity="0.02",
                              self_trade_prevention="cancel_newest")
        self.assertEqual(refused["reject_reason"], "SELF_TRADE")
        buy = self.submit(account="own", symbol="BTCUSDT", side="buy", price=price, quantity="0.02",
                          self_trade_prevention="cancel_oldest")
        self.becomes(buy["order_id"], "FILLED")
        self.assertEqual(self.becomes(sell["order_id"], "CANCELED")["cancel_reason"],
                         f"self-trade with order {buy['order_id']}")

    def a_file_of_orders_is_taken(self):
        orders = [{"account": "batch", "symbol": "ETHUSDT", "side": "buy", "price": "2440",
                   "quantity": f"0.0{n}", "time_in_force": "gtc", "client_order_id": f"f-{n}", "strategy": "file"} for n in (1, 2, 3)]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(orders, file)
            file.flush()
            first = json.loads(self.stack.tradewind("--json", "order", "batch", file.name, check=False).stdout)
            again = json.loads(self.stack.tradewind("--json", "order", "batch", file.name, check=False).stdout)
        self.assertEqual([r["order"]["client_order_id"] for r in first["results"]], ["f-1", "f-2", "f-3"])
        self.assertTrue(all(r["order"]["duplicate"] for r in again["results"]))
        canceled = json.loads(self.stack.tradewind("--json", "order", "cancel-all", "--strategy", "file").stdout)
        open_ones = [r["order"]["order_id"] for r in first["results"] if r["order"]["status"] != "REJECTED"]
        self.assertEqual(sorted(canceled.get("order_ids", [])), sorted(open_ones))

    def a_trade_is_taken_back_and_another_corrected(self):
        def bought(quantity):
            order = self.submit(account="bust", symbol="SOLUSDT", side="buy", type="market", quantity=quantity)
            self.becomes(order["order_id"], "FILLED")
            fills = self.stack.get("oms", f"/orders/{order['order_id']}/fills").json
            return order["order_id"], fills

        def position():
            held = self.stack.get("gateway", "/api/v1/positions?account=bust").json
            return held[0]["quantity"] if held else "0"

        first, fills = bought("3")
        for fill in fills:
            self.stack.tradewind("trade", "bust", fill["fill_id"], "--reason", "erroneous", "--by", "desk")
        wait_until(lambda: self.order(first)["filled_quantity"] == "0", 10, 0.05, "nothing is left of it")
        self.assertEqual(self.order(first)["status"], "CANCELED")
        wait_until(lambda: position() == "0", 10, 0.1, "the position is gone")
        refused = self.stack.tradewind("trade", "bust", fills[0]["fill_id"], "--reason", "again", check=False)
        self.assertEqual(refused.returncode, 1)
        second, fills = bought("2")
        price = f"{float(fills[0]['price']) - 1:.2f}"
        self.stack.tradewind("trade", "correct", fills[0]["fill_id"], "--price", price, "--reason", "wrong price")
        wait_until(lambda: len(self.stack.get("oms", f"/orders/{second}/fills").json) == len(fills) + 2, 10)
        self.assertEqual(self.order(second)["status"], "FILLED")
        wait_until(lambda: position() == "2", 10, 0.1, "the position stays")
        query = f"select quantity from fills where original_fill_id = '{fills[0]['fill_id']}'"
        wait_until(lambda: len(self.stack.sql(query)) == 2, 20, 0.2, "both halves of the correction in QuestDB")
        self.assertEqual(sum(row[0] for row in self.stack.sql(query)), 0)
        quality = self.stack.get("execution-quality", f"/execution/{second}")
        if quality.status == 200:
            self.assertEqual(quality.json["filled_quantity"], "2")
        breaks = self.stack.get("ptrc", "/breaks?status=open").json
        self.assertEqual([b for b in breaks if b.get("account") == "bust"], [])

    def oms_and_risk_are_killed_under_load(self):
        seed = random.randrange(1 << 30)
        print("seed", seed, "kills", KILLS)
        choice = random.Random(seed)
        load, pairs = Load(self.stack, seed), Pairs(self.stack, seed + 1)
        load.start()
        pairs.start()
        for _ in range(KILLS):
            for victim in ("oms", "risk"):
                time.sleep(0.2 + choice.random())
                self.stack.kill(victim)
                if choice.random() < 0.5:  # else the next one goes while this one is still coming up
                    self.stack.wait_healthy(60)
        self.stack.wait_healthy(60)
        time.sleep(1)
        for thread in (load, pairs):
            thread.stop_now.set()
        load.join(60)
        pairs.join(60)
        self.assertGreater(len(load.acknowledged), 10 * KILLS)
        self.assertGreater(len(pairs.links), KILLS)
        for order_id, (asked, told) in load.acknowledged.items():
            now = self.order(order_id)
            self.assertEqual(now["client_order_id"], asked["client_order_id"])
            if told["status"] == "REJECTED":
                self.assertEqual(now["status"], "REJECTED")
        for link_id, told in pairs.links.items():
            listed = self.stack.get("oms", f"/orders?link_id={link_id}").json
            self.assertEqual(len(listed), 3, link_id)
            parent, legs = listed[0], listed[1:]
            out = sum(float(leg["filled_quantity"]) for leg in legs)
            self.assertLessEqual(out, float(parent["filled_quantity"]) + 1e-9, f"the legs of {link_id} did too much")

        def rest():
            self.stack.request("oms", "DELETE", "/orders", headers=JSON)
            return not [o for o in self.stack.get("oms", "/orders?limit=1000&open_only=true").json
                        if o["status"] in OPEN]
        wait_until(rest, 30, 0.5, "everything is canceled")
        self.clean("after the kills")
        rows = self.stack.get("risk", "/risk/portfolio").json.get("exposures", [])
        self.assertEqual([r for r in rows if float(r["reserved_notional"]) != 0], [], "nothing stays reserved")


if __name__ == "__main__":
    unittest.main(verbosity=2)
