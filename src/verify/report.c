/* report.c: what a load's log is told: a refusal with everything that explains it, the steps of the
 * simulation in the manner of the kernel's log, and what each program took. */
#ifndef MYBPF__REPORT_C
#define MYBPF__REPORT_C

#include "explain.c"
#include "points.c"

#ifndef MYBPF_NO_PROVER

/* ---- lines ---- */

enum {
    MYBPF__LINE_MAX = 1024,
    MYBPF__LABEL = 10, /* columns in front of a line's value */
    MYBPF__PATH_HEAD = 6,
    MYBPF__PATH_TAIL = 10, /* branches that are shown of a long path: from its start, up to the refusal */
    MYBPF__WAY_FALL = 0,
    MYBPF__WAY_JUMP,
    MYBPF__WAY_CALL,
    MYBPF__WAY_RETURN /* what an entry of a path says of its instruction */
};

/* Gives the log one line: `label`, and behind it what `format` says. */
MYBPF__FN void mybpf__tell(const mybpf_load_opts *opts, int kind, int64_t insn, const char *label,
                           const char *format, ...) MYBPF__PRINTF(5, 6);
MYBPF__FN void mybpf__tell(const mybpf_load_opts *opts, int kind, int64_t insn, const char *label,
                           const char *format, ...)
{
    char text[MYBPF__LINE_MAX];
    size_t used = mybpf__print(text, sizeof text, "%s", label);
    mybpf_log_line line;
    va_list args;
    while (*label && used < MYBPF__LABEL) text[used++] = ' ';
    va_start(args, format);
    mybpf__vprint(text + used, sizeof text - used, format, args);
    va_end(args);
    for (char *c = text; *c; c++) /* names and sources come from files */
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    mybpf__zero(&line, sizeof line);
    line.kind = kind;
    line.insn = (int32_t)insn;
    line.text = text;
    line.value = text + used;
    opts->log(opts->log_user, &line);
}

/* The instruction as text, with the name of what it calls behind it. */
MYBPF__FN void mybpf__insn_text(const mybpf_object *object, uint32_t pc, char *text, size_t size)
{
    const mybpf_insn *insn = &object->insns[pc];
    int64_t callee = mybpf__call_target(object, pc);
    const mybpf_helper *helper = NULL;
    size_t used;
    if (insn->code == MYBPF__CODE_CALL && !insn->src_reg)
        helper = mybpf_object_helper(object, (uint32_t)insn->imm);
#    ifndef MYBPF_NO_ASM
    mybpf_disassemble(insn, object->insn_count - pc, text, size);
#    else
    mybpf__print(text, size, "instruction 0x%02x", insn->code);
#    endif
    used = mybpf__length(text, size);
    if (helper) mybpf__print(text + used, size - used, "  ; %s", helper->name);
    if (callee >= 0 && callee < object->func_count)
        mybpf__print(text + used, size - used, "  ; %s", object->funcs[callee].name);
}

/* "count.c:12: return *value;" with `before` in front, or nothing. */
MYBPF__FN void mybpf__source_text(const mybpf_object *object, uint32_t pc, const char *before, char *text,
                                  size_t size)
{
    text[0] = 0;
#    if MYBPF__FILES
    mybpf_source source;
    if (!mybpf_object_source(object, pc, &source)) return;
    int length = (int)mybpf__length(source.text, 160);
    mybpf__print(text, size, "%s%s:%u%s%.*s", before, source.file, source.line, length ? ": " : "", length,
                 source.text);
#    else
    (void)object, (void)pc, (void)before, (void)size;
#    endif
}

/* ---- why, and what helps ---- */

/* By words of the message: why that is not safe, where the message does not say it, and what usually helps.
 * The first that matches. X(words, why, help) */
