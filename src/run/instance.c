/* instance.c: named instances. A run holds a reference to the one it is in, so that unloading and replacing
 * wait for nobody: the last to let go closes the object. */
#ifndef MYBPF__INSTANCE_C
#define MYBPF__INSTANCE_C

#include "../base/lock.h"
#include "env.h"

#ifndef MYBPF_NO_INSTANCES

struct mybpf__instance {
    struct mybpf__instance *next; /* in order of loading */
    uint64_t serial;              /* grows along the list; a replacement keeps its predecessor's */
    uint32_t refs;                /* one of the list, one a run */
    mybpf_object *object;
    char name[MYBPF_NAME_MAX];
};

MYBPF__COLD void mybpf__instance_release(mybpf_vm *vm, struct mybpf__instance *instance)
{
    if (!instance || mybpf__drop_ref(&instance->refs)) return;
    mybpf_object_close(instance->object);
    mybpf__free(vm, instance);
}

/* The link that holds the instance called `name`, or the one at the list's end. Under the lock. */
MYBPF__COLD struct mybpf__instance **mybpf__instance_link(mybpf_vm *vm, const char *name)
{
    struct mybpf__instance **link = &vm->instances;
    while (*link && !mybpf__same_text((*link)->name, name)) link = &(*link)->next;
    return link;
}

/* An object is in one instance. Under the lock. */
MYBPF__COLD int mybpf__instance_holds(const mybpf_vm *vm, const mybpf_object *object)
{
    const struct mybpf__instance *instance = vm->instances;
    while (instance && instance->object != object) instance = instance->next;
    return instance != NULL;
}

MYBPF__COLD int mybpf__instance_taken(mybpf_error *error, const char *name)
{
    return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                       "instance %s: its object is in an instance already", name);
}

MYBPF__COLD int mybpf__instance_make(mybpf_vm *vm, const char *name, mybpf_object *object,
                                     struct mybpf__instance **instance, mybpf_error *error)
{
    size_t length = name ? mybpf__length(name, MYBPF_NAME_MAX) : 0;
    *instance = NULL;
    if (!length || length == MYBPF_NAME_MAX)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "an instance's name has 1 to %d bytes",
                           MYBPF_NAME_MAX - 1);
    if (!object || !object->loaded || object->vm != vm)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                           "instance %s: its object is not loaded in this vm", name);
    *instance = (struct mybpf__instance *)mybpf__alloc(vm, 1, sizeof **instance);
    if (!*instance)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: instance %s", name);
    (*instance)->refs = 1;
    (*instance)->object = object;
    mybpf__copy((*instance)->name, name, length);
    return MYBPF_OK;
}

MYBPF_API int mybpf_instance_load(mybpf_vm *vm, const char *name, mybpf_object *object, mybpf_error *error)
{
    struct mybpf__instance *made, **link;
    int status = mybpf__instance_make(vm, name, object, &made, error), taken;
    if (status) return status;
    mybpf__acquire(&vm->instance_lock);
    link = mybpf__instance_link(vm, name);
    taken = mybpf__instance_holds(vm, object);
    if (!*link && !taken) {
        made->serial = ++vm->instance_serial;
        *link = made;
        made = NULL;
    }
    mybpf__release(&vm->instance_lock);
    if (!made) return MYBPF_OK;
    mybpf__free(vm, made);
    if (taken) return mybpf__instance_taken(error, name);
    return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN, "an instance called %s is loaded already",
                       name);
}

