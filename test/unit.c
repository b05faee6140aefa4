/* unit.c: units as images, byte by byte as docs/formats.md says. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

typedef struct writer {
    uint8_t *bytes;
    size_t size;
} writer;

static void put_at(const writer *w, size_t at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++) w->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static void put(writer *w, unsigned width, uint64_t value)
{
    put_at(w, w->size, width, value);
    w->size += width;
}

static uint32_t crc32(const uint8_t *bytes, size_t size)
{
    static uint32_t table[256];
    uint32_t crc = 0xffffffff;
    for (uint32_t i = 0; i < 256 && !table[255]; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (0xedb88320u & (0u - (value & 1u)));
        table[i] = value;
    }
    for (size_t i = 0; i < size; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
    return ~crc;
}

static int is_section(const unit_map *map) { return !map->type; }

void unit_map_name(const unit *u, uint32_t index, char name[16])
{
    const unit_map *map = &u->maps[index];
    if (is_section(map))
        strcpy(name, map->read_only ? ".rodata" : map->data[0] ? ".data" : ".bss");
    else
        snprintf(name, 16, "map%u", (unsigned)index % 100);
}

/* Bytes of a section that are not the zeroes at its end. */
static uint32_t initial(const unit_map *map)
{
    uint32_t size = map->value_size;
    while (size && !map->data[size - 1]) size--;
    return size;
}

/* Place of a new string, all of which begin at `base`. */
static uint32_t put_string(writer *w, size_t base, const char *text)
{
    size_t at = w->size - base, length = strlen(text) + 1;
    memcpy(w->bytes + w->size, text, length);
    w->size += length;
    return (uint32_t)at;
}

static uint32_t first_section(const unit *u)
{
    uint32_t i = 0;
    while (i < u->map_count && !is_section(&u->maps[i])) i++;
    return i;
}

/* Programs, maps, sections; their names are numbers in `strings`, in this order. */
static void put_tables(const unit *u, writer *w, const uint32_t *strings)
{
    for (uint32_t i = 0; i < u->program_count; i++)
        put(w, 2, i), put(w, 2, u->types[i]), put(w, 2, *strings), put(w, 2, *strings), strings++;
    for (uint32_t i = 0; i < u->map_count; i++) {
        const unit_map *map = &u->maps[i];
        put(w, 2, *strings++);
        put(w, 2, is_section(map) ? (uint32_t)map->read_only : map->type);
        if (is_section(map))
            put(w, 4, map->value_size), put(w, 4, initial(map));
        else
            put(w, 4, map->key_size), put(w, 4, map->value_size), put(w, 4, map->max_entries), put(w, 4, 0);
    }
}

static void put_elements(const unit *u, writer *w)
{
    uint32_t array = 0;
    while (array < u->map_count && u->maps[array].type != MYBPF_MAP_TYPE_PROG_ARRAY) array++;
    for (uint32_t i = 0; i < u->tail_count; i++)
        put(w, 4, u->tails[i].key), put(w, 2, 0x8000 | array), put(w, 2, 0x8000 | u->tails[i].func);
}

static size_t put_data(const unit *u, writer *w)
{
    size_t start = w->size;
    for (uint32_t i = first_section(u); i < u->map_count; i++) {
        memcpy(w->bytes + w->size, u->maps[i].data, initial(&u->maps[i]));
        w->size += initial(&u->maps[i]);
    }
    return w->size - start;
}

static void put_header(const unit *u, writer *w, size_t data, size_t strings)
{
    uint32_t sections = first_section(u);
    memcpy(w->bytes, "SPF\1\0\0\0\0", 8);
    put_at(w, 6, 1, MYBPF_BIG_ENDIAN ? 16 : 0); /* whose byte order the program expects */
    put_at(w, 8, 4, w->size + 4);
    put_at(w, 12, 4, 8 * (size_t)u->count);
    put_at(w, 16, 4, data);
    put_at(w, 22, 2, u->func_count);
    put_at(w, 28, 2, u->program_count);
    put_at(w, 30, 2, sections);
    put_at(w, 32, 2, u->map_count - sections);
    put_at(w, 34, 2, u->tail_count);
    put_at(w, 36, 2, strings);
}

size_t unit_image(const unit *u, uint8_t *image)
{
    uint8_t text[512];
    uint32_t names[GENERATE_FUNCS + GENERATE_MAPS], count = 0;
    writer w = {NULL, 44}, strings = {NULL, 0};
    size_t data;
    char name[16];
    w.bytes = image;
    strings.bytes = text;
    memset(image, 0, 44);
    put_string(&strings, 0, "");
    for (uint32_t i = 0; i < u->program_count; i++) {
        snprintf(name, sizeof name, "program%u", (unsigned)i % 100);
        names[count++] = put_string(&strings, 0, name);
    }
    for (uint32_t i = 0; i < u->map_count; i++) {
        unit_map_name(u, i, name);
        names[count++] = put_string(&strings, 0, name);
    }
    for (uint32_t i = 0; i < u->count; i++) {
        const mybpf_insn *insn = &u->insns[i];
        put(&w, 1, insn->code), put(&w, 1, insn->dst_reg | (unsigned)insn->src_reg << 4);
        put(&w, 2, (uint16_t)insn->off), put(&w, 4, (uint32_t)insn->imm);
    }
    put_tables(u, &w, names);
    put_elements(u, &w);
    for (uint32_t i = 1; i < u->func_count; i++) put(&w, 4, u->funcs[i]);
    data = put_data(u, &w);
    memcpy(w.bytes + w.size, text, strings.size);
    w.size += strings.size;
    put_header(u, &w, data, strings.size);
    put(&w, 4, crc32(w.bytes, w.size));
    return w.size;
}

size_t unit_raw(const unit *u, mybpf_insn *insns)
{
    if (u->map_count || u->program_count > 1) return 0;
    memcpy(insns, u->insns, u->count * sizeof *insns);
    for (uint32_t i = 0; i < u->count && !u->raw; i++) {
        if (insns[i].code != 0x18) continue;
        if (insns[i].src_reg == MYBPF_PSEUDO_FUNC)
            insns[i].imm = (int32_t)((int64_t)u->funcs[insns[i].imm] - (int64_t)i - 1);
        i++;
    }
    return u->count;
}
