/* test_pool.c: unlinked elements of maps, with a copy of the library to look inside. */
#include "inside.h"
#include "test.h"

/* A lookup that still holds an element of an LRU map marks it as used after it was unlinked: the list that it
 * then waits in ends where it ended. */
TEST(pool, marked_while_waiting)
{
    mybpf__element elements[3];
    uintptr_t list = 0;
    memset(elements, 0, sizeof elements);
    for (int i = 0; i < 3; i++) mybpf__shelf_push(&list, &elements[i]);
    for (int i = 0; i < 3; i++) elements[i].tag |= 1;
    for (int i = 3; i-- > 0;) CHECK(mybpf__shelf_pop(&list) == &elements[i]);
    CHECK(list == 0);
}
