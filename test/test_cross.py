#!/usr/bin/env python3
"""test_cross.py: builds the C tests for other machines (test/cross.txt) and runs them under qemu-user.

usage: test_cross.py [--all | [--usual] MACHINE...]      --usual: no more than `make test` runs, which is s390x and arm64, of
                                                         which a run without arguments does the same

arm64 is there for its machine code, s390x for its byte order: of the big-endian machines Debian has libelf for this one. A
machine whose compiler or emulator is missing counts as skipped; where no libelf is to be had, the tests that need it do.
The whole output of a machine is kept in build/test/cross-MACHINE.log.
"""
import concurrent.futures
import os
import platform
import re
import shutil
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOTAL = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
OWN = {"x86_64": "i386", "aarch64": "arm64"}.get(platform.machine())  # needs no emulator here
LIMIT = 900  # seconds without a test that ends: a loaded machine is slow, not stuck
# What `make test` leaves to --all: a minute and more under an emulator, of code that does not depend on the machine, or on no
# more than its byte order.
LEFT_OUT = {"s390x": ["verify_hard.", "scalar.", "equal_switch."], "arm64": ["verify", "scalar.", "equal_switch."]}
ENVIRONMENT = {"MYBPF_SECONDS": "3"}  # for random tests; what the caller says goes first


def machines():
    """{name: (target, emulator)} of test/cross.txt."""
    with open("test/cross.txt") as file:
        rows = [line.split() for line in file if line.strip() and line[0] != "#"]
    return {row[0]: (row[1], row[2]) for row in rows}


class Progress:
    """One line on a terminal: where each running machine is. Nothing elsewhere."""

    def __init__(self):
        self.lock, self.where, self.on = threading.Lock(), {}, sys.stdout.isatty()

    def show(self, name, what):
        with self.lock:
            self.where[name] = what
            if self.on:
                width = shutil.get_terminal_size().columns - 1
                text = "   ".join(f"{n}: {w}" for n, w in self.where.items())
                print("\r\033[K" + text[:width], end="", flush=True)

    def done(self, name, text):
        with self.lock:
            self.where.pop(name, None)
            print(("\r\033[K" if self.on else "") + text, flush=True)


progress = Progress()


def skipped(name, why):
    progress.done(name, f"{name}: SKIP, {why}")
    return [0, 0, 1]


def tests(command):
    """How many tests the binary has, None when it does not even start."""
    try:
        found = subprocess.run(command + ["--list"], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    return len(found.stdout.split()) if found.returncode == 0 else None


def run(name, target, emulator, options):
    """[passed, failed, skipped] of one machine."""
    progress.show(name, "compiling")
    if not shutil.which(target + "-gcc"):
        return skipped(name, f"there is no {target}-gcc")
    if name != OWN and not shutil.which(emulator):
        return skipped(name, f"there is no {emulator}")
    binary = f"build/cross/{name}/test"
    found = subprocess.run(["test/sysroot.sh", name, f"build/cross/{name}/sysroot"], capture_output=True, text=True)
    if found.returncode:
        progress.done(name, f"{name}: without ELF objects, {found.stdout.strip()}")
    built = subprocess.run(["make", "-s", binary], capture_output=True, text=True)
    if built.returncode:
        progress.done(name, f"{name}: FAILED to build\n{built.stdout}{built.stderr}")
        return [0, 1, 0]
    command = ([] if name == OWN else [emulator]) + [os.path.abspath(binary)] + options
    every = tests(command)
    if every is None and name == OWN:
        return skipped(name, "this kernel does not run its programs")
    return report(name, *watch(name, binary, command, every))


def objects(binary):
    """Where the programs are that have the byte order of the machine: its file says which it is."""
    with open(binary, "rb") as file:
        big_endian = file.read(6)[5] == 2
    folders = ("bpfeb-objects", "bpfeb-examples") if big_endian else ("test/objects", "examples")
    return {"MYBPF_TEST_OBJECTS": f"{ROOT}/build/{folders[0]}", "MYBPF_EXAMPLES": f"{ROOT}/build/{folders[1]}"}


def limit(process, stuck):
    """Ends the process, and says so, when nobody cancels this in time."""
    def end():
        stuck.set()
        process.kill()
    timer = threading.Timer(LIMIT, end)
    timer.daemon = True
    timer.start()
    return timer


def watch(name, binary, command, every):
    """Runs the tests; the exit status and the lines they printed."""
    lines, begun = [], 0
    environment = {**ENVIRONMENT, **os.environ, **objects(binary)}
    with open(f"build/test/cross-{name}.log", "w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", env=environment)
        stuck = threading.Event()
        timer = limit(process, stuck)
        for line in process.stdout:
            timer.cancel()
            timer = limit(process, stuck)
            log.write(line)
            log.flush()
            lines.append(line.rstrip("\n"))
            if not line.startswith(" "):
                begun += 1
                progress.show(name, f"{begun}/{every} {line.strip()}")
        status = process.wait()
        timer.cancel()
        if stuck.is_set():
            lines.append(f"  ended: nothing new in {LIMIT} seconds")
    return status, lines


def report(name, status, lines):
    """Prints what failed and adds up."""
    found = [TOTAL.fullmatch(line) for line in lines[-3:]]
    found = [match for match in found if match]
    counts = [int(n) for n in found[-1].groups()] if found else [0, 1, 0]
    if status and not counts[1]:
        counts[1] = 1
    text = []
    if not found:
        text += lines[-12:] + [f"  ended with status {status}"]
    elif counts[1]:
        text += failures(lines)
    text.append(f"{name}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped (build/test/cross-{name}.log)")
    progress.done(name, "\n".join(text))
    return counts


def failures(lines):
    """The lines of the tests that failed; every test's name stands before its other lines."""
    test, failed = [], []
    for line in lines:
        if not line.startswith(" "):
            test = []
        test.append(line)
        if line.startswith("  FAILED "):
            failed += test
    return failed


def main(wanted):
    os.chdir(ROOT)
    os.makedirs("build/test", exist_ok=True)
    known, is_usual = machines(), not wanted or wanted[0] == "--usual"
    chosen = list(known) if wanted == ["--all"] else wanted[is_usual:] or list(LEFT_OUT)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"test_cross.py: no machine {', '.join(unknown)}; there are {', '.join(known)}")
    options = {name: [word for text in LEFT_OUT.get(name, []) if is_usual for word in ("--without", text)] for name in chosen}
    subprocess.run(["make", "-s", "test-objects"])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: run(name, *known[name], options[name]), chosen))
    total = [sum(counts[i] for counts in results) for i in range(3)]
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    sys.exit(1 if total[1] else 0)


main(sys.argv[1:])
