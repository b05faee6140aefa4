#!/usr/bin/env python3
"""test_scalar_proof.py: proves with z3 that the verifier's value domain loses no number, at 32 and 64 bits.

usage: test_scalar_proof.py [--all] [--list] [NAME...]      --all takes the time it needs (`make proofs`)

Every claim is about a function of src/verify/scalar*.c as smt_c.py reads it, for all inputs at once: "x and y are members
of the operands, so x op y is one of the result", and that nothing undefined happens on the way. A function that calls
others is proven with what was claimed of those: see smt_scalar.py. Before that, the reading itself is compared with
the compiled functions on random inputs.
"""
import os
import random
import sys
import time

try:
    import z3
except ImportError:
    if not os.path.exists("/usr/bin/python3") or os.environ.get("MYBPF_PYTHON"):
        print("python3-z3 is not installed\n0 passed, 1 failed, 0 skipped")
        raise SystemExit(1)
    os.environ["MYBPF_PYTHON"] = "1"  # apt's modules belong to apt's interpreter
    os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
from smt_c import Cell, Frame, Program, copied, parse, truth
from smt_reading import compare_reading
from smt_scalar import (ALWAYS, cells, Contracts, formed, fresh, fresh_bits, fresh_lane, fresh_scalar, fresh_zero, has,
                        in_ranges, jumps, JUMPS, law, leading_zeros, low, machine, member, OPS, RELATIONS, scalar_formed,
                        scalar_member, shrunk, smeared, Theory, TRUE, v, wide)
from z3 import And, BitVecVal, Extract, If, Implies, Not, Or, SignExt, UGE, ULE, ULT, ZeroExt

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# ---- claims: name -> function that returns (assumptions, goals, program) ----

CLAIMS = {}


def smear():
    a, program = fresh(64), Program(PARSED, {"__builtin_clzll": leading_zeros})
    return [], [program.call("mybpf__smear", a) == smeared(a)], program


def bits_binary(function, name):
    a, b, x, y, program = fresh_bits(), fresh_bits(), fresh(64), fresh(64), Program(PARSED, ALWAYS)
    out = program.call("mybpf__" + function, copied(a), copied(b))
    wants = [has(out, x), has(out, y)] if name == "join" else [has(out, machine(name, x, y))]
    clean = lambda bits: v(bits, "value") & v(bits, "mask") == 0
    return [clean(a), clean(b), has(a, x), has(b, y)], wants + [clean(out)], program


def mul_step():
    sum_, a, b, s, x, y = fresh_bits(), fresh_bits(), fresh_bits(), fresh(64), fresh(64), fresh(64)
    program = Program(PARSED, ALWAYS)
    out = program.call("mybpf__bits_mul_step", copied(sum_), copied(a), copied(b))
    return [has(sum_, s), has(a, x), has(b, y)], [has(out, s + If(x & 1 == 1, y, BitVecVal(0, 64)))], program


def mul_loop():
    """The loop's invariant: s + x * y stays what it was, with s, x, y members of sum, a, b. x is 2u + bit."""
    program = Program(PARSED, ALWAYS)
    node = PARSED[0]["mybpf__bits_mul"]
    parameters = [part for part in node["inner"] if part["kind"] == "ParmVarDecl"]
    body = next(part for part in node["inner"] if part["kind"] == "CompoundStmt")["inner"]
    loop = next(part for part in body if part["kind"] == "ForStmt")
    declared = next(part for part in body if part["kind"] == "DeclStmt")["inner"][0]
    a, b, sum_ = Cell(fresh_bits()), Cell(fresh_bits()), Cell(fresh_bits())
    s, u, bit, y = fresh(64), fresh(63), fresh(1), fresh(64)
    x = z3.Concat(u, bit)
    before = [has(sum_.value, s), has(a.value, x), has(b.value, y)]
    frame = Frame({parameters[0]["id"]: a, parameters[1]["id"]: b, declared["id"]: sum_})
    goes_on = truth(program.value(loop["inner"][2], frame))
    program.summaries = dict(ALWAYS, mybpf__bits_mul_step=lambda program, *arguments: stepped(program, arguments))
    added = s + If(bit == 1, y, BitVecVal(0, 64))
    known = []

    def stepped(_program, arguments):
        out = fresh_bits()
        known.append(Implies(And(has(arguments[0], s), has(arguments[1], x), has(arguments[2], y)), has(out, added)))
        return out
    program.run(loop["inner"][4], frame)
    program.value(loop["inner"][3], frame)
    # (2u + bit) * y = bit * y + u * 2y: a law of rings, which z3 need not find among the bits
    goals = [has(sum_.value, added), has(a.value, ZeroExt(1, u)), has(b.value, y << 1)]
    return before + known, [Implies(goes_on, And(goals)), Implies(Not(goes_on), x == 0)], program


