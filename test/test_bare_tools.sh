#!/bin/bash
# test_bare_tools.sh: bare_cmd, bare_interactive and bare_spf as a person or a pipe uses them.
cd "$(dirname "$0")/.." || exit 1
tools=${MYBPF_TOOLS:-$PWD/build/asan/tools} examples=${MYBPF_EXAMPLES:-$PWD/build/examples}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check NAME EXIT_CODE OUT ERR COMMAND...: its stdout must be OUT, its stderr hold ERR ("": be empty).
check() {
    local name=$1 code=$2 out=$3 err=$4 got
    shift 4
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ $got != "$code" ]; then
        echo "FAILED $name: exit $got, not $code: $(head -3 "$work/err")"
    elif [ "$out" != "*" ] && [ "$(cat "$work/out")" != "$out" ]; then
        echo "FAILED $name: printed \"$(cat "$work/out")\", not \"$out\""
    elif [ -z "$err" ] && [ -s "$work/err" ] || ! grep -qF -- "$err" "$work/err"; then
        [ -z "$err" ] && [ ! -s "$work/err" ] && passed=$((passed + 1)) && return
        echo "FAILED $name: stderr is \"$(cat "$work/err")\", not \"$err\""
    else
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
}
feed() { local tool=$1 && shift && printf "$@" | "$tools/$tool"; }

