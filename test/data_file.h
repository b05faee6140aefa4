/* data_file.h: reads the .data files in which bpf_conformance and ubpf keep their tests: sections that begin
 * with a line "-- NAME", comments after '#'.
 *
 *     asm        the program as text                     raw   the same as numbers, an instruction each
 *     mem        bytes in hexadecimal, which r1 points to
 *     result     r0 in the end                           error, error pattern   it is refused or faults
 *
 * "-- NAME @ FILE" takes the section from another file. Others that are known are passed over. */
#ifndef DATA_FILE_H
#define DATA_FILE_H

#include "mybpf.h"

typedef struct data_file {
    char *text;        /* of the asm section, from malloc as everything here; NULL: none */
    unsigned asm_line; /* the file's line before its first one; 0: it comes from another file */
    mybpf_insn *raw;   /* NULL: none */
    size_t raw_count;
    unsigned char *memory;
    size_t memory_size;
    int has_result, has_error;
    uint64_t result;
    const char *skip; /* why it is no test for a runtime; NULL: it is one */
} data_file;

/* Reads a whole file: 0, or -1 and why not in `error` ("line 7: unknown section 'x'"). Free it in any case.
 */
int data_file_read(data_file *data, const char *path, char *error, size_t error_size);
/* The same from text; files that it names are in `folder`. */
int data_file_parse(data_file *data, const char *text, const char *folder, char *error, size_t error_size);
void data_file_free(data_file *data);

#endif
