"""smt_reading.py: is C read as the compiler reads it? Compares what smt_c.py makes of the value domain with the compiled
functions, on random inputs."""
import ctypes
import os
import random
import subprocess
import tempfile

import z3
from smt_c import Cell, Program, truth
from z3 import BitVecVal

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPS = [(op, 0) for op in range(0, 0xd0, 0x10)] + [(0x30, 1), (0x90, 1), (0xb0, 8), (0xb0, 16)]  # opcode, offset
JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0]


def leading_zeros(_program, a):
    """__builtin_clzll of a number."""
    return BitVecVal(64 - z3.simplify(a).as_long().bit_length(), 32)


def v(struct, name):
    return struct[name].value


GLUE = """
#define MYBPF_NO_ELF
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
void t_alu(mybpf__scalar *dst, const mybpf_insn *insn, const mybpf__scalar *src) { mybpf__scalar_alu(dst, insn, src); }
int t_branch(const mybpf_insn *insn, int taken, mybpf__scalar *dst, mybpf__scalar *src)
{ return mybpf__scalar_branch(insn, taken, dst, src); }
int t_sync(mybpf__scalar *a) { return mybpf__scalar_sync(a); }
int t_widen(mybpf__scalar *a, const mybpf__scalar *b) { return mybpf__scalar_widen(a, b); }
"""
FIELDS = [("value", 64), ("mask", 64), ("umin", 64), ("umax", 64), ("smin", 64), ("smax", 64), ("umin32", 32), ("umax32", 32),
          ("smin32", 32), ("smax32", 32)]


class CScalar(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64 if bits == 64 else ctypes.c_uint32) for name, bits in FIELDS]

    def cells(self):
        parts = {name: Cell(BitVecVal(getattr(self, name), bits)) for name, bits in FIELDS}
        parts["known"] = Cell({"value": parts.pop("value"), "mask": parts.pop("mask")})
        return parts

    def differs(self, struct):
        known = v(struct, "known")
        got = [z3.simplify(v(known if name in known else struct, name)).as_long() for name, _ in FIELDS]
        return got != [getattr(self, name) for name, _ in FIELDS]


class CInsn(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("regs", ctypes.c_uint8), ("off", ctypes.c_int16), ("imm", ctypes.c_int32)]


def build_glue(folder):
    path = os.path.join(folder, "glue.c")
    with open(path, "w") as file:
        file.write(GLUE)
    command = [os.environ.get("CC") or "gcc", "-O1", "-shared", "-fPIC", "-I" + os.path.join(ROOT, "src"), path, "-o", path + ".so"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(path + ".so")


def random_number(bits):
    kind = random.randrange(4)
    n = random.getrandbits(bits) if kind == 0 else 1 << random.randrange(bits) if kind == 1 else random.randrange(16)
    return (n if random.randrange(2) else -n - 1) & ((1 << bits) - 1)


def random_scalar(glue):
    """With no member now and then: those are read alike, too."""
    a = CScalar(0, 2**64 - 1, 0, 2**64 - 1, 2**63, 2**63 - 1, 0, 2**32 - 1, 2**31, 2**31 - 1)
    for _ in range(random.randrange(4)):
        name, bits = random.choice(FIELDS)
        setattr(a, name, random_number(bits))
    a.value &= ~a.mask
    before = CScalar.from_buffer_copy(a)
    return a if glue.t_sync(ctypes.byref(a)) else before


def compare_reading(parsed, count):
    """Runs `count` random calls in C and on terms that are numbers: 0, or how many differ."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        glue = build_glue(folder)
        for _ in range(count):
            a, b = random_scalar(glue), random_scalar(glue)
            x, y = Cell(a.cells()), Cell(b.cells())
            program = Program(parsed, {"__builtin_clzll": leading_zeros})
            branch, taken = random.randrange(3) == 0, random.randrange(2)
            op, off = random.choice(OPS)
            code = random.choice(JUMPS) | 8 | random.choice((5, 6)) if branch else op | 8 | random.choice((4, 7))
            insn = CInsn(code, 0x21, 0 if branch else off, 0)
            terms = Cell({"code": Cell(BitVecVal(code, 8)), "off": Cell(BitVecVal(insn.off, 16)), "imm": Cell(BitVecVal(0, 32))})
            if branch:
                got = glue.t_branch(ctypes.byref(insn), taken, ctypes.byref(a), ctypes.byref(b))
                read = truth(program.call("mybpf__scalar_branch", terms, BitVecVal(taken, 32), x, y))
                bad = bool(got) != z3.is_true(z3.simplify(read)) or (got and (a.differs(x.value) or b.differs(y.value)))
            else:
                glue.t_alu(ctypes.byref(a), ctypes.byref(insn), ctypes.byref(b))
                program.call("mybpf__scalar_alu", x, terms, y)
                bad = a.differs(x.value)
            if bad:
                wrong += 1
                print(f"  code 0x{code:x}: C and terms differ")
    return wrong
