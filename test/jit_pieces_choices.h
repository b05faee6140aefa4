/* jit_pieces_choices.h: pieces of jit_pieces.h, of numbers that depend on a condition. */
#ifndef JIT_PIECES_CHOICES_H
#define JIT_PIECES_CHOICES_H

/* What a comparison adds to a sum, or nearly: of what may have wrapped. */
static void carry(void)
{
    static const uint8_t asks[] = {0x10, 0x20, 0x30, 0x50, 0xa0, 0xb0, 0x20, 0xa0, 0xa0, 0x60, 0xc0};
    unsigned d = pick(5), a = pick(5), b = pick(6), ask = asks[pick(sizeof asks)], one = pick(2);
    if (pick(3)) emit(pick(2) ? 0x0f : 0x0c, a, b, 0, 0);
    emit(0xb7, d, 0, 0, (int)one);
    if (pick(8) == 0) some_pieces(1);
    if (pick(4) == 0)
        emit(ask + (pick(2) ? 5 : 6), a, 0, 1, pick(3) ? (int)pick(4) - 1 : (int)(uint32_t)seed);
    else
        emit(ask + (pick(2) ? 0xd : 0xe), pick(2) ? a : b, pick(2) ? a : b, 1, 0);
    emit(0xb7, d, 0, 0, pick(16) ? (int)!one : 3);
    if (pick(6) == 0) some_pieces(1);
    emit(pick(2) ? 0x0f : 0x0c, pick(2) ? a : pick(5), d, 0, 0);
    if (pick(3)) emit(0xb7, d, 0, 0, 77);
}

/* One of two numbers, which both ways put on the stack, or nearly. */
static void spilled(void)
{
    static const uint8_t asks[] = {0x15, 0x25, 0xa5, 0x55, 0xc5, 0x2d, 0xad, 0x2e, 0x26};
    unsigned v = pick(5), a = pick(5), b = pick(5), wide = pick(2) ? 3 : 0, mov = pick(4) == 0,
             code = pick(2) ? 0x7b : 0x63;
    int slot = -8 * (int)(1 + pick(4)), other = pick(8) ? slot : slot - 8;
    emit(0x7a, 10, 0, slot, 5), emit(0x7a, 10, 0, other, 6);
    emit(0xb4 + wide, v, 0, 0, (int)pick(300) - 20);
    if (pick(8) == 0) emit(0xbf, v, b, 0, 0);
    emit(code, 10, v, slot, 0);
    if (pick(8) == 0) emit(0x79, a, 10, slot, 0);
    size_t ask = count;
    emit(asks[pick(sizeof asks)], a, 0, 0, 0);
    if (insns[ask].code & 8)
        insns[ask].src_reg = b & 15;
    else
        insns[ask].imm = (int)pick(40) - 4;
    if (mov)
        emit(0xbc + wide, v, b, 0, 0);
    else
        emit(0xb4 + wide, v, 0, 0, (int)pick(300) - 20);
    emit(pick(8) ? code : code ^ 0x18, 10, pick(16) ? v : b, other, 0);
    if (pick(8) == 0) arithmetic();
    insns[ask].off = (int16_t)(count - ask - 1);
    if (pick(2)) some_pieces(1);
    emit(0x79, pick(5), 10, slot, 0);
    if (pick(2)) emit(0x0f, pick(5), v, 0, 0);
}

#endif