def mul_constant():
    a, b = fresh_bits(), fresh_bits()
    program = Program(PARSED, dict(ALWAYS, mybpf__bits_mul_step=lambda program, *arguments: fresh_bits()), unrolled=1)
    out = program.call("mybpf__bits_mul", copied(a), copied(b))
    known = [v(a, "mask") | v(b, "mask") == 0]
    return known, [v(out, "value") == v(a, "value") * v(b, "value"), v(out, "mask") == 0], None


def bits_shift(name, width):
    """By an amount that is known."""
    a, x, n, program = fresh_bits(width), fresh(width), fresh(32), Program(PARSED, ALWAYS)
    out = program.call("mybpf__bits_shift", copied(a), BitVecVal(OPS[name][0], 32), n, BitVecVal(width, 32))
    result = machine(name, x, low(ZeroExt(32, n), width))
    clean = lambda bits: v(bits, "value") & v(bits, "mask") == 0
    return [clean(a), has(a, wide(x)), ULT(n, width)], [has(out, wide(result)), clean(out)], program


def shift_loop(name, width):
    """The loop over amounts: what an amount below the counter makes of x is a member of out->known, and stays it. bits_shift
    is taken as claimed."""
    node, program = PARSED[0]["mybpf__lane_shift_bits"], Program(PARSED, ALWAYS)
    parameters = [part for part in node["inner"] if part["kind"] == "ParmVarDecl"]
    body = next(part for part in node["inner"] if part["kind"] == "CompoundStmt")["inner"]
    declared, first_of_all, loop = body[0]["inner"][0], body[1], body[2]
    out, a, amounts, x, m, i = Cell(fresh_lane(width)), Cell(fresh_lane(width)), Cell(fresh_lane(width)), fresh(width), fresh(32), fresh(32)
    result, known = machine(name, x, low(ZeroExt(32, m), width)), []

    def shifted(_program, _bits, _op, n, _width):
        new = fresh_bits(width)
        known.append(Implies(n == m, has(new, wide(result))))
        return new
    program.summaries = dict(ALWAYS, mybpf__bits_shift=shifted)
    least, most = low(v(amounts.value, "umin"), 32), low(v(amounts.value, "umax"), 32)
    clean = lambda bits: v(bits, "value") & v(bits, "mask") == 0
    assumed = [formed(amounts.value), ULT(v(amounts.value, "umax"), width), ULE(v(amounts.value, "umin"), v(amounts.value, "umax")),
               has(v(amounts.value, "known"), ZeroExt(32, m)), ULE(least, m), ULE(m, most), clean(v(out.value, "known"))]
    frame = Frame({parameters[0]["id"]: Cell(out), parameters[1]["id"]: Cell(a), parameters[2]["id"]: Cell(BitVecVal(OPS[name][0], 32)),
                   parameters[3]["id"]: Cell(amounts), declared["id"]: Cell(least)})
    program.run(first_of_all, frame)
    before = Implies(m == least, has(v(out.value, "known"), wide(result)))
    out.value["known"] = Cell(fresh_bits(width))
    invariant = Implies(ULT(m, i), has(v(out.value, "known"), wide(result)))
    frame.variables[loop["inner"][0]["inner"][0]["id"]] = Cell(i)
    goes_on = truth(program.value(loop["inner"][2], frame))
    program.run(loop["inner"][4], frame)
    program.value(loop["inner"][3], frame)
    after = frame.variables[loop["inner"][0]["inner"][0]["id"]].value
    return (assumed + known, [before, Implies(And(invariant, goes_on), Implies(ULT(m, after), has(v(out.value, "known"), wide(result)))),
                              Implies(And(invariant, Not(goes_on)), has(v(out.value, "known"), wide(result)))], None)


