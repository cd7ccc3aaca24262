"""The figures of bench/run: how they are put together, shown and compared. No I/O but reading a stored run.

A figure is a dict: name, value, unit, better ("lower" or "higher"), floor (name of what it stands beside), floor_value,
ratio (value to floor, of the same minutes), low and high (the ratio's range over the runs), command.
"""
import json
import re
import statistics

REGRESSION = 1.15  # a ratio this much worse than the stored one fails


def figure(name, pairs, unit, better, floor, command, digits=1, floor_unit="us"):
    """From (value, floor value) pairs, each measured one right after the other."""
    ratios = [value / below for value, below in pairs]
    return {"name": name, "value": round(statistics.median(v for v, _ in pairs), digits), "unit": unit,
            "better": better, "floor": floor, "floor_value": round(statistics.median(f for _, f in pairs), 2),
            "floor_unit": floor_unit, "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
            "command": command}


SIBLINGS = (
    (r"/(batched|one_by_one|map_of_lists)\b", "/map_of_deques"),  # the structure one writes first
    (r"^WireToWire/levels:\d+", "WireFloor/levels:50"),  # the same messages, only read and written
    (r"^BM_EncodeTrade/.*", "BM_CopyTrade"),  # the same bytes, only copied
)


def sibling(name):
    """The figure of the same program that another one stands beside; None for any other figure."""
    for pattern, replacement in SIBLINGS:
        other = re.sub(pattern, replacement, name)
        if other != name:
            return other
    return None


def of_program(results):
    """name -> (nanoseconds, name of its sibling or None), from what a Google Benchmark program printed: time for each
    item where it counts them, and counters whose names end in _ns."""
    out = {}
    for result in results:
        scale = {"ns": 1, "us": 1e3, "ms": 1e6}[result["time_unit"]]
        items = result.get("items_per_second")
        counters = {f"{result['name']} {key}": value for key, value in result.items() if key.endswith("_ns")}
        out.update(counters or {result["name"]: 1e9 / items if items else result["real_time"] * scale})
    return {name: (max(value, 0.01), sibling(name) if sibling(name) in out else None) for name, value in out.items()}


def worse_by(old, new):
    """How many times worse the new ratio is than the old one: 1.0 is the same, below it better."""
    return new["ratio"] / old["ratio"] if new["better"] == "lower" else old["ratio"] / new["ratio"]


def is_in_spread(before, ratio):
    """Whether the stored run has itself seen such a ratio, in one of its pairs."""
    return before.get("low", before["ratio"]) <= ratio <= before.get("high", before["ratio"])


def compare(old_run, new_run):
    """(lines to print, names that regressed). Figures that only one run has are named, and are no regression; one that is
    worse, but no worse than a pair of the stored run was, is called unsure."""
    old = {f["name"]: f for f in old_run["figures"]}
    lines, regressed = [], []
    for what in ("cores", "quick", "fused", "transport"):
        if old_run.get(what) != new_run.get(what):
            lines.append(f"note      the stored run had {what} {old_run.get(what)}, this one {new_run.get(what)}")
    for new in new_run["figures"]:
        before = old.pop(new["name"], None)
        if before is None:
            lines.append(f"new       {new['name']}")
            continue
        factor = worse_by(before, new)
        verdict = "ok"
        if factor > REGRESSION and is_in_spread(before, new["ratio"]):
            verdict = "unsure"
        elif factor > REGRESSION:
            verdict = "REGRESSED"
            regressed.append(new["name"])
        lines.append(f"{verdict:<10}{new['name']}: ratio {before['ratio']:.3g} -> {new['ratio']:.3g} "
                     f"({(factor - 1) * 100:+.0f} %)")
    lines += [f"missing   {name}" for name in old]
    return lines, regressed


def sustained(runs):
    """The highest rate that the platform kept up with, from load reports by rate: at least 99 % of what was to leave in
    a second was done in a second, nothing was lost, 99.9 % of the orders accepted. None when it kept up with none."""
    kept = [rate for rate, report in runs.items() if keeps_up(report)]
    return max(kept) if kept else None


def keeps_up(report):
    done = report["accepted"] + report["lost_races"]
    return (report["unanswered"] == 0 and report["orders_accepted_percent"] >= 99.9 and
            done / report["elapsed_s"] >= 0.99 * report["sent"] / report["planned_s"])


def next_rate(runs, first, limit):
    """The rate to try next: doubling from `first` until one is not kept up with, then the middle between the best and
    the first failure, to a tenth. None when that is known, or past `limit`."""
    failed = [rate for rate, report in runs.items() if not keeps_up(report)]
    best = sustained(runs)
    if not runs:
        return first
    if not failed:
        return best * 2 if best * 2 <= limit else None
    worst = min(failed)
    if best is None:
        return worst / 2 if worst > first / 8 else None
    if best >= worst or worst / best <= 1.11:
        return None
    return round((best + worst) / 2)


def table(*runs):
    """Markdown; of several runs, the figures of each under its shape."""
    lines = ["| figure | measured | floor | ratio (lowest to highest) |", "|---|---|---|---|"]
    commands = {}  # what each makes, in the order of the table
    for run in runs:
        shape = "" if len(runs) == 1 else "fused: " if run.get("fused") else "fourteen processes: "
        for f in run["figures"]:
            lines.append(f"| {shape}{f['name']} | {number(f['value'])} {f['unit']} | "
                         f"{number(f['floor_value'])} {floor_unit(f)}, {f['floor']} | "
                         f"{f['ratio']:.3g} ({f['low']:.3g} to {f['high']:.3g}) |")
            made = commands.setdefault(f["command"], [])
            if f["name"] not in made:
                made.append(f["name"])
    return "\n".join([*lines, "", "Each by its command:", "",
                      *(f"    {'; '.join(names)}: {command}" for command, names in commands.items())])


def steal_percent(before, after):
    """Of two readings of /proc/stat: which part of the processors' time between them the host gave to others."""
    first, last = ([int(word) for word in text.split("\n")[0].split()[1:9]] for text in (before, after))
    return 100 * (last[7] - first[7]) / max(1, sum(last) - sum(first))


def busy_percent(before, after):
    """Of two readings of /proc/stat: which part of the processors' time between them was used, the host's share too."""
    first, last = ([int(word) for word in text.split("\n")[0].split()[1:9]] for text in (before, after))
    idle = last[3] + last[4] - first[3] - first[4]
    return 100 * (1 - idle / max(1, sum(last) - sum(first)))


def floor_unit(f):
    return f.get("floor_unit", "us")


BEGIN, END = "<!-- bench/run -->", "<!-- end -->"


def put(document, text):
    """The document with the text between its two marks. ValueError when it has not one pair of them."""
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise ValueError(f"the document has no single pair of marks {BEGIN} and {END}")
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def load(path):
    """A stored run; ValueError when it is none."""
    with open(path, encoding="utf-8") as file:
        run = json.load(file)
    if not isinstance(run, dict) or not isinstance(run.get("figures"), list):
        raise ValueError(f"{path} holds no run of bench/run")
    return run
