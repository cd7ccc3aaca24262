"""One program under fourteen names and the command line's: each is what its name says, and what is no name is refused."""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin"))
PROGRAM = "tradewind-services"
USAGE = 78


def names():
    rows = [line.split() for line in (ROOT / "deploy/services.txt").read_text().splitlines()]
    return [row[0] for row in rows if len(row) == 3 and not row[0].startswith("#")]


def run(*command):
    done = subprocess.run([str(BIN / command[0]), *command[1:]], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


class NamesTest(unittest.TestCase):
    def test_there_are_fourteen(self):
        self.assertEqual(len(set(names())), 14)

    def test_each_name_is_its_service(self):
        for name in names():
            code, out, _ = run(name, "--help")
            self.assertEqual(code, 0, name)
            self.assertTrue(out.startswith(f"{name}: "), out[:80])
            self.assertIn("--data-dir", out)

    def test_the_first_word_says_the_same_as_the_name(self):
        self.assertEqual(run(PROGRAM, "risk", "--help"), run("risk", "--help"))

    def test_each_name_is_the_same_program(self):
        for name in [*names(), "fused", "tradewind"]:
            self.assertEqual((BIN / name).resolve(), (BIN / PROGRAM).resolve(), name)

    def test_the_command_line_is_a_name_of_it(self):
        code, out, err = run("tradewind", "--help")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("The command line of Tradewind.", out)
        self.assertEqual(run("tradewind", "nonsense")[0], 2)

    def test_help_lists_the_names(self):
        code, out, err = run(PROGRAM, "--help")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(set(out.split("out of:")[1].split()), set(names()))

    def test_what_is_no_name_is_refused(self):
        for command in [(PROGRAM,), (PROGRAM, "nobody"), (PROGRAM, "--data-dir", "x"), ("fused", "oms"), ("fused", "oms", "pnl"), ("fused",)]:
            code, out, err = run(*command)
            self.assertEqual((code, out), (USAGE, ""), command)
            self.assertIn("usage: ", err)


if __name__ == "__main__":
    unittest.main()
