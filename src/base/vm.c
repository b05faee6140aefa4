/* vm.c: the vm, its memory, and what the platform gives where the host gave nothing. */
#ifndef MYBPF__VM_C
#define MYBPF__VM_C

#include "bytes.h"
#include "vm_impl.h"
#include "platform.h"

MYBPF__FN uint64_t mybpf__mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* splitmix64 over a shared counter: two threads may draw the same number once in a while, no more. */
MYBPF__FN uint32_t mybpf__random(mybpf_vm *vm)
{
    if (vm->host.random) return vm->host.random(vm->host.user);
    mybpf__acquire(&vm->instance_lock);
    uint64_t state = vm->random_state += 0x9e3779b97f4a7c15u;
    mybpf__release(&vm->instance_lock);
    return (uint32_t)(mybpf__mix(state) >> 32);
}

MYBPF__FN void mybpf__host_defaults(mybpf_host *host)
{
    if (!host->realloc) host->realloc = mybpf__default_realloc;
    if (!host->output) host->output = mybpf__default_output;
    if (!host->time_ns) host->time_ns = mybpf__default_time;
    if (!host->cpu) host->cpu = mybpf__default_cpu;
#ifndef MYBPF_NO_MAP_TYPES
    if (!host->cpus) host->cpus = mybpf__default_cpus();
#endif
    if (!host->pid_tgid) host->pid_tgid = mybpf__default_pid;
    if (!host->uid_gid) host->uid_gid = mybpf__default_uid;
    if (!host->comm) host->comm = mybpf__default_comm;
    if (!host->probe_read) host->probe_read = mybpf__default_probe_read;
}

MYBPF_API int mybpf_vm_create(const mybpf_host *host, mybpf_vm **vm, mybpf_error *error)
{
    mybpf_host full;
    if (!vm) return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "vm is NULL");
    mybpf__zero(&full, sizeof full);
    if (host) full = *host;
    mybpf__host_defaults(&full);
    *vm = NULL;
    if (!full.realloc)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "the host gives no memory: mybpf_host.realloc is required without libc");
    mybpf_vm *made = (mybpf_vm *)full.realloc(full.user, NULL, sizeof *made);
    if (!made) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory for a vm");
    mybpf__zero(made, sizeof *made);
    made->host = full;
    made->random_state = full.time_ns(full.user) ^ mybpf__address(made);
    int status = mybpf__helpers_create(made, error);
    if (status) {
        mybpf_vm_destroy(made);
        return status;
    }
    *vm = made;
    return MYBPF_OK;
}

MYBPF_API void mybpf_vm_destroy(mybpf_vm *vm)
{
    if (!vm) return;
#ifndef MYBPF_NO_INSTANCES
    mybpf__instances_destroy(vm);
#endif
    mybpf__helpers_destroy(vm);
#ifndef MYBPF_NO_PROVER
    mybpf__prog_types_destroy(vm);
#endif
#ifndef MYBPF_NO_MAP_TYPES
    mybpf__pins_destroy(vm);
#    ifndef MYBPF_NO_PROVER
    mybpf__timers_destroy(vm);
#    endif
    mybpf__objects_reap(vm, 1);
    mybpf__maps_reap(vm, 1);
#    ifndef MYBPF_NO_PROVER
    mybpf__kinds_destroy(vm); /* maps needed them */
#    endif
    mybpf__free(vm, vm->epochs);
#endif
    vm->host.realloc(vm->host.user, vm, 0);
}

MYBPF_API void *mybpf_vm_realloc(mybpf_vm *vm, void *memory, size_t size)
{
    if (!size && !memory) return NULL;
    return vm->host.realloc(vm->host.user, memory, size);
}

MYBPF_API const mybpf_host *mybpf_vm_host(const mybpf_vm *vm) { return &vm->host; }

MYBPF__FN void *mybpf__grow(mybpf_vm *vm, void *memory, size_t used, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size) return NULL;
    size_t bytes = count * size;
    uint8_t *grown = (uint8_t *)mybpf_vm_realloc(vm, memory, bytes ? bytes : 1);
    if (grown && count > used) mybpf__zero(grown + used * size, (count - used) * size);
    return grown;
}

MYBPF__FN void *mybpf__alloc(mybpf_vm *vm, size_t count, size_t size)
{
    return mybpf__grow(vm, NULL, 0, count, size);
}

MYBPF__FN void mybpf__free(mybpf_vm *vm, void *memory) { mybpf_vm_realloc(vm, memory, 0); }

#endif
