# Sv39: sizes of pages, permissions, A and D, faults, MPRV, fences.
        .include "bare.h"

        .equ    V, 1
        .equ    R, 2
        .equ    W, 4
        .equ    X, 8
        .equ    U, 16
        .equ    G, 32
        .equ    A, 64
        .equ    D, 128
        .equ    ALL, V | R | W | X | A | D

        .equ    WINDOW, 0x40000000      # virtual: entry 1 of the root, then tables
        .equ    SV39, 8 << 60

# Entry `index` of a table = the address of a label as a page number, with flags.
.macro set_entry table, index, target, flags
        la      t6, \target
        srli    t6, t6, 12
        slli    t6, t6, 10
        li      t5, \flags
        or      t6, t6, t5
        la      t5, \table
        li      t4, \index * 8
        add     t5, t5, t4
        sd      t6, 0(t5)
        sfence.vma
.endm

# Page 0 of the window shows `page` with these flags.
.macro map flags
        set_entry leaves, 0, page, \flags
.endm

.macro entry_flags register, table, index
        la      \register, \table + \index * 8
        ld      \register, 0(\register)
        andi    \register, \register, 0x3ff
.endm

# An access in a mode (0 U, 1 S) with mstatus bits set; the outcome is in s0 (0: none), s2, a0.
.macro access mode, bits, instruction:vararg
        li      t6, MSTATUS_SUM | MSTATUS_MXR | MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPRV | (\mode << 11) | \bits
        li      s0, 0
        la      s11, 9f
        li      a1, WINDOW
        csrs    mstatus, t6
        \instruction
9:      li      t6, MSTATUS_MPRV
        csrc    mstatus, t6
        la      s11, fail
.endm

.macro allowed mode, bits, instruction:vararg
        access  \mode, \bits, \instruction
        check   s0, 0
.endm

.macro denied cause, mode, bits, instruction:vararg
        access  \mode, \bits, \instruction
        check   s0, \cause
        check   s2, WINDOW
.endm

main:
        set_entry root, 1, middles, V
        set_entry middles, 0, leaves, V
        # RAM as one page of 1 GiB, at its own address, for S and another for U.
        la      t0, root
        li      t1, (RAM >> 2) | ALL
        sd      t1, 16(t0)
        li      t1, (RAM >> 2) | ALL | U
        sd      t1, 24(t0)
        la      t0, root
        srli    t0, t0, 12
        li      t1, SV39
        or      t0, t0, t1
        csrw    satp, t0
        csrr    t1, satp
        check_equal t0, t1
        sfence.vma

        test    1                       # modes other than Bare and Sv39 do not exist: nothing is written
        li      t1, 9 << 60
        csrw    satp, t1
        csrr    t1, satp
        check_equal t0, t1

        test    2                       # loads and stores of S
        li      t0, 0x1234
        la      t1, page
        sd      t0, 0(t1)
        map     V | R | W | A | D
        allowed 1, 0, ld a0, 0(a1)
        check   a0, 0x1234
        allowed 1, 0, sd a1, 8(a1)
        la      t1, page
        ld      t0, 8(t1)
        check   t0, WINDOW
        test    3
        map     V | R | A | D
        allowed 1, 0, ld a0, 0(a1)
        denied  STORE_PAGE, 1, 0, sd a1, 0(a1)
        denied  STORE_PAGE, 1, 0, amoadd.w a0, a1, (a1)
        test    4                       # execute-only: MXR makes it readable
        map     V | X | A | D
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        allowed 1, MSTATUS_MXR, ld a0, 0(a1)
        denied  LOAD_PAGE, 0, MSTATUS_MXR, ld a0, 0(a1)
        test    5                       # user pages: SUM lets S touch them
        map     V | R | W | U | A | D
        denied  LOAD_PAGE, 1, 0, lb a0, 0(a1)
        allowed 1, MSTATUS_SUM, lb a0, 0(a1)
        allowed 1, MSTATUS_SUM, sb a0, 0(a1)
        denied  STORE_PAGE, 1, 0, sb a0, 0(a1)
        allowed 0, 0, lb a0, 0(a1)
        test    6                       # supervisor pages are closed to U
        map     V | R | W | A | D
        denied  LOAD_PAGE, 0, MSTATUS_SUM, lb a0, 0(a1)
        denied  STORE_PAGE, 0, 0, sb a0, 0(a1)
        test    7                       # invalid and reserved entries
        map     R | W | A | D
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        map     V | W | A | D
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        map     V | R | W | A | D | (1 << 63)
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        map     V | R | W | A | D | (1 << 54)
        denied  STORE_PAGE, 1, 0, sd a0, 0(a1)
        map     V                       # a pointer where only leaves can be
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        test    8                       # A, D and U are reserved in pointers
        map     V | R | W | A | D
        set_entry middles, 0, leaves, V | A
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        set_entry middles, 0, leaves, V | D
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        set_entry middles, 0, leaves, V | U
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        set_entry middles, 0, leaves, V | G
        allowed 1, 0, ld a0, 0(a1)
        set_entry middles, 0, leaves, V

        test    9                       # hardware sets A, and D for stores
        map     V | R | W
        allowed 1, 0, ld a0, 0(a1)
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A
        allowed 1, 0, sd a0, 0(a1)
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A | D
        map     V | R
        denied  STORE_PAGE, 1, 0, sd a0, 0(a1)
        entry_flags t0, leaves, 0       # a store that faults sets neither
        check   t0, V | R
        map     V | R | W
        allowed 1, 0, amoswap.w a0, zero, (a1)
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A | D

        test    10                      # a clean page is seen again after a fence
        map     V | R | W | A
        allowed 1, 0, sd a0, 0(a1)
        map     V | R | W | A
        allowed 1, 0, sd a0, 8(a1)
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A | D

        test    11                      # 2 MiB and 1 GiB pages
        li      t0, WINDOW
        set_entry middles, 1, big, V | R | W | A | D
        la      t1, page
        li      t2, 0x5678
        sd      t2, 0(t1)
        li      t0, 0x200000
        la      t2, big
        sub     t1, t1, t2
        add     t0, t0, t1
        mv      a2, t0
        access  1, 0, add a1, a1, a2
        add     a2, a1, zero
        access  1, 0, ld a0, 0(a2)
        check   s0, 0
        check   a0, 0x5678
        set_entry middles, 1, page, V | R | W | A | D
        access  1, 0, ld a0, 0(a2)      # misaligned
        check   s0, LOAD_PAGE
        check_equal s2, a2

        test    12                      # addresses whose upper bits are no sign extension
        map     V | R | W | A | D
        li      a2, 1 << 39
        access  1, 0, ld a0, 0(a2)
        check   s0, LOAD_PAGE
        check_equal s2, a2
        li      a2, 1 << 63
        access  1, 0, sd a0, 0(a2)
        check   s0, STORE_PAGE

        test    13                      # a table where nothing is: an access fault
        la      t0, root
        li      t1, (0x40000000 >> 2) | V
        sd      t1, 32(t0)
        sfence.vma
        li      a2, 4 << 30
        access  1, 0, ld a0, 0(a2)
        check   s0, LOAD_ACCESS
        check_equal s2, a2

        test    14                      # without MPRV, M is not translated
        li      t0, WINDOW
        resume  1f
        ld      a0, 0(t0)
