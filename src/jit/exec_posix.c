/* exec_posix.c: to be written */