#    define MYBPF__ADVICE(X)                                                                                 \
        X("frame pointer is read-only", "", "copy r10 to another register and change that")                  \
        X("control leaves function", "what follows it is not this function's code",                          \
          "end every path of the function with exit")                                                        \
        X("second half of an lddw", "half an instruction means nothing", "jump to its first half")           \
        X("unreachable instruction", "what is never run cannot be looked at",                                \
          "remove it, or load the program guarded")                                                          \
        X("unknown helper", "nobody has registered it",                                                      \
          "register it with mybpf_helper_register before loading")                                           \
        X("is not available", "", "call something else, or run it where the helper exists")                  \
        X("was not granted", "it reaches out of the program",                                                \
          "grant it: mybpf_load_opts.grants, or --grant")                                                    \
        X("for trusted loads only", "", "load the program trusted")                                          \
        X("is read, but not written", "what it holds is left over from something else",                      \
          "give it a value on every path that comes here")                                                   \
        X("names map", "", "give as many maps as the program names")                                         \
        X("only an array of one entry", "", "look the element up with map_lookup_elem")                      \
        X("lddw of offset", "it points behind the value", "make the offset smaller, or the value larger")    \
        X("kernel function", "", "call a helper")                                                            \
        X("calls itself", "its end cannot be proven", "write it as a loop, or load it guarded")              \
        X("calls nest deeper", "the stack has room for no more", "make one of the functions inline")         \
        X("that call each other", "the stack has room for no more",                                          \
          "use a map for what is large, or make a function inline")                                          \
        X("does not end", "", "count its turns and compare, or use may_goto")                                \
        X("the call through a register", "it is not known to be a function",                                 \
          "take the address of a function, or load it guarded, which checks it at run time")                 \
        X("compare it with NULL before it is moved", "it may be NULL",                                       \
          "compare it with NULL before it is moved")                                                         \
        X("compare it with NULL", "it may be NULL", "compare it with NULL before this: `if (!p) return 0;`") \
        X("compare with the packet's end", "the packet may end before",                                      \
          "compare with the packet's end before this: `if (p + size > data_end) return 0;`")                 \
        X("its address must be known", "its address may be no multiple of its size",                         \
          "align what it points to, and keep offsets multiples of the size")                                 \
        X("only a pointer can be followed", "whatever is at this address may be anybody's",                  \
          "keep the pointer itself, whole and 64 bits wide, from where it came")                             \
        X("no memory that programs may access", "", "pass it to a helper")                                   \
        X("atomic operations work on", "how it is aligned is not known",                                     \
          "do it in a map value or on the stack")                                                            \
        X("programs may not write there", "", "copy it to the stack and change that")                        \
        X("programs may not read there", "", "keep what you need elsewhere")                                 \
        X("no field that may be accessed", "", "use the fields and widths of the context's structure")       \
        X("on one path and other memory", "", "write the two accesses apart")                                \
        X("part of a stored pointer", "", "read all 8 bytes of it")                                          \
        X("takes no memory of a packet", "", "copy it to the stack before")                                  \
        X("maps of this type", "", "give it a map of a type that it works on")                               \
        X("end with a zero byte", "where the text ends is not known",                                        \
          "use a string literal, which is in .rodata")                                                       \
        X("it is not what this argument must be", "", "pass what the helper's prototype asks for")           \
        X("the offset has no bounds", "it may point anywhere then", "bound the index: `if (i < 64)`")        \
        X("too large to be followed", "", "bound the index: `if (i < 64)`")                                  \
        X("cannot be moved", "", "use it as it is")                                                          \
        X("two pointers cannot be added", "", "subtract them for a distance, add numbers")                   \
        X("cannot be subtracted from a number", "", "turn it round: pointer minus number")                   \
        X("32 bits do not hold it", "half a pointer points anywhere", "calculate with 64 bits")              \
        X("only numbers may be added", "the result points anywhere",                                         \
          "add or subtract; to look at its bits, copy it through the stack")                                 \
        X("it may outlive its function", "", "give the caller numbers, or memory that it passed in")         \
        X("must not be returned", "its stack is gone then", "let the caller pass the memory in")             \
        X("a tail call inside of functions", "",                                                             \
          "keep large variables of functions that lead to a tail call in a map")                             \
        X("what such a helper gave", "", "call the helper that gives it, and `if (!p) return 0;`")           \
        X("not the program's to release", "nobody gave it, or it is gone already",                           \
          "release each object once")                                                                        \
        X("the same number on every path", "what the call does depends on it", "pass a constant")            \
        X("objects are held at a time", "each must be remembered", "release some before")                    \
        X("is not for programs of type", "what it works on does not exist there",                            \
          "call it from programs of another type")                                                           \
        X("must be released before a tail call", "nobody would release it", "release it before")             \
        X("must be released", "nobody would release it", "release it on the path above too")                 \
        X("instructions visited", "its end was not found so far",                                            \
          "give loops fewer turns, or load it guarded, with a budget")                                       \
        X("too many paths", "",                                                                              \
          "put parts into global functions or loops, or load it guarded, with a budget")                     \
        X("has no prover", "", "load it guarded")

