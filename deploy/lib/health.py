"""The health of one platform: asks every service's /health at the same time.

health.py --data-dir DIR                    one line for each service; exit 0 if all are healthy
health.py --data-dir DIR --wait SECONDS     waits for that, telling the progress; --questdb waits for QuestDB as well;
                                            --only NAME waits for one service, or questdb
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import ssl
import sys
import time

TIMEOUT_S = 2.0
SERVICES_TXT = pathlib.Path(__file__).parent.parent / "services.txt"


def services():
    """[(name, http port, grpc port)] as listed, without the offset."""
    rows = [line.split() for line in SERVICES_TXT.read_text().splitlines()]
    return [(r[0], int(r[1]), int(r[2])) for r in rows if len(r) == 3 and not r[0].startswith("#")]


def read(path, default=""):
    try:
        return pathlib.Path(path).read_text().strip()
    except OSError:
        return default


def get(port, path, tls=None):
    """(HTTP status, body), or (0, reason) when there is no answer. `tls` is an ssl.SSLContext, None for plain text."""
    if tls:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_S, context=tls)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(65536).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()


class Stack:
    """What the files of a data folder say about its platform."""

    def __init__(self, data):
        self.data = pathlib.Path(data)
        env = dict(line.split("=", 1) for line in read(self.data / "run/stack.env").splitlines() if "=" in line)
        self.offset = int(env.get("PORT_OFFSET", "0"))
        self.fused = env.get("FUSED", "").split()
        self.secure = env.get("SECURE") == "1"

    def tls(self):
        """What services of a secure platform are asked with: its own authority, our certificate."""
        if not self.secure:
            return None
        folder = self.data / "tls"
        context = ssl.create_default_context(cafile=folder / "ca.crt")
        context.load_cert_chain(folder / "tradewind.crt", folder / "tradewind.key")
        return context

    def folder(self, name):
        return self.data / "run/sv" / ("fused" if name in self.fused else name)

    def pid(self, name):
        """Process id, 0 when it does not run."""
        if not read(self.folder(name) / "supervise/stat").startswith("run"):
            return 0  # "finish": the pid is that of the script that counts the restart
        text = read(self.folder(name) / "supervise/pid")
        return int(text) if text.isdigit() and os.path.exists(f"/proc/{text}") else 0

    def restarts(self, name):
        return int(read(self.folder(name) / "restarts", "0") or 0)

    def uptime_s(self, name):
        """Seconds since the process started, None when it does not run."""
        stat = read(f"/proc/{self.pid(name)}/stat")
        if not stat:
            return None
        start_ticks = int(stat.rsplit(")", 1)[1].split()[19])
        since_boot = float(read("/proc/uptime").split()[0])
        return max(0.0, since_boot - start_ticks / os.sysconf("SC_CLK_TCK"))

    def health(self, name, port):
        """"healthy", or what is wrong."""
        if not self.pid(name):
            if (self.folder(name) / "down").exists():
                return "stopped"
            return "restarting" if read(self.folder(name) / "supervise/stat") else "not running"
        try:
            status, body = get(port + self.offset, "/health", self.tls())
        except OSError as error:  # the certificates
            return str(error)
        if status == 0:
            return "no answer"
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {}
        if answer.get("service", name) != name:
            return f"port {port + self.offset} is {answer['service']}"
        if status == 200:
            return "healthy"
        return str(answer.get("reason") or answer.get("status") or f"HTTP {status}")

    def questdb(self):
        """"up", or what is wrong."""
        if not self.folder("questdb").exists():
            return "not part of this platform"
        if not self.pid("questdb"):
            return "stopped" if (self.folder("questdb") / "down").exists() else "restarting"
        status, _ = get(9000 + self.offset, "/exec?query=select%201")
        return "up" if status == 200 else "starting"

    def demo(self):
        """"trades", or why not."""
        if self.pid("demo"):
            return "trades"
        return "stopped" if (self.folder("demo") / "down").exists() else "restarting"

    def all_health(self):
        """{name: health}, asked in parallel."""
        listed = services()
        with concurrent.futures.ThreadPoolExecutor(len(listed)) as pool:
            answers = pool.map(lambda s: self.health(s[0], s[1]), listed)
            return {s[0]: answer for s, answer in zip(listed, answers)}


def span(seconds):
    """12s, 3m05s, 2h07m, 4d03h."""
    if seconds is None:
        return "-"
    s = int(seconds)
    if s < 60:
        return f"{s}s"
    if s < 3600:
        return f"{s // 60}m{s % 60:02}s"
    if s < 86400:
        return f"{s // 3600}h{s % 3600 // 60:02}m"
    return f"{s // 86400}d{s % 86400 // 3600:02}h"


def show(stack):
    health = stack.all_health()
    for name, http_port, grpc_port in services():
        print(f"{name:18} {health[name]:12} up {span(stack.uptime_s(name)):7} restarts {stack.restarts(name):<4} "
              f"http {http_port + stack.offset} grpc {grpc_port + stack.offset}"
              f"{' fused' if name in stack.fused else ''}")
    healthy = sum(1 for h in health.values() if h == "healthy")
    sys.stdout.flush()
    demo = f"; demo: {stack.demo()}" if stack.folder("demo").exists() else ""
    print(f"{healthy}/{len(health)} healthy; QuestDB: {stack.questdb()}{demo}", file=sys.stderr)
    return 0 if healthy == len(health) else 1


def wait(stack, seconds, only, with_questdb):
    deadline = time.monotonic() + seconds
    last = ""
    while True:
        if only == "questdb":
            health = {"questdb": stack.questdb()}
        elif only == "fused":
            health = {name: h for name, h in stack.all_health().items() if name in stack.fused}
        elif only:
            health = {only: stack.health(only, next(s[1] for s in services() if s[0] == only))}
        else:
            health = stack.all_health()
        total = len(health)
        healthy = sum(1 for h in health.values() if h in ("healthy", "up"))
        if with_questdb:
            health["questdb"] = stack.questdb()
        waiting = [name for name, h in health.items() if h not in ("healthy", "up")]
        line = f"{healthy}/{total} healthy" + (f"; waiting for {', '.join(waiting)}" if waiting else "")
        if line != last:
            print(line, flush=True)
            last = line
        if not waiting:
            return 0
        if time.monotonic() > deadline:
            break
        time.sleep(0.25)
    for name in waiting:
        print(f"\n{name}: {health[name]}; the end of {stack.data}/log/{name}/current:", file=sys.stderr)
        for row in read(stack.data / "log" / name / "current").splitlines()[-5:]:
            print(f"  {row[:300]}", file=sys.stderr)
    print(f"\nnot healthy after {seconds} s: {', '.join(waiting)}", file=sys.stderr)
    return 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--wait", type=float, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--questdb", action="store_true")
    options = parser.parse_args()
    stack = Stack(options.data_dir)
    if options.wait:
        return wait(stack, options.wait, options.only, options.questdb)
    return show(stack)


if __name__ == "__main__":
    sys.exit(main())
