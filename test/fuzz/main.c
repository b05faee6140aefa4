/* main.c: a fuzz target where libFuzzer is missing. It understands what run.sh passes to libFuzzer: files and
 * folders of inputs, each run as it is; then, for -max_total_time=SECONDS, changed at random. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct input {
    uint8_t *bytes;
    size_t size;
} input;

static input *inputs;
static size_t count;
static uint64_t state = 1;

static uint64_t random_number(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    input in = {NULL, 0};
    if (!file) return;
    for (size_t got = 1; got; in.size += got) {
        in.bytes = (uint8_t *)realloc(in.bytes, in.size + 4096);
        got = fread(in.bytes + in.size, 1, 4096, file);
    }
    fclose(file);
    inputs = (input *)realloc(inputs, (count + 1) * sizeof *inputs);
    inputs[count++] = in;
}

static void add(const char *path)
{
    struct stat status;
    struct dirent *entry;
    DIR *folder;
    if (stat(path, &status)) return;
    if (!S_ISDIR(status.st_mode)) {
        add_file(path);
        return;
    }
    folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        char name[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        add(name);
    }
    if (folder) closedir(folder);
}

/* An input of exactly as much memory, with some bytes changed or the end cut off. The last one that ran is
 * what a crash is about. */
static void run_changed(const input *from, const char *artifact)
{
    size_t size = random_number() % 8 ? from->size : random_number() % (from->size + 1);
    uint8_t *bytes = (uint8_t *)malloc(size + 1);
    FILE *file;
    memcpy(bytes, from->bytes, size);
    for (uint64_t n = random_number() % 16; size && n; n--) {
        uint8_t *at = &bytes[random_number() % size];
        *at = random_number() & 1 ? (uint8_t)random_number() : (uint8_t)(*at ^ 1u << random_number() % 8);
    }
    if ((file = fopen(artifact, "wb"))) {
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

int main(int argc, char **argv)
{
    char artifact[4096] = "last-input";
    time_t end = 0;
    unsigned long runs = 0;
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "-max_total_time=", 16))
            end = time(NULL) + atol(argv[i] + 16);
        else if (!strncmp(argv[i], "-artifact_prefix=", 17))
            snprintf(artifact, sizeof artifact, "%slast", argv[i] + 17);
        else if (argv[i][0] != '-')
            add(argv[i]);
    }
    for (size_t i = 0; i < count; i++, runs++) LLVMFuzzerTestOneInput(inputs[i].bytes, inputs[i].size);
    for (; count && time(NULL) < end; runs++) run_changed(&inputs[random_number() % count], artifact);
    remove(artifact);
    printf("%lu runs, %zu inputs\n", runs, count);
    for (size_t i = 0; i < count; i++) free(inputs[i].bytes);
    free(inputs);
    return 0;
}
