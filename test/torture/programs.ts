/**
 * Programs that hurt a translator: each is a hot loop in which something that was translated stops
 * being true. All end in a jump to itself.
 */
import { Code } from '../fuzz/code.ts';
import type { Piece, Program } from '../fuzz/code.ts';
import {
  add,
  addi,
  andi,
  auipc,
  blt,
  bne,
  CSR,
  csrr,
  csrrc,
  csrrs,
  csrw,
  EBREAK,
  ECALL,
  FENCE_I,
  jal,
  jalr,
  ld,
  lhu,
  loadReserved,
  RA,
  sd,
  sfenceVma,
  sh,
  slli,
  storeConditional,
  sw,
  T0,
  ZERO,
} from '../fuzz/encode.ts';
import { emitSkippingHandler, emitUserEntry } from '../fuzz/handler.ts';

const ENTRY = 0x80000000;
const HANDLER = 0x80000400;
const BODY = 0x80001000;
const PAGE = 4096;
export const TORTURE_RAM_BYTES = 1 << 20;

/** Registers of the loops. */
const INDEX = 8;
const LIMIT = 9;
const SUM = 10;
const PLACE = 11;
const NEW = 12;
const OLD = 13;
const SCRATCH = 14;
const BASE = 15;
const FUNCTION = 16;

/** amoadd.d OLD, SUM, (BASE). */
const AMOADD_D = ((SUM << 20) | (BASE << 15) | (3 << 12) | (OLD << 7) | 0x2f) >>> 0;
const LR_D = loadReserved(OLD, BASE, 3);
const SC_D = storeConditional(OLD, BASE, SUM, 3);

export interface Torture {
  readonly name: string;
  /** The program; `seed` chooses how long the slices of the comparison are. */
  readonly program: (seed: number) => Program;
}

interface Options {
  readonly mode: 0 | 1 | 3;
  readonly instructions: number;
  readonly pieces?: readonly Piece[];
  readonly x?: Readonly<Record<number, bigint>>;
  readonly f?: readonly bigint[];
}

const torture = (name: string, options: Options, emit: (code: Code) => void): Torture => ({
  name,
  program: (seed) => {
    const body = new Code(BODY);
    emit(body);
    body.emit(jal(ZERO, 0));
    const { mode, instructions, pieces = [], x = {}, f = [] } = options;
    return {
      seed,
      ramBytes: TORTURE_RAM_BYTES,
      pc: ENTRY,
      x: Array.from({ length: 32 }, (_, register) => x[register] ?? 0n),
      f,
      instructions,
      pieces: [
        {
          address: ENTRY,
          bytes: emitUserEntry(new Code(ENTRY), { handler: HANDLER, body: BODY, mode }).bytes,
        },
        { address: HANDLER, bytes: emitSkippingHandler(new Code(HANDLER)).bytes },
        { address: BODY, bytes: body.bytes },
        ...pieces,
      ],
    };
  },
});

/** Counts INDEX up to `times`, around `body`. */
function loop(code: Code, times: number, body: () => void): void {
  code.loadImmediate(INDEX, 0n).loadImmediate(LIMIT, BigInt(times));
  const start = code.here;
  body();
  code.emit(addi(INDEX, INDEX, 1), blt(INDEX, LIMIT, start - (code.here + 4)));
}

/** Skips `body` in all but every `period`th turn (a power of two). */
function every(code: Code, period: number, body: () => void): void {
  code.emit(andi(SCRATCH, INDEX, period - 1));
  const at = code.here;
  code.emit(0);
  body();
  code.patch(at, bne(SCRATCH, ZERO, code.here - at));
}

const swap = (code: Code): void => {
  code.emit(add(SCRATCH, NEW, ZERO), add(NEW, OLD, ZERO), add(OLD, SCRATCH, ZERO));
};

