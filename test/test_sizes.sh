#!/bin/bash
# test_sizes.sh: what is promised to be small. Sizes are the same on every run of one compiler: no timing here.
cd "$(dirname "$0")/.." || exit 1
cc=${CC:-gcc} tools=${MYBPF_TOOLS:-$PWD/build/asan/tools} examples=${MYBPF_EXAMPLES:-$PWD/build/examples}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# bar NAME SIZE LIMIT
bar() {
    echo "$1: $2, at most $3"
    if [ -n "$2" ] && [ "$2" -le "$3" ]; then passed=$((passed + 1)); else echo "FAILED $1"; failed=$((failed + 1)); fi
}
size_of() { wc -c <"$1" | tr -d ' '; }

# The runtime as it is fetched: everything behind the manual, which is its first comment.
bar "mybpf_bare.h, lines of code" "$(sed '1,/\*\//d' mybpf_bare.h | wc -l)" 99
bar "src/bare/bare.h, lines" "$(wc -l <src/bare/bare.h)" 99
printf '#define MYBPF_BARE_IMPLEMENTATION\n#include "mybpf_bare.h"\n' >"$work/bare.c"
if [ "$(uname -m)" = x86_64 ] && "$cc" -Os -ffreestanding -I. -c "$work/bare.c" -o "$work/bare.o"; then
    bar "bare runtime, bytes of text" "$(size "$work/bare.o" | awk 'NR == 2 {print $1}')" 700
    bar "bare runtime, bytes of data" "$(size "$work/bare.o" | awk 'NR == 2 {print $2 + $3}')" 0
    bar "bare runtime, undefined symbols" "$(nm -u "$work/bare.o" | wc -l)" 0
    bar "bare runtime, symbols that are not mybpf_*" "$(nm "$work/bare.o" | awk '{print $NF}' | grep -cv '^mybpf_')" 0
else
    skipped=$((skipped + 4))
fi

# The verifier's code, with what it uses of scalars and whatever else is inlined.
printf '%s\n' '#include "verify/structure.c"' '#include "verify/explore.c"' '#include "verify/scalar.c"' \
    'int (*const structure)(mybpf_object *, mybpf_error *) = mybpf__verify_structure;' \
    'int (*const accesses)(mybpf_object *, const mybpf_load_opts *, mybpf_error *) = mybpf__verify_access;' >"$work/verify.c"
if [ "$(uname -m)" = x86_64 ] && "$cc" -w -Os -Isrc -c "$work/verify.c" -o "$work/verify.o"; then
    bar "verifier, bytes of code" "$(size -A "$work/verify.o" | awk '$1 == ".text" {print $2}')" 54272
else
    skipped=$((skipped + 1))
fi

# Images next to the objects they come from.
if [ -x "$tools/mybpfc" ] && [ -f "$examples/hello_world.o" ]; then
    for object in "$examples"/*.o; do
        name=$(basename "$object" .o)
        "$tools/mybpfc" convert spf --trust trusted "$object" -o "$work/$name.spf" || { failed=$((failed + 1)); continue; }
        bar "$name.spf, bytes, against a quarter of the object" "$(size_of "$work/$name.spf")" $(($(size_of "$object") / 4))
    done
else
    echo "skipped: tools and examples are not built"
    skipped=$((skipped + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
