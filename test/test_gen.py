#!/usr/bin/env python3
"""test_gen.py: `mybpfc gen skeleton`: what it writes compiles as C99 and C++11 without a warning and does what it says;
wrong uses and broken objects get one message."""
import atexit
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.environ.get("MYBPF_TOOLS") or os.path.join(ROOT, "build/tools")
CC, CLANG = os.environ.get("CC") or "gcc", os.environ.get("CLANG") or "clang"
counts = [0, 0, 0]

# A global of every kind of type, and names that are a trouble in C++ or in the header itself.
PROGRAM = """#include "mybpf.h"
typedef struct { u8 first; u64 second; } alias_t;
struct inner { u16 a; union { u32 number; u8 bytes[4]; }; };
struct bss { u8 small; struct inner inner[2]; alias_t alias; u32 low : 3, high : 5; u64 behind; };
struct packed { u8 a; u32 b; } __attribute__((packed));
struct flexible { u32 count; u32 more[]; };
enum color { RED, GREEN = 7 };
enum wide { WIDE = 0x100000000ull };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, u32); __type(value, u64); } counts SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct inner); } new SEC(".maps");
const volatile u32 limit = 5;
const volatile char text[8] = "abc";
char letter; _Bool flag; signed char tiny = -3; short two = -2; u64 class; double real = 1.5; float half = 0.5f;
static u32 hidden; int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}}; void *pointer; enum color color; enum wide wide;
struct bss whole; struct packed packed; struct packed many[3]; __int128 huge; struct inner *reference = &whole.inner[1];
void (*function)(void); struct flexible flexible; u32 maps; u8 last_byte; int custom SEC(".data.custom") = 9; const int fixed SEC(".rodata.more") = 4;
SEC("xdp") int delete(struct xdp_md *ctx)
{
    u32 key = 1;
    u64 *value = bpf_map_lookup_elem(&counts, &key);
    class += limit; hidden++; matrix[1][2] += hidden; flag = 1; color = GREEN; wide = WIDE; letter = text[1];
    whole.small = 1; whole.inner[1].number = 0x01020304; whole.alias.second = 0x1122334455667788; whole.behind = 99; whole.low = 5;
    packed.b = 0xabcdef; many[2].b = 77; huge = 5; maps = 3; last_byte = 200; custom++; tiny--; two--;
    pointer = value; flexible.count = 6; function = 0;
    return value ? (int)*value : fixed;
}
SEC("tc") int pass(struct __sk_buff *skb) { u32 key = 0; struct inner *i = bpf_map_lookup_elem(&new, &key); return i ? i->a : -1; }
char _license[] SEC("license") = "GPL";
"""
USE = """#include <stdio.h>
#include "types.skel.h"
#define IS(what, value) (void)((what) == (value) ? 0 : (printf("%s\\n", #what), wrong = 1))
int main(void)
{
    mybpf_error error;
    mybpf_test_run_opts test;
    uint32_t key = 1;
    uint64_t value = 3;
    int wrong = 0;
    struct types *skel = types__open(NULL, &error), *other;
    if (!skel) return puts(error.message), 1;
    memset(&test, 0, sizeof test);
    IS(skel->rodata->limit, 5);
    IS(skel->bss->class_, 0);
    IS(skel->data->real, 1.5);
    IS(skel->data->half, 0.5f);
    IS(skel->data->matrix[1][0], 4);
    IS(skel->maps.counts, NULL);
    skel->rodata->limit = 1000;
    strcpy(skel->rodata->text, "xyz");
    skel->descs.counts->max_entries = 1;
    if (types__load(skel, NULL, &error)) return puts(error.message), 1;
    IS(skel->descs.counts, NULL);
    IS(mybpf_map_describe(skel->maps.counts)->max_entries, 1);
    if (mybpf_program_test_run(skel->progs.delete_, &test, &error)) return puts(error.message), 1;
    IS(test.retval, 4);
    IS(skel->bss->class_, 1000);
    IS(skel->bss->flag, true);
    IS(skel->bss->letter, 'y');
    IS(skel->bss->color, 7);
    IS(skel->bss->wide, 0x100000000u);
    IS(skel->bss->whole.small, 1);
    IS(skel->bss->whole.inner[1].unnamed_1.number, 0x01020304u);
    IS(skel->bss->whole.alias.second, 0x1122334455667788u);
    IS(skel->bss->whole.behind, 99);
    IS(skel->bss->packed.b, 0xabcdef);
    IS(skel->bss->many[2].b, 77);
    IS(skel->bss->huge[0] + skel->bss->huge[15], 5);
    IS(skel->bss->maps, 3);
    IS(skel->bss->last_byte, 200);
    IS(skel->bss->flexible.count, 6);
    IS(skel->bss->pointer, 0);
    IS(skel->data->matrix[1][2], 7);
    IS(skel->data->tiny, -4);
    IS(skel->data->two, -3);
    IS(skel->data_custom->custom, 10);
    IS(skel->rodata_more->fixed, 4);
    IS(sizeof(struct types__bss_2), 56); /* struct bss of the program: types__bss is the section */
    IS(sizeof(struct types__alias_t), 16);
    if (mybpf_map_update(skel->maps.counts, &key, &value, MYBPF_ANY)) wrong = 1;
    if (mybpf_program_test_run(skel->progs.delete_, &test, &error)) return puts(error.message), 1;
    IS(test.retval, 3);
    IS(skel->data->matrix[1][2], 9);
    if (mybpf_program_test_run(skel->progs.pass, &test, &error)) return puts(error.message), 1;
    IS(test.retval, 0);
    *skel->bss = *skel->bss; /* no byte more than there is */
    other = types__open_and_load(skel->vm, NULL, &error);
    if (!other) return puts(error.message), 1;
    IS(other->bss->class_, 0);
    types__destroy(other);
    other = types__open(skel->vm, &error);
    *other->bss = *skel->bss;
    *other->data = *skel->data;
    types__destroy(other);
    types__destroy(skel);
    types__destroy(NULL);
    {
        mybpf_load_opts load;
        memset(&load, 0, sizeof load);
        load.temp_count = 1;
        IS(types__open_and_load(NULL, &load, &error), NULL);
        IS(error.code, MYBPF_ERR_ARGUMENT);
    }
    return wrong ? 1 : (puts("fine"), 0);
}
"""


