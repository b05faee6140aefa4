"""smt_scalar.py: the verifier's value domain as terms of z3: instructions, lanes and scalars, and what proofs may take for
granted of products (Theory, whose laws are claims themselves) and of functions that others call (Contracts)."""
import z3
from smt_c import Cell, copied, number
from z3 import BoolVal, And, BitVec, BitVecVal, Extract, If, Implies, LShR, Or, SignExt, SRem, UDiv, UGE, UGT, ULE, ULT, URem, ZeroExt

OPS = {"add": (0x00, 0), "sub": (0x10, 0), "mul": (0x20, 0), "div": (0x30, 0), "sdiv": (0x30, 1), "or": (0x40, 0),
       "and": (0x50, 0), "lsh": (0x60, 0), "rsh": (0x70, 0), "neg": (0x80, 0), "mod": (0x90, 0), "smod": (0x90, 1),
       "xor": (0xa0, 0), "mov": (0xb0, 0), "arsh": (0xc0, 0)}
OP_NAMES = {code: name for name, code in OPS.items()}
JUMPS = {"jeq": 0x10, "jgt": 0x20, "jge": 0x30, "jset": 0x40, "jne": 0x50, "jsgt": 0x60, "jsge": 0x70, "jlt": 0xa0,
         "jle": 0xb0, "jslt": 0xc0, "jsle": 0xd0}
RELATIONS = ["none", "jeq", "jne", "jlt", "jge", "jgt", "jle", "jslt", "jsge", "jsgt", "jsle", "jset", "not jset"]


def machine(name, x, y, theory=None):
    """RFC 9669: what the instruction makes of two numbers."""
    if theory:
        return theory.machine(name, x, y)
    bits = x.size()
    amount = y & (bits - 1)
    least_by_minus_one = And(y == -1, x == BitVecVal(1 << (bits - 1), bits))
    return {"add": lambda: x + y, "sub": lambda: x - y, "mul": lambda: x * y, "or": lambda: x | y, "and": lambda: x & y,
            "xor": lambda: x ^ y, "mov": lambda: y, "neg": lambda: -x, "lsh": lambda: x << amount,
            "rsh": lambda: LShR(x, amount), "arsh": lambda: x >> amount,
            "div": lambda: If(y == 0, BitVecVal(0, bits), UDiv(x, y)), "mod": lambda: If(y == 0, x, URem(x, y)),
            "sdiv": lambda: If(y == 0, BitVecVal(0, bits), If(least_by_minus_one, x, x / y)),
            "smod": lambda: If(y == 0, x, If(least_by_minus_one, BitVecVal(0, bits), SRem(x, y)))}[name]()


def jumps(name, x, y):
    return {"jeq": lambda: x == y, "jne": lambda: x != y, "jgt": lambda: UGT(x, y), "jge": lambda: UGE(x, y),
            "jlt": lambda: ULT(x, y), "jle": lambda: ULE(x, y), "jsgt": lambda: x > y, "jsge": lambda: x >= y,
            "jslt": lambda: x < y, "jsle": lambda: x <= y, "jset": lambda: (x & y) != 0, "not jset": lambda: (x & y) == 0,
            "none": lambda: z3.BoolVal(True)}[name]()


# ---- lanes and scalars as terms ----

TRUE = BoolVal(True)

counter = 0


def fresh(bits, name="v"):
    global counter
    counter += 1
    return BitVec(f"{name}{counter}", bits)


def wide(x, is_signed=False):
    return x if x.size() == 64 else (SignExt if is_signed else ZeroExt)(64 - x.size(), x)


def low(x, bits):
    return x if x.size() == bits else Extract(bits - 1, 0, x)


def cells(**fields):
    return {name: Cell(value) for name, value in fields.items()}


def fresh_bits(width=64):
    return cells(value=wide(fresh(width, "value")), mask=wide(fresh(width, "mask")))


def fresh_lane(width):
    u, s = (lambda name: wide(fresh(width, name))), (lambda name: wide(fresh(width, name), True))
    return cells(known=fresh_bits(width), umin=u("umin"), umax=u("umax"), smin=s("smin"), smax=s("smax"),
                 width=BitVecVal(width, 32))


def fresh_zero(width):
    zero = BitVecVal(0, 64)
    return cells(known=cells(value=zero, mask=zero), umin=zero, umax=zero, smin=zero, smax=zero, width=BitVecVal(width, 32))


def fresh_scalar():
    lane = fresh_lane(64)
    del lane["width"]
    lane.update(cells(umin32=fresh(32, "umin32"), umax32=fresh(32, "umax32"), smin32=fresh(32, "smin32"), smax32=fresh(32, "smax32")))
    return lane