MYBPF__FN const char *mybpf__find_text(const char *in, const char *what)
{
    size_t length = mybpf__length(what, SIZE_MAX);
    for (; *in; in++)
        if (mybpf__length(in, length) == length && mybpf__equal(in, what, length)) return in;
    return NULL;
}

typedef struct mybpf__advice {
    const char *words, *why, *help;
} mybpf__advice;

MYBPF__FN const mybpf__advice *mybpf__advice_for(const char *message)
{
#    define MYBPF__ADVICE_ROW(words, why, help) {words, why, help},
    static const mybpf__advice mybpf__rows[] = {MYBPF__ADVICE(MYBPF__ADVICE_ROW){NULL, NULL, NULL}};
#    undef MYBPF__ADVICE_ROW
    for (const mybpf__advice *row = mybpf__rows; row->words; row++)
        if (mybpf__find_text(message, row->words)) return row;
    return NULL;
}
#    undef MYBPF__ADVICE

/* A message is "what: r1 is known; why: help" or "what: why; help", and may end early. */
MYBPF__FN void mybpf__tell_why(const mybpf_load_opts *opts, const mybpf_error *error)
{
    const mybpf__advice *advice = mybpf__advice_for(error->message);
    const char *colon = mybpf__find_text(error->message, ": ");
    const char *why = colon ? colon + 2 : "", *help = "", *known = NULL, *end;
    int what = colon ? (int)(colon - error->message) : (int)sizeof error->message;
    mybpf__tell(opts, MYBPF_LOG_WHAT, error->insn, "  what:", "%.*s", what, error->message);
    for (const char *next = why; (next = mybpf__find_text(next, "; ")) != NULL; next += 2)
        if (why[0] == 'r' && mybpf__find_text(why, " is ")) known = next + 2;
    if (known) why = known;
    end = mybpf__find_text(why, "; ");
    if (!end) end = mybpf__find_text(why, ": ");
    if (end) help = end + 2;
    if (advice && *advice->why) why = advice->why, end = NULL;
    if (advice) help = advice->help;
    if (*why)
        mybpf__tell(opts, MYBPF_LOG_WHY, error->insn, "  why:", "%.*s",
                    end ? (int)(end - why) : MYBPF__LINE_MAX, why);
    if (!*help) help = "change what the state above shows, or load it guarded";
    mybpf__tell(opts, MYBPF_LOG_HELP, error->insn, "  help:", "%s", help);
}

/* ---- the state that matters ---- */

/* The bytes that a load reads of the stack: which of them are written. */
MYBPF__FN void mybpf__tell_stack(const mybpf__sim *sim, uint32_t pc, const mybpf_op_info *info)
{
    const mybpf_insn *insn = &sim->insns[pc];
    const mybpf__state *state = sim->state;
    const mybpf__value *at = &sim->top->reg[insn->src_reg];
    int64_t low = (int64_t)at->off + insn->off + (int64_t)at->num.known.value;
    char bytes[9];
    uint32_t i = 0;
    if (info->format != MYBPF_FORMAT_LDX || at->kind != MYBPF__STACK || !mybpf__scalar_is_const(&at->num))
        return;
    if (low < -MYBPF_STACK_FRAME || low + info->width > 0) return;
    for (; i < info->width; i++) {
        const mybpf__frame *frame = &state->frame[at->index];
        uint32_t slot = (uint32_t)(-(low + i) - 1) / 8, byte = (uint32_t)(low + i + 8 * ((int64_t)slot + 1));
        int used = frame->used >> slot & 1;
        bytes[i] = !used || !(frame->slot[slot].written >> byte & 1) ? '?'
                   : frame->slot[slot].zero >> byte & 1              ? '0'
                                                                     : 'm';
    }
    bytes[i] = 0;
    mybpf__tell(sim->opts, MYBPF_LOG_STATE, pc,
                "  state:", "the stack at r10 - %d is %s (m written, 0 zero, ? not written)", (int)-low,
                bytes);
}