def bits_bound(function, unknown=64):
    """Where only the lowest bits may be unknown, if not all."""
    bits, bound, x, program, at = fresh_bits(), fresh(64), fresh(64), Program(PARSED, ALWAYS), Cell(fresh(64))
    ok = truth(program.call("mybpf__" + function, bits, bound, at))
    order = UGE if function == "bits_from" else ULE
    return ([v(bits, "value") & v(bits, "mask") == 0, ULE(v(bits, "mask"), BitVecVal(2**unknown - 1, 64))],
            [Implies(And(has(bits, x), order(x, bound)), And(ok, order(x, at.value))),
             Implies(ok, And(has(bits, at.value), order(at.value, bound)))], program)


def keeps(function, width, *names):
    """A function that shrinks a lane keeps its members and returns 1 when there is one."""
    a, x = fresh_lane(width), fresh(width, "x")
    contracts = Contracts([x])
    program, cell = Program(PARSED, contracts.summaries(*names)), Cell(copied(a))
    ok = truth(program.call("mybpf__" + function, cell))
    return ([formed(a)] + contracts.known,
            [Implies(member(a, x), And(ok, member(cell.value, x))), Implies(ok, And(formed(cell.value), shrunk(cell.value, a)))], program, contracts)


def lane_within(width):
    a, x, lo, hi = fresh_lane(width), fresh(width, "x"), fresh(64), fresh(64)
    program, cell = Program(PARSED, ALWAYS), Cell(copied(a))
    program.call("mybpf__lane_within", cell, lo, hi)
    first, last = low(lo, width), low(hi, width)
    on_the_way = Or(ULE(x - first, last - first), And(ULE(first, x), ULE(x, last)), And(first <= x, x <= last))
    fields = [v(cell.value, f) == wide(low(v(cell.value, f), width), f[0] == "s") for f in ("umin", "umax", "smin", "smax")]
    return [formed(a), in_ranges(a, x), on_the_way], [in_ranges(cell.value, x), *fields], program


def lane_alu(name, width):
    a, b, x, y = fresh_lane(width), fresh_lane(width), fresh(width, "x"), fresh(width, "y")
    theory = Theory(a["known"].value) if width > 8 and name in ("mul", "div", "sdiv", "mod", "smod") else None
    result = machine(name, x, y, theory) if width > 8 else low(machine(name, x, y), 8)
    contracts = Contracts([result] + ([y & (width - 1)] if name.endswith("sh") else []))
    program = Program(PARSED, contracts.summaries("lane_sync=lane_sync_shrinks", *(["lane_within"] if width > 16 else [])), theory=theory)
    if name == "mul":  # its bits are the claims of bits mul
        product = fresh_bits(width)
        program.summaries["mybpf__bits_mul"] = lambda program, *arguments: product
        contracts.known += [has(product, wide(result)), v(product, "value") & v(product, "mask") == 0]
    if name.endswith("sh"):  # its bits are the claims of bits shift and shift loop
        shifted = fresh_bits(width)
        program.summaries["mybpf__lane_shift_bits"] = lambda program, out, *rest: out.value.update(known=Cell(copied(shifted)))
        contracts.known += [has(shifted, wide(result)), v(shifted, "value") & v(shifted, "mask") == 0]
    op, is_signed = OPS[name]
    out = program.call("mybpf__lane_alu", BitVecVal(op, 32), BitVecVal(is_signed, 32), Cell(copied(a)), Cell(copied(b)))
    laws = theory.laws() if theory else []
    if name in ("add", "sub", "neg"):
        zero = fresh_zero(width)
        first, second = (zero, BitVecVal(0, width)), (a, x)
        (p, m), (q, n) = ((a, x), (b, y)) if name != "neg" else (first, second)
        laws = [sum_way("add" if name == "add" else "sub", width, p, q, m, n, sign) for sign in "us"]
    return ([formed(a), formed(b), member(a, x), member(b, y)] + contracts.known + laws,
            [member(out, result), formed(out)], program, contracts)


