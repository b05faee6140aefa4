/* unit_text.c: units as assembly. What assembly has no words for stands in comments at its head:
 *
 *     # function 1 at 22
 *     # programs 1
 *     # map type 1 key 4 value 16 entries 5
 *     # section read_only 0 bytes 00ff...
 *     # tail key 2 function 0
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct page {
    char *text;
    size_t size, length;
} page;

static void add(page *p, const char *format, unsigned a, unsigned b, unsigned c, unsigned d)
{
    if (p->length < p->size)
        p->length += (size_t)snprintf(p->text + p->length, p->size - p->length, format, a, b, c, d);
}

static void add_text(page *p, const char *text)
{
    if (p->length < p->size)
        p->length += (size_t)snprintf(p->text + p->length, p->size - p->length, "%s", text);
}

static void print_maps(const unit *u, page *p)
{
    for (uint32_t i = 0; i < u->map_count; i++) {
        const unit_map *map = &u->maps[i];
        if (map->type) {
            add(p, "# map type %u key %u value %u entries %u\n", map->type, map->key_size, map->value_size,
                map->max_entries);
            continue;
        }
        add(p, "# section read_only %u bytes ", (unsigned)map->read_only, 0, 0, 0);
        for (uint32_t at = 0; at < map->value_size; at++) add(p, "%02x", map->data[at], 0, 0, 0);
        add_text(p, "\n");
    }
    for (uint32_t i = 0; i < u->tail_count; i++)
        add(p, "# tail key %u function %u\n", u->tails[i].key, u->tails[i].func, 0, 0);
}

size_t unit_print(const unit *u, char *text, size_t size)
{
    page p = {NULL, 0, 0};
    uint32_t func = 0;
    p.text = text;
    p.size = size;
    add(&p, "# programs %u\n", u->program_count, 0, 0, 0);
    for (uint32_t i = 1; i < u->func_count; i++) add(&p, "# function %u at %u\n", i, u->funcs[i], 0, 0);
    print_maps(u, &p);
    for (uint32_t i = 0; i < u->count; i++) {
        char line[128];
        for (; func < u->func_count && u->funcs[func] == i; func++) add(&p, "func_%u:\n", func, 0, 0, 0);
        mybpf_disassemble(&u->insns[i], u->count - i, line, sizeof line);
        add(&p, "    ", 0, 0, 0, 0);
        add_text(&p, line);
        add_text(&p, "\n");
        if (u->insns[i].code == 0x18) i++;
    }
    return p.length;
}

/* ---- and back ---- */

static uint32_t parse_bytes(const char *text, uint8_t *bytes)
{
    uint32_t count = 0;
    unsigned byte;
    for (; count < GENERATE_DATA && text[2 * count] > ' '; count++) {
        if (sscanf(text + 2 * count, "%2x", &byte) != 1) break;
        bytes[count] = (uint8_t)byte;
    }
    return count;
}

/* What a comment says; one that says nothing is passed over. */
static void parse_comment(unit *u, const char *line)
{
    unsigned a, b, c, d;
    int at = 0;
    unit_map *map = &u->maps[u->map_count % GENERATE_MAPS];
    if (sscanf(line, "# programs %u", &a) == 1 && a && a <= GENERATE_FUNCS) u->program_count = a;
    if (sscanf(line, "# function %u at %u", &a, &b) == 2 && a == u->func_count && a < GENERATE_FUNCS)
        u->funcs[u->func_count++] = b;
    if (sscanf(line, "# map type %u key %u value %u entries %u", &a, &b, &c, &d) == 4) {
        map->type = a, map->key_size = b, map->value_size = c, map->max_entries = d;
        u->map_count++;
    }
    if (sscanf(line, "# section read_only %u bytes %n", &a, &at) == 1 && at) {
        map->read_only = (int)a;
        map->key_size = 4, map->max_entries = 1;
        map->value_size = parse_bytes(line + at, map->data);
        u->map_count++;
    }
    if (sscanf(line, "# tail key %u function %u", &a, &b) == 2 && u->tail_count < GENERATE_TAILS) {
        u->tails[u->tail_count].key = a;
        u->tails[u->tail_count++].func = b;
    }
}

int unit_parse(unit *u, const char *text, mybpf_error *error)
{
    int64_t count;
    memset(u, 0, sizeof *u);
    u->program_count = u->func_count = 1;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '#') parse_comment(u, line);
    }
    count = mybpf_assemble(text, strlen(text), u->insns, GENERATE_INSNS, error);
    if (count <= 0 || count > GENERATE_INSNS || u->map_count > GENERATE_MAPS) return -1;
    u->count = (uint32_t)count;
    return 0;
}
