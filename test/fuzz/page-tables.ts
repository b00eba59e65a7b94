import type { SeededRandom } from '../../src/base/random.ts';
import type { Piece } from './code.ts';

/**
 * The address spaces of the system programs: page tables whose entries are mostly right, and then
 * changed at random by the program itself.
 */

const PAGE = 4096;
export const PTE_V = 1n;
export const PTE_R = 2n;
export const PTE_W = 4n;
export const PTE_X = 8n;
export const PTE_U = 16n;
export const PTE_G = 32n;
export const PTE_A = 64n;
export const PTE_D = 128n;
const PTE_RSW = 0x300n;

const ROOT = 0x80020000;
const LOW_LEVEL1 = ROOT + PAGE;
const HIGH_LEVEL1 = ROOT + 2 * PAGE;
const WINDOW_LEVEL0 = ROOT + 3 * PAGE;
export const ROOT_PAGE_NUMBER = BigInt(ROOT / PAGE);

/** Physical pages with code, and with data: the only ones that the window shows. */
export const CODE = 0x80100000;
export const CODE_PAGES = 16;
export const DATA = 0x80200000;
export const DATA_PAGES = 16;

/** A window of 4 KiB pages. */
export const WINDOW = 0x100000n;
export const WINDOW_PAGES = 64;
/** The data as a 2 MiB page, in the upper half of the address space. */
export const HIGH = BigInt.asUintN(64, -(1n << 38n));
/** All of RAM as 1 GiB pages: for S at its own addresses, for U elsewhere. */
export const IDENTITY = 0x80000000n;
export const USER_ALIAS = 0xc0000000n;

const pointer = (address: number): bigint => (BigInt(address / PAGE) << 10n) | PTE_V;
const leaf = (address: number, flags: bigint): bigint => pointer(address) | flags;

/** Permissions a leaf may have, sensible ones more often. */
const PERMISSIONS = [
  PTE_R | PTE_W | PTE_X,
  PTE_R | PTE_W | PTE_X,
  PTE_R | PTE_W,
  PTE_R | PTE_X,
  PTE_R,
  PTE_X,
];

function windowTarget(random: SeededRandom): number {
  return random.below(2) === 0
    ? CODE + PAGE * random.below(CODE_PAGES)
    : DATA + PAGE * random.below(DATA_PAGES);
}

/** An entry of the window's table; `user` is the U bit that most of them have. */
export function randomLeaf(random: SeededRandom, user: boolean): bigint {
  const isUser = random.below(8) === 0 ? !user : user;
  let flags = random.pick(PERMISSIONS) | (isUser ? PTE_U : 0n);
  if (random.below(2) === 0) flags |= PTE_A;
  if (random.below(4) === 0) flags |= PTE_D;
  if (random.below(4) === 0) flags |= PTE_G;
  if (random.below(8) === 0) flags |= PTE_RSW & random.u64();
  const entry = leaf(windowTarget(random), flags);
  switch (random.below(24)) {
    case 0:
      return entry & ~PTE_V;
    case 1:
      // Writable without readable is reserved.
      return (entry & ~PTE_R) | PTE_W;
    case 2:
      return entry | (1n << BigInt(54 + random.below(10)));
    case 3:
      // A pointer where only a leaf can be.
      return entry & ~(PTE_R | PTE_W | PTE_X);
    case 4:
      // Physical memory that is not there.
      return entry | (0x3ffn << 44n);
    default:
      return entry;
  }
}

/** An entry of a level 1 table: a 2 MiB page of the data, perhaps misaligned. */
function randomSuperpage(random: SeededRandom, user: boolean): bigint {
  const flags =
    random.pick(PERMISSIONS) | (user ? PTE_U : 0n) | (random.below(2) === 0 ? PTE_A : 0n);
  const misaligned = random.below(16) === 0 ? BigInt(1 + random.below(511)) << 10n : 0n;
  return leaf(DATA, flags) | misaligned;
}

/** Address and value of an entry to be changed, and the first virtual address that it translates. */
export interface EntryChange {
  readonly entry: number;
  readonly value: bigint;
  readonly virtual: bigint;
}

/** A random change of the tables. */
export function randomChange(random: SeededRandom, user: boolean): EntryChange {
  switch (random.below(16)) {
    case 0: {
      const index = random.below(4);
      return {
        entry: HIGH_LEVEL1 + 8 * index,
        value: randomSuperpage(random, user),
        virtual: HIGH + BigInt(index) * 0x200000n,
      };
    }
    case 1:
      // The pointer to the window's table: gone, broken, or whole again.
      return {
        entry: LOW_LEVEL1,
        value: random.pick([
          pointer(WINDOW_LEVEL0),
          pointer(WINDOW_LEVEL0),
          pointer(WINDOW_LEVEL0) | PTE_D,
          0n,
        ]),
        virtual: 0n,
      };
    default: {
      const page = random.below(WINDOW_PAGES);
      return {
        entry: WINDOW_LEVEL0 + 8 * (Number(WINDOW) / PAGE + page),
        value: randomLeaf(random, user),
        virtual: WINDOW + BigInt(page * PAGE),
      };
    }
  }
}

/** The tables at the start. */
export function initialTables(random: SeededRandom): Piece {
  const bytes = new Uint8Array(4 * PAGE);
  const view = new DataView(bytes.buffer);
  const set = (table: number, index: number, entry: bigint): void => {
    view.setBigUint64(table - ROOT + 8 * index, entry, true);
  };
  const gigapage = leaf(0x80000000, PTE_R | PTE_W | PTE_X | PTE_A | PTE_D);
  set(ROOT, 0, pointer(LOW_LEVEL1));
  set(ROOT, 2, gigapage);
  set(ROOT, 3, gigapage | PTE_U);
  set(ROOT, 256, pointer(HIGH_LEVEL1));
  set(LOW_LEVEL1, 0, pointer(WINDOW_LEVEL0));
  for (let index = 0; index < 4; index++)
    set(HIGH_LEVEL1, index, randomSuperpage(random, index % 2 === 1));
  for (let page = 0; page < WINDOW_PAGES; page++) {
    set(WINDOW_LEVEL0, Number(WINDOW) / PAGE + page, randomLeaf(random, random.below(2) === 0));
  }
  return { address: ROOT, bytes };
}
