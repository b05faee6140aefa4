/* ir.h: to be written */
