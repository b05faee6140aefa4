/* sections.c: to be written */
