"""Live venues by FIX: orders from the public door to another house and back, and two houses that misbehave under load."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest
from decimal import Decimal

from stack import Stack, place, wait_until

ENDED = ("FILLED", "CANCELED", "EXPIRED", "REJECTED")
FOLDER = place().data.with_name("e2e-fix")
SEED = int(os.environ.get("TRADEWIND_TEST_SEED", "22004"))
NIGHTLY = os.environ.get("TW_NIGHTLY") == "1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House:
    """A fix_venue of ours."""

    def __init__(self, name, seed, **mischief):
        self.name, self.port, self.folder = name, free_port(), FOLDER / name
        self.folder.mkdir(parents=True, exist_ok=True)
        program = pathlib.Path(os.environ.get("TRADEWIND_BIN", "build/release/bin")).parent / "tests/fix_venue"
        flags = [str(x) for pair in mischief.items() for x in ("--" + pair[0], pair[1])]
        self.process = subprocess.Popen([str(program), "--port", str(self.port), "--folder", str(self.folder), "--name",
                                         name + "HOUSE", "--seed", str(seed), *flags])
        wait_until(lambda: (self.folder / "book.json").exists(), 20, 0.05, "it listens")

    def session(self):
        return (f"[SESSION]\nTargetCompID={self.name}HOUSE\nVenue={self.name}\nSymbols=BTCUSDT\nTakerFeeBps=2\n"
                f"SocketConnectHost=127.0.0.1\nSocketConnectPort={self.port}\n")

    def book(self):
        return json.loads((self.folder / "book.json").read_text())

    def signal(self, how):
        self.process.send_signal(how)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class FixTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"TRADEWIND_TEST_SEED={SEED} repeats this", flush=True)
        subprocess.run(["rm", "-rf", str(FOLDER)], check=True)
        mischief = dict(reject=8, late=10, twice=10, lost=6, cancel=5, drop=5)
        cls.houses = [House("EAST", SEED, **mischief), House("WEST", SEED + 1, **mischief)]
        (FOLDER / "fix.cfg").write_text("[DEFAULT]\nSenderCompID=TRADEWIND\n" + "".join(h.session() for h in cls.houses))
        cls.stack = Stack(live=True, fused=False, config=f'''
[live-gateway]
venues = ["PAPER orders=0"]  # market data for risk and marks
fix_settings = "{FOLDER / "fix.cfg"}"
fix_answer_timeout_ms = 300
breaker_refusals = 0
[exeq]
route_timeout_ms = 3000
''').__enter__()
        wait_until(lambda: len(cls.stack.get("gateway", "/tickers").json) == 4, 30, 0.2, "a market")

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__(None, None, None)
        for house in cls.houses:
            house.stop()

    def connected(self):
        return {v["name"] for v in self.stack.get("live-gateway", "/exchanges/status").json if v["takes_orders"]}

    def order(self, account, key, side="buy", price="45000", quantity="1"):
        return self.stack.post("gateway", "/api/v1/orders", dict(account=account, symbol="BTCUSDT", side=side, type="limit",
                                                          time_in_force="gtc", price=price, quantity=quantity,
                                                          client_order_id=key))

    def orders(self, account):
        orders, after = [], "0"
        while after:
            page = self.stack.get("oms", f"/orders?account={account}&limit=500&after={after}")
            orders += page.json
            after = page.headers.get("x-next")
        return orders

    def test_01_an_order_goes_by_fix_and_its_fills_come_back(self):
        wait_until(lambda: self.connected() == {"EAST", "WEST"}, 30, 0.05, "both sessions are up")
        self.assertEqual(self.stack.get("live-gateway", "/mode").json, {"mode": "live"})

        def filled():
            order = self.order("door", f"d-{time.monotonic_ns()}").json
            end = wait_until(lambda: (o := self.stack.get("oms", f"/orders/{order['order_id']}").json)["status"] in ENDED
                             and o, 30, 0.05, "it ends")
            return end["status"] == "FILLED" and end  # the house may refuse it, or end it unasked

        order = wait_until(filled, 120, 0.1, "one is filled")
        fills = self.stack.get("oms", f"/orders/{order['order_id']}/fills").json
        self.assertEqual(sum(Decimal(f["quantity"]) for f in fills), 1)
        self.assertLessEqual({f["venue"] for f in fills}, {"EAST", "WEST"})
        wait_until(lambda: self.stack.sql(f"select round(sum(quantity), 5) from fills where order_id = "
                                          f"'{order['order_id']}'") == [[1.0]], 15, 0.2, "its fills in QuestDB")

    def test_02_houses_that_misbehave_leave_the_same_books(self):
        parent = self.stack.post("gateway", "/api/v1/parents", dict(
            account="load", symbol="BTCUSDT", side="buy", algo="iceberg", quantity="3", display_quantity="0.5",
            limit_price="45000")).json["parent_order_id"]
        rounds = 1500 if NIGHTLY else 150
        for i in range(rounds):
            side = ("buy", "sell")[i // 2 % 2]  # every other order trades at once
            price = {"buy": ("45000", "44500"), "sell": ("44000", "45500")}[side][i % 2]
            order = self.order("load", f"l-{i}", side, price, f"0.{1 + i % 3}5").json
            if i % 3 == 0:
                self.stack.request("oms", "DELETE", f"/orders/{order['order_id']}",
                                   headers={"Content-Type": "application/json"})
            if i % 50 == 25:
                self.houses[i % 2].signal(signal.SIGUSR2)  # in mid-order
            if i == rounds // 2:
                self.stack.kill("live-gateway")
            time.sleep(0.02)
        for house in self.houses:
            house.signal(signal.SIGUSR1)
        wait_until(lambda: self.connected() == {"EAST", "WEST"}, 60, 0.2, "both sessions are up")
        self.stack.request("gateway", "DELETE", f"/api/v1/parents/{parent}", headers={"Content-Type": "application/json"})

        def settled():
            working = [o for o in self.orders("load") if o["status"] not in ENDED]
            for order in working:
                self.stack.request("oms", "DELETE", f"/orders/{order['order_id']}",
                                   headers={"Content-Type": "application/json"})
            return not working

        wait_until(settled, 120, 1, "every order ends")
        wait_until(lambda: self.stack.get("gateway", f"/api/v1/parents/{parent}").json["status"] in ENDED, 30, 0.2,
                   "the parent ends")
        self.check_books(parent)

    def check_books(self, parent_id):
        books = [house.book() for house in self.houses]
        self.assertEqual([book["placed_twice"] for book in books], [0, 0])
        at_venues = {child: order for book in books for child, order in book.get("orders", {}).items()}
        self.assertEqual([child for child, order in at_venues.items() if order["open"]], [])
        filled_by_order = {}
        for child, order in at_venues.items():
            order_id = child.rsplit(".", 1)[0]
            filled_by_order[order_id] = filled_by_order.get(order_id, 0) + Decimal(order["filled"])
        orders = self.orders("load")
        self.assertGreater(sum(Decimal(o["filled_quantity"]) for o in orders), 0)
        for order in orders:
            self.assertLessEqual(Decimal(order["filled_quantity"]), Decimal(order["quantity"]))
            self.assertEqual(Decimal(order["filled_quantity"]), filled_by_order.get(order["order_id"], 0), order)
            legs = self.stack.get("exeq", f"/orders/{order['order_id']}")
            if legs.status == 200:
                self.assertEqual(sum(Decimal(leg["filled_quantity"]) for leg in legs.json["children"]),
                                 Decimal(order["filled_quantity"]), legs.text)
        parent = self.stack.get("gateway", f"/api/v1/parents/{parent_id}").json
        children = [o for o in orders if o["parent_order_id"] == parent_id]
        self.assertEqual(sum(Decimal(c["filled_quantity"]) for c in children), Decimal(parent["filled_quantity"]))
        self.assertLessEqual(Decimal(parent["filled_quantity"]), 3)
        audit = wait_until(lambda: (r := self.stack.tradewind("audit", check=False)).returncode == 0 and r, 30, 1, "audit")
        self.assertEqual(audit.returncode, 0, audit.stdout)


if __name__ == "__main__":
    unittest.main(failfast=True)
