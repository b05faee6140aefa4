/* mybpfc_pcap.h: `mybpfc run --pcap`: a program on each packet of a capture, through libpcap. Without
 * MYBPF_HAVE_PCAP (the Makefile looks for libpcap) there is one message instead. */
#ifndef MYBPFC_PCAP_H
#define MYBPFC_PCAP_H

#include "mybpfc_list.h"
#include "mybpfc_object.h"

#ifndef MYBPF_HAVE_PCAP

static int run_capture(const options *o, const mybpf_program *program)
{
    (void)program;
    return complain(TOOL_REFUSED,
                    "%s: this mybpfc was built without libpcap: install libpcap-dev and build it again",
                    o->capture);
}

#else
#    include "library.h"
#    include <pcap/pcap.h>

#    define PCAP_FUNCTIONS(X)                                                                                \
        X(pcap_open_offline_with_tstamp_precision)                                                           \
        X(pcap_open_dead_with_tstamp_precision)                                                              \
        X(pcap_datalink)                                                                                     \
        X(pcap_datalink_val_to_name)                                                                         \
        X(pcap_next_ex)                                                                                      \
        X(pcap_geterr)                                                                                       \
        X(pcap_close)                                                                                        \
        X(pcap_dump_fopen)                                                                                   \
        X(pcap_dump)                                                                                         \
        X(pcap_dump_flush)                                                                                   \
        X(pcap_dump_close)
static struct {
    PCAP_FUNCTIONS(LIBRARY_POINTER)
} pcap;

static int load_pcap(void)
{
    static const char *const files[] = {"libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.dylib",
                                        NULL};
    static const char *const names[] = {PCAP_FUNCTIONS(LIBRARY_NAME) NULL};
    return load_library(files, names, &pcap);
}

#    define CAPTURE_BYTES 262144u /* of a packet, libpcap's own limit */

typedef struct capture {
    const options *o;
    const mybpf_program *program;
    uint32_t type;
    pcap_t *in, *dead;
    pcap_dumper_t *dump;
    FILE *file;      /* what `dump` writes to */
    char *temporary; /* its name, from malloc; NULL: written in place */
    unsigned char *out;
    size_t out_size;
    mybpf_test_run_opts test;
    unsigned long long packets, kept, kept_bytes, cut, faults;
    struct {
        char name[32];
        unsigned long long count;
    } verdicts[16];
} capture;

/* ---- verdicts ---- */

/* What becomes of a packet: its bytes to keep, -1: it is dropped. `name` has 32 bytes. */
static long verdict_of(const capture *c, uint64_t r0, size_t size, char *name)
{
    const char *known = mybpf_verdict_name(c->type, r0);
    uint32_t value = (uint32_t)r0;
    int kept = 0;
    if (known)
        snprintf(name, 32, "%s", known);
    else
        snprintf(name, 32, "%u", (unsigned)value);
    switch (c->type) {
    case MYBPF_PROG_TYPE_SOCKET_FILTER:
        strcpy(name, value ? "KEEP" : "DROP");
        return !value ? -1 : value < size ? (long)value : (long)size;
    case MYBPF_PROG_TYPE_XDP: kept = value >= MYBPF_XDP_PASS && value <= MYBPF_XDP_REDIRECT; break;
    default: /* what is none of these is TC_ACT_UNSPEC to Linux */
        kept = value != MYBPF_TC_ACT_SHOT && value != MYBPF_TC_ACT_STOLEN && value != MYBPF_TC_ACT_QUEUED &&
               value != MYBPF_TC_ACT_TRAP;
        break;
    }
    return kept ? (long)size : -1;
}

/* Those beyond the table's end count together. */
static void count_verdict(capture *c, const char *name)
{
    size_t last = sizeof c->verdicts / sizeof *c->verdicts - 1, i = 0;
    while (i < last && c->verdicts[i].count && strcmp(c->verdicts[i].name, name)) i++;
    if (!c->verdicts[i].count)
        snprintf(c->verdicts[i].name, sizeof c->verdicts[i].name, "%s", i == last ? "other" : name);
    c->verdicts[i].count++;
}

/* ---- one packet ---- */

static void tell_packet(const capture *c, size_t size, const char *verdict, long kept,
                        const mybpf_error *error)
{
    if (c->o->json) {
        printf("%s{\"packet\":%llu,\"bytes\":%lu,\"verdict\":", c->packets > 1 ? "," : "", c->packets,
               (unsigned long)size);
        if (error) {
            printf("null,\"out\":null,\"error\":\"%s\",\"instruction\":%d,", mybpf_status_name(error->code),
                   (int)error->insn);
            json_field("message", error->message);
        } else {
            json_text(verdict);
            printf(",\"r0\":%llu,\"out\":", (unsigned long long)c->test.retval);
            printf(kept < 0 ? "null" : "%ld", kept);
        }
        putchar('}');
    } else if (error) {
        char place[32] = "";
        if (error->insn >= 0) snprintf(place, sizeof place, "instruction %d: ", (int)error->insn);
        printf("%6llu  %-14s %lu bytes: %s%s\n", c->packets, "fault", (unsigned long)size, place,
               error->message);
    } else if (!c->o->quiet) {
        printf("%6llu  %-14s %lu", c->packets, verdict, (unsigned long)size);
        if (kept >= 0 && (size_t)kept != size) printf(" -> %ld", kept);
        printf(" bytes\n");
    }
}

