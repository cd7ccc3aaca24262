"""Nonsense at the public door of a platform with sign-in, by REST, WebSocket and gRPC: no service dies, nothing answers with
a bug of ours (500), and nothing that the platform holds changes.

Who sends it: nobody, a viewer, and a trader whose orders name an account that is not the trader's. So even what happens to
be well formed may change nothing. Fifteen seconds; ten minutes with TW_NIGHTLY=1, or as many seconds as
TRADEWIND_TEST_FUZZ_SECONDS says. The seed is printed; TRADEWIND_TEST_SEED plays it again."""
import collections
import http.client
import json
import os
import random
import re
import ssl
import subprocess
import time
import unittest

import nonsense
from stack import Stack, wait_until

SECONDS = float(os.environ.get("TRADEWIND_TEST_FUZZ_SECONDS", "600" if os.environ.get("TW_NIGHTLY") else "15"))
SEED = int(os.environ.get("TRADEWIND_TEST_SEED") or random.SystemRandom().randrange(2**32))
PASSWORD = "correct horse battery"
BAD_LOG = re.compile(r"TW_CHECK|terminate called|runtime error|Sanitizer|_threw\"")


class DoorFuzzTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"TRADEWIND_TEST_SEED={SEED}, {SECONDS:.0f} s", flush=True)
        cls.stack = Stack(questdb=False, secure=True).__enter__()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        cls.tls = ssl.create_default_context(cafile=cls.stack.data / "tls/ca.crt")
        cls.sign_in("admin", re.search(r"as admin, password (\S+)", cls.stack.said).group(1))
        cls.tokens = {"nobody": ""}
        for name, role in (("vera", "viewer"), ("tom", "trader")):
            cls.run_as("admin", "user", "add", name, "--roles", role, "--accounts", "demo", text=PASSWORD)
            cls.sign_in(name, PASSWORD)
            scopes = "read" if role == "viewer" else "read,trade,cancel"
            made = json.loads(cls.run_as(name, "key", "create", "fuzz", "--scopes", scopes).stdout)
            cls.tokens[name] = made["secret"]
        cls.admin = (cls.stack.data / "session-admin").read_text().strip()
        wait_until(lambda: len(cls.ask("GET", "/tickers")) == 4, 30, 0.2, "a market")
        order = {"account": "other", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "quantity": "0.01",
                 "price": "43500", "time_in_force": "GTC"}
        wait_until(lambda: cls.ask("POST", "/api/v1/orders", order)["status"] != "REJECTED", 30, 0.2, "orders are taken")

    @classmethod
    def run_as(cls, user, *arguments, text=""):
        environment = dict(os.environ, TRADEWIND_PORT_OFFSET=str(cls.stack.offset), TRADEWIND_DATA=str(cls.stack.data),
                           TRADEWIND_TLS_DIR=str(cls.stack.data / "tls"),
                           TRADEWIND_SESSION_FILE=str(cls.stack.data / f"session-{user}"))
        return subprocess.run([str(cls.stack.bin / "tradewind"), "--json", *arguments], input=text + "\n", env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=True)

    @classmethod
    def sign_in(cls, user, password):
        cls.run_as(user, "login", user, text=password)

    @classmethod
    def ask(cls, method, path, body=None):
        """As the admin."""
        connection = http.client.HTTPSConnection("127.0.0.1", cls.stack.http_port("gateway"), timeout=30, context=cls.tls)
        try:
            connection.request(method, path, body=json.dumps(body) if body else None,
                               headers={"Content-Type": "application/json", "Authorization": f"Bearer {cls.admin}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != 200:
                raise AssertionError(f"{method} {path}: {answer.status} {text[:300]}")
            return json.loads(text)
        finally:
            connection.close()

    def state(self):
        """All that may not change. Marks and clocks go on by themselves."""
        moving = ("mark_price", "mark_stale", "unrealized_pnl", "unrealized_pnl_fifo")
        positions = [{k: v for k, v in row.items() if k not in moving} for row in self.ask("GET", "/api/v1/positions")]
        paths = ("orders?limit=1000", "fills?limit=1000", "parents?limit=1000", "risk/limits", "risk/kill-switch",
                 "risk/blocks", "risk/changes?limit=1000", "risk/strategies/disabled", "users")
        return {"positions": positions, **{path: self.ask("GET", "/api/v1/" + path) for path in paths}}

    def pids(self):
        return {name: (self.stack.folder(name) / "supervise/pid").read_text().strip() for name in self.stack.services}

    def bad_lines(self):
        found = []
        for name in self.stack.services:
            text = (self.stack.data / f"log/{name}/current").read_text(errors="replace")
            found += [f"{name}: {line[:300]}" for line in text.splitlines() if BAD_LOG.search(line)]
        return found

    def test_nonsense_changes_nothing_and_kills_nobody(self):
        state, pids = self.state(), self.pids()
        shapes = nonsense.Shapes(self.ask("GET", "/api/openapi.json"))
        door = nonsense.Door(self.stack.http_port("gateway"), self.stack.grpc_port("gateway"),
                             str(self.stack.data / "tls/ca.crt"), self.tls)
        answers = {"REST": collections.Counter(), "raw HTTP": collections.Counter(), "WebSocket": collections.Counter(),
                   "gRPC": collections.Counter()}
        end, rounds = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            rng = random.Random(SEED * 1_000_003 + rounds)
            rounds += 1
            who = rng.choice(sorted(self.tokens))
            token = self.tokens[who]
            for _ in range(20):
                request = shapes.request(rng, own=who == "tom")
                answers["REST"][door.rest(request, token, rng)] += 1
            answers["raw HTTP"][door.raw(nonsense.raw_http(rng, token))] += 1
            answers["WebSocket"][door.live(nonsense.frames(rng), token)] += 1
            answers["gRPC"].update(door.grpc([shapes.call(rng, own=who == "tom") for _ in range(20)], token))
            self.assertEqual([how for how, said in answers.items() if said["500"] or said["grpc 13"]], [],
                             f"round {rounds - 1}: a bug of ours was answered: {answers}")
        door.close()
        for how, said in answers.items():
            print(f"{how}: {sum(said.values())}, {dict(said.most_common(12))}", flush=True)
            self.assertGreater(sum(said.values()), 0, how)
        self.assertEqual(self.pids(), pids, "a service was restarted")
        self.assertEqual(self.bad_lines(), [])
        after = self.state()
        for what, was in state.items():
            self.assertEqual(after[what], was, f"{what} changed after {rounds} rounds of seed {SEED}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
