# Every bare program includes this. It runs in M-mode; gp counts the tests; the verdict goes to tohost
# (1 = pass, 2n + 1 = test n failed), by the convention of HTIF.
#
# A trap that M takes is recorded and execution goes on, still in M-mode, at the address in s11:
#   s0 mcause   s1 mepc   s2 mtval   s3 mstatus   s4 3
# and the same with S's registers and s4 = 1 for a trap that S takes. A trap that no test expects finds
# s11 = fail. Scratch registers of the macros: t4, t5, t6.

        .equ    RAM, 0x80000000
        .equ    CLINT, 0x2000000
        .equ    MTIMECMP, CLINT + 0x4000
        .equ    MTIME, CLINT + 0xbff8

        .equ    ILLEGAL, 2
        .equ    BREAKPOINT, 3
        .equ    LOAD_MISALIGNED, 4
        .equ    LOAD_ACCESS, 5
        .equ    STORE_MISALIGNED, 6
        .equ    STORE_ACCESS, 7
        .equ    USER_CALL, 8
        .equ    SUPERVISOR_CALL, 9
        .equ    MACHINE_CALL, 11
        .equ    FETCH_ACCESS, 1
        .equ    FETCH_PAGE, 12
        .equ    LOAD_PAGE, 13
        .equ    STORE_PAGE, 15
        .equ    INTERRUPT, 1 << 63

        .equ    MSTATUS_SIE, 1 << 1
        .equ    MSTATUS_MIE, 1 << 3
        .equ    MSTATUS_SPIE, 1 << 5
        .equ    MSTATUS_MPIE, 1 << 7
        .equ    MSTATUS_SPP, 1 << 8
        .equ    MSTATUS_MPP_S, 1 << 11
        .equ    MSTATUS_MPP, 3 << 11
        .equ    MSTATUS_FS, 3 << 13
        .equ    MSTATUS_MPRV, 1 << 17
        .equ    MSTATUS_SUM, 1 << 18
        .equ    MSTATUS_MXR, 1 << 19
        .equ    MSTATUS_TVM, 1 << 20
        .equ    MSTATUS_TW, 1 << 21
        .equ    MSTATUS_TSR, 1 << 22

        .equ    SSIP, 1 << 1
        .equ    MSIP, 1 << 3
        .equ    STIP, 1 << 5
        .equ    MTIP, 1 << 7
        .equ    SEIP, 1 << 9
        .equ    MEIP, 1 << 11

# The label of the next test.
.macro test number
        li      gp, \number
        la      s11, fail
.endm

# Fails unless the register holds the value.
.macro check register, value
        li      t6, \value
        bne     \register, t6, fail
.endm

.macro check_equal a, b
        bne     \a, \b, fail
.endm

# Fails unless the register holds the address of the label.
.macro check_address register, label
        la      t6, \label
        bne     \register, t6, fail
.endm

# What follows is expected to trap; execution goes on at the label.
.macro resume label
        la      s11, \label
.endm

# Checks what the last trap recorded.
.macro trapped cause, epc, tval, level=3
        check   s0, \cause
        check_address s1, \epc
        check   s2, \tval
        check   s4, \level
.endm

# Continues at the label in user (0) or supervisor (1) mode. From M only.
.macro enter mode, label
        li      t6, MSTATUS_MPP
        csrc    mstatus, t6
        li      t6, \mode << 11
        csrs    mstatus, t6
        la      t6, \label
        csrw    mepc, t6
        mret
.endm

# Back to M-mode from wherever: ecall, which must not be delegated.
.macro to_machine
        la      s11, 9f
        ecall
9:
.endm

        .option norvc
        # gp is no pointer here.
        .option norelax
        .section .text.start, "ax"
        .globl  _start
_start: la      t0, machine_trap
        csrw    mtvec, t0
        la      t0, supervisor_trap
        csrw    stvec, t0
        la      s11, fail
        # All of memory is open to everybody.
        li      t0, -1
        csrw    pmpaddr15, t0
        li      t0, 0x1f << 56
        csrw    pmpcfg2, t0
        j       main

        .balign 4
machine_trap:
        csrr    s0, mcause
        csrr    s1, mepc
        csrr    s2, mtval
        csrr    s3, mstatus
        li      s4, 3
        jr      s11
        .balign 4
supervisor_trap:
        csrr    s0, scause
        csrr    s1, sepc
        csrr    s2, stval
        csrr    s3, sstatus
        li      s4, 1
        jr      s11

# Both end in M-mode or get there: tohost may be out of reach below.
pass:   li      t0, 1
        j       9f
fail:   slli    t0, gp, 1
        ori     t0, t0, 1
9:      csrr    t1, mhartid
        la      t1, tohost
        sd      t0, 0(t1)
8:      j       8b

        .section .tohost, "aw"
        .balign 64
        .globl  tohost
tohost: .dword  0
        .globl  fromhost
fromhost: .dword 0
        .text
