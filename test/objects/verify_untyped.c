/* verify_untyped.c: a section of tc's, which may have any name; the host tells what it holds. */
struct __sk_buff {
    unsigned len;
};

__attribute__((section("from-container"), used)) int program(struct __sk_buff *skb) { return (int)skb->len; }