static void run_packet(capture *c, const struct pcap_pkthdr *header, const unsigned char *data)
{
    mybpf_error error = {0};
    char verdict[32] = "";
    long kept = -1;
    c->packets++;
    c->cut += header->caplen < header->len;
    c->test.data_in = data;
    c->test.data_size_in = header->caplen;
    c->test.data_out = c->out;
    c->test.data_size_out = c->out_size;
    c->test.memory_size = mybpf_test_run_memory(header->caplen);
    int status = mybpf_program_test_run(c->program, &c->test, &error);
    if (!status) {
        kept = verdict_of(c, c->test.retval, c->test.data_size_out, verdict);
        count_verdict(c, verdict);
    }
    tell_packet(c, header->caplen, verdict, kept, status ? &error : NULL);
    c->faults += status != 0;
    if (kept < 0) return;
    c->kept++;
    c->kept_bytes += (unsigned long long)kept;
    if (!c->dump) return;
    struct pcap_pkthdr written = *header;
    written.caplen = (bpf_u_int32)kept;
    written.len = header->len - header->caplen + (bpf_u_int32)kept; /* what was cut off is still not there */
    pcap.pcap_dump((unsigned char *)c->dump, &written, c->out);
}

/* ---- the files ---- */

/* Does the file say that its times are nanoseconds? pcapng has them in any unit. */
static int has_nanoseconds(const char *name)
{
    unsigned char magic[4] = {0, 0, 0, 0};
    FILE *file = strcmp(name, "-") ? fopen(name, "rb") : NULL;
    size_t got = file ? fread(magic, 1, 4, file) : 0;
    if (file) fclose(file);
    return got == 4 && (!memcmp(magic, "\xa1\xb2\x3c\x4d", 4) || !memcmp(magic, "\x4d\x3c\xb2\xa1", 4) ||
                        !memcmp(magic, "\x0a\x0d\x0d\x0a", 4));
}

/* libpcap's messages begin with the name for some errors alone. */
static int complain_capture(const char *name, const char *message)
{
    size_t length = strlen(name);
    if (!strncmp(message, name, length) && message[length] == ':') message += length + 1;
    while (*message == ' ') message++;
    return complain(TOOL_REFUSED, "%s: %s", name, message);
}

static int open_capture(capture *c)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    const char *name = c->o->capture, *link;
    int nanoseconds = has_nanoseconds(name);
    struct stat st;
    if (strcmp(name, "-") && !stat(name, &st) && S_ISDIR(st.st_mode))
        return complain(TOOL_REFUSED, "%s: is a directory", name);
    if (load_pcap())
        return complain(TOOL_REFUSED, "%s: libpcap, which reads captures, is not installed", name);
    c->in = pcap.pcap_open_offline_with_tstamp_precision(
        name, nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO, message);
    if (!c->in) return complain_capture(name, message);
    link = pcap.pcap_datalink_val_to_name(pcap.pcap_datalink(c->in));
    if (pcap.pcap_datalink(c->in) != DLT_EN10MB && c->type != MYBPF_PROG_TYPE_SOCKET_FILTER)
        return complain(TOOL_REFUSED, "%s: %s programs see Ethernet frames; its packets are of link type %s",
                        name, mybpf_prog_type_name(c->type), link ? link : "unknown");
    c->dead = pcap.pcap_open_dead_with_tstamp_precision(pcap.pcap_datalink(c->in), CAPTURE_BYTES,
                                                        nanoseconds ? PCAP_TSTAMP_PRECISION_NANO
                                                                    : PCAP_TSTAMP_PRECISION_MICRO);
    c->out_size = mybpf_test_run_memory(CAPTURE_BYTES);
    c->out = (unsigned char *)malloc(c->out_size);
    c->test.memory = mybpf_packet_alloc(mybpf_object_vm(mybpf_program_object(c->program)), c->out_size);
    return c->dead && c->out && c->test.memory ? TOOL_OK : complain(TOOL_REFUSED, "out of memory");
}

