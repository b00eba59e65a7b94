/* Every integer instruction on every pair of awkward operands. */
#include "runtime.h"

static const u64 operands[] = {
    0,
    1,
    2,
    7,
    63,
    64,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xffffffff80000000,
    0xffffffffffffffff,
    0x0123456789abcdef,
    0xfedcba9876543210,
};
#define COUNT (sizeof operands / sizeof *operands)

#define INSTRUCTION(name)                                                     \
  {                                                                           \
    u64 result;                                                               \
    __asm__ volatile(#name " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));   \
    fold(&digest, result);                                                    \
  }
#define IMMEDIATE(name, imm)                                                  \
  {                                                                           \
    u64 result;                                                               \
    __asm__ volatile(#name " %0, %1, " #imm : "=r"(result) : "r"(a));        \
    fold(&digest, result);                                                    \
  }

int main(void) {
  u64 digest = 0;
  for (u64 i = 0; i < COUNT; i++) {
    u64 a = operands[i];
    for (u64 k = 0; k < COUNT; k++) {
      u64 b = operands[k];
      INSTRUCTION(add) INSTRUCTION(sub) INSTRUCTION(sll) INSTRUCTION(slt) INSTRUCTION(sltu)
      INSTRUCTION(xor) INSTRUCTION(srl) INSTRUCTION(sra) INSTRUCTION(or) INSTRUCTION(and)
      INSTRUCTION(addw) INSTRUCTION(subw) INSTRUCTION(sllw) INSTRUCTION(srlw) INSTRUCTION(sraw)
      INSTRUCTION(mul) INSTRUCTION(mulh) INSTRUCTION(mulhsu) INSTRUCTION(mulhu) INSTRUCTION(mulw)
      INSTRUCTION(div) INSTRUCTION(divu) INSTRUCTION(rem) INSTRUCTION(remu)
      INSTRUCTION(divw) INSTRUCTION(divuw) INSTRUCTION(remw) INSTRUCTION(remuw)
    }
    IMMEDIATE(addi, -2048) IMMEDIATE(addi, 2047) IMMEDIATE(addiw, -1) IMMEDIATE(slti, -1) IMMEDIATE(sltiu, -1)
    IMMEDIATE(xori, -1) IMMEDIATE(ori, 0x555) IMMEDIATE(andi, -256) IMMEDIATE(slli, 63) IMMEDIATE(slli, 1)
    IMMEDIATE(srli, 33) IMMEDIATE(srai, 63) IMMEDIATE(slliw, 31) IMMEDIATE(srliw, 31) IMMEDIATE(sraiw, 31)
    emit64(digest);
  }
  return 0;
}
