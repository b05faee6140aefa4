#!/usr/bin/env python3
"""fib.py: Fibonacci as native code, interpreted, JIT-compiled, as an SPF file and as a BARE file.

usage: fib.py [--demo] [COUNT]       COUNT iterations, 10^9 unless told; --demo shows the files too

One source, examples/fibonacci.c, is compiled by gcc -O3 and by clang for eBPF. hyperfine times the five
commands, process start included; their outputs must be equal. Both compilers' loops are aligned to 64 bytes: one that
straddles two lines may take twice as long. Results: build/bench/fib.md, fib.json and fib.svg.
"""
import json
import os
import subprocess
import sys

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = "build/bench"
CC = os.environ.get("CC") or "gcc"
OBJECT = "build/examples/fibonacci.o"
RUN = "build/tools/mybpfc run -q --trust trusted"
NATIVE = f"{CC} -O3 -falign-functions=64 -falign-loops=64 examples/fibonacci.c -o {OUT}/fib"
CONVERT = [
    f"build/tools/mybpfc convert spf --trust trusted -t x86_64 {OBJECT} -o {OUT}/fib.spf",
    f"build/tools/mybpfc convert bare --trust trusted -t x86_64 {OBJECT} -o {OUT}/fib.bare",
]


def ways(count):
    """Name, command, is it slow?"""
    return [
        ("gcc -O3", f"{OUT}/fib {count}", False),
        ("interpreter", f"{RUN} {OBJECT} -p {count}", True),
        ("JIT", f"{RUN} -j {OBJECT} -p {count}", False),
        ("SPF", f"{RUN} {OUT}/fib.spf -p {count}", False),
        ("BARE", f"build/tools/bare_cmd {OUT}/fib.bare {count}", False),
    ]


def shell(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"fib.py: {command}\n{done.stdout}{done.stderr}exit {done.returncode}")
    return done.stdout


def measure(name, command, runs):
    """(CPU, median, least, most) seconds and what the command printed."""
    said, record = f"{OUT}/{name.replace(' ', '')}.out", f"{OUT}/run.json"
    style = "auto" if sys.stdout.isatty() else "none"
    done = subprocess.run(["hyperfine", "-N", "--style", style, "-w", "1" if runs > 1 else "0", "-r", str(runs), "--output", said,
                           "--export-json", record, "-n", name, command], stdout=None if sys.stdout.isatty() else subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"fib.py: {command} failed: {open(said).read() if os.path.exists(said) else ''}")
    with open(record) as file:
        result = json.load(file)["results"][0]
    with open(said) as file:
        return result["user"] + result["system"], result["median"], result["min"], result["max"], file.read()


def plot(rows, count):
    """A bar chart of the times, slowest as wide as the space."""
    wide, left, top, step = 460, 110, 58, 34
    most = max(seconds for _, seconds, *_ in rows)
    bars = []
    for number, (name, seconds, *_, ratio) in enumerate(rows):
        y, width = top + number * step, max(2, wide * seconds / most)
        colour = "#8a8f98" if number == 0 else "#d98c3f" if name == "interpreter" else "#3f7fbf"
        bars.append(f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{name}</text>'
                    f'<rect x="{left}" y="{y}" width="{width:.1f}" height="22" rx="2" fill="{colour}"/>'
                    f'<text x="{left + width + 8:.1f}" y="{y + 16}">{seconds:.3f} s ({ratio:.2f})</text>')
    height = top + len(rows) * step + 12
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}" '
            f'font-family="sans-serif" font-size="14" fill="#222">\n<rect width="720" height="{height}" fill="white"/>\n'
            f'<text x="{left}" y="26" font-size="17" font-weight="bold">Fibonacci, {count:,} iterations</text>\n'
            f'<text x="{left}" y="45" fill="#666">CPU seconds (ratio to gcc -O3), lower is better</text>\n' + "\n".join(bars) + "\n</svg>\n")


def table(rows, count):
    lines = [f"Fibonacci, {count:,} iterations; seconds of whole processes; ratio of CPU times", "",
             "|             |      CPU | elapsed  |      min |      max | ratio |",
             "|-------------|---------:|---------:|---------:|---------:|------:|"]
    lines += [f"| {row[0]:11} | " + " | ".join(f"{seconds:8.3f}" for seconds in row[1:5]) + f" | {row[5]:5.2f} |" for row in rows]
    return "\n".join(lines) + "\n"


def main(arguments):
    demo = "--demo" in arguments
    numbers = [a for a in arguments if a != "--demo"]
    if len(numbers) > 1 or not all(a.isdigit() and int(a) for a in numbers):
        sys.exit(__doc__.split("\n\n")[1])
    count = int(numbers[0]) if numbers else 10**9
    os.makedirs(OUT, exist_ok=True)
    for command in [NATIVE] + CONVERT:
        if demo:
            print(f"$ {command}", flush=True)
        shell(command)
    if demo:
        for path in (OBJECT, f"{OUT}/fib.spf", f"{OUT}/fib.bare"):
            print(f"  {path}: {os.path.getsize(path):,} bytes")

    results, said = [], {}
    for name, command, slow in ways(count):
        runs = 1 if slow else 5 if not demo else 3
        print(f"$ {command}" if demo else f"{name} ...", flush=True)
        *times, said[name] = measure(name, command, runs)
        results.append((name, *times))
        if demo:
            print(said[name], end="", flush=True)
    if len({text.strip() for text in said.values()}) != 1:
        sys.exit("fib.py: the results differ:\n" + "".join(f"{name}: {text}" for name, text in said.items()))

    rows = [(*row, row[1] / results[0][1]) for row in results]
    text = table(rows, count)
    for path, content in (("fib.md", text), ("fib.svg", plot(rows, count)),
                          ("fib.json", json.dumps({"count": count, "results": [dict(zip(("name", "cpu", "median", "min", "max", "ratio"), row)) for row in rows]}, indent=1))):
        with open(f"{OUT}/{path}", "w") as file:
            file.write(content)
    print(f"\n{text}\nall five print the same result; table and plot: {OUT}/fib.md, {OUT}/fib.svg")


main(sys.argv[1:])
