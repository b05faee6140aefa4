#!/bin/bash
# test_cross_images.sh: images of the examples are the same on whatever machine they were written, run on the machine they
# were made for, as cross-compiled here, and are refused by name elsewhere and by processors that lack a feature.
cd "$(dirname "$0")/.." || exit 1
root=$PWD tools=${MYBPF_TOOLS:-$PWD/build/tools} examples=${MYBPF_EXAMPLES:-$PWD/build/examples}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
targets="x86_64 x86_64+sse2 x86_64+popcnt+bmi2 x86_64+movbe arm64 arm64+lse arm64+simd riscv64 riscv64+zba+zbb"

verdict() { # NAME STATUS [WHY]
    if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED $1: $3"; fi
}

# write MYBPFC...: every example's images for every target, from its bytecode, into this folder.
write() {
    local bytecode name target
    for bytecode in "$work"/bytecode/*.spf; do
        name=$(basename "$bytecode" .spf)
        for target in $targets; do
            "$@" convert spf --trust trusted -t "$target" "$bytecode" -o "$name.$target.spf" || return 1
            [ ! -e "$work/bytecode/$name.bare" ] ||
                "$@" convert bare --trust trusted -t "$target" "$bytecode" -o "$name.$target.bare" || return 1
        done
    done
}

# refuses NAME TEXT COMMAND...: ends with 1 and one line that holds TEXT.
refuses() {
    local name=$1 text=$2 out
    shift 2
    out=$("$@" 2>&1 >/dev/null)
    [ $? = 1 ] && [ "$(echo "$out" | wc -l)" = 1 ] && case $out in *"$text"*) true ;; *) false ;; esac
    verdict "$name" $? "\"$out\", not \"$text\""
}

[ -x "$tools/mybpfc" ] || { echo "FAILED: $tools/mybpfc is not built"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
mkdir "$work/bytecode" "$work/here" || exit 1
for object in "$examples"/*.o; do
    name=$work/bytecode/$(basename "$object" .o)
    "$tools/mybpfc" convert spf --trust trusted "$object" -o "$name.spf" || exit 1
    "$tools/mybpfc" convert bare --trust trusted "$object" -o "$name.bare" 2>/dev/null # not where it has maps
done
(cd "$work/here" && write "$tools/mybpfc")
verdict "images written here" $? "see above"

while read -r machine target emulator _; do
    case $machine in arm64 | riscv64) ;; *) continue ;; esac
    if ! command -v "$target-gcc" >/dev/null || ! command -v "$emulator" >/dev/null; then
        echo "$machine: SKIP, there is no $target-gcc or no $emulator"
        skipped=$((skipped + 1))
        continue
    fi
    there=$work/$machine # the tools without libelf: they need nothing but the file
    mkdir "$there" || exit 1
    compile() { "$target-gcc" -O1 -DMYBPF_NO_ELF -Isrc "$@"; }
    compile -c test/impl.c -o "$there/impl.o" &&
        compile -static tools/mybpfc.c "$there/impl.o" -lpthread -o "$there/mybpfc" &&
        compile -static tools/bare_cmd.c "$there/impl.o" -lpthread -o "$there/bare_cmd"
    verdict "$machine: the tools are compiled" $? "see above" || continue
    cd "$there" || exit 1

    write "$emulator" ./mybpfc
    verdict "$machine: images written" $? "see above"
    count=0
    for image in "$work"/here/*; do
        cmp "$image" "${image##*/}" || break
        count=$((count + 1))
    done
    [ $count = "$(ls "$work/here" | wc -l)" ]
    verdict "$machine: the same $count images as here" $? "see above"

    for bytecode in "$work"/bytecode/*; do # the same name, for those that print it
        name=${bytecode##*/} kind=${bytecode##*.}
        cp "$bytecode" run.here && "$tools/mybpfc" run --trust trusted run.here >expected
        cp "$work/here/${name%.*}.$machine.$kind" run.here && "$emulator" ./mybpfc run --trust trusted run.here >got 2>&1
        cmp expected got
        verdict "$machine: $name, compiled here" $? "$(head -3 got)"
        [ "$kind" = bare ] || continue
        "$emulator" ./bare_cmd -r run.here >got 2>&1
        cmp <(sed '/^argv/s/=.*//' expected) <(sed '/^argv/s/=.*//' got) # the file's name there
        verdict "$machine: $name, compiled here, by the bare runtime" $? "$(head -3 got)"
    done

    for other in x86_64 arm64 riscv64; do
        [ $other != "$machine" ] || continue
        text="holds code for $other, this machine is $machine"
        refuses "$machine: SPF for $other" "$text" "$emulator" ./mybpfc run --trust trusted "$work/here/atomics.$other.spf"
        refuses "$machine: BARE for $other" "$text" "$emulator" ./mybpfc run --trust trusted "$work/here/fibonacci.$other.bare"
        refuses "$machine: bare runtime, $other" "$text" "$emulator" ./bare_cmd "$work/here/fibonacci.$other.bare"
    done
    cd "$root" || exit 1
    if [ "$machine" = riscv64 ]; then # not every emulator tells what it has
        image=$work/here/fibonacci.riscv64+zba+zbb.spf none=rv64,zba=false,zbb=false all=rv64,zba=true,zbb=true
        text="code for riscv64 with zba, which this processor does not have"
        refuses "Zba where there is none" "$text" "$emulator" -cpu $none "$there/mybpfc" run --trust trusted "$image"
        if compile -march=rv64gc_zba_zbb -c test/impl.c -o "$there/impl_zb.o" 2>/dev/null; then
            compile -march=rv64gc_zba_zbb -static tools/mybpfc.c "$there/impl_zb.o" -lpthread -o "$there/mybpfc_zb"
            "$tools/mybpfc" run --trust trusted "$work/bytecode/fibonacci.spf" >"$there/expected"
            "$emulator" -cpu $all "$there/mybpfc_zb" run --trust trusted "$image" >"$there/got" 2>&1
            cmp "$there/expected" "$there/got"
            verdict "Zba and Zbb where the processor has them" $? "$(head -3 "$there/got")"
        fi
    fi
    [ "$machine" = arm64 ] || continue

    # LSE: a Cortex-A53 has none.
    lse=$work/here/atomics.arm64+lse.spf bare=$work/here/fibonacci.arm64+lse.bare
    "$tools/mybpfc" run --trust trusted "$work/bytecode/atomics.spf" >"$there/expected"
    "$emulator" -cpu max "$there/mybpfc" run --trust trusted "$lse" >"$there/got" 2>&1
    cmp "$there/expected" "$there/got"
    verdict "LSE where the processor has it" $? "$(head -3 "$there/got")"
    text="code for arm64 with lse, which this processor does not have"
    for image in "$lse" "$bare"; do
        refuses "LSE, ${image##*.}, on a Cortex-A53" "$text" "$emulator" -cpu cortex-a53 "$there/mybpfc" run --trust trusted "$image"
    done
    refuses "LSE, bare runtime, on a Cortex-A53" "$text" "$emulator" -cpu cortex-a53 "$there/bare_cmd" "$bare"
    "$emulator" -cpu max "$there/bare_cmd" "$bare" 20 >"$there/got" 2>&1 && grep -q 6765 "$there/got"
    verdict "LSE, bare runtime, where the processor has it" $? "$(head -3 "$there/got")"
    "$emulator" -cpu cortex-a53 "$there/mybpfc" run -j --trust trusted "$work/bytecode/atomics.spf" >"$there/got" 2>&1
    cmp "$there/expected" "$there/got"
    verdict "JIT on a Cortex-A53" $? "$(head -3 "$there/got")"
done <test/cross.txt

# x86-64: of what is asked for a Nehalem has popcnt alone, a processor with everything that the emulator knows all.
if [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 >/dev/null; then
    there=$work/x86_64
    compile() { "${CC:-gcc}" -O1 -DMYBPF_NO_ELF -Isrc "$@"; }
    mkdir "$there" && compile -c test/impl.c -o "$there/impl.o" &&
        compile tools/mybpfc.c "$there/impl.o" -lpthread -o "$there/mybpfc" &&
        compile tools/bare_cmd.c "$there/impl.o" -lpthread -o "$there/bare_cmd"
    verdict "x86_64: the tools are compiled" $? "see above"
    for target in x86_64+popcnt+bmi2 x86_64+movbe; do
        image=$work/here/fibonacci.$target text="code for x86_64 with ${target##*+}, which this processor does not have"
        refuses "$target, SPF, on a Nehalem" "$text" qemu-x86_64 -cpu Nehalem "$there/mybpfc" run --trust trusted "$image.spf"
        refuses "$target, BARE, on a Nehalem" "$text" qemu-x86_64 -cpu Nehalem "$there/bare_cmd" "$image.bare"
        qemu-x86_64 -cpu max "$there/mybpfc" run --trust trusted -p 20 "$image.spf" >"$there/got" 2>&1 && grep -q 6765 "$there/got"
        verdict "$target, SPF, where the processor has it" $? "$(head -3 "$there/got")"
        qemu-x86_64 -cpu max "$there/bare_cmd" "$image.bare" 20 >"$there/got" 2>&1 && grep -q 6765 "$there/got"
        verdict "$target, BARE, where the processor has it" $? "$(head -3 "$there/got")"
    done
else
    skipped=$((skipped + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
