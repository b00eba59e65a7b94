/* Loads and stores of every width at every offset, also across the end of a page. */
#include "runtime.h"

static u8 area[8192 + 64] __attribute__((aligned(4096)));

#define ACCESS(load, store, at, value)                                        \
  {                                                                           \
    u64 result;                                                               \
    __asm__ volatile(store " %0, 0(%1)" : : "r"(value), "r"(at) : "memory"); \
    __asm__ volatile(load " %0, 1(%1)" : "=r"(result) : "r"(at) : "memory"); \
    fold(&digest, result);                                                    \
  }

int main(void) {
  u64 digest = 0, state = 42;
  for (int i = 0; i < (int)sizeof area; i += 64) area[i] = (u8)i;
  for (int round = 0; round < SCALE; round++) {
    static const int bases[] = {0, 4096 - 8, 8192 - 8};
    for (int b = 0; b < 3; b++) {
      for (int offset = 0; offset < 16; offset++) {
        u8 *at = area + bases[b] + offset;
        u64 value = next_random(&state);
        ACCESS("lb", "sb", at, value) ACCESS("lbu", "sb", at, value)
        ACCESS("lh", "sh", at, value) ACCESS("lhu", "sh", at, value)
        ACCESS("lw", "sw", at, value) ACCESS("lwu", "sw", at, value)
        ACCESS("ld", "sd", at, value)
        double number;
        __asm__ volatile("fld %0, 0(%1)" : "=f"(number) : "r"(at) : "memory");
        __asm__ volatile("fsd %0, 3(%1)" : : "f"(number), "r"(at) : "memory");
        __asm__ volatile("flw %0, 2(%1)" : "=f"(number) : "r"(at) : "memory");
        __asm__ volatile("fsw %0, 5(%1)" : : "f"(number), "r"(at) : "memory");
      }
    }
  }
  for (int i = 0; i + 8 <= (int)sizeof area; i += 8) {
    u64 word = *(u64 *)(area + i);
    if (word) fold(&digest, word + i);
  }
  emit64(digest);
  return 0;
}
