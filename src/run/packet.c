/* packet.c: the run's packet, which helpers move and change: where it is, what room it has, and what the
 * context tells of it. The room is the writable region of the run that the packet is in. */
#ifndef MYBPF__RUN_PACKET_C
#define MYBPF__RUN_PACKET_C

#include "../helper/helper_impl.h"
#include "services.c"

#ifndef MYBPF_NO_PROVER

MYBPF__FN const void *mybpf__run_packet(const mybpf_env *env, uint64_t *size)
{
    *size = env->packet_size;
    return env->packet;
}

MYBPF__FN uint32_t mybpf__run_type(const mybpf_env *env)
{
    return env->program ? env->program->type : (uint32_t)MYBPF_PROG_TYPE_UNSPEC;
}

MYBPF__FN int mybpf__is_skb(const mybpf_env *env)
{
    return mybpf__type_among(mybpf__run_type(env), MYBPF__SKB_TYPES);
}

MYBPF__FN int mybpf__is_xdp(const mybpf_env *env) { return mybpf__run_type(env) == MYBPF_PROG_TYPE_XDP; }

MYBPF__FN uint32_t mybpf__network_header(const mybpf_env *env)
{
    return mybpf__type_among(mybpf__run_type(env), MYBPF__SKB_NETWORK) ? 0 : (uint32_t)MYBPF__ETHERNET;
}

MYBPF__FN void mybpf__lend(mybpf_env *env, const void **memory, uint64_t *size)
{
    const void *before = env->lent;
    uint64_t before_size = env->lent_size;
    env->lent = *memory;
    env->lent_size = *size;
    *memory = before;
    *size = before_size;
}

/* ---- the context ---- */

MYBPF__FN uint64_t mybpf__context_bytes(const mybpf_env *env)
{
    return env->opts->ctx ? env->opts->ctx_size : 0;
}

MYBPF__FN uint32_t mybpf__context_word(const mybpf_env *env, uint32_t offset)
{
    uint32_t word = 0;
    if (env->opts->ctx && offset + 4 <= env->opts->ctx_size)
        mybpf__copy(&word, (const uint8_t *)env->opts->ctx + offset, sizeof word);
    return word;
}

MYBPF__FN void mybpf__context_set_word(mybpf_env *env, uint32_t offset, uint32_t word)
{
    if (env->opts->ctx && offset + 4 <= env->opts->ctx_size)
        mybpf__copy((uint8_t *)env->opts->ctx + offset, &word, sizeof word);
}

/* A field of the context that tells of the packet, NULL when it has none. */
MYBPF__FN const mybpf__field *mybpf__packet_field(const mybpf_env *env, int kind)
{
    const mybpf__context *context = mybpf__context_of(env->vm, mybpf__run_type(env));
    for (uint32_t i = 0; context && i < context->count; i++) {
        const mybpf__field *field = &context->fields[i];
        if (field->kind == kind && (uint32_t)field->offset + field->size <= env->opts->ctx_size) return field;
    }
    return NULL;
}

MYBPF__FN void mybpf__packet_tell(mybpf_env *env, int kind, const uint8_t *at)
{
    const mybpf__field *field = env->opts->ctx ? mybpf__packet_field(env, kind) : NULL;
    uint64_t wide = mybpf__address(at);
    if (field && field->size == 4) mybpf__context_set_word(env, field->offset, (uint32_t)wide);
    if (field && field->size == 8) mybpf__copy((uint8_t *)env->opts->ctx + field->offset, &wide, sizeof wide);
}

/* A program that is not verified may have written anything there. */
MYBPF__FN uint32_t mybpf__packet_meta(const mybpf_env *env)
{
    const mybpf__field *field = env->opts->ctx ? mybpf__packet_field(env, MYBPF_FIELD_PACKET_META) : NULL;
    uint64_t meta = field ? mybpf__address(env->packet) - mybpf__field_address(field, env->opts->ctx) : 0;
    return meta < 256 ? (uint32_t)meta : 0;
}

/* ---- room ---- */

/* The writable region that the packet is in, NULL when there is none. */
MYBPF__FN const mybpf_region *mybpf__packet_room(const mybpf_env *env)
{
    for (size_t i = 0; env->packet && i < env->opts->region_count; i++) {
        const mybpf_region *region = &env->opts->regions[i];
        if (region->writable && mybpf__within(mybpf__address(env->packet), env->packet_size,
                                              mybpf__address(region->address), region->size))
            return region;
    }
    return NULL;
}

MYBPF__FN uint8_t *mybpf__packet_writable(mybpf_env *env, uint64_t offset, uint64_t size)
{
    const mybpf_region *region = mybpf__packet_room(env);
    if (!region || offset > env->packet_size || size > env->packet_size - offset) return NULL;
    return (uint8_t *)region->address + (mybpf__address(env->packet) - mybpf__address(region->address)) +
           offset;
}

MYBPF__FN int mybpf__packet_resize(mybpf_env *env, int64_t head, int64_t tail, uint32_t meta)
{
    const mybpf_region *region = mybpf__packet_room(env);
    uint8_t *data = mybpf__packet_writable(env, 0, 0), *end;
    int64_t before, behind, size = (int64_t)env->packet_size;
    if (!region || !env->opts->ctx || !mybpf__packet_field(env, MYBPF_FIELD_PACKET_END)) return -1;
    before = (int64_t)(mybpf__address(data) - mybpf__address(region->address)) - meta;
    behind = (int64_t)region->size - before - meta - size;
    if (head > before || tail > behind || size + head + tail < 0) return -1;
    end = data + size;
    data -= head;
    if (tail > 0) mybpf__zero(end, (size_t)tail);
    end += tail;
    env->packet = data;
    env->packet_size = (uint64_t)(end - data);
    mybpf__packet_tell(env, MYBPF_FIELD_PACKET, data);
    mybpf__packet_tell(env, MYBPF_FIELD_PACKET_END, end);
    mybpf__packet_tell(env, MYBPF_FIELD_PACKET_META, data - meta);
    if (mybpf__is_skb(env)) /* its length comes first */
        mybpf__context_set_word(env, 0, (uint32_t)env->packet_size);
    return 0;
}

/* ---- the host ---- */

MYBPF__FN uint32_t mybpf__run_attach_type(const mybpf_env *env)
{
#    if MYBPF__FILES
    if (env->program) return mybpf_program_attach_type(env->program);
#    endif
    (void)env;
    return 0;
}

MYBPF__FN uint64_t mybpf__ask(mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t answer)
{
    const mybpf_host *host = &env->vm->host;
    uint64_t known = answer;
    return host->ask && host->ask(host->user, env, helper, args, &known) ? known : answer;
}

#endif
#endif
