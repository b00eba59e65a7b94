# Exceptions, their records, delegation, returns, and what each mode may do.
        .include "bare.h"
main:
        test    1                       # an illegal instruction leaves its bits
        resume  1f
illegal32: .word 0xdeadbeff
1:      trapped ILLEGAL, illegal32, 0xdeadbeff

        test    2                       # a compressed one its sixteen bits
        resume  1f
        .option rvc
illegal16: .half 0x9c41
        c.nop
        .option norvc
1:      trapped ILLEGAL, illegal16, 0x9c41

        test    3                       # all zeros is illegal
        resume  1f
zeros:  .word   0
1:      trapped ILLEGAL, zeros, 0

        test    4                       # ecall
        resume  1f
machine_call: ecall
1:      trapped MACHINE_CALL, machine_call, 0

        test    5                       # ebreak leaves its address
        resume  1f
break:  ebreak
1:      check   s0, BREAKPOINT
        check_address s1, break
        check_address s2, break

        test    6                       # mstatus remembers mode and interrupt enable
        csrsi   mstatus, MSTATUS_MIE
        resume  1f
        ecall
1:      li      t0, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE
        and     t0, s3, t0
        check   t0, MSTATUS_MPP | MSTATUS_MPIE

        test    7                       # mret gives them back, MPP becomes U
        la      t0, 1f
        csrw    mepc, t0
        li      t0, MSTATUS_MPRV
        csrs    mstatus, t0
        mret
1:      csrr    t0, mstatus
        li      t1, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPRV
        and     t0, t0, t1
        check   t0, MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPRV
        csrci   mstatus, MSTATUS_MIE
        li      t0, MSTATUS_MPRV
        csrc    mstatus, t0

        test    8                       # ecall from U and from S
        resume  2f
        enter   0, 1f
1:      ecall
2:      trapped USER_CALL, 1b, 0
        li      t0, MSTATUS_MPP
        and     t0, s3, t0
        check   t0, 0
        test    9
        resume  2f
        enter   1, 1f
1:      ecall
2:      trapped SUPERVISOR_CALL, 1b, 0
        li      t0, MSTATUS_MPP
        and     t0, s3, t0
        check   t0, MSTATUS_MPP_S

        test    10                      # a delegated exception of U goes to S
        li      t0, 1 << ILLEGAL
        csrw    medeleg, t0
        csrsi   mstatus, MSTATUS_SIE
        resume  2f
        enter   0, 1f
1:      .word   0xffffffff
2:      trapped ILLEGAL, 1b, 0xffffffff, 1
        li      t0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
        and     t0, s3, t0
        check   t0, MSTATUS_SPIE

        test    11                      # we are in S now: its own go to S too
        resume  2f
1:      .word   0xffffffff
2:      trapped ILLEGAL, 1b, 0xffffffff, 1
        li      t0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
        and     t0, s3, t0
        check   t0, MSTATUS_SPP

        test    12                      # sret to U, with SPIE as the enable
        li      t0, MSTATUS_SPP
        csrc    sstatus, t0
        csrsi   sstatus, 0
        li      t0, MSTATUS_SPIE
        csrs    sstatus, t0
        la      t0, 1f
        csrw    sepc, t0
        sret
1:      resume  2f
        ecall                           # not delegated
2:      check   s0, USER_CALL
        li      t0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
        and     t0, s3, t0
        check   t0, MSTATUS_SPIE | MSTATUS_SIE

        test    13                      # M's exceptions are never delegated
        resume  2f
1:      .word   0xffffffff
2:      trapped ILLEGAL, 1b, 0xffffffff

        test    14                      # medeleg has no bits for what cannot be delegated
        li      t0, -1
        csrw    medeleg, t0
        csrr    t1, medeleg
        li      t2, 1 << MACHINE_CALL
        and     t1, t1, t2
        check   t1, 0
        csrw    medeleg, zero

        test    15                      # U and S may not use what belongs above
        resume  2f
        enter   0, 1f
1:      csrr    t0, sstatus
2:      check   s0, ILLEGAL
        resume  2f
        enter   1, 1f
1:      csrr    t0, mstatus
2:      check   s0, ILLEGAL
        resume  2f
        enter   1, 1f
1:      mret
2:      trapped ILLEGAL, 1b, 0x30200073
        resume  2f
        enter   0, 1f
1:      sret
2:      trapped ILLEGAL, 1b, 0x10200073
        resume  2f
        enter   0, 1f
1:      wfi
2:      trapped ILLEGAL, 1b, 0x10500073
        resume  2f
        enter   0, 1f
1:      sfence.vma
2:      check   s0, ILLEGAL

        test    16                      # read-only registers, and registers that are not there
        resume  2f
1:      csrw    mhartid, zero
2:      check   s0, ILLEGAL
        csrrs   t0, mhartid, zero       # reads only
        check   t0, 0
        resume  2f
1:      csrrwi  zero, 0x5c0, 0
2:      check   s0, ILLEGAL

        test    17                      # TVM, TW and TSR
        li      t0, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
        csrs    mstatus, t0
        resume  2f
        enter   1, 1f
1:      csrr    t0, satp
2:      check   s0, ILLEGAL
        resume  2f
        enter   1, 1f
1:      sfence.vma
2:      check   s0, ILLEGAL
        resume  2f
        enter   1, 1f
1:      wfi
2:      check   s0, ILLEGAL
        resume  2f
        enter   1, 1f
1:      sret
2:      check   s0, ILLEGAL
        csrr    t0, satp                # M is free to
        li      t0, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
        csrc    mstatus, t0

        test    18                      # exceptions use a vectored handler's base
        la      t0, machine_trap + 1
        csrw    mtvec, t0
        resume  1f
        ecall
1:      check   s0, MACHINE_CALL
        la      t0, machine_trap
        csrw    mtvec, t0

        test    19                      # epc has no bit 0; MPP = 2 is not a mode
        li      t0, -1
        csrw    mepc, t0
        csrr    t0, mepc
        check   t0, -2
        li      t0, MSTATUS_MPP
        csrs    mstatus, t0
        csrr    t1, mstatus
        li      t2, MSTATUS_MPP_S
        xor     t1, t1, t2
        csrw    mstatus, t1
        csrr    t1, mstatus
        and     t1, t1, t0
        check   t1, MSTATUS_MPP

        test    20                      # the faulting instruction has no other effect
        li      a0, 77
        resume  1f
        lw      a0, 0(zero)
1:      check   s0, LOAD_ACCESS
        check   s2, 0
        check   a0, 77
        resume  1f
        li      t0, 0x40000000
        amoadd.w a0, a0, (t0)
1:      check   s0, STORE_ACCESS
        check   a0, 77
        check   s2, 0x40000000

        test    21                      # a jump to nothing traps at its target
        li      t0, 0x40000000
        resume  2f
        jalr    a0, t0, 0
1:      j       fail
2:      check   s0, FETCH_ACCESS
        check   s1, 0x40000000
        check   s2, 0x40000000
        check_address a0, 1b
        j       pass
