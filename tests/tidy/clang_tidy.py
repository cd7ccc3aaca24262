"""clang-tidy over the C++ files of a built tree, those that have not passed yet as they are. Exit 1 on any finding.

clang_tidy.py [--tree DIR] [--jobs N] [--group N] [--list] [FILE...]   FILE: relative to the repository; default: all

A file passed when clang-tidy had nothing to say about it. What it then saw is remembered as a hash over the file, every
header it includes, its compile command, each .clang-tidy and the version of clang-tidy, in DIR/clang-tidy.passed, so that an
interrupted run goes on where it was and the next one looks at what changed. Generated sources are exempt.

Most of clang-tidy's time goes into the headers, so up to N files that are compiled alike are shown to it as one, which reads
their headers once. Files that do not compile as one (the same name in both) are parted until they do,
and what is found in one of many is looked for in that file alone.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

CLANG_TIDY = "clang-tidy-14"
ROOT = pathlib.Path(__file__).resolve().parents[2]
# Clang's own count of what it did not show, and what it thinks of gcc's options, are no findings.
NOISE = re.compile(r"^(\d+ warnings? (generated|treated as errors?)|Suppressed \d+ warnings|Use -header-filter|"
                   r"\d+ warnings? and \d+ errors? generated|Error while processing)")


class Hashes:
    """Of file contents below the repository; system headers count by their name, size and time."""

    def __init__(self):
        self.known = {}

    def of(self, path):
        if path not in self.known:
            try:
                if ROOT in path.parents:
                    self.known[path] = hashlib.sha256(path.read_bytes()).hexdigest()
                else:
                    stat = path.stat()
                    self.known[path] = f"{stat.st_size} {stat.st_mtime_ns}"
            except OSError:
                self.known[path] = "absent"
        return self.known[path]


def relative(text):
    return text.replace(str(ROOT), ".")


def sources_of(compiled):
    """What the compiler is given: a source, or the sources that CMake's unity build puts into one file."""
    if compiled.parent.name != "Unity":
        return [compiled]
    return [pathlib.Path(name) for name in re.findall(r'^#include "(.+)"$', compiled.read_text(), re.MULTILINE)]


