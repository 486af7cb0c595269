"""Mutation testing of the planner, with one build for all mutants.

cargo-mutants names them and says where they are; built one by one they would take a day. Here every function is given all of
its mutants at once, each behind a switch that the environment sets, in a copy of the tree. A mutant that does not compile is
taken out and the build is done again. Then each is run against the tests in turn until one of them fails.

    tests/mutants/run list               # how many there are, by file
    tests/mutants/run build              # the copy with all mutants, under target/mutants
    tests/mutants/run test [FILE...]     # runs those of these files of plan/ (twin series ..) that were not run yet
    tests/mutants/run again              # runs those once more that survived, with the tests as they are now
    tests/mutants/run table              # what came of it, as a Markdown table

Needs cargo-mutants (cargo install cargo-mutants --locked). Nothing outside target/ is changed.
"""

import collections
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parents[2]
WORK = HERE / "target" / "mutants"
TREE, LIST, DEAD, LINES, OUT = (WORK / name for name in ("tree", "list.json", "dead.json", "lines.json", "results.json"))
SECONDS = 300
SWITCH = """//! Which mutant is at work: only in the copy that `tests/mutants` makes.
static CHOSEN: std::sync::LazyLock<Option<u32>> =
    std::sync::LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());
/// True for the mutant that the environment names.
pub fn is(number: u32) -> bool {
    *CHOSEN == Some(number)
}
"""


def read(path, otherwise):
    return json.loads(path.read_text()) if path.exists() else otherwise


def name(mutant):
    """The file of plan/ that a mutant is in."""
    return pathlib.PurePath(mutant["file"]).stem


def listed():
    """All mutants, as cargo-mutants names them."""
    command = ["cargo", "mutants", "--list", "--json", "-p", "shared", "-f", "shared/src/plan/**"]
    WORK.mkdir(parents=True, exist_ok=True)
    LIST.write_text(subprocess.check_output(command, cwd=HERE, text=True))
    return json.loads(LIST.read_text())


def body(text):
    """Where the body of a function begins and ends."""
    depth, at = 0, text.index("fn ")
    while not (text[at] == "{" and depth == 0):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[at], 0)
        at += 1
    return at + 1, text.rindex("}")


def around(function):
    """What stands before and after each arm: those of a function that returns `impl Iterator` must be of one type."""
    signature = function[function.index("fn ") : body(function)[0]]
    if found := re.search(r"-> impl Iterator<Item = (.*)> \{$", signature, re.S):
        return "({", f"}}).collect::<Vec<{found[1]}>>().into_iter()"
    return "{", "}"


