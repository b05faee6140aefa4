#!/usr/bin/env python3
"""run.py: runs every part of the test suite, two at a time, and adds up their totals.

usage: run.py [PART...]        all parts when none is named; `make test` comes here

A part is a command whose output holds a line "N passed, N failed, N skipped", the last such being its total: a sanitizer's report
on leaks may follow. One without that line counts as one failure, or as one pass when it has no tests to count and exits with 0.
Each part's output is printed when it is done and kept in build/test/PART.log; what failed is said again above the totals.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOTAL = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")


def parts():
    """Part names and their commands, the long ones first."""
    scripts = {os.path.basename(script)[5:-3]: script for script in glob.glob("test/test_*.py") + glob.glob("test/test_*.sh")}
    cross = scripts.pop("cross")
    for machine in ("arm64", "s390x"):
        yield machine, f"{cross} --usual {machine}"
    yield "headers", scripts.pop("headers")
    yield "authored", "make -s build/asan/test && build/asan/test"
    if os.path.exists("test/fuzz/fuzz.mk"):
        yield "fuzz", "make -s fuzz-short"
    # the random tests had their time with the sanitizers on
    yield "product", "make -s build/product/test && MYBPF_SECONDS=${MYBPF_SECONDS:-3} build/product/test"
    yield from sorted(scripts.items())
    yield "amalgam", "python3 amalgamate.py --check"


def run(name, command):
    """The part's name, [passed, failed, skipped], and what is wrong."""
    start = time.time()
    with open(f"build/test/{name}.log", "w+", errors="replace") as log:
        status = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode
        log.seek(0)
        text = log.read()
    found = [match for match in map(TOTAL.fullmatch, text.splitlines()) if match]
    if found:
        counts = [int(n) for n in found[-1].groups()]
        if status and not counts[1]:
            counts[1] = 1
    else:
        counts = [0, 1, 0] if status else [1, 0, 0]
    with printing:
        print(f"==== {name}: {command}")
        print(text, end="" if text.endswith("\n") or not text else "\n")
        word = "FAILED" if counts[1] else "ok"
        print(f"==== {name}: {word}, exit {status}, {time.time() - start:.0f} s\n", flush=True)
    return name, counts, wrong(text, status, found) if counts[1] else []


def wrong(text, status, has_total):
    """The lines that say what failed; the last ones when the part just ended."""
    lines = text.splitlines()
    said = [line for line in lines if re.search(r"FAILED|ERROR: |SUMMARY: |runtime error: ", line)][:20]
    return said if has_total else [*lines[-10:], *said, f"ended with status {status} and without a total"]


printing = threading.Lock()


def main(wanted):
    os.chdir(ROOT)
    os.makedirs("build/test", exist_ok=True)
    every = dict(parts())
    unknown = [name for name in wanted if name not in every]
    if unknown:
        sys.exit(f"run.py: no part {', '.join(unknown)}; there are {', '.join(every)}")
    chosen = {name: every[name] for name in wanted or every}
    cores = str(os.cpu_count() or 2)
    results = [run("build", f"make -s -k -j{cores} test-build test-objects")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results += pool.map(lambda part: run(*part), chosen.items())
    for name, _, lines in results:
        for line in lines:
            print(f"{name}: {line}")
    for name, counts, _ in results:
        print(f"{name + ':':12} {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    total = [sum(counts[i] for _, counts, _ in results) for i in range(3)]
    line = f"{total[0]} passed, {total[1]} failed, {total[2]} skipped"
    with open("build/test/total", "w") as file:
        file.write(line + "\n")
    print(line)
    sys.exit(1 if total[1] else 0)


main(sys.argv[1:])
