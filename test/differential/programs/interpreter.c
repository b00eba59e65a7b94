/* A little byte-code machine: jump tables, indirect calls, and branches that are hard to foresee. */
#include "runtime.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, JUMP_IF, LOAD, STORE, CALL, XOR, SHIFT, HALT };

static u64 negate(u64 x) { return -x; }
static u64 reverse(u64 x) {
  u64 result = 0;
  for (int i = 0; i < 16; i++, x >>= 4) result = result << 4 | (x & 15);
  return result;
}
static u64 population(u64 x) {
  u64 count = 0;
  for (; x; x &= x - 1) count++;
  return count;
}
static u64 (*const functions[])(u64) = {negate, reverse, population};

static const u8 program[] = {
    PUSH, 20,  STORE, 0,               /* counter */
    PUSH, 1,   STORE, 1,               /* accumulator */
    LOAD, 1,   PUSH,  33, MUL,         /* 8: loop */
    LOAD, 0,   ADD,   DUP, CALL, 1,
    XOR,  CALL, 0,    DUP, CALL, 2,
    ADD,  PUSH, 3,    SHIFT, STORE, 1,
    LOAD, 0,   PUSH,  1,  SUB,  DUP,
    STORE, 0,  JUMP_IF, 8, LOAD, 1, HALT,
};

__attribute__((noinline)) static u64 run(void) {
  u64 stack[16], variables[4] = {0};
  u64 *top = stack;
  for (u64 pc = 0;;) {
    switch (program[pc++]) {
      case PUSH: *top++ = program[pc++]; break;
      case ADD: top--; top[-1] += *top; break;
      case SUB: top--; top[-1] -= *top; break;
      case MUL: top--; top[-1] *= *top; break;
      case DUP: *top = top[-1]; top++; break;
      case SWAP: { u64 swap = top[-1]; top[-1] = top[-2]; top[-2] = swap; break; }
      case JUMP_IF: if (*--top) pc = program[pc]; else pc++; break;
      case LOAD: *top++ = variables[program[pc++]]; break;
      case STORE: variables[program[pc++]] = *--top; break;
      case CALL: top[-1] = functions[program[pc++]](top[-1]); break;
      case XOR: top--; top[-1] ^= *top; break;
      case SHIFT: top--; top[-1] = top[-1] << *top | top[-1] >> (64 - *top); break;
      default: return *--top;
    }
  }
}

int main(void) {
  for (int round = 0; round < SCALE; round++) emit64(run() + round);
  return 0;
}
