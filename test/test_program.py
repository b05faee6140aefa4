#!/usr/bin/env python3
"""test_program.py: the program side of mybpf.h: what it declares compiles with every -mcpu and beside other headers, and text
needs no .rodata."""
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CLANG = os.environ.get("CLANG") or "clang"
FLAGS = "-O2 -g -target bpf -Wall -Wextra -Werror".split()
counts = [0, 0]
scratch = tempfile.mkdtemp(prefix="mybpf-program-")

# Stand-ins for foreign headers that may come first: the names they declare must be left alone.
LIBBPF = """
#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__
typedef unsigned int __u32; typedef unsigned long long __u64;
static void *(* const bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;
#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
struct bpf_map_def { unsigned int type; };
#endif
"""
LINUX = """
#ifndef __LINUX_BPF_H__
#define __LINUX_BPF_H__
typedef unsigned char __u8; typedef unsigned short __u16; typedef unsigned int __u32; typedef unsigned long long __u64;
enum bpf_map_type { BPF_MAP_TYPE_UNSPEC, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY };
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
struct xdp_md { __u32 data, data_end; };
struct __sk_buff { __u32 len; };
enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };
#endif
"""
MAIN = 'SEC("tcmd/t") int main(int argc, char **argv) { (void)argc, (void)argv; %s }'
XDP = """SEC("xdp") int pass(struct xdp_md *ctx) { return ctx->data == ctx->data_end ? XDP_DROP : XDP_PASS; }"""
MAP = """struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } m SEC(".maps");
SEC("xdp") int look(struct xdp_md *ctx) { __u32 key = ctx->data; return bpf_map_lookup_elem(&m, &key) ? 1 : 2; }"""
OLD_MAP = """struct bpf_map_def SEC("maps") m = {.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 1};
SEC("tc") int classify(struct __sk_buff *skb) { __u32 key = skb->len; return bpf_map_delete_elem(&m, &key) ? TC_ACT_SHOT : TC_ACT_OK; }"""
TWELVE = ", ".join("%d" for _ in range(12)), ", ".join(f"argc + {i}" for i in range(12))

# name, source after the include, source before it, what the disassembly must hold (None: anything)
CASES = [
    ("hello", MAIN % 'printf("Hello\\n"); return 0;', "", r"call 1000040"),
    ("no arguments", MAIN % 'printf("50%%\\n"); return 0;', "", r"r4 = 0|w4 = 0"),
    ("twelve arguments", MAIN % f'printf("{TWELVE[0]}", {TWELVE[1]}); return 0;', "", r"4 = 96"),
    ("pointers and integers", MAIN % 'printf("%p %s %d %lu", argv, argv[0], (char)argc, 5ul); return 0;', "", None),
    ("puts", MAIN % 'puts("text"); putchar(10); return 0;', "", r"call 1000044"),
    ("snprintf", MAIN % 'char s[9]; return snprintf(s, sizeof s, "%d", argc);', "", r"call 1000041"),
    ("sprintf", MAIN % 'char s[9]; return sprintf(s, "%d", argc);', "", r"call 1000042"),
    ("printk", MAIN % 'bpf_printk("%d %d %d", argc, 2, 3); return 0;', "", r"call 6\b"),
    ("printk none", MAIN % 'bpf_printk("x"); return 0;', "", r"call 6\b"),
    ("printk of four", MAIN % 'bpf_printk("%d %d %d %d", argc, 2, 3, 4); return 0;', "", r"call 177\b"),
    ("memory", MAIN % "void *p = malloc(8); p = realloc(p, 16); free(p); p = calloc(2, 4); free(p); return 0;", "", r"call 1000001"),
    ("strings", MAIN % "char s[8]; strcpy(s, argv[0]); strncpy(s, argv[1], 8); return strlen(s) + strcmp(s, argv[0]) + "
     "strncmp(s, argv[0], 2) + (strchr(s, 'x') ? 1 : 0) + (strrchr(s, 'x') ? 1 : 0) + (strstr(s, argv[0]) ? 1 : 0);", "", r"call 1000027"),
    ("numbers", MAIN % "char *end; return strtol(argv[0], &end, 0) + strtoul(argv[1], NULL, 10);", "", r"call 1000030"),
    ("small copy", MAIN % "char s[64]; memcpy(s, argv[0], 64); memset(s, argc, 8); return s[argc & 63];", "", None),
    ("large copy", MAIN % "memcpy(argv[0], argv[1], 5000); memset(argv[0], 0, 5000); memmove(argv[0], argv[1], argc); "
     "return memcmp(argv[0], argv[1], 5000);", "", r"call 1000010"),
    ("exit", MAIN % "exit(3); return 0;", "", r"call 1000050"),
    ("big stack", MAIN % "char *p = MYBPF_BIG_STACK(4096); p[argc] = 1; return p[0];", "", r"\+= -4608"),
    ("tail call", "struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } p "
     'SEC(".maps"); SEC("xdp") int next(struct xdp_md *ctx) { bpf_tail_call(ctx, &p, 0); return 0; }', "", r"call 12\b"),
    ("xdp", XDP, "", None), ("array value", MAP.replace("__u64", "char[12]"), "", None), ("map", MAP, "", None), ("old map", OLD_MAP, "", None),
    ("no libc names", "static int free, malloc;" + MAIN % "free = malloc; sys_puts(argv[0]); return free;", "#define MYBPF_NO_LIBC_NAMES", None),
    ("after libbpf", MAP + MAIN % 'printf("%d\\n", argc); return 0;', LIBBPF, None),
    ("after linux/bpf.h", XDP + MAP, LINUX, None),
    ("after both", XDP + MAP, LINUX + LIBBPF, None),
    ("before libbpf", LIBBPF + MAP, "", None),
    ("stdbool", "#include <stdbool.h>\n#include <stddef.h>\n#include <stdarg.h>\n" + MAIN % "bool b = argc; return b;", "", None),
]


