"""A platform with sign-in, started by deploy/up --secure: the first admin, users and keys by the command line, what each
role may do by every door, plain and uncertified connections to inner services, the audit log in QuestDB, and that no
secret is in any log.
"""
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import unittest

from stack import ROOT, Stack, wait_until

PASSWORD = "correct horse battery"
ORDER = {"account": "demo", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "quantity": "0.01", "price": "43000",
         "time_in_force": "GTC"}


class SecureTest(unittest.TestCase):
    transport = None  # as deploy/up --secure has it: Unix sockets

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(secure=True, transport=cls.transport)
        cls.stack.__enter__()
        cls.secrets = [PASSWORD]
        cls.said = cls.stack.said
        cls.admin_password = re.search(r"as admin, password (\S+)", cls.said).group(1)
        cls.secrets.append(cls.admin_password)
        cls.sessions = {}
        cls.sign_in("admin", cls.admin_password)
        for name, roles, accounts in (("tom", "trader", "demo"), ("vera", "viewer", "*"), ("rita", "risk_officer", "*")):
            cls.run_as("admin", "user", "add", name, "--roles", roles, "--accounts", accounts, text=PASSWORD)
            cls.sign_in(name, PASSWORD)
        wait_until(lambda: len(cls.rest("tom", "GET", "/tickers")[1]) == 4, 30, 0.2, "a market")

    @classmethod
    def tearDownClass(cls):
        cls.stack.__exit__(None, None, None)

    # Who asks.

    @classmethod
    def run_as(cls, user, *arguments, text="", check=True):
        env = dict(os.environ, TRADEWIND_PORT_OFFSET=str(cls.stack.offset), TRADEWIND_DATA=str(cls.stack.data),
                   TRADEWIND_TLS_DIR=str(cls.stack.data / "tls"),
                   TRADEWIND_SESSION_FILE=str(cls.stack.data / f"session-{user}"))
        run = subprocess.run([str(cls.stack.bin / "tradewind"), "--json", *arguments], input=text + "\n", env=env,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        if check and run.returncode != 0:
            raise AssertionError(f"tradewind {' '.join(arguments)} as {user}: {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run

    @classmethod
    def sign_in(cls, user, password):
        cls.run_as(user, "login", user, text=password)
        token = (cls.stack.data / f"session-{user}").read_text().strip()
        cls.sessions[user] = token
        cls.secrets.append(token.split("_")[2])

    @classmethod
    def rest(cls, user, method, path, body=None):
        """(status, JSON) of the public door, over TLS."""
        token = cls.sessions.get(user, user)
        connection = http.client.HTTPSConnection("127.0.0.1", cls.stack.http_port("gateway"), timeout=10,
                                                 context=ssl.create_default_context(cafile=cls.stack.data / "tls/ca.crt"))
        try:
            headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
            connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    # What holds.

    def test_the_first_password_is_said_once_and_nowhere_kept(self):
        self.assertFalse((self.stack.data / "gateway/first-password").exists())
        self.assertNotIn("password", self.stack.deploy("up", "--secure", "--port-offset", str(self.stack.offset), "--bin",
                                                       str(self.stack.bin)).stdout)

    def test_who_has_not_signed_in_sees_nothing_but_the_sign_in(self):
        self.assertEqual(self.rest("", "GET", "/health")[0], 200)
        for path in ("/tickers", "/api/v1/orders", "/api/v1/users", "/status", "/metrics"):
            self.assertEqual(self.rest("", "GET", path)[0], 401, path)

    def test_a_trader_trades_for_the_own_account_alone(self):
        wait_until(lambda: self.rest("tom", "POST", "/api/v1/orders", ORDER)[1].get("status") in ("PENDING_NEW", "NEW"), 30,
                   0.2, "orders are taken")
        status, order = self.rest("tom", "POST", "/api/v1/orders", ORDER)
        self.assertEqual(status, 200, order)
        self.assertEqual(self.rest("tom", "POST", "/api/v1/orders", {**ORDER, "account": "other"})[0], 403)
        status, other = self.rest("admin", "POST", "/api/v1/orders", {**ORDER, "account": "other"})
        self.assertEqual(status, 200, other)
        self.assertEqual(self.rest("tom", "GET", f"/api/v1/orders/{other['order_id']}")[0], 403)
        self.assertEqual(self.rest("tom", "DELETE", f"/api/v1/orders/{other['order_id']}")[0], 403)
        for part in ("life", "trace", "route"):
            self.assertEqual(self.rest("tom", "GET", f"/api/v1/orders/{other['order_id']}/{part}")[0], 403, part)
        self.assertEqual({o["account"] for o in self.rest("tom", "GET", "/api/v1/orders")[1]}, {"demo"})
        self.assertEqual(self.rest("tom", "DELETE", f"/api/v1/orders/{order['order_id']}")[0], 200)

    def test_a_viewer_looks_and_touches_nothing(self):
        before = len(self.rest("vera", "GET", "/api/v1/orders?account=vera")[1])
        self.assertEqual(self.rest("vera", "POST", "/api/v1/orders", {**ORDER, "account": "vera"})[0], 403)
        self.assertEqual(self.rest("vera", "DELETE", "/api/v1/orders")[0], 403)
        self.assertEqual(self.rest("vera", "POST", "/api/v1/risk/kill-switch", {"reason": "no"})[0], 403)
        self.assertEqual(len(self.rest("vera", "GET", "/api/v1/orders?account=vera")[1]), before)
        self.assertEqual(self.run_as("vera", "orders", "list").returncode, 0)

    def test_a_risk_officer_stops_but_does_not_trade(self):
        self.assertEqual(self.rest("rita", "POST", "/api/v1/orders", ORDER)[0], 403)
        status, state = self.rest("rita", "POST", "/api/v1/risk/symbol/IBM/block", {"reason": "a test", "by": "somebody"})
        self.assertEqual(status, 200, state)
        self.assertEqual(self.rest("rita", "DELETE", "/api/v1/risk/symbol/IBM/block", {"reason": "over"})[0], 200)
        newest = self.rest("rita", "GET", "/api/v1/risk/changes")[1][-1]
        self.assertEqual(newest["by"], "rita", "whoever the request says it is")

    def test_a_key_is_shown_once_and_ends_when_it_is_revoked(self):
        made = json.loads(self.run_as("tom", "key", "create", "a reader").stdout)
        self.secrets.append(made["secret"].split("_")[2])
        self.assertEqual(self.rest(made["secret"], "GET", "/api/v1/whoami")[1]["user"], "tom")
        self.assertEqual(self.rest(made["secret"], "POST", "/api/v1/orders", ORDER)[0], 403)
        self.assertNotIn(made["secret"], self.run_as("tom", "key", "list").stdout)
        self.run_as("tom", "key", "revoke", made["key"]["key_id"])
        self.assertEqual(self.rest(made["secret"], "GET", "/api/v1/whoami")[0], 401)

    def test_the_load_harness_signs_in_like_every_command(self):
        for over in ("session", "rest"):
            run = self.run_as("admin", "load", "--rate", "50", "--seconds", "1", "--warmup", "0.2", "--over", over, "--quiet",
                              "--no-audit", "--min-accepted", "99")
            self.assertIn("accepted", run.stdout)
        self.assertEqual(self.run_as("vera", "load", "--quiet", "--seconds", "1", check=False).returncode, 2)

    def test_sessions_outlive_the_gateway(self):
        self.stack.kill("gateway")
        self.stack.wait_healthy()
        self.assertEqual(self.rest("tom", "GET", "/api/v1/whoami")[1]["user"], "tom")

    def test_services_find_each_other_by_sockets_that_nobody_else_can_reach(self):
        sockets = self.stack.data / "sockets"
        if self.transport == "tcp":
            self.assertFalse(sockets.exists())
            return
        self.assertIn("Unix sockets", self.said)
        self.assertEqual(sockets.stat().st_mode & 0o777, 0o700)
        self.assertLessEqual({"oms", "risk", "exeq", "live-gateway"}, {path.name for path in sockets.iterdir()})
        refused = self.stack.deploy("up", "--secure", "--transport", "tcp", "--bin", str(self.stack.bin), check=False)
        self.assertIn("deploy/down first", refused.stderr)

    def test_inner_services_take_no_plain_and_no_uncertified_connection(self):
        anybody = ssl.create_default_context(cafile=self.stack.data / "tls/ca.crt")
        for name in self.stack.services:
            if name == "gateway":
                continue
            for port in (self.stack.http_port(name), self.stack.grpc_port(name)):
                plain = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                with self.assertRaises((OSError, http.client.HTTPException), msg=f"{name} {port} in plain text"):
                    plain.request("GET", "/health")
                    plain.getresponse()
                plain.close()
                certified = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=anybody)
                with self.assertRaises((OSError, http.client.HTTPException), msg=f"{name} {port} without a certificate"):
                    certified.request("GET", "/health")
                    certified.getresponse()
                certified.close()

    def test_refusals_reach_the_audit_log_of_questdb(self):
        self.rest("vera", "POST", "/api/v1/orders", ORDER)
        wait_until(lambda: self.stack.sql("select count() from audit_log where kind = 'denied' and user = 'vera'")[0][0] > 0,
                   30, 0.2, "the refusal is a row")
        kinds = {row[0] for row in self.stack.sql("select distinct kind from audit_log")}
        self.assertLessEqual({"login", "user_created", "denied"}, kinds)
        log = json.loads(self.run_as("admin", "access-log", "--kind", "user_created").stdout)
        self.assertEqual([entry["subject"] for entry in log][:4], ["admin", "tom", "vera", "rita"])

    def test_the_page_signs_in_and_offers_what_the_role_may_do(self):
        chromium = os.environ.get("TRADEWIND_CHROMIUM") or shutil.which("chromium")
        if chromium is None:
            raise AssertionError("no chromium (Debian package chromium; deploy/install --tests brings it)")
        pictures = ROOT / "build/web"
        pictures.mkdir(parents=True, exist_ok=True)
        run = subprocess.run([str(ROOT / "services/gateway/web/run"), "node", "e2e/sign_in.mjs",
                              f"https://127.0.0.1:{self.stack.http_port('gateway')}", str(pictures), chromium],
                             input=json.dumps({"admin": self.admin_password, "vera": PASSWORD}), text=True,
                             stdout=subprocess.PIPE, timeout=240)
        steps = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual([step["error"] for step in steps if not step["ok"]], [])
        self.assertEqual((run.returncode, len(steps)), (0, 5))

    def test_z_no_secret_is_in_any_log_journal_or_table(self):
        folders = [self.stack.data / "log", self.stack.data / "gateway"]
        for path in (p for folder in folders for p in folder.rglob("*") if p.is_file()):
            held = path.read_bytes()
            for secret in self.secrets:
                self.assertNotIn(secret.encode(), held, path)
        self.assertGreater(len(self.secrets), 6)
        rows = json.dumps(self.stack.sql("select * from audit_log"))
        for secret in self.secrets:
            self.assertNotIn(secret, rows)


@unittest.skipUnless(os.environ.get("TW_NIGHTLY"), "mutual TLS over TCP between the services of one host: nightly")
class SecureTcpTest(SecureTest):
    transport = "tcp"


if __name__ == "__main__":
    unittest.main(verbosity=2)
