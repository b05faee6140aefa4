/* test_instance.c: named instances: loading, listing, running, replacing and unloading, also while they run.
 */
#include "mybpf.h"
#include "test.h"

#include <pthread.h>

static mybpf_vm *make_vm(void)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    return vm;
}

/* A loaded object whose one program returns `value`. */
static mybpf_object *make_object(mybpf_vm *vm, int32_t value)
{
    mybpf_insn insns[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    insns[0].imm = value;
    CHECK_INT(mybpf_object_open_insns(vm, insns, 2, NULL, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, NULL, &error), 0);
    CHECK_TEXT(error.message, "");
    return object;
}

/* What instances returned, in order. */
typedef struct results {
    size_t count;
    uint64_t r0[8];
    char names[8][MYBPF_NAME_MAX];
    int status[8];
    mybpf_vm *unload; /* not NULL: the first result unloads `a` and replaces `b` */
} results;

static void take(void *user, const char *instance, const mybpf_program *program, int status, uint64_t r0,
                 const mybpf_error *error)
{
    results *all = (results *)user;
    (void)program, (void)error;
    if (all->count < 8) {
        all->r0[all->count] = r0;
        all->status[all->count] = status;
        snprintf(all->names[all->count], MYBPF_NAME_MAX, "%s", instance);
    }
    all->count++;
    if (!all->unload) return;
    CHECK_INT(mybpf_instance_unload(all->unload, "a", NULL), 0);
    CHECK_INT(mybpf_instance_replace(all->unload, "b", make_object(all->unload, 20), NULL), 0);
    all->unload = NULL;
}

static const char *section_of(mybpf_vm *vm) /* the section raw programs are in */
{
    static char section[MYBPF_NAME_MAX];
    mybpf_object *object = make_object(vm, 0);
    snprintf(section, sizeof section, "%s", mybpf_program_section(mybpf_object_program(object, 0)));
    mybpf_object_close(object);
    return section;
}

static results run_all(mybpf_vm *vm, mybpf_vm *unload)
{
    results all;
    memset(&all, 0, sizeof all);
    all.unload = unload;
    CHECK_INT(mybpf_instance_run(vm, section_of(vm), NULL, take, &all), all.count);
    return all;
}

TEST(instance, load_list_run_unload)
{
    mybpf_vm *vm = make_vm();
    char name[MYBPF_NAME_MAX];
    mybpf_error error = {0};
    results all;
    CHECK_INT(mybpf_instance_name(vm, 0, name), MYBPF_ERR_NOT_FOUND);
    CHECK_INT(run_all(vm, NULL).count, 0);
    CHECK_INT(mybpf_instance_load(vm, "a", make_object(vm, 1), &error), 0);
    CHECK_INT(mybpf_instance_load(vm, "b", make_object(vm, 2), &error), 0);
    CHECK_INT(mybpf_instance_load(vm, "c", make_object(vm, 3), &error), 0);
    all = run_all(vm, NULL);
    CHECK_INT(all.count, 3);
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(all.status[i], 0);
        CHECK_INT(all.r0[i], i + 1);
    }
    CHECK_TEXT(all.names[1], "b");
    CHECK_INT(mybpf_instance_unload(vm, "b", &error), 0);
    CHECK_INT(mybpf_instance_name(vm, 1, name), 0);
    CHECK_TEXT(name, "c");
    CHECK_INT(mybpf_instance_name(vm, 2, name), MYBPF_ERR_NOT_FOUND);
    CHECK_INT(run_all(vm, NULL).count, 2);
    mybpf_instance_unload_all(vm);
    CHECK_INT(run_all(vm, NULL).count, 0);
    mybpf_vm_destroy(vm);
}

TEST(instance, replace_keeps_the_place)
{
    mybpf_vm *vm = make_vm();
    results all;
    CHECK_INT(mybpf_instance_load(vm, "a", make_object(vm, 1), NULL), 0);
    CHECK_INT(mybpf_instance_load(vm, "b", make_object(vm, 2), NULL), 0);
    CHECK_INT(mybpf_instance_replace(vm, "a", make_object(vm, 10), NULL), 0);
    all = run_all(vm, NULL);
    CHECK_INT(all.count, 2);
    CHECK_INT(all.r0[0], 10);
    CHECK_INT(all.r0[1], 2);
    mybpf_vm_destroy(vm); /* unloads what is left */
}

