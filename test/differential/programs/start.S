# The entry of every program: a stack of our own (the emulator's would be elsewhere in each world),
# then main, then exit with its result.
        .globl  _start
        .section .text.start, "ax"
_start:
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        la      sp, stack_top
        call    main
        li      a7, 93
        ecall
        .bss
        .balign 16
        .skip   16384
stack_top:
