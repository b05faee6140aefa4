/* btf.c: to be written */
