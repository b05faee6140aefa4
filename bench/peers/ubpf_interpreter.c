/* ubpf_interpreter.c: ubpf's interpreter as a peer. PEERS="ubpf_interpreter=FOLDER", the folder of ubpf.c. */
#define INTERPRETED 1
#include "ubpf.c"
