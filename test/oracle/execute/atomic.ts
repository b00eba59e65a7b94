import { atomicAddress } from '../access.ts';
import { u64 } from '../bits.ts';
import type { Hart } from '../hart.ts';
import { Cause, Exception } from '../trap.ts';
import type { Execute } from './integer.ts';

/** Memory operand and register operand, both signed numbers of the width; the result is stored. */
const OPERATIONS: Readonly<
  Record<string, (memory: bigint, register: bigint, bits: number) => bigint>
> = {
  amoswap: (_memory, register) => register,
  amoadd: (memory, register) => memory + register,
  amoxor: (memory, register) => memory ^ register,
  amoand: (memory, register) => memory & register,
  amoor: (memory, register) => memory | register,
  amomin: (memory, register) => (memory < register ? memory : register),
  amomax: (memory, register) => (memory > register ? memory : register),
  amominu: (memory, register, bits) => {
    const [a, b] = [BigInt.asUintN(bits, memory), BigInt.asUintN(bits, register)];
    return a < b ? a : b;
  },
  amomaxu: (memory, register, bits) => {
    const [a, b] = [BigInt.asUintN(bits, memory), BigInt.asUintN(bits, register)];
    return a > b ? a : b;
  },
};

function requireAligned(address: bigint, bytes: number, cause: bigint): void {
  if (address % BigInt(bytes) !== 0n) throw new Exception(cause, address);
}

export const atomicInstructions = new Map<string, Execute>();

for (const [suffix, bytes] of [
  ['.w', 4],
  ['.d', 8],
] as const) {
  const bits = 8 * bytes;
  const readWord = (hart: Hart, physical: bigint): bigint =>
    BigInt.asIntN(bits, hart.memory.read(physical, bytes) ?? 0n);
  const writeWord = (hart: Hart, physical: bigint, value: bigint): void => {
    hart.memory.write(physical, bytes, BigInt.asUintN(bits, value));
  };

  for (const [name, operation] of Object.entries(OPERATIONS)) {
    atomicInstructions.set(name + suffix, (hart, { rd, rs1, rs2 }) => {
      const address = hart.getX(rs1);
      requireAligned(address, bytes, Cause.storeMisaligned);
      const physical = atomicAddress(hart, address, bytes, 'store');
      const memory = readWord(hart, physical);
      const register = BigInt.asIntN(bits, hart.getX(rs2));
      writeWord(hart, physical, operation(memory, register, bits));
      hart.setX(rd, u64(memory));
    });
  }

  atomicInstructions
    .set('lr' + suffix, (hart, { rd, rs1 }) => {
      const address = hart.getX(rs1);
      requireAligned(address, bytes, Cause.loadMisaligned);
      const physical = atomicAddress(hart, address, bytes, 'load');
      hart.reservation = physical;
      hart.setX(rd, u64(readWord(hart, physical)));
    })
    .set('sc' + suffix, (hart, { rd, rs1, rs2 }) => {
      const address = hart.getX(rs1);
      requireAligned(address, bytes, Cause.storeMisaligned);
      const { reservation } = hart;
      // Whether it succeeds or not, an SC gives the reservation up.
      hart.reservation = undefined;
      if (reservation === undefined) {
        // It cannot succeed, so it accesses nothing and cannot fault (a choice the manual leaves).
        hart.setX(rd, 1n);
        return;
      }
      const physical = atomicAddress(hart, address, bytes, 'store');
      const holds = reservation === physical;
      if (holds) writeWord(hart, physical, hart.getX(rs2));
      hart.setX(rd, holds ? 0n : 1n);
    });
}
