#!/usr/bin/env python3
"""seeds.py: first inputs for every fuzz target, from what the build made.

usage: seeds.py BUILD        writes BUILD/fuzz/seeds/TARGET/*
"""
import glob
import os
import random
import struct
import subprocess
import sys

build = sys.argv[1]
objects = sorted(glob.glob(f"{build}/examples/*.o") + glob.glob(f"{build}/test/objects/*.o"))
mybpfc = f"{build}/tools/mybpfc"


def write(target, name, data):
    folder = f"{build}/fuzz/seeds/{target}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}", "wb") as file:
        file.write(data)


def tool(*args):
    """The output of mybpfc, empty when it refuses."""
    try:
        return subprocess.run([mybpfc, *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return b""


def code_sections(elf):
    """Contents of the executable sections of a 64-bit ELF file; none of a big-endian one."""
    if elf[5] != 1:
        return
    offset, = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3a)
    for i in range(count):
        flags, _, start, length = struct.unpack_from("<QQQQ", elf, offset + i * size + 8)
        if flags & 4 and length:
            yield elf[start:start + length]


def convert(target, name, path, *flags):
    out = f"{build}/fuzz/seed.tmp"
    tool("convert", target, *flags, "-o", out, path)
    if os.path.exists(out):
        with open(out, "rb") as file:
            write(target, name, file.read())
        os.remove(out)


for path in objects:
    name = os.path.basename(path)[:-2]
    with open(path, "rb") as file:
        elf = file.read()
    write("elf", name, elf)
    for i, code in enumerate(code_sections(elf)):
        for mode in (0, 4):
            write("raw", f"{name}-{i}-{mode}", bytes([mode | 3]) + code)
    write("asm", name, tool("dump", path))
    for target in ("spf", "bare"):
        convert(target, name, path)
        convert(target, name + "-native", path, "-j")

random.seed(1)
for i in range(32):
    write("verify", f"random-{i}", random.randbytes(8 + 24 * i))
for i in range(64):  # the first byte chooses, see fuzz_insns.c: even, rows of the table; odd, the generator's decisions
    write("insns", f"table-{i}", bytes([i % 2 * 2]) + random.randbytes(4 * (i + 1)))
    write("insns", f"generated-{i}", bytes([1 + i * 4 % 256]) + random.randbytes(16 * i + 2))
write("asm", "small", b"r0 = 1 ll\nif r0 s> -5 goto +1\nr0 = *(u32 *)(r10 - 4)\nlock *(u64 *)(r1 + 8) += r2\nexit\n")
for path in glob.glob("test/fuzz/fuzz_*.c"):
    write(os.path.basename(path)[5:-2], "empty", b"")
