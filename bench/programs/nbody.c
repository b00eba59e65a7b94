/* Bodies that attract each other, in double precision. */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BODIES 6
#define STEPS 200000
#define STEP 0.001
/* Keeps two bodies that meet from flying apart. */
#define SOFTENING 0.01

struct body {
  double position[3], velocity[3], mass;
};

static struct body bodies[BODIES];

/* Between -1 and 1. */
static double random_number(void) {
  static uint32_t seed = 2463534242u;
  seed = seed * 1664525 + 1013904223;
  return (double)(int32_t)seed / 2147483648.0;
}

static void attract(struct body *one, struct body *other) {
  double distance[3], square = SOFTENING;
  for (int i = 0; i < 3; i++) {
    distance[i] = one->position[i] - other->position[i];
    square += distance[i] * distance[i];
  }
  double pull = STEP / (square * sqrt(square));
  for (int i = 0; i < 3; i++) {
    one->velocity[i] -= distance[i] * other->mass * pull;
    other->velocity[i] += distance[i] * one->mass * pull;
  }
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < BODIES; i++) {
    const struct body *one = &bodies[i];
    for (int k = 0; k < 3; k++) sum += one->mass * one->velocity[k] * one->velocity[k] / 2;
    for (int j = i + 1; j < BODIES; j++) {
      double square = SOFTENING;
      for (int k = 0; k < 3; k++) {
        double distance = one->position[k] - bodies[j].position[k];
        square += distance * distance;
      }
      sum -= one->mass * bodies[j].mass / sqrt(square);
    }
  }
  return sum;
}

int main(void) {
  for (int i = 0; i < BODIES; i++) {
    bodies[i].mass = 1.5 + random_number();
    for (int k = 0; k < 3; k++) {
      bodies[i].position[k] = 3 * random_number();
      bodies[i].velocity[k] = random_number();
    }
  }
  double before = energy();
  for (int step = 0; step < STEPS; step++) {
    for (int i = 0; i < BODIES; i++)
      for (int j = i + 1; j < BODIES; j++) attract(&bodies[i], &bodies[j]);
    for (int i = 0; i < BODIES; i++)
      for (int k = 0; k < 3; k++) bodies[i].position[k] += STEP * bodies[i].velocity[k];
  }
  double after = energy();
  uint64_t bits;
  memcpy(&bits, &after, sizeof bits);
  /* To the last bit: every machine here must round alike. */
  printf("%.6f %.6f %016" PRIx64 "\n", before, after, bits);
  return 0;
}
