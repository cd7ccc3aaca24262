"""A desk moves in: positions and cash of elsewhere come by `tradewind import-opening`, and every book has them: before
and after trading, and when each of the services was killed."""
import datetime
import json
import unittest
from decimal import Decimal

from stack import ROOT, Stack, wait_until

ACCOUNTS = str(ROOT / "deploy/config/accounts.toml")
FILE = """account,symbol,quantity,price,opened,currency,amount
moved,IBM,100,181.20,2025-03-14,,
moved,IBM,50,179.95,2026-02-02T14:31:05Z,,
moved,BTCUSDT,-0.5,44000,,,
moved,,,,,USD,250000.50
second,ETHUSDT,3,2400,2026-01-05,,
second,,,,,USD,1000
"""
READERS = ("pnl", "ptrc", "risk", "questdb-writer", "execution-quality", "gateway")


class OpeningTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack().__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        cls.file = cls.stack.data.with_name(cls.stack.data.name + "-opening.csv")

    def bring_in(self, text, *more, check=True):
        self.file.write_text(text)
        return self.stack.tradewind("import-opening", str(self.file), "--by", "ann", "--reason", "moved from elsewhere",
                                    *more, check=check)

    def positions(self, service, account):
        answer = self.stack.get(service, f"/positions?account={account}")
        if answer.status != 200:
            raise ValueError(answer.text)  # it reads the ledger
        return {p["symbol"]: Decimal(p["quantity"]) for p in answer.json}

    def risk(self, account):
        rows = json.loads(self.stack.tradewind("risk", "exposure", "--account", account, "--json").stdout)["exposures"]
        return {r["symbol"]: Decimal(r["position"]) for r in rows}

    def cash(self, account):
        return Decimal(self.stack.get("pnl", f"/pnl/realtime?account={account}").json["cash"])

    def ledger(self):
        return self.stack.get("oms", "/stats").json["sequence"]

    def wait_held(self, account, expected):
        for service in ("pnl", "ptrc"):
            wait_until(lambda s=service: self.positions(s, account) == expected, 15, 0.2, f"{expected} at {service}")
        wait_until(lambda: self.risk(account) == expected, 15, 0.2, f"{expected} at risk")

    def lots(self, account):
        return [(lot["symbol"], lot["quantity"], lot["price"], (lot.get("opened") or "")[:10])
                for lot in self.stack.get("ptrc", f"/lots?account={account}").json]

    def trade(self, account, symbol, side, quantity):
        def order():
            answer = self.stack.post("oms", "/orders", dict(account=account, symbol=symbol, side=side, type="market",
                                                            quantity=quantity)).json
            return answer if answer["status"] != "REJECTED" else None

        order_id = wait_until(order, 30, 0.5, "the order is taken")["order_id"]
        return wait_until(lambda: (lambda o: o if o["status"] == "FILLED" else None)(
            self.stack.get("oms", f"/orders/{order_id}").json), 10, 0.1, "filled")

    def audit(self):
        run = self.stack.tradewind("audit", "--settle", "30s", "--accounts", ACCOUNTS, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(self.stack.get("ptrc", "/breaks?status=open").json, [])

    def statement(self, account):
        day = datetime.datetime.now(datetime.timezone.utc).date()
        return json.loads(self.stack.tradewind(
            "statement", account, "--day", str(day), "--format", "json", "--accounts", ACCOUNTS, "--instruments",
            str(self.stack.instruments_file())).stdout)

    def refused(self, text, *more):
        before = self.ledger()
        run = self.bring_in(text, "--apply", *more, check=False)
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertEqual(self.ledger(), before, "nothing was changed")
        return run.stderr

    def test_a_desk_moves_in(self):
        # A look first, and what is wrong with a file: nothing is changed.
        self.assertIn("nothing was changed: --apply does it", self.bring_in(FILE).stdout)
        said = self.refused(FILE.replace("-0.5", "half").replace("ETHUSDT", "NOTHING"))
        self.assertIn("line 4: quantity: must be a decimal", said)
        self.assertIn("line 6: symbol: there is no instrument 'NOTHING'", said)
        self.assertIn("line 5: currency: account moved keeps its cash in USD", self.refused(FILE.replace("USD,25", "EUR,25")))
        self.assertEqual(self.positions("pnl", "moved"), {})

        # It is done, once.
        self.assertIn("imported, up to event", self.bring_in(FILE, "--apply").stdout)
        held = {"BTCUSDT": Decimal("-0.5"), "IBM": Decimal(150)}
        self.wait_held("moved", held)
        self.wait_held("second", {"ETHUSDT": Decimal(3)})
        self.assertEqual((self.cash("moved"), self.cash("second")), (Decimal("250000.50"), Decimal(1000)))
        at = self.ledger()
        self.assertIn("was imported before", self.bring_in(FILE, "--apply").stdout)
        self.assertEqual(self.ledger(), at)
        lots = [("BTCUSDT", "-0.5", "44000", ""), ("IBM", "100", "181.2", "2025-03-14"), ("IBM", "50", "179.95", "2026-02-02")]
        self.assertEqual(sorted(self.lots("moved")), lots)
        rows = wait_until(lambda: (lambda r: r if len(r) == 6 else None)(self.stack.sql(
            "select account, symbol, quantity, price, cash, imported_by, reason from openings order by sequence, number")),
            30, 0.5, "the rows in QuestDB")
        self.assertEqual(rows[0], ["moved", None, None, None, 250000.5, "ann", "moved from elsewhere"])
        self.assertEqual(rows[1][:4], ["moved", "BTCUSDT", -0.5, 44000])
        self.audit()

        # Trading goes on from there: what closes takes of the lots, and risk counts what is held.
        self.trade("moved", "BTCUSDT", "buy", "0.2")
        self.trade("second", "ETHUSDT", "sell", "1")
        held["BTCUSDT"] = Decimal("-0.3")
        self.wait_held("moved", held)
        self.audit()
        said = self.statement("second")
        cash = {k: Decimal(v) for k, v in said["cash"].items()}
        self.assertEqual((cash["opening"], cash["brought_in"]), (Decimal(1000000), Decimal(-999000)))
        self.assertEqual(cash["closing"], self.cash("second"))
        line = next(p for p in said["positions"] if p["symbol"] == "ETHUSDT")
        self.assertEqual((line["opening"]["quantity"], line["brought_in"], line["sold"], line["closing"]["quantity"]),
                         ("0", "3", "1", "2"))

        # An account that has traded takes more only when that is said.
        more = "account,symbol,quantity,price\nmoved,BTCUSDT,-0.1,43000\nsecond,ETHUSDT,2,2500\n"
        cash_too = "account,currency,amount\nmoved,USD,0\n"
        self.assertIn("account moved has brought in import", self.refused(cash_too))
        self.assertIn("close that before 2 are brought in",
                      self.refused("account,symbol,quantity,price\nmoved,BTCUSDT,2,1\n", "--add"))
        before = self.cash("moved")
        self.bring_in(more, "--apply", "--add")
        held["BTCUSDT"] = Decimal("-0.4")
        self.wait_held("moved", held)
        self.wait_held("second", {"ETHUSDT": Decimal(4)})
        self.assertEqual(self.cash("moved"), before)
        self.audit()

        # Killed and read anew, every book is the same.
        figures = self.figures()
        for name in ("oms", *READERS):
            self.stack.kill(name)
        self.stack.wait_healthy(60)
        self.wait_held("moved", held)
        self.wait_held("second", {"ETHUSDT": Decimal(4)})
        self.assertEqual(self.figures(), figures)
        self.assertIn("was imported before", self.bring_in(more, "--apply", "--add").stdout)
        self.trade("moved", "BTCUSDT", "buy", "0.4")
        self.audit()
        self.rebuild()

    def figures(self):
        return {account: (self.cash(account), sorted(self.lots(account)),
                          [(p["symbol"], p["quantity"], p["average_price"], p["realized_pnl"], p["realized_pnl_fifo"])
                           for p in self.stack.get("pnl", f"/positions?account={account}").json])
                for account in ("moved", "second")}

    def rebuild(self):
        """QuestDB's rows come from the ledger again as they were."""
        queries = ("select * from openings order by sequence, number", "select * from positions order by sequence, symbol")
        fills = len(self.stack.get("oms", "/fills?account=moved&limit=1000").json +
                    self.stack.get("oms", "/fills?account=second&limit=1000").json)
        wait_until(lambda: self.stack.sql("select count() from positions") == [[fills + 5]], 30, 0.5, "5 brought in and the fills")
        before = [self.stack.sql(query) for query in queries]
        self.assertEqual(len(before[0]), 10)  # 4 + 2, and the adding ones with their cash of zero: 2 + 2
        for table in ("openings", "positions"):
            self.stack.sql(f"truncate table {table}")
        wait_until(lambda: [self.stack.sql(query) for query in queries] == [[], []], 20, 0.1, "empty tables")
        self.stack.tradewind("rebuild-history", "--accounts", ACCOUNTS, "--instruments", str(self.stack.instruments_file()))
        wait_until(lambda: [self.stack.sql(query) for query in queries] == before, 30, 0.5, "the same rows again")


if __name__ == "__main__":
    unittest.main(verbosity=2)
