/* asm_lex.c: to be written */