def sum_way(name, width, a, b, x, y, u_or_s):
    """When the distances between the bounds add up to no more than all numbers, the sums are on the way between the bounds'."""
    lo, hi = u_or_s + "min", u_or_s + "max"
    ones = BitVecVal(2**width - 1, 64)
    fits = ULE(v(a, hi) - v(a, lo), ones - (v(b, hi) - v(b, lo)))
    first, last = ((v(a, lo) + v(b, lo), v(a, hi) + v(b, hi)) if name == "add" else
                   (v(a, lo) - v(b, hi), v(a, hi) - v(b, lo)))
    result, first, last = machine(name, x, y), low(first, width), low(last, width)
    return Implies(fits, ULE(result - first, last - first))


def lane_way(name, width, u_or_s):
    """sum_way for all lanes: x is the lower bound and a distance d, the upper one that bound and a distance r >= d."""
    lanes, numbers, assumed = [], [], []
    for _ in "ab":
        lane, d, r, bound = fresh_lane(width), fresh(width), fresh(width), fresh(width)
        extend = lambda n: wide(n, u_or_s == "s")
        lane[u_or_s + "min"], lane[u_or_s + "max"] = Cell(extend(bound)), Cell(extend(bound) + wide(r))
        assumed += [ULE(d, r), extend(bound) + wide(r) == extend(bound + r)]
        lanes.append(lane)
        numbers.append(bound + d)
    return assumed, [sum_way(name, width, *lanes, *numbers, u_or_s)], None


def lane_relate(relation, width):
    a, b, x, y = fresh_lane(width), fresh_lane(width), fresh(width, "x"), fresh(width, "y")
    contracts = Contracts([x, y])
    program, at, to = Program(PARSED, contracts.summaries("lane_sync")), Cell(copied(a)), Cell(copied(b))
    ok = truth(program.call("mybpf__lane_relate", BitVecVal(relation, 32), at, to))
    return ([formed(a), formed(b), member(a, x), member(b, y), jumps(RELATIONS[relation], x, y)] + contracts.known,
            [ok, member(at.value, x), member(to.value, y), formed(at.value), formed(to.value)], program, contracts)


def lane_low(width, narrow):
    a, x, program = fresh_lane(width), fresh(width, "x"), Program(PARSED, ALWAYS)
    out = program.call("mybpf__lane_low", Cell(a), BitVecVal(narrow, 32))
    return [formed(a), member(a, x)], [member(out, low(x, narrow)), formed(out)], program


def lane_extend(width, is_signed):
    a, x, program = fresh_lane(width), fresh(width, "x"), Program(PARSED, ALWAYS)
    out = program.call("mybpf__lane_extend", Cell(a), BitVecVal(64, 32), BitVecVal(is_signed, 32))
    return [formed(a), member(a, x)], [member(out, wide(x, is_signed)), formed(out)], program


def lane_swap(width):
    a, x, program = fresh_lane(width), fresh(width, "x"), Program(PARSED, ALWAYS)
    out = program.call("mybpf__lane_swap", Cell(a))
    swapped = z3.Concat(*[Extract(i + 7, i, x) for i in range(0, width, 8)])
    return [formed(a), member(a, x)], [member(out, swapped), formed(out)], program


def half_bound(function):
    half, bound, x, program, at = fresh_lane(32), fresh(64), fresh(64), Program(PARSED, ALWAYS), Cell(fresh(64))
    ok = truth(program.call("mybpf__" + function, Cell(half), at))
    bound, order = at.value, UGE if function == "half_from" else ULE
    before = fresh(64)
    program, at = Program(PARSED, ALWAYS), Cell(before)
    ok = truth(program.call("mybpf__" + function, Cell(half), at))
    return [formed(half), member(half, low(x, 32)), order(x, before)], [ok, order(x, at.value), order(at.value, before)], program


def sync_half():
    whole, half, x, program = fresh_lane(64), fresh_lane(32), fresh(64, "x"), Program(PARSED, ALWAYS)
    cell = Cell(copied(whole))
    ok = truth(program.call("mybpf__lane_sync_half", cell, Cell(half)))
    return [formed(whole), formed(half), member(whole, x), member(half, low(x, 32))], [ok, member(cell.value, x), formed(cell.value)], program


