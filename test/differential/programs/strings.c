/* Bytes: copying in all alignments, comparing, searching, numbers to text and back. */
#include "runtime.h"

static u8 source[256], target[256];

__attribute__((noinline)) static void copy(u8 *to, const u8 *from, u64 count) {
  for (; count > 0 && ((u64)to & 7); count--) *to++ = *from++;
  for (; count >= 8; count -= 8, to += 8, from += 8) *(u64 *)to = *(const u64 *)from;
  while (count--) *to++ = *from++;
}

__attribute__((noinline)) static void move(u8 *to, const u8 *from, u64 count) {
  if (to < from) {
    while (count--) *to++ = *from++;
  } else {
    while (count--) to[count] = from[count];
  }
}

__attribute__((noinline)) static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

__attribute__((noinline)) static long find(const char *text, const char *pattern) {
  for (long at = 0; text[at]; at++) {
    long i = 0;
    while (pattern[i] && text[at + i] == pattern[i]) i++;
    if (!pattern[i]) return at;
  }
  return -1;
}

__attribute__((noinline)) static char *decimal(char *end, i64 value) {
  u64 magnitude = value < 0 ? -(u64)value : (u64)value;
  *--end = 0;
  do *--end = '0' + magnitude % 10;
  while (magnitude /= 10);
  if (value < 0) *--end = '-';
  return end;
}

__attribute__((noinline)) static i64 parse(const char *text) {
  int negative = *text == '-';
  u64 value = 0;
  for (text += negative; *text; text++) value = value * 10 + (*text - '0');
  return negative ? -value : value;
}

int main(void) {
  u64 digest = 0, state = 123456789;
  for (int round = 0; round < SCALE; round++) {
    for (int i = 0; i < 256; i++) source[i] = (u8)next_random(&state);
    for (int from = 0; from < 8; from += 3) {
      for (int to = 0; to < 8; to += 2) {
        copy(target + to, source + from, 61);
        move(target + 16 + to, target + from, 40);
        for (int i = 0; i < 64; i += 8) fold(&digest, *(u64 *)(target + i));
      }
    }
    static const i64 numbers[] = {0, -1, 7, 1234567890123456789, -9223372036854775807 - 1, 9223372036854775807};
    for (u64 i = 0; i < sizeof numbers / sizeof *numbers; i++) {
      char buffer[32];
      char *text = decimal(buffer + sizeof buffer, numbers[i]);
      if (parse(text) != numbers[i]) return 1;
      fold(&digest, compare(text, "12345"));
      emit(text, buffer + sizeof buffer - 1 - text);
    }
    fold(&digest, find("the quick brown fox jumps over the lazy dog", "lazy"));
    fold(&digest, find("aaaaaaaaaaaaaaaaaaaaaaab", "aaab"));
  }
  emit64(digest);
  return 0;
}
