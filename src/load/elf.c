/* elf.c: to be written */
