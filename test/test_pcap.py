#!/usr/bin/env python3
"""test_pcap.py: `mybpfc run --pcap`: programs on the packets of captures that are made here, right and broken."""
import atexit
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.environ.get("MYBPF_TOOLS") or os.path.join(ROOT, "build/tools")
CC, CLANG = os.environ.get("CC") or "gcc", os.environ.get("CLANG") or "clang"
counts = [0, 0, 0]

PROGRAM = """#include "mybpf.h"
u64 seen;
#define PACKET u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end
SEC("xdp") int verdicts(struct xdp_md *ctx) /* the verdict is in the packet; its second byte becomes the number of packets */
{
    PACKET;
    if (data + 15 > end) return XDP_ABORTED;
    data[1] = (u8)++seen;
    return data[14];
}
SEC("tc") int classify(struct __sk_buff *ctx)
{
    PACKET;
    if (data + 15 > end) return TC_ACT_SHOT;
    data[0] = (u8)ctx->len;
    return (signed char)data[14];
}
SEC("action") int act(struct __sk_buff *ctx) { return ctx->protocol == 0x0008 ? TC_ACT_PIPE : TC_ACT_STOLEN; }
SEC("socket") int filter(struct __sk_buff *ctx) { return ctx->len > 20 ? 16 : ctx->len > 15 ? -1 : 0; }
SEC("xdp/print") int print(struct xdp_md *ctx) { bpf_printk("packet"); return XDP_PASS; }
SEC("kprobe/x") int probe(void *ctx) { return 0; }
char _license[] SEC("license") = "GPL";
"""
FAULT = """#include "mybpf.h"
SEC("xdp") int fault(struct xdp_md *ctx) { return ctx->data_end - ctx->data > 50 ? XDP_PASS : ((u8 *)(long)ctx->data)[1 << 20]; }
"""


def check(name, wrong):
    counts[1 if wrong else 0] += 1
    if wrong:
        print(f"FAILED {name}: {wrong}")


def mybpfc(*words):
    return subprocess.run([os.path.join(TOOLS, "mybpfc"), "run", *words], capture_output=True, text=True, errors="replace")


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def packet(verdict, size):
    return bytes(12) + b"\x08\x00" + bytes([verdict & 255]) + bytes(range(15, size)) if size >= 15 else bytes(size)


def pcap(packets, link=1, magic=0xA1B2C3D4, order="<", more=0):
    """`more`: bytes of each packet that were not captured."""
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for i, one in enumerate(packets):
        data += struct.pack(order + "IIII", 1000 + i, 999 * i, len(one), len(one) + more) + one
    return data


def pcapng(packets):
    data = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
    for one in packets:
        padded = one + bytes(-len(one) % 4)
        data += struct.pack("<IIIIIII", 6, 32 + len(padded), 0, 0, 1000, len(one), len(one)) + padded + struct.pack("<I", 32 + len(padded))
    return data


