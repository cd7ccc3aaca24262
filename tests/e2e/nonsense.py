"""Nonsense for the public door: requests that are almost right, and bytes that are not. All of it comes from a random.Random,
so that a seed plays it again."""
import base64
import http.client
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORDS = ["", "BTCUSDT", "IBM", "demo", "other", "*", "-", "0", "-1", "1e309", "NaN", "0.000000001", "92233720368.54775808",
         "46000", "1-1", "3-7", "P-1", "\u0000", "ä\ud83d\ude00", "' or 1=1 --", "../../etc/passwd", "%00", "a" * 65,
         "true", "null", "{}", "[]", "2026-11-27T00:00:00Z", "9999-99-99", "18446744073709551616"]
VALUES = WORDS + [None, True, False, 0, -1, 1, 2**63, 2**64, -2**63, 1e308, 0.1, [], {}, [[]], [{}], {"a": {}}]
OTHER = "other"  # an account that nobody who sends this is entitled to
CHANNELS = ["tickers", "ticker:IBM", "book:IBM:5", "trades:IBM", "bars:IBM:1m", "orders", "fills:demo", "pnl:other",
            "positions", "exposure", "alerts", "limits", "kill_switch", "blocks", "parents", "health", "orders:other"]


def junk(rng, most=64):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(most)))


class Shapes:
    """What there is to ask: the routes of the OpenAPI document, the methods of the .proto files."""

    def __init__(self, document):
        self.schemas = document.get("components", {}).get("schemas", {})
        self.routes = [(method.upper(), path, what) for path, methods in document["paths"].items()
                       for method, what in methods.items() if method in ("get", "post", "put", "patch", "delete")
                       and path not in ("/api/v1/login", "/api/v1/logout", "/api/v1/password")
                       and not path.startswith("/api/v1/keys")]  # one's own, and to be changed by oneself
        self.methods = []
        for file in sorted((ROOT / "proto/tradewind/v1").glob("*.proto")):
            text = file.read_text()
            for service, body in re.findall(r"^service (\w+) \{(.*?)^\}", text, re.S | re.M):
                self.methods += [f"tradewind.v1.{service}/{name}" for name in re.findall(r"rpc (\w+)\(", body)
                                 if service != "AuthService" or name in ("WhoAmI", "GetQuota", "ListUsers", "ListAudit")]

    def value(self, rng, schema, depth=0):
        schema = self.schemas.get(schema["$ref"].split("/")[-1], {}) if "$ref" in schema else schema
        if depth > 4 or rng.random() < 0.15:
            return rng.choice(VALUES)
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if schema.get("type") == "object" or "properties" in schema:
            names = [name for name in schema.get("properties", {}) if rng.random() < 0.7]
            return {name: self.value(rng, schema["properties"][name], depth + 1) for name in names}
        if schema.get("type") == "array":
            return [self.value(rng, schema.get("items", {}), depth + 1) for _ in range(rng.randrange(4))]
        if schema.get("type") == "boolean":
            return rng.random() < 0.5
        return rng.choice(WORDS) if schema.get("type") == "string" else rng.choice(VALUES)

    def request(self, rng, own):
        """(method, target, body as bytes or None, content type). `own`: of somebody who may trade: then for another account."""
        method, path, what = rng.choice(self.routes)
        target = re.sub(r"\{\w+\*?\}", lambda _: quote(rng.choice(WORDS)), path)
        names = [p["name"] for p in what.get("parameters", []) if p.get("in") == "query"] + ["account", "x"]
        query = [(rng.choice(names), rng.choice(WORDS)) for _ in range(rng.randrange(4))]
        if own:
            query = [(name, value) for name, value in query if name != "account"] + [("account", OTHER)]
        target += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query) if query else ""
        if method == "GET":
            return method, target, None, ""
        schema = what.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        body = self.value(rng, schema)
        if own and method != "GET":
            body = with_account(body)
        text = json.dumps(body).encode()
        return method, target, mangled(rng, text) if not own and rng.random() < 0.4 else text, \
            rng.choice(["application/json"] * 6 + ["", "text/plain", "application/x-ndjson", "multipart/form-data", "\x7f"])

    def call(self, rng, own):
        """(method, body of a gRPC request)."""
        method = rng.choice(self.methods) if rng.random() < 0.97 else f"tradewind.v1.{rng.choice(['OrderService', 'X'])}/" + "y"
        # Of somebody who may trade nothing may be well formed: field 1 of a command is its account, or holds it.
        message = b"\x0a\xff\x01" if own else wire(rng)
        length = len(message) if rng.random() < 0.9 else rng.choice([0, 1, len(message) + 1, 2**31, 2**32 - 1])
        frame = struct.pack("!BI", 0 if rng.random() < 0.9 else rng.randrange(256), length) + message
        return method, frame * rng.choice([1, 1, 1, 2, 5]) if rng.random() < 0.95 else junk(rng)


