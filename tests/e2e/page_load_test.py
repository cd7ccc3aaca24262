"""The page while a recorded feed moves one market a thousand times a second: its main thread stays free and its heap flat.

Fifteen seconds; ten minutes with TW_NIGHTLY=1, or as many seconds as TRADEWIND_TEST_PAGE_SECONDS says. Tasks
are measured by their own processor time, so that what else the machine does is not taken for the page's. Updates are
counted in the page: the messages that came, and those that they say they stand for besides."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import unittest
import zipfile

from stack import ROOT, Stack, wait_until

WEB = ROOT / "services/gateway/web"
CHROMIUM = os.environ.get("TRADEWIND_CHROMIUM") or shutil.which("chromium")
SECONDS = int(os.environ.get("TRADEWIND_TEST_PAGE_SECONDS", "600" if os.environ.get("TW_NIGHTLY") else "15"))
RATE = 1_250  # quotes a second
UPDATES_MIN = 1_000  # a second, as they come to the page or into a message to it
TASK_MS_MAX = 50
HEAP_GROWTH_MAX = 2 << 20  # bytes, between the first and the last third of the samples


def record(path, seconds):
    """A day of quotes in the format of the recorded days (docs/recorded-data.md), each another one."""
    lines = []
    for n in range(seconds * RATE):
        middle = 1_800_000 + 100 * (n * 7 % 13 - 6)
        lines.append(f"{34_200_000 + n * 1_000 // RATE},{middle - 100},{100 + n % 7 * 100},{middle + 100},{100 + n % 5 * 100},N,1,0")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20131007_ibm_Quote_Tick.csv", "\n".join(lines) + "\n")


class PageLoadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if CHROMIUM is None:
            raise AssertionError("no chromium (Debian package chromium; deploy/install --tests brings it)")
        cls.stack = Stack(questdb=False).__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()

    def test_a_thousand_updates_a_second(self):
        folder = pathlib.Path(self.stack.data).with_name("page-load")
        quotes = folder / "equity/usa/tick/ibm/20131007_quote.zip"
        record(quotes, SECONDS + 120)
        environment = {"TRADEWIND_PORT_OFFSET": str(self.stack.offset), "PATH": "/usr/bin:/bin"}
        player = subprocess.Popen([str(self.stack.bin / "tradewind"), "replay", "--drive", "--speed", "1", str(quotes)],
                                  env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: self.stack.get("live-gateway", "/exchanges/status").text.count('"IBM"') == 2, 20, 0.2,
                       "IBM is driven")
            run = subprocess.run([str(WEB / "run"), "node", "e2e/load.mjs",
                                  f"http://127.0.0.1:{self.stack.http_port('gateway')}", CHROMIUM, str(SECONDS)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=SECONDS + 180)
        finally:
            player.terminate()
            player.wait(10)
            shutil.rmtree(folder)
        self.assertEqual(run.returncode, 0, run.stdout)
        seen = json.loads(run.stdout)
        third = len(seen["heap"]) // 3
        growth = statistics.median(seen["heap"][-third:]) - statistics.median(seen["heap"][:third])
        updates = (seen["messages"] + seen["merged"]) / seen["elapsed_s"]
        print(f"{seen['elapsed_s']:.1f} s: {seen['messages'] / seen['elapsed_s']:.0f} messages a second to the page for {updates:.0f} updates, "
              f"the ladder changed {seen['moved']} times; "
              f"{seen['tasks']} tasks, the longest {seen['longest_ms']:.1f} ms of processor time, {len(seen['long'])} of "
              f"50 ms and more by the clock {seen['long'][:10]}; heap {seen['heap'][0] / 1e6:.1f} MB, "
              f"{growth / 1e6:+.2f} MB between the first and the last third")
        self.assertEqual((seen["errors"], seen["link"]), ([], "open"))
        self.assertGreaterEqual(updates, UPDATES_MIN, "a second")
        self.assertGreater(seen["moved"], SECONDS, "the page shows what comes")
        self.assertGreater(seen["tasks"], 0)
        self.assertEqual(seen["over"], 0, f"a task of the main thread took more than {TASK_MS_MAX} ms")
        self.assertLess(growth, HEAP_GROWTH_MAX)


if __name__ == "__main__":
    unittest.main(verbosity=2)
