#!/bin/sh
# test_tools.sh: uses the tools as a person does: right, wrong, and with broken files.
# MYBPF_TOOLS and MYBPF_EXAMPLES name the folders with the tools and the compiled examples.
cd "$(dirname "$0")/.." || exit 1
root=$PWD
tools=${MYBPF_TOOLS:-$PWD/build/tools}
examples=${MYBPF_EXAMPLES:-$PWD/build/examples}
passed=0 failed=0 skipped=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mybpfc() { "$tools/mybpfc" "$@"; }

ok() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    echo "FAILED: $*"
    sed 's/^/    stdout: /' out
    sed 's/^/    stderr: /' err
}

# gives STATUS COMMAND...: runs it, keeps its output, compares the exit code.
gives() {
    want=$1
    shift
    "$@" >out 2>err </dev/null
    got=$?
    what="$*"
    if [ $got -eq "$want" ]; then ok; else bad "$what: exit code $got, not $want"; fi
}
# What the last command printed.
prints() { if [ "$(cat out)" = "$1" ]; then ok; else bad "$what: does not print '$1'"; fi; }
shows() { if grep -q -e "$1" out; then ok; else bad "$what: shows no '$1'"; fi; }
# refused STATUS TEXT COMMAND...: one line on stderr that holds TEXT, nothing on stdout.
refused() {
    status=$1 text=$2
    shift 2
    gives "$status" "$@"
    if [ "$(wc -l <err)" -eq 1 ] && grep -q -e "$text" err && [ ! -s out ]; then ok; else bad "$what: no line with '$text'"; fi
}
# wrong TEXT COMMAND...: exit code 2, TEXT on stderr and where to find help.
wrong() {
    text=$1
    shift
    gives 2 "$@"
    if grep -q -e "$text" err && grep -q 'try `mybpfc' err && [ ! -s out ]; then ok; else bad "$what: no '$text'"; fi
}
absent() { for f in "$@"; do if [ -e "$f" ]; then bad "$what: left $f"; else ok; fi; done; }
same() { if cmp -s "$1" "$2"; then ok; else bad "$what: $1 and $2 differ"; fi; }

# ---- usage ----
gives 2 mybpfc
gives 0 mybpfc --help; shows "convert .*write"
gives 0 mybpfc help; shows usage
gives 0 mybpfc --version; shows "^mybpfc [0-9]"
for command in convert run dump asm verify show; do
    gives 0 mybpfc $command --help; shows "usage: mybpfc $command"
    gives 0 mybpfc ${command%??} -h; shows "usage: mybpfc $command"
    wrong "no file\|convert to what" mybpfc $command
    wrong "unknown option --nonsense" mybpfc $command --nonsense
done
gives 0 mybpfc help run; shows "usage: mybpfc run"
gives 0 mybpfc --help dump; shows "usage: mybpfc dump"
wrong "unknown command dance: convert, run" mybpfc dance
wrong "unknown command rnu: did you mean run?" mybpfc rnu hello.o
wrong "unknown command vrify: did you mean verify?" mybpfc help vrify
wrong "unexpected argument b$" mybpfc show a b
wrong "unexpected argument world: .*-p" mybpfc run hello.o world
wrong "unexpected argument d: .*-p" mybpfc run a b c d
wrong "memory and -p: r1 is either" mybpfc run a --memory 00 -p x
wrong "unexpected argument" mybpfc show a b c d e
wrong "no format elf" mybpfc convert elf a
wrong "no file given" mybpfc convert spf
wrong "needs a value" mybpfc run a -p
wrong "trust maybe" mybpfc run a --trust maybe
wrong "grant everything" mybpfc run a --grant everything
wrong "grant 5-3" mybpfc run a --grant 5-3
wrong "max-steps none" mybpfc run a --max-steps none
wrong "max-steps 0" mybpfc run a --max-steps 0
wrong "memory xyz" mybpfc run a --memory xyz
wrong "m 9" mybpfc convert spf a -m 9
wrong "unknown option -j" mybpfc show -j a

# ---- asm ----
cat >seven.s <<'END'
# seven, by way of a label
        r0 = 1
