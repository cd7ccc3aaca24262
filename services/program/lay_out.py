#!/usr/bin/env python3
"""Lays the one program out by its profile: what runs stands together, what does not stands elsewhere (ADR 38).

    lay_out.py --bolt LLVM_BOLT --profile FILE.xz --out FILE LINKED

LINKED is the program as the linker made it (--emit-relocs); FILE becomes the program. Where BOLT fails, or does not
understand the program, FILE is LINKED as it is and a warning says why: the layout is speed, not behaviour. BOLT's words
go to FILE's name with .layout at its end, in LINKED's folder.

The profile's text, packed by xz (write_profile and read_profile; bench/layout makes it):
    NAME                       each function on a line, numbered from 0
    (an empty line)
    KIND FROM AT TO AT COUNT   a branch: from function and hexadecimal offset to function and offset, so often;
                               KIND and function as in BOLT's own format
"""
import argparse
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys

OPTIONS = ["-reorder-blocks=ext-tsp", "-reorder-functions=cdsort", "-split-functions", "-split-all-cold", "-split-eh",
           "--use-gnu-stack", "-update-debug-sections"]
# BOLT has taken a part of one function for a part of another: its output is not to be trusted.
CONFUSED = "interprocedural reference between unrelated fragments"
STALE = re.compile(r"WARNING: (\d+) out of (\d+) samples in the binary .* belong to functions with invalid")


def write_profile(path, branches):
    """branches: (kind, function, offset, kind, function, offset, count); kinds and offsets as BOLT writes them."""
    names = {}
    lines = []
    for from_kind, source, at, to_kind, target, to, count in branches:
        source, target = (names.setdefault(name, len(names)) for name in (source, target))
        lines.append(f"{from_kind}{to_kind} {source} {at} {target} {to} {count}")
    text = "\n".join([*names, "", *lines, ""])
    pathlib.Path(path).write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def read_profile(path):
    names, _, lines = lzma.decompress(pathlib.Path(path).read_bytes()).decode().partition("\n\n")
    names = names.split("\n")
    for line in lines.splitlines():
        kinds, source, at, target, to, count = line.split(" ")
        yield kinds[0], names[int(source)], at, kinds[1], names[int(target)], to, int(count)


def stale_share(words):
    """Of what BOLT said: which part of the profile's counts is of functions that have changed since, 0 to 1."""
    found = STALE.search(words)
    return int(found[1]) / max(1, int(found[2])) if found else 0.0


def lay_out(bolt, profile, linked, out):
    """The words of BOLT; raises ValueError where there is no layout."""
    data = linked.with_name(linked.name + ".fdata")
    with data.open("w") as file:
        for branch in read_profile(profile):
            file.write("%s %s %s %s %s %s 0 %d\n" % branch)
    try:
        done = subprocess.run([bolt, str(linked), "-o", str(out), f"-data={data}", *OPTIONS], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    finally:
        data.unlink()
    if done.returncode != 0:
        raise ValueError(f"{bolt} ended with {done.returncode}: {' '.join(done.stdout.strip().splitlines()[-1:])}")
    if CONFUSED in done.stdout:
        raise ValueError(f"{bolt} confuses parts of functions")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), description=__doc__.split("\n")[0])
    parser.add_argument("--bolt", required=True)
    parser.add_argument("--profile", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("linked", type=pathlib.Path)
    options = parser.parse_args()
    out = options.out.resolve()
    scratch = options.linked.with_name(out.name + ".new")
    said = options.linked.with_name(out.name + ".layout")
    said.unlink(missing_ok=True)
    try:
        words = lay_out(options.bolt, options.profile, options.linked, scratch)
        said.write_text(words)
        stale = stale_share(words)
        if stale > 0.1:
            print(f"tradewind-services: {stale:.0%} of its profile is of functions that have changed; bench/layout takes it anew")
    except (OSError, ValueError, lzma.LZMAError) as error:
        print(f"warning: tradewind-services is not laid out: {error}", file=sys.stderr)
        scratch.unlink(missing_ok=True)
        shutil.copy2(options.linked, scratch)
    os.replace(scratch, out)


if __name__ == "__main__":
    main()