def lanes_sync(function):
    whole, half, x = fresh_lane(64), fresh_lane(32), fresh(64, "x")
    contracts = Contracts([x, low(x, 32)])
    program = Program(PARSED, contracts.summaries("lane_sync", "lane_low", "lane_sync_half"))
    at, to = Cell(copied(whole)), Cell(copied(half))
    ok = truth(program.call("mybpf__" + function, at, to))
    return ([formed(whole), formed(half), member(whole, x), member(half, low(x, 32))] + contracts.known,
            [ok, member(at.value, x), member(to.value, low(x, 32)), formed(at.value), formed(to.value)], program, contracts)


def join_lanes():
    whole, half, x = fresh_lane(64), fresh_lane(32), fresh(64, "x")
    contracts = Contracts([x, low(x, 32)])
    program = Program(PARSED, contracts.summaries("lane_sync", "lanes_sync_down", "lanes_sync_up"))
    program.summaries["mybpf__lane_knows_half"] = lambda program, *arguments: z3.Bool(f"some{fresh(1)}")
    out = Cell(fresh_scalar())
    ok = truth(program.call("mybpf__scalar_join_lanes", out, Cell(copied(whole)), Cell(copied(half))))
    return ([formed(whole), formed(half), member(whole, x), member(half, low(x, 32))] + contracts.known,
            [ok, scalar_member(out.value, x), scalar_formed(out.value)], program, contracts)


def instruction(code, off=0, imm=None):
    return Cell(cells(code=BitVecVal(code, 8), dst_reg=BitVecVal(1, 8), src_reg=BitVecVal(2, 8), off=BitVecVal(off, 16),
                      imm=fresh(32, "imm") if imm is None else BitVecVal(imm, 32)))


def narrowed(x, is_64):
    return x if is_64 else low(x, 32)


def scalar_alu(name, is_64, source):
    """The whole instruction; source: reg, imm or same."""
    op, off = OPS[name]
    insn = instruction(op | (8 if source != "imm" else 0) | (7 if is_64 else 4), off)
    a, b, x = fresh_scalar(), fresh_scalar(), fresh(64, "x")
    y = {"reg": fresh(64, "y"), "imm": SignExt(32, insn.value["imm"].value), "same": x}[source]
    result = machine(name, narrowed(x, is_64), narrowed(y, is_64))
    result = wide(result)
    spoken = [x, y] if source != "same" else [x, BitVecVal(0, 64), BitVecVal(1, 64)]
    contracts = Contracts([result, low(result, 32)] + spoken + [low(each, 32) for each in spoken],
                          [(low(p, bits), low(q, bits)) for bits in (32, 64) for p in [x] for q in spoken[0 if source == "same" else 1:]])
    program = Program(PARSED, contracts.summaries("lane_alu", "scalar_join_lanes", "lane_sync", "lane_low"))
    out = Cell(copied(a))
    program.call("mybpf__scalar_alu", out, insn, {"reg": Cell(copied(b)), "imm": None, "same": out}[source])
    assumed = [scalar_formed(a), scalar_formed(b), scalar_member(a, x)] + ([scalar_member(b, y)] if source == "reg" else [])
    return assumed + contracts.known, [scalar_member(out.value, result), scalar_formed(out.value)], program, contracts


def scalar_movsx(is_64, bits):
    insn = instruction(0xbf if is_64 else 0xbc, bits)
    a, b, y = fresh_scalar(), fresh_scalar(), fresh(64, "y")
    short = low(y, bits)
    result = wide(low(wide(short, True), 64 if is_64 else 32))
    contracts = Contracts([result, low(result, 32), low(y, 32), short, wide(short, True), low(wide(short, True), 32)])
    contracts.pairs = [(low(y, size), low(wide(short, True), size)) for size in (32, 64)]
    program = Program(PARSED, contracts.summaries("lane_alu", "scalar_join_lanes", "lane_sync", "lane_low"))
    out = Cell(copied(a))
    program.call("mybpf__scalar_alu", out, insn, Cell(copied(b)))
    assumed = [scalar_formed(a), scalar_formed(b), scalar_member(a, y), scalar_member(b, y)]
    return assumed + contracts.known, [scalar_member(out.value, result)], program, contracts


