"""The house rules: where includes may point, how long a file may be, what no file may name, and that every
command and file that the documentation names exists. Needs nothing but the working tree."""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
LINES_MAX = 500
FOLDER_RANK = {
    "core": 0, "domain": 1, "log": 2, "projections": 3, "receipts": 4, "admission": 4, "fanout": 5,
    "security": 6, "edges": 7, "operations": 7,
}
CORE_FOLDERS = {"core", "domain", "log", "projections", "receipts", "admission", "fanout"}
OUTSIDE = ("subscribers/client/", "tools/gjallar/")  # these see the contract, core and domain only
NOT_OURS = ("LICENSE", "tools/lint/package-lock.json", "bench/peers/package-lock.json",
            "tests/browser/package-lock.json")
# Written in two halves so that this file keeps its own rules.
FORBIDDEN = {
    "a machine path": r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|ho" r"me)/\w",
    "a package registry's host": r"registry\.np" r"mjs|pypi\.o" r"rg|artif" r"actory|deb\.deb" r"ian\.org",
    "an issue number": r"\bissue #?\d",
    "an unfinished thought": r"\b(?:TO" r"DO|FIX" r"ME)\b",
}
FORBIDDEN_CPP = {
    "not in g++ 12 and clang 14 alike":
        r"#include <(?:format|expected|source_location|stop_token|print|generator)>"
        r"|std::(?:jthread|views::|ranges::views|source_location|stop_token|expected|format\()",
    "a skipped test": r"\[\.\w*\]|\[!mayfail\]|\[!shouldfail\]",
}
FORBIDDEN_PYTHON = {"a skipped test": r"unittest\.sk" r"ip|self\.sk" r"ipTest|@sk" r"ip|expected" r"Failure"}


def tracked_files():
    """Paths of all files that git doesn't ignore, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:  # an unpacked archive, or another user's clone
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if path.is_file() and not {".git", "build", "node_modules", "__pycache__"} & set(path.parts)]
    return sorted(name for name in names if (ROOT / name).is_file())


FILES = tracked_files()


def text_of(name):
    """The text of a file, or None if it isn't text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def sources(*endings):
    return [name for name in FILES if name.endswith(endings)]


def found(pattern, text):
    """Pairs of line number and matching line."""
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)
            if re.search(pattern, line)]


class Includes(unittest.TestCase):
    def includes(self, name):
        return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text_of(name), re.MULTILINE)

    def test_includes_of_the_broker_point_inward_only(self):
        wrong = []
        for name in sources(".h", ".cc", ".inc"):
            parts = name.split("/")
            if parts[0] != "broker" or len(parts) < 3:
                continue
            self.assertIn(parts[1], FOLDER_RANK, f"{name}: give the folder its rank in this test")
            for _, target in self.includes(name):
                other = target.split("/")
                if other[0] != "broker" or other[1] == parts[1]:
                    continue
                if parts[1] in ("edges", "operations"):
                    allowed = other[1] in FOLDER_RANK
                else:
                    allowed = FOLDER_RANK.get(other[1], 99) < FOLDER_RANK[parts[1]]
                if not allowed:
                    wrong.append(f"{name} includes {target}")
        self.assertEqual(wrong, [])

    def test_client_and_command_line_see_the_contract_core_and_domain_only(self):
        """`gjallar verify --data-dir` reads a folder that a broker refuses to open: it alone may see the log."""
        wrong = []
        for name in sources(".h", ".cc"):
            if name.startswith(OUTSIDE):
                for _, target in self.includes(name):
                    if target.startswith("broker/") and target.split("/")[1] not in ("core", "domain"):
                        if name == "tools/gjallar/operator_commands.cc" and target.split("/")[1] == "log":
                            continue
                        wrong.append(f"{name} includes {target}")
                    if target.startswith("gjallar/storage/"):
                        wrong.append(f"{name} includes {target}")
        self.assertEqual(wrong, [])

    def test_the_core_is_free_of_grpc_and_beast(self):
        wrong = []
        for name in sources(".h", ".cc"):
            parts = name.split("/")
            if parts[0] == "broker" and len(parts) > 2 and parts[1] in CORE_FOLDERS:
                for _, target in self.includes(name):
                    if target.startswith(("grpc", "boost/beast")) or target.endswith(".grpc.pb.h"):
                        wrong.append(f"{name} includes {target}")
        self.assertEqual(wrong, [])

    def test_quoted_includes_start_at_the_root_and_exist(self):
        wrong = []
        for name in sources(".h", ".cc"):
            for mark, target in self.includes(name):
                generated = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", target)
                exists = (ROOT / target).is_file() or (ROOT / "proto" / generated).is_file()
                if mark == '"' and not exists:
                    wrong.append(f"{name} includes {target}")
        self.assertEqual(wrong, [])


