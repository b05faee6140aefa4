#!/usr/bin/env python3
"""test_readme.py: what README.md and the headers' manuals show works: programs compile and run, files exist."""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.environ.get("MYBPF_TOOLS") or os.path.join(ROOT, "build/tools")
CC, CLANG = os.environ.get("CC") or "gcc", os.environ.get("CLANG") or "clang"
counts = [0, 0, 0]
# What the README's run_command needs around it.
HOST = """#include <stdio.h>
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
%s
int main(int argc, char **argv)
{
    static char bytes[1 << 16];
    mybpf_error error = {0};
    FILE *file = fopen("hello.o", "rb");
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file) fclose(file);
    if (run_command(bytes, size, argc, argv, &error)) return puts(error.message), 1;
    return 0;
}
"""


# What register_add of docs/helpers.md needs around it.
REGISTER = """#include <stdio.h>
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
%s
int main(void)
{
    static char bytes[1 << 16];
    mybpf_range user = {MYBPF_HELPER_USER, MYBPF_HELPER_USER};
    mybpf_load_opts load = {.grants = &user, .grant_count = 1};
    uint64_t args[5] = {1}, r0 = 0;
    mybpf_run_opts run = {.args = args};
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    FILE *file = fopen("user.o", "rb");
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file) fclose(file);
    if (mybpf_vm_create(NULL, &vm, &error) || register_add(vm, &error) ||
        mybpf_object_open(vm, bytes, size, &object, &error) || mybpf_object_load(object, &load, &error) ||
        mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error))
        return puts(error.message), 1;
    printf("%%d\\n", (int)r0);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    return 0;
}
"""


def check(name, wrong):
    counts[1 if wrong else 0] += 1
    if wrong:
        print(f"FAILED {name}: {wrong}")


