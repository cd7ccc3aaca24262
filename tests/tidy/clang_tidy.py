"""clang-tidy over the C++ files of a built tree, those that have not passed yet as they are. Exit 1 on any finding.

clang_tidy.py [--tree DIR] [--jobs N] [--list] [FILE...]     FILE: relative to the repository; default: all of the tree

A file passed when clang-tidy had nothing to say about it. What it then saw is remembered as a hash over the file, every
header it includes, its compile command, each .clang-tidy and the version of clang-tidy, in DIR/clang-tidy.passed, so that an
interrupted run goes on where it was and the next one looks at what changed. Generated sources are exempt.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
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
            source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
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

    def check(self, source):
        """(key, findings, seconds)."""
        start, key = time.monotonic(), self.key(source)
        run = subprocess.run([CLANG_TIDY, "-p", self.folder, "--quiet", source], cwd=ROOT,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        text = "\n".join(line for line in run.stdout.splitlines() if not NOISE.match(line)).strip()
        if run.returncode != 0 and not text:
            text = f"{CLANG_TIDY} ended with {run.returncode} and said nothing"
        return key, text if run.returncode != 0 else "", time.monotonic() - start

    def remember(self, key):
        if key:
            with self.passed_file.open("a") as file:
                file.write(key + "\n")


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
    failed = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = {pool.submit(tree.check, s): s for s in due}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            name, (key, findings, seconds) = relative(str(running[future])), future.result()
            print(f"[{number}/{len(due)}] {name}: {'FAILED' if findings else 'passed'} in {seconds:.0f} s", flush=True)
            if findings:
                failed.append(name)
                print(relative(findings), flush=True)
            else:
                tree.remember(key)
    print(f"clang-tidy: {len(sources) - len(failed)} of {len(sources)} files clean" +
          "".join(f"\n  {name}" for name in sorted(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
