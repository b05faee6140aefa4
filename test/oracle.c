/* oracle.c: runs a program in the kernel, as a function that a small program of type SYSCALL calls; its
 * memory and its result are array maps that this process has mapped. */
#include "oracle.h"

#ifdef __linux__
#    include <linux/bpf.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>
#    include <unistd.h>

#    define PAGE 4096

extern long oracle_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static int command(int what, union bpf_attr *attr)
{
    return (int)oracle_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
}

static int mapped_array(size_t size, void **memory)
{
    union bpf_attr attr;
    int map;
    memset(&attr, 0, sizeof attr);
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = 4;
    attr.value_size = (unsigned)size;
    attr.max_entries = 1;
    attr.map_flags = BPF_F_MMAPABLE;
    map = command(BPF_MAP_CREATE, &attr);
    if (map < 0) return -1;
    *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (*memory != MAP_FAILED) return map;
    close(map);
    return -1;
}

int oracle_open(oracle *o, size_t size)
{
    void *r0 = NULL, *memory = NULL;
    memset(o, 0, sizeof *o);
    o->size = size;
    o->result = mapped_array(8, &r0);
    o->block = mapped_array(size, &memory);
    o->r0 = (uint64_t *)r0;
    o->memory = (uint8_t *)memory;
    if (o->result >= 0 && o->block >= 0) return 1;
    oracle_close(o);
    return 0;
}

void oracle_close(oracle *o)
{
    if (o->result >= 0) munmap(o->r0, PAGE), close(o->result);
    if (o->block >= 0) munmap(o->memory, PAGE), close(o->block);
    o->result = o->block = -1;
}

int oracle_run(oracle *o, const mybpf_insn *insns, size_t count, uint64_t *r0, uint8_t *memory)
{
    /* r1 = the block; r2 = its size; call the program; result = r0; exit */
    static const mybpf_insn around[] = {{0x18, 1, BPF_PSEUDO_MAP_VALUE, 0, 0},
                                        {0, 0, 0, 0, 0},
                                        {0xb7, 2, 0, 0, 0},
                                        {0x85, 0, 1, 0, 5},
                                        {0x18, 1, BPF_PSEUDO_MAP_VALUE, 0, 0},
                                        {0, 0, 0, 0, 0},
                                        {0x7b, 1, 0, 0, 0},
                                        {0xb7, 0, 0, 0, 0},
                                        {0x95, 0, 0, 0, 0}};
    static mybpf_insn whole[16384];
    size_t extra = sizeof around / sizeof *around;
    union bpf_attr attr;
    int program, status;
    if (count + extra > sizeof whole / sizeof *whole) return 0;
    memcpy(whole, around, sizeof around);
    memcpy(whole + extra, insns, count * sizeof *insns);
    whole[0].imm = o->block;
    whole[2].imm = (int32_t)o->size;
    whole[4].imm = o->result;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SYSCALL;
    attr.prog_flags = BPF_F_SLEEPABLE;
    attr.insns = (uint64_t)(uintptr_t)whole;
    attr.insn_cnt = (unsigned)(count + extra);
    attr.license = (uint64_t)(uintptr_t) "GPL";
    program = command(BPF_PROG_LOAD, &attr);
    if (program < 0) return 0;
    memcpy(o->memory, memory, o->size);
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (unsigned)program;
    status = command(BPF_PROG_TEST_RUN, &attr);
    close(program);
    memcpy(memory, o->memory, o->size);
    *r0 = *o->r0;
    return !status;
}

#else
int oracle_open(oracle *o, size_t size)
{
    (void)size;
    o->result = o->block = -1;
    return 0;
}
void oracle_close(oracle *o) { (void)o; }
int oracle_run(oracle *o, const mybpf_insn *insns, size_t count, uint64_t *r0, uint8_t *memory)
{
    (void)o, (void)insns, (void)count, (void)r0, (void)memory;
    return 0;
}
#endif
