/* core_target.c: the target of core_local.c and core_missing.c: its types alone. */
typedef unsigned u32;
typedef unsigned long long u64;

struct sample {
    unsigned short number;
    u32 added[4];
    union {
        struct {
            u32 a, b;
        };
        u64 both;
    };
    u32 rest : 4, bits : 7;
    const void *pointer;
    long sign;
    u32 array[6];
    struct {
        u64 more;
        u32 inner[8];
    } part;
};
enum color { GREEN, RED = 77 };
enum wide { NEAR, FAR = 0x7fffffff };

int target(struct sample *sample, enum color color, enum wide wide) { return sample && color && wide; }