def v(struct, name):
    value = struct[name].value
    return value


def has(bits, x):
    return x & ~v(bits, "mask") == v(bits, "value")


def width_of(lane):
    return v(lane, "width").as_long()


def member(lane, x):
    """x, of the lane's width, is a member."""
    return And(has(v(lane, "known"), wide(x)), in_ranges(lane, x))


def in_ranges(lane, x):
    u, s = wide(x), wide(x, True)
    return And(UGE(u, v(lane, "umin")), ULE(u, v(lane, "umax")), s >= v(lane, "smin"), s <= v(lane, "smax"))


def formed(lane):
    """The fields are as the type says: nothing beyond the width, known bits apart from unknown ones."""
    width, bits = width_of(lane), v(lane, "known")
    fields = [v(bits, "value"), v(bits, "mask"), v(lane, "umin"), v(lane, "umax")]
    return And(v(bits, "value") & v(bits, "mask") == 0, *[f == wide(low(f, width)) for f in fields],
               *[v(lane, f) == wide(low(v(lane, f), width), True) for f in ("smin", "smax")])


def shrunk(new, old):
    return And(UGE(v(new, "umin"), v(old, "umin")), ULE(v(new, "umax"), v(old, "umax")), v(new, "smin") >= v(old, "smin"),
               v(new, "smax") <= v(old, "smax"), v(v(new, "known"), "mask") & ~v(v(old, "known"), "mask") == 0)


def half_lane(scalar):
    known = v(scalar, "known")
    return cells(known=cells(value=wide(low(v(known, "value"), 32)), mask=wide(low(v(known, "mask"), 32))),
                 umin=wide(v(scalar, "umin32")), umax=wide(v(scalar, "umax32")), smin=wide(v(scalar, "smin32"), True),
                 smax=wide(v(scalar, "smax32"), True), width=BitVecVal(32, 32))


def whole_lane(scalar):
    return dict(cells(width=BitVecVal(64, 32)), **{f: scalar[f] for f in ("known", "umin", "umax", "smin", "smax")})


def scalar_member(scalar, x):
    return And(member(whole_lane(scalar), x), member(half_lane(scalar), low(x, 32)))


def scalar_formed(scalar):
    known = v(scalar, "known")
    return v(known, "value") & v(known, "mask") == 0


# ---- products and quotients ----

class Theory:
    """Products and quotients of 64 bits as functions of which no more is known than some laws, which are claims: z3 does
    not find them among the bits. Signed ones go back to those of magnitudes, as SMT-LIB defines them."""

    times, over, rest = (z3.Function(f, *[z3.BitVecSort(64)] * 3) for f in ("times", "over", "rest"))

    def __init__(self, bits):
        self.terms, self.bits = {"*": {}, "/": {}, "%": {}}, bits  # of the dividend

    def term(self, op, a, b):
        function = {"*": self.times, "/": self.over, "%": self.rest}[op]
        term = function(a, b)
        self.terms[op][term.get_id()] = (a, b, term)
        if op == "%":
            self.term("*", self.term("/", a, b), b)
        return term

    def operation(self, op, a, b, is_signed):
        if not is_signed:
            return self.term(op, a, b)
        size = lambda n: If(n < 0, -n, n)
        result = self.term(op, size(a), size(b))
        return If((a < 0) if op == "%" else (a < 0) != (b < 0), -result, result)

    def machine(self, name, x, y):
        """Of numbers of 32 bits too: extended, calculated, cut off."""
        bits, is_signed = x.size(), name[0] == "s"
        a, b = wide(x, is_signed), wide(y, is_signed)
        op = {"mul": "*", "div": "/", "mod": "%"}[name.lstrip("s")]
        result = self.operation(op, a, b, is_signed)
        if op == "*":  # the low half of a product does not depend on the signs; nor does the sign of a factor
            self.same = self.operation(op, wide(x, True), wide(y, True), True)
            self.extra = low(self.same, bits) == low(result, bits)
        if op == "/":
            result = If(b == 0, BitVecVal(0, 64), result)
        if op == "%":
            result = If(b == 0, a, result)
        return low(result, bits)

    def fits(self, c, d):
        """Conditions under which c * d is no more than some limit, and so does not wrap."""
        return [(Or(d == 0, ULE(c, q)), p) for p, e, q in self.terms["/"].values() if e.eq(d)]

    def laws(self):
        """The claims of `law` for each of the terms."""
        laws = [self.extra] if hasattr(self, "extra") else []
        products, quotients = list(self.terms["*"].values()), list(self.terms["/"].values())
        for a, b, q in quotients:
            laws += [Implies(b != 0, ULE(q, a)), Implies(b == 1, q == a)]
            laws += [Implies(And(b == d, b == f, b & (b - 1) == 0, b != 0, has(self.bits, a)), q & ~m == k)
                     for c, d, k in quotients if c.eq(v(self.bits, "value"))
                     for e, f, m in quotients if e.eq(v(self.bits, "mask"))]
            laws += [Implies(And(ULE(a, c), UGE(b, d), d != 0), ULE(q, r)) for c, d, r in quotients if r is not q]
        for e, f, top in products:
            for fits, limit in self.fits(e, f):
                laws.append(Implies(fits, ULE(top, limit)))
                for c, d, middle in products:
                    inside = And(fits, ULE(c, e), ULE(d, f))
                    laws += [Implies(inside, ULE(middle, top))]
                    laws += [Implies(And(inside, ULE(a, c), ULE(b, d)), ULE(lowest, middle)) for a, b, lowest in products]
        for a, b, r in self.terms["%"].values():
            laws += [Implies(b != 0, And(ULT(r, b), ULE(r, a), r == a - self.times(self.over(a, b), b))),
                     Implies(ULT(a, b), r == a), Implies(b != 0, (r ^ a) & ((b & -b) - 1) == 0)]
        return laws


