/* test_run.c: runs a program on a packet that the caller has as plain bytes: makes the context that tells of
 * it, and afterwards reads from that where the packet is. */
#ifndef MYBPF__TEST_RUN_C
#define MYBPF__TEST_RUN_C

#include "../base/platform.h"
#include "program.c"

#ifndef MYBPF_NO_PROVER

/* A packet is so many bytes behind a multiple of 16: what follows its Ethernet header
 * is aligned then, as Linux has it and the policy ALIGNED takes for granted. */
#    define MYBPF__PACKET_SHIFT 2u

typedef struct mybpf__test_run {
    mybpf_vm *vm;
    mybpf_test_run_opts *test;
    const mybpf__context *context; /* NULL: not known, plain memory */
    const mybpf__field *field[3];  /* of a packet's start, end and metadata, where the context has them */
    int narrow;                    /* its addresses have 32 bits */
    uint8_t *memory, *ctx;
    size_t memory_size, ctx_size;
    uint8_t *packet; /* where it begins, its metadata included */
    size_t size;     /* with that */
    mybpf_region *regions;
    mybpf_run_opts run;
} mybpf__test_run;

/* ---- memory ---- */

MYBPF_API void *mybpf_packet_alloc(mybpf_vm *vm, size_t size)
{
#    if MYBPF__LOW_MAPS
    return vm && size ? mybpf__low_map(size) : NULL;
#    else
    void *memory = vm && size ? mybpf_vm_realloc(vm, NULL, size) : NULL;
    if (!memory || mybpf__address(memory) + size <= UINT32_MAX) return memory;
    mybpf__free(vm, memory);
    return NULL;
#    endif
}

MYBPF_API void mybpf_packet_free(mybpf_vm *vm, void *memory, size_t size)
{
    if (!memory) return;
#    if MYBPF__LOW_MAPS
    (void)vm;
    mybpf__low_unmap(memory, size);
#    else
    (void)size;
    mybpf__free(vm, memory);
#    endif
}

MYBPF_API size_t mybpf_test_run_memory(size_t data_size)
{
    size_t more = 15 + MYBPF__PACKET_SHIFT + MYBPF_PACKET_HEADROOM + MYBPF_PACKET_TAILROOM;
    return data_size > SIZE_MAX - more ? SIZE_MAX : data_size + more;
}

/* ---- the context ---- */

MYBPF__FN void mybpf__field_put(const mybpf__test_run *t, const mybpf__field *field, uint64_t value)
{
    uint32_t narrow = (uint32_t)value;
    if (!field) return;
    if (field->size == sizeof narrow)
        mybpf__copy(t->ctx + field->offset, &narrow, sizeof narrow);
    else
        mybpf__copy(t->ctx + field->offset, &value, sizeof value);
}

MYBPF__FN uint64_t mybpf__field_get(const mybpf__test_run *t, const mybpf__field *field)
{
    return field ? mybpf__field_address(field, t->ctx) : 0;
}

/* Where the context's fields are, and how many bytes it needs: where it tells of a packet, all that it has.
 */
MYBPF__FN void mybpf__test_layout(mybpf__test_run *t)
{
    t->ctx_size = t->test->ctx_size_in;
    for (uint32_t i = 0; t->context && i < t->context->count; i++)
        if (mybpf__field_is_packet(&t->context->fields[i]))
            t->field[t->context->fields[i].kind - MYBPF_FIELD_PACKET] = &t->context->fields[i];
    if (!t->field[0]) return;
    t->narrow = t->field[0]->size == 4;
    const mybpf__field *last = &t->context->fields[t->context->count - 1];
    size_t whole = ((size_t)last->offset + last->size + 7) & ~(size_t)7;
    if (whole > t->ctx_size) t->ctx_size = whole;
}

/* What the kernel tells of a packet that it made itself. */
MYBPF__FN void mybpf__test_defaults(mybpf__test_run *t, uint32_t type)
{
    enum { LEN = 0, PROTOCOL = 16, INGRESS = 12, IFINDEX = 40, WIRE_LEN = 160 };
    const uint8_t *data = (const uint8_t *)t->run.packet;
    uint32_t length = (uint32_t)t->run.packet_size, one = 1, zero = 0;
    uint8_t protocol[4] = {0, 0, 0, 0};
    if (type == MYBPF_PROG_TYPE_XDP && mybpf__equal(t->ctx + INGRESS, &zero, 4))
        mybpf__copy(t->ctx + INGRESS, &one, 4);
    if (!mybpf__type_among(type, MYBPF__SKB_TYPES)) return;
    mybpf__copy(t->ctx + LEN, &length, 4);
    if (mybpf__type_among(type, MYBPF__SKB_ETHERNET) && length >= 14)
        mybpf__copy(protocol, data + 12, 2); /* in network order, as there */
    if (mybpf__type_among(type, MYBPF__SKB_NETWORK) && length) {
        protocol[0] = data[0] >> 4 == 4 ? 0x08 : data[0] >> 4 == 6 ? 0x86 : 0;
        protocol[1] = data[0] >> 4 == 6 ? 0xdd : 0;
    }
    if (mybpf__equal(t->ctx + PROTOCOL, &zero, 4)) {
#    if MYBPF_BIG_ENDIAN
        protocol[2] = protocol[0], protocol[3] = protocol[1], protocol[0] = protocol[1] = 0;
#    endif
        mybpf__copy(t->ctx + PROTOCOL, protocol, 4);
    }
    if (mybpf__equal(t->ctx + IFINDEX, &zero, 4)) mybpf__copy(t->ctx + IFINDEX, &one, 4);
    if (mybpf__equal(t->ctx + WIRE_LEN, &zero, 4)) mybpf__copy(t->ctx + WIRE_LEN, &length, 4);
}

