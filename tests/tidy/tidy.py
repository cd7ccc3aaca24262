"""Source rules that no compiler checks; every message says what to do instead. Exit 1 if any is broken.

tidy.py [ROOT]   checks the files git knows, and new ones it does not ignore

Floating point in a pure source is excused by `// tidy: analytics, <reason>` on its line or the one above it, and for a
whole file whose business it is by `// tidy: analytics file, <reason>` in the comment at its top.
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 500

# In PURE sources: pattern, remedy.
PURE_BANS = [
    (re.compile(r"::now\("), "take `Timestamp now` as an argument; a Clock lives in the shell"),
    (re.compile(r"\b(s?rand|random_device|mt19937(_64)?|absl::BitGen)\b"),
     "take the seed or the value as an argument; ids come from the state"),
    (re.compile(r"\bgetenv\b"), "read it in the service's config.cc (libs/config) and pass the value"),
    (re.compile(r"\bstd::(thread|jthread|mutex|shared_mutex|recursive_mutex|condition_variable|atomic|async|future)\b"),
     "a core has one owner; concurrency lives in libs/sequencer and the shell"),
    (re.compile(r"\bgrpc(::|pp/)|\.pb\.h\"|\.grpc\.pb\.h"), "translate in the shell's convert.cc; a core knows no wire type"),
    (re.compile(r"\b(double|float)\b"),
     "use Price, Quantity, Money or an integer with its unit; statistics say `// tidy: analytics, <reason>`"),
    (re.compile(r"\bstd::unordered_\w+"), "use absl::flat_hash_map to look up, absl::btree_map to iterate in order"),
]
EXCUSE = re.compile(r"//\s*tidy: analytics\b(?! file)(.*)$")
EXCUSE_FILE = re.compile(r"^//\s*tidy: analytics file\b(.*)$", re.M)
ANALYTICS = PURE_BANS[5][0]

GRPCPP = re.compile(r"#include\s*[<\"](grpcpp|grpc\+\+)/|#include\s*[<\"][^>\"]*\.grpc\.pb\.h")
TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Folders of one person's machine, and hosts that only one network has.
MACHINE = [
    (re.compile(r"(?<![\w$}])/(home|Users|work|root)/\w"), "say it relative to the repository, or take it as an option"),
    (re.compile(r"https?://(?!127\.0\.0\.1)[\w.-]*(artifactory|nexus|\.internal\b|\.corp\b|pkg\.dev)"),
     "name no package host: the machine's own apt, Maven and npm settings decide"),
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
CMAKE_CALL = re.compile(r"\b(tw_library|tw_service)\s*\(([^)]*)\)")
CPP = {".cc", ".h"}
WEB = {".ts", ".tsx", ".mjs", ".css"}
# In the web page: pattern, remedy.
WEB_BANS = [
    (re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b"),
     "build elements: what the server says is text, never markup"),
    (re.compile(r"\beval\(|\bnew Function\("), "the page's policy forbids it"),
    (re.compile(r"\bparseFloat\(|\.toPrecision\("), "money stays a text or an integer of 1e-8: src/lib/decimal.ts"),
    (re.compile(r"@ts-(ignore|nocheck|expect-error)|(:|\bas)\s+any\s*[;,)\]=]"), "say what it is: types are the page's first test"),
]
TEXT = CPP | {".md", ".py", ".sh", ".txt", ".toml", ".proto", ".cmake", ".json", ".yaml", ".yml", ".ts", ".tsx", ".mjs",
              ".css", ".html", ""}


class Tidy:
    def __init__(self, root):
        self.root = root
        self.problems = []
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                                stdout=subprocess.PIPE, text=True).stdout.split("\n")
        self.files = sorted(pathlib.PurePosixPath(f) for f in listed if f and (root / f).is_file())

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def report(self, path, line, what, remedy):
        self.problems.append(f"{path}:{line}: {what}; {remedy}")

    def pure_sources(self):
        """Files listed in tw_library(... PURE ...) and in the CORE of tw_service."""
        pure = set()
        for path in self.files:
            if path.name != "CMakeLists.txt":
                continue
            text = re.sub(r"#.*", "", self.text(path))
            for kind, arguments in CMAKE_CALL.findall(text):
                words = arguments.split()
                if kind == "tw_library" and "PURE" in words:
                    pure |= self.listed(path.parent, words, "SRCS")
                elif kind == "tw_service":
                    pure |= self.listed(path.parent, words, "CORE")
        return pure

    @staticmethod
    def listed(folder, words, keyword):
        """What follows the keyword, up to the next one."""
        names = set()
        if keyword in words:
            for word in words[words.index(keyword) + 1:]:
                if word.isupper():
                    break
                names.add(folder / word)
        return names

    def check_pure(self, path):
        text = self.text(path)
        whole = EXCUSE_FILE.search(text)
        in_comment, above = False, None
        for number, line in enumerate(text.splitlines(), 1):
            code, in_comment = strip_comments(line, in_comment)
            excuse = EXCUSE.search(line)
            for pattern, remedy in PURE_BANS:
                found = pattern.search(code)
                if not found:
                    continue
                marker = whole or excuse or above
                if pattern is not ANALYTICS or not marker:
                    self.report(path, number, f"{found.group(0)} in a PURE source", remedy)
                elif len(marker.group(1).strip(" ,:.-")) < 8:
                    self.report(path, number, "the marker gives no reason", "say why after the comma")
            above = excuse if not code.strip() else None

    def check_cpp(self, path):
        lines = self.text(path).splitlines()
        if len(lines) > LINES_MAX:
            self.report(path, LINES_MAX, f"{len(lines)} lines", f"split it by noun; {LINES_MAX} is the limit, 300 the aim")
        in_rpc = path.parts[:2] == ("libs", "rpc") or path.parts[:3] == ("tests", "libs", "rpc") or path.parts[0] == "bench" or \
            path.parts[:2] == ("docs", "examples")
        for number, line in enumerate(lines, 1):
            if GRPCPP.search(line) and not in_rpc:
                self.report(path, number, "a gRPC header outside libs/rpc", "use tw::rpc; one header costs seconds a file")
            if "TW_CHECK(false)" in line:
                self.report(path, number, "TW_CHECK(false)", "TW_UNREACHABLE() says so to a sanitizer's compiler too")
        if path.suffix == ".h" and not any(line.startswith("#pragma once") for line in lines):
            self.report(path, 1, "no #pragma once", "add it below the header's comment")

    def check_web(self, path):
        lines = self.text(path).splitlines()
        if len(lines) > LINES_MAX:
            self.report(path, LINES_MAX, f"{len(lines)} lines", f"split it by noun; {LINES_MAX} is the limit, 300 the aim")
        for number, line in enumerate(lines, 1):
            for pattern, remedy in WEB_BANS:
                found = pattern.search(line)
                if found:
                    self.report(path, number, found.group(0), remedy)

    def check_made_files(self):
        """What a build or npm makes stays out, and a lock file names no host: each machine has its own."""
        for path in self.files:
            if {"node_modules", "dist"} & set(path.parts[:-1]):
                self.report(path, 1, "made by a build", "leave it out: .gitignore")
            if path.name == "package-lock.json":
                for number, line in enumerate(self.text(path).splitlines(), 1):
                    if '"resolved"' in line:
                        self.report(path, number, "names a package host", "npm install with omit-lockfile-registry-resolved")

    def check_text(self, path):
        if path.parts[:2] == ("tests", "tidy") or path.suffix not in TEXT or path.name in ("LICENSE", "package-lock.json"):
            return
        for number, line in enumerate(self.text(path).splitlines(), 1):
            found = TODO.search(line)
            if found:
                self.report(path, number, found.group(0), "do it, or write an issue and say here what holds today")
            for pattern, remedy in MACHINE:
                found = pattern.search(line)
                if found and not line.startswith("#!"):
                    self.report(path, number, f"machine path or host {found.group(0)!r}", remedy)

    def check_doc(self, path):
        text = self.text(path)
        plain = re.sub(r"^(```|~~~).*?^\1", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.M | re.S)
        headings = [n for n, line in enumerate(plain.splitlines(), 1) if re.match(r"# \S", line)]
        if len(headings) != 1:
            self.report(path, headings[1] if headings else 1, f"{len(headings)} top headings", "a page has exactly one `# `")
        for number, line in enumerate(plain.splitlines(), 1):
            for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
                target = (match.group(1) or match.group(2)).split("#")[0]
                if not target or re.match(r"[a-z]+:", target):
                    continue
                if not (self.root / path.parent / target).exists():
                    self.report(path, number, f"link to {target}, which is not there", "fix the path, relative to this page")

    def check_readmes(self):
        for path in self.files:
            parts = path.parts
            if len(parts) == 3 and parts[0] in ("services", "libs") and parts[2] == "CMakeLists.txt":
                readme = path.parent / "README.md"
                if not (self.root / readme).is_file():
                    self.report(readme, 1, "missing", "purpose, table of files, threads, failure behaviour")

    def check_services_listed(self):
        """deploy/services.txt and libs/config/ports.h name the same ports."""
        ports_h = pathlib.PurePosixPath("libs/config/ports.h")
        services_txt = pathlib.PurePosixPath("deploy/services.txt")
        if ports_h not in self.files or services_txt not in self.files:
            return
        rows = [line.split() for line in self.text(services_txt).splitlines() if line and not line.startswith("#")]
        in_text = {tuple(row) for row in rows}
        in_code = set(re.findall(r'\{"([a-z-]+)", (\d+), (\d+)\}', self.text(ports_h)))
        for row in sorted(in_text ^ in_code):
            self.report(services_txt, 1, f"{' '.join(row)} stands in only one of services.txt and {ports_h}", "make them equal")

    def run(self):
        pure = self.pure_sources()
        for path in sorted(pure):
            if path in self.files:
                self.check_pure(path)
        for path in self.files:
            if path.suffix in CPP:
                self.check_cpp(path)
            if path.suffix in WEB:
                self.check_web(path)
            if path.suffix == ".md":
                self.check_doc(path)
            self.check_text(path)
        self.check_made_files()
        self.check_readmes()
        self.check_services_listed()
        return len(pure)


def strip_comments(line, in_comment):
    """(the line without comments and string contents, whether a block comment goes on)."""
    out = ""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: m.group(0) if line.lstrip().startswith("#include") else '""', line)
    i = 0
    while i < len(line):
        if in_comment:
            end = line.find("*/", i)
            if end < 0:
                return out, True
            i, in_comment = end + 2, False
        elif line.startswith("//", i):
            break
        elif line.startswith("/*", i):
            i, in_comment = i + 2, True
        else:
            out += line[i]
            i += 1
    return out, in_comment


def main():
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tidy = Tidy(root)
    pure = tidy.run()
    for problem in tidy.problems:
        print(problem)
    print(f"{len(tidy.files)} files, {pure} pure sources, {len(tidy.problems)} problems")
    return 1 if tidy.problems else 0


if __name__ == "__main__":
    sys.exit(main())