def law(name):
    """What Theory.laws takes for granted: over the integers, where the numbers do not wrap."""
    a, b, c, d, e, f, limit, q, r = z3.Ints("a b c d e f limit q r")
    x, y, t = BitVec("x", 64), BitVec("y", 64), BitVec("t", 64)
    quotient = lambda q, a, b: And(b * q <= a, a < b * q + b)
    laws = {
        "quotients": ([0 <= a, a <= c, b >= d, d >= 1, quotient(q, a, b), quotient(r, c, d), q >= 0, r >= 0], [q <= r]),
        "a quotient": ([0 <= a, b >= 1, quotient(q, a, b)], [q <= a, Implies(b == 1, q == a)]),
        "products fit": ([0 <= a, a <= c, c <= e, 0 <= b, b <= d, d <= f, Or(f == 0, e <= q), f >= 0, limit >= 0,
                          Implies(f > 0, quotient(q, limit, f))],
                         [e * f <= limit, c * d <= e * f, a * b <= c * d]),
        "remainders": ([0 <= a, b >= 1, quotient(q, a, b), r == a - q * b], [0 <= r, r < b, r <= a, Implies(a < b, r == a)]),
        # the divisor is y << t, the quotient's product with it (quotient * y) << t
        "low bits of remainders": ([ULT(t, 64)], [((x - (y << t)) ^ x) & ((BitVecVal(1, 64) << t) - 1) == 0]),
        "quotients by powers of two": ([ULT(t, 64), x & ~y == BitVec("k", 64)], [LShR(x, t) & ~LShR(y, t) == LShR(BitVec("k", 64), t)]),
        "signs of products": ([], [z3.simplify(-x * y == -(x * y)), z3.simplify((-x) * (-y) == x * y)]),
        "halves of products": ([], [Extract(31, 0, SignExt(32, low(x, 32)) * SignExt(32, low(y, 32))) ==
                                    Extract(31, 0, ZeroExt(32, low(x, 32)) * ZeroExt(32, low(y, 32)))]),
    }
    return (*laws[name], None) if name else list(laws)


# ---- contracts: what callers may rely on, claimed and proven in test_scalar_proof.py ----