def check(name, wrong):
    counts[1 if wrong else 0] += 1
    if wrong:
        print(f"FAILED {name}: {wrong}")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def gen(*words):
    return run(os.path.join(TOOLS, "mybpfc"), "gen", *words)


def message(name, status, text, *words):
    done = gen(*words)
    ok = done.returncode == status and text in done.stderr and not done.stdout
    check(name, "" if ok else f"exit {done.returncode}, {done.stderr!r}, {done.stdout[:200]!r}")


def compiles(here):
    """The header, used in C and C++, with an implementation compiled once."""
    write("impl.c", '#define MYBPF_IMPLEMENTATION\n#include "mybpf.h"\n')
    sanitize = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    done = run(CC, "-O0", *sanitize, f"-I{ROOT}", "-c", "impl.c", "-o", "impl.o")
    check("the implementation compiles", done.stderr)
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
    for language in (["c", "c99"], ["c", "c17"], ["c++", "c++11"], ["c++", "c++17"]):
        for compiler in (CC, CLANG):
            name = f"{compiler} -std={language[1]}"
            flags = ["-x", language[0], f"-std={language[1]}", *warnings, f"-I{ROOT}", "-I."]
            if compiler == CLANG:
                check(name, run(compiler, *flags, "-fsyntax-only", "use.c").stderr)
                continue
            done = run(compiler, *flags, *sanitize, "use.c", "-x", "none", "impl.o", "-lelf", "-lpthread", "-o", "use")
            check(name, done.stderr)
            done = run("./use")
            check(f"{name}, running", "" if done.stdout == "fine\n" and not done.returncode else done.stdout + done.stderr[:2000])


def broken(data):
    """Changed bytes in the object: a header or one message, and no crash. Names in it are text that nobody chose."""
    choice = random.Random(1)
    with open("types.skel.h", "rb") as file:
        whole = len(file.read())
    names = data.find(b"_license\0")
    for i in range(60):
        bad = bytearray(data)
        for _ in range(choice.choice((1, 1, 4, 40))):
            bad[choice.randrange(len(bad)) if i % 2 else choice.randrange(max(0, names - 900), min(len(bad), names + 900))] = choice.randrange(256)
        if i % 10 == 9:
            bad = bad[:choice.randrange(len(bad))]
        with open("bad.o", "wb") as file:
            file.write(bad)
        done = gen("skeleton", "bad.o", "name", "types")
        ok = (done.returncode == 0 and done.stdout.endswith("#endif\n") and len(done.stdout) < 4 * whole) or \
             (done.returncode == 1 and done.stderr.count("\n") == 1 and not done.stdout)
        check(f"broken object {i}", "" if ok else f"exit {done.returncode}: {done.stderr[:600]}")


