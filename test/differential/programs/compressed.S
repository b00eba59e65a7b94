# Every compressed instruction, in a loop, with the registers they can name and those they cannot.
        .option rvc
        .globl  main
        .text
main:
        c.addi16sp sp, -64
        c.sdsp  ra, 56(sp)
        c.sdsp  s0, 48(sp)
        c.sdsp  s1, 40(sp)
        li      a6, 0
        li      t6, 40
        la      s1, words
loop:
        c.mv    s0, s1
        c.lw    a0, 0(s0)
        c.ld    a1, 8(s0)
        c.lw    a2, 124(s0)
        c.ld    a3, 248(s0)
        c.addi  a0, 31
        c.addi  a1, -32
        c.addiw a2, -1
        c.addiw a3, 0
        c.li    a4, -32
        c.li    a5, 31
        c.lui   t1, 0xfffe1
        c.lui   t2, 31
        c.add   a4, t1
        c.add   a5, t2
        c.sub   a0, a1
        c.xor   a1, a2
        c.or    a2, a3
        c.and   a3, a4
        c.subw  a4, a5
        c.addw  a5, a0
        c.andi  a5, -32
        c.andi  a4, 31
        c.srli  a1, 1
        c.srli  a2, 63
        c.srai  a3, 33
        c.srai  a0, 7
        c.slli  a0, 3
        c.slli  t1, 40
        c.sw    a0, 0(s0)
        c.sd    a1, 8(s0)
        c.sw    a2, 124(s0)
        c.sd    a3, 248(s0)
        c.addi4spn a2, sp, 8
        c.swsp  a4, 8(sp)
        c.lwsp  t3, 8(sp)
        c.sdsp  a5, 16(sp)
        c.ldsp  t4, 16(sp)
        c.sub   a2, a2
        c.fld   fa0, 16(s0)
        c.fldsp fa1, 16(sp)
        c.fsd   fa0, 24(s0)
        c.fsdsp fa1, 24(sp)
        c.beqz  a2, 1f
        c.nop
1:      c.bnez  a2, 2f
        c.add   a6, a0
2:      c.add   a6, a1
        c.add   a6, t1
        c.add   a6, t3
        c.add   a6, t4
        c.j     3f
        .half   0
3:      la      t5, callee
        c.jalr  t5
        c.add   a6, a0
        # A misaligned 32-bit instruction between compressed ones.
        c.nop
        add     a7, a6, a5
        xor     a6, a6, a7
        c.addi  t6, -1
        bnez    t6, loop
        c.sdsp  a6, 8(sp)
        li      a7, 64
        li      a0, 1
        addi    a1, sp, 8
        li      a2, 8
        ecall
        c.li    a0, 0
        c.ldsp  ra, 56(sp)
        c.ldsp  s0, 48(sp)
        c.ldsp  s1, 40(sp)
        c.addi16sp sp, 64
        c.jr    ra
callee:
        c.add   a0, ra
        c.sub   a0, a3
        c.jr    ra

        .data
        .balign 8
words:
        .set    value, 0x9e3779b9
        .rept   40
        .dword  value * 0x7f4a7c15
        .set    value, value + 0x10325476
        .endr
