#!/usr/bin/env python3
"""Rows of Markdown from the lines of JSON that `measures` prints."""

import json
import sys


def first(lines: list[dict]) -> None:
    print("| first session of | kept in | items/s and core | efficiency at 250 ms | calls | most memory |")
    print("|---|---|---|---|---|---|")
    for line in lines:
        rate = line["events"] / line["processor_s"]
        efficiency = f"{line['efficiency']:.3f} ({line['virtual_s']:,.0f} s, virtual)" if line["virtual_s"] else ""
        memory = f"{line['peak_kb'] / 1024:.1f} MB" if line["kept"] == "table" else ""
        rate = f"{rate:,.0f}" if not line["virtual_s"] and line["kept"] == "memory" else ""
        print(f"| {line['events']:,} | {line['kept']} | {rate} | {efficiency} | {line['calls']:,} | {memory} |")


def idle(lines: list[dict]) -> None:
    print("| idle sessions/s and core | calls each |\n|---|---|")
    for line in lines:
        print(f"| {line['per_second_and_core']:,.0f} | {line['calls_per_session']:.2f} |")


def cold(lines: list[dict]) -> None:
    floor = next((line for line in lines if line["program"] == "floor-clients"), lines[0])
    print("| program | size | / floor | start to first /next, median (p95, least) | / floor | processor | / floor | first event | memory |")
    print("|---|---|---|---|---|---|---|---|---|")
    for line in lines:
        start, spent = line["start_ms"], line["start_processor_ms"]
        print(
            f"| {line['program']} | {line['bytes'] / 1e6:.2f} MB | {line['bytes'] / floor['bytes']:.2f}"
            f" | {start['median']:.1f} ms ({start['p95']:.1f}, {start['least']:.1f}) | {start['median'] / floor['start_ms']['median']:.2f}"
            f" | {spent['median']:.1f} ms | {spent['median'] / floor['start_processor_ms']['median']:.2f}"
            f" | {line['first_ms']['median']:.2f} ms | {line['peak_kb'] / 1024:.1f} MB |"
        )


if __name__ == "__main__":
    {"first": first, "idle": idle, "cold": cold, "profile": cold}[sys.argv[1]]([json.loads(line) for line in sys.stdin])
