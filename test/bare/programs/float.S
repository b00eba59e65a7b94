# The state of the floating-point unit: mstatus.FS, fcsr, rounding modes, boxing.
        .include "bare.h"

.macro set_fs value
        li      t6, MSTATUS_FS
        csrc    mstatus, t6
        li      t6, \value << 13
        csrs    mstatus, t6
.endm

.macro check_fs value
        csrr    t5, mstatus
        srli    t5, t5, 13
        andi    t5, t5, 3
        check   t5, \value
.endm

main:
        test    1                       # off: every instruction and register of it is illegal
        set_fs  0
        resume  1f
first:  fadd.d  f0, f0, f0
1:      trapped ILLEGAL, first, 0x02007053
        la      a1, area
        resume  1f
        fld     f0, 0(a1)
1:      check   s0, ILLEGAL
        resume  1f
        fsw     f0, 0(a1)
1:      check   s0, ILLEGAL
        resume  1f
        csrr    t0, fcsr
1:      check   s0, ILLEGAL
        resume  1f
        fmv.x.d t0, f0
1:      check   s0, ILLEGAL
        .option rvc
        resume  1f
        c.fld   f8, 0(a1)
        c.nop
1:      check   s0, ILLEGAL
        .option norvc
        check_fs 0

        test    2                       # what changes its state makes it dirty
        set_fs  1
        csrr    t0, mstatus
        bltz    t0, fail                # SD is clear
        fmv.d.x f0, zero
        check_fs 3
        csrr    t0, mstatus
        bgez    t0, fail
        set_fs  2
        csrwi   frm, 0
        check_fs 3
        set_fs  2
        fld     f1, 0(a1)
        check_fs 3

        test    3                       # fcsr is frm and fflags
        csrwi   fcsr, 0
        csrwi   frm, 3
        csrwi   fflags, 21
        csrr    t0, fcsr
        check   t0, (3 << 5) | 21
        li      t0, -1
        csrw    fcsr, t0
        csrr    t0, fcsr
        check   t0, 255
        csrr    t0, frm
        check   t0, 7
        csrr    t0, fflags
        check   t0, 31

        test    4                       # reserved rounding modes: by frm, and in the instruction
        csrwi   frm, 5
        resume  1f
dynamic: fadd.s f0, f0, f0, dyn
1:      check   s0, ILLEGAL
        check_address s1, dynamic
        fadd.s  f0, f0, f0, rne
        fsgnj.s f0, f0, f0              # has no rounding mode
        csrwi   frm, 0
        resume  1f
        .word   0x00005053              # fadd.s with rm = 5
1:      check   s0, ILLEGAL

        test    5                       # flags accumulate
        csrwi   fcsr, 0
        li      t0, 1
        fcvt.d.l f0, t0
        fcvt.d.l f1, zero
        fdiv.d  f2, f0, f1              # DZ
        csrr    t0, fflags
        check   t0, 8
        li      t0, 3
        fcvt.d.l f3, t0
        fdiv.d  f4, f0, f3              # NX
        csrr    t0, fflags
        check   t0, 9
        fsub.d  f2, f2, f2              # NV
        csrr    t0, fflags
        check   t0, 25
        fmv.x.d t0, f2
        check   t0, 0x7ff8000000000000

        test    6                       # rounding follows frm
        csrwi   frm, 3                  # up
        fdiv.d  f4, f0, f3
        fmv.x.d t0, f4
        check   t0, 0x3fd5555555555556
        csrwi   frm, 2
        fdiv.d  f4, f0, f3
        fmv.x.d t0, f4
        check   t0, 0x3fd5555555555555
        fdiv.d  f4, f0, f3, rup
        fmv.x.d t0, f4
        check   t0, 0x3fd5555555555556
        csrwi   frm, 0

        test    7                       # singles are boxed, and count only when boxed
        li      t0, 0x3f800000
        sw      t0, 0(a1)
        flw     f5, 0(a1)
        fmv.x.d t0, f5
        check   t0, 0xffffffff3f800000
        li      t0, 0x3f800000
        fmv.d.x f6, t0                  # not boxed
        fadd.s  f7, f6, f6
        fmv.x.w t0, f7
        check   t0, 0x7fc00000
        fmv.x.w t0, f6                  # moves and stores do not look
        check   t0, 0x3f800000
        fsw     f6, 4(a1)
        lw      t0, 4(a1)
        check   t0, 0x3f800000
        fcvt.d.s f7, f6
        fmv.x.d t0, f7
        check   t0, 0x7ff8000000000000

        test    8                       # a faulting load leaves the register alone
        li      t0, 77
        fmv.d.x f8, t0
        li      t1, 0x40000000
        resume  1f
        fld     f8, 0(t1)
1:      check   s0, LOAD_ACCESS
        fmv.x.d t0, f8
        check   t0, 77

        test    9                       # conversions that do not fit, and minus zero
        csrwi   fflags, 0
        li      t0, -1
        fcvt.d.l f0, t0
        fcvt.lu.d t0, f0
        check   t0, 0
        csrr    t0, fflags
        check   t0, 16
        fmv.d.x f1, zero
        fneg.d  f1, f1
        fmin.d  f2, f1, f1
        feq.d   t0, f1, f2
        check   t0, 1
        fclass.d t0, f1
        check   t0, 8
        j       pass

        .data
        .balign 8
area:   .dword  0, 0