again:  r0 += 2          ; three times
        if r0 < 7 goto again
        exit
END
hex="b700000001000000
0700000002000000
a500feff07000000
9500000000000000"
gives 0 mybpfc asm seven.s; prints "$hex"
gives 0 mybpfc asm --hex seven.s -o seven.hex; same seven.hex seven.hex
gives 0 mybpfc asm seven.s -o seven.bin
gives 0 mybpfc asm --c seven.s; shows '{0xa5, 0, 0, -2, 7}, /\* if r0 < 7 goto -2 \*/'
if [ "$(wc -c <seven.bin)" -eq 32 ]; then ok; else bad "seven.bin has the wrong size"; fi
if [ "$(mybpfc asm - <seven.s)" = "$hex" ]; then ok; else bad "asm from standard input"; fi
printf 'mov %%r0, 1\nldxq %%r0\n' >wrong.s
refused 1 "wrong.s: line 2: unknown instruction 'ldxq'" mybpfc asm wrong.s
refused 1 "wrong.s: line 2: unknown" mybpfc asm wrong.s -o wrong.bin; absent wrong.bin wrong.bin.*
refused 1 "wrong.s: line 2: unknown" mybpfc run wrong.s
printf '# nothing\n' >nothing.s
refused 1 "no instructions" mybpfc asm nothing.s
# every example in the document's table assembles
{ grep '^|' "$root/docs/assembly.md" | grep -o '`[^`]*`' | tr -d '`'; echo "loop: end: sum: exit"; } >document.s
gives 0 mybpfc asm document.s
if [ "$(wc -l <out)" -gt 60 ]; then ok; else bad "docs/assembly.md has few examples"; fi
: >empty
mkdir folder
for command in "asm" "run" "dump" "verify" "show" "convert spf" "convert bare -j"; do
    refused 1 "missing.o: No such file" mybpfc $command missing.o
    refused 1 "empty: is empty" mybpfc $command empty
    refused 1 "folder: is a directory" mybpfc $command folder
done
refused 1 "No such file" mybpfc asm seven.s -o nowhere/seven.bin
refused 1 "folder: is a directory" mybpfc asm seven.s -o folder
gives 0 mybpfc asm seven.s -o /dev/null
[ -c /dev/null ] && ok || bad "/dev/null was replaced"

# ---- run ----
for trust in guarded trusted; do
    for flag in "" -j; do
        gives 0 mybpfc run $flag --trust $trust seven.s; prints "r0 = 7"
        gives 0 mybpfc run $flag --trust=$trust seven.bin; prints "r0 = 7"
    done
done
gives 0 mybpfc run file seven.s --trust trusted; prints "r0 = 7"
gives 0 mybpfc run -q seven.s --trust trusted; prints ""
printf 'r0 = -1\nexit\n' >minus.s
gives 0 mybpfc run minus.s; prints "r0 = -1 (0xffffffffffffffff)"
printf 'r0 = *(u8 *)(r1 + 1)\nr0 += r2\nexit\n' >memory.s
gives 0 mybpfc run memory.s --memory 0102030405; prints "r0 = 7"
gives 0 mybpfc run -j memory.s --memory "01 02" --trust guarded; prints "r0 = 4"
refused 1 "memory.s: main: instruction 0: .*memory access" mybpfc run memory.s --trust guarded
refused 1 "memory.s: main: instruction 0: .*memory access" mybpfc run -j memory.s --trust guarded
refused 1 "memory.s: main: instruction 0: " mybpfc run memory.s
printf 'loop: goto loop\nexit\n' >endless.s
printf 'r0 = 0\nloop: r0 += 1\nif r0 != 0 goto loop\nexit\n' >long.s
refused 1 "instruction 1: .*budget" mybpfc run long.s --trust guarded --max-steps 1000
refused 1 "instruction 1: .*budget" mybpfc run -j long.s --trust guarded --max-steps 1000
refused 1 "instruction 1: .*budget" mybpfc run long.s --trust trusted --max-steps 1000
refused 1 "long.s: main: instruction" mybpfc run long.s
refused 1 "endless.s: main: instruction" mybpfc run endless.s
refused 1 "no program other" mybpfc run seven.s --trust trusted -s other
gives 0 mybpfc run seven.s --trust trusted -s main; prints "r0 = 7"
head -c 12 seven.bin >odd.bin
refused 1 "12 bytes are no whole number" mybpfc run odd.bin
printf 'r1 = map_by_idx(0) ll\nr0 = 0\nexit\n' >map.s
refused 1 "map.s: instruction 0: names map 0, but 0 are given" mybpfc run map.s
printf 'r11 = 0\nexit\n' >register.s
refused 1 "register.s: main: instruction 0: MOV64_IMM: dst_reg is 11" mybpfc run register.s
printf 'call 999999\nexit\n' >helper.s
refused 1 "helper.s: .*instruction 0: .*999999" mybpfc run helper.s

