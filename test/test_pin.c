/* test_pin.c: maps that a vm keeps by name, what loaders fill into declarations, and types that the host
 * tells. */
#include "load_object.h"
#include "test.h"

static int count_up(mybpf_object *object)
{
    uint64_t r0 = 0;
    mybpf_error error = {0};
    if (!object || mybpf_program_run(mybpf_object_find_program(object, "count"), NULL, &r0, &error))
        return -1;
    return (int)r0;
}

/* Loads all but the packet's program. */
static mybpf_object *pinned_load(mybpf_vm *vm, int *status, mybpf_error *error)
{
    mybpf_object *object = object_open(vm, "pinned");
    if (object) mybpf_program_set_autoload(mybpf_object_find_program(object, "packet"), 0);
    *status = object ? mybpf_object_load(object, NULL, error) : 1;
    return object;
}

TEST(pin, shared)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new(), *other_vm = vm_new();
    mybpf_error error = {0};
    int status;
    mybpf_object *first = pinned_load(vm, &status, &error), *second = pinned_load(vm, &status, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    if (status || !first) return;
    CHECK_INT(count_up(first), 11);
    CHECK_INT(count_up(second), 21);
    CHECK_INT(count_up(first), 32);
    CHECK(mybpf_object_find_map(first, "counter") == mybpf_object_find_map(second, "counter"));
    CHECK(mybpf_object_find_map(first, "own") != mybpf_object_find_map(second, "own"));
    mybpf_object_close(first);
    mybpf_object_close(second);

    second = pinned_load(vm, &status, &error); /* the map has outlived its objects */
    CHECK_INT(count_up(second), 41);
    mybpf_map *map = mybpf_map_pinned(vm, "counter");
    CHECK(map && map == mybpf_object_find_map(second, "counter"));
    CHECK_INT(mybpf_map_pin(map, NULL), -17);
    CHECK_INT(mybpf_map_pin(map, "again"), 0);
    CHECK_INT(mybpf_map_pin(map, ""), -22);
    CHECK_INT(mybpf_map_pin(map, "a name that has more bytes than a map's name may have, which are 64"), -22);
    CHECK_INT(mybpf_map_unpin(vm, "counter"), 0);
    CHECK_INT(mybpf_map_unpin(vm, "counter"), -2);
    mybpf_map_unref(map);
    first = pinned_load(vm, &status, &error);
    CHECK_INT(count_up(first), 11);
    CHECK_INT(count_up(second), 52);
    mybpf_object_close(first);
    mybpf_object_close(second);

    first = pinned_load(other_vm, &status, &error);
    CHECK_INT(count_up(first), 11);
    mybpf_object_close(first);
    mybpf_vm_destroy(vm); /* frees "again" and "counter" */
    mybpf_vm_destroy(other_vm);
}

/* One that is not as declared is not taken, and a load that fails leaves nothing. */
TEST(pin, refused)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    mybpf_map_desc desc = {"counter", MYBPF_MAP_TYPE_HASH, 4, 8, 2, 0, 0, NULL};
    mybpf_map *map = NULL;
    int status;
    mybpf_object *object = object_open(vm, "pinned"); /* with the packet's program, which is refused */
    CHECK_INT(object ? mybpf_object_load(object, NULL, &error) : 0, MYBPF_ERR_VERIFY);
    CHECK(!mybpf_map_pinned(vm, "counter"));
    mybpf_object_close(object);
    CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), 0);
    CHECK_INT(mybpf_map_pin(map, NULL), 0);
    mybpf_map_unref(map);
    object = pinned_load(vm, &status, &error);
    CHECK_INT(status, MYBPF_ERR_EXISTS);
    CHECK_TEXT(error.message,
               "map counter: the one that is pinned has type hash, key 4, value 8, 2 entries, flags 0x0");
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(pin, declarations)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    int status;
    mybpf_object *object = pinned_load(vm, &status, &error);
    const mybpf_map *ring = status ? NULL : mybpf_object_find_map(object, "ring"),
                    *events = status ? NULL : mybpf_object_find_map(object, "events");
    CHECK(ring && events);
    if (ring && events) {
        CHECK_INT(mybpf_map_describe(ring)->max_entries, 8192);
        CHECK_INT(mybpf_map_describe(ring)->value_size, 0);
        CHECK_INT(mybpf_map_describe(events)->key_size, 4);
        CHECK_INT(mybpf_map_describe(events)->value_size, 4);
        CHECK_INT(mybpf_map_describe(events)->max_entries, mybpf_cpu_count(vm));
        CHECK_INT(mybpf_map_describe(mybpf_object_find_map(object, "filter"))->extra, 3);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(pin, legacy)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    mybpf_object *object = object_open(vm, "load_iproute2");
    if (object && mybpf_object_load(object, NULL, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    const mybpf_map *outer = object ? mybpf_object_find_map(object, "outer") : NULL,
                    *second = object ? mybpf_object_find_map(object, "second") : NULL;
    CHECK(outer && second);
    if (outer && second) {
        const mybpf_map_desc *a = mybpf_map_describe(outer), *b = mybpf_map_describe(second);
        CHECK(a->inner && a->inner->value_size == 12 && a->inner->max_entries == 5);
        CHECK(b->inner && b->inner->value_size == 20 && b->inner->max_entries == 6 && b->value_size == 4);
    }
    mybpf_map *map = mybpf_map_pinned(vm, "plain");
    CHECK(map && object && map == mybpf_object_find_map(object, "plain"));
    mybpf_map_unref(map);
    CHECK(!mybpf_map_pinned(vm, "inner"));
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
