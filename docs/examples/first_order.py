"""The first order from Python, with the standard library alone: sent by REST, watched over the WebSocket, canceled."""
import base64
import json
import os
import socket
import ssl
import struct
import time
import urllib.parse
import urllib.request

HTTP = os.environ.get("TRADEWIND_HTTP", "http://127.0.0.1:8080")
TOKEN = os.environ.get("TRADEWIND_TOKEN", "")
CA = os.environ.get("TRADEWIND_CA")
TLS = ssl.create_default_context(cafile=CA) if HTTP.startswith("https") else None
WHO = {"Authorization": f"Bearer {TOKEN}"} if TOKEN else {}


def ask(method, path, body=None):
    request = urllib.request.Request(HTTP + path, method=method, data=json.dumps(body).encode() if body else None,
                                     headers={"Content-Type": "application/json", **WHO})
    with urllib.request.urlopen(request, timeout=10, context=TLS) as answer:
        return json.load(answer)


class Live:
    """A client of /ws, as small as it can be; for more than a look take a library."""

    def __init__(self):
        url = urllib.parse.urlsplit(HTTP)
        self.socket = socket.create_connection((url.hostname, url.port or (443 if TLS else 80)), timeout=10)
        if TLS:
            self.socket = TLS.wrap_socket(self.socket, server_hostname=url.hostname)
        head = [f"GET /ws HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                f"{base64.b64encode(os.urandom(16)).decode()}"] + [f"{name}: {value}" for name, value in WHO.items()]
        self.socket.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        self.incoming = self.socket.makefile("rb")
        status = self.incoming.readline()
        if b" 101 " not in status:
            raise ConnectionError(status.decode().strip())
        while self.incoming.readline() != b"\r\n":
            pass

    def say(self, message):
        text = json.dumps(message).encode()
        assert len(text) < 126
        mask = os.urandom(4)
        self.socket.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))

    def hear(self):
        """The next message."""
        while True:
            first, length = self.incoming.read(2)
            if length == 126:
                length, = struct.unpack("!H", self.incoming.read(2))
            elif length == 127:
                length, = struct.unpack("!Q", self.incoming.read(8))
            data = self.incoming.read(length)
            if first & 0x0F == 1:
                return json.loads(data)


def main():
    live = Live()
    live.say({"op": "subscribe", "channels": ["orders:demo"]})
    while not live.hear().get("snapshot"):  # from here on nothing is missed
        pass

    # The key by which a repeat is known: after a time-out the same request is sent again.
    order = ask("POST", "/api/v1/orders", {
        "account": "demo", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "time_in_force": "gtc",
        "quantity": "0.01", "price": "43500", "client_order_id": f"python-{time.time_ns()}"})
    print("sent     ", order["order_id"], order["status"], order["reject_reason"])
    if order["status"] == "REJECTED":
        raise SystemExit(order["reject_message"])

    def until(*statuses):
        while True:
            message = live.hear()
            event = message.get("data")
            if message.get("channel") == "orders:demo" and event["order_id"] == order["order_id"]:
                print("heard    ", event["status"])
                if event["status"] in statuses:
                    return

    until("NEW")
    ask("DELETE", f"/api/v1/orders/{order['order_id']}")
    until("CANCELED", "FILLED")


if __name__ == "__main__":
    main()