# ---- what the host tells an object ----
objects=${MYBPF_TEST_OBJECTS:-$root/build/test/objects}
if [ -f "$objects/core_local.o" ]; then
    gives 0 mybpfc run --trust guarded "$objects/core_local.o" -s offset; prints "r0 = 4"
    gives 0 mybpfc run --trust guarded "$objects/core_local.o" -s offset --btf "$objects/core_target.o"; prints "r0 = 28"
    gives 0 mybpfc verify "$objects/core_local.o" --btf="$objects/core_target.o" --trust guarded
    refused 1 "struct sample___gone.gone: the target's types have no such field" \
        mybpfc run --trust guarded "$objects/core_missing.o" -s missing_field --btf "$objects/core_target.o"
    refused 1 "no such file\|No such file" mybpfc run "$objects/core_local.o" --btf nothing.btf
    refused 1 "target's types: .BTF: " mybpfc run "$objects/core_local.o" --btf seven.s
    printf 'CONFIG_NEEDED=7\n' >config
    refused 1 "CONFIG_NEEDED: the host gives no value" mybpfc run "$objects/externs_strong.o"
    refused 1 "to needed: neither the object nor the host" mybpfc run "$objects/externs_strong.o" --kconfig config
    gives 0 mybpfc run --trust guarded "$objects/autoload.o" -s other; prints "r0 = 43" # a section "?socket"
    gives 0 mybpfc run --trust guarded "$objects/autoload.o" -s good; prints "r0 = 8"
    gives 1 mybpfc verify "$objects/verify_untyped.o"
    gives 0 mybpfc verify "$objects/verify_untyped.o" --type sched_cls; shows "ok (verified), 1 program"
    gives 0 mybpfc verify "$objects/verify_untyped.o" --type 3
    wrong "no type of programs" mybpfc verify "$objects/verify_untyped.o" --type nothing
else
    skipped=$((skipped + 1))
fi