def output(*command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as why:
        return str(why)
    return done.stdout if done.returncode == 0 else f"exit {done.returncode}: {done.stderr[:500]}{done.stdout}"


def expect(name, got, want):
    check(name, "" if got == want else f"{got!r}, not {want!r}")


def main():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        text = file.read()
    embed, hello, host, firewall, unit_test = re.findall(r"```c\n(.*?)```", text, re.S)
    # Not optimised: each compiles the whole library, of which little runs.
    with tempfile.TemporaryDirectory() as here:
        for name, program in (("embed.c", embed), ("hello.c", hello), ("host.c", HOST % host),
                              ("firewall.c", firewall), ("firewall_test.c", unit_test)):
            with open(os.path.join(here, name), "w", encoding="utf-8") as file:
                file.write(program)
        for language in ("c99", "c17"):
            flags = ["-Wall", "-Wextra", "-Werror", "-O0", f"-std={language}", f"-I{ROOT}"]
            expect(f"embed.c compiles as {language}", output(CC, *flags, "embed.c", "-lelf", cwd=here), "")
            expect("embed.c runs", output("./a.out", cwd=here), "the program says 42\n")
        for header in ("mybpf.h", "mybpf_jit.h", "mybpf_aot.h"):
            with open(os.path.join(ROOT, header), encoding="utf-8") as file:
                example = re.search(r" \* EXAMPLE.*?\n( \*     .*?)\n \*\n", file.read(), re.S).group(1)
            code = f'#include <stdio.h>\n#include "{header}"\n' + re.sub(r"^ \*     ", "", example, flags=re.M) + "\n"
            flags = ["-x", "c", "-fsyntax-only", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}", "-"]
            expect(f"the example in {header} compiles", output(CC, *flags, cwd=here, input=code), "")
        expect("hello.c compiles", output(CLANG, "-O2", "-g", "-target", "bpf", f"-I{ROOT}", "-c", "hello.c", cwd=here), "")
        path = dict(os.environ, PATH=TOOLS + ":" + os.environ["PATH"])
        for language in ("c99", "c17"):
            flags = ["-Wall", "-Wextra", "-Werror", "-O0", f"-std={language}", f"-I{ROOT}"]
            expect(f"host.c compiles as {language}", output(CC, *flags, "host.c", "-lelf", "-o", "host", cwd=here), "")
            expect("host.c runs hello.o", output("./host", "world", cwd=here), "hello from eBPF, 1 argument\n")
        with open(os.path.join(ROOT, "docs/helpers.md"), encoding="utf-8") as file:
            register, user, objects = re.findall(r"```c\n(.*?)```", file.read(), re.S)
        with open(os.path.join(here, "user.c"), "w", encoding="utf-8") as file:
            file.write(user)
        with open(os.path.join(here, "register.c"), "w", encoding="utf-8") as file:
            file.write(REGISTER % register)
        expect("user.c compiles", output(CLANG, "-O2", "-target", "bpf", f"-I{ROOT}", "-c", "user.c", cwd=here), "")
        flags = ["-Wall", "-Wextra", "-Werror", "-O0", "-std=c99", f"-I{ROOT}"]
        expect("register.c compiles", output(CC, *flags, "register.c", "-lelf", "-o", "register", cwd=here), "")
        code = "#include \"mybpf.h\"\n#define take NULL\n#define done NULL\n" + objects
        expect("the objects of docs/helpers.md compile", output(CC, "-x", "c", *flags[:2], "-Wno-unused", "-Werror", "-fsyntax-only", f"-I{ROOT}", "-", cwd=here, input=code), "")
        expect("register.c runs user.o", output("./register", cwd=here), "42\n")
        source = os.path.join(ROOT, "examples/host/sensor.c")
        expect("sensor.c compiles for eBPF", output(CLANG, "-O2", "-target", "bpf", f"-I{ROOT}", "-c", source, "-o", "sensor.o", cwd=here), "")
        expect("sensor.c compiles", output(CC, *flags, source, "-lelf", "-o", "sensor", cwd=here), "")
        expect("sensor runs sensor.o", output("./sensor", "sensor.o", cwd=here), "r0 0, alarm 0, seen 1, door open\nr0 80, alarm 1, seen 1, door closed\n")
        expect("firewall.c compiles", output(CLANG, "-O2", "-g", "-target", "bpf", f"-I{ROOT}", "-c", "firewall.c", cwd=here), "")
        commands = [line.split("#")[0].strip() for line in text.splitlines() if line.startswith(("    mybpfc", "    printf 'load"))]
        for command in commands:
            got = output("bash", "-c", command, cwd=here, env=path)
            check(command, "" if "exit" not in got and ("hello" in got or "spf" in command or not got) else got)
        expect("firewall_test.c compiles", output(CC, *flags, "firewall_test.c", "-lelf", "-o", "firewall_test", cwd=here), "")
        expect("firewall_test runs", output("./firewall_test", cwd=here), "")
        with open(os.path.join(here, "firewall_test.c"), "w", encoding="utf-8") as file:
            file.write(unit_test.replace("[23] = 17", "[23] = 6"))
        expect("firewall_test.c compiles", output(CC, *flags, "firewall_test.c", "-lelf", "-o", "firewall_test", cwd=here), "")
        expect("firewall_test fails for TCP", output("./firewall_test", cwd=here), "exit 1: ")

    for name in re.findall(r"\]\(([^):#]+)\)", text) + re.findall(r"`((?:\w+/)+|\w+\.(?:h|py|md))`", text):
        check(f"{name} exists", "" if os.path.exists(os.path.join(ROOT, name)) else "no such file")
    header = open(os.path.join(ROOT, "mybpf.h"), encoding="utf-8").read()
    for page in ("libbpf", "testing"):
        with open(os.path.join(ROOT, f"docs/{page}.md"), encoding="utf-8") as file:
            named = set(re.findall(r"`(mybpf_\w+)", file.read()))
        missing = [name for name in named if not re.search(rf"\b{name}\b", header)]
        check(f"docs/{page}.md names what is there", "" if named and not missing else f"no {missing}")
    for path in glob.glob(os.path.join(ROOT, "*.md")) + glob.glob(os.path.join(ROOT, "*", "*.md")):
        with open(path, encoding="utf-8") as file:
            left = re.search(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", file.read(), re.M)
        check(f"{os.path.relpath(path, ROOT)} is merged", f"has {left.group()!r}" if left else "")
    targets = re.findall(r"^([a-z-]+):", open(os.path.join(ROOT, "Makefile"), encoding="utf-8").read(), re.M)
    for target in re.findall(r"\bmake ([a-z]+)\b", text):
        check(f"make {target}", "" if target in targets else "no such target")
    print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    sys.exit(1 if counts[1] else 0)


main()