def with_account(body):
    """For an account of somebody else, wherever one may be named."""
    if isinstance(body, list):
        return [with_account(one) for one in body]
    if not isinstance(body, dict):
        return body
    held = {name: with_account(value) for name, value in body.items()}
    return {**held, "account": OTHER}


def quote(text):
    return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode("utf-8", "surrogatepass"))
                   for c in text)


def mangled(rng, text):
    """Text with something broken in it."""
    data = bytearray(text)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(5)
        if what == 0:
            data[at:at + rng.randrange(8)] = b""
        elif what == 1:
            data[at:at] = junk(rng, 8)
        elif what == 2:
            data[at:at] = rng.choice([b"[", b"{", b'"', b"\\u", b"\\ud800", b":", b",", b"-", b"1e", b"/*"]) * rng.choice([1, 40])
        elif what == 3:
            data = data + data
        elif at < len(data):
            data[at] ^= 1 << rng.randrange(8)
    return bytes(data[:2 << 20])


def wire(rng, depth=0):
    """Protobuf's wire format, with fields of any number and kind."""
    out = b""
    for _ in range(rng.randrange(6)):
        field, kind = rng.choice([*range(1, 12), 20, 40, 99, 536870911]), rng.choice([0, 1, 2, 2, 2, 5, 3, 7])
        out += varint(field << 3 | kind)
        if kind == 0:
            out += varint(rng.choice([0, 1, 2, 3, 99, 2**31, 2**63, 2**64 - 1]))
        elif kind == 1:
            out += junk(rng, 9)[:8].ljust(8, b"\0")
        elif kind == 5:
            out += junk(rng, 5)[:4].ljust(4, b"\0")
        elif kind == 2:
            held = wire(rng, depth + 1) if depth < 6 and rng.random() < 0.4 else \
                rng.choice(WORDS).encode("utf-8", "surrogatepass")
            out += varint(len(held) if rng.random() < 0.95 else rng.randrange(2**32)) + held
    return out


def varint(number):
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def raw_http(rng, token):
    """Bytes of something like HTTP."""
    method = rng.choice(["GET", "POST", "PUT", "BREW", "GET" * 99, "", "\x00"])
    target = rng.choice(["/", "/ws", "*", "http://x/", "//", "/%", "/" + "a" * rng.choice([10, 9000]), "\xff", "/api/v1/orders"])
    headers = [rng.choice([
        "Host: localhost", "Host: evil.example", "Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Connection: Upgrade", "Upgrade: websocket", "Expect: 100-continue",
        "Sec-WebSocket-Version: 13", "Cookie: tradewind_session=" + "x" * rng.choice([1, 20000]), "A" * 30000, ": ", "a\x00b: c",
        f"Authorization: Bearer {token}", "Authorization: " + "Bearer " * 50]) for _ in range(rng.randrange(8))]
    text = f"{method} {target} {rng.choice(['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''])}\r\n" + \
        "".join(f"{line}\r\n" for line in headers) + "\r\n"
    body = rng.choice([b"", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", junk(rng, 200)])
    data = text.encode("latin-1") + body
    return mangled(rng, data) if rng.random() < 0.5 else data


def frame(rng, opcode, data, masked=True):
    head = bytes([(0x80 if rng.random() < 0.9 else 0) | opcode | (0x40 if rng.random() < 0.03 else 0)])
    bit = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([bit | len(data)])
    elif len(data) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(data))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(data))
    mask = junk(rng, 5)[:4].ljust(4, b"\0")
    return head + (mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)) if masked else data)


