#!/bin/bash
# sizes.sh: the size of each example as ELF object (without debug information, which holds the folder's name), BARE
# and SPF image, and of mybpf.h by what is left out. BTF names the source with its folder too: a long one adds some bytes to .o.
cd "$(dirname "$0")/.." || exit 1
tools=${MYBPF_TOOLS:-$PWD/build/tools} examples=${MYBPF_EXAMPLES:-$PWD/build/examples}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# size FORMAT OBJECT OPTIONS...: bytes of the image, or "-" where the format does not carry the program.
size() {
    local format=$1 object=$2
    shift 2
    "$tools/mybpfc" convert "$format" --trust trusted "$@" "$object" -o "$work/image" 2>"$work/why" || { echo -; return; }
    wc -c <"$work/image" | tr -d ' '
}

echo "| example | .o | BARE bytecode | BARE x86-64 | SPF bytecode | SPF x86-64 |"
echo "|---|---:|---:|---:|---:|---:|"
for object in "$examples"/*.o; do
    llvm-strip --strip-debug "$object" -o "$work/stripped.o" || exit 1
    echo "| $(basename "$object" .o) | $(wc -c <"$work/stripped.o" | tr -d ' ') | $(size bare "$object") |" \
        "$(size bare "$object" -t x86_64) | $(size spf "$object") | $(size spf "$object" -t x86_64) |"
done

# Text of mybpf.h by what is left out: gcc's, x86-64, what size(1) calls text (code, constants, unwind tables).
text() {
    printf '#define MYBPF_IMPLEMENTATION\n#include "mybpf.h"\n' >"$work/unit.c"
    "${CC:-gcc}" -std=c99 "$@" -I. -c "$work/unit.c" -o "$work/unit.o" || exit 1
    command size "$work/unit.o" | awk 'NR == 2 {printf "%d", $1 / 1000}'
}
echo
echo "| mybpf.h | -O2, KB | -Os, KB |"
echo "|---|---:|---:|"
for out in "" MYBPF_NO_MORE_HELPERS MYBPF_NO_MAP_TYPES MYBPF_NO_ELF MYBPF_NO_ASM MYBPF_NO_IMAGES MYBPF_NO_SYS MYBPF_NO_MESSAGES MYBPF_NO_PROVER \
    "MYBPF_NO_ELF MYBPF_NO_MAP_TYPES MYBPF_NO_MORE_HELPERS MYBPF_NO_MESSAGES MYBPF_NO_ASM" MYBPF_INTERPRETER_ONLY; do
    flags=$(for macro in $out; do echo "-D$macro"; done)
    # shellcheck disable=SC2086
    echo "| ${out:-everything} | $(text -O2 $flags) | $(text -Os $flags) |"
done