class Files(unittest.TestCase):
    def check(self, names, patterns):
        wrong = []
        for name in names:
            text = text_of(name) if name not in NOT_OURS else None
            for what, pattern in patterns.items():
                for number, line in found(pattern, text or ""):
                    wrong.append(f"{name}:{number}: {what}: {line[:100]}")
        self.assertEqual(wrong, [])

    def test_no_source_file_is_longer_than_500_lines(self):
        long = []
        for name in sources(".h", ".cc", ".proto", ".py", ".cmake", ".sh", ".txt", "tools/dev", ".ci/run"):
            lines = len(text_of(name).splitlines())
            if lines > LINES_MAX:
                long.append(f"{name}: {lines} lines")
        self.assertEqual(long, [])

    def test_headers_are_guarded_by_pragma_once(self):
        self.assertEqual([name for name in sources(".h") if "#pragma once" not in text_of(name)], [])

    def test_no_file_names_a_machine_a_registry_or_an_issue(self):
        self.check(FILES, FORBIDDEN)

    def test_sources_keep_to_the_common_subset_of_both_compilers(self):
        self.check(sources(".h", ".cc"), FORBIDDEN_CPP)

    def test_no_python_test_is_skipped(self):
        self.check(sources(".py"), FORBIDDEN_PYTHON)

    def test_lock_files_name_no_host(self):
        for name in sources("package-lock.json"):
            packages = json.loads(text_of(name))["packages"].values()
            self.assertEqual([p for p in packages if "resolved" in p], [], name)
        self.assertEqual(sources(".npmrc"), [])

    def test_scripts_can_be_executed(self):
        for name in ("tools/dev", ".ci/run"):
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)


class Documentation(unittest.TestCase):
    """What a page tells the reader to type must exist."""

    def pages(self):
        return [(name, text_of(name)) for name in sources(".md")]

    def code_of(self, page):
        """The text of a page's code blocks and code spans, where commands stand."""
        blocks = re.findall(r"^```[^\n]*\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))
        return blocks + spans

    def help_of(self, *command):
        run = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, f"{command}: {run.stdout.decode()}")
        return run.stdout.decode()

    def test_every_tools_dev_command_named_exists(self):
        known = set(re.findall(r"^  ([a-z]+)", self.help_of("tools/dev", "help"), re.MULTILINE))
        self.assertLessEqual({"run", "test", "bench", "fmt", "lint", "sanitize", "fuzz", "nightly"}, known)
        wrong = []
        for name, page in self.pages():
            for code in self.code_of(page):
                for command, argument in re.findall(r"tools/dev ([a-z]\w*)(?: ([a-z]\w+))?", code):
                    if command not in known:
                        wrong.append(f"{name}: tools/dev {command}")
                    if command == "bench" and argument and not (ROOT / "bench" / argument).is_dir():
                        wrong.append(f"{name}: tools/dev bench {argument}")
        self.assertEqual(wrong, [])

    def test_every_gjallar_command_named_exists(self):
        program = pathlib.Path(os.environ.get("GJALLAR_BIN", ROOT / "build/release/bin")) / "gjallar"
        if not program.exists():
            # Builds of the core alone (tsan) have no command line; every other build has.
            self.assertFalse((program.parent / "gjallard").exists(), "gjallard was built without gjallar")
            return
        known = set(re.findall(r"^  ([a-z]+)\b", self.help_of(str(program), "--help"), re.MULTILINE))
        wrong = []
        for name, page in self.pages():
            for code in self.code_of(page):
                for line in code.splitlines():
                    match = re.match(r"(?:\$ )?(?:\S*/)?gjallar ([a-z]\w*)", line.strip())
                    if match and match.group(1) not in known:
                        wrong.append(f"{name}: gjallar {match.group(1)}")
        self.assertEqual(wrong, [])

    def test_every_program_named_is_built_by_this_tree(self):
        built = "\n".join(text_of(name) for name in sources(".cmake", "CMakeLists.txt"))
        wrong = []
        for name, page in self.pages():
            for program in re.findall(r"build/\w+/bin/([\w-]+)", page):
                if program.startswith("bench_"):
                    exists = (ROOT / "bench" / program[len("bench_"):]).is_dir()
                else:
                    exists = re.search(rf"add_executable\({program}[ )]", built) is not None
                if not exists:
                    wrong.append(f"{name}: {program}")
        self.assertEqual(wrong, [])

    def test_every_link_to_a_file_leads_somewhere(self):
        wrong = []
        for name, page in self.pages():
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page):
                if "://" not in target and not target.startswith("mailto:"):
                    if not (ROOT / name).parent.joinpath(target).exists():
                        wrong.append(f"{name}: {target}")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
