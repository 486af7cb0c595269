#!/usr/bin/env python3
"""Two directories of .ics files made to agree: ours beside vdirsyncer, vstorage and rclone bisync, by turns.

    peers.py OURS VSTORAGE TOOLS SIZES REPETITIONS

Three steps of each: everything new on one side, nothing changed, one in a hundred changed. Everything lies in memory
(/dev/shm). Prints a Markdown table of medians: wall seconds, processor seconds, most memory.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

ROOM = Path("/dev/shm/synchronizer-peers")
STEPS = ("initial", "no change", "1 % changed")


def event(number: int) -> str:
    """About 500 bytes, on some day between the third of November and the end of April."""
    start = datetime(2026, 11, 3) + timedelta(days=number % 170, minutes=15 * (number // 170 % 96))
    end = start + timedelta(hours=1)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//measures//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{number:06}-7b1f@nordlys.example\r\nDTSTAMP:20261101T000000Z\r\n"
        f"DTSTART;TZID=Europe/Oslo:{start:%Y%m%dT%H%M%S}\r\nDTEND;TZID=Europe/Oslo:{end:%Y%m%dT%H%M%S}\r\n"
        f"SUMMARY:Quarterly review number {number}\r\n"
        f"DESCRIPTION:Agenda of meeting {number}: figures of the last quarter\\, open\r\n"
        "  offers\\, staffing.\\nBring the list of customers who asked for a visit\\, and\r\n"
        "  the notes from last time.\r\n"
        f"LOCATION:Meeting room {number % 40}\\, second floor\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


class Tool:
    """A synchronizer with two directories and a memory of its own."""

    def __init__(self, name: str, tools: Path, ours: Path, vstorage: Path):
        self.name = name
        self.home = ROOM / name.split(" ")[0]
        self.a, self.b, self.state = self.home / "a", self.home / "b", self.home / "state"
        self.tools, self.ours, self.vstorage = tools, ours, vstorage
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "UTC"}

    def furnish(self, master: Path) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(master, self.a / "cal")
        (self.b / "cal").mkdir(parents=True)
        self.state.mkdir()
        if self.name.startswith("vdirsyncer"):
            self.write_configuration()
            subprocess.run(self.command("initial", ["discover"]), env=self.environment, check=True,
                           input=b"y\n" * 4, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write_configuration(self) -> None:
        storage = '[storage {}]\ntype = "filesystem"\npath = "{}/cal"\nfileext = ".ics"\n'
        (self.home / "config").write_text(
            f'[general]\nstatus_path = "{self.state}"\n[pair p]\na = "a"\nb = "b"\ncollections = null\n'
            + storage.format("a", self.a) + storage.format("b", self.b)
        )

    def command(self, step: str, words: list[str] | None = None) -> list[str]:
        match self.name.split(" ")[0]:
            case "ours":
                return [str(self.ours), "pair", f"{self.a}/cal", f"{self.b}/cal", str(self.state)]
            case "vstorage":
                return [str(self.vstorage), str(self.a), str(self.b), f"{self.state}/status.db"]
            case "vdirsyncer":
                run = [str(self.tools / "bin/vdirsyncer"), "-vERROR", "-c", str(self.home / "config")]
                return run + (words or ["sync"])
            case _:
                run = [str(self.tools / "bin/rclone"), "bisync", f"{self.a}/cal", f"{self.b}/cal"]
                run += ["--workdir", str(self.state), "--log-level", "ERROR"]
                return run + (["--resync"] if step == "initial" else [])

    def run(self, step: str) -> tuple[float, float, float]:
        command = self.command(step)
        began = time.perf_counter()
        process = os.posix_spawn(command[0], command, self.environment)
        _, status, used = os.wait4(process, 0)
        wall = time.perf_counter() - began
        if status:
            sys.exit(f"{self.name}: {step} ended with {status}")
        return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

    def agrees(self, changed: str) -> None:
        a, b = (sum(1 for _ in (side / "cal").glob("*.ics")) for side in (self.a, self.b))
        texts = sum(changed in path.read_text() for path in (self.b / "cal").glob("*.ics")) if changed else 0
        expected = max(1, a // 100) if changed else 0
        if a != b or texts != expected:
            sys.exit(f"{self.name}: {a} files and {b}, {texts} changes arrived of {expected}")


def edit(side: Path, size: int) -> None:
    """One event in a hundred gets another subject."""
    for number in range(0, size, 100):
        path = side / "cal" / f"{number:06}.ics"
        path.write_text(path.read_text().replace("Quarterly", "Postponed quarterly"), newline="")


def main() -> None:
    ours, vstorage, tools = (Path(word).resolve() for word in sys.argv[1:4])
    sizes, repetitions = [int(size) for size in sys.argv[4].split(",")], int(sys.argv[5])
    names = ["ours", "vdirsyncer 0.21", "vstorage 0.12", "rclone bisync 1.75"]
    all_tools = [Tool(name, tools, ours, vstorage) for name in names]
    figures: dict[tuple[int, str, str], list[tuple[float, float, float]]] = {}
    for size in sizes:
        master = ROOM / "master"
        shutil.rmtree(ROOM, ignore_errors=True)
        master.mkdir(parents=True)
        for number in range(size):
            (master / f"{number:06}.ics").write_text(event(number), newline="")
        for _ in range(repetitions):
            for tool in all_tools:
                tool.furnish(master)
            for step in STEPS:
                for tool in all_tools:
                    if step == "1 % changed":
                        edit(tool.a, size)
                    figures.setdefault((size, step, tool.name), []).append(tool.run(step))
                    tool.agrees("Postponed" if step == "1 % changed" else "")
    shutil.rmtree(ROOM, ignore_errors=True)
    print_table(sizes, names, figures)


def print_table(sizes: list[int], names: list[str], figures: dict) -> None:
    def median(size: int, step: str, name: str, which: int) -> float:
        return statistics.median(run[which] for run in figures[size, step, name])

    print("| events | step | " + " | ".join(names) + " | ours / best peer, wall | processor |")
    print("|---|---|" + "---|" * (len(names) + 2))
    for size in sizes:
        for step in STEPS:
            cells = [
                f"{median(size, step, name, 0):.3f} s ({median(size, step, name, 1):.3f} s, {median(size, step, name, 2):.0f} MB)"
                for name in names
            ]
            ratios = [
                median(size, step, "ours", which) / min(median(size, step, name, which) for name in names[1:])
                for which in (0, 1)
            ]
            print(f"| {size:,} | {step} | " + " | ".join(cells) + f" | {ratios[0]:.2f} | {ratios[1]:.2f} |")
    if {5_000, 20_000} <= set(sizes):
        growth = [median(20_000, "no change", "ours", which) / median(5_000, "no change", "ours", which) for which in (0, 1)]
        print(f"\nNo change, growth from 5,000 to 20,000 events: {growth[0]:.2f} x (processor {growth[1]:.2f} x)")


if __name__ == "__main__":
    main()
