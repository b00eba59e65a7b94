# Interrupts: sources, masks, priorities, vectors, timers, and waiting for them.
        .include "bare.h"

.macro set_timer ticks
        li      t6, MTIME
        ld      t5, 0(t6)
        addi    t5, t5, \ticks
        li      t6, MTIMECMP
        sd      t5, 0(t6)
.endm

.macro stop_timer
        li      t6, MTIMECMP
        li      t5, -1
        sd      t5, 0(t6)
.endm

.macro software_interrupt value
        li      t6, CLINT
        li      t5, \value
        sw      t5, 0(t6)
.endm

.macro interrupted code, level=3
        check   s0, INTERRUPT | \code
        check   s2, 0
        check   s4, \level
.endm

main:
        test    1                       # a software interrupt, when mie and mstatus let it
        software_interrupt 1
        csrr    t0, mip
        andi    t0, t0, MSIP
        check   t0, MSIP
        li      t0, MSIP
        csrw    mie, t0
        nop                             # MIE is off: nothing happens
        resume  2f
        csrsi   mstatus, MSTATUS_MIE
1:      j       fail
2:      interrupted 3
        check_address s1, 1b
        software_interrupt 0
        csrr    t0, mip
        andi    t0, t0, MSIP
        check   t0, 0

        test    2                       # mip.MSIP cannot be written
        li      t0, MSIP | MTIP | MEIP
        csrs    mip, t0
        csrr    t0, mip
        li      t1, MSIP | MTIP | MEIP
        and     t0, t0, t1
        check   t0, 0

        test    3                       # below M, M's interrupts come whatever MIE says
        csrci   mstatus, MSTATUS_MIE
        li      t0, MSTATUS_MPIE
        csrc    mstatus, t0
        software_interrupt 1
        resume  2f
        enter   1, 1f
1:      j       1b
2:      interrupted 3
        check_address s1, 1b
        software_interrupt 0

        test    4                       # the timer, while the hart runs
        li      t0, MTIP
        csrw    mie, t0
        set_timer 3
        resume  2f
        csrsi   mstatus, MSTATUS_MIE
1:      j       1b
2:      interrupted 7
        csrr    t0, mip
        andi    t0, t0, MTIP
        check   t0, MTIP
        li      t6, MTIME
        ld      t0, 0(t6)
        li      t6, MTIMECMP
        ld      t1, 0(t6)
        bltu    t0, t1, fail
        stop_timer
        csrr    t0, mip
        andi    t0, t0, MTIP
        check   t0, 0

        test    5                       # the timer, while the hart waits
        set_timer 1000
        resume  2f
        csrsi   mstatus, MSTATUS_MIE
        wfi
1:      j       fail
2:      interrupted 7
        check_address s1, 1b
        stop_timer

        test    6                       # WFI ends for what is enabled in mie, though not in mstatus
        csrci   mstatus, MSTATUS_MIE
        set_timer 1000
        wfi
        csrr    t0, mip
        andi    t0, t0, MTIP
        check   t0, MTIP
        software_interrupt 1
        li      t0, MSIP
        csrw    mie, t0
        wfi                             # pending already: no wait
        software_interrupt 0

        test    7                       # software comes before the timer, and the vectors differ
        li      t0, MSIP | MTIP
        csrw    mie, t0
        software_interrupt 1
        la      t0, vectors + 1
        csrw    mtvec, t0
        la      s11, 2f
        csrsi   mstatus, MSTATUS_MIE
        j       fail
2:      interrupted 3
        check   a0, 3
        software_interrupt 0
        la      s11, 2f
        csrsi   mstatus, MSTATUS_MIE
        j       fail
2:      interrupted 7
        check   a0, 7
        stop_timer
        la      t0, machine_trap
        csrw    mtvec, t0

        test    8                       # S's interrupts: to M, unless delegated
        li      t0, SSIP
        csrw    mie, t0
        csrw    mip, t0
        resume  2f
        csrsi   mstatus, MSTATUS_MIE
1:      j       fail
2:      interrupted 1
        li      t0, SSIP | STIP | SEIP
        csrw    mideleg, t0
        resume  fail
        csrsi   mstatus, MSTATUS_MIE    # delegated: M is not interrupted
        nop
        csrci   mstatus, MSTATUS_MIE
        resume  2f
        csrci   mstatus, MSTATUS_SIE
        enter   0, 1f
