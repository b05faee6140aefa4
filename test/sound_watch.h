/* sound_watch.h: looks over the interpreter's shoulder, for test_verify_sound.c alone. Which frames are
 * there, what of them is written, and whether each access lies inside of one object: a frame of 512 bytes,
 * the context, the packet, one value of a map. The library's own guards ask for less. */
#ifndef SOUND_WATCH_H
#define SOUND_WATCH_H

#include "generate_typed.h"

#include <string.h>
#if defined(__linux__)
#    include <sys/mman.h>
#endif
#if defined(MAP_ANONYMOUS) && !defined(SOUND_MAPS)
#    define SOUND_MAPS 1
#endif

enum { WATCH_FRAMES = 300, WATCH_WRITTEN = MYBPF_STACK_FRAME / 8 };

typedef struct watch_frame {
    uint64_t r10;
    uint8_t written[WATCH_WRITTEN]; /* from the lowest byte on, a bit each */
} watch_frame;

/* `mode`: WATCH_ALL looks at every access, WATCH_PROVEN at those without a guard. */
enum { WATCH_NOTHING, WATCH_ALL, WATCH_PROVEN };

static struct {
    int mode, running;
    uint32_t policies; /* of the load */
    const mybpf_object *object;
    uint64_t ctx, ctx_size, packet, packet_size;
    uint32_t depth; /* of the running frame */
    uint32_t last;  /* slot of the last instruction */
    watch_frame frame[WATCH_FRAMES];
    uint8_t starts[TYPED_INSNS + GENERATE_INSNS]; /* by slot: a function starts here */
    const char *wrong;                            /* what is, at slot */
    uint32_t wrong_pc;
} watch;

static void watch_begin(const mybpf_object *object, int mode, uint32_t policies)
{
    watch.policies = policies;
    watch.mode = mode;
    watch.object = object;
    watch.running = 0;
    watch.last = 0;
    watch.wrong = NULL;
    memset(watch.starts, 0, sizeof watch.starts);
    for (uint32_t f = 0; f < object->func_count; f++) watch.starts[object->funcs[f].start] = 1;
}

static void watch_end(void) { watch.object = NULL; }

/* Memory below 4 GiB, as fields of contexts have 32 bits; NULL where there is none. */
static uint8_t *sound_low_memory(void)
{
    static uint8_t *memory;
    static int tried;
#if SOUND_MAPS
    for (uint64_t at = 0x20000000; !tried && !memory && at < 0xf0000000 && sizeof(void *) == 8;
         at += 0x10000000) {
        void *got =
            mmap((void *)(uintptr_t)at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) continue;
        if ((uint64_t)(uintptr_t)got < 0xfffff000)
            memory = (uint8_t *)got;
        else
            munmap(got, 4096);
    }
#endif
    if (!memory && sizeof(void *) == 4) {
        static uint8_t bytes[4096];
        memory = bytes;
    }
    tried = 1;
    return memory;
}

/* ---- frames ---- */

static void watch_push(uint64_t r10)
{
    if (watch.depth + 1 < WATCH_FRAMES) watch.depth++;
    watch.frame[watch.depth].r10 = r10;
    memset(watch.frame[watch.depth].written, 0, WATCH_WRITTEN);
}

static int watch_has_frame(uint64_t r10)
{
    for (uint32_t f = 0; f <= watch.depth; f++)
        if (watch.frame[f].r10 == r10) return 1;
    return 0;
}

/* Which frames are there when the instruction at `pc` is about to run: told by the one before it. */
static void watch_follow(uint32_t pc, const uint64_t *regs)
{
    uint8_t last = watch.object->insns[watch.last].code;
    if (!watch.running) {
        watch.running = 1;
        watch.depth = UINT32_MAX;
        watch_push(regs[10]);
        watch.depth = 0;
        watch.ctx = regs[1];
    } else if (last == 0x95 && watch.depth) {
        watch.depth--;
        if (watch.starts[pc] && !watch_has_frame(regs[10]))
            watch_push(regs[10]); /* called back again */
        else                      /* a tail call's target returns for its caller, too */
            while (watch.depth && watch.frame[watch.depth].r10 != regs[10]) watch.depth--;
    } else if ((last == 0x85 || last == 0x8d) && watch.starts[pc]) {
        if (watch.frame[watch.depth].r10 == regs[10])
            memset(watch.frame[watch.depth].written, 0, WATCH_WRITTEN); /* a tail call */
        else
            watch_push(regs[10]);
    }
    watch.last = pc;
}

/* ---- objects ---- */

static int watch_inside(uint64_t address, uint64_t size, uint64_t base, uint64_t length)
{
    return address >= base && address - base <= length && size <= length - (address - base);
}

/* Values of a map, one after the other. */
typedef struct watch_values {
    uint64_t first, stride, count;
} watch_values;

/* Block `index` of a map's values: an array has one, a hash grows. */
static int watch_block(const mybpf_map *map, uint32_t index, watch_values *values)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    const mybpf__chunk *chunk;
    if (map->desc.type == MYBPF_MAP_TYPE_ARRAY) {
        values->first = (uint64_t)(uintptr_t)map->data;
        values->stride = mybpf__map_round(map->desc.value_size);
        values->count = map->desc.max_entries;
        return !index;
    }
    if (map->desc.type != MYBPF_MAP_TYPE_HASH) return 0;
    values->first = (uint64_t)(uintptr_t)hash->pool.first + hash->value_at;
    values->stride = hash->pool.stride;
    values->count = hash->pool.count;
    for (chunk = hash->pool.chunks; index && chunk; chunk = chunk->next, index--) {
        values->first = (uint64_t)(uintptr_t)chunk->first + hash->value_at;
        values->count = chunk->count;
    }
    return !index;
}

