/* sensor.c: a program type of the host's own. One file for both sides: compiled for eBPF it is a program that
 * looks at what a sensor sent, compiled for the host it runs it.
 *
 *     clang -O2 -target bpf -I../.. -c sensor.c -o sensor.o
 *     gcc -I../.. sensor.c -lelf -o sensor && ./sensor sensor.o */
struct door;

/* The context: what the type's fields below describe, in this order. */
struct sensor {
    unsigned number, alarm;    /* the program may set the alarm */
    const unsigned char *data; /* what the sensor sent, to data_end */
    const unsigned char *data_end;
    unsigned long long *seen; /* of 16 numbers: how often the sensor sent what */
    struct door *door;        /* or NULL: what door_close takes */
};

#ifdef __bpf__
#    include "mybpf.h"

static long (*door_close)(struct door *) = (void *)2000000;

SEC("sensor/heat") int heat(struct sensor *sensor)
{
    const unsigned char *data = sensor->data;
    unsigned long long *seen = sensor->seen;
    struct door *door = sensor->door;
    if (data + 2 > sensor->data_end) return 0;
    seen[data[0] % 16]++;
    if (data[1] < 60) return 0;
    sensor->alarm = 1;
    if (door) door_close(door);
    return data[1];
}

#else
#    include <stdio.h>

#    define MYBPF_IMPLEMENTATION
#    include "mybpf.h"

enum { SENSOR = MYBPF_PROG_TYPE_HOST, DOOR = MYBPF_OBJECT_HOST };

struct door {
    const char *name;
    int closed;
};

static uint64_t door_close(uint64_t door, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    struct door *given = (struct door *)(uintptr_t)door;
    (void)b, (void)c, (void)d, (void)e, (void)env;
    given->closed = 1;
    return 0;
}

static int make_type(mybpf_vm *vm, mybpf_error *error)
{
    static const mybpf_field fields[] = {
        {0, 4, MYBPF_FIELD_NUMBER, 4, 0, 0, 0, 0},
        {4, 4, MYBPF_FIELD_NUMBER, 4, 4, 0, 0, 0},
        {8, 8, MYBPF_FIELD_PACKET, 8, 0, 0, 0, 0},
        {16, 8, MYBPF_FIELD_PACKET_END, 8, 0, 0, 0, 0},
        {24, 8, MYBPF_FIELD_MEMORY, 8, 0, 0, 16 * 8, 0},
        {32, 8, MYBPF_FIELD_MEMORY_OR_NULL, 8, 0, 0, 0, DOOR},
    };
    static const char *const sections[] = {"sensor", NULL};
    static const mybpf_range helpers[] = {{1, 8}, {MYBPF_HELPER_USER, MYBPF_HELPER_USER}};
    static const mybpf_prog_type type = {SENSOR, "sensor", sections, fields, 6, helpers, 2, 0};
    static const mybpf_helper helper = {MYBPF_HELPER_USER,
                                        "door_close",
                                        door_close,
                                        MYBPF_RET_INTEGER,
                                        {MYBPF_ARG_OBJECT},
                                        0,
                                        NULL,
                                        DOOR,
                                        {0},
                                        0};
    int status = mybpf_helper_register(vm, &helper, error);
    return status ? status : mybpf_prog_type_register(vm, &type, error);
}

static int run_one(const mybpf_program *program, const unsigned char *data, size_t size, mybpf_error *error)
{
    unsigned long long seen[16] = {0};
    struct door door = {"the archive's", 0};
    struct sensor ctx = {1, 0, data, data + size, seen, &door};
    mybpf_run_opts run = {0};
    uint64_t r0 = 0;
    run.ctx = &ctx;
    run.ctx_size = sizeof ctx;
    run.packet = data;
    run.packet_size = size;
    int status = mybpf_program_run(program, &run, &r0, error);
    if (!status)
        printf("r0 %d, alarm %u, seen %llu, door %s\n", (int)r0, ctx.alarm, seen[data[0] % 16],
               door.closed ? "closed" : "open");
    return status;
}

int main(int argc, char **argv)
{
    static char bytes[1 << 16];
    static const unsigned char cold[] = {3, 20}, hot[] = {3, 80};
    static const mybpf_range grant = {MYBPF_HELPER_USER, MYBPF_HELPER_USER};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf_load_opts load = {0};
    mybpf_error error = {0};
    if (file) fclose(file);
    load.grants = &grant;
    load.grant_count = 1;
    int status = mybpf_vm_create(NULL, &vm, &error);
    if (!status) status = make_type(vm, &error);
    if (!status) status = mybpf_object_open(vm, bytes, size, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error); /* verified */
    if (!status) status = run_one(mybpf_object_program(object, 0), cold, sizeof cold, &error);
    if (!status) status = run_one(mybpf_object_program(object, 0), hot, sizeof hot, &error);
    if (status) fprintf(stderr, "%s\n", error.message);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    return status != 0;
}
#endif