/* data_in, with the packet behind its metadata where t->packet says. */
MYBPF__FN void mybpf__test_place(mybpf__test_run *t, size_t meta)
{
    t->run.packet = t->packet;
    t->run.packet_size = t->size - meta;
    t->packet -= meta;
    if (t->size) mybpf__copy(t->packet, t->test->data_in, t->size);
}

/* From ctx_in. */
MYBPF__FN int mybpf__test_context(mybpf__test_run *t, uint32_t type, mybpf_error *error)
{
    uint64_t meta, end;
    if (t->test->ctx_size_in) mybpf__copy(t->ctx, t->test->ctx_in, t->test->ctx_size_in);
    if (!t->field[0]) {
        mybpf__test_place(t, 0);
        return MYBPF_OK;
    }
    meta = mybpf__field_get(t, t->field[0]);
    end = mybpf__field_get(t, t->field[1]);
    if (mybpf__field_get(t, t->field[2]) || (end && end != t->size) || meta > t->size ||
        (meta && (!t->field[2] || meta > MYBPF_PACKET_HEADROOM)))
        return mybpf__fail(
            error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
            "ctx_in: `data` is the size of the metadata in data_in (at most %u), `data_end` data_size_in "
            "or 0, `data_meta` 0",
            MYBPF_PACKET_HEADROOM);
    mybpf__test_place(t, (size_t)meta);
    mybpf__field_put(t, t->field[0], mybpf__address(t->run.packet));
    mybpf__field_put(t, t->field[1], mybpf__address(t->packet) + t->size);
    mybpf__field_put(t, t->field[2], mybpf__address(t->packet));
    mybpf__test_defaults(t, type);
    return MYBPF_OK;
}

/* ---- before and after ---- */

MYBPF__FN int mybpf__test_check(const mybpf_program *program, const mybpf_test_run_opts *test,
                                mybpf_error *error)
{
    const mybpf_run_opts *run = test ? test->run : NULL;
    if (!program || !test)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "program and test must not be NULL");
    if ((!test->data_in && test->data_size_in) || (!test->ctx_in && test->ctx_size_in) ||
        (run && run->region_count && !run->regions))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "data_in, ctx_in or regions is NULL, but has a size");
    if (test->data_size_in > INT32_MAX || test->ctx_size_in > INT32_MAX)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "data_in or ctx_in has more than 2 GiB");
    if (test->memory && test->memory_size < mybpf_test_run_memory(test->data_size_in))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "memory has %lu bytes; the packet needs %lu", (unsigned long)test->memory_size,
                           (unsigned long)mybpf_test_run_memory(test->data_size_in));
    return MYBPF_OK;
}

/* The packet's place, the context and the regions of the run. */
MYBPF__FN int mybpf__test_memory(mybpf__test_run *t, mybpf_error *error)
{
    const mybpf_test_run_opts *test = t->test;
    size_t count = t->run.region_count, shift;
    t->memory_size = test->memory ? test->memory_size : mybpf_test_run_memory(test->data_size_in);
    t->memory = (uint8_t *)test->memory;
    if (!t->memory)
        t->memory = (uint8_t *)(t->narrow ? mybpf_packet_alloc(t->vm, t->memory_size)
                                          : mybpf_vm_realloc(t->vm, NULL, t->memory_size));
    t->ctx = (uint8_t *)mybpf__alloc(t->vm, t->ctx_size ? t->ctx_size : 1, 1);
    t->regions = (mybpf_region *)mybpf__alloc(t->vm, count + 1, sizeof *t->regions);
    if (!t->memory || !t->ctx || !t->regions)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for a packet of %lu bytes%s",
                           (unsigned long)test->data_size_in, t->narrow && !t->memory ? " below 4 GiB" : "");
    if (t->narrow && mybpf__address(t->memory) + t->memory_size > UINT32_MAX)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "memory is not below 4 GiB: the context's addresses have 32 bits");
    shift = (0 - (uintptr_t)t->memory + 16 - MYBPF_PACKET_HEADROOM % 16 + MYBPF__PACKET_SHIFT) % 16;
    t->packet = t->memory + shift + MYBPF_PACKET_HEADROOM;
    t->size = test->data_size_in;
    mybpf__zero(t->memory, t->memory_size);
    if (count) mybpf__copy(t->regions, t->run.regions, count * sizeof *t->regions);
    t->regions[count].address = t->memory + shift;
    t->regions[count].size = t->memory_size - shift;
    t->regions[count].writable = !t->context || t->context->writes_packet;
    t->run.regions = t->regions;
    t->run.region_count = count + 1;
    return MYBPF_OK;
}