MYBPF_API int mybpf_instance_replace(mybpf_vm *vm, const char *name, mybpf_object *object, mybpf_error *error)
{
    struct mybpf__instance *made, *old, **link;
    int status = mybpf__instance_make(vm, name, object, &made, error), taken;
    if (status) return status;
    mybpf__acquire(&vm->instance_lock);
    link = mybpf__instance_link(vm, name);
    taken = mybpf__instance_holds(vm, object);
    old = taken ? NULL : *link;
    if (old) {
        made->serial = old->serial;
        made->next = old->next;
        *link = made;
    }
    mybpf__release(&vm->instance_lock);
    mybpf__instance_release(vm, old);
    if (old) return MYBPF_OK;
    mybpf__free(vm, made);
    if (taken) return mybpf__instance_taken(error, name);
    return mybpf__fail(error, MYBPF_ERR_NOT_FOUND, MYBPF_NO_INSN, "no instance is called %s", name);
}

MYBPF_API int mybpf_instance_unload(mybpf_vm *vm, const char *name, mybpf_error *error)
{
    struct mybpf__instance *old, **link;
    mybpf__acquire(&vm->instance_lock);
    link = mybpf__instance_link(vm, name ? name : "");
    old = *link;
    if (old) *link = old->next;
    mybpf__release(&vm->instance_lock);
    mybpf__instance_release(vm, old);
    if (old) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_NOT_FOUND, MYBPF_NO_INSN, "no instance is called %s",
                       name ? name : "(null)");
}

MYBPF_API void mybpf_instance_unload_all(mybpf_vm *vm)
{
    struct mybpf__instance *old, *next;
    mybpf__acquire(&vm->instance_lock);
    old = vm->instances;
    vm->instances = NULL;
    mybpf__release(&vm->instance_lock);
    for (; old; old = next) {
        next = old->next;
        mybpf__instance_release(vm, old);
    }
}

MYBPF__COLD void mybpf__instances_destroy(mybpf_vm *vm) { mybpf_instance_unload_all(vm); }

MYBPF_API int mybpf_instance_name(mybpf_vm *vm, size_t index, char name[MYBPF_NAME_MAX])
{
    const struct mybpf__instance *instance;
    mybpf__acquire(&vm->instance_lock);
    instance = vm->instances;
    while (instance && index--) instance = instance->next;
    if (instance) mybpf__copy(name, instance->name, MYBPF_NAME_MAX);
    mybpf__release(&vm->instance_lock);
    return instance ? MYBPF_OK : MYBPF_ERR_NOT_FOUND;
}

/* The first instance loaded after number `serial`, referenced; NULL when there is none. */
MYBPF__COLD struct mybpf__instance *mybpf__instance_after(mybpf_vm *vm, uint64_t serial)
{
    struct mybpf__instance *instance;
    mybpf__acquire(&vm->instance_lock);
    instance = vm->instances;
    while (instance && instance->serial <= serial) instance = instance->next;
    if (instance) mybpf__add_ref(&instance->refs);
    mybpf__release(&vm->instance_lock);
    return instance;
}

MYBPF__COLD int mybpf__in_section(const char *section, const char *wanted)
{
    size_t length = mybpf__length(wanted, MYBPF_NAME_MAX);
    return mybpf__starts(section, wanted) && (!section[length] || section[length] == '/');
}

MYBPF_API size_t mybpf_instance_run(mybpf_vm *vm, const char *section, const mybpf_run_opts *opts,
                                    mybpf_result_fn result, void *user)
{
    struct mybpf__instance *instance = mybpf__instance_after(vm, 0);
    size_t count = 0;
    while (instance) {
        uint64_t serial = instance->serial;
        for (uint32_t i = 0; i < instance->object->program_count; i++) {
            const mybpf_program *program = &instance->object->programs[i];
            mybpf_error error;
            uint64_t r0 = 0;
            int status;
            if (!mybpf__in_section(program->section, section) || !mybpf__program_taken(program)) continue;
            mybpf__zero(&error, sizeof error);
            status = mybpf_program_run(program, opts, &r0, &error);
            count++;
            if (result) result(user, instance->name, program, status, r0, &error);
        }
        mybpf__instance_release(vm, instance);
        instance = mybpf__instance_after(vm, serial);
    }
    return count;
}

#endif /* MYBPF_NO_INSTANCES */

#endif