class Contracts:
    """Replaces functions by fresh results of which only their claims are known, for the members that a proof
    speaks of: `ghosts`."""

    def __init__(self, ghosts=(), pairs=()):
        self.ghosts, self.pairs, self.known, self.cuts = ghosts, pairs, [], []

    def of(self, width):
        return [x for x in self.ghosts if x.size() == width]

    def renew(self, program, cell, holds, shrinks=False):
        """The lane in `cell` becomes a fresh one that keeps each ghost for which `holds`, when the result is not 0."""
        old, result = copied(cell.value), z3.Bool(f"ok{fresh(1)}")
        new = fresh_lane(width_of(old))
        for x in self.of(width_of(old)):
            premise = And(member(old, x), holds(x))
            self.cuts.append(Implies(program.alive, premise))
            self.known.append(Implies(premise, And(result, member(new, x))))
        self.cuts.append(formed(old))
        self.known.append(Implies(formed(old), formed(new)))
        if shrinks:
            self.known.append(shrunk(new, old))
        program.store(cell, new)
        return result

    def lane_sync(self, program, cell):
        return self.renew(program, cell, lambda x: TRUE)

    def lane_sync_shrinks(self, program, cell):
        return self.renew(program, cell, lambda x: TRUE, True)

    def lane_sync_half(self, program, whole, half):
        other = copied(half.value)
        return self.renew(program, whole, lambda x: member(other, low(x, width_of(other))))

    def lane_within(self, program, cell, lo, hi):
        """Of the ranges alone."""
        old, new = copied(cell.value), fresh_lane(width_of(cell.value))
        new["known"] = Cell(copied(old["known"].value))
        for x in self.of(width_of(old)):
            first, last = low(lo, x.size()), low(hi, x.size())
            on_the_way = Or(ULE(x - first, last - first), And(ULE(first, x), ULE(x, last)), And(first <= x, x <= last))
            self.cuts.append(Implies(program.alive, in_ranges(old, x)))
            self.cuts += [Implies(program.alive, way) for way in on_the_way.children()]
            self.known.append(Implies(And(in_ranges(old, x), on_the_way), in_ranges(new, x)))
        program.store(cell, new)

    def lane_low(self, program, cell, width):
        new = fresh_lane(width.as_long())
        self.known.append(formed(new))
        self.cuts += [member(cell.value, x) for x in self.of(width_of(cell.value))]
        self.known += [Implies(member(cell.value, x), member(new, low(x, width.as_long()))) for x in self.of(width_of(cell.value))]
        return new

    def lanes_sync_down(self, program, whole, half):
        above = copied(whole.value)
        wides = self.of(width_of(above))
        return self.renew(program, half, lambda x: Or([And(member(above, w), low(w, x.size()) == x) for w in wides]))

    def lanes_sync_up(self, program, whole, half):
        return self.lane_sync_half(program, whole, half)

    def scalar_join_lanes(self, program, out, whole, half):
        result, new = z3.Bool(f"ok{fresh(1)}"), fresh_scalar()
        for x in self.of(64):
            both = And(member(whole.value, x), member(half.value, low(x, 32)))
            self.cuts.append(Implies(program.alive, both))
            self.known.append(Implies(both, And(result, scalar_member(new, x))))
        self.known.append(scalar_formed(new))
        out.value = {f: Cell(copied(z3_if(And(program.alive, result), new[f].value, out.value[f].value))) for f in new}
        return result

    def lane_alu(self, program, op, is_signed, a, b):
        new, width = fresh_lane(width_of(a.value)), width_of(a.value)
        code = op.as_long(), int(number(is_signed, 32).as_long() != 0)
        self.known.append(formed(new))
        for x, y in self.pairs:
            if x.size() == width:
                result = machine(OP_NAMES.get(code) or OP_NAMES[code[0], 0], x, y)
                self.cuts += [member(a.value, x), member(b.value, y)]
                self.known.append(Implies(And(member(a.value, x), member(b.value, y)), member(new, result)))
        return new

    def lane_relate(self, program, relation, a, b):
        old_a, old_b, result = copied(a.value), copied(b.value), z3.Bool(f"ok{fresh(1)}")
        new_a, new_b, width = fresh_lane(width_of(old_a)), fresh_lane(width_of(old_a)), width_of(old_a)
        for x, y in self.pairs:
            if x.size() == width:
                self.cuts += [member(old_a, x), member(old_b, y)]
                related = Or([And(relation == i, jumps(name, x, y)) for i, name in enumerate(RELATIONS)])
                self.known.append(Implies(And(member(old_a, x), member(old_b, y), related),
                                          And(result, member(new_a, x), member(new_b, y))))
        self.known += [formed(new_a), formed(new_b)]
        program.store(a, new_a)
        program.store(b, new_b)
        return result

    def summaries(self, *names):
        """`name` or `name=contract`"""
        return {"mybpf__" + name.split("=")[0]: getattr(self, name.split("=")[-1]) for name in names} | ALWAYS


def z3_if(condition, a, b):
    if isinstance(a, dict):
        return {f: Cell(z3_if(condition, a[f].value, b[f].value)) for f in a}
    return a if b is None else If(condition, a, b)


def smeared(a):
    for n in (1, 2, 4, 8, 16, 32):
        a = a | LShR(a, n)
    return z3.simplify(a) if z3.is_bv_value(a) else a


def leading_zeros(program, a):
    """__builtin_clzll"""
    program.require(a != 0, "clz of 0")
    count = BitVecVal(0, 32)
    for i in range(64):
        count = If(Extract(i, i, a) == 1, BitVecVal(63 - i, 32), count)
    return z3.simplify(count) if z3.is_bv_value(a) else count


ALWAYS = {"mybpf__smear": lambda program, a: smeared(a), "__builtin_clzll": leading_zeros}