/* Written under another name until it is complete, as write_file does it. */
static int open_output(capture *c)
{
    const char *name = c->o->output;
    struct stat st;
    int exists = name && !stat(name, &st);
    if (!name) return TOOL_OK;
    if (exists && S_ISDIR(st.st_mode)) return complain(TOOL_REFUSED, "%s: is a directory", name);
    if (!exists || S_ISREG(st.st_mode)) {
        c->temporary = (char *)malloc(strlen(name) + 32);
        if (!c->temporary) return complain(TOOL_REFUSED, "out of memory");
        sprintf(c->temporary, "%s.%ld.tmp", name, (long)getpid());
    }
    c->file = fopen(c->temporary ? c->temporary : name, "wb");
    if (!c->file) {
        free(c->temporary);
        c->temporary = NULL;
        return complain(TOOL_REFUSED, "%s: %s", name, strerror(errno));
    }
    c->dump = pcap.pcap_dump_fopen(c->dead, c->file);
    if (c->dump) return TOOL_OK;
    fclose(c->file);
    return complain(TOOL_REFUSED, "%s: %s", name, pcap.pcap_geterr(c->dead));
}

static int close_output(capture *c)
{
    int failed = 0;
    if (c->dump) {
        failed = pcap.pcap_dump_flush(c->dump) || ferror(c->file);
        pcap.pcap_dump_close(c->dump);
    }
    if (c->dump && c->temporary && !failed) failed = rename(c->temporary, c->o->output) != 0;
    if (failed) complain(0, "%s: %s", c->o->output, errno ? strerror(errno) : "cannot be written");
    if (c->temporary && (failed || !c->dump)) remove(c->temporary);
    free(c->temporary);
    return failed ? TOOL_REFUSED : TOOL_OK;
}

/* ---- all of it ---- */

static void tell_summary(const capture *c)
{
    size_t count = sizeof c->verdicts / sizeof *c->verdicts;
    if (c->o->json) {
        printf("],\"packets\":%llu,\"verdicts\":{", c->packets);
        for (size_t i = 0; i < count && c->verdicts[i].count; i++) {
            if (i) putchar(',');
            json_text(c->verdicts[i].name);
            printf(":%llu", c->verdicts[i].count);
        }
        printf("},\"faults\":%llu,\"cut\":%llu,\"out\":%llu,\"out_bytes\":%llu}\n", c->faults, c->cut,
               c->kept, c->kept_bytes);
        return;
    }
    if (c->o->quiet) return;
    printf("%llu packet%s:", c->packets, c->packets == 1 ? "" : "s");
    for (size_t i = 0; i < count && c->verdicts[i].count; i++)
        printf("%s %llu %s", i ? "," : "", c->verdicts[i].count, c->verdicts[i].name);
    if (c->faults)
        printf("%s %llu fault%s", c->verdicts[0].count ? "," : "", c->faults, c->faults == 1 ? "" : "s");
    printf("%s %llu out, %llu bytes\n", c->packets ? ";" : "", c->kept, c->kept_bytes);
    if (c->cut) printf("%llu of them had been cut when they were captured\n", c->cut);
}

static int run_capture(const options *o, const mybpf_program *program)
{
    capture c;
    mybpf_run_opts run = {0};
    struct pcap_pkthdr *header;
    const unsigned char *data;
    int got = 0;
    memset(&c, 0, sizeof c);
    c.o = o;
    c.program = program;
    c.type = mybpf_program_type(program);
    c.test.run = &run;
    run.max_steps = o->max_steps;
    if (c.type != MYBPF_PROG_TYPE_XDP && c.type != MYBPF_PROG_TYPE_SCHED_CLS &&
        c.type != MYBPF_PROG_TYPE_SCHED_ACT && c.type != MYBPF_PROG_TYPE_SOCKET_FILTER) {
        const char *type = mybpf_prog_type_name(c.type);
        return complain(TOOL_REFUSED,
                        "%s: %s is of type %s; those of xdp, tc and socket filters run on captures", o->file,
                        mybpf_program_name(program), type ? type : "the host's");
    }
    int result = open_capture(&c);
    if (!result) result = open_output(&c);
    if (!result) {
        if (o->json) program_output = stderr;
        if (o->json)
            printf("{"), json_field("program", mybpf_program_name(program)), printf(",\"results\":[");
        while ((got = pcap.pcap_next_ex(c.in, &header, &data)) == 1) run_packet(&c, header, data);
        tell_summary(&c);
        if (got != PCAP_ERROR_BREAK) /* before the end */
            result = complain(TOOL_REFUSED, "%s: packet %llu: %s", o->capture, c.packets + 1,
                              pcap.pcap_geterr(c.in));
        if (c.faults) result = TOOL_REFUSED;
    }
    if (close_output(&c)) result = TOOL_REFUSED;
    if (c.in) pcap.pcap_close(c.in);
    if (c.dead) pcap.pcap_close(c.dead);
    mybpf_packet_free(mybpf_object_vm(mybpf_program_object(program)), c.test.memory, c.out_size);
    free(c.out);
    return result;
}

#endif
#endif
