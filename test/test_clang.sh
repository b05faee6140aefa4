#!/bin/sh
# test_clang.sh: the library compiled by clang, where the interpreter's handlers are functions that jump to each other. The tests
# are compiled as ever; those that come to no interpreter are left out.
cd "$(dirname "$0")/.." || exit 1
if ! command -v "${CLANG:-clang}" >/dev/null; then
    echo "  skipped: there is no clang"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
make -s build/clang/test || exit 1
MYBPF_SECONDS=${MYBPF_SECONDS:-3} exec build/clang/test --without verify --without scalar. --without jit. --without passes. \
    --without x86_64. --without arm64. --without riscv64. --without map_ --without helper_ --without core. --without disasm.
