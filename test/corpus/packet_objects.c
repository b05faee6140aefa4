/* packet_objects.c: programs of real objects on packets, here and in the kernel.
 *
 * usage: packet_objects [--verdicts] FILE.o...
 *
 * Each xdp, tc and action program of each object, one at a time, is loaded here (verified) and, as it was
 * linked here, in the kernel, with maps of its own; then both run it on the same packets through their test
 * runs. A line for each program: "same", "differs" with the packet, "chance" (it asks for a random number, a
 * time or a hash, and differs), "refused here" or "refused there" or "refused" by both, "no map" (the kernel
 * made one not); then how many of each. Native code runs after the interpreter, on the same packets with what
 * maps have then, and must give the same as the kernel's second round. Exit code 1 when a program differs.
 * --verdicts: programs of all types, and nothing is run. Needs bpf(). */
#include "mybpf.h"
#include "mybpf_jit.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PACKETS 64
#define ROOM    4096

extern long corpus_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static unsigned char packets[PACKETS][256];
static size_t sizes[PACKETS];

static int verdicts; /* nothing is run */

static int command(int what, union bpf_attr *attr)
{
    return (int)corpus_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
}

static uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

/* ---- packets ---- */

static unsigned chance(void)
{
    static unsigned state = 12345;
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

/* Ethernet with IPv4, IPv6, ARP or a VLAN tag; TCP, UDP, ICMP or a tunnel; the rest by chance. */
static void make_packet(unsigned i)
{
    static const unsigned char protocols[] = {6, 17, 1, 4, 41, 58};
    unsigned char *p = packets[i], *ip = p + 14;
    size_t size = sizes[i] = 60 + chance() % 120;
    for (size_t b = 0; b < size; b++) p[b] = (unsigned char)chance();
    memset(p, 0, 12); /* to the loopback device's address */
    p[12] = 8, p[13] = i % 11 == 10 ? 6 : 0;
    if (i % 7 == 6) p[12] = 0x81, p[13] = 0, ip += 4, p[16] = 8, p[17] = 0;
    if (i % 3 == 2) {
        ip[-2] = 0x86, ip[-1] = 0xdd;
        ip[0] = 0x60, ip[4] = 0, ip[5] = (unsigned char)(size - 54), ip[6] = protocols[i % 6];
        return;
    }
    ip[0] = i % 13 == 12 ? 0x46 : 0x45;
    ip[2] = 0, ip[3] = (unsigned char)(size - 14), ip[6] = ip[7] = 0, ip[9] = protocols[i % 6];
}

/* ---- the kernel's side ---- */

typedef struct kernel {
    int program, maps[MYBPF_MAX_MAPS * 2];
    uint32_t map_count;
} kernel;

static int make_map(const mybpf_map_desc *desc)
{
    union bpf_attr attr;
    int inner = 0, map;
    memset(&attr, 0, sizeof attr);
    attr.map_type = desc->type;
    attr.key_size = desc->key_size;
    attr.value_size = desc->value_size;
    attr.max_entries = desc->max_entries;
    attr.map_flags = desc->flags;
    if (desc->inner) inner = make_map(desc->inner);
    if (desc->inner) attr.inner_map_fd = (uint32_t)inner;
    map = inner < 0 ? -1 : command(BPF_MAP_CREATE, &attr);
    if (desc->inner && inner >= 0) close(inner);
    return map;
}

/* A section's contents. */
static void fill_map(int fd, mybpf_map *map)
{
    union bpf_attr attr;
    uint32_t zero = 0;
    memset(&attr, 0, sizeof attr);
    attr.map_fd = (uint32_t)fd;
    attr.key = address(&zero);
    attr.value = address(mybpf_map_value(map, &zero));
    command(BPF_MAP_UPDATE_ELEM, &attr);
    memset(&attr, 0, sizeof attr);
    attr.map_fd = (uint32_t)fd;
    if (mybpf_map_describe(map)->flags & MYBPF_F_RDONLY_PROG) command(BPF_MAP_FREEZE, &attr);
}

/* 1, 0 when the kernel refuses the program, -1 when it refuses a map. */
static int kernel_load(kernel *k, const mybpf_object *object, const mybpf_program *program)
{
    uint32_t type = mybpf_program_type(program);
    const mybpf_code *code = mybpf_object_code(object);
    const char *license = mybpf_object_license(object);
    union bpf_attr attr;
    k->program = -1;
    for (k->map_count = 0; k->map_count < code->map_count;) {
        uint32_t i = k->map_count;
        int fd = i < MYBPF_MAX_MAPS * 2 ? make_map(mybpf_map_describe(code->maps[i])) : -1;
        if (fd < 0) return -1;
        k->maps[k->map_count++] = fd;
        if (mybpf_object_map_is_section(object, i)) fill_map(fd, code->maps[i]);
    }
    mybpf_insn *insns = malloc(code->insn_count * sizeof *insns);
    if (!insns) return 0;
    memcpy(insns, code->insns, code->insn_count * sizeof *insns);
    for (uint32_t i = 0; i < code->insn_count; i++) /* the kernel wants functions relative */
        if (insns[i].code == 0x18 && insns[i].src_reg == MYBPF_PSEUDO_FUNC)
            insns[i].imm = (int32_t)code->funcs[insns[i].imm].start - (int32_t)i - 1;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = type;
    attr.insns = address(insns);
    attr.insn_cnt = code->insn_count;
    attr.license = address(license[0] && !verdicts ? license : "GPL");
    attr.fd_array = address(k->maps);
    if (type == MYBPF_PROG_TYPE_XDP)
        attr.expected_attach_type = BPF_XDP;
    else if (type != MYBPF_PROG_TYPE_KPROBE)
        attr.expected_attach_type = mybpf_program_attach_type(program);
    k->program = command(BPF_PROG_LOAD, &attr);
    free(insns);
    return k->program >= 0;
}

static void kernel_close(kernel *k)
{
    if (k->program >= 0) close(k->program);
    while (k->map_count) close(k->maps[--k->map_count]);
}

static int kernel_run(const kernel *k, unsigned packet, mybpf_test_run_opts *test)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (uint32_t)k->program;
    attr.test.data_in = address(packets[packet]);
    attr.test.data_size_in = (uint32_t)sizes[packet];
    attr.test.data_out = address(test->data_out);
    attr.test.data_size_out = ROOM;
    int status = command(BPF_PROG_TEST_RUN, &attr);
    test->retval = attr.test.retval;
    test->data_size_out = attr.test.data_size_out;
    return status;
}

