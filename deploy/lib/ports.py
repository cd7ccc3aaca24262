"""Says which of the platform's ports somebody else listens on: ports.py OFFSET [NAME:PORT ...]; exit 1 if any.

The gRPC ports lie in Linux's range for outgoing connections (32768 to 60999), so a client of some other program may
sit on one for a moment. That is only reported: the service that meets it is started again until the port is free.
"""
import pathlib
import sys

LISTEN = "0A"


def local_ports():
    """Yields (port, state) of every TCP socket of this machine."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = pathlib.Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            yield int(fields[1].rsplit(":", 1)[1], 16), fields[3]


def wanted_ports(offset, extra):
    """{port: who wants it}."""
    table = pathlib.Path(__file__).parent.parent / "services.txt"
    ports = {}
    for line in table.read_text().splitlines():
        if line and not line.startswith("#"):
            name, http, grpc = line.split()
            ports[int(http) + offset] = f"{name} (HTTP)"
            ports[int(grpc) + offset] = f"{name} (gRPC)"
    for item in extra:
        name, port = item.split(":")
        ports[int(port)] = name
    return ports


def main():
    wanted = wanted_ports(int(sys.argv[1]), sys.argv[2:])
    taken = 0
    busy = {}
    for port, state in local_ports():
        if port in wanted:
            busy[port] = busy.get(port, False) or state == LISTEN
    for port, listening in sorted(busy.items()):
        if listening:
            print(f"port {port}, wanted by {wanted[port]}, is taken by another program", file=sys.stderr)
            taken += 1
    if taken:
        print("stop that program, or use deploy/up --port-offset N (12000, say)", file=sys.stderr)
    return 1 if taken else 0


if __name__ == "__main__":
    sys.exit(main())
