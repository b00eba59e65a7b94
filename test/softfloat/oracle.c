/*
 * Executes RISC-V floating-point instructions on operands from standard input, so that tests can
 * compare with an implementation that is not ours. Needs a RISC-V with F and D, e.g. qemu-riscv64.
 *
 * Input, little-endian, repeated: a mnemonic in 16 bytes (zero-padded), a count in 8, then `count`
 * operand triples of 8 bytes each (f0, f1, f2 or x). Output: for each triple the results in the
 * five rounding modes, 8 bytes each, then their five fflags bytes and three zero bytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODES 5

typedef struct {
  uint64_t a, b, c;
} operands;

typedef struct {
  uint64_t result[MODES];
  uint8_t flags[8];
} outcome;

/* fcsr comes in with frm set and fflags clear, and goes out with the flags the instruction raised. */
typedef uint64_t execute(const operands *in, uint64_t *fcsr);

#define DEFINE(name, move_in, instruction, move_out)                                              \
  static uint64_t name(const operands *in, uint64_t *fcsr) {                                      \
    uint64_t result, csr = *fcsr;                                                                 \
    __asm__ volatile("csrw fcsr, %[csr]\n\t"                                                      \
                     move_in " ft0, %[a]\n\t" move_in " ft1, %[b]\n\t" move_in " ft2, %[c]\n\t"   \
                     instruction "\n\t"                                                           \
                     move_out "\n\t"                                                              \
                     "csrr %[csr], fcsr"                                                          \
                     : [result] "=&r"(result), [csr] "+&r"(csr)                                   \
                     : [a] "r"(in->a), [b] "r"(in->b), [c] "r"(in->c)                             \
                     : "ft0", "ft1", "ft2", "ft3");                                               \
    *fcsr = csr;                                                                                  \
    return result;                                                                                \
  }

#define FROM_S "fmv.w.x"
#define FROM_D "fmv.d.x"
/* The upper half of a binary32 result is of no interest. */
#define TO_S "fmv.x.w %[result], ft3\n\tslli %[result], %[result], 32\n\tsrli %[result], %[result], 32"
#define TO_D "fmv.x.d %[result], ft3"
#define TO_X ""

#define BOTH(base)                                                                                \
  DEFINE(base##_s, FROM_S, #base ".s ft3, ft0, ft1", TO_S)                                        \
  DEFINE(base##_d, FROM_D, #base ".d ft3, ft0, ft1", TO_D)
#define FUSED(base)                                                                               \
  DEFINE(base##_s, FROM_S, #base ".s ft3, ft0, ft1, ft2, dyn", TO_S)                              \
  DEFINE(base##_d, FROM_D, #base ".d ft3, ft0, ft1, ft2, dyn", TO_D)
#define COMPARE(base)                                                                             \
  DEFINE(base##_s, FROM_S, #base ".s %[result], ft0, ft1", TO_X)                                  \
  DEFINE(base##_d, FROM_D, #base ".d %[result], ft0, ft1", TO_X)
#define CONVERT(x)                                                                                \
  DEFINE(fcvt_##x##_s, FROM_S, "fcvt." #x ".s %[result], ft0, dyn", TO_X)                         \
  DEFINE(fcvt_##x##_d, FROM_D, "fcvt." #x ".d %[result], ft0, dyn", TO_X)                         \
  DEFINE(fcvt_s_##x, FROM_S, "fcvt.s." #x " ft3, %[a], dyn", TO_S)

BOTH(fadd)
BOTH(fsub)
BOTH(fmul)
BOTH(fdiv)
BOTH(fmin)
BOTH(fmax)
FUSED(fmadd)
FUSED(fmsub)
FUSED(fnmsub)
FUSED(fnmadd)
COMPARE(feq)
COMPARE(flt)
COMPARE(fle)
CONVERT(w)
CONVERT(wu)
CONVERT(l)
CONVERT(lu)
DEFINE(fcvt_d_w, FROM_D, "fcvt.d.w ft3, %[a]", TO_D)
DEFINE(fcvt_d_wu, FROM_D, "fcvt.d.wu ft3, %[a]", TO_D)
DEFINE(fcvt_d_l, FROM_D, "fcvt.d.l ft3, %[a], dyn", TO_D)
DEFINE(fcvt_d_lu, FROM_D, "fcvt.d.lu ft3, %[a], dyn", TO_D)
DEFINE(fcvt_d_s, FROM_S, "fcvt.d.s ft3, ft0", TO_D)
DEFINE(fcvt_s_d, FROM_D, "fcvt.s.d ft3, ft0, dyn", TO_S)
DEFINE(fsqrt_s, FROM_S, "fsqrt.s ft3, ft0, dyn", TO_S)
DEFINE(fsqrt_d, FROM_D, "fsqrt.d ft3, ft0, dyn", TO_D)
DEFINE(fclass_s, FROM_S, "fclass.s %[result], ft0", TO_X)
DEFINE(fclass_d, FROM_D, "fclass.d %[result], ft0", TO_X)

#define ROWS(base) {#base ".s", base##_s}, {#base ".d", base##_d}
#define CONVERT_ROWS(x)                                                                           \
  {"fcvt." #x ".s", fcvt_##x##_s}, {"fcvt." #x ".d", fcvt_##x##_d},                               \
      {"fcvt.s." #x, fcvt_s_##x}, {"fcvt.d." #x, fcvt_d_##x}

static const struct {
  const char *mnemonic;
  execute *run;
} instructions[] = {
    ROWS(fadd),       ROWS(fsub),        ROWS(fmul),      ROWS(fdiv),
    ROWS(fmin),       ROWS(fmax),        ROWS(fmadd),     ROWS(fmsub),
    ROWS(fnmsub),     ROWS(fnmadd),      ROWS(feq),       ROWS(flt),
    ROWS(fle),        ROWS(fsqrt),       ROWS(fclass),    CONVERT_ROWS(w),
    CONVERT_ROWS(wu), CONVERT_ROWS(l),   CONVERT_ROWS(lu), {"fcvt.d.s", fcvt_d_s},
    {"fcvt.s.d", fcvt_s_d},
};

static execute *find(const char *mnemonic) {
  for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
    if (strncmp(instructions[i].mnemonic, mnemonic, 16) == 0) return instructions[i].run;
  }
  fprintf(stderr, "no such instruction: %.16s\n", mnemonic);
  exit(2);
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

int main(void) {
  struct {
    char mnemonic[16];
    uint64_t count;
  } batch;
  while (fread(&batch, sizeof batch, 1, stdin) == 1) {
    execute *run = find(batch.mnemonic);
    for (uint64_t i = 0; i < batch.count; i++) {
      operands in;
      outcome out = {0};
      if (fread(&in, sizeof in, 1, stdin) != 1) fail("operands cut short");
      for (uint64_t mode = 0; mode < MODES; mode++) {
        uint64_t fcsr = mode << 5;
        out.result[mode] = run(&in, &fcsr);
        out.flags[mode] = fcsr & 31;
      }
      if (fwrite(&out, sizeof out, 1, stdout) != 1) fail("cannot write");
    }
  }
  return 0;
}
