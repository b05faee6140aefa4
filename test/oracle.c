/* oracle.c: runs programs in the kernel. A load costs most, so several programs stand in one, of type
 * SYSCALL, one after the other; each has its own maps, which this process has mapped where they are arrays.
 */
#include "oracle.h"

#ifdef __linux__
#    include <linux/bpf.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>
#    include <unistd.h>

#    define PAGE      4096
#    define MAX_SLOTS 16384

enum { RESULTS, BLOCKS, FIRST_MAP }; /* in the list of maps that a load is given */

extern long oracle_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static int command(int what, union bpf_attr *attr)
{
    return (int)oracle_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
}

/* ---- maps ---- */

static int open_map(oracle_map *map, unsigned type, unsigned value, unsigned entries)
{
    union bpf_attr attr;
    void *memory;
    memset(&attr, 0, sizeof attr);
    attr.map_type = type;
    attr.key_size = 4;
    attr.value_size = value;
    attr.max_entries = entries;
    if (type == BPF_MAP_TYPE_ARRAY) attr.map_flags = BPF_F_MMAPABLE;
    map->size = (size_t)value * entries;
    map->fd = command(BPF_MAP_CREATE, &attr);
    if (map->fd < 0) return 0;
    if (type != BPF_MAP_TYPE_ARRAY) return 1;
    memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
    map->memory = memory == MAP_FAILED ? NULL : (uint8_t *)memory;
    return map->memory != NULL;
}

static void close_map(oracle_map *map)
{
    if (map->memory) munmap(map->memory, PAGE);
    if (map->fd >= 0) close(map->fd);
    map->memory = NULL;
    map->fd = -1;
}

/* The maps of generate_memory.c. */
int oracle_open(oracle *o)
{
    int ok;
    memset(o, 0xff, sizeof *o);
    for (size_t i = 0; i < sizeof *o / sizeof o->results; i++) ((oracle_map *)o)[i].memory = NULL;
    ok = open_map(&o->results, BPF_MAP_TYPE_ARRAY, 8 * ORACLE_BATCH, 1) &&
         open_map(&o->blocks, BPF_MAP_TYPE_ARRAY, GENERATE_MEMORY * ORACLE_BATCH, 1);
    for (size_t i = 0; i < ORACLE_BATCH && ok; i++)
        ok = open_map(&o->maps[i][0], BPF_MAP_TYPE_ARRAY, 64, 1) &&
             open_map(&o->maps[i][1], BPF_MAP_TYPE_ARRAY, 16, 4) &&
             open_map(&o->maps[i][2], BPF_MAP_TYPE_HASH, 16, 6);
    if (!ok) oracle_close(o);
    return ok;
}

void oracle_close(oracle *o)
{
    for (size_t i = 0; i < sizeof *o / sizeof o->results; i++) close_map(&((oracle_map *)o)[i]);
}

static int names_hash(const unit *u)
{
    for (uint32_t i = 0; i < u->count; i++)
        if (u->insns[i].code == 0x18 && u->insns[i].src_reg == MYBPF_PSEUDO_MAP_IDX && u->insns[i].imm == 2)
            return 1;
    return 0;
}

static int element(int what, const oracle_map *map, const void *key, void *value)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_fd = (unsigned)map->fd;
    attr.key = (uint64_t)(uintptr_t)key;
    attr.value = (uint64_t)(uintptr_t)value; /* or next_key */
    return command(what, &attr);
}

typedef struct hash_element {
    uint8_t key[4], value[16];
} hash_element;

static int by_key(const void *a, const void *b) { return memcmp(a, b, sizeof(hash_element)); }

/* In the order and form of compare_run.h; empties the map. */
static size_t take_hash(const oracle_map *map, uint8_t *to)
{
    hash_element elements[8];
    size_t count = 0;
    while (count < 8 && !element(BPF_MAP_GET_NEXT_KEY, map, NULL, elements[count].key)) {
        element(BPF_MAP_LOOKUP_ELEM, map, elements[count].key, elements[count].value);
        element(BPF_MAP_DELETE_ELEM, map, elements[count].key, NULL);
        count++;
    }
    qsort(elements, count, sizeof *elements, by_key);
    memcpy(to, elements, count * sizeof *elements);
    to[count * sizeof *elements] = (uint8_t)count;
    return count * sizeof *elements + 1;
}

/* ---- the program around the programs ---- */

typedef struct assembly {
    mybpf_insn insns[MAX_SLOTS];
    size_t count;
} assembly;

static void emit(assembly *a, uint8_t code, unsigned dst, unsigned src, int32_t imm)
{
    mybpf_insn *insn = &a->insns[a->count++];
    memset(insn, 0, sizeof *insn);
    insn->code = code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->imm = imm;
}

static void emit_value(assembly *a, unsigned dst, int map, size_t offset)
{
    emit(a, 0x18, dst, BPF_PSEUDO_MAP_IDX_VALUE, map);
    emit(a, 0, 0, 0, (int32_t)offset);
}

static uint32_t end_of_main(const unit *u) { return u->func_count > 1 ? u->funcs[1] : u->count; }

