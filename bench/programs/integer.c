/* 32-bit integer work: a sieve, Collatz sequences, a heap sort, and a hash of strings. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define SIEVE 2000000
#define COLLATZ 150000
#define SORTED 200000
#define HASHED 1500000

static uint8_t composite[SIEVE];
static uint32_t heap[SORTED];

static uint32_t count_primes(void) {
  uint32_t count = 0;
  for (uint32_t i = 2; i < SIEVE; i++) {
    if (composite[i]) continue;
    count++;
    for (uint32_t j = 2 * i; j < SIEVE; j += i) composite[j] = 1;
  }
  return count;
}

/* Values stay below 2^32 for all starting points that are tried here, save a few, which wrap alike. */
static uint32_t longest_collatz(void) {
  uint32_t best = 0, best_length = 0;
  for (uint32_t start = 1; start < COLLATZ; start++) {
    uint32_t length = 0;
    for (uint32_t n = start; n > 1; length++) n = n & 1 ? 3 * n + 1 : n >> 1;
    if (length > best_length) {
      best = start;
      best_length = length;
    }
  }
  return best ^ best_length << 20;
}

static void sift_down(uint32_t root, uint32_t size) {
  uint32_t value = heap[root];
  for (uint32_t child; (child = 2 * root + 1) < size; root = child) {
    if (child + 1 < size && heap[child + 1] > heap[child]) child++;
    if (heap[child] <= value) break;
    heap[root] = heap[child];
  }
  heap[root] = value;
}

static uint32_t heap_sort(void) {
  uint32_t seed = 12345;
  for (uint32_t i = 0; i < SORTED; i++) heap[i] = seed = seed * 1664525 + 1013904223;
  for (uint32_t i = SORTED / 2; i-- > 0;) sift_down(i, SORTED);
  for (uint32_t size = SORTED; size-- > 1;) {
    uint32_t largest = heap[0];
    heap[0] = heap[size];
    heap[size] = largest;
    sift_down(0, size);
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < SORTED; i++) sum = sum * 31 + heap[i];
  return sum;
}

static uint32_t hash_strings(void) {
  uint32_t all = 0;
  for (uint32_t i = 0; i < HASHED; i++) {
    char text[11];
    uint32_t length = 0, hash = 5381;
    for (uint32_t n = i * 2654435761u; n > 0; n /= 10) text[length++] = (char)('0' + n % 10);
    while (length > 0) hash = hash * 33 ^ (uint32_t)text[--length];
    all = (all << 5 | all >> 27) ^ hash;
  }
  return all;
}

int main(void) {
  uint32_t primes = count_primes();
  uint32_t collatz = longest_collatz();
  uint32_t sorted = heap_sort();
  uint32_t hashed = hash_strings();
  printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", primes, collatz, sorted, hashed);
  return 0;
}
