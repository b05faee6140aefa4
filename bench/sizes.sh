#!/bin/bash
# sizes.sh: the size of each example as ELF object (without debug information, which holds the folder's name), BARE
# and SPF image, as the table in README.md. BTF names the source with its folder too: a long one adds some bytes to .o.
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
