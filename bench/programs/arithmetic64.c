/* 64-bit arithmetic: primality by modular powers, xorshift numbers, greatest common divisors. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define CANDIDATES 5000
#define RANDOM 36000000
#define DIVISORS 200000

static uint64_t state = UINT64_C(88172645463325252);

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* a * b mod m for m below 2^63, by doubling: no machine here has 128 bits. */
static uint64_t multiply_modulo(uint64_t a, uint64_t b, uint64_t m) {
  uint64_t product = 0;
  for (; b > 0; b >>= 1) {
    if (b & 1) product = product >= m - a ? product - (m - a) : product + a;
    a = a >= m - a ? a - (m - a) : a + a;
  }
  return product;
}

/* a * b mod m for m below 2^32: one multiplication and one division. */
static uint64_t small_multiply_modulo(uint64_t a, uint64_t b, uint64_t m) { return a * b % m; }

/* Fermat's test to base 2, with the multiplication that suits the size. */
static int probably_prime(uint64_t n, uint64_t (*multiply)(uint64_t, uint64_t, uint64_t)) {
  uint64_t power = 1, base = 2;
  for (uint64_t exponent = n - 1; exponent > 0; exponent >>= 1) {
    if (exponent & 1) power = multiply(power, base, n);
    base = multiply(base, base, n);
  }
  return power == 1;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
  while (b != 0) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

int main(void) {
  int large = 0, small = 0;
  for (int i = 0; i < CANDIDATES; i++) {
    uint64_t n = next() >> 2 | 1;
    large += probably_prime(n, multiply_modulo);
    for (int j = 0; j < 10; j++) small += probably_prime((next() >> 32) | 1, small_multiply_modulo);
  }
  uint64_t mixed = 0;
  for (int i = 0; i < RANDOM; i++) {
    uint64_t x = next();
    mixed = (mixed << 9 | mixed >> 55) + x * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)((int64_t)x >> 17);
  }
  uint64_t divisors = 0;
  for (int i = 0; i < DIVISORS; i++) divisors += greatest_common_divisor(next(), next());
  printf("%d %d %" PRIx64 " %" PRIu64 "\n", large, small, mixed, divisors);
  return 0;
}