/* The registers that the instruction reads, as far as something is known of them. */
MYBPF__FN void mybpf__tell_state(const mybpf__sim *sim, uint32_t pc)
{
    const mybpf_insn *insn = &sim->insns[pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf__op_of(insn));
    unsigned uses = mybpf__uses_of(insn, info->format), regs = 0;
    if (uses & MYBPF__READS_DST) regs |= 1u << insn->dst_reg;
    if (uses & MYBPF__READS_SRC) regs |= 1u << insn->src_reg;
    if (uses & MYBPF__READS_R0 || info->format == MYBPF_FORMAT_EXIT) regs |= 1;
    if (info->format == MYBPF_FORMAT_CALL && mybpf_object_helper(sim->object, (uint32_t)insn->imm))
        regs |= mybpf__call_reads(sim->object, insn);
    if (info->format == MYBPF_FORMAT_CALLX) regs = 1u << (insn->imm ? (unsigned)insn->imm : insn->dst_reg);
    for (unsigned r = 0; r < MYBPF__REGS; r++) {
        char known[512];
        if (!(regs >> r & 1) || r == 10) continue;
        mybpf__describe(sim, &sim->top->reg[r], known, sizeof known);
        mybpf__tell(sim->opts, MYBPF_LOG_STATE, pc, "  state:", "r%u is %s", r, known);
    }
    mybpf__tell_stack(sim, pc, info);
}

/* ---- the way there ---- */

MYBPF__FN void mybpf__tell_branch(const mybpf__sim *sim, uint32_t entry, uint32_t times)
{
    static const char *const mybpf__ways[] = {" (not taken)", " (taken)", "", " (back to the caller)"};
    char text[160], source[256], often[32];
    uint32_t pc = entry >> 2;
    mybpf__insn_text(sim->object, pc, text, sizeof text);
    mybpf__source_text(sim->object, pc, "  ; ", source, sizeof source);
    often[0] = 0;
    if (times > 1) mybpf__print(often, sizeof often, ", %u times", times);
    mybpf__tell(sim->opts, MYBPF_LOG_PATH, pc, "          ", "%u: %s%s%s%s", pc, text, mybpf__ways[entry & 3],
                often, source);
}

/* The run of equal entries that entry `i` begins ends in front of this one. */
MYBPF__FN uint32_t mybpf__path_run(const mybpf__sim *sim, uint32_t i)
{
    uint32_t end = i + 1;
    while (end < sim->path_count && sim->path[end] == sim->path[i]) end++;
    return end;
}

MYBPF__FN void mybpf__tell_path(const mybpf__sim *sim)
{
    uint32_t runs = 0, run = 0, end, left_out = 0;
    const char *from = sim->object->funcs[sim->state->frame[0].func].name;
    for (uint32_t i = 0; i < sim->path_count; i = mybpf__path_run(sim, i)) runs++;
    mybpf__tell(sim->opts, MYBPF_LOG_PATH, MYBPF_NO_INSN, "  path:", "%s the start of %s%s",
                runs ? "from" : "straight from", from, sim->program ? "" : ", which others call");
    for (uint32_t i = 0; i < sim->path_count; i = end, run++) {
        end = mybpf__path_run(sim, i);
        if (run < MYBPF__PATH_HEAD || run + MYBPF__PATH_TAIL >= runs) {
            if (left_out)
                mybpf__tell(sim->opts, MYBPF_LOG_PATH, MYBPF_NO_INSN, "          ", "... %u branches ...",
                            left_out);
            left_out = 0;
            mybpf__tell_branch(sim, sim->path[i], end - i);
        } else {
            left_out += end - i;
        }
    }
}

/* Notes which way the running path goes at its instruction. Without memory it is not shown. */
MYBPF__FN void mybpf__walk(mybpf__sim *sim, unsigned way)
{
    uint32_t entry = sim->state->pc << 2 | way;
    if (!sim->opts || sim->path_lost) return;
    if (sim->path_count == sim->path_room) {
        uint32_t room = sim->path_room ? sim->path_room * 2 : 64;
        uint32_t *path =
            (uint32_t *)mybpf_vm_realloc(sim->object->vm, sim->path, (size_t)room * sizeof *sim->path);
        if (!path) {
            sim->path_lost = 1;
            sim->path_count = 0;
            return;
        }
        sim->path = path;
        sim->path_room = room;
    }
    sim->path[sim->path_count++] = entry;
}

/* ---- refusals ---- */

