#!/bin/bash
# run.sh BUILD SECONDS TARGET...: runs each fuzz target for SECONDS, starting from the seeds and what earlier runs
# found (BUILD/fuzz/corpus/TARGET). A crash leaves its input in BUILD/fuzz/TARGET-crash-*.
build=$1/fuzz seconds=$2
shift 2
passed=0 failed=0
for target; do
    mkdir -p "$build/corpus/$target" "$build/seeds/$target"
    if nice "$build/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix="$build/$target-" "$build/corpus/$target" "$build/seeds/$target" >"$build/$target.log" 2>&1; then
        passed=$((passed + 1))
        echo "fuzz $target: $(grep -E 'Done|runs' "$build/$target.log" | tail -1)"
    else
        failed=$((failed + 1))
        grep -E '^==|ERROR|SUMMARY|runtime error|Test unit written|^    #[0-9]+ ' "$build/$target.log" | tail -30
        echo "fuzz $target: FAILED, see $build/$target.log"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