1:      check   s0, LOAD_ACCESS

        test    15                      # fetches: X, U, and never a user page for S
        set_entry leaves, 0, code, V | X | A
        resume  1f
        li      t0, WINDOW
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPP_S
        csrs    mstatus, t6
        csrw    mepc, t0
        mret                            # `code` is: ecall
1:      check   s0, SUPERVISOR_CALL
        check   s1, WINDOW
        set_entry leaves, 0, code, V | R | W | A | D
        resume  1f
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPP_S
        csrs    mstatus, t6
        li      t0, WINDOW
        csrw    mepc, t0
        mret
1:      check   s0, FETCH_PAGE
        check   s1, WINDOW
        check   s2, WINDOW
        set_entry leaves, 0, code, V | X | U | A
        resume  1f
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, MSTATUS_MPP_S | MSTATUS_SUM
        csrs    mstatus, t6
        li      t0, WINDOW
        csrw    mepc, t0
        mret
1:      check   s0, FETCH_PAGE
        resume  1f
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t0, WINDOW
        csrw    mepc, t0
        mret
1:      check   s0, USER_CALL
        check   s1, WINDOW

        test    16                      # an access across two pages: the second one's fault
        map     V | R | W | A | D
        set_entry leaves, 1, page, R | W | A | D
        li      a2, WINDOW + 4092
        access  1, 0, ld a0, 0(a2)
        check   s0, LOAD_PAGE
        check   s2, WINDOW + 4096
        test    17                      # a store like that writes nothing and marks nothing dirty
        map     V | R | W | A
        la      t0, page
        li      t2, 4088
        add     t2, t0, t2
        li      t1, -1
        sd      t1, 0(t2)
        access  1, 0, sd zero, 0(a2)
        check   s0, STORE_PAGE
        check   s2, WINDOW + 4096
        ld      t1, 0(t2)
        check   t1, -1
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A
        test    18                      # and when both are there, both get it
        set_entry leaves, 1, code2, V | R | W | A
        li      a3, 0x1122334455667788
        access  1, 0, sd a3, 0(a2)
        check   s0, 0
        access  1, 0, ld a0, 0(a2)
        check_equal a0, a3
        entry_flags t0, leaves, 0
        check   t0, V | R | W | A | D
        entry_flags t0, leaves, 1
        check   t0, V | R | W | A | D
        la      t0, code2
        lwu     t0, 0(t0)
        check   t0, 0x11223344

        test    19                      # fences: by address, and the page that remains
        set_entry leaves, 2, page, V | R | W | A | D
        map     V | R | W | A | D
        allowed 1, 0, ld a0, 0(a1)
        li      a2, WINDOW + 8192
        access  1, 0, ld a0, 0(a2)
        la      t0, leaves
        sd      zero, 0(t0)
        li      t1, WINDOW
        sfence.vma t1, zero
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        access  1, 0, ld a0, 0(a2)
        check   s0, 0

        test    20                      # another root: other translations, at once behind the fence
        set_entry leaves, 0, page, V | R | W | A | D
        la      t0, page
        li      t1, 1
        sd      t1, 0(t0)
        allowed 1, 0, ld a0, 0(a1)
        check   a0, 1
        csrr    s5, satp
        la      t0, root2
        srli    t0, t0, 12
        li      t1, SV39
        or      t0, t0, t1
        csrw    satp, t0
        sfence.vma
        denied  LOAD_PAGE, 1, 0, ld a0, 0(a1)
        csrw    satp, zero
        sfence.vma
        access  1, 0, ld a0, 0(a1)
        check   s0, LOAD_ACCESS
        csrw    satp, s5
        sfence.vma
        allowed 1, 0, ld a0, 0(a1)
        check   a0, 1
        j       pass

        .data
        .balign 4096
root:   .skip   4096
root2:  .skip   4096
middles: .skip  4096
leaves: .skip   4096
code:   ecall
        .balign 4096
code2:  .skip   4096
        .balign 0x200000
big:    .skip   4096
page:   .skip   4096
