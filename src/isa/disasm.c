/* disasm.c: to be written */