static int watch_in_values(const mybpf_map *map, uint64_t address, uint64_t size)
{
    watch_values values;
    for (uint32_t i = 0; watch_block(map, i, &values); i++) {
        uint64_t at = address - values.first;
        if (at / values.stride < values.count &&
            watch_inside(at % values.stride, size, 0, map->desc.value_size))
            return 1;
    }
    return 0;
}

/* The frame that these bytes are in; -1: none. */
static int64_t watch_frame_of(uint64_t address, uint64_t size)
{
    for (uint32_t f = 0; f <= watch.depth; f++)
        if (watch_inside(address, size, watch.frame[f].r10 - MYBPF_STACK_FRAME, MYBPF_STACK_FRAME)) return f;
    return -1;
}

static void watch_wrong(uint32_t pc, const char *what)
{
    if (watch.wrong) return;
    watch.wrong = what;
    watch.wrong_pc = pc;
}

/* Reads or writes as many bytes there. */
static void watch_access(uint32_t pc, uint64_t address, uint64_t size, int reads, int writes)
{
    int64_t f = watch_frame_of(address, size);
    if (!size) return;
    if (f >= 0) {
        watch_frame *frame = &watch.frame[f];
        uint64_t first = address - (frame->r10 - MYBPF_STACK_FRAME);
        for (uint64_t i = first; i < first + size; i++) {
            if (reads && watch.mode == WATCH_ALL && !(frame->written[i / 8] >> i % 8 & 1)) {
                const uint8_t *byte = (const uint8_t *)(uintptr_t)(frame->r10 - MYBPF_STACK_FRAME + i);
                if (watch.policies & MYBPF_POLICY_NO_UNINIT_STACK)
                    watch_wrong(pc, "reads stack that is not written");
                if (*byte) watch_wrong(pc, "reads stack that is not written and not zero");
            }
            if (writes) frame->written[i / 8] = (uint8_t)(frame->written[i / 8] | 1u << i % 8);
        }
        return;
    }
    if (watch_inside(address, size, watch.ctx, watch.ctx_size)) return;
    if (watch_inside(address, size, watch.packet, watch.packet_size)) return;
    for (uint32_t i = 0; i < watch.object->code.map_count; i++)
        if (watch.object->code.maps[i] && watch_in_values(watch.object->code.maps[i], address, size)) return;
    watch_wrong(pc, writes ? "writes outside of everything" : "reads outside of everything");
}

static void watch_call(uint32_t pc, const mybpf_helper *helper, const uint64_t *regs)
{
    const mybpf_map *map = NULL;
    for (unsigned i = 0; helper && i < 5; i++) {
        uint64_t value = regs[i + 1], size = i < 4 ? regs[i + 2] : 0;
        switch (helper->args[i]) {
        case MYBPF_ARG_CTX:
            if (value != watch.ctx) watch_wrong(pc, "gives what is not the context");
            break;
        case MYBPF_ARG_MAP:
            for (uint32_t m = 0; m < watch.object->code.map_count; m++)
                if ((uint64_t)(uintptr_t)watch.object->code.maps[m] == value)
                    map = watch.object->code.maps[m];
            if (!map) watch_wrong(pc, "gives what is no map");
            break;
        case MYBPF_ARG_MAP_KEY:
            if (map) watch_access(pc, value, map->desc.key_size, 1, 0);
            break;
        case MYBPF_ARG_MAP_VALUE:
            if (map) watch_access(pc, value, map->desc.value_size, 1, 0);
            break;
        case MYBPF_ARG_MEM_READ: watch_access(pc, value, size, 1, 0); break;
        case MYBPF_ARG_MEM_WRITE: watch_access(pc, value, size, 0, 1); break;
        case MYBPF_ARG_PTR_LONG: watch_access(pc, value, 8, 0, 1); break;
        case MYBPF_ARG_SIZE:
            if (!value) watch_wrong(pc, "gives a size of 0");
            break;
        default: break;
        }
    }
}

/* The instruction at `pc` is about to run. */
static void watch_step(uint32_t pc, const uint64_t *regs)
{
    const mybpf_insn *insn = &watch.object->insns[pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(insn));
    int loads = info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_LOAD_ACQ;
    watch_follow(pc, regs);
    if (watch.mode == WATCH_NOTHING ||
        (watch.mode == WATCH_PROVEN && watch.object->facts[pc] & MYBPF_FACT_GUARD))
        return;
    if (info->format == MYBPF_FORMAT_CALL) {
        watch_call(pc, mybpf_object_helper(watch.object, (uint32_t)insn->imm), regs);
    } else if (info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_ST ||
               info->format == MYBPF_FORMAT_STX || info->format >= MYBPF_FORMAT_ATOMIC) {
        int stores = info->format == MYBPF_FORMAT_ST || info->format == MYBPF_FORMAT_STX ||
                     info->format == MYBPF_FORMAT_STORE_REL;
        uint64_t address = regs[loads ? insn->src_reg : insn->dst_reg] + (uint64_t)(int64_t)insn->off;
        watch_access(pc, address, info->width, !stores, !loads);
        if (info->format >= MYBPF_FORMAT_ATOMIC && address % info->width) watch_wrong(pc, "is not aligned");
    }
}

#endif
