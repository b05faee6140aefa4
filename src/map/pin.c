/* pin.c: maps that a vm keeps by name, as Linux keeps them in a file system of its own. */
#ifndef MYBPF__PIN_C
#define MYBPF__PIN_C

#include "../base/lock.h"
#include "map_impl.h"

#ifndef MYBPF_NO_MAP_TYPES

struct mybpf__pin {
    struct mybpf__pin *next;
    mybpf_map *map; /* referenced */
    char name[MYBPF_NAME_MAX];
};

/* Where the pin of this name hangs; the list's end when there is none. Under instance_lock. */
MYBPF__FN struct mybpf__pin **mybpf__pin_find(mybpf_vm *vm, const char *name)
{
    struct mybpf__pin **at = &vm->pins;
    while (*at && !mybpf__same_text((*at)->name, name)) at = &(*at)->next;
    return at;
}

MYBPF_API int mybpf_map_pin(mybpf_map *map, const char *name)
{
    mybpf_vm *vm = map->vm;
    struct mybpf__pin *pin, **at;
    if (!name) name = map->desc.name;
    if (!*name || mybpf__length(name, MYBPF_NAME_MAX) == MYBPF_NAME_MAX) return -MYBPF__EINVAL;
    pin = (struct mybpf__pin *)mybpf__alloc(vm, 1, sizeof *pin);
    if (!pin) return -MYBPF__ENOMEM;
    mybpf__copy_text(pin->name, sizeof pin->name, name);
    pin->map = map;
    mybpf__acquire(&vm->instance_lock);
    at = mybpf__pin_find(vm, name);
    if (!*at) {
        mybpf_map_ref(map);
        *at = pin;
        pin = NULL;
    }
    mybpf__release(&vm->instance_lock);
    if (!pin) return 0;
    mybpf__free(vm, pin);
    return -MYBPF__EEXIST;
}

MYBPF_API int mybpf_map_unpin(mybpf_vm *vm, const char *name)
{
    struct mybpf__pin *pin, **at;
    mybpf__acquire(&vm->instance_lock);
    at = mybpf__pin_find(vm, name);
    pin = *at;
    if (pin) *at = pin->next;
    mybpf__release(&vm->instance_lock);
    if (!pin) return -MYBPF__ENOENT;
    mybpf_map_unref(pin->map);
    mybpf__free(vm, pin);
    return 0;
}

MYBPF_API mybpf_map *mybpf_map_pinned(mybpf_vm *vm, const char *name)
{
    mybpf_map *map = NULL;
    struct mybpf__pin **at;
    mybpf__acquire(&vm->instance_lock);
    at = mybpf__pin_find(vm, name);
    if (*at) map = mybpf_map_ref((*at)->map);
    mybpf__release(&vm->instance_lock);
    return map;
}

MYBPF__FN void mybpf__pins_destroy(mybpf_vm *vm)
{
    while (vm->pins) (void)mybpf_map_unpin(vm, vm->pins->name);
}

#endif
#endif
