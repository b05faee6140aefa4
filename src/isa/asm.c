/* asm.c: to be written */
