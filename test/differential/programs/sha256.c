/* SHA-256 (FIPS 180-4) of a few messages. The constants are computed: roots of the first primes. */
#include "runtime.h"

static u32 constants[64];
static u32 initial[8];

static u32 rotate(u32 x, int n) { return x >> n | x << (32 - n); }

/* The first 32 bits of the fraction of the square (2) or cube (3) root, by bisection on integers. */
static u32 root_fraction(u64 prime, int degree) {
  unsigned __int128 target = (unsigned __int128)prime << (32 * degree);
  u64 low = 0, high = 1ul << 37;
  while (high - low > 1) {
    u64 middle = (low + high) / 2;
    unsigned __int128 power = (unsigned __int128)middle * middle;
    if (degree == 3) power *= middle;
    if (power > target) high = middle;
    else low = middle;
  }
  return (u32)low;
}

static void prepare(void) {
  int found = 0;
  for (u64 candidate = 2; found < 64; candidate++) {
    int prime = 1;
    for (u64 d = 2; d * d <= candidate; d++) prime &= candidate % d != 0;
    if (!prime) continue;
    if (found < 8) initial[found] = root_fraction(candidate, 2);
    constants[found++] = root_fraction(candidate, 3);
  }
}

static void compress(u32 *state, const u8 *block) {
  u32 w[64], v[8];
  for (int i = 0; i < 16; i++)
    w[i] = (u32)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    u32 a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  for (int i = 0; i < 8; i++) v[i] = state[i];
  for (int i = 0; i < 64; i++) {
    u32 e = v[4], a = v[0];
    u32 t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + constants[i] + w[i];
    u32 t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    for (int k = 7; k > 0; k--) v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

static void digest(const u8 *message, u64 length) {
  u32 state[8];
  u8 block[64];
  for (int i = 0; i < 8; i++) state[i] = initial[i];
  u64 done = 0;
  for (; length - done >= 64; done += 64) compress(state, message + done);
  u64 rest = length - done;
  for (u64 i = 0; i < 64; i++) block[i] = i < rest ? message[done + i] : i == rest ? 0x80 : 0;
  if (rest >= 56) {
    compress(state, block);
    for (int i = 0; i < 64; i++) block[i] = 0;
  }
  for (int i = 0; i < 8; i++) block[63 - i] = (u8)(length * 8 >> (8 * i));
  compress(state, block);
  for (int i = 0; i < 8; i++) {
    u8 bytes[4] = {state[i] >> 24, state[i] >> 16, state[i] >> 8, state[i]};
    emit(bytes, 4);
  }
}

int main(void) {
  static u8 message[200 * SCALE];
  prepare();
  for (u64 i = 0; i < sizeof message; i++) message[i] = (u8)(i * 7);
  digest((const u8 *)"abc", 3);
#if SCALE > 1
  digest(message, sizeof message);
#endif
  return 0;
}
