# Code that changes, and instructions that lie in two pages.
        .include "bare.h"

        .equ    V, 1
        .equ    ALL, 0xcf
        .equ    LOW, 0x40000000         # virtual: two pages that need not be neighbours

.macro set_leaf index, target, flags
        la      t6, \target
        srli    t6, t6, 12
        slli    t6, t6, 10
        li      t5, \flags
        or      t6, t6, t5
        la      t5, leaves
        sd      t6, \index * 8(t5)
        sfence.vma
.endm

# To LOW + offset in S; comes back by a trap.
.macro go offset
        la      s11, 9f
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPP_S
        csrs    mstatus, t6
        li      t6, LOW + \offset
        csrw    mepc, t6
        mret
9:
.endm

main:
        test    1                       # a function, run often, then changed
        li      s5, 100
1:      call    function
        check   a0, 1
        addi    s5, s5, -1
        bnez    s5, 1b
        la      t0, function
        li      t1, 0x00200513          # li a0, 2
        sw      t1, 0(t0)
        fence.i
        call    function
        check   a0, 2

        test    2                       # changed on every turn, from inside the same page
        li      s5, 1
1:      la      t0, patched
        slli    t1, s5, 20
        li      t2, 0x00000513          # li a0, s5
        or      t1, t1, t2
        sw      t1, 0(t0)
        fence.i
patched: li     a0, 0
        check_equal a0, s5
        addi    s5, s5, 1
        li      t0, 200
        bne     s5, t0, 1b

        test    3                       # the very next instruction, by halves
        la      t0, next
        li      t1, 0x0513
        sh      t1, 0(t0)
        li      t1, 0x07b0              # li a0, 123
        sh      t1, 2(t0)
        fence.i
next:   .word   0
        check   a0, 123

        test    4                       # four bytes become two instructions of two
        la      t0, pair
        li      t1, 0x05050505          # c.addi a0, 1 twice
        call    pair
        check   a0, 7
        sw      t1, 0(t0)
        fence.i
        li      a0, 7
        call    pair
        check   a0, 9

        test    5                       # a whole page of code, copied over another
        la      t0, source
        la      t1, target
        li      t2, 4096
        add     t2, t0, t2
1:      ld      t3, 0(t0)
        sd      t3, 0(t1)
        addi    t0, t0, 8
        addi    t1, t1, 8
        bne     t0, t2, 1b
        fence.i
        call    target
        check   a0, 42
        la      t1, target
        li      t2, 0x02b00513          # li a0, 43
        sw      t2, 0(t1)
        fence.i
        call    target
        check   a0, 43

        # Address space: LOW and LOW + 4096 show pages of our choice, RAM is where it is.
        la      t0, root
        la      t1, middles
        srli    t1, t1, 2
        ori     t1, t1, V
        sd      t1, 8(t0)
        li      t1, (RAM >> 2) | ALL
        sd      t1, 16(t0)
        la      t0, leaves
        srli    t0, t0, 2
        ori     t0, t0, V
        la      t1, middles
        sd      t0, 0(t1)
        la      t0, root
        srli    t0, t0, 12
        li      t1, 8 << 60
        or      t0, t0, t1
        csrw    satp, t0

        test    6                       # an instruction in two pages, which are no neighbours in RAM
        set_leaf 0, first, ALL
        set_leaf 1, second, ALL
        li      a0, 0
        go      4094
        check   s0, SUPERVISOR_CALL
        check   s1, LOW + 4098
        check   a0, 0x111
        test    7                       # its second half changes with the mapping
        set_leaf 1, third, ALL
        go      4094
        check   s0, SUPERVISOR_CALL
        check   a0, 0x222
        test    8                       # or by a store
        la      t0, third
        li      t1, 0x3330
        sh      t1, 0(t0)
        fence.i
        go      4094
        check   a0, 0x333
        test    9                       # the second half is missing: epc the instruction, tval the page
        set_leaf 1, third, ALL & ~V
        li      a0, 5
        go      4094
        check   s0, FETCH_PAGE
        check   s1, LOW + 4094
        check   s2, LOW + 4096
        check   a0, 5
        test    10                      # there, but not executable
        set_leaf 1, third, ALL & ~8
        go      4094
        check   s0, FETCH_PAGE
        check   s2, LOW + 4096
        test    11                      # the first half is missing
        set_leaf 1, third, ALL
        set_leaf 0, first, ALL & ~V
        go      4094
        check   s0, FETCH_PAGE
        check   s1, LOW + 4094
        check   s2, LOW + 4094
        test    12                      # a fetch sets A in both
        set_leaf 0, first, ALL & ~0xc0
        set_leaf 1, third, ALL & ~0xc0
        go      4094
        check   a0, 0x333
        la      t0, leaves
        ld      t1, 0(t0)
        andi    t1, t1, 0xff
        check   t1, ALL & ~0x80
        ld      t1, 8(t0)
        andi    t1, t1, 0xff
        check   t1, ALL & ~0x80
        test    13                      # a compressed instruction at the very end needs no second page
        set_leaf 0, fourth, ALL
        set_leaf 1, third, ALL & ~V
        li      a0, 0
        go      4094
        check   s0, FETCH_PAGE
        check   s1, LOW + 4096
        check   s2, LOW + 4096
        check   a0, 31
        test    14                      # one page of RAM under two addresses, written by one, run by the other
        set_leaf 0, source, ALL
        set_leaf 1, source, ALL
        csrw    satp, zero
        la      t0, source
        li      t1, 0x00000073          # ecall
        sw      t1, 4(t0)
        la      t2, root
        srli    t2, t2, 12
        li      t3, 8 << 60
        or      t2, t2, t3
        csrw    satp, t2
        sfence.vma
        go      4096
        check   s1, LOW + 4100
        check   a0, 42
        li      t1, 0x02c00513          # li a0, 44
        la      t0, source
        sw      t1, 0(t0)
        fence.i
        go      0
        check   a0, 44
        go      4096
        check   a0, 44
        csrw    satp, zero
        j       pass

function:
        li      a0, 1
        ret
        .balign 4
pair:   li      a0, 7
        ret

        .balign 4096
source: li      a0, 42
        ret
        .balign 4096
target: .skip   4096
first:  .skip   4094
        .half   0x0513                  # li a0, imm: the immediate is in the second half
second: .half   0x1110
        ecall
        .balign 4096
third:  .half   0x2220
        ecall
        .balign 4096
fourth: .skip   4094
        .half   0x457d                  # c.li a0, 31
        .data
        .balign 4096
root:   .skip   4096
middles: .skip  4096
leaves: .skip   4096
