/* An interpreter of bytecode for a stack machine, which counts primes by trial division. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define LIMIT 90000

enum operation {
  PUSH,        /* a constant */
  LOAD,        /* a variable */
  STORE,       /* into a variable */
  ADD,
  MULTIPLY,
  REMAINDER,
  LESS,
  JUMP,        /* to an index */
  JUMP_IF,     /* to an index, unless zero is on the stack */
  PRINT,
  HALT
};

enum variable { CANDIDATE, DIVISOR, COUNT };

static const int32_t program[] = {
    /* 0: candidate = 2 */
    PUSH, 2, STORE, CANDIDATE,
    /* 4: divisor = 2 */
    PUSH, 2, STORE, DIVISOR,
    /* 8: if candidate < divisor * divisor goto 34 */
    LOAD, CANDIDATE, LOAD, DIVISOR, LOAD, DIVISOR, MULTIPLY, LESS, JUMP_IF, 34,
    /* 18: if candidate % divisor goto 27 */
    LOAD, CANDIDATE, LOAD, DIVISOR, REMAINDER, JUMP_IF, 27,
    /* 25: it divides: goto 41 */
    JUMP, 41,
    /* 27: divisor + 1, goto 57 */
    PUSH, 1, LOAD, DIVISOR, ADD, JUMP, 57,
    /* 34: a prime: count = count + 1 */
    LOAD, COUNT, PUSH, 1, ADD, STORE, COUNT,
    /* 41: candidate = candidate + 1; if candidate < LIMIT goto 4 */
    LOAD, CANDIDATE, PUSH, 1, ADD, STORE, CANDIDATE,
    LOAD, CANDIDATE, PUSH, LIMIT, LESS, JUMP_IF, 4,
    /* 55: */
    PRINT, HALT,
    /* 57: divisor = what 27 has left, goto 8 */
    STORE, DIVISOR, JUMP, 8};

static uint64_t executed;

static int32_t run(const int32_t *code) {
  int32_t variables[3] = {0};
  int32_t stack[16];
  int32_t *top = stack;
  for (const int32_t *at = code;;) {
    executed++;
    switch ((enum operation)*at++) {
    case PUSH: *top++ = *at++; break;
    case LOAD: *top++ = variables[*at++]; break;
    case STORE: variables[*at++] = *--top; break;
    case ADD: top--; top[-1] += *top; break;
    case MULTIPLY: top--; top[-1] *= *top; break;
    case REMAINDER: top--; top[-1] %= *top; break;
    case LESS: top--; top[-1] = top[-1] < *top; break;
    case JUMP: at = code + *at; break;
    case JUMP_IF: at = *--top != 0 ? code + *at : at + 1; break;
    case PRINT: printf("%" PRId32 " ", variables[COUNT]); break;
    case HALT: return variables[COUNT];
    }
  }
}

int main(void) {
  int32_t count = run(program);
  printf("%" PRId32 " %" PRIu64 "\n", count, executed);
  return 0;
}