def frames(rng):
    """What a client of /ws might send: commands that are almost right, and frames that are not."""
    out = b""
    for _ in range(rng.randrange(1, 12)):
        message = {"op": rng.choice(["subscribe", "subscribe", "unsubscribe", "ping", "heartbeat", "cancel_on_disconnect", "x", 7]),
                   "channels": [rng.choice(CHANNELS + WORDS) for _ in range(rng.randrange(4))] if rng.random() < 0.9
                   else rng.choice(VALUES),
                   "after": rng.choice([{rng.choice(CHANNELS): rng.choice(["1-1", "0-0", "x", "99-99", 7])}, 7, None, []]),
                   "every_ms": rng.choice([0, 500, 499, -1, 2**63, 2**64, "x", 0.5, None]),
                   "account": rng.choice([OTHER, "", "*", 7, None])}  # never one's own: that would be a wish, not nonsense
        text = json.dumps({k: v for k, v in message.items() if rng.random() < 0.8}).encode()
        text = mangled(rng, text)[:70_000] if rng.random() < 0.3 else text
        out += frame(rng, rng.choice([1, 1, 1, 1, 1, 2, 0, 8, 9, 10, 3, 15]), text, masked=rng.random() < 0.97)
    return out


class Door:
    """Sends it, and says what came back."""

    def __init__(self, http_port, grpc_port, authority, tls):
        self.http_port, self.grpc_port, self.authority, self.tls = http_port, grpc_port, authority, tls
        self.connection = None

    def rest(self, request, token, rng):
        method, target, body, kind = request
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if kind:
            headers["Content-Type"] = kind
        if rng.random() < 0.05:
            headers["Origin"] = rng.choice(["https://evil.example", "null", ""])
        try:
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.http_port, timeout=20, context=self.tls)
            self.connection.request(method, target, body=body, headers=headers)
            answer = self.connection.getresponse()
            answer.read()
            return str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            if isinstance(error, TimeoutError):
                raise
            return "cut"

    def close(self):
        if self.connection is not None:
            self.connection.close()

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.http_port), timeout=20)
        return self.tls.wrap_socket(plain, server_hostname="localhost")

    @staticmethod
    def exchange(connection, data, seconds):
        """The first that comes back, or b""."""
        try:
            connection.sendall(data)
            connection.settimeout(seconds)
            return connection.recv(65536)
        except OSError:
            return b""

    def raw(self, data):
        with self.connect() as connection:
            first = self.exchange(connection, data, 0.1)
        found = re.match(rb"HTTP/1\.[01] (\d{3})", first)
        return found.group(1).decode() if found else "nothing"

    def live(self, data, token):
        with self.connect() as connection:
            who = f"Authorization: Bearer {token}\r\n" if token else ""
            hello = ("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     f"{who}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                     f"{base64.b64encode(bytes(16)).decode()}\r\n\r\n")
            first = self.exchange(connection, hello.encode(), 20)
            found = re.match(rb"HTTP/1\.1 (\d{3})", first)
            status = found.group(1).decode() if found else "nothing"
            if status == "101":
                self.exchange(connection, data, 0.05)
            return status

    def grpc(self, calls, token):
        """By curl, which speaks HTTP/2; what is wrong with the frames goes out as it is."""
        with tempfile.TemporaryDirectory() as folder:
            lines = []
            for number, (method, body) in enumerate(calls):
                path = os.path.join(folder, str(number))
                pathlib.Path(path).write_bytes(body)
                lines += ([] if number == 0 else ["next"]) + [
                    f'url = "https://127.0.0.1:{self.grpc_port}/{method}"', f'data-binary = "@{path}"', "http2",
                    f'cacert = "{self.authority}"', "max-time = 2", "silent", 'output = "/dev/null"',
                    'header = "content-type: application/grpc"', 'header = "te: trailers"',
                    f'dump-header = "{path}.head"']
                if token:
                    lines.append(f'header = "authorization: Bearer {token}"')
            config = pathlib.Path(folder) / "config"
            config.write_text("\n".join(lines) + "\n")
            subprocess.run(["curl", "--parallel", "--parallel-max", "10", "--config", str(config)], timeout=120,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            said = []
            for number in range(len(calls)):
                head = pathlib.Path(folder, f"{number}.head")
                text = head.read_text(errors="replace") if head.exists() else ""
                found = re.search(r"^grpc-status: *(\d+)", text, re.M | re.I)
                status = re.match(r"HTTP/2 (\d{3})", text)
                said.append(f"grpc {found.group(1)}" if found else status.group(1) if status else "cut")
            return said