def scalar_end(code, bits):
    insn, a, x = instruction(code, 0, bits), fresh_scalar(), fresh(64, "x")
    short = low(x, bits)
    swapped = z3.Concat(*[Extract(i + 7, i, x) for i in range(0, bits, 8)])
    result = wide(short) if code == 0xd4 and sys.byteorder == "little" or code == 0xdc and sys.byteorder == "big" else wide(swapped)
    contracts = Contracts([result, low(result, 32), x, low(x, 32), short, wide(short), swapped])
    program = Program(PARSED, contracts.summaries("scalar_join_lanes", "lane_sync", "lane_low"))
    out = Cell(copied(a))
    program.call("mybpf__scalar_alu", out, insn, None)
    return [scalar_formed(a), scalar_member(a, x)] + contracts.known, [scalar_member(out.value, result)], program, contracts


def scalar_branch(name, is_64, source, taken):
    insn = instruction(JUMPS[name] | (8 if source != "imm" else 0) | (5 if is_64 else 6))
    a, b, x = fresh_scalar(), fresh_scalar(), fresh(64, "x")
    y = {"reg": fresh(64, "y"), "imm": SignExt(32, insn.value["imm"].value), "same": x}[source]
    happens = jumps(name, narrowed(x, is_64), narrowed(y, is_64))
    ghosts = [x, y, low(x, 32), low(y, 32)]
    pairs = [(x, y), (low(x, 32), low(y, 32)), (x, BitVecVal(0, 64)), (low(x, 32), BitVecVal(0, 32))]
    contracts = Contracts(ghosts, pairs)
    program = Program(PARSED, contracts.summaries("lane_relate", "scalar_join_lanes"))
    at, to = Cell(copied(a)), Cell(copied(b))
    ok = truth(program.call("mybpf__scalar_branch", insn, BitVecVal(taken, 32), at, {"reg": to, "imm": None, "same": at}[source]))
    assumed = [scalar_formed(a), scalar_formed(b), scalar_member(a, x), happens if taken else Not(happens)]
    assumed += [scalar_member(b, y)] if source == "reg" else []
    goals = [ok, scalar_member(at.value, x)] + ([scalar_member(to.value, y)] if source == "reg" else [])
    return assumed + contracts.known, goals, program, contracts


def scalar_pair(function):
    """subset, join, widen."""
    a, b, x = fresh_scalar(), fresh_scalar(), fresh(64, "x")
    contracts = Contracts([x])
    program, at, to = Program(PARSED, contracts.summaries("scalar_join_lanes")), Cell(copied(a)), Cell(copied(b))
    ok = truth(program.call("mybpf__scalar_" + function, at, to))
    formed_ = [scalar_formed(a), scalar_formed(b)]
    if function == "subset":
        return formed_ + [scalar_member(a, x), ok], [scalar_member(b, x)], program, contracts
    return formed_ + [Or(scalar_member(a, x), scalar_member(b, x))], [scalar_member(at.value, x), scalar_formed(at.value)], program, contracts


def scalar_contains():
    a, x, program = fresh_scalar(), fresh(64, "x"), Program(PARSED, ALWAYS)
    return [scalar_formed(a)], [truth(program.call("mybpf__scalar_contains", Cell(a), x)) == scalar_member(a, x)], program