class Tree:
    def __init__(self, folder):
        self.folder = folder
        self.passed_file = folder / "clang-tidy.passed"
        self.passed = set(self.passed_file.read_text().split()) if self.passed_file.exists() else set()
        self.hashes = Hashes()
        version = subprocess.run([CLANG_TIDY, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.common = (version, *(relative(f"{path}\n{path.read_text()}") for path in
                                  [ROOT / ".clang-tidy", *sorted(ROOT.glob("*/.clang-tidy"))]))
        self.commands = {}  # source: (object as ninja calls it, command)
        for entry in json.loads((folder / "compile_commands.json").read_text()):
            for source in sources_of((pathlib.Path(entry["directory"]) / entry["file"]).resolve()):
                if ROOT in source.parents and folder not in source.parents:
                    self.commands.setdefault(source, (entry.get("output", ""), entry["command"]))
        self.headers = self.read_headers()

    def read_headers(self):
        """Ninja's record of what each object was made from."""
        out = subprocess.run(["ninja", "-C", self.folder, "-t", "deps"], check=True, stdout=subprocess.PIPE, text=True).stdout
        headers, current = {}, None
        for line in out.splitlines():
            if line.startswith("    "):
                headers[current].append((self.folder / line.strip()).resolve())
            elif ": #deps" in line:
                current = line.split(": #deps")[0]
                headers[current] = []
        return headers

    def key(self, source):
        """None when the object was never built: then nothing can be remembered."""
        target, command = self.commands[source]
        if not target:
            found = re.search(r" -o (\S+)", command)
            target = found.group(1) if found else ""
        headers = self.headers.get(target)
        if not headers:
            return None
        digest = hashlib.sha256()
        for part in (*self.common, relative(command)):
            digest.update(part.encode() + b"\0")
        for header in sorted(set(headers) | {source}):
            digest.update(f"{relative(str(header))} {self.hashes.of(header)}\0".encode())
        return digest.hexdigest()

    def flags(self, source):
        """The compile command without what names the file: files with the same flags can be read as one. Headers that gcc has
        compiled are of no use to clang, and a source has to include what it needs; nor does clang know all of gcc's warnings."""
        _, command = self.commands[source]
        return re.sub(r" -Winvalid-pch| -Wno-subobject-linkage| -include \S+/cmake_pch\.hxx| -o \S+ -c \S+$", "", command)

    def groups(self, sources, size):
        """Lists of at most SIZE sources of one folder with the same flags."""
        alike = {}
        for source in sources:
            alike.setdefault((source.parent, self.flags(source)), []).append(source)
        return [files[at:at + size] for files in alike.values() for at in range(0, len(files), size)]

    def check(self, group):
        """[(source, findings, seconds)], an equal share of the time for each."""
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="clang-tidy-", dir=self.folder) as folder:
                unit = Unit(pathlib.Path(folder), group, self.flags(group[0]))
                if len(group) > 1 and not unit.compiles():
                    middle = len(group) // 2
                    return self.check(group[:middle]) + self.check(group[middle:])
                findings = unit.findings()
            if len(group) > 1 and findings:
                # Read as one, files see more of each other than they do: each has to answer for itself.
                return [self.check([source])[0] if source in findings else (source, "", 0.0) for source in group]
        except OSError as error:
            findings = dict.fromkeys(group, str(error))
        share = (time.monotonic() - start) / len(group)
        return [(source, findings.get(source, ""), share) for source in group]

    def remember(self, key):
        if key:
            with self.passed_file.open("a") as file:
                file.write(key + "\n")


class Unit:
    """Sources one after the other in one file, below the tree so that the repository's .clang-tidy holds for it."""

    # Any check that costs nothing: without one clang-tidy does not start.
    PARSE_ONLY = "--checks=-*,bugprone-terminating-continue"

    def __init__(self, folder, sources, flags):
        self.folder, self.file, self.lines = folder, folder / "unit.cc", []
        text = ""
        for source in sources:
            own = source.read_text()
            own += "" if own.endswith("\n") else "\n"
            self.lines += [(source, number) for number in range(1, own.count("\n") + 1)]
            text += own
        self.file.write_text(text)
        # The folder's own rules hold for its files; those of the repository are found further up.
        rules = ROOT / sources[0].relative_to(ROOT).parts[0] / ".clang-tidy"
        if rules.exists():
            (folder / ".clang-tidy").write_text(rules.read_text())
        command = f"{flags} -o unit.o -c {self.file}"
        (folder / "compile_commands.json").write_text(
            json.dumps([{"directory": str(folder), "file": str(self.file), "command": command}]))
        self.sources = sources

    def tidy(self, *options):
        run = subprocess.run([CLANG_TIDY, "-p", self.folder, "--quiet", *options, self.file], cwd=ROOT,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        return run.returncode, run.stdout

    def compiles(self):
        return self.tidy(self.PARSE_ONLY)[0] == 0

    def findings(self):
        """{source: what was said of it}; what was said of a header is said of all of them."""
        code, text = self.tidy()
        if code == 0:
            return {}
        found, of = {}, None
        for line in text.splitlines():
            if NOISE.match(line):
                continue
            place = re.match(r"(\S+?):(\d+):\d+: (error|warning|note): ", line)
            if place and place.group(1) == str(self.file):
                source, number = self.lines[int(place.group(2)) - 1]
                line = f"{source}:{number}{line[place.end(2):]}"
            if place and place.group(3) != "note":
                of = [source] if place.group(1) == str(self.file) else self.sources
            for source in of or self.sources:
                found.setdefault(source, []).append(line)
        if not found:
            return dict.fromkeys(self.sources, f"{CLANG_TIDY} ended with {code} and said nothing")
        return {source: "\n".join(lines) for source, lines in found.items()}


def chosen(tree, names):
    if not names:
        return sorted(tree.commands)
    wanted = {(ROOT / name).resolve() for name in names}
    unknown = wanted - set(tree.commands)
    if unknown:
        sys.exit("not compiled in this tree: " + " ".join(sorted(relative(str(u)) for u in unknown)))
    return sorted(wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", default="build/release", help="a built tree (default: build/release)")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--group", type=int, default=16, help="files read as one; 1: each alone (default: 16)")
    parser.add_argument("--list", action="store_true", help="only print the files that have not passed yet")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    tree = Tree((ROOT / args.tree).resolve())
    sources = chosen(tree, args.files)
    due = [s for s in sources if (tree.key(s) or "") not in tree.passed]
    if args.list:
        print("\n".join(relative(str(s)) for s in due))
        return 0
    print(f"clang-tidy: {len(due)} of {len(sources)} files have not passed yet", flush=True)
    failed, number, shown = [], 0, set()
    keys = {source: tree.key(source) for source in due}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(tree.check, group) for group in tree.groups(due, max(1, args.group))]
        for future in concurrent.futures.as_completed(running):
            for source, findings, seconds in future.result():
                number, name = number + 1, relative(str(source))
                print(f"[{number}/{len(due)}] {name}: {'FAILED' if findings else 'passed'} in {seconds:.0f} s", flush=True)
                if not findings:
                    tree.remember(keys[source])
                    continue
                failed.append(name)
                if findings not in shown:
                    print(relative(findings), flush=True)
                shown.add(findings)
    print(f"clang-tidy: {len(sources) - len(failed)} of {len(sources)} files clean" +
          "".join(f"\n  {name}" for name in sorted(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
