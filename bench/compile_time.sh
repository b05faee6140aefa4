#!/bin/sh
# compile_time.sh: CPU time that including mybpf.h costs a compile. Bars: 20 ms without the implementation, 5 s with it at -O2.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-gcc}
out=build/bench/compile_time
mkdir -p $out
printf '#include <stddef.h>\n#include <stdint.h>\nint x;\n' >$out/empty.c
printf '#include <stddef.h>\n#include <stdint.h>\n#include "mybpf.h"\nint x;\n' >$out/declared.c
printf '#define MYBPF_IMPLEMENTATION\n#include "mybpf.h"\n' >$out/implemented.c
printf '#define MYBPF_IMPLEMENTATION\n#include "mybpf_jit.h"\n#include "mybpf_aot.h"\n' >$out/everything.c
for unit in empty declared implemented everything; do
    runs=3
    case $unit in empty | declared) runs=30 ;; esac
    hyperfine --style none -w 1 -r $runs --export-json $out/$unit.json "$cc -O2 -I. -c $out/$unit.c -o $out/$unit.o" 2>/dev/null
done
${PYTHON:-python3} - $out <<'PY'
import json, sys
ms = {}
for unit in ("empty", "declared", "implemented", "everything"):
    result = json.load(open(f"{sys.argv[1]}/{unit}.json"))["results"][0]
    ms[unit] = (result["user"] + result["system"]) * 1000
print(f"including mybpf.h adds {ms['declared'] - ms['empty']:.1f} ms (bar 20)")
print(f"mybpf.h with its implementation at -O2: {ms['implemented'] / 1000:.2f} s (bar 5)")
print(f"mybpf.h, mybpf_jit.h and mybpf_aot.h with theirs: {ms['everything'] / 1000:.2f} s")
PY
