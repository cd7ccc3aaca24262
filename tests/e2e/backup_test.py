"""tradewind backup while orders flow, everything wiped, tradewind restore: what was acknowledged before the backup is there."""
import json
import pathlib
import random
import shutil
import time
import unittest

from crash_test import Load, OPEN
from stack import Stack, place, wait_until

BACKUP = place().data.with_name("e2e-backup")


class BackupTest(unittest.TestCase):
    def setUp(self):
        for folder in (BACKUP, pathlib.Path(f"{BACKUP}.partial")):
            shutil.rmtree(folder, ignore_errors=True)

    def test_the_platform_comes_back_as_of_the_backup(self):
        seed = random.randrange(1 << 30)
        print("seed", seed)
        with Stack() as stack:
            stack.wait_for_market()
            resting = stack.post("oms", "/orders", {"account": "rest", "symbol": "BTCUSDT", "side": "buy",
                                                    "type": "limit", "quantity": "0.5", "price": "43900",
                                                    "time_in_force": "gtc", "client_order_id": "rest-1"}).json
            stack.tradewind("risk", "block", "--symbol", "SOLUSDT", "--reason", "for the test", "--by", "e2e")
            wait_until(lambda: stack.get("oms", f"/orders/{resting['order_id']}").json["status"] == "NEW", 5)
            load = Load(stack, seed)
            load.start()
            wait_until(lambda: len(load.acknowledged) > 150, 30, 0.1, "orders flow")
            acknowledged = dict(load.acknowledged)
            finished = {i: o for i, o in ((i, stack.get("oms", f"/orders/{i}").json) for i in acknowledged)
                        if o["status"] not in OPEN}
            ticks = wait_until(lambda: stack.sql("select count() from trades")[0][0], 20, 0.2, "ticks are in QuestDB")
            backup = stack.tradewind("--json", "backup", str(BACKUP), "--stop-max", "10s")
            manifest = json.loads(backup.stdout.rsplit("sha256 ", 1)[0])
            print(backup.stderr)
            self.assertTrue(manifest["questdb"])
            self.assertGreater(manifest["stopped_us"], 0)
            before = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) > before, 10, 0.1, "orders flow on")
            load.stop_now.set()
            load.join(60)

            self.assertEqual(stack.tradewind("backup", "--verify", str(BACKUP)).returncode, 0)
            again = stack.tradewind("backup", str(BACKUP), check=False)
            self.assertEqual(again.returncode, 1)
            self.assertIn("holds something already", again.stderr)
            running = stack.tradewind("restore", str(BACKUP), check=False)
            self.assertEqual(running.returncode, 1)
            self.assertIn("holds something already", running.stderr)

            for name in stack.services:
                stack.kill(name)
            stack.deploy("down", "--wipe")
            self.assertFalse(stack.data.exists())
            stack.tradewind("restore", str(BACKUP))
            began = time.monotonic()
            stack.up()
            print(f"up again after {time.monotonic() - began:.1f} s")
            self.assertFalse((stack.data / "questdb/_restore").exists(), "QuestDB went back to its checkpoint")

            self.assertEqual(stack.get("oms", f"/orders/{resting['order_id']}").json["status"], "NEW")
            for order_id, (asked, _) in acknowledged.items():
                now = stack.get("oms", f"/orders/{order_id}").json
                self.assertEqual(now["client_order_id"], asked["client_order_id"])
                if order_id in finished:
                    then = finished[order_id]
                    for field in ("status", "filled_quantity", "average_fill_price", "canceled_quantity"):
                        self.assertEqual(now.get(field), then.get(field), (order_id, field))
            audit = stack.tradewind("audit", "--settle", "30s", check=False)
            self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
            self.assertGreaterEqual(stack.sql("select count() from trades")[0][0], ticks)

            # A key of before is known, and the platform trades.
            order_id, (asked, _) = next(iter(acknowledged.items()))
            repeat = stack.post("oms", "/orders", asked).json
            self.assertEqual((repeat["order_id"], repeat.get("duplicate")), (order_id, True))
            stack.wait_for_market()
            last = wait_until(lambda: self.accepted(stack), 20, 0.2, "orders are taken again")
            self.assertNotIn(last["order_id"], load.acknowledged)
            wait_until(lambda: stack.get("oms", f"/orders/{last['order_id']}").json["status"] == "FILLED", 10, 0.05,
                       "a new order fills")
            stack.request("oms", "DELETE", "/orders", headers={"Content-Type": "application/json"})
            wait_until(lambda: not stack.get("oms", "/orders?limit=1000&open_only=true").json, 10, 0.2, "all canceled")
            audit = stack.tradewind("audit", "--settle", "30s", check=False)
            self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)

            # Of a stopped platform a backup is exact by itself.
            shutil.rmtree(BACKUP)
            stack.down()
            stopped = stack.tradewind("backup", str(BACKUP))
            self.assertIn("nothing runs", stopped.stderr)
            self.assertIn("without QuestDB", stopped.stdout)
            self.assertEqual(stack.tradewind("backup", "--verify", str(BACKUP)).returncode, 0)
        shutil.rmtree(BACKUP)

    def accepted(self, stack):
        order = stack.post("oms", "/orders", {"account": "last", "symbol": "BTCUSDT", "side": "buy", "type": "market",
                                              "quantity": "0.01"}).json
        return order if order["status"] != "REJECTED" else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