[ -x "$tools/bare_spf" ] || { echo "FAILED: $tools/bare_spf is not built"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
if [ "$(uname -m)" != x86_64 ]; then
    echo "skipped: no native code for this machine"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
for name in hello_world print_argv global_bss fibonacci sub_prog; do
    "$tools/mybpfc" convert bare -j --trust trusted "$examples/$name.o" -o "$work/$name.bare" || exit 1
done
for name in hello_world func_ptr_global global_data; do
    "$tools/mybpfc" convert spf -j --trust trusted "$examples/$name.o" -o "$work/$name.spf" || exit 1
done
"$tools/mybpfc" convert bare "$examples/hello_world.o" --trust trusted -o "$work/bytecode.bare" || exit 1
"$tools/mybpfc" convert spf "$examples/global_data.o" --trust trusted -o "$work/bytecode.spf" || exit 1
for target in native arm64 arm64+lse+simd riscv64; do
    "$tools/mybpfc" convert bare -t $target --trust trusted "$examples/fibonacci.o" -o "$work/$target.bare" || exit 1
done
head -c 100 "$work/sub_prog.bare" >"$work/short.bare"
: >"$work/empty"
cd "$work" || exit 1

# ---- bare_cmd ----
check "help" 0 "*" "" "$tools/bare_cmd" --help
check "no file" 2 "" "usage: bare_cmd" "$tools/bare_cmd"
check "unknown option" 2 "" "unknown option -x" "$tools/bare_cmd" -x hello_world.bare
check "hello" 0 "Hello world!" "" "$tools/bare_cmd" hello_world.bare
check "arguments" 0 "argc = 3
argv[0] = print_argv.bare
argv[1] = -r
argv[2] = a b" "" "$tools/bare_cmd" print_argv.bare -r "a b"
check "result" 0 "fibonacci(90) = 2880067194370816120
r0 = 0" "" "$tools/bare_cmd" -r fibonacci.bare 90
check "bss" 0 "168 primes below 1000" "" "$tools/bare_cmd" global_bss.bare
check "no such file" 1 "" "none.bare: No such file" "$tools/bare_cmd" none.bare
check "directory" 1 "" "is a directory" "$tools/bare_cmd" .
check "empty file" 1 "" "empty: is empty" "$tools/bare_cmd" empty
check "truncated" 1 "" "short.bare: not a BARE image, or a damaged one" "$tools/bare_cmd" short.bare
check "SPF" 1 "" "hello_world.spf: SPF image, native code, not a BARE image" "$tools/bare_cmd" hello_world.spf
check "ELF" 1 "" "hello_world.o: ELF object, not a BARE image" "$tools/bare_cmd" "$examples/hello_world.o"
check "ELF, interactive" 1 "" "hello_world.o: ELF object, not a BARE" feed bare_interactive "load $examples/hello_world.o\n"
check "bytecode" 1 "" "bytecode.bare: bytecode: run it with mybpfc" "$tools/bare_cmd" bytecode.bare
for target in arm64 arm64+lse+simd riscv64; do
    check "code for $target" 1 "" "$target.bare: the image holds code for ${target%%+*}, this machine is x86_64" \
        "$tools/bare_cmd" $target.bare
    check "code for $target, interactive" 1 "" "code for ${target%%+*}, this machine is x86_64" \
        feed bare_interactive "load $target.bare\n"
done
# What this machine has is asked of mybpf.h, not of the compiler.
check "native" 0 "fibonacci(90) = 2880067194370816120" "" "$tools/bare_cmd" native.bare 90
check "native, interactive" 0 "fibonacci(90) = 2880067194370816120
r0 = 0" "" feed bare_interactive 'load native.bare\nrun 90\n'
check "no output" 1 "" "standard output" bash -c "'$tools/bare_cmd' hello_world.bare >/dev/full"

# ---- bare_interactive ----
check "help" 0 "*" "" "$tools/bare_interactive" --help
check "argument" 2 "" "unexpected argument x" "$tools/bare_interactive" x
check "end of input" 0 "" "" feed bare_interactive ""
check "load and run" 0 "Hello world!
r0 = 0
r0 = 168" "" bash -c "printf 'load hello_world.bare\nrun\nload global_bss.bare\nrun\nquit\n' | '$tools/bare_interactive' | grep -v primes"
check "shortened, blanks, no newline" 0 "argc = 2
argv[0] = print_argv.bare
argv[1] = x
r0 = 2" "" feed bare_interactive '\n  \t\nl  print_argv.bare \r\n r x'
check "quit stops" 0 "" "" feed bare_interactive 'q\nrun\n'
check "nothing loaded" 1 "" "nothing is loaded" feed bare_interactive 'run\n'
check "unloaded" 1 "" "nothing is loaded" feed bare_interactive 'load hello_world.bare\nunload\nrun\n'
check "refused keeps the old one" 1 "Hello world!
r0 = 0" "short.bare" feed bare_interactive 'load hello_world.bare\nload short.bare\nrun\n'
check "load without file" 1 "" "load which file?" feed bare_interactive 'load\n'
check "too many words" 1 "" "unexpected y" feed bare_interactive 'load x y\n'
check "unknown word" 1 "" "frobnicate: unknown; try help" feed bare_interactive 'frobnicate\n'
check "long line" 1 "Hello world!
r0 = 0" "a line has more than" feed bare_interactive "$(head -c 9000 /dev/zero | tr '\0' x)"'\nload hello_world.bare\nrun\n'
check "many words" 1 "" "more than 64 words" feed bare_interactive "run $(seq -s' ' 70)"'\n'

# ---- bare_spf ----
check "help" 0 "*" "" "$tools/bare_spf" --help
check "argument" 2 "" "unexpected argument x" "$tools/bare_spf" x
check "end of input" 0 "" "" feed bare_spf ""
check "one command" 0 "Hello world!
one: tcmd/hello_world: r0 = 0" "" feed bare_spf 'load file one hello_world.spf\ntestcmd\nquit\n'
check "several, native and bytecode" 0 "a: a.spf, native code
b: bytecode.spf, bytecode
a: tcmd/func_ptr_global: r0 = 54
b: tcmd/global_data: r0 = 56" "" bash -c "cp func_ptr_global.spf a.spf
    printf 'lo f a a.spf\nlo f b bytecode.spf\nsh\nte\n' | '$tools/bare_spf' | grep '^[ab]: '"
check "unload one" 0 "one: tcmd/hello_world: r0 = 0" "" bash -c \
    "printf 'load file one hello_world.spf\nload file two global_data.spf\nunload instance two\ntestcmd\n' | '$tools/bare_spf' | grep r0"
check "unload all" 1 "" "no instance has a command" feed bare_spf 'load file one hello_world.spf\nun all\nshow\ntestcmd\n'
check "loaded twice" 1 "Hello world!
one: tcmd/hello_world: r0 = 0" "called one is loaded already" feed bare_spf 'load file one hello_world.spf\nload file one global_data.spf\ntestcmd\n'
check "name too long" 1 "" "1 to 63 bytes" feed bare_spf "load file $(printf 'n%.0s' $(seq 64)) hello_world.spf"'\n'
check "no such instance" 1 "" "no instance is called x" feed bare_spf 'unload instance x\n'
check "no such file" 1 "" "none.spf: No such file" feed bare_spf 'load file x none.spf\n'
check "damaged file" 1 "" "short.bare: BARE image" feed bare_spf 'load file x short.bare\n'
check "missing words" 1 "" "load file NAME FILE" feed bare_spf 'load file x\n'
check "wrong word" 1 "" "files: unknown" feed bare_spf 'load files x y\n'
check "unload what" 1 "" "unload instance NAME, or unload all" feed bare_spf 'unload\n'
check "ambiguous" 1 "" "" bash -c "printf 'x\n' | '$tools/bare_spf' 2>/dev/null"
check "arguments" 0 "argc = 2
argv[0] = testcmd
argv[1] = hi
p: tcmd/print_argv: r0 = 2" "" bash -c "'$tools/mybpfc' convert spf --trust trusted '$examples/print_argv.o' -o p.spf &&
    printf 'load file p p.spf\ntestcmd hi\n' | '$tools/bare_spf'"

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
