"""Each rule of tidy.py catches the file that breaks it, and lets the right one pass."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from tidy import Tidy  # noqa: E402

PURE = "tw_library(NAME x PURE SRCS x.cc x.h DEPS tw::base)\n"


def problems(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        tidy = Tidy(root)
        tidy.run()
        return tidy.problems


def pure(line):
    return problems({"libs/x/CMakeLists.txt": PURE, "libs/x/README.md": "# x\n", "libs/x/x.cc": line + "\n"})


class TidyTest(unittest.TestCase):
    def test_pure_sources(self):
        for line in ("auto t = Clock::now();", "std::mt19937 g;", "getenv(\"A\");", "std::mutex m;", "std::atomic<int> a;",
                     "grpc::Status s;", "#include \"proto/a.pb.h\"", "double d;", "std::unordered_map<int, int> m;"):
            with self.subTest(line):
                self.assertEqual(len(pure(line)), 1, pure(line))

    def test_pure_sources_may(self):
        for line in ("// a double would round here", "const char* s = \"double\";", "/* std::mutex */ int i = 0;",
                     "double d;  // tidy: analytics, a statistic nobody books", "int doubled = 2;",
                     "// tidy: analytics, a statistic nobody books\ndouble d;",
                     "// tidy: analytics file, statistics all over\n\nint i;\ndouble d;\ndouble e;"):
            with self.subTest(line):
                self.assertEqual(pure(line), [])

    def test_marker_needs_a_reason_and_excuses_floating_point_only(self):
        self.assertEqual(len(pure("double d;  // tidy: analytics")), 1)
        self.assertEqual(len(pure("// tidy: analytics file\ndouble d;")), 1)
        self.assertEqual(len(pure("// tidy: analytics, for the next line only\nint i;\ndouble d;")), 1)
        self.assertEqual(len(pure("std::mutex m;  // tidy: analytics, it is only a statistic")), 1)

    def test_core_of_a_service_is_pure_and_its_shell_is_not(self):
        cmake = "tw_service(NAME s CORE a.cc CORE_DEPS tw::core SHELL b.cc DEPS tw::rpc)\n"
        files = {"services/s/CMakeLists.txt": cmake, "services/s/README.md": "# s\n",
                 "services/s/a.cc": "double d;\n", "services/s/b.cc": "double d;\n"}
        self.assertEqual([p.split(":")[0] for p in problems(files)], ["services/s/a.cc"])

    def test_long_file(self):
        self.assertEqual(problems({"libs/a.cc": "int i;\n" * 500}), [])
        self.assertEqual(len(problems({"libs/a.cc": "int i;\n" * 501})), 1)

    def test_web_sources(self):
        for line in ("element.innerHTML = said;", "eval(text);", "const price = parseFloat(text);", "// @ts-ignore",
                     "const answer = value as any;", "function f(value: any) {}"):
            with self.subTest(line):
                self.assertEqual(len(problems({"services/s/web/src/a.tsx": line + "\n"})), 1)
        for line in ("element.textContent = said;", "const anything: string = '';", "const n = Number(width);"):
            with self.subTest(line):
                self.assertEqual(problems({"services/s/web/src/a.ts": line + "\n"}), [])
        self.assertEqual(len(problems({"services/s/web/a.css": "a {}\n" * 501})), 1)

    def test_what_is_made_is_not_kept(self):
        self.assertEqual(len(problems({"web/node_modules/x/a.js": "1\n"})), 1)
        self.assertEqual(len(problems({"web/dist/a.js": "1\n"})), 1)
        self.assertEqual(len(problems({"web/package-lock.json": '  "resolved": "https://r.example/x.tgz"\n'})), 1)
        self.assertEqual(problems({"web/package-lock.json": '  "integrity": "sha512-x"\n'}), [])

    def test_grpc_headers_stay_in_rpc(self):
        line = "#include <grpcpp/grpcpp.h>\n"
        self.assertEqual(len(problems({"services/a.cc": line})), 1)
        self.assertEqual(problems({"libs/rpc/a.cc": line}), [])

    def test_headers_are_guarded(self):
        self.assertEqual(len(problems({"libs/a.h": "int i;\n"})), 1)

    def test_left_over_marks_and_machine_paths(self):
        for text in ("TW_CHECK(false);\n", "// TODO: later\n", "// FIXME\n", "// see /home/me/x\n", "// http://nexus.example/x\n"):
            with self.subTest(text):
                self.assertEqual(len(problems({"libs/a.cc": text})), 1)

    def test_docs(self):
        self.assertEqual(problems({"docs/a.md": "# A\n[b](b.md) [w](https://x.org) [h](#a)\n", "docs/b.md": "# B\n"}), [])
        self.assertEqual(len(problems({"docs/a.md": "# A\n[b](b.md)\n"})), 1)
        self.assertEqual(len(problems({"docs/a.md": "# A\n# B\n"})), 1)
        self.assertEqual(problems({"docs/a.md": "# A\n```\n# a comment\n```\n"}), [])

    def test_missing_readme(self):
        self.assertEqual(len(problems({"services/s/CMakeLists.txt": ""})), 1)

    def test_ports_agree(self):
        header = "#pragma once\n{\"oms\", 8099, 50099},\n"
        row = "oms 8099 50099\n"
        self.assertEqual(problems({"libs/config/ports.h": header, "deploy/services.txt": row}), [])
        self.assertEqual(len(problems({"libs/config/ports.h": header, "deploy/services.txt": "oms 8098 50099\n"})), 2)


if __name__ == "__main__":
    unittest.main(verbosity=1)