/** The loop changes an instruction, before or right behind the store that changes it. */
const changes = (name: string, where: 'behind' | 'before', fence: boolean): Torture =>
  torture(name, { mode: 3, instructions: 4000 }, (code) => {
    const increment = addi(SUM, SUM, 1);
    code.loadImmediate(NEW, BigInt(addi(SUM, SUM, 5))).loadImmediate(OLD, BigInt(increment));
    const place = code.here;
    code.emit(auipc(PLACE, 0), 0);
    loop(code, 300, () => {
      let target = code.here;
      code.emit(increment);
      every(code, 8, () => {
        code.emit(sw(NEW, PLACE, 0));
        if (where === 'behind') target = code.here;
        code.emit(increment);
        if (fence) code.emit(FENCE_I);
        swap(code);
      });
      code.patch(place + 4, addi(PLACE, PLACE, target - place));
    });
  });

/** Data, two pages, the second of which U-mode may not touch. */
const DATA = 0x80020000;
/** Not where the handler of traps saves registers. */
const ROOT = 0x80014000;
const LEVEL1 = ROOT + PAGE;
const LEVEL0 = LEVEL1 + PAGE;
/** Where two physical pages take turns, and one behind it. */
const WINDOW = 0x200000n;
const FIRST = 0x80030000;
const SECOND = 0x80031000;
const NEXT = 0x80032000;

const V = 1n;
const RWXAD = 0xcen;
const pointer = (address: number): bigint => (BigInt(address / PAGE) << 10n) | V;

/** Sv39 tables: RAM at its own addresses, and a window of two pages. */
function tables(): Piece[] {
  const table = (address: number, entries: Readonly<Record<number, bigint>>): Piece => {
    const words = new BigUint64Array(512);
    for (const [index, entry] of Object.entries(entries)) words[Number(index)] = entry;
    return { address, bytes: new Uint8Array(words.buffer) };
  };
  return [
    table(ROOT, { 0: pointer(LEVEL1), 2: pointer(0x80000000) | RWXAD }),
    table(LEVEL1, { 1: pointer(LEVEL0) }),
    table(LEVEL0, { 0: pointer(FIRST) | RWXAD, 1: pointer(NEXT) | RWXAD }),
  ];
}

const piece = (address: number, ...instructions: readonly number[]): Piece => ({
  address,
  bytes: new Code(address).emit(...instructions).bytes,
});

/** A function whose page is exchanged under the loop that calls it, which calls on into the next page. */
const remapping = (name: string, fenceOne: boolean): Torture =>
  torture(
    name,
    {
      mode: 1,
      instructions: 6000,
      pieces: [
        ...tables(),
        piece(FIRST, addi(SUM, SUM, 1), jal(5, PAGE - 4), addi(SUM, SUM, 2), jalr(ZERO, RA, 0)),
        piece(SECOND, addi(SUM, SUM, 7), jal(5, PAGE - 4), addi(SUM, SUM, 9), jalr(ZERO, RA, 0)),
        piece(NEXT, slli(SCRATCH, SUM, 1), add(SUM, SUM, INDEX), jalr(ZERO, 5, 0)),
      ],
    },
    (code) => {
      code.loadImmediate(T0, (8n << 60n) | BigInt(ROOT / PAGE));
      code.emit(csrw(CSR.satp, T0), sfenceVma(ZERO, ZERO));
      code.loadImmediate(NEW, pointer(SECOND) | RWXAD).loadImmediate(OLD, pointer(FIRST) | RWXAD);
      code.loadImmediate(PLACE, BigInt(LEVEL0)).loadImmediate(FUNCTION, WINDOW);
      loop(code, 200, () => {
        code.emit(jalr(RA, FUNCTION, 0));
        every(code, 8, () => {
          code.emit(sd(NEW, PLACE, 0), sfenceVma(fenceOne ? FUNCTION : ZERO, ZERO));
          swap(code);
        });
      });
    },
  );

/** `trap` happens in the middle of a block, in one turn of eight. */
const trapping = (name: string, trap: (code: Code) => void): Torture =>
  torture(name, { mode: 0, instructions: 6000 }, (code) => {
    code.loadImmediate(PLACE, BigInt(DATA));
    loop(code, 200, () => {
      // PLACE + 0, or in one turn of eight far below RAM.
      code.emit(andi(SCRATCH, INDEX, 7), addi(BASE, PLACE, 0));
      code.emit(bne(SCRATCH, ZERO, 8), addi(BASE, ZERO, 64));
      code.emit(addi(SUM, SUM, 1));
      trap(code);
      code.emit(addi(SUM, SUM, 2), add(OLD, OLD, SUM));
    });
  });

