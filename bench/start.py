#!/usr/bin/env python3
"""start.py: what a command takes from its start to its end, next to a process that does nothing.

usage: start.py [RUNS]

Runs bare_cmd and mybpfc on examples/hello_world.c with hyperfine (`make tools examples` builds what it runs) and prints medians in
milliseconds, and how much that is above the process that does nothing.
"""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = "build/bench/start"
HELLO = "build/examples/hello_world.o"
COMMANDS = [("nothing", f"{OUT}/null"),
            ("bare_cmd, native image", f"build/tools/bare_cmd {OUT}/hello.bare"),
            ("mybpfc run, ELF object", f"build/tools/mybpfc run --trust trusted {HELLO}"),
            ("mybpfc --help", "build/tools/mybpfc --help")]


def main(arguments):
    os.chdir(ROOT)
    if arguments[:1] in (["--help"], ["-h"]) or len(arguments) > 1 or not all(word.isdigit() for word in arguments):
        sys.exit(__doc__)
    for path in ("build/tools/mybpfc", "build/tools/bare_cmd", HELLO):
        if not os.path.exists(path):
            sys.exit(f"start.py: no {path}: `make tools examples` builds it")
    os.makedirs(OUT, exist_ok=True)
    subprocess.run([os.environ.get("CC", "gcc"), "-O2", "-x", "c", "-", "-o", f"{OUT}/null"], input=b"int main(void) { return 0; }", check=True)
    subprocess.run(["build/tools/mybpfc", "convert", "bare", HELLO, "-j", "--trust", "trusted", "-o", f"{OUT}/hello.bare"], check=True)
    subprocess.run(["hyperfine", "-N", "--style", "none", "--warmup", "50", "--runs", arguments[0] if arguments else "1000",
                    "--export-json", f"{OUT}/start.json", *[command for _, command in COMMANDS]], check=True, stderr=subprocess.DEVNULL)
    with open(f"{OUT}/start.json") as file:
        medians = [result["median"] * 1e3 for result in json.load(file)["results"]]
    print(f"{'command':28}{'ms':>8}{'above':>8}")
    for (name, _), median in zip(COMMANDS, medians):
        print(f"{name:28}{median:8.2f}{median - medians[0]:8.2f}")


main(sys.argv[1:])
