"""deploy/up, down and status on fourteen stand-ins, which answer /health and nothing else, with and without the real
QuestDB: what the supervisor does is the same for any program. Ports 13000 above the usual ones, data in a temporary folder."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from stack import ROOT, Stack, http_request, wait_until  # noqa: E402

STAND_IN = '''#!/usr/bin/env python3
import http.server, json, os, pathlib, signal, sys, threading
name = os.path.basename(sys.argv[0])
names = sys.argv[1:sys.argv.index("--data-dir")] or [name]
data = pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1])
assert os.environ["TRADEWIND_DATA"] == str(data)
if (data / f"crash-{name}").exists():
    sys.exit("told to crash")
if (data / f"stubborn-{name}").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
ports = {r.split()[0]: int(r.split()[1]) for r in open("@SERVICES@") if len(r.split()) == 3}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        service = self.server.service
        sick = (data / f"sick-{service}").exists()
        body = json.dumps({"status": "unwell" if sick else "healthy", "service": service}).encode()
        self.send_response(503 if sick else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
print("listening", flush=True)
for service in names:
    print(json.dumps({"time": "2026", "level": "info", "service": service, "event": "started"}, separators=(",", ":")),
          flush=True)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", ports[service] + int(os.environ["TRADEWIND_PORT_OFFSET"])), Handler)
    server.service = service
    threading.Thread(target=server.serve_forever).start()
'''

STAND_IN_TRADER = '''#!/usr/bin/env python3
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
assert sys.argv[1:] == ["demo"] and int(os.environ["TRADEWIND_PORT_OFFSET"]) > 0
print("trading", flush=True)
signal.sigwait([signal.SIGTERM])
print("canceled what rests", flush=True)
'''

# In a network of its own, whose client sockets get their ports from 181 ports, 121 of them the services'.
IN_A_NETWORK = '''
import array, fcntl, pathlib, socket, struct, sys
sys.path.insert(0, sys.argv[1])
from stack import Stack
sock = socket.socket()
fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0x49))  # SIOCSIFFLAGS: up, running, loopback
settings = pathlib.Path("/proc/sys/net/ipv4")
(settings / "ip_local_port_range").write_text("51580 51760")
(settings / "ip_local_reserved_ports").write_text("4711")
stack = Stack(questdb=False, data=sys.argv[2], offset=1500, bin_dir=sys.argv[3])
try:
    stack.up()
    print("reserved", (settings / "ip_local_reserved_ports").read_text().strip())
    stack.up()
    print("again", (settings / "ip_local_reserved_ports").read_text().strip())
    ports, clients = [], []
    for _ in range(200):
        client = socket.socket()
        clients.append(client)
        try:
            client.connect(("127.0.0.1", stack.http_port("oms")))
        except OSError as error:
            print("then", error.errno == 99)  # EADDRNOTAVAIL
            break
        ports.append(client.getsockname()[1])
    print("clients", 20 <= len(ports) <= 60, "above the services", min(ports) > 51700)
finally:
    stack.down()
'''


def marked_processes(data):
    """Process ids whose environment names this data folder as their platform."""
    mark = f"TRADEWIND_STACK={data}".encode()
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


HOT_PATH = ["gateway", "exeq", "oms", "risk", "live-gateway"]


def place(pid):
    """How far a process and, where the kernel shares by session, its session give way."""
    places = [os.getpriority(os.PRIO_PROCESS, pid)]
    session = pathlib.Path(f"/proc/{pid}/autogroup")
    if session.exists():
        places.append(int(session.read_text().split()[-1]))
    return tuple(places)


class StandInTest(unittest.TestCase):
    """One platform of stand-ins for all tests of a class."""

    QUESTDB = False
    FUSED = False

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tradewind-supervision-"))
        bin_dir = cls.folder / "bin"
        bin_dir.mkdir()
        program = STAND_IN.replace("@SERVICES@", str(ROOT / "deploy/services.txt"))
        cls.stack = Stack(questdb=cls.QUESTDB, data=cls.folder / "data", offset=13000, bin_dir=bin_dir,
                          fused=cls.FUSED)
        for name in [*cls.stack.services, "fused", "tradewind"]:
            (bin_dir / name).write_text(program if name != "tradewind" else STAND_IN_TRADER)
            (bin_dir / name).chmod(0o755)
        cls.stack.up()

    @classmethod
    def tearDownClass(cls):
        cls.stack.down()
        shutil.rmtree(cls.folder)

    def status(self):
        """(exit code, lines, what was said beside them)."""
        run = self.stack.deploy("status", check=False)
        return run.returncode, run.stdout.splitlines(), run.stderr


class SupervisionTest(StandInTest):
    def line(self, name):
        return next(line.split() for line in self.status()[1] if line.split()[0] == name)

    def mark(self, what, name, present=True):
        path = self.stack.data / f"{what}-{name}"
        path.touch() if present else path.unlink()

    def test_all_fourteen_are_up(self):
        self.stack.wait_healthy()
        code, lines, beside = self.status()
        self.assertEqual(code, 0)
        self.assertEqual([line.split()[0] for line in lines], list(self.stack.services))
        self.assertTrue(all(line.split()[1] == "healthy" for line in lines), lines)
        self.assertIn("14/14 healthy", beside)
        self.assertIn("listening", self.stack.log("oms"))

    def test_the_hot_path_comes_before_views_and_those_before_history(self):
        self.stack.wait_healthy()
        places = {name: place(self.stack.pid(name)) for name in self.stack.services}
        hot = places["oms"]
        views = ("normalizer", "hot-cache", "pnl")
        behind = {name: 0 if name in HOT_PATH else 10 if name in views else 15 for name in places}
        self.assertEqual(places, {name: tuple(n + behind[name] for n in hot) for name in places})

    @unittest.skipUnless(os.geteuid() == 0, "becomes another user")
    def test_who_may_put_nobody_before_others_puts_the_rest_behind(self):
        program = self.folder / "behind"
        shutil.copy(ROOT / "deploy/lib/behind", program)
        self.folder.chmod(0o755)
        for wanted, given in ((-7, 0), (0, 0), (10, 10), (15, 15)):
            with subprocess.Popen(["setsid", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program,
                                   str(wanted), "cat"], stdin=subprocess.PIPE) as process:
                wait_until(lambda: pathlib.Path(f"/proc/{process.pid}/comm").read_text() == "cat\n", 10)
                with self.subTest(wanted=wanted):
                    self.assertEqual(set(place(process.pid)), {given})
                process.stdin.close()

    def test_killed_service_is_back_within_a_second_and_counted(self):
        wait_until(lambda: "healthy" in self.line("oms"), 10)
        time.sleep(max(0, 5.5 - (time.time() - float((self.stack.data / "run/sv/oms/started").read_text()))))
        before = self.stack.restarts("oms")
        begin = time.monotonic()
        self.stack.kill("oms")
        self.assertLess(time.monotonic() - begin, 1.0)
        self.assertEqual(self.stack.restarts("oms"), before + 1)
        self.stack.wait_healthy()
        self.assertIn('"event":"service_ended","service":"oms"', self.stack.log("oms"))

    def test_crash_loop_backs_off_and_one_up_ends_it(self):
        self.mark("crash", "exeq")
        self.stack.kill("exeq")
        time.sleep(8)
        restarts = self.stack.restarts("exeq")
        self.assertGreaterEqual(restarts, 3)
        self.assertLessEqual(restarts, 7)
        code, _, _ = self.status()
        self.assertEqual(code, 1)
        self.mark("crash", "exeq", False)
        begin = time.monotonic()
        self.stack.up("exeq")
        self.assertLess(time.monotonic() - begin, 2.5, "up NAME does not wait out the back-off")
        self.assertEqual(self.line("exeq")[1], "healthy")

    def test_down_of_a_crash_loop_does_not_wait_for_its_back_off(self):
        self.mark("crash", "hot-cache")
        self.stack.kill("hot-cache")
        time.sleep(8)  # the back-off is seven seconds by now
        begin = time.monotonic()
        self.stack.down("hot-cache")
        self.assertLess(time.monotonic() - begin, 2.5)
        self.mark("crash", "hot-cache", False)
        self.stack.up("hot-cache")

    def test_down_name_stays_down_until_up_name(self):
        self.stack.down("risk")
        self.assertEqual(self.stack.pid("risk"), 0)
        time.sleep(2)
        self.assertEqual(self.line("risk")[1], "stopped")
        self.assertEqual(self.status()[0], 1)
        restarts = self.stack.restarts("risk")
        self.stack.up("risk")
        self.stack.wait_healthy()
        self.assertEqual(self.stack.restarts("risk"), restarts, "what was asked for is not a restart")

    def test_sick_service_makes_status_fail(self):
        self.mark("sick", "pnl")
        code, _, beside = self.status()
        self.mark("sick", "pnl", False)
        self.assertEqual(code, 1)
        self.assertIn("13/14 healthy", beside)

    def test_second_up_is_quick_and_leaves_processes_alone(self):
        self.stack.wait_healthy()
        before = {name: self.stack.pid(name) for name in self.stack.services}
        begin = time.monotonic()
        self.stack.up()
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(before, {name: self.stack.pid(name) for name in self.stack.services})

    def test_other_offset_is_refused_while_it_runs(self):
        run = self.stack.deploy("up", "--port-offset", "14000", "--bin", str(self.stack.bin), "--no-questdb",
                                check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("--port-offset 13000", run.stderr)

    def test_second_platform_on_the_same_ports_is_refused(self):
        other = Stack(questdb=False, data=self.folder / "other", offset=13000, bin_dir=self.stack.bin)
        run = other.deploy("up", "--port-offset", "13000", "--bin", str(other.bin), "--no-questdb", check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("port 21080, wanted by gateway (HTTP), is taken", run.stderr)
        other.deploy("down", "--wipe")
        self.assertFalse(other.data.exists())

    def test_unknown_name_and_foreign_folder_are_refused(self):
        self.assertEqual(self.stack.deploy("down", "nobody", check=False).returncode, 1)
        foreign = self.folder / "foreign"
        foreign.mkdir(exist_ok=True)
        (foreign / "precious").touch()
        for command in (["down", "--wipe"], ["up", "--bin", str(self.stack.bin), "--no-questdb"]):
            other = Stack(questdb=False, data=foreign, offset=13000, bin_dir=self.stack.bin)
            self.assertEqual(other.deploy(*command, check=False).returncode, 1)
        self.assertEqual([p.name for p in foreign.iterdir()], ["precious"])

    def test_supervisor_killed_then_up_heals(self):
        os.kill(int((self.stack.data / "run/supervisor.pid").read_text()), signal.SIGKILL)
        self.stack.up()
        self.stack.wait_healthy()
        supervisors = [pid for pid in marked_processes(self.stack.data)
                       if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "runsvdir"]
        self.assertEqual(len(supervisors), 1)

    def test_up_returns_without_holding_the_callers_pipe(self):
        command = [str(ROOT / "deploy/up"), "--data-dir", str(self.stack.data), "--port-offset", "13000",
                   "--bin", str(self.stack.bin), "--no-questdb"]
        self.stack.down()
        shell = f"exec 7>&1; {' '.join(command)} | cat"
        subprocess.run(["bash", "-c", shell], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=True)
        self.stack.wait_healthy()

    def test_demo_is_watched_like_a_service_and_stops_by_name_or_with_all(self):
        self.stack.deploy("up", "--demo", "--port-offset", "13000", "--bin", str(self.stack.bin), "--no-questdb")
        self.assertIn("trading", wait_until(lambda: self.stack.log("demo"), 5, 0.1))
        code, lines, beside = self.status()
        self.assertEqual((code, len(lines)), (0, 14), "it is no part of the platform's health")
        self.assertIn("demo: trades", beside)
        self.stack.kill("demo")
        wait_until(lambda: self.stack.log("demo").count("trading") == 2, 5, 0.1, "it is back")
        self.stack.down("demo")
        self.assertEqual(self.stack.pid("demo"), 0)
        self.assertIn("canceled what rests", self.stack.log("demo"))
        self.assertIn("demo: stopped", self.status()[2])
        self.stack.up("demo")
        wait_until(lambda: self.stack.pid("demo"), 5, 0.1)
        self.stack.down()
        self.assertEqual(marked_processes(self.stack.data), [])
        self.stack.up()
        self.assertNotIn("demo", self.status()[2], "asked for anew each time")

    def test_client_sockets_are_kept_off_the_services_ports(self):
        probe = subprocess.run(["unshare", "-n", "sh", "-c", "test -w /proc/sys/net/ipv4/ip_local_reserved_ports"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if probe.returncode != 0:
            self.skipTest("a network of its own with a writable /proc/sys needs more rights than this user has")
        data = self.folder / "network"
        run = subprocess.run(["unshare", "-n", sys.executable, "-B", "-c", IN_A_NETWORK, str(ROOT / "tests/e2e"),
                              str(data), str(self.stack.bin)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stdout.splitlines(), ["reserved 4711,51580-51700", "again 4711,51580-51700", "then True",
                                                   "clients True above the services True"], run.stderr)

    def test_down_leaves_no_process_even_of_a_stubborn_one(self):
        self.mark("stubborn", "ptrc")
        self.stack.kill("ptrc")
        wait_until(lambda: self.line("ptrc")[1] == "healthy", 20)
        self.assertGreaterEqual(len(marked_processes(self.stack.data)), 1 + 3 * 14)
        self.stack.down()
        self.assertEqual(marked_processes(self.stack.data), [])
        self.mark("stubborn", "ptrc", False)
        self.assertEqual(self.status()[0], 1)
        self.stack.down()  # again: nothing to do is not an error
        self.stack.up()
        self.assertEqual(self.stack.restarts("ptrc"), 0, "a fresh start counts from zero")


class FusedTest(StandInTest):
    """deploy/up --fused: five services, one process."""

    FUSED = True

    def setUp(self):
        self.stack.wait_healthy()

    def lines(self):
        return {line.split()[0]: line for line in self.status()[1]}

    def test_five_share_a_process_and_are_shown_apart(self):
        self.assertEqual(list(self.lines()), list(self.stack.services))
        self.assertEqual(len({self.stack.pid(name) for name in HOT_PATH}), 1)
        self.assertEqual(len({self.stack.pid(name) for name in self.stack.services}), 10)
        self.assertEqual({name for name, line in self.lines().items() if line.endswith(" fused")}, set(HOT_PATH))

    def test_killed_they_come_back_together(self):
        before = self.stack.restarts("risk")
        self.stack.kill("oms")
        self.stack.wait_healthy()
        self.assertEqual({self.stack.restarts(name) for name in HOT_PATH}, {before + 1})
        self.assertEqual(self.stack.restarts("pnl"), 0)

    def test_down_of_one_of_them_is_refused_and_of_all_works(self):
        pid = self.stack.pid("oms")
        run = self.stack.deploy("down", "oms", check=False)
        self.assertEqual((run.returncode, self.stack.pid("oms")), (1, pid))
        self.assertIn("oms shares a process with live-gateway risk exeq gateway", run.stderr)
        self.stack.down("fused")
        self.assertEqual({self.lines()[name].split()[1] for name in HOT_PATH}, {"stopped"})
        self.assertIn("9/14", self.status()[2])
        self.stack.up("risk")  # whichever is named: they start together
        self.assertEqual(self.status()[0], 0)

    def test_one_that_is_sick_is_named(self):
        sick = self.stack.data / "sick-exeq"
        sick.touch()
        lines = self.lines()
        sick.unlink()
        self.assertIn("unwell", lines["exeq"])
        self.assertIn("healthy", lines["oms"])

    def test_each_ones_log_is_its_own(self):
        for name in HOT_PATH + ["pnl"]:
            self.assertIn(f'"service":"{name}"', self.stack.log(name))
            self.assertEqual({line.split('"service":"')[1].split('"')[0] for line in self.stack.log(name).splitlines()
                              if '"service":' in line}, {name})
        self.assertIn("listening", self.stack.log("fused"))

    def test_the_shape_changes_between_down_and_up_only(self):
        run = self.stack.deploy("up", "--bin", str(self.stack.bin), "--no-questdb")  # as it is: fused
        self.assertEqual(len({self.stack.pid(name) for name in self.stack.services}), 10, run.stdout)
        self.stack.down()
        self.assertEqual(marked_processes(self.stack.data), [])
        self.stack.fused = False
        self.stack.up()
        self.stack.wait_healthy()
        self.assertEqual(len({self.stack.pid(name) for name in self.stack.services}), 14)
        self.assertFalse((self.stack.data / "run/sv/fused").exists())
        run = self.stack.deploy("up", "--fused", "--bin", str(self.stack.bin), "--no-questdb", check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("deploy/down first", run.stderr)
        self.stack.down()
        self.stack.fused = True
        self.stack.up()
        self.stack.wait_healthy()
        self.assertEqual(len({self.stack.pid(name) for name in self.stack.services}), 10)


class QuestDbTest(StandInTest):
    QUESTDB = True

    def listeners(self):
        """Addresses, as /proc/net/tcp has them, on which this platform's QuestDB listens."""
        own = {os.readlink(fd) for fd in pathlib.Path(f"/proc/{self.stack.pid('questdb')}/fd").iterdir()
               if fd.is_symlink()}
        found = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for row in pathlib.Path(table).read_text().splitlines()[1:]:
                fields = row.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                    address, port = fields[1].rsplit(":", 1)
                    found.add((address, int(port, 16)))
        return found

    def write(self, line):
        return http_request(9000 + self.stack.offset, "POST", "/write", line)

    def test_it_listens_on_loopback_with_http_and_sql_only(self):
        loopback = "0100007F"
        self.assertEqual(self.listeners(), {(loopback, 22000), (loopback, 21812)})

    def test_a_stray_line_makes_no_table(self):
        self.assertNotEqual(self.write("stray,a=b c=1\n").status, 204)
        self.assertEqual(self.stack.sql("select count() from tables() where table_name = 'stray'"), [[0]])

    def test_rows_survive_down_and_up_while_the_services_stay_healthy(self):
        self.stack.sql("create table if not exists kept (timestamp timestamp, a int) timestamp(timestamp) "
                       "partition by day wal dedup upsert keys(timestamp, a)")
        self.assertEqual(self.write("kept a=7i 1700000000000000000\n").status, 204)
        wait_until(lambda: self.stack.sql("select a from kept") == [[7]], 10, 0.1, "the row is applied")
        before = {name: self.stack.pid(name) for name in self.stack.services}
        restarts = self.stack.restarts("questdb")
        self.stack.down("questdb")
        self.assertEqual(self.stack.pid("questdb"), 0)
        code, _, beside = self.status()
        self.assertEqual(code, 0)
        self.assertIn("QuestDB: stopped", beside)
        self.stack.up("questdb")
        self.assertIn("QuestDB: up", self.status()[2])
        self.assertEqual(self.stack.sql("select a from kept"), [[7]])
        self.assertEqual(before, {name: self.stack.pid(name) for name in self.stack.services})
        self.assertEqual(self.stack.restarts("questdb"), restarts, "what was asked for is not a restart")

    def test_killed_it_comes_back(self):
        restarts = self.stack.restarts("questdb")
        self.stack.kill("questdb")
        wait_until(lambda: self.stack.sql("select 1") == [[1]], 30, 0.2, "QuestDB answers again")
        self.assertEqual(self.stack.restarts("questdb"), restarts + 1)
        self.stack.down("questdb")
        self.stack.up()  # without a name it starts whatever is down
        self.assertIn("QuestDB: up", self.status()[2])


if __name__ == "__main__":
    unittest.main(verbosity=2)
