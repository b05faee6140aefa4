/* raw.c: to be written */
