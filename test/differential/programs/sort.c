/* Quicksort and heapsort of signed and unsigned words. */
#include "runtime.h"

#define COUNT (150 * SCALE)
static i64 wide[COUNT];
static u32 narrow[COUNT];

static void quicksort(i64 *from, i64 *to) {
  while (to - from > 8) {
    i64 pivot = from[(to - from) / 2];
    i64 *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        i64 swap = *low;
        *low++ = *high;
        *high-- = swap;
      }
    }
    quicksort(from, high + 1);
    from = low;
  }
  for (i64 *at = from + 1; at < to; at++) {
    i64 value = *at;
    i64 *gap = at;
    for (; gap > from && gap[-1] > value; gap--) *gap = gap[-1];
    *gap = value;
  }
}

static void sift(u32 *heap, int root, int count) {
  for (int child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && heap[child] < heap[child + 1]) child++;
    if (heap[root] >= heap[child]) return;
    u32 swap = heap[root];
    heap[root] = heap[child];
    heap[child] = swap;
  }
}

int main(void) {
  u64 state = 88172645463325252ul;
  for (int i = 0; i < COUNT; i++) {
    u64 random = next_random(&state);
    wide[i] = (i64)random >> (random & 31);
    narrow[i] = (u32)(random >> 20);
  }
  quicksort(wide, wide + COUNT);
  for (int i = COUNT / 2 - 1; i >= 0; i--) sift(narrow, i, COUNT);
  for (int end = COUNT - 1; end > 0; end--) {
    u32 swap = narrow[0];
    narrow[0] = narrow[end];
    narrow[end] = swap;
    sift(narrow, 0, end);
  }
  u64 digest = 0;
  for (int i = 0; i < COUNT; i++) {
    fold(&digest, wide[i]);
    fold(&digest, narrow[i]);
    if (i > 0 && (wide[i - 1] > wide[i] || narrow[i - 1] > narrow[i])) return 1;
  }
  emit64(digest);
  return 0;
}