MYBPF__FN void mybpf__explain_refusal(const mybpf_object *object, const mybpf_load_opts *opts,
                                      const mybpf__sim *sim, mybpf_error *error)
{
    char text[256];
    if (!opts || !opts->log || !error) return;
    mybpf__locate(object, error);
    if (error->insn >= 0 && (uint32_t)error->insn < object->insn_count) {
        uint32_t pc = (uint32_t)error->insn;
        if (mybpf_op_describe(mybpf__op_of(&object->insns[pc]))) {
            mybpf__insn_text(object, pc, text, sizeof text);
            mybpf__tell(opts, MYBPF_LOG_INSN, pc, "", "%s: %u: %s", error->program, pc, text);
        }
        mybpf__source_text(object, pc, "", text, sizeof text);
        if (text[0]) mybpf__tell(opts, MYBPF_LOG_SOURCE, pc, "  source:", "%s", text);
    } else {
        sim = NULL;
    }
    if (sim) mybpf__tell_state(sim, (uint32_t)error->insn);
    if (sim && !sim->path_lost) mybpf__tell_path(sim);
    mybpf__tell_why(opts, error);
}

/* ---- guarded mode: what stays unproven ---- */

MYBPF__FN void mybpf__tell_guarded(const mybpf_object *object, const mybpf_load_opts *opts, uint32_t pc)
{
    char text[256];
    mybpf__insn_text(object, pc, text, sizeof text);
    mybpf__tell(opts, MYBPF_LOG_GUARD, pc, "", "%s: %u: %s", mybpf__func_of(object, pc)->name, pc, text);
    mybpf__source_text(object, pc, "", text, sizeof text);
    if (text[0]) mybpf__tell(opts, MYBPF_LOG_SOURCE, pc, "  source:", "%s", text);
}

/* The running instruction is not proven: said once, of the first path that comes there. */
MYBPF__FN void mybpf__tell_guard(const mybpf__sim *sim, const char *what, unsigned reg, mybpf__reason reason)
{
    uint32_t pc = sim->state->pc;
    char known[512];
    if (!sim->opts || sim->object->facts[pc] & MYBPF_FACT_GUARD) return;
    mybpf__describe(sim, &sim->top->reg[reg], known, sizeof known);
    mybpf__tell_guarded(sim->object, sim->opts, pc);
    mybpf__tell(sim->opts, MYBPF_LOG_WHAT, pc, "  what:", "%s is checked while it runs", what);
    mybpf__tell(sim->opts, MYBPF_LOG_STATE, pc, "  state:", "r%u is %s", reg, known);
    mybpf__tell(sim->opts, MYBPF_LOG_WHY, pc, "  why:", "%s", mybpf__reason_text(reason));
}

/* The object was too much for the simulation. */
MYBPF__FN void mybpf__tell_given_up(const mybpf_object *object, const mybpf_load_opts *opts, const char *why)
{
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        if (!(object->facts[pc] & MYBPF_FACT_GUARD)) continue;
        mybpf__tell_guarded(object, opts, pc);
        mybpf__tell(opts, MYBPF_LOG_WHAT, pc, "  what:", "it is checked while it runs");
        mybpf__tell(opts, MYBPF_LOG_WHY, pc, "  why:", "nothing was proven: %s", why);
    }
}

/* What goes back in a loop, where control comes: in guarded mode loops are not run through, so that nothing
 * says how often they turn. Those of may_goto end by themselves. */
MYBPF__FN void mybpf__tell_loops(const mybpf_object *object, const mybpf_load_opts *opts)
{
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        int64_t to[2];
        unsigned count;
        if ((object->facts[pc] & (MYBPF__FACT_LOOP | MYBPF_FACT_DEAD)) != MYBPF__FACT_LOOP) continue;
        count = mybpf__successors(object->insns, pc, to);
        if (to[count - 1] <= pc) to[0] = to[count - 1];
        mybpf__tell_guarded(object, opts, pc);
        mybpf__tell(opts, MYBPF_LOG_WHAT, pc,
                    "  what:", "the loop back to %u costs steps of the run's budget", (unsigned)to[0]);
        mybpf__tell(opts, MYBPF_LOG_WHY, pc, "  why:", "how often it turns is not proven in guarded mode");
    }
}

/* ---- refusing ---- */

