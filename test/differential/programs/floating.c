/* Numerical work in both precisions, with the flags it leaves. */
#include "runtime.h"

#define SIZE 5
static double matrix[SIZE][SIZE + 1];
static float samples[32];

static u64 bits(double x) {
  u64 result;
  __asm__("fmv.x.d %0, %1" : "=r"(result) : "f"(x));
  return result;
}

static u64 take_flags(void) {
  u64 flags;
  __asm__ volatile("fsflags %0, zero" : "=r"(flags));
  return flags;
}

static double root(double x) {
  double result;
  __asm__("fsqrt.d %0, %1" : "=f"(result) : "f"(x));
  return result;
}

/* Gauss' elimination of a Hilbert matrix: cancellation, divisions, fused steps. */
static u64 solve(void) {
  u64 digest = 0;
  for (int i = 0; i < SIZE; i++) {
    for (int k = 0; k < SIZE; k++) matrix[i][k] = 1.0 / (i + k + 1);
    matrix[i][SIZE] = i % 2 ? -1.0 : 1.0;
  }
  for (int p = 0; p < SIZE; p++) {
    for (int i = p + 1; i < SIZE; i++) {
      double factor = matrix[i][p] / matrix[p][p];
      for (int k = p; k <= SIZE; k++) matrix[i][k] = __builtin_fma(-factor, matrix[p][k], matrix[i][k]);
    }
  }
  for (int i = SIZE - 1; i >= 0; i--) {
    double sum = matrix[i][SIZE];
    for (int k = i + 1; k < SIZE; k++) sum -= matrix[i][k] * matrix[k][SIZE];
    matrix[i][SIZE] = sum / matrix[i][i];
    fold(&digest, bits(matrix[i][SIZE]));
  }
  return digest;
}

/* A sine by its series, in single precision. */
static float sine(float x) {
  float term = x, sum = x;
  for (int n = 1; n < 8; n++) {
    term *= -x * x / (float)((2 * n) * (2 * n + 1));
    sum += term;
  }
  return sum;
}

int main(void) {
  u64 digest = 0;
  for (int round = 0; round < SCALE; round++) {
    fold(&digest, solve());
    fold(&digest, take_flags());
    for (int mode = 0; mode < 5; mode++) {
      __asm__ volatile("fsrm %0" : : "r"((u64)mode));
      double x = 2.0;
      for (int i = 0; i < 6; i++) x = 0.5 * (x + 3.0 / x);
      fold(&digest, bits(x));
      fold(&digest, bits(root(x) / 7.0));
      double tiny = 1e-300;
      fold(&digest, bits(tiny * tiny));
      fold(&digest, bits(tiny * 1e-15 / 3.0));
      fold(&digest, bits(1e300 * 1e300));
      fold(&digest, (u64)(i64)(x * 1e6));
      fold(&digest, (u32)(i32)(float)(x * -1e3));
      fold(&digest, take_flags());
    }
    __asm__ volatile("fsrm zero");
    for (int i = 0; i < 32; i++) samples[i] = sine((float)i * 0.1f);
    float low = samples[0], high = samples[0];
    for (int i = 1; i < 32; i++) {
      __asm__("fmin.s %0, %1, %2" : "=f"(low) : "f"(low), "f"(samples[i]));
      high = samples[i] > high ? samples[i] : high;
      fold(&digest, bits(samples[i]));
    }
    fold(&digest, bits(low) ^ bits(high));
    fold(&digest, take_flags());
  }
  emit64(digest);
  return 0;
}
