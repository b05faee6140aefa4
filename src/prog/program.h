/* program.h: to be written */
