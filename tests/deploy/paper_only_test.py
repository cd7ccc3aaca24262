"""The programs for paper hold no way to a live venue: neither QuickFIX nor what makes sessions is in them."""
import os
import pathlib
import subprocess
import unittest

BIN = pathlib.Path(os.environ.get("TRADEWIND_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/release/bin"))
LIVE = "live-gateway-fix"


class PaperOnlyTest(unittest.TestCase):
    def holds(self, program):
        data = (BIN / program).read_bytes()
        return {word.decode() for word in (b"libquickfix", b"FixSessions", b"QuickFixEngine") if word in data}

    def test_only_one_program_can_trade_live(self):
        programs = [p.name for p in BIN.iterdir() if p.is_file() and os.access(p, os.X_OK)]
        self.assertIn("live-gateway", programs)
        self.assertIn(LIVE, programs)
        self.assertEqual(self.holds(LIVE), {"libquickfix", "FixSessions", "QuickFixEngine"})  # the test sees what it looks for
        for program in {(BIN / name).resolve().name for name in programs}:
            if program != LIVE:
                self.assertEqual(self.holds(program), set(), program)

    def test_the_program_for_paper_knows_no_sessions(self):
        run = subprocess.run([str(BIN / "live-gateway"), "--fix-settings", "x"], capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 78, run.stdout + run.stderr)
        self.assertIn("fix-settings", run.stderr)

    def test_the_program_for_live_needs_them(self):
        run = subprocess.run([str(BIN / LIVE)], capture_output=True, text=True, timeout=30)
        self.assertEqual(run.returncode, 78, run.stdout + run.stderr)
        self.assertIn("fix-settings", run.stderr)


if __name__ == "__main__":
    unittest.main()
