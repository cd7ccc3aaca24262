"""The stack in containers, tried out: built, brought up, traded with, watched, killed, taken down and up again.

    tests/compose/compose_test.py [--no-build] [--keep]

Needs a Docker engine and docker-compose; says so and exits 77 where there is none. Images that cannot be pulled are
made: debian:bookworm-slim by debootstrap, QuestDB's from the real server jar, the others from Debian's packages
(Grafana's is a stand-in that serves what is provisioned). The project has names, ports and volumes of its own.
--no-build takes the image tradewind:0.1.0 as it is; --keep leaves the stack up.

From nothing it takes as long as the compiler needs, and then about ten minutes.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deploy"))
import engine  # noqa: E402
import watch  # noqa: E402
from stack import http_request, wait_until  # noqa: E402

FOURTEEN = [name for name, _, _ in watch.services()]
TOOLS = ["questdb", "prometheus", "alertmanager", "grafana", "nginx"]
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
IMAGE = "tradewind:0.1.0"
IMAGE_MAX = 300e6
PRICE = "47000"  # above any the paper market has, within the collar


class Trial:
    def __init__(self, compose):
        self.compose = compose
        self.started = time.monotonic()
        self.acknowledged = {}  # client_order_id: order_id
        self.key = ""  # of the API that the trial calls with

    def say(self, text):
        print(f"[{time.monotonic() - self.started:6.1f} s] {text}", flush=True)

    # Requests through the door.

    def ask(self, method, path, body=None, door="HTTP", headers=None, **more):
        who = {"Authorization": f"Bearer {self.key}"} if door == "HTTP" and self.key else {}
        return http_request(self.compose.ports[door], method, path, body, headers={**who, **(headers or {})}, **more)

    def command(self, *arguments, check=True):
        """tradewind in the gateway's container, by the trial's key."""
        return self.compose.inside("gateway", "tradewind", *arguments, check=check, environment={"TRADEWIND_TOKEN": self.key})

    def container(self, *arguments):
        """tradewind from a container of its own on the door's network."""
        return engine.run("docker", "run", "--rm", "--network", f"{self.compose.project}_edge", "-e",
                          f"TRADEWIND_TOKEN={self.key}", IMAGE, "tradewind", "--gateway", "nginx:50080", *arguments)

    def sign_in(self):
        """The first password opens the door once; from then on a key of the trial's own does."""
        assert self.ask("GET", "/status").status == 401, "nobody is let in who has not signed in"
        file = "/var/lib/tradewind/gateway/first-password"
        made = self.compose.inside("gateway", "sh", "-c", "export TRADEWIND_SESSION_FILE=/tmp/session && "
                                   f"tradewind login admin <{file} >/dev/null && tradewind --json key create trial "
                                   "--scopes read,trade,cancel,risk,operate").stdout
        self.key = json.loads(made)["secret"]
        assert self.compose.inside("gateway", "test", "-e", file, check=False).returncode != 0, "it is gone with its first use"
        self.say("signed in: the first password, then a key")

    def sql(self, query):
        answer = self.ask("GET", "/exec?" + urllib.parse.urlencode({"query": query}), door="QUESTDB", timeout=30)
        assert answer.status == 200, answer.text[:300]
        return answer.json["dataset"]

    def prometheus(self, query):
        path = "/api/v1/query?" + urllib.parse.urlencode({"query": query})
        answer = self.ask("GET", path, door="PROMETHEUS")
        assert answer.status == 200, f"{query}: {answer.text[:300]}"
        return answer.json["data"]["result"]

    def submit(self, key, quantity="0.01", price=PRICE, **more):
        """A limit order by REST that trades at once; remembered when it was acknowledged."""
        answer = self.ask("POST", "/api/v1/orders", {"account": "trial", "symbol": "BTCUSDT", "side": "buy",
                                                      "quantity": quantity, "price": price, "time_in_force": "GTC",
                                                      "client_order_id": key}, **more)
        if answer.status == 200:
            self.acknowledged[key] = answer.json["order_id"]
        return answer

    def order(self, order_id):
        return self.ask("GET", f"/api/v1/orders/{order_id}").json

    def wait_filled(self, order_id, seconds=20):
        return wait_until(lambda: self.order(order_id)["status"] == "FILLED" and self.order(order_id), seconds, 0.2,
                          f"order {order_id} is filled")

    def wait_states(self, services, seconds):
        wait_until(lambda: set(self.compose.states(services).values()) == {"healthy"}, seconds, 1.0,
                   f"healthy: {' '.join(services)}")

    # Steps.

    def build(self):
        before = time.monotonic()
        self.compose("build", "live-gateway", timeout=7200)
        self.say(f"built {IMAGE} in {time.monotonic() - before:.0f} s")

    def image(self):
        found = json.loads(engine.run("docker", "image", "inspect", IMAGE).stdout)[0]
        assert found["Size"] < IMAGE_MAX, f"{found['Size']} bytes"
        assert found["Config"]["Labels"]["org.opencontainers.image.version"] == "0.1.0"
        assert found["Config"]["User"] not in ("", "root", "0")
        missing = engine.run("docker", "run", "--rm", "--entrypoint", "sh", IMAGE, "-c",
                             "for p in /usr/local/bin/*; do ldd $p; done | grep 'not found' | sort -u", check=False)
        assert missing.stdout == "", missing.stdout
        self.say(f"the image has {found['Size'] / 1e6:.0f} MB, a version and no root")

    def rebuild(self):
        """A change in one service, in a checkout made anew: only that service is compiled again, in minutes."""
        with tempfile.TemporaryDirectory(dir=engine.ROOT / "build") as folder:
            copy = pathlib.Path(folder) / "checkout"
            for name in engine.run("git", "-C", engine.ROOT, "ls-files", "-z").stdout.split("\0"):
                if name and (engine.ROOT / name).is_file():
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(engine.ROOT / name, copy / name)
                    shutil.copymode(engine.ROOT / name, copy / name)
            with open(copy / "services/pnl/service.cc", "a") as source:
                source.write("\n// Changed.\n")
            before = time.monotonic()
            out = engine.run(copy / "deploy/image", "tradewind-trial:changed", timeout=3600).stdout
            took = time.monotonic() - before
        compiled = re.findall(r"Building CXX object (\S+)", out)
        assert compiled and all("pnl" in name for name in compiled), compiled
        engine.run("docker", "image", "rm", "tradewind-trial:changed", check=False)
        self.say(f"a change in pnl: {len(compiled)} file compiled, image after {took:.0f} s")

    def up(self):
        before = time.monotonic()
        self.compose("up", "-d", timeout=900)
        self.wait_states(FOURTEEN + TOOLS, 240)
        self.say(f"up: fourteen services and {len(TOOLS)} tools healthy after {time.monotonic() - before:.0f} s")
        if not self.key:
            self.sign_in()
        wait_until(lambda: self.ask("GET", "/status").json["healthy"] == 14, 60, 0.5, "/status says 14 of 14")
        wait_until(lambda: self.heals("up"), 60, 0.5, "an order fills")

    def walls(self):
        """Only the door is published, on loopback; nothing runs as root or may write where it should not."""
        for service in FOURTEEN + TOOLS:
            found = self.compose.inspect(service)
            ports = (found["NetworkSettings"]["Ports"] or {}).values()
            published = [b["HostIp"] for bound in ports for b in bound or []]
            assert set(published) == ({"127.0.0.1"} if service == "nginx" else set()), (service, published)
            assert found["HostConfig"]["Memory"] > 0 and found["HostConfig"]["NanoCpus"] > 0, service
            if service in FOURTEEN:
                assert found["HostConfig"]["ReadonlyRootfs"] and found["HostConfig"]["CapDrop"] == ["ALL"], service
                assert self.compose.inside(service, "id", "-u").stdout.strip() == "10001", service
        nets = json.loads(engine.run("docker", "network", "inspect", f"{self.compose.project}_trading",
                                     f"{self.compose.project}_data", f"{self.compose.project}_edge").stdout)
        assert [n["Internal"] for n in nets] == [True, True, False]
        assert list(self.compose.inspect("nginx")["NetworkSettings"]["Networks"]) == [f"{self.compose.project}_edge"]
        order = {"symbol": "BTCUSDT", "side": "buy", "quantity": "0.01", "price": PRICE}
        refusals = [(401, {"Authorization": ""}), (401, {"Authorization": "Bearer nonsense"}),
                    (403, {"Origin": "https://evil.example"})]
        for status, headers in refusals:
            answer = self.ask("POST", "/api/v1/orders", json.dumps(order), headers=headers)
            assert answer.status == status, (status, headers, answer.text)
        for door in ("GRAFANA", "PROMETHEUS", "QUESTDB"):
            assert self.ask("GET", "/", door=door, headers={"Host": "evil.example"}).status == 403, door
        cross = self.ask("GET", "/exec?query=select+1", door="QUESTDB", headers={"Sec-Fetch-Site": "cross-site"})
        assert cross.status == 403
        assert self.ask("GET", "/metrics").status == 404
        large = self.ask("POST", "/api/v1/orders", json.dumps({**order, "x": "y" * 2_000_000}))
        assert large.status == 413, large.status
        self.say("walls: one door, on loopback; nobody comes in who has not signed in")

    def trade(self):
        """An order by gRPC through nginx, by grpcurl where there is one; it fills and its rows are in QuestDB."""
        body = {"account": "trial", "symbol": "BTCUSDT", "side": "SIDE_BUY", "type": "ORDER_TYPE_LIMIT",
                "time_in_force": "TIME_IN_FORCE_GTC", "quantity": "0.10", "price": PRICE, "client_order_id": "grpc-1",
                "traceparent": TRACEPARENT}
        door = f"localhost:{self.compose.ports['GRPC']}"
        if shutil.which("grpcurl"):
            how = "grpcurl"
            out = engine.run("grpcurl", "-plaintext", "-H", f"authorization: Bearer {self.key}", "-d", json.dumps(body), door,
                             "tradewind.v1.OrderService/SubmitOrder").stdout
            answer = json.loads(out)
            order_id = answer.get("order_id") or answer["orderId"]  # as the schema names it, or as JSON does
        else:
            how = "tradewind, from a container on the edge"
            flags = [a for k, v in body.items() for a in (f"--{k.replace('_', '-')}", v)]
            out = self.container("--json", "orders", "submit", *flags).stdout
            order_id = json.loads(out)["order_id"]
        self.acknowledged["grpc-1"] = order_id
        self.wait_filled(order_id)
        wait_until(lambda: self.sql(f"select count() from fills where order_id = '{order_id}'")[0][0] >= 1, 30, 0.5,
                   "its fills are in QuestDB")
        events = self.sql(f"select event, status from order_events where order_id = '{order_id}' order by sequence")
        assert events[0][0] == "SUBMITTED" and events[-1][1] == "FILLED", events
        self.say(f"order {order_id} by gRPC through nginx ({how}): filled, and in QuestDB")
        return order_id

    def trace(self, order_id):
        out = self.command("--json", "trace", order_id).stdout
        stages = [json.loads(line) for line in out.splitlines()]
        times = [s["time"] for s in stages]
        assert times == sorted(times)
        assert {s["trace_id"] for s in stages} == {TRACEPARENT.split("-")[1]}, out
        services = {s["service"] for s in stages}
        assert {"gateway", "oms", "risk", "exeq", "live-gateway", "pnl", "questdb-writer"} <= services, services
        logged = self.compose("logs", "--no-color", "exeq").stdout
        assert any(order_id in line and "order_routed" in line for line in logged.splitlines()), "exeq's log has it too"
        self.say(f"trace: {len(stages)} stages of {len(services)} services under one trace id")

    def stream(self):
        """A gRPC stream and a WebSocket through nginx."""
        out = self.container("tail", "--from", "1", "--until-head").stdout
        events = [json.loads(line) for line in out.splitlines()]
        assert events and events[0]["sequence"] == 1, out[:300]
        answer = self.ask("GET", "/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket",
                                                 "Sec-WebSocket-Version": "13",
                                                 "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}, timeout=5)
        assert answer.status == 101, answer.status
        self.say(f"streams: {len(events)} events by gRPC and a WebSocket through nginx")

    def watching(self):
        wait_until(lambda: len(self.prometheus('up{job="tradewind"} == 1')) == 14, 60, 1, "14 targets are up")
        for n in range(20):
            self.submit(f"watch-{n}", quantity="0.001")
            time.sleep(0.5)
        empty = []
        for where, query in watch.queries(watch.dashboards()):
            if not self.prometheus(query):
                empty.append(where)
        # Nothing is wrong, so these show nothing.
        quiet = {"operations.json: Checks that are not ok", "operations.json: annotations",
                 "operations.json: Refused by risk, by reason"}
        assert set(empty) <= quiet, set(empty) - quiet
        boards = self.ask("GET", "/api/search", door="GRAFANA").json
        assert any(b["title"] == "Tradewind: operations" for b in boards), boards
        self.say("watching: 14 targets up, every query of the dashboards answers")

    def alarm(self):
        """The kill switch: refused orders, an alert at the webhook, and quiet again."""
        self.command("kill", "engage", "--reason", "trial", "--by", "trial")
        refused = self.submit("killed-1")
        assert refused.json["status"] == "REJECTED" and refused.json["reject_reason"] == "KILL_SWITCH", refused.text
        self.acknowledged.pop("killed-1")

        def posted(status):
            text = self.compose.inside("hook", "python3", "-c", "import urllib.request as u; "
                                       "print(u.urlopen('http://127.0.0.1:8000/').read().decode())").stdout
            return any(a["labels"]["alertname"] == "KillSwitchEngaged" and a["status"] == status
                       for post in json.loads(text) for a in post["alerts"])

        wait_until(lambda: posted("firing"), 60, 1, "the alert is posted to the webhook")
        self.command("kill", "release", "--reason", "trial over", "--by", "trial")
        wait_until(lambda: posted("resolved"), 120, 1, "its end too")
        self.say("alarm: the kill switch came to the webhook, and went")

    def killed(self, service):
        """kill -9 of its process while orders go on: it comes back, and nothing acknowledged is lost."""
        before = self.compose.inspect(service)
        # Not by `docker kill`: the engine takes that for an operator's wish, and does not start it again. By a container
        # on the engine's machine, wherever that is.
        engine.run("docker", "run", "--rm", "--pid", "host", "--user", "0", "--entrypoint", "sh", IMAGE, "-c",
                   f"kill -9 {before['State']['Pid']}")
        start = time.monotonic()
        tries = 0
        while time.monotonic() - start < 2.0:
            tries += 1
            try:
                self.submit(f"kill-{service}-{tries}", quantity="0.001", timeout=3)
            except (OSError, http.client.HTTPException):
                pass  # unanswered: nobody was told anything
            time.sleep(0.1)
        wait_until(lambda: self.compose.inspect(service)["RestartCount"] > before["RestartCount"] and
                   self.compose.state(service) == "healthy", 90, 0.5, f"{service} is back")
        back = time.monotonic() - start
        healed = wait_until(lambda: self.heals(service), 60, 0.5, f"an order fills after {service} is back")
        return back, healed

    def heals(self, service):
        answer = self.submit(f"after-{service}-{time.monotonic_ns()}", quantity="0.001", timeout=3)
        return answer.status == 200 and answer.json["status"] != "REJECTED" and \
            self.wait_filled(answer.json["order_id"], 10)["status"]

    def kills(self):
        times = []
        for service in FOURTEEN + TOOLS:
            back, _ = self.killed(service)
            times.append(back)
            self.say(f"killed {service}: back after {back:.1f} s, and orders fill")
        self.lost_nothing()
        self.audit()
        self.say(f"kills: all {len(times)} came back, the slowest after {max(times):.1f} s; "
                 f"{len(self.acknowledged)} acknowledged orders are all there")

    def lost_nothing(self):
        for key, order_id in self.acknowledged.items():
            found = self.order(order_id)
            assert found and found.get("client_order_id") == key, (key, order_id, found)

    def audit(self):
        wait_until(lambda: self.command("audit", check=False).returncode == 0, 90, 2,
                   "tradewind audit finds the books in balance: " + self.command("audit", check=False).stdout[-500:])

    def down_and_up(self):
        fills = self.sql("select count() from fills")[0][0]
        orders = len(self.acknowledged)
        before = time.monotonic()
        self.compose("down", timeout=300)
        down = time.monotonic() - before
        self.up()
        self.lost_nothing()
        wait_until(lambda: self.sql("select count() from fills")[0][0] >= fills, 60, 1, "every fill is in QuestDB")
        self.audit()
        self.say(f"down took {down:.0f} s; after up all {orders} orders and {fills} fills are there")

    def without_tools(self):
        """The platform without QuestDB, Grafana and Prometheus: it trades, the sinks spool, and all arrives later."""
        self.compose("down", timeout=300)
        self.compose("up", "-d", "nginx", timeout=600)
        self.wait_states(FOURTEEN + ["nginx"], 240)
        answer = wait_until(lambda: self.submit(f"lone-{time.monotonic_ns()}", timeout=5), 30, 0.5)
        self.wait_filled(answer.json["order_id"])
        states = self.compose.states(FOURTEEN + TOOLS)
        assert states["questdb"] == "absent" and set(states[s] for s in FOURTEEN) == {"healthy"}, states
        self.compose("up", "-d", timeout=600)
        query = f"select count() from fills where order_id = '{answer.json['order_id']}'"
        wait_until(lambda: self.sql(query)[0][0] >= 1, 120, 1, "its fill arrives once QuestDB is there")
        self.say("without QuestDB, Grafana and Prometheus: fourteen healthy, orders fill, rows arrive later")


def main():
    if "--nightly-only" in sys.argv and not os.environ.get("TW_NIGHTLY"):
        engine.skip("the stack in containers is tried by tests/run --nightly, or by hand with this script")
    command = engine.find_engine()
    build, keep = "--no-build" not in sys.argv, "--keep" in sys.argv
    compose = engine.Compose(command)
    trial = Trial(compose)
    engine.make_base()
    names = engine.images()
    engine.make_stand_in("questdb", names["questdb"])
    engine.make_stand_in("prom", names["prometheus"], names["alertmanager"])
    engine.make_stand_in("nginx", names["nginx"])
    engine.make_stand_in("grafana", names["grafana"])
    engine.make_stand_in("hook", "tradewind-trial-hook")
    trial.say("images of others are there")
    compose("down", "-v", check=False)
    try:
        if build or not engine.has_image(IMAGE):
            trial.build()
        trial.image()
        if build:
            trial.rebuild()
        trial.up()
        trial.walls()
        order_id = trial.trade()
        trial.trace(order_id)
        trial.stream()
        trial.watching()
        trial.alarm()
        trial.kills()
        trial.down_and_up()
        trial.without_tools()
    except BaseException:
        print(compose("ps", check=False).stdout, file=sys.stderr)
        raise
    finally:
        if not keep:
            compose("down", "-v", check=False)
    trial.say("passed")


if __name__ == "__main__":
    main()