# ---- verify ----
gives 0 mybpfc verify --trust guarded seven.s; shows "seven.s: ok (guarded), 1 program, 4 instructions"
gives 0 mybpfc verify -q minus.s; prints ""
printf 'r0 = *(u64 *)(r10 - 8)\nexit\n' >stack.s
gives 0 mybpfc run stack.s; prints "r0 = 0"
gives 0 mybpfc run -j stack.s; prints "r0 = 0"
gives 1 mybpfc verify --strict stack.s; shows "not written on this path"
gives 1 mybpfc verify --policy init-stack stack.s; shows "not written on this path"
gives 0 mybpfc verify --policy no-leaks --policy=aligned stack.s
gives 2 mybpfc verify --policy none stack.s
gives 1 mybpfc verify memory.s; shows "^main: 0: "; shows "^  why:    nothing says how large the context is"; shows "^  help:.*--ctx-size"
gives 0 mybpfc verify memory.s --ctx-size 8; gives 0 mybpfc convert bare -j memory.s --ctx-size=8 -o memory.bare
wrong "must be a number of bytes" mybpfc verify memory.s --ctx-size 0
wrong "must be a number of bytes" mybpfc verify memory.s --ctx-size 2000000
refused 1 "memory.s: --btf is for ELF objects, and this is none" mybpfc verify memory.s --btf memory.s
refused 1 "kconfig is for ELF objects" mybpfc run memory.s --kconfig memory.s
gives 1 mybpfc verify -q memory.s; prints ""
printf 'r0 = 0\nif r1 == 0 goto last\nr6 = 1\nlast:\nr0 = r6\nexit\n' >path.s
gives 1 mybpfc verify path.s; shows "^          1: if r1 == 0 goto +1 (taken)$"; shows "state:  r6 is not written$"
if grep -q "$(printf '\033')" out; then bad "verify: coloured, but not for a terminal"; else ok; fi
gives 0 mybpfc verify -v seven.s; shows "^0: (b7) r0 = "; shows "^processed [0-9]* insns .* total_states .* peak_states "
gives 1 mybpfc verify -v path.s; shows "^from 1 to 3: R.*R10=fp0$"; shows "^3: (bf) r0 = r6"
gives 0 mybpfc verify --guards memory.s; shows "is checked while it runs$"; shows "memory.s: ok (guarded)"
gives 0 mybpfc verify --guards seven.s; shows "the loop back to 1 costs steps of the run's budget"
printf 'goto second\nfirst:\nr0 = 1\nexit\nsecond:\nif r1 == 0 goto first\nr2 = 9\nturn:\nr2 -= 1\nif r2 != 0 goto turn\ngoto first\n' >back.s
gives 0 mybpfc verify --guards back.s; shows "the loop back to 5 costs steps"
if [ "$(grep -c 'the loop back' out)" -eq 1 ]; then ok; else bad "verify --guards: jumps backwards that are no loops"; fi
gives 0 mybpfc verify --guards --json memory.s; shows '"guards":.{"insn":0,"text":"r'
printf 'r6 = 3\nw7 = 5\nr7 += r6\nif r7 == 8 goto good\nr0 = 1\nexit\ngood:\nr0 = *(u8 *)(r1 + 1)\nr0 = r7\nexit\n' >facts.s
gives 0 mybpfc verify --trust guarded --facts facts.s; shows "^ *2: r7 += r6 .* ; operand 3, dst fits in 32 bits, no overflow$"
shows "^ *3: if r7 == 8 goto +2 .*always taken"; shows "^ *4: r0 = 1 .*never reached$"; shows "^ *6: .*checked while it runs, context +1"
gives 0 mybpfc verify --trust guarded --facts --json facts.s; shows '"facts":.{"insn":2,'
gives 1 mybpfc verify --json path.s; shows '"accepted":false,"visited":6'; shows '"path":.{"insn":-1,"text":"from the start of main"},{"insn":1,'
gives 1 mybpfc verify --json memory.s; shows '"ok":false,"error":"ERR_VERIFY","program":"main","instruction":0'
gives 0 mybpfc verify --json minus.s; shows '"ok":true'

# ---- dump and show ----
gives 0 mybpfc dump seven.s; shows "2: a5 00 fe ff 07 00 00 00  if r0 < 7 goto -2 .*; to 1"
gives 0 mybpfc dump --plain seven.bin
cp out again.s
gives 0 mybpfc asm again.s -o again.bin; same again.bin seven.bin
gives 0 mybpfc show seven.bin; shows "seven.bin: instructions, 32 bytes, 4 instructions"
if command -v python3 >/dev/null; then
    for command in "dump --json" "dump --native --json" "show --json" "verify --trust trusted --json" "verify --json" "verify --guards --json" "verify --facts --json"; do
        gives 0 mybpfc $command seven.s
        if python3 -m json.tool <out >/dev/null 2>err; then ok; else bad "mybpfc $command: no JSON"; fi
    done
else
    skipped=$((skipped + 1))
fi
if [ "$(uname -m)" = x86_64 ]; then
    gives 0 mybpfc dump --native seven.s; shows "^ *3: exit  *[0-9a-f]*: [0-9a-f][0-9a-f] "
    gives 0 mybpfc run seven.s -j --tell gdb; prints "r0 = 7"
    wrong "perf or gdb" mybpfc run seven.s -j --tell lldb
    wrong "with -j" mybpfc run seven.s --tell gdb
    gives 0 mybpfc dump --native --json seven.s; shows '"entry":"'; shows '"offset":[0-9]*,"native":"[0-9a-f]'
