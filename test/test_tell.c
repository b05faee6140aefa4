/* test_tell.c: perf and gdb are told where compiled functions are, gdb until they are gone; the line of C of an
 * instruction. */
#include "test.h"
#include "mybpf.h"
#include "mybpf_jit.h"

#include <stdlib.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64))
#    include <elf.h>
#    include <unistd.h>

/* As gdb's manual has them, "JIT Compilation Interface". */
struct entry {
    struct entry *next, *prev;
    const char *symfile;
    uint64_t size;
};
struct descriptor {
    uint32_t version, action;
    struct entry *relevant, *first;
};
extern struct descriptor __jit_debug_descriptor;

static mybpf_vm *vm;
static mybpf_error error;

/* A program of two functions. */
static mybpf_object *load(void)
{
    static const mybpf_insn insns[] = {{0x85, 0, 1, 0, 1}, {0x95, 0, 0, 0, 0}, {0xb7, 0, 0, 0, 7}, {0x95, 0, 0, 0, 0}};
    mybpf_object *object = NULL;
    if (!vm) CHECK_INT(mybpf_vm_create(NULL, &vm, &error), 0);
    CHECK_INT(mybpf_object_open_insns(vm, insns, 4, NULL, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, NULL, &error), 0);
    return object;
}

static unsigned count_entries(void)
{
    unsigned count = 0;
    for (struct entry *e = __jit_debug_descriptor.first; e; e = e->next) {
        CHECK(e->prev ? e->prev->next == e : __jit_debug_descriptor.first == e);
        count++;
    }
    return count;
}

/* Every symbol lies in the code, and the functions are where the object's native code has them. */
static void check_symbols(const mybpf_object *object)
{
    const mybpf_native *native = mybpf_object_native(object);
    const struct entry *entry = __jit_debug_descriptor.first;
    const char *file = entry->symfile;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)file;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(const void *)(file + header->e_shoff);
    CHECK(!memcmp(header->e_ident, ELFMAG, SELFMAG));
    CHECK_INT(header->e_shnum, 5);
    CHECK_TEXT(file + sections[4].sh_offset + sections[1].sh_name, ".text");
    CHECK_TEXT(file + sections[4].sh_offset + sections[2].sh_name, ".symtab");
    CHECK_TEXT(file + sections[4].sh_offset + sections[3].sh_name, ".strtab");
    CHECK_TEXT(file + sections[4].sh_offset + sections[header->e_shstrndx].sh_name, ".shstrtab");
    CHECK(sections[1].sh_addr == (uint64_t)(uintptr_t)native->code);
    CHECK_INT(sections[1].sh_size, native->code_size);
    CHECK_INT(sections[4].sh_offset + sections[4].sh_size, entry->size);
    const Elf64_Sym *symbols = (const Elf64_Sym *)(const void *)(file + sections[2].sh_offset);
    size_t count = sections[2].sh_size / sizeof *symbols;
    const char *strings = file + sections[3].sh_offset;
    CHECK_INT(count, 1 + native->entry_count + 1);
    for (size_t i = 1; i < count; i++) {
        char name[80] = "mybpf_enter";
        const void *at = (const char *)native->code + symbols[i].st_value;
        if (i <= native->entry_count) {
            snprintf(name, sizeof name, "bpf_prog_%s", mybpf_object_code(object)->funcs[i - 1].name);
            CHECK(at == native->entries[i - 1]);
        } else {
            CHECK(at == (const void *)(uintptr_t)native->enter);
        }
        CHECK_TEXT(strings + symbols[i].st_name, name);
        CHECK(symbols[i].st_size > 0 && symbols[i].st_value + symbols[i].st_size <= native->code_size);
        if (i > 1) CHECK(symbols[i].st_value >= symbols[i - 1].st_value + symbols[i - 1].st_size);
    }
}

