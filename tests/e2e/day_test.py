"""The end of a day: a market closes while the platform runs. DAY orders expire, QuestDB keeps what every account held
and made, statements of all accounts are written that say the same, and nothing of it changes by what comes later, by a
crash or by a rebuild."""
import datetime
import json
import shutil
import time
import unittest
from decimal import Decimal

from stack import ROOT, Stack, wait_until

INSTRUMENTS = ROOT / "deploy/config/instruments.toml"
LEAD = 50  # seconds from now to the close, at least: the platform starts in them
TRADING = 30  # of them for the orders
MINUTE = 60


class Close:
    """The close of a market of one's own: at a whole minute, at about noon of a time zone, so that no day ends there."""

    def __init__(self, lead=LEAD):
        self.at = (int(time.time()) + lead + MINUTE - 1) // MINUTE * MINUTE
        utc = datetime.datetime.fromtimestamp(self.at, datetime.timezone.utc)
        east = 12 - utc.hour
        self.zone = f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
        self.local = utc + datetime.timedelta(hours=east)
        self.text = utc.strftime("%Y-%m-%dT%H:%M:00.000000")

    def instruments(self):
        """Everything as it is, but IBM, which closes then."""
        return INSTRUMENTS.read_text().replace('calendar = "XNYS"', 'calendar = "SOON"') + f"""
[[calendar]]
name = "SOON"
time_zone = "{self.zone}"
open = "00:00"
close = "{self.local:%H:%M}"
weekdays = "Mon-Sun"
"""


class DayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.close = Close()
        cls.stack = Stack(instruments=cls.close.instruments()).__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        for slower in (2, 4, 8):  # where it took long to start, another close
            if time.time() < cls.close.at - TRADING:
                break
            cls.close = Close(slower * LEAD)
            cls.stack.down()
            cls.stack.instruments = cls.close.instruments()
            cls.stack.up()
            cls.stack.wait_for_market()

    def submit(self, **order):
        return self.stack.post("oms", "/orders", dict(account="desk", **order)).json["order_id"]

    def order(self, order_id):
        return self.stack.get("oms", f"/orders/{order_id}").json

    def wait_status(self, order_id, status, seconds=10):
        wait_until(lambda: self.order(order_id)["status"] == status, seconds, 0.1, f"{order_id} is {status}")

    def day_ends(self):
        return self.stack.sql("select timestamp, account, symbol, quantity, average_price, realized_pnl, fees, cash, mark_price "
                              "from day_ends order by timestamp, account, symbol")

    def trade(self):
        """Bought 10 and sold 4 of IBM, some BTC; orders that rest: of the day in both markets, and for good."""
        for side, quantity in (("buy", "10"), ("sell", "4")):
            self.wait_status(self.submit(symbol="IBM", side=side, type="market", quantity=quantity), "FILLED")
        self.wait_status(self.submit(symbol="BTCUSDT", side="buy", type="market", quantity="0.1"), "FILLED")
        resting = dict(side="buy", type="limit")
        ibm = self.stack.get("gateway", "/tickers/IBM").json
        low = str((Decimal(ibm["bid"]) * Decimal("0.96")).quantize(Decimal("0.01")))
        day = self.submit(symbol="IBM", time_in_force="day", quantity="5", price=low, **resting)
        stop = self.submit(symbol="IBM", side="sell", type="stop", time_in_force="day", quantity="6", stop_price="100")
        good = self.submit(symbol="IBM", time_in_force="gtc", quantity="5", price=low, **resting)
        other = self.submit(symbol="BTCUSDT", time_in_force="gtc", quantity="0.1", price="44000", **resting)
        for order_id in (day, stop, good, other):
            self.wait_status(order_id, "NEW")
        return day, stop, good, other

    def test_what_the_close_of_a_market_does(self):
        day, stop, good, other = self.trade()
        pnl = self.stack.get("pnl", "/pnl/realtime?account=desk").json
        held = next(p for p in pnl["positions"] if p["symbol"] == "IBM")
        self.assertLess(time.time(), self.close.at, "all of it before the close")
        wait_until(lambda: self.day_ends() == [], 30, 0.2, "QuestDB has its tables")
        self.assertLess(time.time(), self.close.at, "none of it written before the close")
        time.sleep(max(0.0, self.close.at - time.time()))

        self.wait_status(day, "EXPIRED", 20)
        self.wait_status(stop, "EXPIRED")
        self.assertEqual([self.order(o)["status"] for o in (good, other)], ["NEW", "NEW"])
        rows = wait_until(self.day_ends, 20, 0.2, "a row of day_ends")
        self.assertEqual(len(rows), 1, "of IBM alone: BTC trades on")
        self.assertEqual(rows[0][:3], [self.close.text + "000Z", "desk", "IBM"])
        for found, expected in zip(rows[0][3:8], (held["quantity"], held["average_price"], held["realized_pnl"], held["fees"],
                                                  pnl["cash"])):
            self.assertAlmostEqual(found, float(expected), 6)
        said = self.statement()
        line = next(p for p in said["positions"] if p["symbol"] == "IBM")
        self.assertEqual((line["closing"]["quantity"], line["realized"], line["fees"]),
                         (held["quantity"], held["realized_pnl"], held["fees"]))
        self.assertEqual(line["to"], self.close.text + "000Z")
        written = self.check_statements(rows[0])

        # What comes later is of another day; a killed writer writes no second row, nor does a rebuild write another.
        self.wait_status(self.submit(symbol="BTCUSDT", side="sell", type="market", quantity="0.1"), "FILLED")
        self.stack.kill("questdb-writer")
        self.stack.wait_healthy()
        wait_until(lambda: self.stack.sql("select count() from fills where side='SELL' and symbol='BTCUSDT'")[0][0] > 0, 20, 0.2)
        self.assertEqual(self.day_ends(), rows)
        self.check_statements_again(written)
        self.stack.sql("truncate table day_ends")  # goes through the table's log: done a little later than said
        wait_until(lambda: self.day_ends() == [], 20, 0.1, "an empty table")
        self.stack.tradewind("rebuild-history", "--accounts", str(ROOT / "deploy/config/accounts.toml"), "--instruments",
                             str(self.stack.instruments_file()))
        self.assertEqual(wait_until(self.day_ends, 20, 0.2, "the row again"), rows)
        audit = self.stack.tradewind("audit", "--settle", "30s", check=False)
        self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)

    def statement(self, *options):
        return json.loads(self.statement_text("json", *options))

    def statement_text(self, form, *options):
        return self.stack.tradewind(
            "statement", "desk", "--day", f"{self.close.local:%Y-%m-%d}", "--format", form, "--accounts",
            str(ROOT / "deploy/config/accounts.toml"), "--instruments", str(self.stack.instruments_file()), *options).stdout

    def statement_files(self):
        """What pnl wrote at the close, by name; nothing before all of it is there."""
        folder = self.stack.data / "pnl/statements" / f"{self.close.local:%Y-%m-%d}" / "SOON"
        return {path.name: path.read_bytes().decode() for path in folder.iterdir()} if folder.is_dir() else {}

    def check_statements(self, day_end):
        """Those of the accounts that had something there, as the command prints them, with the cash of day_ends."""
        files = wait_until(self.statement_files, 30, 0.2, "statements")
        self.assertEqual(sorted(files), ["desk.csv", "desk.json"])
        command = ("--market", "SOON", "--no-questdb")
        self.assertEqual(files["desk.json"], self.statement_text("json", *command))
        self.assertEqual(json.loads(files["desk.json"])["fills"], self.statement("--market", "SOON")["fills"])
        self.assertIn("fill,desk,", files["desk.csv"])
        self.assertAlmostEqual(float(json.loads(files["desk.json"])["cash"]["closing"]), day_end[7], 6)
        stats = self.stack.get("pnl", "/stats").json
        self.assertGreaterEqual(stats["statements"], 1)
        self.assertEqual(stats["statement_failures"], 0)
        return files

    def check_statements_again(self, files):
        """Killed, pnl finds them and leaves them; where they were lost, it makes the same ones."""
        path = self.stack.data / "pnl/statements" / f"{self.close.local:%Y-%m-%d}" / "SOON/desk.json"
        written_at = path.stat().st_mtime_ns
        self.stack.kill("pnl")
        self.stack.wait_healthy()
        head = self.stack.get("pnl", "/stats").json["ledger_sequence"]
        wait_until(lambda: self.stack.get("pnl", "/stats").json["statement_sequence"] >= head, 20, 0.2, "ledger read")
        self.assertEqual((self.statement_files(), path.stat().st_mtime_ns), (files, written_at))
        shutil.rmtree(self.stack.data / "pnl/statements")
        self.stack.kill("pnl")
        wait_until(lambda: self.statement_files() == files, 30, 0.2, "the same statements")
        self.stack.wait_healthy()


if __name__ == "__main__":
    unittest.main(verbosity=2)
