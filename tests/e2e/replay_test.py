"""A recorded day through the whole platform: every row once in QuestDB, bars that SQL reproduces, live market untouched."""
import unittest

from stack import ROOT, Stack, wait_until

DAY = ROOT.parent / "shared/data/lean/equity/usa/tick/ibm"
TRADES, QUOTES = "20131007_trade.zip", "20131007_quote.zip"


@unittest.skipUnless((DAY / TRADES).exists(), f"the recorded IBM day is not at {DAY}")
class ReplayTest(unittest.TestCase):
    def test_an_ibm_day_goes_in_exactly(self):
        with Stack() as stack:
            wait_until(lambda: len(stack.get("gateway", "/tickers").json) == 4, 30, 0.2, "a market")
            for run in (1, 2):  # the second adds nothing
                stack.tradewind("replay", str(DAY / TRADES), str(DAY / QUOTES), "--speed", "max", timeout=300)
                wait_until(lambda: stack.sql("select count() from trades where venue like 'REPLAY:%'") == [[24293]], 60,
                           0.5, f"24,293 trades after run {run}")
                wait_until(lambda: stack.sql("select count() from quotes where venue like 'REPLAY:%'") == [[109067]], 60,
                           0.5, f"109,067 quotes after run {run}")
            self.assertEqual(stack.sql("select count() from gaps"), [[0]])
            bars = wait_until(lambda: self.bars(stack), 30, 0.5, "one-minute bars")
            from_trades = stack.sql(
                "select timestamp, first(price) open, max(price) high, min(price) low, last(price) close, "
                "sum(quantity) volume, count() trades from (select * from trades where venue like 'REPLAY:%' "
                "order by timestamp, source_seq) timestamp(timestamp) sample by 1m align to calendar")
            self.assertEqual(len(bars), len(from_trades))
            self.assertEqual(bars, from_trades)
            self.assertEqual(sum(row[6] for row in bars), 24293)
            # The live market goes on near its own price; IBM in 2013 traded elsewhere.
            ticker = stack.get("gateway", "/ticker/IBM").json
            recorded = stack.sql("select min(price), max(price) from trades where venue like 'REPLAY:%'")[0]
            live = stack.sql("select count() from trades where venue='PAPER' and symbol='IBM' and "
                             f"(price < {float(ticker['last_price']) * 0.93} or price > {float(ticker['last_price']) * 1.07})")
            self.assertEqual(live, [[0]], f"recorded prices {recorded} reached the live market")
            self.assertGreater(float(ticker["last_price"]), 180 * 0.97)
            self.assertLess(float(ticker["last_price"]), 180 * 1.03)

    def bars(self, stack):
        rows = stack.sql("select timestamp, open, high, low, close, volume, trades from bars "
                         "where venue like 'REPLAY:%' and interval='1m' order by timestamp")
        return rows if rows and sum(row[6] for row in rows) == 24293 else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