/* Slots [from, to) of unit `slot`; `main_at` and `rest_at` are where its slot 0 would be and where the rest
 * would. */
static void emit_unit(assembly *a, const unit *u, uint32_t from, uint32_t to, size_t slot, size_t main_at,
                      size_t rest_at)
{
    for (uint32_t i = from; i < to; i++) {
        mybpf_insn *insn = &a->insns[a->count++];
        *insn = u->insns[i];
        if (insn->code == 0x85 && insn->src_reg == 1) { /* all functions but main are in the rest */
            int64_t at = (int64_t)(from ? rest_at : main_at) + i,
                    target = (int64_t)rest_at + i + 1 + insn->imm;
            insn->imm = (int32_t)(target - at - 1);
        }
        if (insn->code != 0x18) continue;
        if (insn->src_reg) insn->imm += FIRST_MAP + (int32_t)slot * ORACLE_MAPS;
        a->insns[a->count++] = u->insns[++i];
    }
}

static size_t main_size(const unit *u) { return end_of_main(u) + 5u; }

/* For each unit: r1 = its block; its first function without the exit; its result = r0; then the other
 * functions. */
static int assemble_batch(assembly *a, const trial *const *trials, size_t count)
{
    size_t rest = 2, all = 2;
    a->count = 0;
    for (size_t i = 0; i < count; i++) {
        rest += main_size(&trials[i]->unit);
        all += trials[i]->unit.count + 5u;
    }
    if (all > MAX_SLOTS) return 0;
    for (size_t i = 0; i < count; i++) {
        const unit *u = &trials[i]->unit;
        uint32_t end = end_of_main(u);
        emit_value(a, 1, BLOCKS, i * GENERATE_MEMORY);
        emit_unit(a, u, 0, end - 1, i, a->count, rest - end);
        emit_value(a, 1, RESULTS, i * 8);
        emit(a, 0x7b, 1, 0, 0);
        emit(a, 0x05, 0, 0, 0); /* where paths that differ meet again, for the verifier */
        rest += u->count - end;
    }
    emit(a, 0xb7, 0, 0, 0);
    emit(a, 0x95, 0, 0, 0);
    for (size_t i = 0; i < count; i++) {
        const unit *u = &trials[i]->unit;
        uint32_t end = end_of_main(u);
        emit_unit(a, u, end, u->count, i, 0, a->count - end);
    }
    return 1;
}

static int load_program(const oracle *o, const assembly *a, size_t count)
{
    union bpf_attr attr;
    int fds[FIRST_MAP + ORACLE_BATCH * ORACLE_MAPS];
    fds[RESULTS] = o->results.fd;
    fds[BLOCKS] = o->blocks.fd;
    for (size_t i = 0; i < count * ORACLE_MAPS; i++)
        fds[FIRST_MAP + i] = o->maps[i / ORACLE_MAPS][i % ORACLE_MAPS].fd;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SYSCALL;
    attr.prog_flags = BPF_F_SLEEPABLE;
    attr.insns = (uint64_t)(uintptr_t)a->insns;
    attr.insn_cnt = (unsigned)a->count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.fd_array = (uint64_t)(uintptr_t)fds;
    return command(BPF_PROG_LOAD, &attr);
}

static void see(oracle *o, const trial *t, size_t slot, seen *out)
{
    memset(out, 0, sizeof *out);
    out->insn = -1;
    memcpy(&out->r0, o->results.memory + slot * 8, 8);
    memcpy(out->memory, o->blocks.memory + slot * GENERATE_MEMORY, GENERATE_MEMORY);
    for (size_t m = 0; m < ORACLE_MAPS; m++) {
        const oracle_map *map = &o->maps[slot][m];
        if (map->memory) {
            memcpy(out->maps + out->maps_size, map->memory, map->size);
            memset(map->memory, 0, map->size);
            out->maps_size += (uint32_t)map->size;
        } else if (names_hash(&t->unit)) {
            out->maps_size += (uint32_t)take_hash(map, out->maps + out->maps_size);
        } else {
            out->maps_size++; /* no elements */
        }
    }
}

int oracle_run(oracle *o, const trial *const *trials, size_t count, seen *out)
{
    static assembly a;
    union bpf_attr attr;
    int program, status;
    if (!assemble_batch(&a, trials, count)) return 0;
    program = load_program(o, &a, count);
    if (program < 0) return 0;
    for (size_t i = 0; i < count; i++)
        memcpy(o->blocks.memory + i * GENERATE_MEMORY, trials[i]->memory, GENERATE_MEMORY);
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (unsigned)program;
    status = command(BPF_PROG_TEST_RUN, &attr);
    close(program);
    for (size_t i = 0; i < count; i++) see(o, trials[i], i, &out[i]);
    return !status;
}

#else
int oracle_open(oracle *o)
{
    (void)o;
    return 0;
}
void oracle_close(oracle *o) { (void)o; }
int oracle_run(oracle *o, const trial *const *trials, size_t count, seen *out)
{
    (void)o, (void)trials, (void)count, (void)out;
    return 0;
}
#endif

int oracle_compare(void *user, const trial *t, seen *out) { return oracle_run((oracle *)user, &t, 1, out); }