def packets_of(data, order="<"):
    """What a capture holds: (seconds, fraction, length, bytes) of each packet."""
    at, found = 24, []
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack(order + "IIII", data[at:at + 16])
        found.append((seconds, fraction, length, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return found


def expect(name, done, status, lines):
    got = [" ".join(line.split()) for line in done.stdout.splitlines()]
    check(name, "" if got == lines and done.returncode == status else f"exit {done.returncode}: {got} {done.stderr[:1500]}")


def refused(name, status, text, *words):
    done = mybpfc(*words)
    first = done.stderr.splitlines()[0] if done.stderr else ""
    check(name, "" if done.returncode == status and text in first and not done.stdout else f"exit {done.returncode}: {done.stderr[:800]} {done.stdout[:300]}")


def programs():
    write("all.pcap", pcap([packet(v, 60 + v) for v in range(6)] + [packet(0, 14)]))
    done = mybpfc("all.o", "-s", "verdicts", "--pcap", "all.pcap", "-o", "out.pcap")
    expect("xdp", done, 0, ["1 XDP_ABORTED 60 bytes", "2 XDP_DROP 61 bytes", "3 XDP_PASS 62 bytes", "4 XDP_TX 63 bytes", "5 XDP_REDIRECT 64 bytes",
                            "6 5 65 bytes", "7 XDP_ABORTED 14 bytes",
                            "7 packets: 2 XDP_ABORTED, 1 XDP_DROP, 1 XDP_PASS, 1 XDP_TX, 1 XDP_REDIRECT, 1 5; 3 out, 189 bytes"])
    wanted = [(1002 + i, 999 * (2 + i), 62 + i, b"\0" + bytes([3 + i]) + packet(2 + i, 62 + i)[2:]) for i in range(3)]
    check("xdp, packets out", "" if packets_of(read("out.pcap")) == wanted else packets_of(read("out.pcap")))
    jit = mybpfc("all.o", "-s", "verdicts", "--pcap", "all.pcap", "-o", "jit.pcap", "-j")
    check("xdp, native", "" if jit.stdout == done.stdout and read("jit.pcap") == read("out.pcap") else jit.stderr or "differs")
    told = json.loads(mybpfc("all.o", "-s", "verdicts", "--pcap", "all.pcap", "--json").stdout)
    check("json", "" if (told["packets"], told["out"], told["out_bytes"], told["faults"]) == (7, 3, 189, 0) and told["verdicts"]["XDP_ABORTED"] == 2 and
          told["results"][2] == {"packet": 3, "bytes": 62, "verdict": "XDP_PASS", "r0": 2, "out": 62} and told["results"][1]["out"] is None else told)
    done = mybpfc("all.o", "-s", "verdicts", "--pcap", "all.pcap", "-q")
    check("quiet", done.stdout + done.stderr)

    write("tc.pcap", pcap([packet(v, 60) for v in (-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)]))
    names = "UNSPEC OK RECLASSIFY SHOT PIPE STOLEN QUEUED REPEAT REDIRECT TRAP".split()
    done = mybpfc("all.o", "-s", "classify", "--pcap", "tc.pcap", "-o", "out.pcap")
    expect("tc", done, 0, [f"{i + 1} TC_ACT_{name} 60 bytes" for i, name in enumerate(names)] +
           ["11 9 60 bytes", "11 packets: " + ", ".join(f"1 TC_ACT_{name}" for name in names) + ", 1 9; 7 out, 420 bytes"])
    check("tc, packets out", "" if [(one[3][0], one[3][14]) for one in packets_of(read("out.pcap"))] == [(60, v) for v in (255, 0, 1, 3, 6, 7, 9)] else "others")
    done = mybpfc("all.o", "-s", "act", "--pcap", "tc.pcap")
    check("action", "" if "11 packets: 11 TC_ACT_PIPE; 11 out" in done.stdout else done.stdout + done.stderr)
    write("sizes.pcap", pcap([packet(0, 60), packet(0, 18), packet(0, 15)], more=100))
    done = mybpfc("all.o", "-s", "filter", "--pcap", "sizes.pcap", "-o", "out.pcap")
    expect("socket", done, 0, ["1 KEEP 60 -> 16 bytes", "2 KEEP 18 bytes", "3 DROP 15 bytes", "3 packets: 2 KEEP, 1 DROP; 2 out, 34 bytes",
                               "3 of them had been cut when they were captured"])
    check("socket, packets out", "" if [(one[2], len(one[3])) for one in packets_of(read("out.pcap"))] == [(116, 16), (118, 18)] else packets_of(read("out.pcap")))
    done = mybpfc("all.o", "-s", "print", "--pcap", "sizes.pcap", "--json")
    check("json, with output", "" if json.loads(done.stdout)["packets"] == 3 and done.stderr.count("packet") == 3 else done.stdout + done.stderr)
    # A fault ends one packet's run, not the others'.
    done = mybpfc("fault.o", "--trust", "guarded", "--pcap", "sizes.pcap", "-o", "out.pcap")
    lines = done.stdout.splitlines()
    check("fault", "" if done.returncode == 1 and len(lines) == 5 and "fault" in lines[1] and "instruction" in lines[1] and
          lines[3].startswith("3 packets: 1 XDP_PASS, 2 faults; 1 out, 60 bytes") and "2 faults" in lines[3] else f"exit {done.returncode}: {done.stdout} {done.stderr}")
    told = json.loads(mybpfc("fault.o", "--trust", "guarded", "--pcap", "sizes.pcap", "--json").stdout)
    check("fault, json", "" if told["faults"] == 2 and told["results"][1]["error"] == "FAULT_ACCESS" and told["results"][1]["verdict"] is None else told)


def formats():
    one = packet(2, 60)
    for name, data, order in (("big-endian", pcap([one], order=">"), "<"), ("nanoseconds", pcap([one, one], magic=0xA1B23C4D), "<"),
                              ("modified", pcap([one], magic=0xA1B2C3D4), "<"), ("pcapng", pcapng([one, one, one]), "<")):
        write("in.pcap", data)
        done = mybpfc("all.o", "-s", "verdicts", "--pcap", "in.pcap", "-o", "out.pcap")
        check(name, "" if done.returncode == 0 and "XDP_PASS" in done.stdout else done.stdout + done.stderr)
        if name == "nanoseconds":
            out = read("out.pcap")
            check("nanoseconds stay", "" if out[:4] == data[:4] and packets_of(out)[1][:2] == (1001, 999) else out[:48].hex())
    write("in.pcap", pcap([one, one]))
    done = mybpfc("all.o", "-s", "verdicts", "--pcap", "in.pcap", "-o", "in.pcap")
    check("onto itself", "" if done.returncode == 0 and len(packets_of(read("in.pcap"))) == 2 else done.stderr)
    write("none.pcap", pcap([]))
    expect("no packets", mybpfc("all.o", "-s", "verdicts", "--pcap", "none.pcap"), 0, ["0 packets: 0 out, 0 bytes"])
    write("raw.pcap", pcap([b"\x45" + bytes(30)], link=101))
    refused("no Ethernet", 1, "raw.pcap: xdp programs see Ethernet frames; its packets are of link type RAW", "all.o", "-s", "verdicts", "--pcap", "raw.pcap")
    done = mybpfc("all.o", "-s", "filter", "--pcap", "raw.pcap")
    check("no Ethernet, socket filter", "" if "1 KEEP" in done.stdout else done.stdout + done.stderr)


def wrong_uses():
    write("in.pcap", pcap([packet(2, 60)] * 3))
    refused("no file", 1, "missing.pcap: No such file", "all.o", "--pcap", "missing.pcap")
    refused("a folder", 1, "folder: is a directory", "all.o", "--pcap", "folder")
    refused("no capture", 1, "all.o: unknown file format", "all.o", "--pcap", "all.o")
    refused("empty", 1, "truncated dump file", "all.o", "--pcap", "/dev/null")
    refused("no such folder", 1, "nowhere/out.pcap: No such file", "all.o", "--pcap", "in.pcap", "-o", "nowhere/out.pcap")
    refused("onto a folder", 1, "folder: is a directory", "all.o", "--pcap", "in.pcap", "-o", "folder")
    refused("another type", 1, "probe is of type kprobe", "all.o", "-s", "probe", "--pcap", "in.pcap")
    refused("with --memory", 2, "--memory and --pcap", "all.o", "--memory", "00", "--pcap", "in.pcap")
    refused("with -p", 2, "-p and --pcap", "all.o", "-p", "x", "--pcap", "in.pcap")
    refused("-o alone", 2, "-o is for --pcap", "all.o", "-o", "x")
    refused("--json alone", 2, "--json is for --pcap", "all.o", "--json")
    refused("-o -", 2, "name a file", "all.o", "--pcap", "in.pcap", "-o", "-")
    data = read("in.pcap")
    write("cut.pcap", data[:24 + 76 + 76 + 30])
    done = mybpfc("all.o", "-s", "verdicts", "--pcap", "cut.pcap", "-o", "out.pcap")
    check("cut off", "" if done.returncode == 1 and "cut.pcap: packet 3: truncated dump file" in done.stderr and len(packets_of(read("out.pcap"))) == 2 else done.stderr)
    done = mybpfc("all.o", "-s", "verdicts", "--pcap", "in.pcap", "-o", "/dev/full")
    check("a full disk", "" if done.returncode == 1 and "No space" in done.stderr else done.stderr)
    check("nothing is left behind", [name for name in os.listdir(".") if name.endswith(".tmp")])


def broken():
    choice = random.Random(1)
    ng, old = pcapng([packet(2, 60)] * 3), pcap([packet(2, 60)] * 3)
    for i in range(60):
        bad = bytearray(choice.choice((ng, old)))
        for _ in range(choice.choice((1, 2, 8))):
            bad[choice.randrange(len(bad))] = choice.choice((0, 1, 255, choice.randrange(256)))
        write("bad.pcap", bad[:choice.choice((len(bad), choice.randrange(len(bad))))])
        done = mybpfc("all.o", "-s", "verdicts", "--pcap", "bad.pcap", "--json")
        ok = done.returncode == 0 or (done.returncode == 1 and done.stderr.count("\n") == 1)
        if ok and done.stdout:
            ok = isinstance(json.loads(done.stdout), dict)
        check(f"broken capture {i}", "" if ok else f"exit {done.returncode}: {done.stderr[:600]}")


def without_libpcap():
    """A mybpfc that was built without it, from the implementation that is there."""
    impl = os.path.join(TOOLS, "../obj/impl.o")
    done = subprocess.run([CC, "-O0", "-fsanitize=address,undefined", f"-I{ROOT}/src", f"{ROOT}/tools/mybpfc.c", impl, "-lelf", "-lpthread", "-o", "mybpfc"],
                          capture_output=True, text=True) if os.path.exists(impl) else None
    if not done or done.returncode:
        counts[2] += 1
        return
    done = subprocess.run(["./mybpfc", "run", "all.o", "-s", "verdicts", "--pcap", "in.pcap"], capture_output=True, text=True)
    check("without libpcap", "" if done.returncode == 1 and done.stderr.count("\n") == 1 and "built without libpcap: install libpcap-dev" in done.stderr else done.stderr)


def main():
    here = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, here)
    os.chdir(here)
    os.mkdir("folder")
    for name, text in (("all", PROGRAM), ("fault", FAULT)):
        write(name + ".c", text.encode())
        done = subprocess.run([CLANG, "-O2", "-g", "-target", "bpf", f"-I{ROOT}", "-c", name + ".c"], capture_output=True, text=True)
        check(f"{name}.c compiles", done.stderr)
    if "built without libpcap" in mybpfc("all.o", "-s", "verdicts", "--pcap", "in.pcap").stderr:
        counts[2] += 1
        print("skipped: libpcap is not installed")
    else:
        programs()
        formats()
        wrong_uses()
        broken()
        without_libpcap()
    print(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    sys.exit(1 if counts[1] else 0)


main()