/* ---- both ---- */

/* Does it ask for what is not the same twice? */
static int is_chance(const mybpf_object *object)
{
    static const int helpers[] = {5, 7, 8, 34, 125, 159, 160, 208};
    const mybpf_code *code = mybpf_object_code(object);
    for (uint32_t i = 0; i < code->insn_count; i++)
        for (size_t h = 0; h < sizeof helpers / sizeof *helpers; h++)
            if (code->insns[i].code == 0x85 && !code->insns[i].src_reg && code->insns[i].imm == helpers[h])
                return 1;
    return 0;
}

/* All packets, twice; NULL when nothing differs, else what does. */
static const char *compare(const kernel *k, mybpf_object *object, const mybpf_program *program, char *text,
                           size_t size)
{
    static unsigned char ours[ROOM], theirs[ROOM];
    for (unsigned i = 0; i < 2 * PACKETS; i++) {
        unsigned packet = i % PACKETS;
        mybpf_test_run_opts here, there;
        mybpf_error error = {0};
        if (i == PACKETS && mybpf_jit_compile(object, NULL, NULL)) return NULL; /* no native code here */
        memset(&here, 0, sizeof here);
        memset(&there, 0, sizeof there);
        there.data_out = theirs;
        if (kernel_run(k, packet, &there)) continue;
        here.data_in = packets[packet];
        here.data_size_in = sizes[packet];
        here.data_out = ours;
        here.data_size_out = ROOM;
        const char *engine = i < PACKETS ? "interpreted" : "native";
        if (mybpf_program_test_run(program, &here, &error)) {
            snprintf(text, size, "packet %u, %s: %s", packet, engine, error.message);
            return text;
        }
        if ((uint32_t)here.retval == (uint32_t)there.retval && here.data_size_out == there.data_size_out &&
            !memcmp(ours, theirs, here.data_size_out))
            continue;
        snprintf(text, size, "packet %u, %s: %d, %u bytes; the kernel's %d, %u%s", packet, engine,
                 (int)here.retval, (unsigned)here.data_size_out, (int)there.retval,
                 (unsigned)there.data_size_out,
                 here.data_size_out == there.data_size_out ? ", or other bytes" : "");
        return text;
    }
    return NULL;
}

