/* fuzz_insns.c: instructions that decode, run guarded with a budget, interpreted and natively. The first byte
 * chooses: programs of the generator, whose decisions the input makes and which both engines must agree
 * about; or rows of the instruction table in any order, where nothing may happen but a refusal, a result or a
 * fault. */
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

#include "../compare.c"
#include "../generate.c"
#include "../generate_calls.c"
#include "../generate_memory.c"
#include "../unit.c"

/* This is one unit with one build of the library: nobody asks for the other. */
void compare_switch(const trial *t, seen *out) { (void)t, (void)out; }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Four bytes an instruction: row, registers, offset, immediate; an exit at the end. */
static size_t from_table(const uint8_t *bytes, size_t size, mybpf_insn *insns)
{
    static const int32_t imms[] = {0,
                                   1,
                                   -1,
                                   2,
                                   7,
                                   8,
                                   16,
                                   31,
                                   32,
                                   63,
                                   64,
                                   255,
                                   256,
                                   INT32_MAX,
                                   INT32_MIN,
                                   GENERATE_SUM,
                                   GENERATE_CALLBACK,
                                   GENERATE_FOLD,
                                   GENERATE_FILL,
                                   GENERATE_STOP,
                                   12};
    size_t count = 0;
    for (; size >= 4 && count + 3 < GENERATE_INSNS; bytes += 4, size -= 4) {
        const mybpf_op_info *info = mybpf_op_describe(bytes[0] % MYBPF_OP_COUNT);
        mybpf_insn *insn = &insns[count++];
        memset(insn, 0, 2 * sizeof *insn);
        insn->code = info->code;
        insn->dst_reg = (bytes[1] & 15) % 11 & 15;
        insn->src_reg = (bytes[1] >> 4) % 11 & 15;
        insn->off = (int8_t)bytes[2];
        insn->imm = imms[bytes[3] % (sizeof imms / sizeof *imms)];
        switch (info->select) {
        case MYBPF_SELECT_OFF: insn->off = info->value; break;
        case MYBPF_SELECT_IMM: insn->imm = info->value; break;
        case MYBPF_SELECT_SRC: insn->src_reg = info->value & 15; break;
        default: break;
        }
        switch (info->format) { /* fields that must be zero */
        case MYBPF_FORMAT_ALU_IMM: insn->src_reg = 0; break;
        case MYBPF_FORMAT_ALU_REG: insn->imm = 0; break;
        case MYBPF_FORMAT_JCC_REG: insn->imm = 0; break;
        case MYBPF_FORMAT_JCC_IMM: insn->src_reg = 0; break;
        case MYBPF_FORMAT_LDX:
        case MYBPF_FORMAT_STX: insn->imm = 0; break;
        case MYBPF_FORMAT_ST: insn->src_reg = 0; break;
        case MYBPF_FORMAT_LDDW:
            insn->src_reg = bytes[1] & 0x80 ? MYBPF_PSEUDO_FUNC : 0;
            insn->off = 0;
            count++;
            break;
        default: break;
        }
        if (info->select != MYBPF_SELECT_OFF && info->format < MYBPF_FORMAT_JA) insn->off = 0;
    }
    memset(&insns[count], 0, sizeof *insns);
    insns[count++].code = 0x95;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t memory[GENERATE_MEMORY] = {1, 2, 3, 4, 0xff, 0xfe};
    static trial t;
    static comparer c;
    difference d;
    int same_wanted;
    if (!c.vm) c.vm = compare_vm();
    if (!c.vm || !size) return -1;
    same_wanted = bytes[0] & 1;
    memset(&t, 0, sizeof t);
    memcpy(t.memory, memory, sizeof memory);
    t.trust = MYBPF_GUARDED;
    t.metered = 1;
    t.max_steps = bytes[0] & 2 ? 50 : 20000;
    t.engines = 1u << ENGINE_JIT;
    if (same_wanted) {
        entropy e = {NULL, 0, 0x123456789abcdef};
        e.bytes = bytes + 1;
        e.size = size - 1;
        if (bytes[0] & 4) t.engines |= 1u << ENGINE_SPF_NATIVE | 1u << ENGINE_SPF_BYTECODE;
        generate_unit(&e, &t.unit, 1 + bytes[0] / 4, GENERATE_WILD);
    } else {
        t.unit.raw = 1;
        t.unit.program_count = 1;
        t.unit.count = (uint32_t)from_table(bytes + 1, size - 1, t.unit.insns);
    }
    if (compare(&c, &t, &d) == COMPARE_DIFFERENT && same_wanted) __builtin_trap();
    return 0;
}
