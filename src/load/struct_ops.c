/* struct_ops.c: tables of programs: variables of the sections .struct_ops and .struct_ops.*, whose members
 * point to programs. The kernel would call them; here the host does, by the members' names. */
#ifndef MYBPF__STRUCT_OPS_C
#define MYBPF__STRUCT_OPS_C

#include "btf.h"
#include "elf.h"

#ifndef MYBPF_NO_ELF

MYBPF__COLD int mybpf__struct_ops_add(mybpf__elf *elf, const mybpf__global *table, uint32_t offset,
                                      const char *type, const char *member, uint32_t *capacity)
{
    mybpf_object *object = elf->object;
    void *ops = mybpf__more(object->vm, object->ops, object->op_count, capacity, sizeof *object->ops);
    if (!ops)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for struct_ops %s",
                           table->name);
    object->ops = (mybpf__table_member *)ops;
    mybpf__table_member *added = &object->ops[object->op_count++];
    mybpf__zero(added, sizeof *added);
    mybpf__copy(added->table, table->name, sizeof added->table);
    mybpf__print(added->type, sizeof added->type, "%s", type);
    mybpf__print(added->member, sizeof added->member, "%s", member);
    added->map = table->map;
    added->offset = table->offset + offset;
    return MYBPF_OK;
}

/* The struct that BTF declares variable `name` of section `section` with; kind 0: it does not. */
MYBPF__COLD mybpf__btf_type mybpf__struct_ops_type(const mybpf__elf *elf, const char *section,
                                                   const char *name)
{
    mybpf__btf_type list = mybpf__btf_datasec(&elf->btf, section);
    for (uint32_t i = 0; i < list.vlen && list.kind; i++) {
        mybpf__btf_type variable = mybpf__btf_type_at(&elf->btf, mybpf__btf_u32(list.more + 12 * i));
        if (variable.kind != MYBPF__BTF_VAR ||
            !mybpf__same_text(mybpf__btf_text(&elf->btf, variable.name), name))
            continue;
        mybpf__btf_type type = mybpf__btf_strip(&elf->btf, variable.size_or_type);
        if (type.kind == MYBPF__BTF_STRUCT) return type;
    }
    return mybpf__btf_type_at(&elf->btf, 0);
}

/* The members of a table that point to functions. */
MYBPF__COLD int mybpf__struct_ops_members(mybpf__elf *elf, uint32_t global, uint32_t *capacity)
{
    const mybpf__global table = elf->object->globals[global];
    const mybpf__btf *btf = &elf->btf;
    mybpf__btf_type type = mybpf__struct_ops_type(elf, elf->object->slots[table.map].desc.name, table.name);
    int status = MYBPF_OK;
    for (uint32_t i = 0; i < type.vlen && type.kind && !status; i++) {
        const uint8_t *member = type.more + 12 * i; /* name, type, offset in bits */
        uint32_t bits = mybpf__btf_u32(member + 8);
        mybpf__btf_type of = mybpf__btf_strip(btf, mybpf__btf_u32(member + 4));
        if (of.kind != MYBPF__BTF_PTR || bits % 64 || bits / 8 + 8 > table.size) continue;
        if (mybpf__btf_strip(btf, of.size_or_type).kind != MYBPF__BTF_FUNC_PROTO) continue;
        status = mybpf__struct_ops_add(elf, &table, bits / 8, mybpf__btf_text(btf, type.name),
                                       mybpf__btf_text(btf, mybpf__btf_u32(member)), capacity);
    }
    return status;
}

/* Once the variables are known. */
MYBPF__COLD int mybpf__elf_struct_ops(mybpf__elf *elf)
{
    mybpf_object *object = elf->object;
    uint32_t capacity = 0;
    int status = MYBPF_OK;
    for (uint32_t i = 0; i < object->global_count && !status; i++)
        if (mybpf__starts(object->slots[object->globals[i].map].desc.name, ".struct_ops"))
            status = mybpf__struct_ops_members(elf, i, &capacity);
    return status;
}

/* The program that a pointer in a section is to be. */
MYBPF__COLD const mybpf_program *mybpf__struct_ops_program(const mybpf_object *object,
                                                           const mybpf__table_member *member)
{
    for (uint32_t i = 0; i < object->reloc_count; i++) {
        const mybpf_data_reloc *reloc = &object->relocs[i];
        if (reloc->kind != MYBPF_DATA_RELOC_FUNC || reloc->map != member->map ||
            reloc->offset != member->offset)
            continue;
        for (uint32_t p = 0; p < object->program_count; p++)
            if (object->programs[p].func == reloc->index) return &object->programs[p];
    }
    return NULL;
}

MYBPF_API int mybpf_object_struct_op(const mybpf_object *object, size_t index, mybpf_struct_op *op)
{
    if (index >= object->op_count) return 0;
    const mybpf__table_member *member = &object->ops[index];
    op->table = member->table;
    op->type = member->type;
    op->member = member->member;
    op->program = mybpf__struct_ops_program(object, member);
    return 1;
}

MYBPF_API const mybpf_program *mybpf_object_find_struct_op(const mybpf_object *object, const char *table,
                                                           const char *member)
{
    for (uint32_t i = 0; i < object->op_count; i++)
        if (mybpf__same_text(object->ops[i].table, table) && mybpf__same_text(object->ops[i].member, member))
            return mybpf__struct_ops_program(object, &object->ops[i]);
    return NULL;
}

#endif
#endif
