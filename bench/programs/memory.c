/* Reading and writing arrays of 4 MB: fill, add, transpose in tiles, copy, sum of bytes. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SIDE 1024
#define WORDS (SIDE * SIDE)
#define ROUNDS 8
/* Words of a row that are moved together. */
#define TILE 16

static uint32_t a[WORDS], b[WORDS], c[WORDS];

static void add(uint32_t round) {
  for (uint32_t i = 0; i < WORDS; i++) c[i] = a[i] + b[i] * round;
}

static void transpose_tile(uint32_t top, uint32_t left) {
  for (uint32_t row = top; row < top + TILE; row++)
    for (uint32_t column = left; column < left + TILE; column++)
      b[column * SIDE + row] = c[row * SIDE + column];
}

static void transpose(void) {
  for (uint32_t top = 0; top < SIDE; top += TILE)
    for (uint32_t left = 0; left < SIDE; left += TILE) transpose_tile(top, left);
}

static uint32_t sum_bytes(void) {
  const uint8_t *bytes = (const uint8_t *)c;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < sizeof c; i++) sum = sum * 3 + bytes[i];
  return sum;
}

int main(void) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < WORDS; i++) a[i] = i * 2654435761u;
  memset(b, 7, sizeof b);
  for (uint32_t round = 1; round <= ROUNDS; round++) {
    add(round);
    transpose();
    memcpy(a, c, sizeof a);
    sum = (sum << 1 | sum >> 31) ^ sum_bytes();
  }
  printf("%" PRIu32 "\n", sum);
  return 0;
}
