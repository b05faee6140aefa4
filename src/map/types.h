/* types.h: the map types of linux/bpf.h, one list for the host's map table and the program's enum. */
#ifndef MYBPF__MAP_TYPES_H
#define MYBPF__MAP_TYPES_H

/* X(number, NAME, "name as bpftool prints it") */
/* clang-format off */
#define MYBPF_MAP_TYPES(X) \
    X(0,  UNSPEC,                "unspec") \
    X(1,  HASH,                  "hash") \
    X(2,  ARRAY,                 "array") \
    X(3,  PROG_ARRAY,            "prog_array") \
    X(4,  PERF_EVENT_ARRAY,      "perf_event_array") \
    X(5,  PERCPU_HASH,           "percpu_hash") \
    X(6,  PERCPU_ARRAY,          "percpu_array") \
    X(7,  STACK_TRACE,           "stack_trace") \
    X(8,  CGROUP_ARRAY,          "cgroup_array") \
    X(9,  LRU_HASH,              "lru_hash") \
    X(10, LRU_PERCPU_HASH,       "lru_percpu_hash") \
    X(11, LPM_TRIE,              "lpm_trie") \
    X(12, ARRAY_OF_MAPS,         "array_of_maps") \
    X(13, HASH_OF_MAPS,          "hash_of_maps") \
    X(14, DEVMAP,                "devmap") \
    X(15, SOCKMAP,               "sockmap") \
    X(16, CPUMAP,                "cpumap") \
    X(17, XSKMAP,                "xskmap") \
    X(18, SOCKHASH,              "sockhash") \
    X(19, CGROUP_STORAGE,        "cgroup_storage") \
    X(20, REUSEPORT_SOCKARRAY,   "reuseport_sockarray") \
    X(21, PERCPU_CGROUP_STORAGE, "percpu_cgroup_storage") \
    X(22, QUEUE,                 "queue") \
    X(23, STACK,                 "stack") \
    X(24, SK_STORAGE,            "sk_storage") \
    X(25, DEVMAP_HASH,           "devmap_hash") \
    X(26, STRUCT_OPS,            "struct_ops") \
    X(27, RINGBUF,               "ringbuf") \
    X(28, INODE_STORAGE,         "inode_storage") \
    X(29, TASK_STORAGE,          "task_storage") \
    X(30, BLOOM_FILTER,          "bloom_filter") \
    X(31, USER_RINGBUF,          "user_ringbuf") \
    X(32, CGRP_STORAGE,          "cgrp_storage") \
    X(33, ARENA,                 "arena") \
    X(34, INSN_ARRAY,            "insn_array")
/* clang-format on */

#endif