fi

# ---- convert ----
for format in bare spf; do
    gives 0 mybpfc convert $format seven.s
    gives 0 mybpfc run seven.$format --trust trusted; prints "r0 = 7"
    gives 0 mybpfc show seven.$format; shows bytecode
    gives 0 mybpfc convert $format -t x86_64 --trust trusted seven.s -o native.$format
    gives 0 mybpfc dump native.$format; shows "^native x86_64 code, [1-9][0-9]* bytes; --native shows it"
    gives 0 mybpfc dump --native native.$format; shows "^native x86_64 code, [1-9]"; shows "^  *0: [0-9a-f][0-9a-f] "
    gives 0 mybpfc convert $format -t arm64 --trust trusted seven.s -o foreign.$format
    gives 0 mybpfc dump --native foreign.$format; shows "^native arm64 code, [1-9]"; shows "^  *4: [0-9a-f][0-9a-f] "
    "$tools/mybpfc" convert $format -t riscv64+zba+zbb --trust trusted seven.s -o riscv.$format || exit 1
    gives 0 mybpfc dump --native riscv.$format; shows "^native riscv64 code"; shows "^  *2: [0-9a-f][0-9a-f] " # an instruction a line
    gives 0 mybpfc dump --native --json foreign.$format; shows '"target":"arm64"'; shows '"native":"[0-9a-f]'
    gives 0 mybpfc show native.$format; shows "native code for x86_64, [0-9]* bytes, trusted"
    gives 0 mybpfc show seven.$format; shows "bytecode, [0-9]* bytes, 4 instructions$"
    if [ "$(uname -m)" = x86_64 ]; then
        gives 0 mybpfc run native.$format --trust trusted; prints "r0 = 7"
        refused 1 "convert it to bytecode, or load the image as trusted (--trust trusted)$" mybpfc run native.$format
        gives 0 mybpfc convert $format -j --trust trusted seven.s -o j.$format; same j.$format native.$format
        gives 0 mybpfc convert $format -m 1 --trust trusted seven.s -o m.$format; same m.$format native.$format
    fi
    cp seven.$format before
    refused 1 "No such file" mybpfc convert $format seven.s -o nowhere/x.$format
    refused 1 "is a directory" mybpfc convert $format seven.s -o folder
    wrong "no target mips: .*arm64" mybpfc convert $format -t mips seven.s -o seven.$format; same seven.$format before
    refused 1 "target arm64 has no feature .mmx" mybpfc convert $format -t arm64+mmx seven.s -o seven.$format; same seven.$format before
    wrong "seven.s: is what is read" mybpfc convert $format seven.s -o ./seven.s
    refused 1 "line 2" mybpfc convert $format wrong.s -o new.$format; absent new.$format new.$format.*
    # every truncation and every damaged byte is refused
    for image in seven native; do
        [ -e $image.$format ] || continue
        size=$(wc -c <$image.$format)
        for length in 1 3 4 8 27 28 40 $((size - 1)); do
            head -c $length $image.$format >cut.$format
            refused 1 "cut.$format: " mybpfc run cut.$format
        done
        for at in 0 3 4 8 12 20 30 $((size / 2)) $((size - 1)); do
            { head -c $at $image.$format; printf '\377'; tail -c +$((at + 2)) $image.$format; } >flip.$format
            refused 1 "flip.$format: " mybpfc run flip.$format --trust trusted
        done
    done
done
gives 0 mybpfc con sim seven.s -o simple.spf; same simple.spf seven.spf
gives 0 mybpfc run bare seven.bare --trust trusted; prints "r0 = 7"
printf 'not an object at all, only text' >text.o
refused 1 "text.o: " mybpfc run text.o
printf '\177ELF\002\001\001 and then nothing more' >elf.o
refused 1 "elf.o: " mybpfc run elf.o
if [ "$(id -u)" -ne 0 ]; then # root may write anywhere
    mkdir ro && chmod 500 ro
    refused 1 "ermission" mybpfc convert spf seven.s -o ro/x.spf
