"""smt_c.py: functions of C as terms of an SMT solver, for proofs about the code that is compiled.

clang parses the source and says what its expressions mean, every conversion included; this file follows its tree.
What it understands is what src/verify/scalar*.c needs: integers, structures, pointers to them, if, for, switch, early
returns, calls. A statement acts under the condition that control comes there; where paths meet, values become
If(condition, one, other). Loops are unrolled until their condition is plainly false. What C leaves undefined (shifts
too far, signed overflow, division by zero) becomes an obligation to be proven as well.
"""
import json
import os
import re
import subprocess
import tempfile

import z3

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)
INTEGERS = {"unsigned long": (64, False), "long": (64, True), "unsigned long long": (64, False), "long long": (64, True),
            "unsigned int": (32, False), "int": (32, True), "unsigned short": (16, False), "short": (16, True),
            "unsigned char": (8, False), "char": (8, True), "signed char": (8, True)}


class Unsupported(Exception):
    pass


def parse(include, source):
    """The functions that `source` defines, by name, and the values of its enumeration constants."""
    with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
        file.write(source)
        file.flush()
        command = [os.environ.get("CLANG") or "clang", f"-I{include}", "-Xclang", "-ast-dump=json", "-fsyntax-only", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    tree = json.loads(text)
    functions, constants = {}, {}
    for node in tree["inner"]:
        if node["kind"] == "FunctionDecl" and any(part["kind"] == "CompoundStmt" for part in node.get("inner", [])):
            functions[node["name"]] = node
        if node["kind"] == "EnumDecl":
            following = 0
            for constant in node.get("inner", []):
                if constant["kind"] != "EnumConstantDecl":
                    continue
                values = [part["value"] for part in constant.get("inner", []) if "value" in part]
                following = int(values[0]) if values else following
                constants[constant["id"]] = following
                following += 1
    return functions, constants


# ---- values: bit vectors, truth values, structures (dictionaries of cells), references to cells ----

class Cell:
    def __init__(self, value=None):
        self.value = value


def copied(value):
    return {name: Cell(copied(cell.value)) for name, cell in value.items()} if isinstance(value, dict) else value


def is_known(value):
    return z3.is_bv_value(value)


def folded(value, *parts):
    """The value itself, as a number when all its parts are numbers."""
    return z3.simplify(value) if all(map(is_known, parts)) else value


def truth(value):
    if value is None or isinstance(value, Cell):
        return z3.BoolVal(value is not None)
    if z3.is_bool(value):
        return value
    return folded(value != 0, value)


def number(value, bits):
    if not z3.is_bool(value):
        return value
    if z3.is_true(value) or z3.is_false(value):
        return z3.BitVecVal(int(z3.is_true(value)), bits)
    return z3.If(value, z3.BitVecVal(1, bits), z3.BitVecVal(0, bits))


def both(a, b):
    if z3.is_false(a) or z3.is_false(b):
        return FALSE
    return b if z3.is_true(a) else a if z3.is_true(b) else z3.And(a, b)


def either(a, b):
    if z3.is_true(a) or z3.is_true(b):
        return TRUE
    return b if z3.is_false(a) else a if z3.is_false(b) else z3.Or(a, b)


def negated(a):
    return z3.BoolVal(z3.is_false(a)) if z3.is_true(a) or z3.is_false(a) else z3.Not(a)


def chosen(condition, a, b):
    """a where the condition holds, else b; None has not been set there and does not matter."""
    if z3.is_true(condition) or b is None or a is b:
        return a
    if z3.is_false(condition) or a is None:
        return b
    if isinstance(a, dict):
        return {name: Cell(chosen(condition, a[name].value, b[name].value)) for name in a}
    if z3.is_bool(a) != z3.is_bool(b):
        bits = (b if z3.is_bool(a) else a).size()
        a, b = number(a, bits), number(b, bits)
    if isinstance(a, Cell):
        raise Unsupported("a pointer that depends on numbers")
    return a if z3.is_ast(a) and a.eq(b) else z3.If(condition, a, b)


def integer(node):
    kind = node["type"]
    name = re.sub(r"\b(const|volatile)\b", "", kind.get("desugaredQualType", kind["qualType"])).strip()
    if name in INTEGERS:
        return INTEGERS[name]
    if name.startswith("enum ") or name == "mybpf__relation":
        return 32, False
    raise Unsupported(f"type {name}")


def cast(value, node):
    bits, _ = integer(node)
    source = number(value, bits)
    if z3.is_bool(value) or source.size() == bits:
        return source
    if source.size() > bits:
        return folded(z3.Extract(bits - 1, 0, source), source)
    _, is_signed = integer(node["inner"][0])
    return folded((z3.SignExt if is_signed else z3.ZeroExt)(bits - source.size(), source), source)


class Frame:
    def __init__(self, variables):
        self.variables, self.result, self.broken = variables, Cell(), FALSE


class Program:
    """Runs functions on terms. `summaries` replace functions: name -> function(program, arguments). `theory`, if any,
    has terms of its own for products, quotients and remainders: operation(op, a, b, is_signed)."""

    def __init__(self, parsed, summaries=None, unrolled=130, theory=None):
        self.functions, self.constants = parsed
        self.summaries, self.unrolled, self.theory = summaries or {}, unrolled, theory
        self.alive, self.obligations, self.statics = TRUE, [], {}

    def require(self, condition, what):
        if not z3.is_true(condition := z3.simplify(condition)) and not z3.is_false(self.alive):
            self.obligations.append((what, z3.Implies(self.alive, condition)))

    def call(self, name, *arguments):
        if name in self.summaries:
            return self.summaries[name](self, *arguments)
        if name not in self.functions:
            raise Unsupported(f"function {name}")
        node = self.functions[name]
        parameters = [part for part in node["inner"] if part["kind"] == "ParmVarDecl"]
        frame = Frame({p["id"]: Cell(copied(a)) for p, a in zip(parameters, arguments)})
        before = self.alive
        self.run(node["inner"][[part["kind"] for part in node["inner"]].index("CompoundStmt")], frame)
        self.alive = before
        return frame.result.value

    # ---- statements ----

    def run(self, node, frame):
        if not z3.is_false(self.alive):
            getattr(self, "run_" + node["kind"], self.run_expression)(node, frame)

    def run_expression(self, node, frame):
        self.value(node, frame)

    def run_CompoundStmt(self, node, frame):
        for part in node.get("inner", []):
            self.run(part, frame)

    def run_DeclStmt(self, node, frame):
        for variable in node["inner"]:
            if variable["kind"] == "EnumDecl":
                continue
            if variable.get("storageClass") == "static":
                frame.variables[variable["id"]] = Cell(self.table(variable["inner"][0]))
                continue
            init = [part for part in variable.get("inner", []) if "type" in part]
            frame.variables[variable["id"]] = Cell(self.initial(variable, init[0], frame) if init else self.blank(variable))

    STRUCTS = {"mybpf__bits": ("value", "mask"), "mybpf__lane": ("known", "umin", "umax", "smin", "smax", "width"),
               "mybpf__scalar": ("known", "umin", "umax", "smin", "smax", "umin32", "umax32", "smin32", "smax32")}

    def blank(self, variable):
        name = variable["type"]["qualType"].replace("const ", "")
        return self.struct(name) if name in self.STRUCTS else None

    def struct(self, name):
        return {field: Cell(self.struct("mybpf__bits") if field == "known" else None) for field in self.STRUCTS[name]}

    def initial(self, variable, node, frame):
        if node["kind"] != "InitListExpr":
            return copied(self.value(node, frame))
        value = self.blank(variable)
        for cell, part in zip(value.values(), node["inner"]):
            cell.value = self.value(part, frame)
        return value

    def table(self, node):
        """A constant array as nested lists."""
        if node["kind"] != "InitListExpr":
            return self.value(node, None)
        parts = node.get("array_filler", [])[1:] or node.get("inner", [])  # the filler, then what is written out
        return [self.table(part) for part in parts]

    def run_IfStmt(self, node, frame):
        condition, *branches = node["inner"]
        condition = truth(self.value(condition, frame))
        before, ends = self.alive, []
        for taken, branch in ((condition, branches[0]), (negated(condition), branches[1] if branches[1:] else None)):
            self.alive = start = both(before, taken)
            if branch:
                self.run(branch, frame)
            ends.append((start, self.alive))
        same = all(end is start for start, end in ends)
        self.alive = before if same else either(ends[0][1], ends[1][1])

    def run_ForStmt(self, node, frame):
        init, _, condition, step, body = node["inner"]
        left = FALSE
        if init.get("kind"):
            self.run(init, frame)
        outer, frame.broken = frame.broken, FALSE
        for _ in range(self.unrolled):
            goes_on = truth(self.value(condition, frame))
            left = either(left, both(self.alive, negated(goes_on)))
            self.alive = both(self.alive, goes_on)
            if z3.is_false(self.alive):
                break
            self.run(body, frame)
            if not z3.is_false(self.alive):
                alive = self.alive
                if init.get("kind") == "DeclStmt":  # the counter's own: who has left does not look at it again
                    self.alive = TRUE
                self.value(step, frame)
                self.alive = alive
        else:
            self.require(FALSE, "the loop ends")
        self.alive = either(left, frame.broken)
        frame.broken = outer

    def run_BreakStmt(self, _node, frame):
        frame.broken = either(frame.broken, self.alive)
        self.alive = FALSE

    def run_ReturnStmt(self, node, frame):
        value = self.value(node["inner"][0], frame) if node.get("inner") else None
        frame.result.value = copied(chosen(self.alive, value, frame.result.value))
        self.alive = FALSE

    def run_SwitchStmt(self, node, frame):
        value = self.value(node["inner"][0], frame)
        before, matched, pieces = self.alive, FALSE, []

        def flatten(part):
            if part["kind"] in ("CaseStmt", "DefaultStmt"):
                pieces.append((part["kind"], part["inner"][0]))
                flatten(part["inner"][-1])
            else:
                pieces.append(("", part))
        for part in node["inner"][1]["inner"]:
            flatten(part)
        hits = [folded(value == self.value(part, frame), value) for kind, part in pieces if kind == "CaseStmt"]
        for hit in hits:
            matched = either(matched, hit)
        if not any(kind == "DefaultStmt" for kind, _ in pieces):
            pieces.append(("DefaultStmt", None))
        outer, frame.broken, self.alive, hits = frame.broken, FALSE, FALSE, iter(hits)
        for kind, part in pieces:
            if kind == "CaseStmt":
                self.alive = either(self.alive, both(before, next(hits)))
            elif kind == "DefaultStmt":
                self.alive = either(self.alive, both(before, negated(matched)))
            else:
                self.run(part, frame)
        self.alive = either(self.alive, frame.broken)
        frame.broken = outer

    # ---- expressions ----

    def place(self, node, frame):
        """The cell that an expression names."""
        kind = node["kind"]
        if kind == "DeclRefExpr":
            return frame.variables[node["referencedDecl"]["id"]]
        if kind == "ParenExpr" or kind == "ImplicitCastExpr":
            return self.place(node["inner"][0], frame)
        if kind == "MemberExpr":
            base = node["inner"][0]
            cell = self.value(base, frame) if node["isArrow"] else self.place(base, frame)
            return cell.value[node["name"]]
        if kind == "UnaryOperator" and node["opcode"] == "*":
            return self.value(node["inner"][0], frame)
        if kind == "ArraySubscriptExpr":
            return self.element(node, frame)
        raise Unsupported(f"place {kind}")

    def element(self, node, frame):
        base, index = node["inner"]
        table, index = self.place(base, frame).value, number(self.value(index, frame), 32)
        if not is_known(index):
            raise Unsupported("an index that is not known")
        return Cell(table[index.as_long()])

    def store(self, cell, value):
        cell.value = copied(chosen(self.alive, value, cell.value)) if value is not cell.value else value
        return cell.value

    def value(self, node, frame):
        return getattr(self, "value_" + node["kind"])(node, frame)

    def value_ParenExpr(self, node, frame):
        return self.value(node["inner"][0], frame)

    value_ConstantExpr = value_ParenExpr

    def value_IntegerLiteral(self, node, _frame):
        return z3.BitVecVal(int(node["value"]), integer(node)[0])

    def value_UnaryExprOrTypeTraitExpr(self, node, _frame):
        """sizeof a table of bytes"""
        table = re.fullmatch(r"(?:const )?(?:uint8_t|unsigned char)\s*\[(\d+)\]", node["inner"][0]["type"]["qualType"])
        if not table:
            raise Unsupported("sizeof " + node["inner"][0]["type"]["qualType"])
        return z3.BitVecVal(int(table.group(1)), 64)

    def value_DeclRefExpr(self, node, frame):
        declared = node["referencedDecl"]
        if declared["kind"] == "EnumConstantDecl":
            return z3.BitVecVal(self.constants[declared["id"]], 32)
        return frame.variables[declared["id"]].value

    def value_MemberExpr(self, node, frame):
        return self.place(node, frame).value

    value_ArraySubscriptExpr = value_MemberExpr

    def value_ImplicitCastExpr(self, node, frame):
        kind = node["castKind"]
        if kind == "LValueToRValue":
            value = self.place(node["inner"][0], frame).value
            if value is None and "*" not in node["type"]["qualType"]:
                raise Unsupported("read before it is set")
            return value
        if kind == "NullToPointer":
            return None
        value = self.value(node["inner"][0], frame)
        if kind == "IntegralCast":
            return cast(value, node)
        if kind in ("ToVoid", "NoOp", "BitCast"):
            return value
        raise Unsupported(f"cast {kind}")

    value_CStyleCastExpr = value_ImplicitCastExpr

    def value_CallExpr(self, node, frame):
        target = node["inner"][0]
        while target["kind"] != "DeclRefExpr":
            target = target["inner"][0]
        arguments = [self.value(part, frame) for part in node["inner"][1:]]
        return self.call(target["referencedDecl"]["name"], *arguments)

    def value_ConditionalOperator(self, node, frame):
        condition, *sides = node["inner"]
        condition = truth(self.value(condition, frame))
        before, values = self.alive, []
        for taken, side in zip((condition, negated(condition)), sides):
            self.alive = both(before, taken)
            values.append(None if z3.is_false(taken) else self.value(side, frame))
        self.alive = before
        return chosen(condition, *values)

    def value_UnaryOperator(self, node, frame):
        part, op = node["inner"][0], node["opcode"]
        if op == "&":
            return self.place(part, frame)
        if op == "*":
            return self.value(part, frame).value
        if op in ("++", "--"):
            cell = self.place(part, frame)
            old = cell.value
            new = self.arithmetic(op[0], old, z3.BitVecVal(1, old.size()), node)
            self.store(cell, new)
            return old if node["isPostfix"] else new
        value = self.value(part, frame)
        if op == "!":
            return negated(truth(value))
        value = number(value, integer(node)[0])
        return folded(~value, value) if op == "~" else self.arithmetic("-", z3.BitVecVal(0, value.size()), value, node)

    def value_BinaryOperator(self, node, frame):
        op, (left, right) = node["opcode"], node["inner"]
        if op == "=":
            return self.store(self.place(left, frame), self.value(right, frame))
        if op == ",":
            self.value(left, frame)
            return self.value(right, frame)
        a = self.value(left, frame)
        if op in ("&&", "||"):
            before, first = self.alive, truth(a)
            taken = first if op == "&&" else negated(first)
            self.alive = both(before, taken)
            second = FALSE if z3.is_false(taken) else truth(self.value(right, frame))
            self.alive = before
            return both(first, second) if op == "&&" else either(first, second)
        b = self.value(right, frame)
        if isinstance(a, (Cell, type(None))):
            return z3.BoolVal((a is b) == (op == "=="))
        bits, is_signed = integer(left)
        a, b = number(a, bits), number(b, integer(right)[0])
        if op in ("==", "!=", "<", "<=", ">", ">="):
            return self.comparison(op, a, b, is_signed)
        return self.arithmetic(op, a, b, node)

    def value_CompoundAssignOperator(self, node, frame):
        left, right = node["inner"]
        cell, b = self.place(left, frame), self.value(right, frame)
        if integer({"type": node["computeLHSType"]}) != integer(left):
            raise Unsupported("assignment that converts")
        return self.store(cell, self.arithmetic(node["opcode"][:-1], cell.value, b, node))

    @staticmethod
    def comparison(op, a, b, is_signed):
        unsigned = {"<": z3.ULT, "<=": z3.ULE, ">": z3.UGT, ">=": z3.UGE}
        if op == "==" or op == "!=":
            result = a == b if op == "==" else a != b
        elif is_signed:
            result = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
        else:
            result = unsigned[op](a, b)
        return folded(result, a, b)

    def arithmetic(self, op, a, b, node):
        bits, is_signed = integer(node)
        if op in ("<<", ">>"):
            count = b.size()
            self.require(z3.ULT(b, z3.BitVecVal(bits, count)), f"{op} by less than {bits}")
            b = folded(z3.Extract(bits - 1, 0, b), b) if count > bits else folded(z3.ZeroExt(bits - count, b), b)
            result = a << b if op == "<<" else a >> b if is_signed else z3.LShR(a, b)
        elif op in ("/", "%"):
            self.require(b != 0, f"{op} by 0")
            if is_signed:
                self.require(z3.Or(a != z3.BitVecVal(1 << (bits - 1), bits), b != -1), f"{op} of the least by -1")
            if self.theory and not (is_known(a) and is_known(b)):
                result = self.theory.operation(op, a, b, is_signed)
            elif is_signed:
                result = a / b if op == "/" else z3.SRem(a, b)
            else:
                result = z3.UDiv(a, b) if op == "/" else z3.URem(a, b)
        else:
            if is_signed and op in "+-*":
                self.require_fits(op, a, b)
            if op == "*" and self.theory and not (is_known(a) and is_known(b)):
                return self.theory.operation(op, a, b, is_signed)
            result = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "&": lambda: a & b, "|": lambda: a | b,
                      "^": lambda: a ^ b}[op]()
        return folded(result, a, b)

    def require_fits(self, op, a, b):
        fits = {"+": (z3.BVAddNoOverflow(a, b, True), z3.BVAddNoUnderflow(a, b)),
                "-": (z3.BVSubNoOverflow(a, b), z3.BVSubNoUnderflow(a, b, True)),
                "*": (z3.BVMulNoOverflow(a, b, True), z3.BVMulNoUnderflow(a, b))}[op]
        self.require(z3.And(*fits), f"signed {op} does not overflow")
