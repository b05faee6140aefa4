#!/usr/bin/env python3
"""test_helper_docs.py: docs/helpers.md has a row for every helper of src/helper/list.h, with its prototype, and none besides;
and one for every other that src/helper/names.c has a name for."""
import os
import re
import sys

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROW = re.compile(r"^    X\((\d+), +(\w+), +.*?, +\w+, +\w+, +([^,()]*?), +(\(.*\))\)(?: \\)?$")


def listed():
    """number: (name, prototype) of the list."""
    rows = {}
    with open(os.path.join(root, "src/helper/list.h"), encoding="utf-8") as file:
        for line in file:
            match = ROW.match(line.rstrip("\n"))
            if match:
                rows[int(match[1])] = (match[2], match[3].strip() + " " + match[4])
            elif line.startswith("    X("):
                raise SystemExit("list.h: a row that is not understood: " + line)
    return rows


def named():
    """number: name of all that Linux has."""
    with open(os.path.join(root, "src/helper/names.c"), encoding="utf-8") as file:
        text = file.read()
    strings = text[text.index("mybpf__names[] ="):].split(";", 1)[0]
    return dict(enumerate("".join(re.findall(r'"(.*)"', strings)).split("\\0")))


def refused():
    """number: name of those that the table of refused ones has, with a reason."""
    with open(os.path.join(root, "docs/helpers.md"), encoding="utf-8") as file:
        text = file.read()
    section = text[text.index("### Not here"):].split("\n## ", 1)[0]
    return {int(number): name for number, name in re.findall(r"^\| (\d+) \| (\w+) \| \w.* \|$", section, re.M)}


def documented():
    rows = {}
    with open(os.path.join(root, "docs/helpers.md"), encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) == 4 and cells[0].isdigit():
                if int(cells[0]) in rows:
                    raise SystemExit("docs/helpers.md: helper %s twice" % cells[0])
                rows[int(cells[0])] = (cells[1], cells[2].strip("`"), cells[3])
    return rows


def main():
    passed = failed = 0
    rows, docs = listed(), documented()
    for number in sorted(set(rows) | set(docs)):
        doc = docs.get(number)
        want = "| %d | %s | `%s` | ... |" % ((number,) + rows[number]) if number in rows else "no such helper"
        if number in rows and doc and doc[:2] == rows[number] and doc[2]:
            passed += 1
            continue
        print("docs/helpers.md: helper %d: wanted %s" % (number, want), file=sys.stderr)
        failed += 1
    want, have = {number: name for number, name in named().items() if number and name and number not in rows}, refused()
    for number in sorted(set(want) | set(have)):
        if want.get(number) == have.get(number):
            passed += 1
            continue
        print("docs/helpers.md, not here: helper %d: wanted %s" % (number, want.get(number, "none")), file=sys.stderr)
        failed += 1
    order = list(docs)
    if order != sorted(order):
        print("docs/helpers.md: rows are not in order of their numbers", file=sys.stderr)
        failed += 1
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
