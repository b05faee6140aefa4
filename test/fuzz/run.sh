#!/bin/bash
# run.sh BUILD SECONDS TARGET...: runs each fuzz target for SECONDS, two at a time, starting from the seeds and what
# earlier runs found (BUILD/fuzz/corpus/TARGET), with MYBPF_SEED where it is set. A crash leaves its input in BUILD/fuzz/TARGET-crash-*.
export build=$1/fuzz seconds=$2
shift 2

# One target; its output comes at once, so that two do not mix.
fuzz() {
    mkdir -p "$build/corpus/$1" "$build/seeds/$1"
    if nice "$build/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        ${MYBPF_SEED:+"-seed=$((MYBPF_SEED & 0xffffffff))"} \
        -artifact_prefix="$build/$1-" "$build/corpus/$1" "$build/seeds/$1" >"$build/$1.log" 2>&1; then
        echo "fuzz $1: ok, $(grep -E 'Done|runs' "$build/$1.log" | tail -1)"
    else
        found=$(grep -E '^==|ERROR|SUMMARY|runtime error|Test unit written|^    #[0-9]+ ' "$build/$1.log" | tail -30)
        echo "${found:+$found$'\n'}fuzz $1: FAILED, see $build/$1.log"
    fi
}
export -f fuzz

printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'fuzz {}' | tee "$build/run.log"
passed=$(grep -c '^fuzz [^ ]*: ok' "$build/run.log")
echo "$passed passed, $(($# - passed)) failed, 0 skipped"
[ "$passed" = $# ]
