"""What the tests of deploy/prometheus and deploy/grafana share."""
import json
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_tool(name):
    """Path of a Debian tool: unpacked by deploy/install --tests, or installed; None where it is neither."""
    for folder in ("usr/bin", "usr/sbin"):
        path = ROOT / "build/tools" / folder / name
        if path.exists():
            return str(path)
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def services():
    """[(name, HTTP port, gRPC port)], as in deploy/services.txt."""
    rows = [line.split() for line in (ROOT / "deploy/services.txt").read_text().splitlines()]
    return [tuple(r) for r in rows if len(r) == 3 and not r[0].startswith("#")]


def dashboards():
    return {p.name: json.loads(p.read_text()) for p in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))}


def queries(boards):
    """[("file: panel", expression)] of all panels and annotations."""
    found = []
    for name, board in boards.items():
        for panel in board["panels"]:
            found += [(f"{name}: {panel['title']}", t["expr"]) for t in panel.get("targets", [])]
        found += [(f"{name}: annotations", a["expr"]) for a in board["annotations"]["list"] if "expr" in a]
    return found
