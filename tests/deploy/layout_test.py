"""The layout of the one program: its profile, what becomes of a build that cannot have it, and the program itself."""
import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "services/program/lay_out.py"
PROFILE = ROOT / "services/program/layout.xz"
PROGRAM = os.environ.get("TRADEWIND_LAID_OUT")  # the program, where this tree lays it out


def load(name, path):
    spec = importlib.util.spec_from_loader(name, importlib.machinery.SourceFileLoader(name, str(path)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
lay_out = load("lay_out", SCRIPT)
taking = load("taking", ROOT / "bench/layout")

BRANCHES = [("1", "_Z3foov", "16", "1", "_Z3foov", "2a", 13), ("1", "_Z3foov", "30", "1", "bar/1", "0", 7),
            ("0", "[unknown]", "0", "1", "_Z3foov", "0", 20)]


class ProfileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_what_was_written_is_read(self):
        lay_out.write_profile(self.folder / "x.xz", BRANCHES)
        self.assertEqual(list(lay_out.read_profile(self.folder / "x.xz")), BRANCHES)

    def test_the_profile_of_the_repository_is_of_the_hot_path(self):
        functions = {name for branch in lay_out.read_profile(PROFILE) for name in (branch[1], branch[4])}
        for part in ["grpc_chttp2_perform_read", "N2tw3oms6Ledger", "N2tw7journal", "N2tw4risk5Check", "9tradewind2v15Order18_InternalSerialize"]:
            self.assertTrue(any(part in name for name in functions), part)

    def test_functions_of_which_little_was_counted_are_left_out(self):
        rare = ("1", "rare", "0", "1", "rare", "8", 4)
        idle = ("1", "_Z3foov", "40", "1", "_Z3foov", "44", 0)
        self.assertEqual(taking.without_the_rare([*BRANCHES, rare, idle], 5), BRANCHES)

    def test_words_that_are_no_branches_are_not_read(self):
        text = "Using legacy profile format.\n1 _Z3foov 16 1 _Z3foov 2a 0 13\nno_lbr\n"
        self.assertEqual(list(taking.parse(text)), BRANCHES[:1])


class StaleTest(unittest.TestCase):
    def test_share(self):
        for said, share in [("", 0), ("BOLT-WARNING: 25 out of 100 samples in the binary (25.0%) belong to functions with invalid "
                                      "(possibly stale) profile.", 0.25)]:
            self.assertEqual(lay_out.stale_share(said), share)


class FallbackTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.linked = self.folder / "linked"
        self.linked.write_text("#!/bin/sh\necho linked\n")
        self.linked.chmod(0o755)

    def bolt(self, body):
        path = self.folder / f"bolt{len(list(self.folder.iterdir()))}"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def lay_out(self, bolt, profile=PROFILE):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "--bolt", bolt, "--profile", profile, "--out", self.folder / "program",
                               self.linked], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return subprocess.run([self.folder / "program"], capture_output=True, text=True).stdout.strip(), done.stdout + done.stderr

    def test_what_bolt_made_is_the_program(self):
        good = self.bolt("test -s $1 && printf '#!/bin/sh\\necho laid out\\n' >$3 && chmod +x $3")
        self.assertEqual(self.lay_out(good), ("laid out", ""))

    def test_a_stale_profile_is_said(self):
        stale = self.bolt("cp $1 $3; echo 'BOLT-WARNING: 30 out of 90 samples in the binary (33%) belong to functions with invalid'")
        self.assertIn("33% of its profile is of functions that have changed; bench/layout", self.lay_out(stale)[1])

    def test_without_a_layout_the_program_is_what_was_linked_and_the_build_says_so(self):
        broken = self.folder / "broken.xz"
        broken.write_bytes(b"no profile")
        confused = f"printf broken >$3; echo 'BOLT-WARNING: {lay_out.CONFUSED}: a and b'"
        for why, bolt, profile in [("ended with 3: no such thing", self.bolt("echo no such thing; exit 3"), PROFILE),
                                   ("No such file", self.folder / "none", PROFILE),
                                   ("not supported by decoder", self.bolt("cp $1 $3"), broken)]:
            program, said = self.lay_out(bolt, profile)
            self.assertEqual(program, "linked", why)
            self.assertIn("warning: tradewind-services is not laid out", said)
        program, said = self.lay_out(self.bolt(confused))
        self.assertEqual(program, "linked")
        self.assertIn("confuses parts of functions", said)
        self.assertEqual({path.name for path in self.folder.iterdir()} & {"program.new", "linked.fdata"}, set())


@unittest.skipUnless(PROGRAM, "this tree does not lay its program out")
class ProgramTest(unittest.TestCase):
    def test_it_is_laid_out(self):
        sections = subprocess.run(["readelf", "-SW", PROGRAM], check=True, capture_output=True, text=True).stdout
        self.assertIn(".bolt.org.text", sections)

    def test_most_of_its_profile_is_of_functions_as_they_are(self):
        """When it fails: bench/layout."""
        said = pathlib.Path(os.environ["TRADEWIND_LAYOUT_SAID"]).read_text()
        self.assertIn("have non-empty execution profile", said)
        self.assertLess(lay_out.stale_share(said), 0.5)


if __name__ == "__main__":
    unittest.main()
