/* Loads that depend on each other: one cycle through all nodes of a list in random order. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NODES (1 << 17)
#define STEPS 3000000

/* As large as a cache line, whatever the size of a pointer. */
struct node {
  struct node *next;
  uint32_t value;
} __attribute__((aligned(64)));

static struct node nodes[NODES];
static uint32_t order[NODES];

/* Sattolo's shuffle: its permutations have one cycle only. */
static void link_nodes(void) {
  uint32_t seed = 1;
  for (uint32_t i = 0; i < NODES; i++) order[i] = i;
  for (uint32_t i = NODES - 1; i > 0; i--) {
    seed = seed * 1664525 + 1013904223;
    uint32_t other = (uint32_t)((uint64_t)seed * i >> 32);
    uint32_t kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (uint32_t i = 0; i < NODES; i++) {
    nodes[i].next = &nodes[order[i]];
    nodes[i].value = i;
  }
}

int main(void) {
  link_nodes();
  uint32_t sum = 0;
  const struct node *node = nodes;
  for (uint32_t step = 0; step < STEPS; step++) {
    sum = (sum << 1 | sum >> 31) + node->value;
    node = node->next;
  }
  printf("%" PRIu32 "\n", sum);
  return 0;
}
