# The world of the user programs on a bare machine: M-mode code that starts them in U-mode and serves
# the system calls write (64) and exit (93). What they write collects from OUTPUT on.
        .equ    OUTPUT, 0x80800000

        # gp belongs to the program.
        .option norelax
        .section .text.start, "ax"
        .globl  _start
_start:
        # One PMP entry opens all of memory.
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      t0, trap
        csrw    mtvec, t0
        la      t0, save
        csrw    mscratch, t0
        li      t0, 1 << 13             # FS = Initial, MPP = U
        csrw    mstatus, t0
        la      t0, entry
        ld      t0, 0(t0)
        csrw    mepc, t0
        mret

        .balign 4
trap:
        csrrw   sp, mscratch, sp
        sd      t0, 0(sp)
        sd      t1, 8(sp)
        sd      t2, 16(sp)
        csrr    t0, mcause
        li      t1, 8
        bne     t0, t1, unexpected
        li      t1, 93
        beq     a7, t1, exit
        li      t1, 64
        bne     a7, t1, unexpected
        ld      t0, 24(sp)              # bytes written so far
        li      t1, OUTPUT
        add     t1, t1, t0
        add     t0, t0, a2
        sd      t0, 24(sp)
        mv      t2, a2
        beqz    t2, 2f
1:      lbu     t0, 0(a1)
        sb      t0, 0(t1)
        addi    a1, a1, 1
        addi    t1, t1, 1
        addi    t2, t2, -1
        bnez    t2, 1b
2:      sub     a1, a1, a2
        mv      a0, a2
        csrr    t0, mepc
        addi    t0, t0, 4
        csrw    mepc, t0
        ld      t0, 0(sp)
        ld      t1, 8(sp)
        ld      t2, 16(sp)
        csrrw   sp, mscratch, sp
        mret
exit:
        slli    t0, a0, 1
        ori     t0, t0, 1
        j       3f
unexpected:
        li      t0, (1337 << 1) | 1
3:      la      t1, tohost
        sd      t0, 0(t1)
        j       3b

        .data
        .balign 8
        .globl  entry, tohost, written
entry:  .dword  0
tohost: .dword  0
save:   .dword  0, 0, 0
written: .dword 0