const PATTERN = Uint8Array.from({ length: 2 * PAGE }, (_, i) => (i * 37) & 0xff);

/** Accesses walk over the end of a page in steps of three bytes. */
const walking = (name: string, place: number, access: (code: Code) => void): Torture =>
  torture(
    name,
    { mode: 3, instructions: 8000, pieces: [{ address: DATA, bytes: PATTERN }] },
    (code) => {
      code.loadImmediate(PLACE, BigInt(place));
      loop(code, 300, () => {
        code.emit(addi(PLACE, PLACE, 3));
        access(code);
      });
    },
  );

/** What one look into the TLB serves: accesses by one register, some of them behind a branch, of several sizes. */
const nearby = (code: Code, between: (code: Code) => void): void => {
  code.emit(
    sd(INDEX, PLACE, 16),
    sd(SUM, PLACE, 0),
    ld(SCRATCH, PLACE, 24),
    add(SUM, SUM, SCRATCH),
  );
  code.emit(ld(SCRATCH, PLACE, -8), add(SUM, SUM, SCRATCH), andi(SCRATCH, INDEX, 1));
  const at = code.here;
  code.emit(0, sw(SUM, PLACE, 28), lhu(SCRATCH, PLACE, -6), add(SUM, SUM, SCRATCH));
  between(code);
  code.patch(at, bne(SCRATCH, ZERO, code.here - at));
  code.emit(sd(SUM, PLACE, 8), ld(SCRATCH, PLACE, 24), add(SUM, SUM, SCRATCH));
};

/** Near accesses, in steps of eight bytes, over the end of a page. */
const approaching = (name: string, place: number): Torture =>
  torture(
    name,
    { mode: 3, instructions: 8000, pieces: [{ address: DATA, bytes: PATTERN }] },
    (code) => {
      code.loadImmediate(PLACE, BigInt(place));
      loop(code, 200, () => {
        code.emit(addi(PLACE, PLACE, 8));
        nearby(code, () => undefined);
      });
    },
  );

/** Near accesses over the end of a page, while the next one may not be read or written for some turns. */
const withdrawing = (name: string, entry: bigint): Torture =>
  torture(name, { mode: 1, instructions: 9000, pieces: tables() }, (code) => {
    code.loadImmediate(T0, (8n << 60n) | BigInt(ROOT / PAGE));
    code.emit(csrw(CSR.satp, T0), sfenceVma(ZERO, ZERO));
    code.loadImmediate(NEW, pointer(NEXT) | entry).loadImmediate(BASE, pointer(NEXT) | RWXAD);
    code.loadImmediate(FUNCTION, BigInt(LEVEL0)).loadImmediate(PLACE, WINDOW + BigInt(PAGE - 24));
    loop(code, 200, () => {
      nearby(code, () => {
        // The page behind changes between accesses that are near to each other.
        code.emit(sd(NEW, FUNCTION, 8), sfenceVma(ZERO, ZERO));
        code.emit(add(SCRATCH, NEW, ZERO), add(NEW, BASE, ZERO), add(BASE, SCRATCH, ZERO));
      });
    });
  });

const READ_ONLY = 0xc2n;
const USER = 0x10n;
const SUM_BIT = 1n << 18n;

/** Near accesses of S-mode to a user's page, with and without the right to. */
const trespassing = (name: string): Torture =>
  torture(name, { mode: 1, instructions: 6000, pieces: tables() }, (code) => {
    code.loadImmediate(T0, pointer(FIRST) | RWXAD | USER).loadImmediate(FUNCTION, BigInt(LEVEL0));
    code.emit(sd(T0, FUNCTION, 0)).loadImmediate(T0, (8n << 60n) | BigInt(ROOT / PAGE));
    code.emit(csrw(CSR.satp, T0), sfenceVma(ZERO, ZERO));
    code.loadImmediate(NEW, SUM_BIT).loadImmediate(PLACE, WINDOW);
    loop(code, 200, () => {
      code.emit(csrrs(ZERO, CSR.sstatus, NEW), sd(INDEX, PLACE, 8), ld(SCRATCH, PLACE, 0));
      code.emit(csrrc(ZERO, CSR.sstatus, NEW), sd(SUM, PLACE, 16), ld(SUM, PLACE, 8));
    });
  });

