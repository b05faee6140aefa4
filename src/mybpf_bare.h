/* mybpf_bare.h: the bare runtime (to be written) */