1:      j       fail
2:      interrupted 1, 1
        check_address s1, 1b

        test    9                       # we are in S: masked by SIE, cleared through sip
        nop
        csrr    t0, sip
        check   t0, SSIP
        csrci   sip, SSIP
        csrr    t0, sip
        check   t0, 0
        csrsi   sip, SSIP
        resume  2f
        csrsi   sstatus, MSTATUS_SIE
1:      j       fail
2:      interrupted 1, 1
        csrci   sip, SSIP
        li      t0, STIP | SEIP         # of sip, S may write SSIP only
        csrs    sip, t0
        csrr    t0, sip
        check   t0, 0
        to_machine

        test    10                      # external before software before timer, in S as in M
        li      t0, SSIP | STIP | SEIP
        csrw    mie, t0
        csrs    mip, t0
        la      t0, vectors + 1
        csrw    stvec, t0
        resume  2f
        enter   0, 1f
1:      j       fail
2:      check   a0, 9
        to_machine
        li      t0, SEIP
        csrc    mip, t0
        resume  2f
        enter   0, 1f
1:      j       fail
2:      check   a0, 1
        to_machine
        li      t0, SSIP
        csrc    mip, t0
        resume  2f
        enter   0, 1f
1:      j       fail
2:      check   a0, 5
        to_machine
        li      t0, STIP
        csrc    mip, t0
        la      t0, supervisor_trap
        csrw    stvec, t0

        test    11                      # M's interrupts before S's
        li      t0, SSIP | MSIP
        csrw    mie, t0
        csrsi   mip, SSIP
        software_interrupt 1
        resume  2f
        enter   0, 1f
1:      j       fail
2:      interrupted 3
        software_interrupt 0
        csrci   mip, SSIP

        test    12                      # Sstc: stimecmp drives STIP, which then cannot be written
        li      t0, 1 << 63
        csrw    menvcfg, t0
        csrw    stimecmp, zero
        csrr    t0, mip
        andi    t0, t0, STIP
        check   t0, STIP
        li      t0, -1
        csrw    stimecmp, t0
        li      t0, STIP
        csrs    mip, t0
        csrr    t0, mip
        andi    t0, t0, STIP
        check   t0, 0

        test    13                      # S sets its timer itself, if mcounteren.TM lets it
        csrw    mcounteren, zero
        resume  2f
        enter   1, 1f
1:      csrw    stimecmp, zero
2:      check   s0, ILLEGAL
        csrwi   mcounteren, 2
        li      t0, STIP
        csrw    mie, t0
        resume  2f
        csrci   mstatus, MSTATUS_SIE
        enter   1, 1f
1:      csrr    t0, time
        addi    t0, t0, 1000
        csrw    stimecmp, t0
        csrsi   sstatus, MSTATUS_SIE
3:      wfi
        j       fail
2:      interrupted 5, 1
        li      t0, -1
        csrw    stimecmp, t0
        to_machine

        test    14                      # a delegated interrupt waits while M runs
        csrw    stimecmp, zero
        csrsi   mstatus, MSTATUS_MIE
        nop
        nop
        csrw    mie, zero
        csrw    menvcfg, zero

        test    15                      # xRET itself opens the door
        csrci   mstatus, MSTATUS_MIE
        software_interrupt 1
        li      t0, MSIP
        csrw    mie, t0
        li      t0, MSTATUS_MPP | MSTATUS_MPIE
        csrs    mstatus, t0
        la      t0, 1f
        csrw    mepc, t0
        resume  2f
        mret
1:      j       fail
2:      interrupted 3
        check_address s1, 1b
        software_interrupt 0
        j       pass

# Entry 4c of a vectored handler tells a0 its number, then goes to the ordinary one of its mode.
        .balign 256
vectors:
        .set    code, 0
        .rept   12
        j       entries + 12 * code
        .set    code, code + 1
        .endr
entries:
        .set    code, 0
        .rept   12
        li      a0, code
        j       vector_common
        nop
        .set    code, code + 1
        .endr
vector_common:
        li      t6, 3
        beq     a0, t6, machine_trap
        li      t6, 7
        beq     a0, t6, machine_trap
        j       supervisor_trap
