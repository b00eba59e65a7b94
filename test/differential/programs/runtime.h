/* What the programs have in place of a C library: two system calls and a few helpers. */
#ifndef RUNTIME_H
#define RUNTIME_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int i32;
typedef long i64;

/* How much work to do: 1 when every instruction is traced. */
#ifndef SCALE
#define SCALE 1
#endif

static inline long system_call(long number, long a, long b, long c) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

static inline void emit(const void *bytes, long count) { system_call(64, 1, (long)bytes, count); }
static inline void emit64(u64 value) { emit(&value, 8); }

/* Marsaglia's xorshift64, for data that looks random. */
static inline u64 next_random(u64 *state) {
  u64 x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

/* Folds a value into a running digest (FNV-1a on 64-bit words). */
static inline void fold(u64 *digest, u64 value) { *digest = (*digest ^ value) * 0x100000001b3ul; }

int main(void);
#endif
