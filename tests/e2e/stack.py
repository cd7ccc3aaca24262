"""A private platform for tests: started by deploy/up on its own ports and data, so that it never meets a running one.

    with Stack() as stack:                     # QuestDB and all fourteen, healthy
        order = stack.post("oms", "/orders", {...}).json
        wait_until(lambda: stack.sql("select count() from fills")[0][0] == 1)
        stack.kill("oms")                      # kill -9; the supervisor brings it back
        stack.wait_healthy()

There are two such places, so that two tests run at a time; a third waits. ctest says which one is a test's
(tests/platforms.json).

Plain Python 3 and its standard library. Programs come from --bin or TRADEWIND_BIN (ctest sets it), else
build/release/bin. TRADEWIND_E2E_KEEP=1 leaves the platform up after a failure, to look at it. With TRADEWIND_E2E_FUSED=1
it is started by deploy/up --fused: kill("oms") then kills the process that oms shares.
"""
import collections
import fcntl
import functools
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
Answer = collections.namedtuple("Answer", "status text json headers")
Place = collections.namedtuple("Place", "offset data lock")
PLACES = ((12000, "e2e-data"), (11000, "e2e-data-1"))  # port offset, folder in build


@functools.lru_cache(maxsize=None)
def place():
    """The port offset and data folder of this test, its own until it ends. Which one says ctest ("id:1,slots:1"); started
    by hand it is the first that is free. Waits while there is none."""
    said = os.environ.get("CTEST_RESOURCE_GROUP_0_PLATFORMS")
    places = [PLACES[int(said.split(",")[0].removeprefix("id:"))]] if said else PLACES
    (ROOT / "build").mkdir(exist_ok=True)
    while True:
        for offset, name in places:
            lock = open(ROOT / "build" / f"{name}.lock", "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return Place(offset, ROOT / "build" / name, lock)
            except BlockingIOError:
                lock.close()
        time.sleep(0.5)


def wait_until(condition, seconds=10.0, every=0.05, what=""):
    """Calls condition until it is true and returns its value; AssertionError with `what` and the last error. Where the
    machine has more to do than it has processors (two tests at a time, others beside them) it waits four times as long:
    a time is a promise of the platform, not of a machine that is busy with something else."""
    start = time.monotonic()
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except (AssertionError, KeyError, IndexError, OSError, ValueError, http.client.HTTPException) as error:
            last = repr(error)
        patience = seconds * (4 if os.getloadavg()[0] > (os.cpu_count() or 1) else 1)
        if time.monotonic() >= start + patience:
            raise AssertionError(f"not within {patience} s: {what or condition.__name__} (last: {last})")
        time.sleep(every)


def http_request(port, method, path, body=None, headers=None, timeout=10.0):
    """One request to 127.0.0.1. `body` is sent as JSON unless it is a str or bytes. OSError when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        sent = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        return Answer(answer.status, text, value, {k.lower(): v for k, v in answer.getheaders()})
    finally:
        connection.close()


class Stack:
    """The private platform. Not thread-safe to start and stop; requests may come from any thread."""

    def __init__(self, questdb=True, data=None, offset=None, bin_dir=None, keep_data=False, fused=None, config=None,
                 live=False, secure=False, transport=None, instruments=None):
        self.questdb = questdb
        self.data = pathlib.Path(data or place().data)
        self.offset = place().offset if offset is None else offset
        self.bin = pathlib.Path(bin_dir or os.environ.get("TRADEWIND_BIN") or ROOT / "build/release/bin")
        self.keep_data = keep_data
        self.config = config  # more lines of the configuration; None: deploy/config/tradewind.toml as it is
        self.instruments = instruments  # the text of instruments.toml; None: deploy/config's
        self.live = live
        self.secure = secure
        self.transport = transport
        self.said = ""  # by deploy/up
        self.fused = os.environ.get("TRADEWIND_E2E_FUSED") == "1" if fused is None else fused
        rows = [line.split() for line in (ROOT / "deploy/services.txt").read_text().splitlines()]
        self.services = {r[0]: (int(r[1]) + self.offset, int(r[2]) + self.offset)
                         for r in rows if len(r) == 3 and not r[0].startswith("#")}

    def __enter__(self):
        self.deploy("down", *([] if self.keep_data else ["--wipe"]))
        try:
            self.up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and os.environ.get("TRADEWIND_E2E_KEEP"):
            print(f"left up: deploy/status --data-dir {self.data}", file=sys.stderr)
            return
        self.deploy("down")

    # Life.

    def deploy(self, command, *arguments, check=True, timeout=300):
        """deploy/COMMAND on this platform; CompletedProcess with what it said in .stdout and .stderr."""
        run = subprocess.run([str(ROOT / "deploy" / command), *arguments, "--data-dir", str(self.data)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=timeout, env={k: v for k, v in os.environ.items() if k != "TRADEWIND_DATA"})
        if check and run.returncode != 0:
            raise AssertionError(f"deploy/{command} {' '.join(arguments)}: exit {run.returncode}\n"
                                 f"{run.stdout}\n{run.stderr}")
        return run

    def up(self, name=None):
        """Starts the platform, or what deploy/down NAME stopped; returns when it is healthy."""
        if name:
            self.deploy("up", name)
            return
        options = ([] if self.questdb else ["--no-questdb"]) + (["--fused"] if self.fused else [])
        options += ["--live"] if self.live else []
        if self.config is not None or self.instruments is not None:
            path = self.data.with_name(self.data.name + ".toml")
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = (ROOT / "deploy/config/tradewind.toml").read_text()
            if self.instruments is not None:
                self.instruments_file().write_text(self.instruments)
                lines = lines.replace("deploy/config/instruments.toml", str(self.instruments_file()))
            path.write_text(lines + "\n" + (self.config or ""))
            options += ["--config", str(path)]
        options += ["--secure"] if self.secure else []
        options += ["--transport", self.transport] if self.transport else []
        self.said = self.deploy("up", "--port-offset", str(self.offset), "--bin", str(self.bin), *options).stdout

    def instruments_file(self):
        """The instruments.toml of this platform."""
        if self.instruments is None:
            return ROOT / "deploy/config/instruments.toml"
        return self.data.with_name(self.data.name + "-instruments.toml")

    def down(self, name=None):
        self.deploy("down", *([name] if name else []))

    def wait_healthy(self, seconds=30):
        """Until deploy/status says that all fourteen are."""
        wait_until(lambda: self.deploy("status", check=False).returncode == 0, seconds, 0.2, "14/14 healthy")

    def folder(self, name):
        """The supervisor's folder of the process that a service runs in."""
        units = self.data / "run/sv"
        return units / name if (units / name).is_dir() or not self.fused else units / "fused"

    def pid(self, name):
        """Process id of a service or of questdb, 0 while it does not run."""
        state = self.folder(name) / "supervise"
        try:
            if not (state / "stat").read_text().startswith("run"):
                return 0  # "finish": the pid is that of the script that counts the restart
            text = (state / "pid").read_text().strip()
        except OSError:
            return 0
        return int(text) if text and os.path.exists(f"/proc/{text}") else 0

    def restarts(self, name):
        try:
            return int((self.folder(name) / "restarts").read_text())
        except OSError:
            return 0

    def kill(self, name, how=signal.SIGKILL):
        """Kills the process and returns when the supervisor has put another in its place (not yet healthy)."""
        old = wait_until(lambda: self.pid(name), 5, 0.01, f"{name} runs")
        os.kill(old, how)
        return wait_until(lambda: self.pid(name) not in (0, old) and self.pid(name), 15, 0.01, f"{name} restarted")

    def log(self, name):
        """What it wrote since the log was last rotated."""
        path = self.data / "log" / name / "current"
        return path.read_text(errors="replace") if path.exists() else ""

    # Requests.

    def http_port(self, name):
        return self.services[name][0]

    def grpc_port(self, name):
        return self.services[name][1]

    def wait_for_market(self):
        """Until there is a price for every instrument, 30 seconds at most."""
        wait_until(lambda: len(self.get("gateway", "/tickers").json) == 4, 30, 0.2, "a market")

    def get(self, name, path, **more):
        return http_request(self.http_port(name), "GET", path, **more)

    def post(self, name, path, body=None, **more):
        return http_request(self.http_port(name), "POST", path, body, **more)

    def request(self, name, method, path, body=None, **more):
        return http_request(self.http_port(name), method, path, body, **more)

    def tradewind(self, *arguments, check=True, timeout=300):
        """The command line, pointed at this platform."""
        env = dict(os.environ, TRADEWIND_PORT_OFFSET=str(self.offset), TRADEWIND_DATA=str(self.data))
        run = subprocess.run([str(self.bin / "tradewind"), *arguments], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, env=env)
        if check and run.returncode != 0:
            raise AssertionError(f"tradewind {' '.join(arguments)}: exit {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run

    def sql(self, query, timeout=30.0):
        """Rows of a query to QuestDB, as lists; ValueError with its message when it refuses the query."""
        path = "/exec?" + urllib.parse.urlencode({"query": query})
        answer = http_request(9000 + self.offset, "GET", path, timeout=timeout)
        if answer.status != 200 or answer.json is None:
            raise ValueError(f"QuestDB refused {query!r}: {answer.text[:300]}")
        return answer.json.get("dataset", [])
