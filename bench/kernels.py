#!/usr/bin/env python3
"""kernels.py: the kernels of bench/kernels by every engine, as a table and a picture.

usage: kernels.py [--rounds N] [--least] [--peer NAME]... [KERNEL...]

Runs build/bench/kernels_run (`make bench-kernels` builds it, and with PEERS="NAME=FOLDER" the peers) and writes build/bench/kernels.json, .md and .svg.
With peers there is a second table: the time of each divided by mybpf's, and mybpf's divided by that of the fastest.
"""
import html
import json
import math
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = "build/bench"
ENGINES = ["gcc -O3", "clang -O2", "JIT", "SPF", "BARE", "interpreter"]
COLOURS = ["#c07a3f", "#7a9f5a", "#9a6fb0", "#b05f6f"]  # of peers
DRAWN = {"clang -O2": "#8a8f98", "JIT": "#3f7fbf"}


def mean(rows, engine):
    """The geometric mean of the kernels that the engine runs."""
    logs = [math.log(row[engine]) for row in rows if engine in row]
    return math.exp(sum(logs) / len(logs)) if logs else 0


def table(rows):
    """Markdown."""
    lines = ["Time divided by that of `gcc -O3 -fno-tree-vectorize -falign-functions=64 -falign-loops=64`; lower is better.", "",
             "| kernel | gcc scalar, ms | " + " | ".join(ENGINES) + " |", "|---|---:|" + "---:|" * len(ENGINES)]
    for row in rows:
        cells = [f"{row[engine]:.2f}" if engine in row else "-" for engine in ENGINES]
        lines.append(f"| {row['kernel']} | {row['seconds'] * 1e3:.2f} | " + " | ".join(cells) + " |")
    lines.append("| **geometric mean** | | " + " | ".join(f"**{mean(rows, engine):.2f}**" for engine in ENGINES) + " |")
    return "\n".join(lines) + "\n"


def against(rows, peers):
    """Markdown: peers by mybpf's engine of their kind; "-" where one does not run a kernel."""
    own = {peer: "interpreter" if peer.endswith("_interpreter") else "JIT" for peer in peers}
    times = [{"kernel": row["kernel"], **{peer: row[peer] / row[own[peer]] for peer in peers if peer in row}} for row in rows]
    for row in times:
        native = [row[peer] for peer in peers if peer in row and own[peer] == "JIT"]
        if native:
            row["JIT / fastest"] = 1 / min(native)
    columns = peers + ["JIT / fastest"]
    lines = ["Time divided by that of mybpf's JIT (an interpreter's by that of mybpf's interpreter); above 1, mybpf is faster. Last, the JIT's divided by the fastest peer's.", "",
             "| kernel | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for row in times:
        if len(row) > 1:
            lines.append(f"| {row['kernel']} | " + " | ".join(f"{row[column]:.2f}" if column in row else "-" for column in columns) + " |")
    lines.append("| **geometric mean** | " + " | ".join(f"**{mean(times, column):.2f}**" for column in columns) + " |")
    return "\n".join(lines) + "\n"


def plot(rows):
    """A bar a kernel and engine on a scale of 0 to 2 (what is longer is cut), the yardstick as a line at 1."""
    left, top, step, wide = 130, 64, 8 + 11 * len(DRAWN), 480
    height = top + (len(rows) + 1) * step + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}" '
           'font-family="sans-serif" font-size="13" fill="#222">', f'<rect width="720" height="{height}" fill="white"/>',
           f'<text x="{left}" y="24" font-size="17" font-weight="bold">Kernels: time divided by gcc -O3, scalar</text>']
    for number, (engine, colour) in enumerate(DRAWN.items()):
        out.append(f'<rect x="{left + number * 120}" y="36" width="12" height="12" fill="{colour}"/>'
                   f'<text x="{left + number * 120 + 18}" y="47">{html.escape(engine)}</text>')
    everything = rows + [{"kernel": "geometric mean", **{engine: mean(rows, engine) for engine in DRAWN}}]
    for number, row in enumerate(everything):
        y = top + number * step
        out.append(f'<text x="{left - 10}" y="{y + step // 2 + 1}" text-anchor="end">{html.escape(row["kernel"])}</text>')
        for line, (engine, colour) in enumerate(DRAWN.items()):
            ratio = row.get(engine, 0)
            if not ratio:
                continue
            width = min(ratio, 2) / 2 * wide
            out.append(f'<rect x="{left}" y="{y + 2 + line * 11}" width="{width:.1f}" height="10" fill="{colour}"/>'
                       f'<text x="{left + width + 6:.1f}" y="{y + 11 + line * 11}" font-size="10">{ratio:.2f}</text>')
    out.append(f'<line x1="{left + wide / 2}" y1="{top}" x2="{left + wide / 2}" y2="{height - 12}" stroke="#222" stroke-dasharray="3 3"/>')
    return "\n".join(out) + "\n</svg>\n"


def main(arguments):
    os.chdir(ROOT)
    if "--help" in arguments:
        sys.exit(__doc__)
    if not os.path.exists(f"{OUT}/kernels_run"):
        sys.exit("kernels.py: `make bench-kernels` builds what it runs")
    for at, peer in [(i + 1, arguments[i + 1]) for i, word in enumerate(arguments[:-1]) if word == "--peer"]:
        arguments[at] = f"{OUT}/peers/{peer}.so"
        if not os.path.exists(arguments[at]):
            sys.exit(f"kernels.py: no {arguments[at]}: make bench-kernels PEERS=\"{peer}=FOLDER\"")
        if not peer.endswith("_interpreter"):
            DRAWN[peer] = COLOURS[len(DRAWN) % len(COLOURS)]
        ENGINES.append(peer)
    status = subprocess.run([f"{OUT}/kernels_run", f"{OUT}/kernels/bpf", "--json", f"{OUT}/kernels.json", *arguments]).returncode
    if status:
        sys.exit(status)
    with open(f"{OUT}/kernels.json") as file:
        rows = json.load(file)
    text = table(rows)
    if len(ENGINES) > 6:
        text += "\n" + against(rows, ENGINES[6:])
        print("\n" + against(rows, ENGINES[6:]))
    for path, text in (("kernels.md", text), ("kernels.svg", plot(rows))):
        with open(f"{OUT}/{path}", "w") as file:
            file.write(text)
    print(f"table and plot: {OUT}/kernels.md, {OUT}/kernels.svg")


main(sys.argv[1:])