TEST(tell, gdb)
{
    mybpf_jit_opts opts = {0, MYBPF_JIT_TELL_GDB};
    mybpf_object *first = load(), *second = load();
    uint64_t r0 = 0;
    unsigned before = count_entries();
    CHECK_INT(mybpf_jit_compile(first, NULL, &error), 0);
    CHECK_INT(count_entries(), before);
    mybpf_object_close(first);
    first = load();
    int status = mybpf_jit_compile(first, &opts, &error);
    if (status == MYBPF_ERR_UNSUPPORTED) {
        mybpf_object_close(first);
        mybpf_object_close(second);
        SKIP("this compiler has no weak symbols");
    }
    CHECK_INT(status, 0);
    check_symbols(first);
    CHECK_INT(mybpf_jit_compile(second, &opts, &error), 0);
    CHECK_INT(count_entries(), before + 2);
    CHECK_INT(__jit_debug_descriptor.action, 1);
    CHECK_INT(mybpf_program_run(mybpf_object_program(first, 0), NULL, &r0, &error), 0);
    CHECK_INT(r0, 7);
    mybpf_object_close(first);
    CHECK_INT(__jit_debug_descriptor.action, 2);
    CHECK_INT(count_entries(), before + 1);
    check_symbols(second);
    mybpf_object_close(second);
    CHECK_INT(count_entries(), before);
}

TEST(tell, perf)
{
    mybpf_jit_opts opts = {0, MYBPF_JIT_TELL_PERF};
    mybpf_object *object = load();
    char name[64], text[512], line[96];
    snprintf(name, sizeof name, "/tmp/perf-%ld.map", (long)getpid());
    remove(name);
    CHECK_INT(mybpf_jit_compile(object, &opts, &error), 0);
    FILE *file = fopen(name, "r");
    CHECK(file != NULL);
    if (file) {
        const mybpf_native *native = mybpf_object_native(object);
        text[fread(text, 1, sizeof text - 1, file)] = 0;
        fclose(file);
        for (uint32_t i = 0; i < native->entry_count; i++) {
            const char *func = mybpf_object_code(object)->funcs[i].name;
            snprintf(line, sizeof line, "%llx ", (unsigned long long)(uintptr_t)native->entries[i]);
            const char *at = strstr(text, line);
            snprintf(line, sizeof line, " bpf_prog_%s\n", func);
            CHECK(at && strstr(at, line) && strchr(at, '\n') == strstr(at, line) + strlen(line) - 1);
        }
        CHECK(strstr(text, " mybpf_enter\n") != NULL);
    }
    mybpf_object_close(object);
    remove(name);
    /* a link that somebody put there is not followed, and the object stays interpreted */
    object = load();
    if (!symlink("/tmp/mybpf-nothing-of-this-name", name)) {
        CHECK_INT(mybpf_jit_compile(object, &opts, &error), MYBPF_ERR_PERMISSION);
        CHECK(strstr(error.message, name) != NULL);
        CHECK(!mybpf_object_native(object));
        CHECK(access("/tmp/mybpf-nothing-of-this-name", F_OK) != 0);
        remove(name);
    }
    opts.tell = 4;
    CHECK_INT(mybpf_jit_compile(object, &opts, &error), MYBPF_ERR_ARGUMENT);
    mybpf_object_close(object);
}
#endif

TEST(tell, source_of_no_file)
{
    static const mybpf_insn insns[] = {{0xb7, 0, 0, 0, 7}, {0x95, 0, 0, 0, 0}};
    mybpf_vm *own = NULL;
    mybpf_object *object = NULL;
    mybpf_source source;
    CHECK_INT(mybpf_vm_create(NULL, &own, NULL), 0);
    CHECK_INT(mybpf_object_open_insns(own, insns, 2, NULL, &object, NULL), 0);
    CHECK_INT(mybpf_object_source(object, 0, &source), 0);
    CHECK_INT(mybpf_object_source(object, 2, &source), 0);
    CHECK_INT(mybpf_object_source(NULL, 0, &source), 0);
    mybpf_object_close(object);
    mybpf_vm_destroy(own);
}