def check(name, wrong):
    counts[1 if wrong else 0] += 1
    if wrong:
        print(f"FAILED {name}: {wrong}")


def run(*command, text=""):
    done = subprocess.run(command, capture_output=True, text=True, input=text)
    return done.returncode, done.stdout, done.stderr


def compile_and_look(name, source, before, wanted, flags):
    out = os.path.join(scratch, "out.o")
    status, _, errors = run(CLANG, *FLAGS, *flags, f"-I{ROOT}", "-x", "c", "-c", "-", "-o", out,
                            text=f'{before}\n#include "mybpf.h"\n{source}\n')
    if status:
        return errors[:800]
    _, listing, _ = run(objdump, "-d", "-r", "--no-show-raw-insn", out)
    if wanted and not re.search(wanted, listing):
        return f"no {wanted!r} in\n{listing}"
    if ".rodata" in listing:
        return f"the code needs .rodata:\n{listing}"
    return ""


version = re.search(r"version (\d+)", run(CLANG, "--version")[1])
objdump = next((tool for tool in (f"llvm-objdump-{version.group(1)}" if version else "", "llvm-objdump")
                if tool and subprocess.run(["which", tool], capture_output=True).returncode == 0), None)
if not objdump:
    print("llvm-objdump is not installed\n0 passed, 1 failed, 0 skipped")
    raise SystemExit(1)

for name, source, before, wanted in CASES:
    for flags in (["-mcpu=v1"], ["-mcpu=v2"], ["-mcpu=v3"], ["-std=gnu11"]):
        check(f"{name} ({' '.join(flags)})", compile_and_look(name, source, before, wanted, flags))
PRINTS = f'''char s[9]; printf("x"); puts("x"); printf("%d", argc); printf("{TWELVE[0]}", {TWELVE[1]}); sprintf(s, "x"); sprintf(s, "%d", 1);
snprintf(s, 9, "x"); snprintf(s, 9, "%d", 1); bpf_printk("x"); bpf_printk("%d", 1); bpf_printk("%d%d%d%d", argc, 2, 3, argc); return 0;'''
for standard in ("c99", "c11", "c17"):
    check(f"pedantic {standard}", compile_and_look("pedantic", MAIN % PRINTS, "", None, ["-pedantic", f"-std={standard}"]))
# A wrong use is an error, not a surprise at run time.
check("thirteen arguments", "" if compile_and_look("", MAIN % f'printf("", {TWELVE[1]}, 13); return 0;', "", None, []) else "accepted")
check("a format that is no literal", "" if compile_and_look("", MAIN % "printf(argv[0]); return 0;", "", None, []) else "accepted")

print(f"{counts[0]} passed, {counts[1]} failed, 0 skipped")
raise SystemExit(counts[1] != 0)