/* Where the packet is now: helpers may have moved it. What is not verified may have changed the addresses. */
MYBPF__FN int mybpf__test_packet(mybpf__test_run *t, mybpf_error *error)
{
    uint64_t data, end, meta, low = mybpf__address(t->memory), high = low + t->memory_size;
    if (!t->field[0]) return MYBPF_OK;
    data = mybpf__field_get(t, t->field[0]);
    end = mybpf__field_get(t, t->field[1]);
    meta = t->field[2] ? mybpf__field_get(t, t->field[2]) : data;
    if (meta > data) meta = data; /* Linux has none then */
    if (meta < low || end > high || data > end)
        return mybpf__fail(error, MYBPF_FAULT_ACCESS, MYBPF_NO_INSN,
                           "the program left addresses in its context that are not those of a packet");
    t->packet = t->memory + (meta - low);
    t->size = (size_t)(end - meta);
    t->run.packet = t->memory + (data - low);
    t->run.packet_size = (size_t)(end - data);
    return MYBPF_OK;
}

/* The context in the caller's terms. */
MYBPF__FN void mybpf__test_told(mybpf__test_run *t)
{
    if (!t->field[0]) return;
    mybpf__field_put(t, t->field[0], t->size - t->run.packet_size);
    mybpf__field_put(t, t->field[1], t->size);
    mybpf__field_put(t, t->field[2], 0);
}

/* What fits of `size` bytes; `*room` becomes the size. Did they fit? */
MYBPF__FN int mybpf__test_give(void *to, size_t *room, const void *from, size_t size)
{
    size_t fits = *room < size ? *room : size;
    *room = size;
    if (to && fits) mybpf__copy(to, from, fits);
    return !to || fits == size;
}

MYBPF__FN int mybpf__test_repeat(mybpf__test_run *t, const mybpf_program *program, mybpf_error *error)
{
    uint32_t count = t->test->repeat ? t->test->repeat : 1;
    uint64_t begin = t->vm->host.time_ns(t->vm->host.user);
    int status = MYBPF_OK;
    for (uint32_t i = 0; i < count && !status; i++) {
        status = mybpf_program_run(program, &t->run, &t->test->retval, error);
        if (!status) status = mybpf__test_packet(t, error);
    }
    if (!status) t->test->duration = (t->vm->host.time_ns(t->vm->host.user) - begin) / count;
    return status;
}

MYBPF_API int mybpf_program_test_run(const mybpf_program *program, mybpf_test_run_opts *test,
                                     mybpf_error *error)
{
    mybpf__test_run t;
    int status = mybpf__test_check(program, test, error), data_fits, ctx_fits;
    if (status) return status;
    mybpf__zero(&t, sizeof t);
    t.vm = program->object->vm;
    t.test = test;
    t.context = mybpf__context_of(t.vm, program->type);
    if (test->run) t.run = *test->run;
    mybpf__test_layout(&t);
    status = mybpf__test_memory(&t, error);
    if (!status) status = mybpf__test_context(&t, program->type, error);
    t.run.ctx = t.ctx_size ? t.ctx : NULL;
    t.run.ctx_size = t.ctx_size;
    if (!status) status = mybpf__test_repeat(&t, program, error);
    if (!status) {
        mybpf__test_told(&t);
        data_fits = mybpf__test_give(test->data_out, &test->data_size_out, t.packet, t.size);
        ctx_fits = mybpf__test_give(test->ctx_out, &test->ctx_size_out, t.ctx, t.ctx_size);
        if (!data_fits || !ctx_fits)
            status = mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "%s has no room for %lu bytes",
                                 data_fits ? "ctx_out" : "data_out",
                                 (unsigned long)(data_fits ? t.ctx_size : t.size));
    }
    if (!test->memory && t.narrow)
        mybpf_packet_free(t.vm, t.memory, t.memory_size);
    else if (!test->memory)
        mybpf__free(t.vm, t.memory);
    mybpf__free(t.vm, t.ctx);
    mybpf__free(t.vm, t.regions);
    return status;
}

#    undef MYBPF__PACKET_SHIFT
#endif
#endif
