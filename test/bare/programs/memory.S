# Alignment, atomics, and reservations.
        .include "bare.h"
main:
        la      a1, area

        test    1                       # any alignment works in RAM
        li      t0, 0x8877665544332211
        sd      t0, 0(a1)
        lw      t1, 1(a1)
        check   t1, 0x55443322
        lh      t1, 6(a1)
        check   t1, -0x7789
        lh      t1, 3(a1)
        check   t1, 0x5544
        lwu     t1, 3(a1)
        check   t1, 0x77665544
        sd      t0, 3(a1)
        ld      t1, 3(a1)
        check_equal t1, t0
        ld      t1, 0(a1)
        check   t1, 0x5544332211332211
        sh      t0, 13(a1)
        lhu     t1, 13(a1)
        check   t1, 0x2211

        test    2                       # also across a page
        li      t2, 4096 - 3
        add     t2, a1, t2
        sd      t0, 0(t2)
        ld      t1, 0(t2)
        check_equal t1, t0
        lbu     t1, 3(t2)
        check   t1, 0x44

        test    3                       # but not for atomics
        addi    a2, a1, 4
        resume  1f
        amoadd.d a0, a0, (a2)
1:      check   s0, STORE_MISALIGNED
        check_equal s2, a2
        addi    a2, a1, 2
        resume  1f
        amoswap.w a0, a0, (a2)
1:      check   s0, STORE_MISALIGNED
        resume  1f
        lr.w    a0, (a2)
1:      check   s0, LOAD_MISALIGNED
        resume  1f
        sc.w    a0, a0, (a2)
1:      check   s0, STORE_MISALIGNED

        test    4                       # nor for devices
        li      a2, CLINT + 2
        resume  1f
        lw      a0, 0(a2)
1:      check   s0, LOAD_ACCESS
        li      a2, MTIMECMP
        resume  1f
        amoadd.w a0, a0, (a2)
1:      check   s0, STORE_ACCESS
        lw      t0, 0(a2)
        check   t0, -1
        ld      t0, 0(a2)
        check   t0, -1

        test    5                       # past the end of RAM
        li      a2, RAM + (16 << 20) - 4
        lw      t0, 0(a2)
        resume  1f
        ld      t0, 0(a2)
1:      check   s0, LOAD_ACCESS
        resume  1f
        sw      t0, 4(a2)
1:      check   s0, STORE_ACCESS

        test    6                       # LR and SC
        li      t0, 5
        sd      t0, 0(a1)
        lr.d    t1, (a1)
        check   t1, 5
        li      t2, 6
        sc.d    t3, t2, (a1)
        check   t3, 0
        ld      t1, 0(a1)
        check   t1, 6
        test    7                       # a second SC fails and writes nothing
        sc.d    t3, t0, (a1)
        beqz    t3, fail
        ld      t1, 0(a1)
        check   t1, 6
        test    8                       # as does one elsewhere, which also ends the reservation
        addi    a2, a1, 64
        lr.w    t1, (a1)
        sc.w    t3, t0, (a2)
        beqz    t3, fail
        sc.w    t3, t0, (a1)
        beqz    t3, fail
        lw      t1, 0(a1)
        check   t1, 6
        test    9                       # results of .w are sign-extended
        li      t0, 0x80000000
        sw      t0, 0(a1)
        lr.w    t1, (a1)
        check   t1, -0x80000000
        sc.w    t3, zero, (a1)
        check   t3, 0

        test    10                      # AMOs: the old value, sign-extended, and the new one
        li      t0, 0xf0000001
        sw      t0, 0(a1)
        sw      t0, 4(a1)
        li      t2, 0x0fffffff
        amoadd.w t1, t2, (a1)
        check   t1, -0x0fffffff
        lw      t1, 0(a1)
        check   t1, 0
        lwu     t1, 4(a1)
        check_equal t1, t0
        li      t2, 1
        amomax.w t1, t2, (a1)
        amominu.w t1, t0, (a1)
        check   t1, 1
        lw      t1, 0(a1)
        check   t1, 1
        li      t2, -1
        amomin.d t1, t2, (a1)
        ld      t1, 0(a1)
        check   t1, -0x0ffffffeffffffff
        amoxor.d zero, t2, (a1)
        ld      t1, 0(a1)
        check   t1, 0x0ffffffefffffffe
        j       pass

        .data
        .balign 4096
area:   .skip   8192
