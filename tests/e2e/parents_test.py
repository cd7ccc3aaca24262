"""Parent orders: from a client to fills, through kill -9 of exeq and oms, with the books agreeing at the end."""
import collections
import time
import unittest
from decimal import Decimal

from stack import Stack, wait_until

ENDED = ("FILLED", "CANCELED", "EXPIRED")


class ParentsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()

    def submit(self, **terms):
        answer = self.stack.post("gateway", "/api/v1/parents", dict(dict(symbol="BTCUSDT", side="buy"), **terms))
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["parent_order_id"]

    def parent(self, parent_id):
        return self.stack.get("gateway", f"/api/v1/parents/{parent_id}").json

    def wait_end(self, parent_id, seconds=60):
        return wait_until(lambda: (p := self.parent(parent_id))["status"] in ENDED and p, seconds, 0.1, "it ends")

    def children(self, account, parent_id):
        """oms's own orders of this parent."""
        orders = self.stack.get("oms", f"/orders?account={account}&limit=1000").json
        return [o for o in orders if o["parent_order_id"] == parent_id]

    def check_books(self, account, parent):
        """Parent, oms's orders, its fills and the position say the same."""
        children = self.children(account, parent["parent_order_id"])
        filled = sum(Decimal(c["filled_quantity"]) for c in children)
        self.assertEqual(filled, Decimal(parent["filled_quantity"]))
        self.assertLessEqual(filled, Decimal(parent["quantity"]))
        keys = collections.Counter(c["client_order_id"] for c in children)
        self.assertEqual(max(keys.values()), 1, "a child twice")
        self.assertEqual({int(k.rsplit(".", 1)[1]) for k in keys}, set(range(1, parent["children"] + 1)))
        self.assertEqual(parent["working_quantity"], "0")
        position = wait_until(lambda: self.stack.get("pnl", f"/positions?account={account}").json, 10, 0.1, "a position")
        self.assertEqual(abs(Decimal(position[0]["quantity"])), filled)
        return children

    def test_01_a_twap_fills_in_slices_and_leaves_every_trace(self):
        parent_id = self.submit(account="twap", algo="twap", quantity="0.8", duration_ms=4000, slices=8,
                                randomize_percent=20, seed=7, client_parent_id="t-1")
        again = self.stack.post("gateway", "/api/v1/parents", dict(
            account="twap", symbol="BTCUSDT", side="buy", algo="twap", quantity="0.80", duration_ms=4000, slices=8,
            randomize_percent=20, seed=7, client_parent_id="t-1")).json
        self.assertEqual((again["parent_order_id"], again["duplicate"]), (parent_id, True))
        parent = self.wait_end(parent_id)
        self.assertEqual((parent["status"], parent["filled_quantity"], parent["progress_percent"]),
                         ("FILLED", "0.8", "100"))
        self.assertGreater(len({c["quantity"] for c in parent["child_orders"]}), 1, "slices are randomised")
        children = self.check_books("twap", parent)
        self.assertGreaterEqual(len(children), 4)
        wait_until(lambda: self.stack.sql(f"select count(), round(sum(quantity), 5) from fills where parent_order_id = "
                                          f"'{parent_id}'")[0][1] == 0.8, 10, 0.1, "its fills in QuestDB")
        wait_until(lambda: self.stack.sql("select count_distinct(order_id) from order_events where parent_order_id = "
                                          f"'{parent_id}'") == [[len(children)]], 10, 0.1, "its orders in QuestDB")

    def test_02_bad_terms_are_named_and_change_nothing(self):
        before = len(self.stack.get("exeq", "/parents").json)
        good = dict(account="bad", symbol="BTCUSDT", side="buy", algo="twap", quantity="1", duration_ms=4000)
        for field, change in (("algo", dict(algo="")), ("quantity", dict(quantity="0.000001")),
                              ("symbol", dict(symbol="NONE")), ("slices", dict(slices=5000)),
                              ("end_time", dict(duration_ms=0)), ("participation", dict(participation="0.1"))):
            answer = self.stack.post("gateway", "/api/v1/parents", dict(good, **change))
            self.assertEqual((answer.status, answer.json["field"]), (400, field), answer.text)
        self.assertEqual(self.stack.get("gateway", "/api/v1/parents/P-none-1").status, 404)
        self.assertEqual(len(self.stack.get("exeq", "/parents").json), before)

    def test_03_an_iceberg_is_paused_moved_and_canceled(self):
        parent_id = self.submit(account="ice", algo="iceberg", quantity="0.5", display_quantity="0.1",
                                limit_price="43900")

        def resting(price):
            open_now = [c for c in self.children("ice", parent_id) if c["status"] == "NEW"]
            return len(open_now) == 1 and (open_now[0]["price"], open_now[0]["quantity"]) == (price, "0.1")

        wait_until(lambda: resting("43900"), 10, 0.1, "a part in sight")
        larger = self.stack.request("oms", "PATCH", "/orders/" + self.children("ice", parent_id)[0]["order_id"],
                                    dict(quantity="0.3"))
        self.assertEqual(larger.status, 409, larger.text)  # only its parent may grow
        self.stack.post("gateway", f"/api/v1/parents/{parent_id}/pause", {})
        wait_until(lambda: self.parent(parent_id)["working_quantity"] == "0", 10, 0.1, "it is taken back")
        self.stack.post("gateway", f"/api/v1/parents/{parent_id}/resume", {})
        wait_until(lambda: resting("43900"), 10, 0.1, "it is back")
        moved = self.stack.request("gateway", "PATCH", f"/api/v1/parents/{parent_id}", dict(limit_price="43800"))
        self.assertEqual(moved.status, 200, moved.text)
        wait_until(lambda: resting("43800"), 10, 0.1, "it rests at the new limit")
        self.stack.request("gateway", "DELETE", f"/api/v1/parents/{parent_id}",
                           headers={"Content-Type": "application/json"})
        self.assertEqual(self.wait_end(parent_id)["status"], "CANCELED")
        self.assertEqual({c["status"] for c in self.children("ice", parent_id)}, {"CANCELED"})
        self.assertEqual(self.stack.get("exeq", "/parents?account=ice&open_only=true").json, [])

    def test_04_the_command_line_follows_a_shortfall_and_a_vwap(self):
        for algo, more in (("implementation_shortfall", ["--urgency", "4"]), ("vwap", ["--curve", "learned"])):
            run = self.stack.tradewind("parent", "submit", "--account", algo[:8], "--symbol", "ETHUSDT", "--side", "sell",
                                       "--algo", algo, "--quantity", "2", "--duration-ms", "3000", "--slices", "6", *more,
                                       "--client-parent-id", "c-1", "--json")
            self.assertIn("parent_order_id", run.stdout)
            parent_id = self.stack.get("exeq", f"/parents?account={algo[:8]}").json[0]["parent_order_id"]
            watch = self.stack.tradewind("parent", "watch", parent_id)
            self.assertIn("FILLED  100 %  filled 2 of 2", watch.stdout)
            self.check_books(algo[:8], self.parent(parent_id))
            self.assertIn(parent_id, self.stack.tradewind("parent", "list", "--account", algo[:8]).stdout)

    def test_05_pov_takes_its_share(self):
        parent_id = self.submit(account="pov", algo="pov", quantity="5", participation="0.2", participation_cap="0.25",
                                interval_ms=200, duration_ms=600000)
        wait_until(lambda: Decimal(self.parent(parent_id)["filled_quantity"]) > 0, 60, 0.2, "it takes part")
        self.stack.post("gateway", f"/api/v1/parents/{parent_id}/pause", {})
        wait_until(lambda: self.parent(parent_id)["open_children"] == 0, 10, 0.1, "its children have ended")
        parent = self.parent(parent_id)
        self.assertLessEqual(Decimal(parent["filled_quantity"]), Decimal(parent["market_volume"]) * Decimal("0.25"))
        self.stack.request("gateway", "DELETE", f"/api/v1/parents/{parent_id}",
                           headers={"Content-Type": "application/json"})
        self.check_books("pov", self.wait_end(parent_id))

    def test_06_kill_9_in_the_middle_makes_no_child_twice(self):
        for victim in ("exeq", "oms", "live-gateway"):
            # It crosses the market in 200 parts and has no end, so that it fills however long a restart takes.
            parent_id = self.submit(account=f"kill-{victim}", algo="iceberg", quantity="0.4", display_quantity="0.002",
                                    limit_price="48000")
            wait_until(lambda: self.parent(parent_id)["children"] >= 2, 20, 0.01, "it is under way")
            self.stack.kill(victim)
            self.stack.wait_healthy(60)

            def filled():
                parent = self.parent(parent_id)
                if parent["status"] == "PAUSED":  # refused five times while the venue was away: a person resumes it
                    self.stack.post("gateway", f"/api/v1/parents/{parent_id}/resume", {})
                return parent["status"] in ENDED and parent

            parent = wait_until(filled, 120, 0.2, f"it ends after {victim} died")
            self.assertEqual((parent["status"], parent["filled_quantity"]), ("FILLED", "0.4"))
            self.assertGreaterEqual(len(self.check_books(f"kill-{victim}", parent)), 200)

    def test_07_a_schedule_goes_on_after_kill_9(self):
        parent_id = self.submit(account="schedule", algo="twap", quantity="0.4", duration_ms=10000, slices=20)
        wait_until(lambda: self.parent(parent_id)["children"] >= 2, 20, 0.05, "it is under way")
        self.stack.kill("exeq")
        self.stack.wait_healthy(60)
        parent = self.wait_end(parent_id)
        self.check_books("schedule", parent)
        self.assertIn(parent["status"], ("FILLED", "EXPIRED"))  # EXPIRED where the restart took all its time

    def test_08_the_books_agree(self):
        self.assertEqual(self.stack.tradewind("audit", check=False).returncode, 0,
                         self.stack.tradewind("audit", check=False).stdout)


if __name__ == "__main__":
    unittest.main(failfast=True)
