/* test_hello.c: a program that a person writes as an array of linux/bpf.h's instructions: "hello world" put
 * on the stack by immediates and printed by helper 6. */
#include "test.h"
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

#include <linux/bpf.h>

static struct bpf_insn hello[] = {
    {BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 0},
    {BPF_STX | BPF_MEM | BPF_B, 10, 1, -4, 0}, /* its end */
    {BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 0x0a646c72},
    {BPF_STX | BPF_MEM | BPF_W, 10, 1, -8, 0}, /* "rld\n" */
    {BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, 0x6c6c6568},
    {0, 0, 0, 0, 0x6f77206f},
    {BPF_STX | BPF_MEM | BPF_DW, 10, 1, -16, 0}, /* "hello wo" */
    {BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0},
    {BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -16},
    {BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 13},
    {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk},
    {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

static char printed[64];

static void print(void *user, const char *text, size_t length)
{
    size_t used = strlen(printed);
    (void)user;
    if (used + length < sizeof printed) memcpy(printed + used, text, length);
}

static void run_hello(mybpf_trust trust, int jit)
{
    mybpf_host host = {0};
    mybpf_load_opts load = {0};
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    uint64_t r0 = 0;
    CASE("trust %d, jit %d", (int)trust, jit);
    memset(printed, 0, sizeof printed);
    host.output = print;
    load.trust = trust;
    CHECK_INT(mybpf_vm_create(&host, &vm, &error), 0);
    CHECK_INT(mybpf_object_open_insns(vm, hello, sizeof hello / sizeof *hello, NULL, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, &load, &error), 0);
    if (jit) CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
    CHECK_INT(r0, 1);
    CHECK_TEXT(printed, "hello world\n");
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(hello, interpreted)
{
    if (MYBPF_BIG_ENDIAN) SKIP("the text stands in little-endian immediates");
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) run_hello((mybpf_trust)trust, 0);
}

TEST(hello, compiled)
{
    if (!mybpf_aot_target_host() || !mybpf_jit_exec()) SKIP("no back end for this machine");
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) run_hello((mybpf_trust)trust, 1);
}
