#!/usr/bin/env python3
"""docs/contexts.md has what src/verify/contexts.h says of every program type's context; --write makes it so.

Offsets and sizes are compared with linux/bpf.h, too, where the compiler has it."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOC = os.path.join(ROOT, "docs/contexts.md")
CC = os.environ.get("CC", "gcc")
HEAD = """# Contexts

What programs of each type may do with their context when they are verified and the load promises no `ctx_size`
([verifier](verifier.md#contexts)). Written by `test/test_contexts.py --write` from `src/verify/contexts.h`; the facts are those of linux/bpf.h and of the
kernel's `is_valid_access` functions. Widths are those that one access may have, at multiples of themselves; addresses are read whole. *packet* is the address of
the packet's first byte, *packet end* of the first behind its last. `pt_regs` is the host's: 168 bytes on x86-64, 272 on arm64, 256 on riscv64.

The host gives the structure as it is, in one piece, as long as the program's accesses reach. Where one type has two forms (IPv4 and IPv6 addresses, `getsockopt` and
`setsockopt`), the fields of both may be used: the object says nothing of where it will be attached. Commands (`tcmd`) get two numbers; programs of types that are not
listed (`unspec`, `struct_ops`, `ext`) and all guarded ones have a context of `ctx_size` bytes. `sk` is a `struct bpf_sock` that may be read by the fields below.

"""
KINDS = {"NUMBER": "number", "PACKET": "packet", "PACKET_END": "packet end", "PACKET_META": "metadata", "MEMORY": "memory",
         "MEMORY_OR_NULL": "memory or NULL"}
counts = [0, 0]


def check(name, fault):
    counts[bool(fault)] += 1
    if fault:
        print(f"FAILED {name}: {fault}")


def read():
    """Who (name: bits), tables (name: rows), contexts."""
    with open(os.path.join(ROOT, "src/verify/contexts.h"), encoding="utf-8") as file:
        text = file.read()
    who = {name: int(bits) for name, bits in re.findall(r"MYBPF__WHO_(\w+) = (\d+)", text)}
    tables = {}
    for name, body in re.findall(r"define MYBPF__(\w+)\(X, P\)((?:.*\\\n)*.*)", text):
        rows = []
        for kind, row in re.findall(r"\b([XP])\(((?:[^()\"]|\([^()]*\)|\"[^\"]*\")*)\)", body):
            cells = [cell.strip() for cell in re.findall(r"\s*(\"[^\"]*\"|[^,\"]+)\s*(?:,|$)", row)]
            if kind == "X":
                offset, size, holds, reads, writes, readers, writers, fields = cells
                extra = ""
            else:
                offset, holds, readers, count, thing, constant, fields = cells
                size, reads, writes, writers = "8", "8", "0", "NONE"
                extra = f" of {count} bytes" + (f" (`{thing.lower()}`)" if thing != "NONE" else "") + (", read-only" if constant == "1" else "")
            rows.append((offset, size, KINDS[holds] + extra, int(reads), int(writes), who[readers], who[writers], fields.strip('"')))
        tables[name] = rows
    contexts = re.findall(r"X\((\d+),\s*\"([^\"]*)\",\s*(\w+), (\w+), (\d)\)", text)
    return who, tables, contexts


def widths(bits):
    return ", ".join(str(width) for width in (1, 2, 4, 8) if bits & width) or "no"


def number(text):
    text = text.replace("MYBPF__PT_REGS", "168")
    return str(eval(text.replace("/", "//")))  # an expression of our own header


def document():
    who, tables, contexts = read()
    with open(os.path.join(ROOT, "src/load/prog_types.h"), encoding="utf-8") as file:
        names = dict(re.findall(r"X\((\d+),\s*\w+,\s*\"(\w+)\"\)", file.read()))
    text, done = HEAD, set()
    for _, title, table, _, _ in contexts:
        if (title, table) in done:
            continue
        done.add((title, table))
        users = [(names[n], who[w], int(p)) for n, t, tab, w, p in contexts if (t, tab) == (title, table)]
        groups = table in ("SK_BUFF",)
        text += f"## {title}: {', '.join(user[0] for user in users)}\n\n"
        if any("packet" in row[2] for row in tables[table]):
            writers = [user[0] for user in users if user[2]]
            text += f"The packet may be written to by: {', '.join(writers)}.\n\n" if writers else "The packet is read-only.\n\n"

        def by(bits):
            these = [user[0] for user in users if user[1] & bits]
            return "" if len(these) == len(users) else " (" + ", ".join(these) + ")"
        text += "| offset | bytes | fields | holds | reads | writes |\n|---|---|---|---|---|---|\n"
        for offset, size, holds, reads, writes, readers, wrote, fields in tables[table]:
            can_read = widths(reads) + by(readers) if any(u[1] & readers for u in users) else "no"
            can_write = widths(writes) + by(wrote) if writes and any(u[1] & wrote for u in users) else "no"
            text += f"| {number(offset)} | {number(size)} | {fields} | {holds} | {can_read} | {can_write} |\n"
        text += "\n"
    return text.rstrip("\n") + "\n"


STRUCTS = {"SK_BUFF": "__sk_buff", "XDP_MD": "xdp_md", "SOCK": "bpf_sock", "SOCK_ADDR": "bpf_sock_addr", "SOCK_OPS": "bpf_sock_ops",
           "DEVICE": "bpf_cgroup_dev_ctx", "SYSCTL": "bpf_sysctl", "SOCKOPT": "bpf_sockopt", "SK_MSG": "sk_msg_md",
           "SK_REUSEPORT": "sk_reuseport_md", "SK_LOOKUP": "bpf_sk_lookup", "FLOW": "__sk_buff"}


def compare_with_linux():
    """Each named field stands inside its row: the first at its offset, the last ends with it."""
    _, tables, _ = read()
    lines, rows = [], []
    for table, struct in STRUCTS.items():
        for offset, size, holds, _, _, _, _, fields in tables[table]:
            names = [f for f in re.split(r", | to ", fields) if not f.startswith(("replylong", "skb_hwtstamp", "tstamp_type", "hwtstamp"))]
            if not names:
                continue
            last = names[-1]
            wide = f"sizeof(((struct {struct} *)0)->{last})"
            lines.append(f'printf("%zu %zu\\n", offsetof(struct {struct}, {names[0]}), offsetof(struct {struct}, {last}) + {wide});')
            rows.append((table, fields, int(offset), int(offset) + int(size), names[0] == re.split(r", | to ", fields)[0]))
    code = "#include <stdio.h>\n#include <stddef.h>\n#include <linux/bpf.h>\nint main(void) {" + "\n".join(lines) + "return 0;}"
    program = os.path.join(ROOT, "build", "test_contexts")
    os.makedirs(os.path.dirname(program), exist_ok=True)
    built = subprocess.run([CC, "-x", "c", "-", "-o", program], input=code, text=True, capture_output=True, check=False)
    if built.returncode:
        print("skipped: linux/bpf.h is not there or too old")
        return 1
    got = subprocess.run([program], text=True, capture_output=True, check=True).stdout.splitlines()
    for (table, fields, first, end, whole), line in zip(rows, got):
        at, behind = map(int, line.split())
        narrow = fields in ("remote_port", "dst_port")  # has 2 bytes and may be read as 4
        fault = (whole and at != first) or (behind != end and not (narrow and end in (behind, behind + 2)))
        check(f"{table}: {fields}", f"{first} to {end}, in linux/bpf.h {at} to {behind}" if fault else "")
    return 0


def main():
    text = document()
    if sys.argv[1:] == ["--write"]:
        with open(DOC, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(DOC, encoding="utf-8") as file:
        check("docs/contexts.md", "" if file.read() == text else "is not what src/verify/contexts.h says: test/test_contexts.py --write")
    skipped = compare_with_linux()
    print(f"{counts[0]} passed, {counts[1]} failed, {skipped} skipped")
    sys.exit(1 if counts[1] else 0)


main()