def main():
    here = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, here)
    os.chdir(here)
    write("types.c", PROGRAM)
    done = run(CLANG, "-O2", "-g", "-target", "bpf", f"-I{ROOT}", "-Wall", "-c", "types.c", "-o", "types.o")
    check("types.c compiles", "" if not done.returncode else done.stderr)
    done = gen("skeleton", "types.o")
    check("to standard output", "" if done.returncode == 0 and "struct types {" in done.stdout else done.stderr)
    done = gen("skeleton", "types.o", "-o", "types.skel.h")
    check("to a file", done.stderr or done.stdout)
    write("use.c", USE)
    compiles(here)
    done = gen("skel", "types.o", "name", "other_name")
    check("name", "" if "struct other_name__bss {" in done.stdout else "no struct other_name__bss")
    os.rename("types.o", "9-new.bpf.o")
    done = gen("skeleton", "9-new.bpf.o")
    check("a file's name that is no identifier", "" if "struct _9_new_bpf {" in done.stdout else done.stdout[:300])
    os.rename("9-new.bpf.o", "types.o")
    # Without types, without globals, other kinds of files.
    run(CLANG, "-O2", "-target", "bpf", f"-I{ROOT}", "-c", "types.c", "-o", "plain.o")
    write("bare.c", '#include "mybpf.h"\nint x = 1; int y; SEC("tc") int one(void *ctx) { return x + y; }')
    run(CLANG, "-O2", "-target", "bpf", f"-I{ROOT}", "-c", "bare.c", "-o", "bare.o")
    done = gen("skeleton", "bare.o")
    check("without types", "" if "unsigned char x[4];" in done.stdout else done.stderr + done.stdout[:500])
    run(os.path.join(TOOLS, "mybpfc"), "convert", "spf", "bare.o", "-o", "bare.spf")
    done = gen("skeleton", "bare.spf", "name", "image")
    check("an image", "" if "mybpf_program *one;" in done.stdout else done.stderr + done.stdout[:500])
    # What the host says when it opens the object.
    write("hz.c", '#include "mybpf.h"\nextern int CONFIG_HZ __attribute__((section(".kconfig")));\nSEC("xdp") int hz(void *ctx) { return CONFIG_HZ; }')
    run(CLANG, "-O2", "-g", "-target", "bpf", f"-I{ROOT}", "-c", "hz.c", "-o", "hz.o")
    run(os.path.join(TOOLS, "mybpfc"), "gen", "skeleton", "hz.o", "-o", "hz.skel.h")
    write("hz_use.c", """#include <stdio.h>
#include "hz.skel.h"
int main(void)
{
    mybpf_open_opts opts;
    mybpf_test_run_opts test;
    struct hz *skel;
    memset(&opts, 0, sizeof opts);
    memset(&test, 0, sizeof test);
    if (hz__open(NULL, NULL)) return 1; /* nobody says what it is */
    opts.kconfig = "CONFIG_HZ=250\\n";
    skel = hz__open_opts(NULL, &opts, NULL);
    if (!skel || hz__load(skel, NULL, NULL) || mybpf_program_test_run(skel->progs.hz, &test, NULL)) return 2;
    printf("%d\\n", (int)test.retval);
    hz__destroy(skel);
    return 0;
}
""")
    done = run(CC, "-std=c99", "-Wall", "-Wextra", "-fsanitize=address,undefined", f"-I{ROOT}", "hz_use.c", "impl.o", "-lelf", "-lpthread", "-o", "hz_use")
    check("open_opts compiles", done.stderr)
    done = run("./hz_use")
    check("open_opts", "" if done.stdout == "250\n" else f"exit {done.returncode}: {done.stdout}{done.stderr}")
    write("look.c", '#include "look.h"\n')
    for file in ("bare.o", "bare.spf"):
        write("look.h", gen("skeleton", file, "name", "look").stdout)
        check(f"{file} compiles", run(CC, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", f"-I{ROOT}", "look.c").stderr)
    done = gen("--help")
    check("help", "" if done.stdout.startswith("usage: mybpfc gen skeleton") and not done.returncode else done.stdout)
    # Wrong uses.
    message("nothing", 2, "gen what? skeleton FILE")
    message("another thing", 2, "gen object: it generates a skeleton", "object", "types.o")
    message("no file", 2, "no file given", "skeleton")
    message("no name", 2, "name needs a value", "skeleton", "types.o", "name")
    message("no identifier", 2, "name a-b: must be an identifier", "skeleton", "types.o", "name", "a-b")
    message("a number", 2, "name 1: must be an identifier", "skeleton", "types.o", "name", "1")
    message("one word more", 2, "unexpected argument more", "skeleton", "types.o", "name", "a", "more")
    message("another word", 2, "unexpected argument called", "skeleton", "types.o", "called", "a")
    message("an option of others", 2, "unknown option --json", "skeleton", "types.o", "--json")
    message("no such file", 1, "missing.o: No such file", "skeleton", "missing.o")
    write("text.s", "r0 = 0\nexit\n")
    message("assembly", 1, "text.s: gen skeleton is for objects and images", "skeleton", "text.s")
    write("no.o", "no object")
    message("no object", 1, "no.o: neither an ELF object", "skeleton", "no.o")
    message("no such folder", 1, "No such file", "skeleton", "types.o", "-o", "nowhere/x.h")
    with open("types.o", "rb") as file:
        broken(file.read())
    print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    sys.exit(1 if counts[1] else 0)


main()
