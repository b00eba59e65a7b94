import { u64 } from './bits.ts';
import type { Hart } from './hart.ts';
import { effectivePrivilege, translate } from './translate.ts';
import { accessFault, Exception } from './trap.ts';
import type { Access } from './trap.ts';

const PAGE = 4096n;

/** One part of an access that lies within a page: where it is and where it goes. */
interface Piece {
  readonly virtual: bigint;
  readonly physical: bigint;
  readonly bytes: number;
}

/** The parts of an access, by page: one, or two. */
function split(address: bigint, bytes: number): readonly { virtual: bigint; bytes: number }[] {
  const inFirstPage = Number(PAGE - (address % PAGE));
  if (bytes <= inFirstPage) return [{ virtual: address, bytes }];
  return [
    { virtual: address, bytes: inFirstPage },
    { virtual: u64(address + BigInt(inFirstPage)), bytes: bytes - inFirstPage },
  ];
}

/**
 * Translates one part and checks that it may be accessed. Devices take whole, aligned accesses only.
 * Throws the access's faults; their tval is the address of the part.
 */
function resolve(
  hart: Hart,
  virtual: bigint,
  bytes: number,
  access: Access,
  options: { readonly whole: boolean; readonly update: boolean },
): Piece {
  const physical = translate(hart, virtual, access, options.update);
  const privilege = effectivePrivilege(hart, access);
  const reachable =
    hart.memory.isRam(physical, bytes) || (options.whole && isAligned(physical, bytes));
  if (!reachable || !hart.pmp.allows(physical, bytes, access, privilege)) {
    throw accessFault(access, virtual);
  }
  return { virtual, physical, bytes };
}

/** Loads 1, 2, 4 or 8 bytes, little-endian and zero-extended, at any alignment. */
export function load(hart: Hart, address: bigint, bytes: number): bigint {
  const parts = split(address, bytes);
  const whole = parts.length === 1;
  // Both parts are checked before anything is read: reading a device may have effects.
  const pieces = parts.map((part) =>
    resolve(hart, part.virtual, part.bytes, 'load', { whole, update: true }),
  );
  let value = 0n;
  let shift = 0n;
  for (const piece of pieces) {
    value |= readPiece(hart, piece) << shift;
    shift += BigInt(8 * piece.bytes);
  }
  return value;
}

/** RAM is read byte by byte, at any alignment. */
function readPiece(hart: Hart, { physical, bytes, virtual }: Piece): bigint {
  if (!hart.memory.isRam(physical, bytes) || isAligned(physical, bytes)) {
    const value = hart.memory.read(physical, bytes);
    if (value === undefined) throw accessFault('load', virtual);
    return value;
  }
  let value = 0n;
  for (let index = bytes - 1; index >= 0; index--) {
    value = (value << 8n) | (hart.memory.read(physical + BigInt(index), 1) ?? 0n);
  }
  return value;
}

/**
 * Stores the low 1, 2, 4 or 8 bytes of `value` at any alignment. When a part cannot be stored, only
 * that part's translation happens, and traps: no other page gets its D bit or any byte.
 */
export function store(hart: Hart, address: bigint, bytes: number, value: bigint): void {
  const parts = split(address, bytes);
  const whole = parts.length === 1;
  const faulting = whole ? undefined : parts.find((part) => !canStore(hart, part));
  const pieces = (faulting ? [faulting] : parts).map((part) =>
    resolve(hart, part.virtual, part.bytes, 'store', { whole, update: true }),
  );
  let shift = 0n;
  for (const { physical, bytes: count, virtual } of pieces) {
    const part = BigInt.asUintN(8 * count, value >> shift);
    if (!hart.memory.write(physical, count, part)) throw accessFault('store', virtual);
    shift += BigInt(8 * count);
  }
}

function canStore(hart: Hart, part: { readonly virtual: bigint; readonly bytes: number }): boolean {
  try {
    resolve(hart, part.virtual, part.bytes, 'store', { whole: false, update: false });
    return true;
  } catch (thrown) {
    if (thrown instanceof Exception) return false;
    throw thrown;
  }
}

const isAligned = (address: bigint, bytes: number): boolean =>
  [1, 2, 4, 8].includes(bytes) && address % BigInt(bytes) === 0n;

/** The physical address of an aligned word in RAM for an atomic access; throws the faults of `access`. */
export function atomicAddress(hart: Hart, address: bigint, bytes: number, access: Access): bigint {
  const physical = translate(hart, address, access);
  const allowed = hart.pmp.allows(physical, bytes, access, effectivePrivilege(hart, access));
  if (!allowed || !hart.memory.isRam(physical, bytes)) throw accessFault(access, address);
  return physical;
}

/**
 * Fetches one instruction's 16 or 32 bits. The second half is fetched on its own: it may lie in
 * another page, and then faults with its own address. Without `update` no A bit is set.
 */
export function fetch(hart: Hart, pc: bigint, update = true): number {
  const low = fetchHalfword(hart, pc, update);
  if ((low & 3) !== 3) return low;
  return (low | (fetchHalfword(hart, u64(pc + 2n), update) << 16)) >>> 0;
}

function fetchHalfword(hart: Hart, address: bigint, update: boolean): number {
  const physical = translate(hart, address, 'fetch', update);
  const allowed = hart.pmp.allows(physical, 2, 'fetch', hart.privilege);
  if (!allowed || !hart.memory.isRam(physical, 2)) throw accessFault('fetch', address);
  return Number(hart.memory.read(physical, 2));
}
