"""Recorded markets through the whole platform: every row once in QuestDB, bars and books as plain Python has them from
the files alone, gaps told, the live market untouched; and the live market recorded and played again."""
import json
import os
import signal
import subprocess
import time
import unittest

import recorded
from stack import ROOT, Stack, wait_until

DATA = ROOT.parent / "shared/data"
IBM = DATA / "lean/equity/usa/tick/ibm"
BTC = DATA / "lean/crypto/coinbase/minute/btcusd"
DEPTH = DATA / "binance"
TRADES, QUOTES = "20131007_trade.zip", "20131007_quote.zip"


@unittest.skipUnless((IBM / TRADES).exists(), f"the recorded markets are not at {DATA}")
class ReplayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()

    def sql(self, query):
        return self.stack.sql(query)

    def wait_count(self, table, venue, count):
        wait_until(lambda: self.sql(f"select count() from {table} where venue='{venue}'") == [[count]], 60, 0.3,
                   f"{count} {table} of {venue}")

    def replay(self, *arguments):
        return self.stack.tradewind("replay", *map(str, arguments), "--speed", "max", timeout=300)

    def bars(self, venue, interval):
        rows = self.sql("select cast(timestamp as long), open, high, low, close, volume, trades from bars "
                        f"where venue='{venue}' and interval='{interval}' order by timestamp")
        return [[row[0] // 1000, *row[1:]] for row in rows]  # nanoseconds in the table

    def figures(self):
        stats = self.stack.get("normalizer", "/stats").json
        return stats["crossed_quotes"], stats["locked_quotes"]

    def test_both_ibm_days_go_in_exactly(self):
        for trades, quotes in ((TRADES, QUOTES), ("20131008_trade.zip", "20131008_quote.zip")):
            before = self.figures()
            rows, quote_rows = recorded.trades(IBM / trades), recorded.lines(IBM / quotes)
            for _ in range(2 if trades == TRADES else 1):  # the second time adds nothing
                self.replay(IBM / trades, IBM / quotes)
                self.wait_count("trades", f"REPLAY:{trades}", len(rows))
                self.wait_count("quotes", f"REPLAY:{quotes}", len(quote_rows))
            sums = self.sql(f"select sum(quantity), min(price), max(price), count_distinct(source_seq) from trades "
                            f"where venue='REPLAY:{trades}'")
            self.assertEqual(sums, [[sum(row[2] for row in rows), min(row[1] for row in rows),
                                     max(row[1] for row in rows), len(rows)]])
            sizes = self.sql(f"select sum(bid_size), sum(ask_size) from quotes where venue='REPLAY:{quotes}'")
            self.assertEqual(sizes, [[sum(int(row[2]) for row in quote_rows if row[1] != "0"),
                                      sum(int(row[4]) for row in quote_rows if row[3] != "0")]])
            for interval in recorded.SPANS:
                expected = recorded.session_bars(IBM / trades, interval)
                wait_until(lambda: len(self.bars(f"REPLAY:{trades}", interval)) == len(expected), 30, 0.3,
                           f"{len(expected)} bars of {interval}")
                self.assertEqual(self.bars(f"REPLAY:{trades}", interval), expected, interval)
            runs = 2 if trades == TRADES else 1
            crossed, locked = recorded.crossed_and_locked(IBM / quotes)
            wait_until(lambda: self.figures() == (before[0] + runs * crossed, before[1] + runs * locked), 10, 0.2,
                       f"{crossed} crossed and {locked} locked milliseconds a run")
        self.assertEqual(self.sql("select count() from gaps where symbol='IBM' and "
                                  "venue ~ 'REPLAY:2013'"), [[0]])
        # The live market goes on near its own price; IBM in 2013 traded elsewhere.
        ticker = self.stack.get("gateway", "/ticker/IBM").json
        self.assertLess(abs(float(ticker["last_price"]) / 180 - 1), 0.03)
        self.assertEqual(self.sql("select count() from trades where venue='PAPER' and symbol='IBM' and "
                                  "(price < 174 or price > 186)"), [[0]])
        # Any other interval is made up of those that are kept.
        made = self.stack.get("normalizer", f"/bars/REPLAY%3A{TRADES}/IBM/2h?limit=1000").json
        hours = recorded.session_bars(IBM / TRADES, "1h")
        self.assertEqual(sum(bar["trades"] for bar in made), sum(bar[6] for bar in hours))

    def test_minute_bars_pass_and_make_longer_ones(self):
        trades, quotes = "20180405_trade.zip", "20180405_quote.zip"
        self.replay(BTC / trades, BTC / quotes)
        expected = recorded.minute_bars(BTC / trades)
        venue = f"REPLAY:{trades}"
        wait_until(lambda: len(self.bars(venue, "1d")) == 1, 30, 0.3, "the day's bar")
        wait_until(lambda: len(self.bars(venue, "1m")) == len(expected), 30, 0.3, "all minutes")
        self.assertEqual([row[:6] for row in self.bars(venue, "1m")],
                         [[row[0], *map(float, row[1:])] for row in expected])
        self.assertEqual(self.bars(venue, "1d")[0][1:6],
                         [float(expected[0][1]), float(max(row[2] for row in expected)),
                          float(min(row[3] for row in expected)), float(expected[-1][4]),
                          float(sum(row[5] for row in expected))])
        sides = recorded.minute_bars(BTC / quotes)
        for interval, column in (("1m-bid", 1), ("1m-ask", 6)):
            wait_until(lambda: len(self.bars(f"REPLAY:{quotes}", interval)) == len(sides), 30, 0.3, interval)
            self.assertEqual([row[:6] for row in self.bars(f"REPLAY:{quotes}", interval)],
                             [[row[0], *map(float, row[column:column + 5])] for row in sides])

    def test_the_gap_between_the_depth_files_is_found(self):
        stales = self.metric("tw_normalizer_book_stale_total")
        self.replay(DEPTH / "btcusdt-depth-snap.csv", DEPTH / "btcusdt-depth-update.csv", "--as", "depth")
        gaps = wait_until(lambda: self.sql("select cast(timestamp as long), symbol, from_seq, to_seq, reason from gaps "
                                           "where venue='REPLAY:depth'"), 30, 0.3, "the gap")
        last, first = 2098021528332, 2098041693435
        self.assertEqual(gaps, [[1667347199939000000, "BTCUSDT", last + 1, first - 1, "book"]])
        self.assertEqual(self.metric("tw_normalizer_book_stale_total"), stales + 1)
        self.wait_count("book_snapshots", "REPLAY:depth", 1)  # the snapshot; a stale book is not shown
        books = self.sql("select best_bid, best_ask, bids from book_snapshots where venue='REPLAY:depth'")
        self.assertEqual(books[0][:2], [20377.0, None])
        rows = [line.split(",") for line in (DEPTH / "btcusdt-depth-snap.csv").read_text().splitlines()[1:]]
        self.assertEqual(books[0][2], [[float(row[6]) for row in rows], [float(row[7]) for row in rows]])

    def test_a_later_snapshot_heals(self):
        depth = recorded.Depth(seed=20131007)
        path = self.stack.data / "healing.csv"
        path.write_text("\n".join(depth.text) + "\n")
        self.replay(path)
        self.wait_count("quotes", "REPLAY:healing.csv", len(depth.quotes))
        quotes = self.sql("select bid, bid_size, ask, ask_size from quotes where venue='REPLAY:healing.csv' "
                          "order by timestamp, source_seq")
        self.assertEqual(quotes, [[float(figure) for figure in quote] for quote in depth.quotes])
        # QuestDB shows what it has taken table by table.
        gaps = "select from_seq, to_seq, reason from gaps where venue='REPLAY:healing.csv'"
        wait_until(lambda: self.sql(gaps) == [[depth.LOST, depth.LOST, "book"]], 30, 0.2, "the gap")
        last = "select bids, asks from book_snapshots where venue='REPLAY:healing.csv' order by timestamp desc limit 1"
        wait_until(lambda: self.sql(last) == [[depth.side("b"), depth.side("a")]], 30, 0.2, "the last book")
        # Cut off within a line nothing is played, and the line is named.
        torn = self.stack.data / "torn.csv"
        torn.write_text("\n".join(depth.text)[:-3])
        run = self.stack.tradewind("replay", str(torn), check=False)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn(f"torn.csv:{len(depth.text)}: ", run.stderr)

    def test_the_live_market_is_recorded_and_played_again(self):
        path = self.stack.data / "live.twr"
        run = self.stack.tradewind("record", str(path), "--seconds", "4", "--json")
        said = json.loads(run.stdout)
        self.assertGreater(said["trades"], 0)
        self.assertEqual(said["gaps"], 0)
        self.replay(path)
        venue = "REPLAY:live.twr:PAPER"
        self.wait_count("trades", venue, said["trades"])
        self.wait_count("quotes", venue, said["quotes"])
        columns = "timestamp, symbol, price, quantity, side, receive_time"
        played = self.sql(f"select {columns} from trades where venue='{venue}'")
        since = min(row[0] for row in played)
        live = self.sql(f"select {columns} from trades where venue='PAPER' and timestamp >= '{since}'")
        missing = [row for row in played if row not in live]
        self.assertEqual(missing, [])

    def start(self, *arguments):
        return subprocess.Popen([str(self.stack.bin / "tradewind"), *map(str, arguments)],
                                env={**os.environ, "TRADEWIND_PORT_OFFSET": str(self.stack.offset)},
                                stdout=subprocess.DEVNULL)

    def test_normalizer_killed_in_the_middle_makes_no_wrong_bar(self):
        path, venue = IBM / TRADES, "REPLAY:killed"
        player = self.start("replay", path, "--as", "killed", "--speed", "4000")
        position = self.stack.data / "normalizer/position"
        wait_until(lambda: "replaying" in position.read_text(), 20, 0.05, "the replay is under way")
        self.stack.kill("normalizer")
        self.assertEqual(player.wait(120), 0)
        self.wait_count("trades", venue, len(recorded.trades(path)))  # every row all the same
        wait_until(lambda: self.sql(f"select reason, to_seq from gaps where venue='{venue}'") ==
                   [["bars_incomplete", None]], 10, 0.2, "the gap in the bars is told")
        expected = {interval: recorded.session_bars(path, interval) for interval in recorded.SPANS}
        for interval, bars in expected.items():
            self.assertEqual([bar for bar in self.bars(venue, interval) if bar not in bars], [], interval)
        self.replay(path, "--as", "killed")
        for interval, bars in expected.items():
            wait_until(lambda: self.bars(venue, interval) == bars, 30, 0.3, f"all bars of {interval}")

    def test_a_replay_whose_player_is_killed_is_told(self):
        player = self.start("replay", IBM / TRADES, "--as", "broken", "--speed", "1000")
        wait_until(lambda: self.sql("select count() from trades where venue='REPLAY:broken'") != [[0]], 20, 0.1, "rows")
        player.kill()
        player.wait()
        wait_until(lambda: self.sql("select reason, to_seq from gaps where venue='REPLAY:broken'") ==
                   [["replay_broken_off", None]], 20, 0.2, "the end that never came is told")

    def test_a_killed_recorder_leaves_whole_blocks(self):
        path = self.stack.data / "killed.twr"
        recorder = self.start("record", path)
        wait_until(lambda: path.exists() and path.stat().st_size > 2000, 20, 0.1, "a block")
        time.sleep(1.5)
        recorder.send_signal(signal.SIGKILL)
        recorder.wait()
        with path.open("ab") as file:
            file.write(b"TWB1 half a block")
        run = self.replay(path)
        self.assertIn("bytes of a block that is not whole were left out", run.stderr)
        self.assertIn("trades", run.stdout)

    def metric(self, name):
        for line in self.stack.get("normalizer", "/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return 0.0


if __name__ == "__main__":
    unittest.main(verbosity=2)
