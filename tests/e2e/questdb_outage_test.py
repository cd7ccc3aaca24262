"""QuestDB away under load: trading goes on, the sinks spool, and on return every row arrives once."""
import os
import shutil
import time
import unittest

from crash_test import Load
from stack import ROOT, Stack, wait_until

HISTORY = {"order_events": "sequence", "fills": "fill_id", "risk_decisions": "sequence, check_name",
           "positions": "sequence, account, symbol"}
AWAY_SECONDS = float(os.environ.get("TRADEWIND_TEST_OUTAGE_SECONDS", "20"))


class QuestDbOutageTest(unittest.TestCase):
    def test_no_row_is_missing_and_none_is_twice(self):
        with Stack() as stack:
            stack.wait_for_market()
            load = Load(stack, 7)
            load.start()
            time.sleep(3)
            stack.deploy("down", "questdb")
            end = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < end:
                status = stack.get("gateway", "/status").json
                self.assertEqual(status["healthy"], 14, [s for s in status["services"] if s["status"] != "healthy"])
                time.sleep(1)
            during = len(load.acknowledged)
            stack.deploy("up", "questdb")
            time.sleep(3)
            load.stop_now.set()
            load.join(30)
            self.assertGreater(during, 50)
            time.sleep(1)
            events = [line for line in stack.tradewind("tail", "--from", "1", "--until-head").stdout.splitlines() if line]
            fills = [line for line in events if '"kind":"FILLED"' in line.replace(" ", "")]
            for table, rows in (("order_events", len(events)), ("fills", len(fills)), ("positions", len(fills))):
                wait_until(lambda t=table, n=rows: stack.sql(f"select count() from {t}") == [[n]], 60, 0.5,
                           f"{rows} rows in {table}")
            self.assertEqual(stack.sql("select count_distinct(sequence) from order_events"), [[len(events)]])
            ticks = wait_until(lambda: stack.sql("select count(), count_distinct(source_seq) from trades "
                                                 "where venue='PAPER' and symbol='BTCUSDT'"), 10)
            self.assertEqual(ticks[0][0], ticks[0][1], "a trade twice")
            self.assertEqual(stack.sql("select count() from gaps"), [[0]])
            audit = stack.tradewind("audit", "--settle", "30s", check=False)
            self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)
            self.rebuild(stack)

    def rebuild(self, stack):
        """QuestDB wiped, and filled again from the journal: the same rows, in all their columns."""
        def history():
            return {table: stack.sql(f"select * from {table} order by {order}") for table, order in HISTORY.items()}

        before = history()
        stack.deploy("down", "questdb")
        shutil.rmtree(stack.data / "questdb")
        stack.deploy("up", "questdb")
        accounts = str(ROOT / "deploy/config/accounts.toml")
        rebuilt = stack.tradewind("rebuild-history", "--accounts", accounts, "--instruments",
                                  str(stack.instruments_file()))
        self.assertIn("100 %", rebuilt.stderr)
        after = history()
        for table, rows in before.items():
            self.assertEqual(after[table], rows, table)
        self.assertEqual(stack.sql("select max(version) from schema_migrations")[0][0],
                         len(list((ROOT / "libs/questdb/migrations").glob("*.sql"))))


if __name__ == "__main__":
    unittest.main(verbosity=2)
