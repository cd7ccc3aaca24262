"""The arithmetic of bench/run: ratios, comparison with a stored run, the search for the rate that is kept up with."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import figures  # noqa: E402


def one(name, ratio, better="lower"):
    return {"name": name, "ratio": ratio, "better": better}


def report(rate, kept):
    sent = rate * 10
    return {"unanswered": 0, "orders_accepted_percent": 100.0, "accepted": sent, "lost_races": 0, "sent": sent,
            "elapsed_s": 10.0 if kept else 12.0, "planned_s": 10.0}


class FigureTest(unittest.TestCase):
    def test_a_ratio_is_of_its_own_pair(self):
        f = figures.figure("x", [(200, 100), (330, 110), (900, 300)], "us", "lower", "echo", "cmd")
        self.assertEqual((f["value"], f["floor_value"]), (330, 110))
        self.assertEqual((f["ratio"], f["low"], f["high"]), (3, 2, 3))


class ProgramTest(unittest.TestCase):
    def test_a_structure_stands_beside_the_map_of_deques_of_its_own_shape(self):
        results = [{"name": "static/batched", "time_unit": "ms", "real_time": 1.0, "items_per_second": 5e7},
                   {"name": "static/map_of_deques", "time_unit": "ms", "real_time": 1.0, "items_per_second": 4e6},
                   {"name": "Plain", "time_unit": "us", "real_time": 2.0},
                   {"name": "static/latency/one_by_one", "time_unit": "ms", "real_time": 9.0, "new_p50_ns": 20.0}]
        self.assertEqual(figures.of_program(results), {
            "static/batched": (20.0, "static/map_of_deques"), "static/map_of_deques": (250.0, None),
            "Plain": (2000.0, None), "static/latency/one_by_one new_p50_ns": (20.0, None)})

    def test_a_figure_of_bytes_stands_beside_its_floor(self):
        self.assertEqual(figures.sibling("WireToWire/levels:1000/level:3"), "WireFloor/levels:50/level:3")
        self.assertEqual(figures.sibling("BM_EncodeTrade/binary"), "BM_CopyTrade")
        self.assertIsNone(figures.sibling("BM_CopyTrade"))


class CompareTest(unittest.TestCase):
    def compare(self, old, new):
        return figures.compare({"figures": old}, {"figures": new})

    def test_fifteen_percent_is_the_bar(self):
        self.assertEqual(self.compare([one("a", 1.0)], [one("a", 1.149)])[1], [])
        self.assertEqual(self.compare([one("a", 1.0)], [one("a", 1.16)])[1], ["a"])
        self.assertEqual(self.compare([one("a", 1.0)], [one("a", 0.2)])[1], [])

    def test_for_rates_less_is_worse(self):
        self.assertEqual(self.compare([one("a", 10, "higher")], [one("a", 8.5, "higher")])[1], ["a"])
        self.assertEqual(self.compare([one("a", 10, "higher")], [one("a", 20, "higher")])[1], [])

    def test_new_and_missing_ones_are_named(self):
        lines, regressed = self.compare([one("gone", 1)], [one("here", 1)])
        self.assertEqual(regressed, [])
        self.assertEqual([line.split()[0] for line in lines], ["new", "missing"])


    def test_what_the_stored_run_has_seen_itself_is_no_regression(self):
        old = dict(one("a", 0.697), low=0.624, high=0.9)
        lines, regressed = self.compare([old], [one("a", 0.806)])
        self.assertEqual(regressed, [])
        self.assertIn("unsure", lines[0])
        self.assertEqual(self.compare([old], [one("a", 0.91)])[1], ["a"])
        old = dict(one("a", 10, "higher"), low=8, high=11)
        self.assertEqual(self.compare([old], [one("a", 8.1, "higher")])[1], [])
        self.assertEqual(self.compare([old], [one("a", 7.9, "higher")])[1], ["a"])

    def test_runs_of_different_shapes_are_compared_and_said_to_be(self):
        lines, regressed = figures.compare({"figures": [one("a", 2)], "fused": False, "cores": 2},
                                           {"figures": [one("a", 1)], "fused": True, "cores": 2})
        self.assertEqual(regressed, [])
        self.assertEqual(lines, ["note      the stored run had fused False, this one True",
                                 "ok        a: ratio 2 -> 1 (-50 %)"])


class SustainedTest(unittest.TestCase):
    def test_a_rate_is_kept_when_done_in_its_time(self):
        self.assertTrue(figures.keeps_up(report(1000, True)))
        self.assertFalse(figures.keeps_up(report(1000, False)))
        for key, value in (("unanswered", 1), ("orders_accepted_percent", 99.8)):
            self.assertFalse(figures.keeps_up(dict(report(1000, True), **{key: value})))

    def test_the_search_ends_within_a_tenth(self):
        for capacity in (300, 2_000, 7_300, 50_000):
            runs = {}
            rate = figures.next_rate(runs, 2_000, 200_000)
            while rate is not None:
                self.assertNotIn(rate, runs)
                self.assertLess(len(runs), 20)
                runs[rate] = report(rate, rate <= capacity)
                rate = figures.next_rate(runs, 2_000, 200_000)
            self.assertGreaterEqual(figures.sustained(runs), capacity / 1.12)
            self.assertLessEqual(figures.sustained(runs), capacity)

    def test_the_search_knows_its_limits(self):
        self.assertIsNone(figures.next_rate({2_000: report(2_000, True)}, 2_000, 3_000))
        runs = {}
        rate = figures.next_rate(runs, 2_000, 200_000)
        while rate is not None:
            runs[rate] = report(rate, False)
            rate = figures.next_rate(runs, 2_000, 200_000)
        self.assertIsNone(figures.sustained(runs))
        self.assertLess(len(runs), 6)


class StoredTest(unittest.TestCase):
    def test_only_a_run_is_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.json"
            for text in ("[]", "{}", "word"):
                path.write_text(text)
                with self.assertRaises(ValueError):
                    figures.load(path)
            run = {"figures": [figures.figure("x", [(2000, 10)], "us", "lower", "echo", "cmd x")]}
            path.write_text(json.dumps(run))
            text = figures.table(figures.load(path))
            self.assertIn("| x | 2,000 us | 10 us, echo | 200 (200 to 200) |", text)
            self.assertIn("cmd x", text)

    def test_the_table_of_several_runs_says_whose_each_figure_is_and_each_command_once(self):
        figure = figures.figure("x", [(2000, 10)], "us", "lower", "echo", "cmd x")
        text = figures.table({"figures": [figure], "fused": False}, {"figures": [figure], "fused": True})
        self.assertIn("| fourteen processes: x | 2,000 us |", text)
        self.assertIn("| fused: x | 2,000 us |", text)
        self.assertEqual(text.count("| figure |"), 1)
        self.assertEqual(text.count("cmd x"), 1)


class StealTest(unittest.TestCase):
    def test_a_part_of_the_time_between_two_readings(self):
        before = "cpu  100 0 100 700 50 0 10 40 7 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
        after = "cpu  150 0 110 720 50 5 10 55 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
        self.assertEqual(figures.steal_percent(before, after), 15)
        self.assertEqual(figures.steal_percent(before, before), 0)

    def test_busy_is_what_was_not_idle_and_did_not_wait_for_a_disk(self):
        before = "cpu  100 0 100 700 100 0 0 0 0 0\n"
        after = "cpu  130 0 110 740 110 0 0 10 0 0\n"
        self.assertEqual(figures.busy_percent(before, after), 50)
        self.assertEqual(figures.busy_percent(before, before), 100, "nothing is known")


class PutTest(unittest.TestCase):
    def test_the_table_takes_the_place_between_the_marks(self):
        document = "# Title\n\n<!-- bench/run -->\nold\n<!-- end -->\n\nmore\n"
        new = figures.put(document, "| new |")
        self.assertEqual(new, "# Title\n\n<!-- bench/run -->\n| new |\n<!-- end -->\n\nmore\n")
        self.assertEqual(figures.put(new, "| new |"), new)

    def test_a_document_without_one_pair_of_marks_is_refused(self):
        for document in ("", "<!-- end -->\n<!-- bench/run -->", "<!-- bench/run -->",
                         "<!-- bench/run --><!-- bench/run --><!-- end -->"):
            with self.assertRaises(ValueError):
                figures.put(document, "x")


if __name__ == "__main__":
    unittest.main()
