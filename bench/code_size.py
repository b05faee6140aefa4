#!/usr/bin/env python3
"""code_size.py: how much machine code an SPF image of each example has, on every target: a Markdown table.

usage: code_size.py [FOLDER]     of .o files; default: build/examples

Instructions are counted by a disassembler (llvm-mc), without the padding in front of functions and loops."""
import os
import subprocess
import sys
import tempfile

HEADER, CODE_SIZE = 44, 12  # of an SPF image, docs/formats.md
TOOL = os.path.join(os.environ.get("MYBPF_TOOLS", "build/tools"), "mybpfc")
FEATURES = {"riscv64": "+m,+a,+c", "arm64": "+lse"}
TRIPLES = {"arm64": "aarch64"}


def targets():
    """As the tool's help lists them: "Targets: x86_64, arm64 (+lse)"."""
    line = subprocess.run([TOOL, "convert", "--help"], capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    return [part.split()[0] for part in line.split(":")[1].split(",")]


def code_of(path, target):
    """The code of an image; None when the example cannot be one."""
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        command = [TOOL, "convert", "spf", "--trust", "trusted", path, "-o", image]
        if subprocess.run(command + (["-t", target] if target else []), capture_output=True).returncode:
            return None
        with open(image, "rb") as file:
            data = file.read()
    return data[HEADER:HEADER + int.from_bytes(data[CODE_SIZE:CODE_SIZE + 4], "little")]


def count(code, target):
    text = " ".join(f"0x{byte:02x}" for byte in code)
    command = ["llvm-mc", "--disassemble", f"--triple={TRIPLES.get(target, target)}", f"-mattr={FEATURES.get(target, '')}"]
    lines = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    words = [line.split()[0] for line in lines if line.strip()]
    return sum(not word.startswith(".") and not word.startswith("nop") for word in words)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "build/examples"
    names = targets()
    total = {name: [0, 0] for name in names}
    insns = 0
    print("\n| example | BPF |" + "".join(f" {name} | bytes |" for name in names))
    print("|---|---|" + "---|---|" * len(names))
    for file in sorted(os.listdir(folder)):
        bytecode = code_of(os.path.join(folder, file), None) if file.endswith(".o") else None
        if bytecode is None:
            continue
        insns += len(bytecode) // 8
        row = f"| {file[:-2]} | {len(bytecode) // 8} |"
        for name in names:
            code = code_of(os.path.join(folder, file), name)
            number = count(code, name)
            total[name][0] += number
            total[name][1] += len(code)
            row += f" {number} | {len(code)} |"
        print(row)
    print(f"| all | {insns} |" + "".join(f" {number} | {size} |" for number, size in total.values()))
    base = total["x86_64"][0]
    print("\nInstructions for each of x86-64: " +
          ", ".join(f"{name} {number / base:.2f}" for name, (number, _) in total.items() if name != "x86_64"))


if __name__ == "__main__":
    main()
