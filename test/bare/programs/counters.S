# Counters: they count instructions, exactly, and each level shows them to the one below.
        .include "bare.h"
main:
        test    1                       # between two reads: the first one and what follows it
        csrr    t0, minstret
        nop
        nop
        csrr    t1, minstret
        sub     t1, t1, t0
        check   t1, 3
        csrr    t0, mcycle
        nop
        csrr    t1, cycle
        sub     t1, t1, t0
        check   t1, 2

        test    2                       # taken branches count as one
        csrr    t0, instret
        j       1f
        nop
1:      li      t2, 10
2:      addi    t2, t2, -1
        bnez    t2, 2b
        csrr    t1, instret
        sub     t1, t1, t0
        check   t1, 23

        test    3                       # a written value is what the next instruction reads
        li      t0, 1000
        csrw    minstret, t0
        csrr    t1, minstret
        check   t1, 1000
        csrw    mcycle, t0
        nop
        csrr    t1, mcycle
        check   t1, 1001
        li      t0, -2                  # and the count wraps
        csrw    mcycle, t0
        nop
        nop
        csrr    t1, mcycle
        check   t1, 0

        test    4                       # mcountinhibit stops each on its own
        csrwi   mcountinhibit, 1
        csrr    t0, mcycle
        csrr    t2, minstret
        nop
        csrr    t1, mcycle
        check_equal t0, t1
        csrr    t1, minstret
        sub     t1, t1, t2
        check   t1, 4                   # check_equal is one instruction
        csrwi   mcountinhibit, 4
        csrr    t2, minstret
        nop
        csrr    t1, minstret
        check_equal t1, t2
        csrwi   mcountinhibit, 0

        test    5                       # time runs and cannot be written
        csrr    t0, time
1:      csrr    t1, time
        beq     t0, t1, 1b
        bltu    t1, t0, fail
        resume  1f
        csrw    time, zero
1:      check   s0, ILLEGAL
        li      t2, MTIME
        ld      t1, 0(t2)
        csrr    t0, time
        bltu    t0, t1, fail

        test    6                       # S needs mcounteren, U scounteren as well
        csrw    mcounteren, zero
        resume  2f
        enter   1, 1f
1:      csrr    t0, cycle
2:      check   s0, ILLEGAL
        csrwi   mcounteren, 7
        csrw    scounteren, zero
        resume  2f
        enter   1, 1f
1:      csrr    t0, cycle
        csrr    t0, time
        csrr    t0, instret
        ecall
2:      check   s0, SUPERVISOR_CALL
        resume  2f
        enter   0, 1f
1:      csrr    t0, time
2:      check   s0, ILLEGAL
        csrwi   scounteren, 2
        resume  2f
        enter   0, 1f
1:      csrr    t0, time
        csrr    t0, cycle
2:      check   s0, ILLEGAL
        check_address s1, 1b + 4
        csrwi   mcounteren, 5           # scounteren alone is not enough
        resume  2f
        enter   0, 1f
1:      csrr    t0, time
2:      check   s0, ILLEGAL
        check_address s1, 1b

        test    7                       # the other counters are zero
        csrr    t0, mhpmcounter3
        check   t0, 0
        csrr    t0, mhpmevent31
        check   t0, 0
        csrr    t0, hpmcounter31
        check   t0, 0

        test    8                       # what traps takes a cycle, but does not retire
        csrr    t0, mcycle
        csrr    t2, minstret
        resume  1f
        ecall
1:      csrr    t1, mcycle
        csrr    t3, minstret
        sub     t1, t1, t0
        sub     t3, t3, t2
        sub     t1, t1, t3
        check   t1, 1
        csrwi   mcountinhibit, 4        # and what stands still does not go back
        csrr    t2, minstret
        resume  1f
        ecall
1:      csrr    t3, minstret
        csrwi   mcountinhibit, 0
        check_equal t2, t3
        j       pass
