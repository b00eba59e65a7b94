/* The A extension: every AMO, and LR/SC that succeed and that fail. */
#include "runtime.h"

static u64 words[4] __attribute__((aligned(8)));
static const u64 operands[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffffffffffff, 0x8000000000000000, 0x0123456789abcdef};
#define COUNT (sizeof operands / sizeof *operands)

#define AMO(name)                                                                            \
  {                                                                                          \
    u64 old;                                                                                 \
    words[1] = a;                                                                            \
    __asm__ volatile(#name " %0, %2, (%1)" : "=r"(old) : "r"(&words[1]), "r"(b) : "memory"); \
    fold(&digest, old);                                                                      \
    fold(&digest, words[1]);                                                                 \
  }
#define BOTH(name) AMO(name.w) AMO(name.d) AMO(name.w.aq) AMO(name.d.aqrl)

static u64 add_by_loop(u64 *word, u64 value) {
  u64 old, failed;
  do {
    __asm__ volatile("lr.d.aq %0, (%1)" : "=r"(old) : "r"(word) : "memory");
    __asm__ volatile("sc.d.rl %0, %2, (%1)" : "=&r"(failed) : "r"(word), "r"(old + value) : "memory");
  } while (failed);
  return old;
}

static u64 store_without_reservation(u64 *word, u64 value) {
  u64 failed, ignored;
  /* The first SC takes the reservation away, so the second must fail. */
  __asm__ volatile("lr.w %0, (%1)" : "=r"(ignored) : "r"(word) : "memory");
  __asm__ volatile("sc.w %0, %2, (%1)" : "=&r"(failed) : "r"(word), "r"(value) : "memory");
  __asm__ volatile("sc.w %0, %2, (%1)" : "=&r"(failed) : "r"(word), "r"(~value) : "memory");
  return failed != 0;
}

int main(void) {
  u64 digest = 0;
  for (int round = 0; round < SCALE; round++) {
    for (u64 i = 0; i < COUNT; i++) {
      for (u64 k = 0; k < COUNT; k++) {
        u64 a = operands[i], b = operands[k];
        BOTH(amoswap) BOTH(amoadd) BOTH(amoxor) BOTH(amoand) BOTH(amoor)
        BOTH(amomin) BOTH(amomax) BOTH(amominu) BOTH(amomaxu)
      }
      fold(&digest, add_by_loop(&words[2], operands[i]));
      fold(&digest, store_without_reservation(&words[3], operands[i]));
      fold(&digest, words[2] + words[3]);
    }
  }
  emit64(digest);
  return 0;
}