enum { SAME, DIFFERS, CHANCE, REFUSED_HERE, REFUSED_THERE, REFUSED, NO_MAP, RESULTS };
static const char *const result_names[] = {"same",          "differs", "chance", "refused here",
                                           "refused there", "refused", "no map"};
static unsigned results[RESULTS];

/* Has the kernel such programs, without being told what they are attached to? */
static int is_asked(uint32_t type)
{
    if (verdicts)
        return type && type < 32 && type != MYBPF_PROG_TYPE_TRACING && type != MYBPF_PROG_TYPE_LSM &&
               type != MYBPF_PROG_TYPE_EXT && type != MYBPF_PROG_TYPE_STRUCT_OPS;
    return type == MYBPF_PROG_TYPE_XDP || type == MYBPF_PROG_TYPE_SCHED_CLS ||
           type == MYBPF_PROG_TYPE_SCHED_ACT;
}

/* Program `index` of the file, alone in its object. */
static void look_at(mybpf_vm *vm, const char *file, const void *bytes, size_t size, size_t index)
{
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    mybpf_program *program, *other;
    kernel k;
    char text[700] = "";
    if (mybpf_object_open(vm, bytes, size, &object, &error)) return;
    for (size_t i = 0; (other = mybpf_object_program(object, i)) != NULL; i++)
        mybpf_program_set_autoload(other, i == index);
    program = mybpf_object_program(object, index);
    if (is_asked(mybpf_program_type(program))) {
        int result, here, there;
        /* The kernel gets what is linked here, also of programs that are refused: trusted, then. */
        here = !mybpf_object_load(object, &load, &error);
        if (!here) {
            mybpf_object_close(object);
            load.trust = MYBPF_TRUSTED;
            if (mybpf_object_open(vm, bytes, size, &object, NULL)) return;
            for (size_t i = 0; (other = mybpf_object_program(object, i)) != NULL; i++)
                mybpf_program_set_autoload(other, i == index);
            program = mybpf_object_program(object, index);
            if (mybpf_object_load(object, &load, NULL))
                there = 0, k.map_count = 0, k.program = -1;
            else
                there = kernel_load(&k, object, program);
        } else {
            there = kernel_load(&k, object, program);
        }
        if (!here) snprintf(text, sizeof text, "instruction %d: %s", (int)error.insn, error.message);
        result = !here       ? (there > 0 ? REFUSED_HERE : REFUSED)
                 : there < 0 ? NO_MAP
                 : !there    ? REFUSED_THERE
                             : SAME;
        if (result == SAME && !verdicts && compare(&k, object, program, text, sizeof text))
            result = is_chance(object) ? CHANCE : DIFFERS;
        results[result]++;
        printf("%s\t%s\t%s%s%s\n", file, mybpf_program_name(program), result_names[result],
               text[0] ? "\t" : "", text);
        kernel_close(&k);
    }
    mybpf_object_close(object);
}

static void look_at_file(const char *file)
{
    static unsigned char bytes[16 << 20];
    FILE *in = fopen(file, "rb");
    size_t size = in ? fread(bytes, 1, sizeof bytes, in) : 0, count = 0;
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    mybpf_vm *vm = NULL;
    if (in) fclose(in);
    if (!mybpf_vm_create(NULL, &vm, &error) && !mybpf_object_open(vm, bytes, size, &object, &error)) {
        while (mybpf_object_program(object, count)) count++;
        mybpf_object_close(object);
        for (size_t i = 0; i < count; i++) look_at(vm, file, bytes, size, i);
    } else {
        printf("%s\t-\tnot opened\t%s\n", file, error.message);
    }
    mybpf_vm_destroy(vm);
}

int main(int argc, char **argv)
{
    verdicts = argc > 1 && !strcmp(argv[1], "--verdicts");
    if (argc < 2 + verdicts)
        return fputs("usage: packet_objects [--verdicts] FILE.o...\n"
                     "--verdicts: programs of all types, not run: accepted here, and by the kernel?\n",
                     stderr),
               2;
    for (unsigned i = 0; i < PACKETS; i++) make_packet(i);
    for (int i = 1 + verdicts; i < argc; i++) look_at_file(argv[i]);
    for (int i = 0; i < RESULTS; i++) printf("%s%u %s", i ? ", " : "", results[i], result_names[i]);
    printf("\n");
    return results[DIFFERS] != 0;
}
