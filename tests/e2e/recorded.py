"""Recorded markets, worked out again in plain Python from the files alone: what the platform must come to."""
import collections
import datetime
import decimal
import random
import zipfile
import zoneinfo

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
SPANS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400}
MICROS = 1_000_000


def lines(path):
    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return [line.split(",") for line in text.splitlines()]


def micros(day, zone, ms):
    """Microseconds since 1970 of `ms` since local midnight."""
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=zone)
    # By the clock on the wall; sessions do not change their offset within these days.
    return int(midnight.timestamp()) * MICROS + ms * 1000


def day_of(path):
    return datetime.datetime.strptime(path.name[:8], "%Y%m%d").date()


def trades(path):
    """(time in microseconds, price, size) of an IBM day, in file order."""
    day = day_of(path)
    return [(micros(day, NEW_YORK, int(row[0])), int(row[1]) / 10000, int(row[2])) for row in lines(path)]


def session_bars(path, interval):
    """Bars of the interval from an IBM day: aligned to midnight, the open or the close, cut where the phase ends."""
    day, span = day_of(path), SPANS[interval] * MICROS
    midnight = micros(day, NEW_YORK, 0)
    opens, closes = midnight + 34_200 * MICROS, midnight + 57_600 * MICROS
    bars = collections.OrderedDict()
    for time, price, size in sorted(trades(path), key=lambda row: row[0]):
        begin = closes if time >= closes else opens if time >= opens else midnight
        if interval == "1d":
            if begin != opens:
                continue
            start = opens
        else:
            start = begin + (time - begin) // span * span
        bar = bars.setdefault(start, [price, price, price, price, 0, 0])
        bar[1], bar[2], bar[3] = max(bar[1], price), min(bar[2], price), price
        bar[4] += size
        bar[5] += 1
    return [[start, *bar] for start, bar in bars.items()]


def crossed_and_locked(path):
    """Milliseconds of an IBM day after which the best bid was above, and at, the best ask."""
    bid = ask = 0
    crossed = locked = 0
    rows = lines(path)
    for at, row in enumerate(rows):
        bid, ask = int(row[1]) or bid, int(row[3]) or ask
        if at + 1 == len(rows) or rows[at + 1][0] != row[0]:
            crossed += bool(bid and ask and bid > ask)
            locked += bool(bid and ask and bid == ask)
    return crossed, locked


def minute_bars(path):
    """[time, open, high, low, close, volume] of a crypto day of LEAN, figures exact."""
    day = day_of(path)
    return [[micros(day, datetime.timezone.utc, int(row[0])), *map(rounded, row[1:])] for row in lines(path)]


def rounded(text):
    return decimal.Decimal(text).quantize(decimal.Decimal("0.00000001"), decimal.ROUND_HALF_UP)


class Depth:
    """A made-up level 2 recording in Binance's form, and what comes of it: a message is lost, a snapshot heals."""
    LOST, HEALED, MESSAGES = 300, 600, 1000
    START = 1_700_000_000_000

    def __init__(self, seed):
        self.text = ["symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu"]
        self.quotes = []  # (bid, bid size, ask, ask size)
        self.random = random.Random(seed)
        self.book = {"b": {}, "a": {}}
        shown, whole = None, True
        for number in range(1, self.MESSAGES + 1):
            changes = self.change(20 if number == 1 else self.random.randint(1, 6))
            if number in (1, self.HEALED):
                self.write(number, "snap", [(s, p, q) for s in "ba" for p, q in self.book[s].items()], -1)
                whole = True
            elif number == self.LOST:
                whole = False
            else:
                self.write(number, "set", changes, number - 1)
            if whole:
                best = (*self.best("b"), *self.best("a"))
                if best != shown:
                    shown = best
                    self.quotes.append(best)

    def change(self, count):
        changes = []
        for side in "ba":
            for _ in range(count):
                price = self.random.randint(9970, 9999) if side == "b" else self.random.randint(10001, 10030)
                size = self.random.randint(0, 3) if len(self.book[side]) > 10 else self.random.randint(1, 9)
                self.book[side].pop(price, None)
                if size:
                    self.book[side][price] = size
                changes.append((side, price, size))
        return changes

    def best(self, side):
        price = max(self.book["b"]) if side == "b" else min(self.book["a"])
        return price, self.book[side][price]

    def side(self, side):
        prices = sorted(self.book[side], reverse=side == "b")[:100]
        return [[float(p) for p in prices], [float(self.book[side][p]) for p in prices]]

    def write(self, number, kind, rows, previous):
        for side, price, size in rows:
            self.text.append(f"TESTUSD,{self.START + 10 * number},{number},{number},{side},{kind},{price},{size},{previous}")