#    define MYBPF__REFUSE(sim, ...) mybpf__fail((sim)->error, MYBPF_ERR_VERIFY, (sim)->state->pc, __VA_ARGS__)

/* The same with a text that tells no more than itself: most do, and this call is short. */
MYBPF__ONE_COPY int mybpf__refuse(mybpf__sim *sim, const char *text)
{
    return MYBPF__REFUSE(sim, "%s", text);
}

MYBPF__ONE_COPY int mybpf__no_memory(mybpf__sim *sim)
{
    return mybpf__fail(sim->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to verify the program");
}

/* Guarded mode: a checked write may hit any part of any frame. What was written stays written. */
MYBPF__FN void mybpf__forget_stacks(mybpf__sim *sim)
{
    for (uint32_t f = 0; f <= sim->state->depth; f++) {
        mybpf__frame *frame = &sim->state->frame[f];
        for (uint32_t s = 0; s < MYBPF__SLOTS; s++)
            if (frame->used >> s & 1) frame->slot[s].span = frame->slot[s].zero = 0;
    }
}

/* This instruction was not proven and cannot be checked while it runs. */
MYBPF__FN int mybpf__refuse_unproven(mybpf__sim *sim, const char *what, unsigned reg, mybpf__reason reason)
{
    char known[256];
    mybpf__describe(sim, &sim->top->reg[reg], known, sizeof known);
    return MYBPF__REFUSE(sim, "cannot prove %s: r%u is %s; %s", what, reg, known, mybpf__reason_text(reason));
}

/* This instruction was not proven: refuses it in verified mode, else marks it. `what` names the access ("the
 * 4-byte read at r3 + 0"), `reg` holds what matters. */
MYBPF__FN int mybpf__unproven(mybpf__sim *sim, const char *what, unsigned reg, mybpf__reason reason)
{
    if (sim->verified) return mybpf__refuse_unproven(sim, what, reg, reason);
    mybpf__tell_guard(sim, what, reg, reason);
    mybpf__forget_stacks(sim);
    sim->object->facts[sim->state->pc] |= MYBPF_FACT_GUARD;
    return MYBPF_OK;
}

/* What following a program (or a function) took; `error` when it was refused. */
MYBPF__FN void mybpf__tell_end(const mybpf__sim *sim, const mybpf_error *error)
{
    char text[192];
    mybpf_log_line line;
    if (!sim->opts) return;
    mybpf__print(text, sizeof text,
                 "processed %llu insns (limit %llu) total_states %llu peak_states %llu peak_memory %llu",
                 (unsigned long long)sim->visited, (unsigned long long)sim->limit,
                 (unsigned long long)sim->stats.states, (unsigned long long)sim->stats.peak_states,
                 (unsigned long long)sim->stats.peak_bytes);
    mybpf__zero(&line, sizeof line);
    line.kind = MYBPF_LOG_PROGRAM;
    line.insn = MYBPF_NO_INSN;
    line.text = line.value = text;
    line.program = sim->program;
    line.stats = &sim->stats;
    line.error = error;
    sim->opts->log(sim->opts->log_user, &line);
}

/* ---- every step, as the kernel logs it ---- */

/* The kernel's word for a value. */
MYBPF__ONE_COPY void mybpf__log_value(const mybpf__sim *sim, const mybpf__value *value, char *text,
                                      size_t size)
{
    static const char *const mybpf__kinds[] = {"ctx", "fp", "map_value", "mem", "pkt", "pkt_meta", "pkt_end"};
    const mybpf_map_desc *desc = NULL;
    size_t used;
    if (value->kind == MYBPF__UNSET || value->kind == MYBPF__NUMBER) {
        mybpf__scalar_text(&value->num, text, size);
        return;
    }
    if (value->kind == MYBPF__VALUE || value->kind == MYBPF__MAP)
        desc = mybpf__desc_of(sim->object, value->index);
    if (value->kind == MYBPF__STACK && mybpf__scalar_is_const(&value->num)) {
        mybpf__print(text, size, value->index == sim->state->depth ? "fp%d" : "fp%d[frame %u]",
                     value->off + (int)value->num.known.value, value->index);
        return;
    }
    if (value->kind >= MYBPF__MAP || value->kind < MYBPF__CTX) {
        if (desc)
            mybpf__print(text, size, "map_ptr(map=%s,ks=%u,vs=%u)", desc->name, desc->key_size,
                         desc->value_size);
        else
            mybpf__describe(sim, value, text, size);
        return;
    }
    used = mybpf__print(text, size, "%s%s(", mybpf__kinds[value->kind - MYBPF__CTX],
                        value->or_null ? "_or_null" : "");
    if (value->id && used < size) used += mybpf__print(text + used, size - used, "id=%u,", value->id);
    if (desc && used < size)
        used += mybpf__print(text + used, size - used, "map=%s,ks=%u,vs=%u,", desc->name, desc->key_size,
                             desc->value_size);
    if (value->range && used < size) used += mybpf__print(text + used, size - used, "r=%u,", value->range);
    if (value->off && used < size) used += mybpf__print(text + used, size - used, "off=%d,", value->off);
    if (used < size && !(mybpf__scalar_is_const(&value->num) && !value->num.known.value)) {
        used += mybpf__print(text + used, size - used, "var=");
        if (used < size) used += mybpf__scalar_text(&value->num, text + used, size - used);
        if (used < size) used += mybpf__print(text + used, size - used, ",");
    }
    if (used >= size) return;
    if (text[used - 1] == ',') used--;
    text[used++] = ')';
    if (used < size) text[used] = 0;
}

/* "R0=1 R1=ctx() R10=fp0": those of `regs` that are written. */
MYBPF__FN void mybpf__log_regs(const mybpf__sim *sim, uint32_t regs, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (unsigned r = 0; r < MYBPF__REGS; r++) {
        const mybpf__value *value = &sim->top->reg[r];
        char known[256];
        if (!(regs >> r & 1) || !value->kind) continue;
        mybpf__log_value(sim, value, known, sizeof known);
        used += mybpf__print(text + used, size - used, "%sR%u=%s", used ? " " : "", r, known);
        if (used >= size) return;
    }
}

/* Where the running path is and what it knows: at its start, or where it was taken up again. */
MYBPF__FN void mybpf__log_state(const mybpf__sim *sim, int64_t from)
{
    char regs[MYBPF__LINE_MAX - 64];
    if (!sim->opts || sim->opts->log_level < 2) return;
    mybpf__log_regs(sim, 0x7ff, regs, sizeof regs);
    if (from < 0)
        mybpf__tell(sim->opts, MYBPF_LOG_STEP, sim->state->pc, "", "%u: %s", sim->state->pc, regs);
    else
        mybpf__tell(sim->opts, MYBPF_LOG_STEP, sim->state->pc, "", "from %u to %u: %s", (unsigned)from,
                    sim->state->pc, regs);
}

/* The running path ends in a state that is known to be safe. */
MYBPF__FN void mybpf__log_safe(const mybpf__sim *sim)
{
    if (!sim->opts || sim->opts->log_level < 2) return;
    mybpf__tell(sim->opts, MYBPF_LOG_STEP, sim->state->pc, "", "%u: safe", sim->state->pc);
}

/* The instruction at `pc` was followed, in the frame `depth` (refused: -1): "0: (b7) r0 = 1    ; R0=1". */
MYBPF__FN void mybpf__log_step(const mybpf__sim *sim, uint32_t pc, int64_t depth)
{
    const mybpf_insn *insn = &sim->insns[pc];
    unsigned uses = mybpf__uses_of(insn, mybpf_op_describe(mybpf__op_of(insn))->format), regs = 0;
    char text[160], known[512];
    size_t used;
    if (uses & 8) regs |= 1u << insn->dst_reg;
    if (uses & 16) regs |= 1u << insn->src_reg;
    if (uses & (32 | 64)) regs |= 1;
    if ((insn->code & 7) == 5 || (insn->code & 7) == 6) {
        if (uses & 1) regs |= 1u << insn->dst_reg;
        if (uses & 2) regs |= 1u << insn->src_reg;
    }
    mybpf__insn_text(sim->object, pc, text, sizeof text);
    used = mybpf__length(text, sizeof text);
    while (used < 32) text[used++] = ' ', text[used] = 0;
    known[0] = 0;
    if (sim->state->depth == depth) mybpf__log_regs(sim, regs, known, sizeof known);
    mybpf__tell(sim->opts, MYBPF_LOG_STEP, pc, "", "%u: (%02x) %s%s%s", pc, insn->code, text,
                known[0] ? " ; " : "", known);
}

#endif
#endif
