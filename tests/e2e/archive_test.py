"""tradewind journal archive while orders flow: sealed segments of oms's ledger move to another folder, the running oms and
its readers notice nothing, and after kill -9 in the middle everything that was acknowledged is there."""
import json
import os
import random
import shutil
import struct
import threading
import time
import unittest

from crash_test import Load
from stack import Stack, place, wait_until

ARCHIVE = place().data.with_name("e2e-archive")
BACKUP = place().data.with_name("e2e-archive-backup")
GROUP_HEADER = 80
SEGMENTS = 6


def groups_of(segment):
    """The groups of a segment as bytes (docs/journal-format.md)."""
    at = 0
    while segment[at:at + 8] == b"TWGROUP\x1a":
        size = GROUP_HEADER + struct.unpack_from("<I", segment, at + 32)[0]
        yield segment[at:at + size]
        at += size


def cut_into_segments(journal, count):
    """The first segment of a stopped oms, which a day fills, as `count` short ones of two hours ago: a group never crosses
    segments."""
    first = journal / "00000001.journal"
    groups = list(groups_of(first.read_bytes()))
    for empty in journal.glob("*.journal"):
        empty.unlink()
    for i in range(count):
        part = groups[len(groups) * i // count:len(groups) * (i + 1) // count]
        path = journal / f"{i + 1:08}.journal"
        path.write_bytes(b"".join(part) + bytes(4096))
        os.utime(path, times=(time.time() - 7200, time.time() - 7200))


class Archiver(threading.Thread):
    """The command, again and again."""

    def __init__(self, stack):
        super().__init__(daemon=True)
        self.stack, self.stop_now, self.runs, self.failures = stack, threading.Event(), [], []

    def archive(self, *more):
        return self.stack.tradewind("--json", "journal", "archive", str(self.stack.data / "oms/journal"), "--to",
                                    str(ARCHIVE), "--older-than", "1h", *more, check=False)

    def run(self):
        while not self.stop_now.is_set():
            run = self.archive()
            (self.runs if run.returncode == 0 else self.failures).append(run.stdout + run.stderr)
            time.sleep(0.1)


class ArchiveTest(unittest.TestCase):
    def setUp(self):
        for folder in (ARCHIVE, BACKUP):
            shutil.rmtree(folder, ignore_errors=True)
        ARCHIVE.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, ARCHIVE, ignore_errors=True)
        self.addCleanup(shutil.rmtree, BACKUP, ignore_errors=True)

    def load(self, stack, seed, wanted):
        load = Load(stack, seed)
        load.start()
        wait_until(lambda: len(load.acknowledged) > wanted, 60, 0.1, "orders flow")
        return load

    def links(self, stack):
        return [path for path in (stack.data / "oms/journal").glob("*.journal") if path.is_symlink()]

    def test_old_segments_move_while_orders_flow(self):
        seed = random.randrange(1 << 30)
        print("seed", seed)
        with Stack(questdb=False) as stack:
            stack.wait_for_market()
            load = self.load(stack, seed, 60)
            load.stop_now.set()
            load.join(60)
            stack.down()
            journal = stack.data / "oms/journal"
            cut_into_segments(journal, SEGMENTS)
            shutil.rmtree(stack.data / "oms/index", ignore_errors=True)  # it knows the old places
            before = dict(load.acknowledged)
            stack.up()
            stack.wait_for_market()

            archiver = Archiver(stack)
            wanted = json.loads(archiver.archive("--dry-run").stdout)
            self.assertEqual((wanted["archived"], self.links(stack)), (SEGMENTS - 1, []), "all but what is written to")
            archiver.start()
            # The same orders again, which are known through the links as well, and then new ones.
            load = self.load(stack, seed, len(before) + 20)
            self.assertEqual({i: load.acknowledged[i][1].get("duplicate") for i in before}, dict.fromkeys(before, True))
            wait_until(lambda: len(self.links(stack)) == SEGMENTS - 1, 30, 0.05, "segments are archived")
            for _ in range(2):
                stack.kill("oms")
                stack.wait_healthy(60)
            stack.kill("pnl")  # reads the ledger from its first event, through the links
            stack.wait_healthy(60)
            acknowledged = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) > acknowledged + 20, 30, 0.1, "orders flow on")
            for thread in (archiver, load):
                thread.stop_now.set()
                thread.join(60)
            self.assertEqual(archiver.failures, [])
            self.assertIn('"archived_before":5', archiver.runs[-1])

            for order_id, (asked, told) in {**before, **load.acknowledged}.items():
                now = stack.get("oms", f"/orders/{order_id}").json
                self.assertEqual(now["client_order_id"], asked["client_order_id"])
                if told["status"] == "REJECTED":
                    self.assertEqual(now["status"], "REJECTED")
            audit = stack.tradewind("audit", "--no-questdb", "--settle", "30s", check=False)
            self.assertEqual(audit.returncode, 0, audit.stdout + audit.stderr)

            stack.tradewind("backup", "--no-questdb", str(BACKUP), "--stop-max", "10s")
            stack.down()
            verify = json.loads(stack.tradewind("--json", "journal", "verify", str(journal)).stdout)
            self.assertGreaterEqual(verify["segments"], SEGMENTS)
            self.assertGreater(verify["anchored"], 0)
            for path in self.links(stack):
                self.assertEqual(path.resolve().parent, ARCHIVE)
                copy = BACKUP / "oms/journal" / path.name
                self.assertFalse(copy.is_symlink(), "a backup holds the bytes")
                self.assertEqual(copy.read_bytes(), path.read_bytes().rstrip(b"\0"))
            self.assertEqual(stack.tradewind("backup", "--verify", str(BACKUP)).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
