#!/usr/bin/env python3
"""test_headers.py: the four headers in every order, language, compiler and configuration.

The full product of all dimensions would take an hour, so each check below covers one question:
declarations in all 24 orders with every language and compiler; implementations in all 24 orders with the
other dimensions rotating; in one order every language, compiler and tree, and a tenth of them with each
other configuration. Those only parse (-fsyntax-only); a few are built with optimisation, linked and looked at with nm.
"""
import concurrent.futures
import glob
import itertools
import os
import re
import subprocess
import sys
import tempfile

os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADERS = ["mybpf.h", "mybpf_jit.h", "mybpf_aot.h", "mybpf_bare.h"]
ORDERS = list(itertools.permutations(HEADERS))
LANGUAGES = ["c99", "c11", "c17", "c++11", "c++20"]
COMPILERS = [os.environ.get("CC") or "gcc", os.environ.get("CLANG") or "clang"]
TREES = [".", "src"]  # the product and the authored files
CONFIGS = {
    "elf": "",
    "no elf": "MYBPF_NO_ELF",
    "no asm": "MYBPF_NO_ASM",
    "no images": "MYBPF_NO_IMAGES",
    "no prover": "MYBPF_NO_PROVER",
    "no native": "MYBPF_NO_NATIVE",
    "no instances": "MYBPF_NO_INSTANCES",
    "no sys": "MYBPF_NO_SYS",
    "no map types": "MYBPF_NO_MAP_TYPES",
    "no more helpers": "MYBPF_NO_MORE_HELPERS",
    "no messages": "MYBPF_NO_MESSAGES",
    "terse": "MYBPF_NO_MESSAGES\n#define MYBPF_NO_ASM",
    "small": "MYBPF_SMALL",
    "interpreter only": "MYBPF_INTERPRETER_ONLY",
    "interpreter only, free": "MYBPF_FREESTANDING\n#define MYBPF_INTERPRETER_ONLY",
    "static": "MYBPF_STATIC",
    "freestanding": "MYBPF_FREESTANDING",
    "switch": "MYBPF_NO_COMPUTED_GOTO",
}
# Hosts unlike this one: 32 bits, big-endian, strict alignment, 32-bit long.
HOSTS = ["i386-linux", "armv7-none-eabi", "aarch64-linux", "mips-linux", "powerpc64-linux", "riscv64", "x86_64-windows-gnu"]
WARN = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()
scratch = tempfile.mkdtemp(prefix="mybpf-headers-")
counts = {"passed": 0, "failed": 0, "skipped": 0}


def record(name, output):
    """Counts one check; `output` is what is wrong, empty when nothing is."""
    counts["failed" if output else "passed"] += 1
    if output:
        lines = output.strip().splitlines()
        print(f"FAILED {name}", *lines[:8], sep="\n    ", flush=True)


def unit(headers, config="", implement=True, first=""):
    """A source file that includes `headers`."""
    defines = [config] if config else []
    defines += ["MYBPF_IMPLEMENTATION"] if implement else []
    return "\n".join([first] + [f"#define {d}" for d in defines] + [f'#include "{h}"' for h in headers]) + "\n"


def tool(*command, text=None):
    """(what went wrong, output) of a command, run where no header of ours is in the current folder."""
    done = subprocess.run(command, cwd=scratch, input=text, capture_output=True, text=True, errors="replace")
    return (done.stderr or f"exit {done.returncode}") if done.returncode else "", done.stdout


def compile(compiler, language, tree, text, *flags):
    kind = "c++" if "+" in language else "c"
    return tool(compiler, "-x", kind, f"-std={language}", *WARN, f"-I{os.path.abspath(tree)}", *(flags or ["-fsyntax-only"]), "-", text=text)[0]