def armed(source, mutants):
    """A file with all of its mutants behind their switches, and which line belongs to which mutant."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    at = lambda place: starts[place["line"] - 1] + place["column"] - 1
    functions = collections.defaultdict(list)
    for number, mutant in mutants:
        span = mutant["function"]["span"]
        functions[at(span["start"]), at(span["end"])].append((number, mutant))
    out, done = [], 0
    for (start, end), inside in sorted(functions.items()):
        first, last = (start + offset for offset in body(source[start:end]))
        opens, closes = around(source[start:end])
        out.append(source[done:first])
        for number, mutant in inside:
            begin, stop = at(mutant["span"]["start"]), at(mutant["span"]["end"])
            while mutant["genre"] in ("StructField", "MatchArm") and source[stop] == ",":
                stop += 1
            mutated = source[first:begin] + mutant["replacement"] + source[stop:last]
            out.append(f"\nif crate::mutant::is({number}) {{ return {opens}/*{number}>*/\n{mutated}\n/*<{number}*/{closes} }}\n")
        out.append(f"{opens}{source[first:last]}{closes}")
        done = last
    out.append(source[done:])
    text, owner, lines = "".join(out), None, {}
    for number, line in enumerate(text.split("\n"), 1):
        if begins := re.search(r"/\*(\d+)>\*/", line):
            owner = int(begins[1])
        if owner is not None:
            lines[number] = owner
        if "/*<" in line:
            owner = None
    return text, lines


def arm(mutants):
    """Writes all files of the copy anew, without the mutants that do not compile."""
    dead = set(read(DEAD, []))
    by_file = collections.defaultdict(list)
    for number, mutant in enumerate(mutants):
        # What stands in no function cannot be switched.
        if mutant.get("function") and number not in dead:
            by_file[mutant["file"]].append((number, mutant))
    lines = {}
    for file, inside in by_file.items():
        text, lines[file] = armed((HERE / file).read_text(), inside)
        (TREE / file).write_text(text)
    LINES.write_text(json.dumps(lines))
    lib = (HERE / "shared/src/lib.rs").read_text()
    lib = re.sub(r"^pub mod ", "#![allow(warnings, clippy::all)]\npub mod mutant;\npub mod ", lib, count=1, flags=re.M)
    (TREE / "shared/src/lib.rs").write_text(lib)
    (TREE / "shared/src/mutant.rs").write_text(SWITCH)
    manifest = (HERE / "shared/Cargo.toml").read_text().replace("[lints]\nworkspace = true\n", "")
    (TREE / "shared/Cargo.toml").write_text(manifest)


def check():
    """The mutants in which the compiler finds fault."""
    command = ["cargo", "check", "-p", "shared", "--message-format=json"]
    said = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=False).stdout
    lines, found, errors = read(LINES, {}), set(), 0
    for line in said.splitlines():
        message = json.loads(line).get("message") if line.startswith("{") else None
        if not isinstance(message, dict) or message["level"] != "error":
            continue
        errors += 1
        owner = lambda span: lines.get(span["file_name"], {}).get(str(span["line_start"]))
        named = {owner(span) for span in message["spans"] if span["is_primary"]} - {None}
        found |= named or {owner(span) for span in message["spans"]} - {None}
    return errors, found


def build():
    """The copy of the tree, with every mutant that compiles."""
    mutants = listed()
    keep = shutil.ignore_patterns("target", ".git", "node_modules")
    shutil.copytree(HERE, TREE, ignore=keep, dirs_exist_ok=True)
    DEAD.unlink(missing_ok=True)
    OUT.unlink(missing_ok=True)
    while True:
        arm(mutants)
        errors, found = check()
        print(f"{errors} errors, {len(found)} mutants do not compile", flush=True)
        if not errors:
            return compile_tests()
        if not found:
            sys.exit("the copy does not compile, and no mutant is to blame")
        DEAD.write_text(json.dumps(sorted(set(read(DEAD, [])) | found)))


def compile_tests():
    """The tests as they are now, in the copy."""
    keep = shutil.ignore_patterns("target", "node_modules", "mutants")
    shutil.copytree(HERE / "tests", TREE / "tests", ignore=keep, dirs_exist_ok=True)
    subprocess.run(["cargo", "build", "--workspace", "--all-targets"], cwd=TREE, check=True)


def stages(file):
    """The tests that a mutant meets, the quickest first."""
    storms = TREE / "target/debug/storms"
    tests = [path for path in (TREE / "target/debug/deps").glob("all-*") if path.suffix == ""]
    tests = max(tests, key=lambda path: path.stat().st_size)
    of = lambda *names: [tests, *names, "--test-threads", "2"]
    yield "600 storms", [storms, "0", "600"]
    yield "tests", of("planner::", "scenarios::")
    yield "3,000 storms", [storms, "600", "2400"]
    if file in ("meeting", "guest", "rest", "settle", "twin", "project", "fresh"):
        yield "meetings", of("meetings")
    if file in ("text", "change", "project", "edit", "series"):
        yield "laws", of("laws::")
    yield "19,000 storms", [storms, "3000", "16000"]


def killed_by(number, file, core):
    """What finds a mutant out; `None` when it survives."""
    environment = dict(os.environ, MUTANT=str(number), RUST_BACKTRACE="0", INSTA_UPDATE="no", INSTA_WORKSPACE_ROOT=str(TREE))
    for stage, command in stages(file):
        try:
            pinned = ["taskset", "-c", str(core), *command]
            run = subprocess.run(pinned, cwd=TREE / "tests", env=environment, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"{stage}: no end"
        if run.returncode != 0:
            return stage
    return None


def test(files, again=False):
    """Runs the mutants of these files, or all, that were not run yet."""
    mutants, results = read(LIST, []), read(OUT, {})
    if killed_by("none", "text", 0):
        sys.exit("the tests fail without any mutant")
    alive = sorted({number for lines in read(LINES, {}).values() for number in lines.values()})
    todo, lock = queue.SimpleQueue(), threading.Lock()
    for number in alive:
        known = str(number) in results
        wanted = known and results[str(number)] is None if again else not known
        if wanted and (not files or name(mutants[number]) in files):
            todo.put(number)

    def work(core):
        while True:
            try:
                number = todo.get_nowait()
            except queue.Empty:
                return
            by = killed_by(number, name(mutants[number]), core)
            with lock:
                results[str(number)] = by
                OUT.write_text(json.dumps(results))
                print(f"{by or 'SURVIVED'}: {mutants[number]['name']}", flush=True)

    workers = [threading.Thread(target=work, args=(core,)) for core in sorted(os.sched_getaffinity(0))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def table():
    """What came of it."""
    mutants, results = read(LIST, []), read(OUT, {})
    files = collections.defaultdict(lambda: [0, 0, 0])
    for number, mutant in enumerate(mutants):
        row = files[name(mutant)]
        row[0] += 1
        row[1] += str(number) in results
        row[2] += results.get(str(number), "") is None
    print("| File | Mutants | Run | Survived |\n|---|---|---|---|")
    for file, row in sorted(files.items()):
        print(f"| `{file}.rs` | " + " | ".join(map(str, row)) + " |")
    print("\n".join(f"* {mutants[int(number)]['name']}" for number, by in results.items() if by is None))


def main(words):
    match words:
        case ["list"]:
            for file, count in sorted(collections.Counter(map(name, listed())).items()):
                print(f"{count:>5} {file}")
        case ["build"]:
            build()
        case ["test", *files]:
            test(files)
        case ["again"]:
            compile_tests()
            test([], again=True)
        case ["table"]:
            table()
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
