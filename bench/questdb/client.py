#!/usr/bin/env python3
"""The rows of rows_load.cc by QuestDB's own Python client (PyPI: questdb), and what became of them as one JSON line.

    client.py --port N --seconds S --venue NAME [--api dataframe|row]

bench/questdb/run starts it with the Python that has the client. `dataframe` hands over 10,000 rows of arrays at a time,
which is the client's fastest way in; `row` is one call a row.
"""
import argparse
import json
import time

from questdb.ingress import Sender, TimestampNanos

START_NS = 1_700_000_000_000_000_000
STEP_NS = 20_000
SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "IBM"]
CHUNK = 10_000  # rows, of both tables together


def price(number):
    return 45_000 + number % 1_000 * 0.01


def send_rows(sender, venue, first):
    for number in range(first, first + CHUNK):
        at = TimestampNanos(START_NS + number * STEP_NS)
        symbols = {"venue": venue, "symbol": SYMBOLS[number // 4 % 4]}
        if number % 4 == 3:
            symbols["side"] = "BUY" if number % 8 == 3 else "SELL"
            sender.row("trades", symbols=symbols, at=at, columns={
                "source_seq": number, "price": price(number), "quantity": 0.12345, "receive_time": at})
        else:
            sender.row("quotes", symbols=symbols, at=at, columns={
                "source_seq": number, "bid": price(number), "bid_size": 1.25, "ask": price(number) + 0.5,
                "ask_size": 0.75, "receive_time": at})
    sender.flush()


def send_frames(sender, venue, first):
    import numpy
    import pandas
    numbers = numpy.arange(first, first + CHUNK)
    at = pandas.to_datetime(START_NS + numbers * STEP_NS, unit="ns")
    frame = pandas.DataFrame({
        "at": at, "venue": pandas.Categorical.from_codes(numpy.zeros(CHUNK, "int8"), [venue]),
        "symbol": pandas.Categorical.from_codes((numbers // 4 % 4).astype("int8"), SYMBOLS), "source_seq": numbers,
        "bid": 45_000 + numbers % 1_000 * 0.01, "receive_time": at})
    trade = numbers % 4 == 3
    trades = frame[trade].rename(columns={"bid": "price"})
    trades["side"] = pandas.Categorical.from_codes((numbers[trade] % 8 != 3).astype("int8"), ["BUY", "SELL"])
    trades["quantity"] = 0.12345
    quotes = frame[~trade].copy()
    quotes["ask"] = quotes["bid"] + 0.5
    quotes["bid_size"] = 1.25
    quotes["ask_size"] = 0.75
    for table, rows in (("quotes", quotes), ("trades", trades)):
        sender.dataframe(rows, table_name=table, at="at", symbols=[c for c in ("venue", "symbol", "side") if c in rows])
    sender.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--venue", default="CLIENT")
    parser.add_argument("--api", choices=["dataframe", "row"], default="dataframe")
    options = parser.parse_args()
    send = send_frames if options.api == "dataframe" else send_rows
    sent = 0
    with Sender.from_conf(f"http::addr=127.0.0.1:{options.port};auto_flush=off;") as sender:
        began = time.monotonic()
        while time.monotonic() - began < options.seconds:
            send(sender, options.venue, sent)
            sent += CHUNK
        seconds = time.monotonic() - began
    print(json.dumps({"rows": sent, "seconds": seconds, "rows_per_second": sent / seconds, "api": options.api}))


if __name__ == "__main__":
    main()
