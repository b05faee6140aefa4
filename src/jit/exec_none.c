/* exec_none.c: to be written */