def syntax_jobs():
    """Name and compile() arguments of everything that is only parsed."""
    pairs = list(itertools.product(LANGUAGES, COMPILERS))
    for number, order in enumerate(ORDERS):
        short = " ".join(order)
        for at, (language, compiler) in enumerate(pairs):
            tree = TREES[(number + at) % 2]
            yield f"declarations: {short}, {language} {compiler} -I{tree}", compiler, language, tree, unit(order, "", False)
        language, compiler = pairs[number % len(pairs)]
        tree, config = TREES[number // 10 % 2], list(CONFIGS)[number * 7 % len(CONFIGS)]
        yield f"order: {short}, {config}, {language} {compiler} -I{tree}", compiler, language, tree, unit(order, CONFIGS[config])
    hosts = list(itertools.product(pairs, TREES))
    for (at, ((language, compiler), tree)), (number, config) in itertools.product(enumerate(hosts), enumerate(CONFIGS)):
        if number and (at + number) % 10:
            continue
        yield f"config: {config}, {language} {compiler} -I{tree}", compiler, language, tree, unit(HEADERS, CONFIGS[config])
    for header, compiler in itertools.product(HEADERS, COMPILERS):
        yield f"alone: {header}, {compiler}", compiler, "c99", ".", unit([header])
        yield f"after stdio.h: {header}, {compiler}", compiler, "c99", ".", unit([header], first="#include <stdio.h>")
        yield f"twice: {header}, {compiler}", compiler, "c99", ".", unit([header], implement=False) + unit([header, header])
    for host, language in itertools.product(HOSTS, ["c99", "c++11"]):
        flags = [f"--target={host}", "-ffreestanding", "-nostdlibinc", "-fsyntax-only"]
        yield f"host {host}: {language}", COMPILERS[1], language, ".", unit(HEADERS, "MYBPF_FREESTANDING"), *flags
    for language in ["c99", "c17"]:
        flags = ["-target", "bpf", "-O2", "-fsyntax-only"]
        yield f"program side: {language}", COMPILERS[1], language, ".", unit(["mybpf.h"], implement=False), *flags
    for number, path in enumerate(sorted(glob.glob("src/**/*.[ch]", recursive=True))):
        if path == "src/prog/program.h":
            continue  # the program side: parsed above, for its own target
        compiler, language = ((COMPILERS[0], "c99"), (COMPILERS[1], "c++11"))[number % 2]
        yield f"alone: {path}, {compiler}", compiler, language, "src", f'#include "{path[4:]}"\n', "-w", "-fsyntax-only"


def symbols(path):
    """What the file defines that is not ours, apart from what compilers make up and what gdb looks for."""
    wrong, out = tool("nm", "-C", "--defined-only", path)
    made_up = re.compile(r"^(mybpf_|__jit_debug_|main$|check_|CSWTCH\.|\.L|(switch|rel)\.?table\.|__odr|DW\.ref)")
    names = [line.split(" ", 2)[2] for line in out.splitlines()]
    foreign = [name for name in names if not made_up.match(name)]
    return wrong or (f"not ours: {', '.join(foreign)}" if foreign else "")


MAIN = """
#include <stdio.h>
%s
int main(void)
{
    mybpf_vm *vm = NULL;
    int status = mybpf_vm_create(NULL, &vm, NULL);
    mybpf_vm_destroy(vm);
    printf("%%s\\n", mybpf_status_name(status));
    return status != 0;
}
"""


def build(compiler, language, tree, units, flags):
    """Compiles the units, checks their symbols, links and runs them: what went wrong."""
    directory = tempfile.mkdtemp(dir=scratch)
    # once for each compiler: it takes three times as long; freestanding() has -O2
    optimise = "-O1" if language == "c99" and flags and len(units) == 1 else "-O0"
    objects = []
    for number, text in enumerate(units):
        objects.append(f"{directory}/{number}.o")
        wrong = compile(compiler, language, tree, text, optimise, "-c", "-o", objects[-1]) or symbols(objects[-1])
        if wrong:
            return wrong
    wrong = tool(compiler, *objects, *flags, "-o", f"{directory}/program")[0]
    return wrong or tool(f"{directory}/program")[0]


def link_jobs():
    everything = "".join(f'#include "{h}"\n' for h in HEADERS)
    for number, (compiler, language) in enumerate(itertools.product(COMPILERS, ["c99", "c++11"])):
        tree = TREES[number % 2]
        for turn, (config, flags) in enumerate((("", ["-lelf"]), ("MYBPF_NO_ELF", []))):
            where = f"{config or 'with elf'}, {language} {compiler} -I{tree}"
            one = MAIN % unit(HEADERS, config)
            yield f"link, one unit: {where}", compiler, language, tree, [one], flags
            if turn == number // 2 % 2:
                continue
            each = [unit([header], config).replace("MYBPF_IMPLEMENTATION", f"{header[:-2].upper()}_IMPLEMENTATION")
                    for header in HEADERS]
            yield f"link, a unit each: {where}", compiler, language, tree, each + [MAIN % everything], flags


def freestanding(compiler):
    """Undefined symbols of a freestanding build: only what compilers may call without being asked."""
    path = f"{scratch}/free-{compiler.replace('/', '_')}.o"
    text = unit(HEADERS, "MYBPF_FREESTANDING")
    wrong = compile(compiler, "c99", ".", text, "-O2", "-ffreestanding", "-fno-stack-protector", "-c", "-o", path)
    names = tool("nm", "-u", path)[1].split()[1::2] if not wrong else []
    needs = [name for name in names if name not in ("memcpy", "memset", "memmove", "memcmp", "_GLOBAL_OFFSET_TABLE_")]
    return wrong or (f"needs {', '.join(needs)}" if needs else "")


def text_size(text, *flags):
    """Bytes of text, as size(1) counts them, of a unit built by gcc -Os without what some distributions add to it."""
    path = f"{scratch}/size.o"
    plain = ["-Os", "-fcf-protection=none", "-fno-stack-protector", "-fno-stack-clash-protection", "-U_FORTIFY_SOURCE"]
    wrong = compile(COMPILERS[0], "c99", ".", text, *plain, *flags, "-c", "-o", path)
    out = tool("size", path)[1] if not wrong else ""
    return wrong, int(out.splitlines()[1].split()[0]) if out else 0


def check_size(name, text, bar, *flags):
    if os.uname().machine != "x86_64":
        counts["skipped"] += 1
        print(f"size: {name}: the bar is for x86-64: skipped")
        return
    wrong, size = text_size(text, *flags)
    print(f"size: {name}: {size} bytes of text, bar {bar}")
    record(f"size: {name}", wrong or (f"{size} bytes, more than {bar}" if size > bar else ""))


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, output in pool.map(lambda job: (job[0], compile(*job[1:])), syntax_jobs()):
            record(name, output)
        for name, output in pool.map(lambda job: (job[0], build(*job[1:])), link_jobs()):
            record(name, output)
        for compiler, output in pool.map(lambda c: (c, freestanding(c)), COMPILERS):
            record(f"freestanding needs nothing: {compiler}", output)
    check_size("mybpf.h, interpreter only", unit(["mybpf.h"], "MYBPF_INTERPRETER_ONLY"), 24 * 1024, "-fno-asynchronous-unwind-tables")
    check_size("mybpf_bare.h", unit(["mybpf_bare.h"]), 700)
    with open("src/bare/bare.h", encoding="utf-8") as file:
        lines = len(file.readlines())
    print(f"size: the bare runtime: {lines} lines, fewer than 100 allowed")
    record("lines of the bare runtime", f"{lines}" if lines >= 100 else "")
    subprocess.run(["rm", "-r", scratch])
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["failed"] else 0)


main()