def scalar_made(function, bits, is_signed):
    """const, unknown, load, low"""
    x = fresh(64, "x")
    short = low(x, bits)
    result = wide(short, is_signed)
    a = fresh_scalar()
    contracts = Contracts([result, low(result, 32), short, x, low(x, 32)])
    program = Program(PARSED, contracts.summaries("lane_sync", "scalar_join_lanes", "lane_low"))
    arguments = {"const": (x,), "unknown": (), "load": (BitVecVal(bits // 8, 32), BitVecVal(is_signed, 32)),
                 "low": (Cell(a), BitVecVal(bits, 32), BitVecVal(is_signed, 32))}[function]
    out = program.call("mybpf__scalar_" + function, *arguments)
    return [scalar_formed(a), scalar_member(a, x)] + contracts.known, [scalar_member(out, result), scalar_formed(out)], program, contracts



def list_claims():
    def add(name, function, *arguments):
        CLAIMS[name] = (function, arguments)
    add("smear", smear)
    for name in law(None):
        add(f"law: {name}", law, name)
    for name in ("join", "add", "sub"):
        add(f"bits {name}", bits_binary, "bits_" + name, name)
    add("bits mul step", mul_step)
    add("bits mul loop", mul_loop)
    add("bits mul of numbers", mul_constant)
    for name in ("lsh", "rsh", "arsh"):
        for width in (32, 64):
            add(f"bits shift {name} {width}", bits_shift, name, width)
            add(f"shift loop {name} {width}", shift_loop, name, width)
    for name in ("from", "to"):
        add(f"bits {name}", bits_bound, "bits_" + name)
        for unknown in (8, 16):
            add(f"bits {name}, {unknown} unknown", bits_bound, "bits_" + name, unknown)
    for name in ("add", "sub"):
        for width in (32, 64):
            for u_or_s in "us":
                add(f"way {name} {u_or_s} {width}", lane_way, name, width, u_or_s)
    for width in (32, 64):
        add(f"lane within {width}", lane_within, width)
        for function in ("lane_sync_ranges", "lane_sync_bits", "lane_sync_bounds"):
            add(f"{function.replace('_', ' ')} {width}", keeps, function, width)
        for name in OPS:
            add(f"lane {name} {width}", lane_alu, name, width)
        for relation in range(1, len(RELATIONS)):
            add(f"lane {RELATIONS[relation]} {width}", lane_relate, relation, width)
    for name in ("lsh", "mul", "div", "sdiv", "mod", "smod"):  # what is not decided at 32 and 64
        add(f"lane {name} 8", lane_alu, name, 8)
    add("lane jne 8", lane_relate, RELATIONS.index("jne"), 8)
    add("lane sync bounds 8", keeps, "lane_sync_bounds", 8)
    for width, narrow in ((64, 32), (64, 16), (32, 16), (32, 8)):
        add(f"lane low {width} {narrow}", lane_low, width, narrow)
    for width in (8, 16, 32, 64):
        add(f"lane zero-extend {width}", lane_extend, width, 0)
        add(f"lane sign-extend {width}", lane_extend, width, 1)
        if width > 8:
            add(f"lane swap {width}", lane_swap, width)
    add("lane sync", sync_whole)
    add("half from", half_bound, "half_from")
    add("half to", half_bound, "half_to")
    add("lane sync half", sync_half)
    add("lanes sync down", lanes_sync, "lanes_sync_down")
    add("lanes sync up", lanes_sync, "lanes_sync_up")
    add("scalar of lanes", join_lanes)
    for name in OPS:
        for is_64 in (0, 1):
            for source in ("reg", "imm", "same") if name != "neg" else ("imm",):
                add(f"scalar {name}{64 if is_64 else 32} {source}", scalar_alu, name, is_64, source)
    for is_64, bits in ((0, 8), (0, 16), (1, 8), (1, 16), (1, 32)):
        add(f"scalar movsx{bits} to {64 if is_64 else 32}", scalar_movsx, is_64, bits)
    for code, name in ((0xd4, "le"), (0xdc, "be"), (0xd7, "bswap")):
        for bits in (16, 32, 64):
            add(f"scalar {name}{bits}", scalar_end, code, bits)
    for name in JUMPS:
        for is_64 in (0, 1):
            for source in ("reg", "imm", "same"):
                for taken in (0, 1):
                    add(f"scalar {name}{64 if is_64 else 32} {source} {'taken' if taken else 'not taken'}", scalar_branch, name,
                        is_64, source, taken)
    for function in ("subset", "join", "widen"):
        add(f"scalar {function}", scalar_pair, function)
    add("scalar contains", scalar_contains)
    add("scalar const", scalar_made, "const", 64, 0)
    add("scalar unknown", scalar_made, "unknown", 64, 0)
    for bits in (8, 16, 32, 64):
        for is_signed in (0, 1):
            add(f"scalar load{bits} {'signed' if is_signed else ''}", scalar_made, "load", bits, is_signed)
            if bits < 64:
                add(f"scalar low{bits} {'signed' if is_signed else ''}", scalar_made, "low", bits, is_signed)


def sync_whole():
    """From its three parts: a lane is here no more than what was claimed of it, that x is a member and that it shrank."""
    known, claims = [], ("member", "formed", "shrunk")

    def part(program, cell):
        result, new = z3.Bool(f"ok{fresh(1)}"), {name: Cell(z3.Bool(f"{name}{fresh(1)}")) for name in claims}
        known.extend(Implies(v(cell.value, name), v(new, name)) for name in claims)
        known.append(Implies(v(cell.value, "member"), result))
        program.store(cell, new)
        return result
    parts = {f"mybpf__lane_sync_{name}": part for name in ("ranges", "bits", "bounds")}
    parts["mybpf__lane_bounds_are_members"] = lambda program, cell: z3.Bool(f"some{fresh(1)}")
    cell, program = Cell({name: Cell(TRUE) for name in claims}), Program(PARSED, parts)
    ok = truth(program.call("mybpf__lane_sync", cell))
    return known, [ok, *[v(cell.value, name) for name in claims]], program


def pieces(goal):
    """What must hold, one by one."""
    if z3.is_and(goal):
        return [piece for part in goal.children() for piece in pieces(part)]
    if z3.is_implies(goal):
        return [Implies(goal.arg(0), piece) for piece in pieces(goal.arg(1))]
    return [goal]


def check(assumed, goal, effort):
    """`effort` in millions of z3's units, which do not depend on the machine."""
    for solver in (z3.Solver(), z3.SolverFor("QF_BV")):
        solver.set("rlimit", int(effort * 1000000))
        solver.add(*assumed, Not(goal))
        result = solver.check()
        if result != z3.unknown:
            break
    return result, solver


def prove(name, effort):
    """proven, unknown, or the counterexample"""
    function, arguments = CLAIMS[name]
    assumed, goals, program, *contracts = function(*arguments)
    assumed = [a for a in assumed if not z3.is_true(a)]
    cuts = [c for contract in contracts for cut in contract.cuts for c in pieces(cut)]
    lost = 0
    for cut in {cut.get_id(): cut for cut in cuts}.values():
        if lost > 3:
            break
        r = check(assumed, cut, max(1, effort / 3))[0]
        if r == z3.unsat:
            assumed.append(cut)
        lost += r == z3.unknown
    named = [("lost", piece) for goal in goals for piece in pieces(goal)] + (program.obligations if program else [])
    for what, goal in named:
        result, solver = check(assumed, goal, effort)
        if result == z3.sat:
            model = solver.model()
            return f"{what}: " + ", ".join(f"{d}={model[d]}" for d in sorted(model.decls(), key=str))
        if result != z3.unsat:
            return "unknown"
    return "proven"


def setting(name, otherwise):
    """A number from the environment, as C writes it."""
    text = os.environ.get(name) or str(otherwise)
    try:
        return int(text, 0) if text.startswith("0x") else float(text) if "." in text else int(text)
    except ValueError:
        sys.exit(f"{name}={text}: not a number")


def main(arguments):
    everything = "--all" in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    names = [name for name in CLAIMS if not wanted or any(w in name for w in wanted)]
    if "--list" in arguments:
        print("\n".join(names))
        return 0
    seed = int(setting("MYBPF_SEED", time.time()))
    print(f"  MYBPF_SEED={seed}")
    random.seed(seed)
    counts = {"proven": 0, "unknown": 0, "refuted": compare_reading(PARSED, 300 if everything else 12)}
    counts["proven"] += not counts["refuted"]
    if not everything and not wanted:
        random.shuffle(names)
    end = time.time() + setting("MYBPF_SECONDS", 20)
    for name in names:
        if time.time() > end and not everything and not wanted:
            break
        began = time.time()
        result = prove(name, float(os.environ.get("MYBPF_EFFORT") or (60 if everything else 3)))
        kind = result if result in counts else "refuted"
        counts[kind] += 1
        print(f"  {name}: {kind}, {time.time() - began:.2f} s" + (f"\n    {result}" if kind == "refuted" else ""), flush=True)
    print(f"  {counts['proven']} proven, {counts['unknown']} not within the effort, of {len(names)}; `make proofs` tries all, and harder")
    print(f"{counts['proven']} passed, {counts['refuted']} failed, {counts['unknown']} skipped")
    return counts["refuted"] != 0


PARSED = parse(os.path.join(ROOT, "src"), '#include "verify/scalar.c"\n')
list_claims()
sys.exit(main(sys.argv[1:]))
