"""The web page in a real Chromium against the running platform: what a desk does in a day, by mouse and by keyboard.

The steps are in services/gateway/web/e2e/desk.mjs, under Playwright; this starts the platform, does what a page cannot
(restarts the gateway, stops exeq, busts a trade) when the steps ask for it, and looks at the result. Pictures of every screen, in both
colours and two sizes, are in build/web.
"""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from stack import ROOT, Stack, wait_until

WEB = ROOT / "services/gateway/web"
PICTURES = ROOT / "build/web"
CHROMIUM = os.environ.get("TRADEWIND_CHROMIUM") or shutil.which("chromium")


class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if CHROMIUM is None:
            raise AssertionError("no chromium (Debian package chromium; deploy/install --tests brings it)")
        cls.stack = Stack(questdb=False).__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        wait_until(lambda: cls.stack.post("oms", "/orders", {"account": "warm", "symbol": "BTCUSDT", "side": "buy",
                   "type": "market", "quantity": "0.001"}).json["status"] != "REJECTED", 30, 0.2, "orders are taken")

    def act(self, wish):
        """What a step asks for; its answer goes back."""
        verb, _, name = wish.partition(" ")
        if verb == "kill":
            self.stack.kill(name)
            self.stack.wait_healthy()
        elif verb == "stop":
            self.stack.down(name)
        elif verb == "start":
            self.stack.up(name)
            self.stack.wait_healthy()
        elif verb == "bust":
            self.stack.tradewind("trade", "bust", name, "--reason", "erroneous", "--by", "desk")
        else:
            raise AssertionError(f"no such wish: {wish}")
        return "done"

    def test_a_day_at_the_desk(self):
        PICTURES.mkdir(parents=True, exist_ok=True)
        url = f"http://127.0.0.1:{self.stack.http_port('gateway')}"
        run = subprocess.Popen([str(WEB / "run"), "node", "e2e/desk.mjs", url, str(PICTURES), CHROMIUM],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        failed = []
        try:
            for line in run.stdout:
                message = json.loads(line)
                if "wish" in message:
                    run.stdin.write(self.act(message["wish"]) + "\n")
                    run.stdin.flush()
                else:
                    print(f"{'ok' if message['ok'] else 'FAILED':>6}  {message['ms']:>6} ms  {message['step']}")
                    if not message["ok"]:
                        failed.append(f"{message['step']}: {message['error']}")
            code = run.wait(30)
        finally:
            if run.poll() is None:
                run.kill()
            run.communicate()
        self.assertEqual((code, failed), (0, []), "\n".join(failed))


if __name__ == "__main__":
    unittest.main()
