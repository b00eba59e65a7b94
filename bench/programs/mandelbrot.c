/* How many points of a grid belong to the Mandelbrot set, and after how many steps the others leave. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define WIDTH 640
#define HEIGHT 480
#define LIMIT 250

static int steps(double x, double y) {
  double real = 0, imaginary = 0;
  for (int step = 0; step < LIMIT; step++) {
    double real_square = real * real, imaginary_square = imaginary * imaginary;
    if (real_square + imaginary_square > 4) return step;
    imaginary = 2 * real * imaginary + y;
    real = real_square - imaginary_square + x;
  }
  return LIMIT;
}

int main(void) {
  uint32_t inside = 0;
  uint64_t sum = 0;
  for (int row = 0; row < HEIGHT; row++) {
    for (int column = 0; column < WIDTH; column++) {
      int count = steps(-2.2 + 3.2 * column / WIDTH, -1.2 + 2.4 * row / HEIGHT);
      inside += count == LIMIT;
      sum = sum * 31 + (uint64_t)count;
    }
  }
  printf("%" PRIu32 " %016" PRIx64 "\n", inside, sum);
  return 0;
}