/** fadd.d f1, f1, f2 and fdiv.d f3, f2, f1, both with dynamic rounding. */
const FADD_D = ((1 << 25) | (2 << 20) | (1 << 15) | (7 << 12) | (1 << 7) | 0x53) >>> 0;
const FDIV_D = ((0x0d << 25) | (1 << 20) | (2 << 15) | (7 << 12) | (3 << 7) | 0x53) >>> 0;

/** A register of floating point changes between two instructions that depend on it, in one block. */
const rounding = (name: string, csr: number): Torture =>
  torture(
    name,
    { mode: 3, instructions: 5000, f: [0n, 0x3ff0000000000001n, 0x3fb999999999999an] },
    (code) => {
      code.loadImmediate(NEW, 1n).loadImmediate(OLD, 0n);
      loop(code, 200, () => {
        code.emit(FADD_D, FDIV_D, csrw(csr, NEW), FADD_D, FDIV_D, csrr(SCRATCH, CSR.fflags));
        code.emit(add(SUM, SUM, SCRATCH), csrw(csr, OLD), FADD_D, FDIV_D);
      });
    },
  );

export const TORTURES: readonly Torture[] = [
  changes('code before the store changes', 'before', false),
  changes('code before the store changes, with fence.i', 'before', true),
  changes('the instruction behind the store changes', 'behind', false),
  remapping('the page of a called function is exchanged', false),
  remapping('the page of a called function is exchanged, one address fenced', true),
  trapping('a load faults', (code) => code.emit(ld(OLD, BASE, 8))),
  trapping('a load into x0 faults', (code) => code.emit(ld(ZERO, BASE, 8))),
  trapping('a store faults', (code) => code.emit(sd(SUM, BASE, 8))),
  trapping('an atomic is misaligned', (code) => code.emit(addi(BASE, BASE, 2), AMOADD_D)),
  trapping('a reservation is lost', (code) =>
    code.emit(LR_D, ...(code.here % 8 === 0 ? [sd(SUM, BASE, 0)] : []), SC_D),
  ),
  trapping('the environment is called', (code) => code.emit(ECALL)),
  trapping('the debugger is called', (code) => code.emit(EBREAK)),
  trapping('an instruction is illegal', (code) => code.emit(0xffffffff)),
  trapping('a control register is another mode’s', (code) => code.emit(csrr(OLD, CSR.sepc))),
  trapping('counters are read', (code) => code.emit(csrr(OLD, CSR.instret))),
  walking('loads cross pages', DATA + PAGE - 300, (code) =>
    code.emit(ld(SCRATCH, PLACE, 0), add(SUM, SUM, SCRATCH), lhu(SCRATCH, PLACE, 1)),
  ),
  walking('stores cross pages', DATA + PAGE - 300, (code) =>
    code.emit(sd(INDEX, PLACE, 0), sh(SUM, PLACE, 5), ld(SUM, PLACE, -8)),
  ),
  walking('stores run into the page of the loop', BODY - 300, (code) =>
    code.emit(sd(ZERO, PLACE, 0)),
  ),
  approaching('near accesses come to the end of a page', DATA + PAGE - 800),
  approaching('near accesses are not aligned', DATA + PAGE - 796),
  approaching('near accesses run into the page of the loop', BODY - 800),
  approaching('near accesses run out of memory', 0x80000000 + TORTURE_RAM_BYTES - 800),
  withdrawing('one of two near pages can no more be written', READ_ONLY | V),
  withdrawing('one of two near pages goes away', 0n),
  trespassing('near accesses are forbidden half-way'),
  rounding('the rounding mode changes between two additions', CSR.frm),
  rounding('inexact is taken back between two additions', CSR.fflags),
  walking('accesses run out of memory', 0x80000000 + TORTURE_RAM_BYTES - 300, (code) =>
    code.emit(sd(INDEX, PLACE, 0), ld(SUM, PLACE, -4)),
  ),
];
