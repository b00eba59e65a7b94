# Physical memory protection: modes of matching, permissions, priority, locks.
        .include "bare.h"

        .equ    R, 1
        .equ    W, 2
        .equ    X, 4
        .equ    TOR, 0x08
        .equ    NA4, 0x10
        .equ    NAPOT, 0x18
        .equ    L, 0x80

# pmpaddr of a label.
.macro address register, label, offset=0
        la      t6, \label
        li      t5, \offset
        add     t6, t6, t5
        srli    t6, t6, 2
        csrw    \register, t6
.endm

# A load or store as S (by MPRV): a2 is the address; s0 is 0 or the cause.
.macro access instruction:vararg
        li      s0, 0
        la      s11, 9f
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPRV | MSTATUS_MPP_S
        csrs    mstatus, t6
        \instruction
9:      li      t6, MSTATUS_MPRV
        csrc    mstatus, t6
        la      s11, fail
.endm

.macro allowed instruction:vararg
        access  \instruction
        check   s0, 0
.endm

.macro denied cause, instruction:vararg
        access  \instruction
        check   s0, \cause
.endm

.macro configure value
        li      t6, \value
        csrw    pmpcfg0, t6
.endm

main:
        la      a2, area

        test    1                       # the registers are there and keep what is legal
        li      t0, -1
        csrw    pmpaddr0, t0
        csrr    t0, pmpaddr0
        check   t0, (1 << 54) - 1
        li      t0, 0x60
        csrw    pmpcfg0, t0             # bits 5 and 6 are zero
        csrr    t0, pmpcfg0
        check   t0, 0

        test    2                       # the lowest entry that matches decides
        address pmpaddr0, area
        csrr    t0, pmpaddr0
        ori     t0, t0, 0x1ff           # NAPOT: 4 KiB
        csrw    pmpaddr0, t0
        configure NAPOT
        denied  LOAD_ACCESS, ld a0, 0(a2)
        check_equal s2, a2
        denied  STORE_ACCESS, sd a0, 8(a2)
        configure NAPOT | R
        allowed ld a0, 0(a2)
        denied  STORE_ACCESS, sd a0, 0(a2)
        denied  STORE_ACCESS, amoadd.d a0, a0, (a2)
        configure NAPOT | R | W
        allowed sd a0, 0(a2)
        allowed amoadd.d a0, a0, (a2)

        test    3                       # M is bound by locked entries only
        configure NAPOT
        ld      a0, 0(a2)
        sd      a0, 0(a2)

        test    4                       # eight bytes: their neighbours are free
        address pmpaddr0, area, 16
        configure NAPOT
        allowed ld a0, 8(a2)
        denied  LOAD_ACCESS, ld a0, 16(a2)
        denied  LOAD_ACCESS, lb a0, 23(a2)
        allowed ld a0, 24(a2)
        test    5                       # an access that lies only partly in an entry fails
        configure NAPOT | R | W | X
        denied  LOAD_ACCESS, ld a0, 12(a2)
        denied  STORE_ACCESS, sw a0, 22(a2)
        allowed ld a0, 16(a2)

        test    6                       # four bytes
        address pmpaddr0, area, 32
        configure NA4
        allowed lw a0, 28(a2)
        denied  LOAD_ACCESS, lw a0, 32(a2)
        denied  LOAD_ACCESS, ld a0, 32(a2)
        allowed lw a0, 36(a2)

        test    7                       # top of range, from the entry before
        address pmpaddr0, area, 64
        address pmpaddr1, area, 128
        configure TOR << 8
        allowed ld a0, 56(a2)
        denied  LOAD_ACCESS, ld a0, 64(a2)
        denied  LOAD_ACCESS, ld a0, 120(a2)
        allowed ld a0, 128(a2)
        address pmpaddr0, area, 128     # nothing between: no match
        address pmpaddr1, area, 64
        allowed ld a0, 64(a2)
        csrw    pmpaddr0, zero          # entry 0 alone goes from address 0
        address pmpaddr0, area, 8
        configure TOR
        denied  LOAD_ACCESS, ld a0, 0(a2)
        allowed ld a0, 8(a2)

        test    8                       # fetches
        configure 0
        address pmpaddr0, code
        configure NA4 | R | W
        resume  2f
        enter   1, code
2:      check   s0, FETCH_ACCESS
        check_address s1, code
        check_address s2, code
        configure NA4 | X
        resume  2f
        enter   1, code
2:      check   s0, SUPERVISOR_CALL

        test    9                       # the second half of an instruction may be denied alone
        address pmpaddr0, straddle, 2
        configure NA4 | R | W
        resume  2f
        enter   1, straddle
2:      check   s0, FETCH_ACCESS
        check_address s1, straddle
        check_address s2, straddle + 2

        test    10                      # nothing matches: denied below M
        configure 0
        li      t0, 0x1f << 56
        csrw    pmpcfg2, zero
        denied  LOAD_ACCESS, ld a0, 0(a2)
        ld      a0, 0(a2)
        csrw    pmpcfg2, t0
        allowed ld a0, 0(a2)

        test    11                      # page tables are read with S's rights
        la      t1, table
        la      t0, table
        srli    t0, t0, 12
        li      t2, 8 << 60
        or      t0, t0, t2
        csrw    satp, t0
        li      t2, (RAM >> 2) | 0xcf
        sd      t2, 16(t1)
        sfence.vma
        allowed ld a0, 0(a2)
        address pmpaddr0, table
        csrr    t0, pmpaddr0
        ori     t0, t0, 0x1ff
        csrw    pmpaddr0, t0
        configure NAPOT
        sfence.vma
        denied  LOAD_ACCESS, ld a0, 0(a2)
        check_equal s2, a2
        configure NAPOT | R             # readable is enough until A or D must be set
        sfence.vma
        allowed ld a0, 0(a2)
        li      t2, (RAM >> 2) | 0x0f
        sd      t2, 16(t1)
        sfence.vma
        denied  LOAD_ACCESS, ld a0, 0(a2)
        csrw    satp, zero
        configure 0
        sfence.vma

        test    12                      # a locked entry binds M, and stays
        address pmpaddr3, area, 256
        configure (L | NAPOT | R) << 24
        ld      a0, 256(a2)
        resume  1f
        sd      a0, 256(a2)
1:      check   s0, STORE_ACCESS
        configure 0
        csrr    t0, pmpcfg0
        check   t0, (L | NAPOT | R) << 24
        csrr    t0, pmpaddr3
        csrw    pmpaddr3, zero
        csrr    t1, pmpaddr3
        check_equal t0, t1
        test    13                      # a locked top of range locks the address before it
        address pmpaddr4, area, 512
        address pmpaddr5, area, 576
        configure (L | TOR | R) << 40
        csrr    t0, pmpaddr4
        csrw    pmpaddr4, zero
        csrr    t1, pmpaddr4
        check_equal t0, t1
        resume  1f
        sd      a0, 512(a2)
1:      check   s0, STORE_ACCESS
        sd      a0, 576(a2)
        j       pass

        .balign 4
code:   ecall
        .balign 4
        .option rvc
        c.nop
straddle: .word 0x00000073             # ecall, its second half in the next four bytes
        .option norvc
        .data
        .balign 4096
area:   .skip   4096
table:  .skip   4096
