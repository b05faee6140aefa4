/* access.c: memory accesses: what is not proven is refused in verified mode, guarded at run time in guarded
 * mode. */
#ifndef MYBPF__ACCESS_C
#define MYBPF__ACCESS_C

#include "verify_impl.h"

MYBPF__FN int mybpf__verify_access(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    (void)opts;
    for (uint32_t pc = 0; pc < object->insn_count && object->code.trust != MYBPF_TRUSTED; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        unsigned cls = insn->code & 7;
        int base = cls == 1 ? insn->src_reg : insn->dst_reg, width = 8;
        int memory = cls >= 1 && cls <= 3;
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        if (memory) {
            width = mybpf_op_describe(mybpf_insn_op(insn))->width;
            if (base == 10 && insn->off >= -(int)MYBPF_STACK_FRAME && insn->off + width <= 0) continue;
        } else if (insn->code != 0x8d && (insn->code != 0x85 || insn->src_reg))
            continue;
        if (object->code.trust == MYBPF_VERIFIED && memory)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "cannot prove that r%d points to memory the program may access", base);
        object->facts[pc] |= MYBPF_FACT_GUARD;
    }
    return MYBPF_OK;
}

#endif
