/* Text for gzip: sentences of made-up words, some much more frequent than others. */
#include <stdint.h>
#include <stdio.h>

#define WORDS 400000
#define VOCABULARY 4000

static uint32_t seed = 7;

static uint32_t below(uint32_t limit) {
  seed = seed * 1664525 + 1013904223;
  return (uint32_t)((uint64_t)seed * limit >> 32);
}

/* The same word for the same number. */
static void print_word(uint32_t word) {
  static const char consonants[] = "bdfgklmnprstvwz", vowels[] = "aeiou";
  uint32_t bits = word * 2654435761u;
  for (uint32_t length = 1 + word % 3; length-- > 0; bits >>= 9) {
    putchar(consonants[bits % (sizeof consonants - 1)]);
    putchar(vowels[(bits >> 4) % (sizeof vowels - 1)]);
  }
}

int main(void) {
  for (int i = 0; i < WORDS; i++) {
    /* The product of two makes small numbers frequent. */
    print_word((uint32_t)((uint64_t)below(VOCABULARY) * below(VOCABULARY) / VOCABULARY));
    if (below(12) == 0) fputs(".\n", stdout);
    else putchar(' ');
  }
  return 0;
}
