/* Two processes that wait for each other: a number goes back and forth through two pipes. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 4000

/* Answers each number with the next of its sequence, until the pipe is closed. */
static void answer(int from, int to) {
  uint32_t number;
  while (read(from, &number, sizeof number) == sizeof number) {
    number = number * 1664525 + 1013904223;
    if (write(to, &number, sizeof number) != sizeof number) _exit(1);
  }
  _exit(0);
}

int main(void) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(there[1]);
    close(back[0]);
    answer(there[0], back[1]);
  }
  close(there[0]);
  close(back[1]);
  uint32_t number = 1;
  for (int i = 0; i < ROUNDS; i++) {
    if (write(there[1], &number, sizeof number) != sizeof number) return 1;
    if (read(back[0], &number, sizeof number) != sizeof number) return 1;
  }
  close(there[1]);
  int status;
  if (waitpid(child, &status, 0) != child || status != 0) return 1;
  printf("%" PRIu32 "\n", number);
  return 0;
}