fi
absent *.tmp
wrong "one of them" mybpfc convert spf -j -t arm64 seven.s
wrong "holds all programs" mybpfc convert spf seven.s -s main
if [ -w /dev/full ]; then
    for command in "dump seven.s" "dump --json seven.s" "show seven.s" "verify seven.s" "--help" "run --help"; do
        what="mybpfc $command >/dev/full"
        if "$tools/mybpfc" $command >/dev/full 2>err; then bad "$what: succeeds"; else ok; fi
    done
fi
refused 1 "seven.s: no program eight" mybpfc run seven.s -s eight

# ---- the examples, as the README has it ----
if [ -e "$examples/print_argv.o" ]; then
    cp "$examples"/*.o .
    gives 0 mybpfc run --trust trusted print_argv.o -p "one two" -q
    cp out expected
    gives 0 mybpfc run --trust guarded --grant sys -j print_argv.o -p " one   two " -q; same out expected
    gives 0 mybpfc run --trust trusted print_argv.o -p "one two"; shows "^r0 = 3$"; shows "^argv\[0\] = print_argv$"
    refused 1 "grant" mybpfc run hello_world.o
    for format in bare spf; do
        gives 0 mybpfc convert $format -t x86_64 --trust trusted fibonacci.o -o fibonacci.$format
        [ "$(uname -m)" = x86_64 ] || continue
        gives 0 mybpfc run fibonacci.$format --trust trusted -p 10 -q; prints "fibonacci(10) = 55"
    done
    gives 0 mybpfc dump fibonacci.o; shows "^main: section tcmd/fibonacci"; shows "; .*strtoul"
    shows "^; fibonacci.c:[1-9][0-9]*: .*for (unsigned long i = 0; i < count; i++)"
    gives 0 mybpfc dump --json fibonacci.o; shows '"file":"fibonacci.c","source":"'
    gives 0 mybpfc show map_hash.o; shows "hash  key"
    gives 0 mybpfc show --sections map_hash.o; shows "tcmd/map_hash .*code"; shows "relocations.* of tcmd/map_hash"
    gives 0 mybpfc show --json map_hash.o; shows '"target":"tcmd/map_hash"'
    refused 1 "map_array.o: .*BARE" mybpfc convert bare map_array.o
    size=$(wc -c <map_hash.o)
    for length in 1 5 63 64 200 $((size / 2)) $((size - 1)); do
        head -c $length map_hash.o >cut.o
        "$tools/mybpfc" run --trust trusted cut.o >out 2>err # what is cut off may have been unused
        status=$?
        what="map_hash.o cut at $length"
        if [ $status -eq 0 ] || { [ $status -eq 1 ] && [ "$(wc -l <err)" -eq 1 ]; }; then ok; else bad "$what: exit code $status"; fi
    done
else
    echo "skipped: no compiled examples in $examples"
    skipped=$((skipped + 1))
fi

# ---- the conformance plugin ----
plugin() {
    program=$1
    shift
    printf '%s' "$program" | "$tools/mybpf_plugin" "$@" >out 2>err
    got=$?
    what="mybpf_plugin $*"
}
for engine in interp jit spf bare; do
    [ $engine = interp ] || [ "$(uname -m)" = x86_64 ] || continue
    plugin "71 10 01 00 00 00 00 00  0f 20 00 00 00 00 00 00 95 00 00 00 00 00 00 00 " "aa  bb  cc  " --engine $engine
    prints be
    plugin "b7 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00" --engine $engine
    if [ $got -eq 1 ]; then ok; else bad "$what: exit code $got"; fi
    shows "src_reg must be 0"
done
plugin "xyz"; if [ $got -eq 1 ]; then ok; else bad "$what: exit code $got"; fi
plugin "" --engine none; if [ $got -eq 2 ]; then ok; else bad "$what: exit code $got"; fi
if [ -e "$examples/global_bss.o" ] && command -v od >/dev/null; then
    plugin "$(od -An -v -tx1 "$dir/global_bss.o" | tr -d '\n')" --elf --trust trusted
    if [ $got -eq 1 ]; then shows "grant\|helper"; else ok; fi
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
