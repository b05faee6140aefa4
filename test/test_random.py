#!/usr/bin/env python3
"""test_random.py: random programs leave the same on every machine of this byte order, whatever runs them.

usage: test_random.py [--programs N] [--seed N] [--size N] [BINARY | MACHINE]...
       --programs N   how many on each machine (1024); --size N: statements of a program (any)
       MACHINE        of test/cross.txt; without any: this one, and those whose test binary is built already

Every machine compares its own engines, and prints a digest of what its interpreter saw for each batch of programs. Where
two machines print different ones, the first program they disagree about is looked for and printed, with what both saw.
`make campaign` runs a million programs a machine.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIGEST = re.compile(r"digest (le|be) 0x([0-9a-f]+) ([0-9a-f]+)")
BATCH = 256


def machines():
    """{name: emulator} of test/cross.txt."""
    with open("test/cross.txt") as file:
        rows = [line.split() for line in file if line.strip() and line[0] != "#"]
    return {row[0]: row[2] for row in rows}


def is_built(binary):
    """There, complete and of these sources: another part of `make test` may be linking it right now."""
    return os.path.exists(binary) and subprocess.run(["make", "-q", binary], capture_output=True).returncode == 0


def commands(wanted):
    """{name: command} of what is to run; exits when a name is unknown."""
    known = machines()
    if not wanted:
        wanted = ["build/product/test"] + [n for n in known if is_built(f"build/cross/{n}/test")]
    found = {}
    for name in wanted:
        if name in known:
            emulator = shutil.which(known[name])
            if not emulator:
                print(f"{name}: SKIP, there is no {known[name]}")
                continue
            if subprocess.run(["make", "-s", f"build/cross/{name}/test"]).returncode:
                sys.exit(f"test_random.py: {name} does not build")
            found[name] = [emulator, f"build/cross/{name}/test"]
        elif os.path.exists(name):
            found["this one" if name == "build/product/test" else name] = [name]
        else:
            sys.exit(f"test_random.py: no machine and no file {name}; there are {', '.join(known)}")
    return found


class Progress:
    """One line on a terminal; nothing elsewhere."""

    def __init__(self, programs):
        self.lock, self.done, self.all, self.start = threading.Lock(), {}, programs, time.time()

    def add(self, name, programs):
        with self.lock:
            self.done[name] = self.done.get(name, 0) + programs
            if sys.stdout.isatty():
                took = time.time() - self.start
                text = "   ".join(f"{n} {d * 100 // self.all}% {d / took:.0f}/s" for n, d in self.done.items())
                print("\r\033[K" + text[:shutil.get_terminal_size().columns - 1], end="", flush=True)


def run(name, command, seed, programs, size, progress=None, **more):
    """({seed of a batch: digest}, byte order, whole output, exit status) of one machine."""
    environment = {**os.environ, "MYBPF_SEED": str(seed), "MYBPF_PROGRAMS": str(programs), "MYBPF_BATCH": str(BATCH), **more}
    if size:
        environment["MYBPF_SIZE"] = str(size)
    process = subprocess.Popen(command + ["--filter", "random.digest"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", env=environment)
    digests, order, lines = {}, "?", []
    for line in process.stdout:
        found = DIGEST.match(line)
        if found:
            order = found.group(1)
            digests[int(found.group(2), 16)] = found.group(3)
            if progress:
                progress.add(name, BATCH)
        else:
            lines.append(line)
    return digests, order, "".join(lines), process.wait()


def refusals(binary):
    """What is wrong with how settings are refused that are none: each with one line, and status 2."""
    wrong = []
    commands_ = [([sys.executable, __file__, "--seed", "zz"], {}, "zz is not a number")]
    commands_ += [([binary, "--filter", "random.trusted"], {"MYBPF_PROGRAMS": "1", name: value}, f"{name}={value}: not a number")
                  for name, value in (("MYBPF_SEED", "zz"), ("MYBPF_PROGRAMS", "-1"), ("MYBPF_SIZE", ""), ("MYBPF_SEED", "5x"))]
    commands_.append(([binary, "--filter", "random.guarded"], {"MYBPF_SECONDS": "1s"}, "MYBPF_SECONDS=1s: not a number"))
    for command, more, text in commands_:
        found = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **more})
        if found.returncode != 2 or text not in found.stderr or found.stderr.count("\n") != 1:
            wrong.append(f"{text}: status {found.returncode}, {found.stderr}")
    found = subprocess.run([binary, "--filter", "random.replay"], capture_output=True, text=True,
                           env={**os.environ, "MYBPF_REPLAY": "/nowhere"})
    if found.returncode != 1 or "/nowhere" not in found.stderr:
        wrong.append(f"MYBPF_REPLAY=/nowhere: status {found.returncode}, {found.stderr}")
    return wrong


def first_difference(a, b):
    """The lowest seed whose digest differs in two dictionaries, or None."""
    return min((seed for seed in a if seed in b and a[seed] != b[seed]), default=None)


def explain(names, commands_, seed, size):
    """Finds the program of the batch at `seed` that two machines disagree about and prints it."""
    each = [run(n, commands_[n], seed, BATCH, size, MYBPF_BATCH="1")[0] for n in names]
    at = first_difference(*each)
    if at is None:
        print(f"  batch 0x{seed:x} differs, but none of its programs alone")
        return
    texts = [run(n, commands_[n], at, 1, size, MYBPF_PRINT="1")[2] for n in names]
    print(f"  MYBPF_SEED=0x{at:x}\n{texts[0]}")
    print(f"  {names[1]} saw\n" + "".join(l + "\n" for l in texts[1].splitlines() if l.startswith("# ")))


class Parser(argparse.ArgumentParser):
    """One line about what is wrong; --help has the rest."""

    def error(self, message):
        self.exit(2, f"test_random.py: {message}\n")


def number(text):
    """Of an option: not negative, as C writes it."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number")
    return value


def main():
    os.chdir(ROOT)
    parser = Parser(usage=__doc__)
    parser.add_argument("--programs", type=number, default=4 * BATCH)
    parser.add_argument("--seed", type=number, default=int(time.time()) << 24)
    parser.add_argument("--size", type=number, default=0)
    parser.add_argument("machines", nargs="*")
    options = parser.parse_args()
    wrong = []
    programs = -(-options.programs // BATCH) * BATCH
    chosen = commands(options.machines)
    print(f"MYBPF_SEED=0x{options.seed:x}", flush=True)
    if not options.machines:
        wrong = refusals("build/product/test")
        print("settings that are none:", "; ".join(wrong) or "refused")
    progress, results, failed, first = Progress(programs), {}, 0, {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = {n: pool.submit(run, n, c, options.seed, programs, options.size, progress) for n, c in chosen.items()}
        for name, job in jobs.items():
            results[name] = job.result()
    print("\r\033[K" if sys.stdout.isatty() else "", end="")
    for name, (digests, order, text, status) in results.items():
        other = first.setdefault(order, name)
        at = first_difference(digests, results[other][0])
        counts = re.search(r"all kinds: .*", text)
        print(f"{name} ({order}): {counts.group(0)[11:] if counts else 'ended early'}"
              + (f", {len(digests)} digests as {other}'s" if other != name and at is None else ""))
        if status or not counts:
            print(text, end="")
        if at is not None:
            print(f"{name} and {other} differ")
            explain([other, name], chosen, at, options.size)
        failed += bool(status or not counts or at is not None)
    passed = len(results) - failed + (not options.machines and not wrong)
    failed += bool(wrong)
    print(f"{passed} passed, {failed} failed, {0 if results else 1} skipped")
    sys.exit(1 if failed else 0)


main()
