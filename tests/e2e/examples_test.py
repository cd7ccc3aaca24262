"""The first order in each language, as docs/examples has it: it is sent, seen and canceled."""
import os
import shutil
import subprocess
import sys
import unittest

from stack import ROOT, Stack, wait_until

EXAMPLES = ROOT / "docs/examples"


class ExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(questdb=False).__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.stack.wait_for_market()
        order = {"account": "warm", "symbol": "BTCUSDT", "side": "buy", "type": "market", "quantity": "0.001"}
        wait_until(lambda: cls.stack.post("oms", "/orders", order).json["status"] != "REJECTED", 30, 0.2, "orders are taken")

    def run_example(self, *command, source):
        """What it says; then its order is canceled, and nothing of it rests."""
        environment = dict(os.environ, TRADEWIND_HTTP=f"http://127.0.0.1:{self.stack.http_port('gateway')}",
                           TRADEWIND_GRPC=f"127.0.0.1:{self.stack.grpc_port('gateway')}")
        run = subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, timeout=60,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("sent", run.stdout)

        def orders():
            listed = self.stack.get("gateway", "/api/v1/orders?account=demo").json
            return [order["status"] for order in listed if order["client_order_id"].startswith(f"{source}-")]

        wait_until(lambda: orders() == ["CANCELED"], 10, 0.1, f"{source}: one order, canceled")
        return run.stdout

    def test_curl(self):
        said = self.run_example(EXAMPLES / "first_order_curl.sh", source="curl")
        self.assertIn('"price":"43500"', said)

    @unittest.skipUnless(shutil.which("grpcurl"), "there is no grpcurl; Debian has no package of it")
    def test_grpcurl(self):
        self.assertIn("43500", self.run_example(EXAMPLES / "first_order_grpcurl.sh", source="grpcurl"))

    def test_python(self):
        said = self.run_example(sys.executable, "-B", EXAMPLES / "first_order.py", source="python")
        heard = [line.split()[1] for line in said.splitlines() if line.startswith("heard")]
        self.assertEqual([status for status in heard if not status.startswith("PENDING_")], ["NEW", "CANCELED"])

    def test_cpp(self):
        said = self.run_example(self.stack.bin.parent / "examples/first_order", source="cpp")
        self.assertIn("ORDER_STATUS_NEW", said)
        self.assertIn("ORDER_STATUS_CANCELED", said)

    def test_every_example_is_tried_and_said(self):
        files = {path.name for path in EXAMPLES.iterdir()} - {"README.md", "CMakeLists.txt", "__pycache__"}
        self.assertEqual(files, {"first_order_curl.sh", "first_order_grpcurl.sh", "first_order.py", "first_order.cc"})
        page = (EXAMPLES / "README.md").read_text()
        self.assertEqual([name for name in files if f"({name})" not in page], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
