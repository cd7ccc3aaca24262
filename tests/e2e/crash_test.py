"""kill -9 of every process on the way of an order, under load: nothing acknowledged is lost, nothing counts twice."""
import pathlib
import random
import shutil
import tempfile
import threading
import time
import unittest

from stack import Stack, wait_until

# Those of the hot path, which share a process where the platform is fused, come first.
VICTIMS = ["oms", "risk", "exeq", "live-gateway", "gateway", "pnl", "normalizer", "ptrc"]
HOT = 5
OPEN = ("PENDING_NEW", "NEW", "PARTIALLY_FILLED", "PENDING_CANCEL", "PENDING_REPLACE")


class Load(threading.Thread):
    """Orders at oms one after the other; remembers what was acknowledged."""

    def __init__(self, stack, seed):
        super().__init__(daemon=True)
        self.stack, self.random = stack, random.Random(seed)
        self.acknowledged, self.stop_now, self.failures = {}, threading.Event(), 0

    def run(self):
        number = 0
        while not self.stop_now.is_set():
            number += 1
            order = {"account": f"crash-{number % 4}", "symbol": self.random.choice(["BTCUSDT", "ETHUSDT"]),
                     "side": self.random.choice(["buy", "sell"]), "quantity": "0.01",
                     "client_order_id": f"c-{number}", "type": "market"}
            if number % 3 == 0:
                price = {"BTCUSDT": "44000", "ETHUSDT": "2440"}[order["symbol"]]
                order.update(type="limit", side="buy", price=price, time_in_force="gtc")
            for _ in range(200):  # the same key until there is an answer: a repeat is no second order
                try:
                    answer = self.stack.post("oms", "/orders", order, timeout=5.0)
                    if answer.status == 200:
                        self.acknowledged[answer.json["order_id"]] = (order, answer.json)
                        break
                except (OSError, ValueError):
                    pass
                except Exception:  # a half-read answer of a process that was killed
                    pass
                self.failures += 1
                time.sleep(0.05)
            time.sleep(0.005)


class CrashTest(unittest.TestCase):
    def test_everything_survives_kill_9(self):
        seed = random.randrange(1 << 30)
        print("seed", seed)
        choice = random.Random(seed)
        with Stack() as stack:
            stack.wait_for_market()
            resting = stack.post("oms", "/orders", {"account": "rest", "symbol": "BTCUSDT", "side": "buy",
                                                    "type": "limit", "quantity": "0.5", "price": "43900",
                                                    "time_in_force": "gtc", "client_order_id": "rest-1"}).json
            wait_until(lambda: stack.get("oms", f"/orders/{resting['order_id']}").json["status"] == "NEW", 5)
            load = Load(stack, seed)
            load.start()
            together = ["oms"] if stack.fused else VICTIMS[:HOT]
            for victim in together + VICTIMS[HOT:] + ["oms", "live-gateway"]:
                time.sleep(0.5 + choice.random())
                stack.kill(victim)
                stack.wait_healthy(60)
            time.sleep(2)
            load.stop_now.set()
            load.join(60)
            self.assertGreater(len(load.acknowledged), 50)

            for order_id, (asked, told) in load.acknowledged.items():
                now = stack.get("oms", f"/orders/{order_id}").json
                self.assertEqual(now["client_order_id"], asked["client_order_id"])
                if told["status"] == "REJECTED":
                    self.assertEqual(now["status"], "REJECTED")
            listed, after = [], "0"
            while after:
                page = stack.get("oms", f"/orders?limit=1000&after={after}")
                listed += page.json
                after = page.headers.get("x-next")
            keys = [(o["account"], o["client_order_id"]) for o in listed]
            self.assertEqual(len(keys), len(set(keys)), "an order twice")
            wait_until(lambda: not [o for o in self.all_orders(stack) if o["status"] == "PENDING_NEW"], 20, 0.2,
                       "no order is left unanswered")

            # The resting order outlived the venue: it can still be canceled, and another one filled.
            self.assertEqual(stack.get("oms", f"/orders/{resting['order_id']}").json["status"], "NEW")
            stack.request("oms", "DELETE", f"/orders/{resting['order_id']}", headers={"Content-Type": "application/json"})
            wait_until(lambda: stack.get("oms", f"/orders/{resting['order_id']}").json["status"] == "CANCELED", 5, 0.05,
                       "the resting order is canceled")
            last = wait_until(lambda: self.accepted(stack), 10, 0.2, "orders are taken again")
            wait_until(lambda: stack.get("oms", f"/orders/{last['order_id']}").json["status"] == "FILLED", 5, 0.05,
                       "a new order fills")
            stack.request("oms", "DELETE", "/orders", headers={"Content-Type": "application/json"})
            wait_until(lambda: not [o for o in self.all_orders(stack) if o["status"] in OPEN], 10, 0.2, "all canceled")
            audit = stack.tradewind("audit", "--settle", "30s", check=False)
            self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
            for service in VICTIMS:
                self.assertGreaterEqual(stack.restarts(service), 1, service)
            self.check_quality(stack, last["order_id"], resting["order_id"])
            self.check_anchors(stack)

    def check_quality(self, stack, filled, canceled):
        """The mid a second after a fill and the one at an order's end were seen once; whoever saw them keeps them."""
        def report():
            orders = [stack.get("execution-quality", f"/execution/{order}") for order in (filled, canceled)]
            if [order.status for order in orders] != [200, 200]:
                return None
            marks = [mark for mark in orders[0].json["mark_outs"] if int(mark["horizon_ms"]) == 1_000]
            return (marks, orders[1].json["end_mid"]) if marks and orders[1].json["end_mid"] else None

        before = wait_until(report, 10, 0.1, "a mark-out and the mid at an order's end")
        stack.kill("execution-quality")
        stack.wait_healthy(60)
        self.assertEqual(wait_until(report, 20, 0.1, "execution-quality tells them again"), before)

    def check_anchors(self, stack):
        """Whoever read the ledger vouches for the journal, and tells one from which its end was cut off."""
        journal = pathlib.Path(stack.data) / "oms" / "journal"

        def verify(folder):
            return stack.tradewind("journal", "verify", str(folder), "--anchors", str(stack.data), "--questdb", check=False)

        whole = wait_until(lambda: (lambda v: v if "unanchored" not in v.stdout else None)(verify(journal)), 10, 0.5,
                           "the last head has reached everybody")
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)
        self.assertIn("anchored up to record", whole.stdout)
        with tempfile.TemporaryDirectory() as folder:
            cut = pathlib.Path(folder) / "journal"
            shutil.copytree(journal, cut)
            last = [file for file in sorted(cut.glob("*.journal")) if b"TWGROUP" in file.read_bytes()][-1]
            data = last.read_bytes()
            at = data.rindex(b"TWGROUP\x1a")
            last.write_bytes(data[:at] + b"\0" * (len(data) - at))
            short = verify(cut)
            self.assertNotEqual(short.returncode, 0)
            self.assertIn("cut: the journal ends with record", short.stdout + short.stderr)

    def accepted(self, stack):
        order = stack.post("oms", "/orders", {"account": "last", "symbol": "BTCUSDT", "side": "buy", "type": "market",
                                              "quantity": "0.01"}).json
        return order if order["status"] != "REJECTED" else None

    def all_orders(self, stack):
        return stack.get("oms", "/orders?limit=1000&open_only=true").json


if __name__ == "__main__":
    unittest.main(verbosity=2)
