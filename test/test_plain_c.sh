#!/bin/sh
# test_plain_c.sh: the library compiled by tcc, which has none of GNU's extensions: no atomics, no builtins, no computed goto,
# no attributes. The tests are compiled as ever.
cd "$(dirname "$0")/.." || exit 1
if ! command -v tcc >/dev/null; then
    echo "  skipped: there is no tcc"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
make -s build/plain/test || exit 1
# Left out: what needs atomics, or to know where native code keeps its stack, or an optimising compiler.
MYBPF_SECONDS=${MYBPF_SECONDS:-3} exec build/plain/test --without instance.hot_replacement \
    --without map_threads. --without map.threads --without run.many_threads --without map_ring.threads --without map_cgroups.threads --without kptr.threads --without arena.threads --without helper.unreadable --without helper.string_arguments --without helper_registry.stack_memory --without verify_hard.