TEST(instance, refusals)
{
    mybpf_vm *vm = make_vm(), *other = make_vm();
    mybpf_object *object = make_object(vm, 1), *foreign = make_object(other, 1), *second;
    mybpf_error error = {0};
    char name[MYBPF_NAME_MAX + 1];
    memset(name, 'n', sizeof name);
    name[MYBPF_NAME_MAX] = 0;
    CHECK_INT(mybpf_instance_load(vm, "", object, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_instance_load(vm, NULL, object, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_instance_load(vm, name, object, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_instance_load(vm, "a", foreign, &error), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_instance_load(vm, "a", NULL, &error), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_instance_replace(vm, "a", object, &error), MYBPF_ERR_NOT_FOUND);
    CHECK_INT(mybpf_instance_unload(vm, "a", &error), MYBPF_ERR_NOT_FOUND);
    CHECK_TEXT(error.message, "no instance is called a");
    name[MYBPF_NAME_MAX - 1] = 0;
    CHECK_INT(mybpf_instance_load(vm, name, object, &error), 0);
    second = make_object(vm, 2);
    CHECK_INT(mybpf_instance_load(vm, name, second, &error), MYBPF_ERR_EXISTS);
    CHECK_INT(mybpf_instance_load(vm, "twice", object, &error), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_instance_replace(vm, name, object, &error), MYBPF_ERR_STATE);
    CHECK_TEXT(strstr(error.message, "its object"), "its object is in an instance already");
    mybpf_object_close(second); /* still ours */
    mybpf_object_close(foreign);
    mybpf_vm_destroy(other);
    mybpf_instance_unload_all(vm);
    mybpf_vm_destroy(vm);
}

/* A result may change the list: what is unloaded is gone, what was replaced runs anew. */
TEST(instance, changes_while_running)
{
    mybpf_vm *vm = make_vm();
    results all;
    CHECK_INT(mybpf_instance_load(vm, "a", make_object(vm, 1), NULL), 0);
    CHECK_INT(mybpf_instance_load(vm, "b", make_object(vm, 2), NULL), 0);
    CHECK_INT(mybpf_instance_load(vm, "c", make_object(vm, 3), NULL), 0);
    all = run_all(vm, vm);
    CHECK_INT(all.count, 3);
    CHECK_INT(all.r0[0], 1);
    CHECK_INT(all.r0[1], 20);
    CHECK_INT(all.r0[2], 3);
    CHECK_INT(run_all(vm, NULL).count, 2);
    mybpf_vm_destroy(vm);
}

TEST(instance, sections)
{
    mybpf_vm *vm = make_vm();
    char section[MYBPF_NAME_MAX];
    size_t length;
    snprintf(section, sizeof section, "%s", section_of(vm));
    length = strlen(section);
    CHECK_INT(mybpf_instance_load(vm, "a", make_object(vm, 1), NULL), 0);
    CHECK_INT(mybpf_instance_run(vm, section, NULL, NULL, NULL), 1);
    if (length) {
        section[length - 1] = 0;
        CHECK_INT(mybpf_instance_run(vm, section, NULL, NULL, NULL), 0);
    }
    CHECK_INT(mybpf_instance_run(vm, "nothing", NULL, NULL, NULL), 0);
    mybpf_vm_destroy(vm);
}

/* ---- replaced by one thread, run by others: each run sees an old or a new object, whole ---- */

typedef struct shared {
    mybpf_vm *vm;
    const char *section;
    int stop, wrong, runs;
} shared;

static void look(void *user, const char *instance, const mybpf_program *program, int status, uint64_t r0,
                 const mybpf_error *error)
{
    shared *s = (shared *)user;
    (void)instance, (void)program, (void)error;
    if (status || r0 < 1 || r0 > 100) __atomic_add_fetch(&s->wrong, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&s->runs, 1, __ATOMIC_RELAXED);
}

static void *runner(void *arg)
{
    shared *s = (shared *)arg;
    while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) mybpf_instance_run(s->vm, s->section, NULL, look, s);
    return NULL;
}

TEST(instance, hot_replacement)
{
    shared s;
    pthread_t threads[3];
    memset(&s, 0, sizeof s);
    s.vm = make_vm();
    s.section = section_of(s.vm);
    CHECK_INT(mybpf_instance_load(s.vm, "a", make_object(s.vm, 1), NULL), 0);
    CHECK_INT(mybpf_instance_load(s.vm, "b", make_object(s.vm, 1), NULL), 0);
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, runner, &s);
    for (int i = 0; i < 300 || __atomic_load_n(&s.runs, __ATOMIC_RELAXED) < 100; i++) {
        int32_t value = 1 + i % 100;
        CHECK_INT(mybpf_instance_replace(s.vm, "a", make_object(s.vm, value), NULL), 0);
        if (i % 10) continue;
        CHECK_INT(mybpf_instance_unload(s.vm, "b", NULL), 0);
        CHECK_INT(mybpf_instance_load(s.vm, "b", make_object(s.vm, value), NULL), 0);
    }
    __atomic_store_n(&s.stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    CHECK_INT(s.wrong, 0);
    mybpf_vm_destroy(s.vm);
}
