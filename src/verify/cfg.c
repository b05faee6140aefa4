/* cfg.c: to be written */
