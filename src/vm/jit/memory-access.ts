/** Loads and stores of translated code: the TLB inline, once for all accesses that are near to each other. */
import { hostLoad, hostStore, inlineLoad, inlineStore, loadKind, lookUp } from '../cpu/access.ts';
import type { Log2Size, SemanticContext } from '../isa/context.ts';
import {
  F_REGISTERS,
  REGION_BOXED,
  REGION_CELL_SHIFT,
  REGION_FOLLOWING_SHIFT,
  REGION_LEAVE,
  REGION_LENGTH_SHIFT,
  TLB_READ,
  TLB_WRITE,
  X_DUMMY,
  X_REGISTERS,
} from '../layout.ts';
import type { I32, I64, Local, Stmt } from '../wasm/ast.ts';
import { call, get, likely, returns, seq, set, unlikely } from '../wasm/ast.ts';
import { i32, i64 } from '../wasm/ops.ts';
import type { InstructionPlace, RegionFrame } from './context.ts';
import type { NearAccess } from './near-accesses.ts';

const ZERO = i32.const(0);
const REGISTER_BYTES = 8;
/** The part of a load's kind that is the log2 of its size. */
const SIZE_BITS = 3;

/** The place in one number, as `src/vm/leaves/region.ts` takes it apart. */
const packed = ({ instruction, following }: InstructionPlace, kind: number): I32 => {
  const { operands, length, instruction: described } = instruction.decoded;
  const isFloat = described.format.rd === 'f';
  const cell = isFloat
    ? (F_REGISTERS - X_REGISTERS) / REGISTER_BYTES + operands.rd
    : operands.rd || X_DUMMY;
  const boxed = isFloat && (kind & SIZE_BITS) === 2;
  return i32.const(
    kind |
      (length << REGION_LENGTH_SHIFT) |
      (following << REGION_FOLLOWING_SHIFT) |
      (cell << REGION_CELL_SHIFT) |
      (boxed ? REGION_BOXED : 0),
  );
};

/**
 * One of several near accesses. The first finds out where in host memory they are: address 0, which is no guest's, where that
 * is not known. `hit` gets the access's host address and what has to be added to it; `miss` does everything else.
 */
const nearAccess = (
  frame: RegionFrame,
  { group, isFirst, distance }: NearAccess,
  { array, base }: { readonly array: number; readonly base: I64 },
  hit: (host: I32, offset: number) => Stmt,
  miss: Stmt,
): Stmt => {
  const host: Local<'i32'> = frame.nearHost(group.number);
  const near = hit(get(host), distance);
  if (!isFirst) return likely(get(host), near, miss);
  const { scratch, dataBank } = frame;
  const { low, checked, alignment } = group;
  return scratch.bind(i64.add(base, i64.const(low)), (address) =>
    lookUp(
      scratch,
      {
        ...{ bank: get(dataBank), array, alignment, address },
        last: i64.add(base, i64.const(checked)),
      },
      (found) => seq(set(host, found), near),
      seq(set(host, ZERO), miss),
    ),
  );
};

/** {@link SemanticContext.load}; registers have been saved. */
export const translatedLoad = (
  frame: RegionFrame,
  place: InstructionPlace,
  base: I64,
  ...[size, extension, address, rest]: Parameters<SemanticContext['load']>
): Stmt => {
  const { scratch, dataBank, remaining, slow } = frame;
  const where = packed(place, loadKind(size, extension));
  const offset = i32.const(place.instruction.offset);
  return scratch.lend('i64', (value) => {
    const hit = (loaded: I64): Stmt => set(value, loaded);
    // Where the slow path has trapped or ended the slice, all is in memory.
    const miss = (va: I64): Stmt =>
      seq(
        set(value, call(slow.load(size, extension), va, where, offset, get(remaining))),
        unlikely(i32.load(ZERO, REGION_LEAVE), returns()),
      );
    const access = place.near
      ? nearAccess(
          frame,
          place.near,
          { array: TLB_READ, base },
          (host, distance) => hit(hostLoad(size, extension, host, distance)),
          miss(address),
        )
      : inlineLoad(scratch, get(dataBank), size, extension, address, hit, miss);
    return seq(access, rest(get(value)));
  });
};

/** {@link SemanticContext.store}; registers have been saved. */
export const translatedStore = (
  frame: RegionFrame,
  place: InstructionPlace,
  base: I64,
  size: Log2Size,
  address: I64,
  value: I64,
): Stmt => {
  const { scratch, dataBank, remaining, slow } = frame;
  const where = packed(place, size);
  const offset = i32.const(place.instruction.offset);
  const miss = (va: I64): Stmt =>
    unlikely(call(slow.store(size), va, value, where, offset, get(remaining)), returns());
  if (!place.near) return inlineStore(scratch, get(dataBank), size, address, value, miss);
  return nearAccess(
    frame,
    place.near,
    { array: TLB_WRITE, base },
    (host, distance) => hostStore(size, host, value, distance),
    miss(address),
  );
};
