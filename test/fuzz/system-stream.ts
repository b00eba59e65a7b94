import {
  addi,
  CSR,
  csrr,
  csrrw,
  csrw,
  ECALL,
  FENCE_I,
  GP,
  jalr,
  sfenceVma,
  sh,
  RA,
  sd,
  SP,
  SRET,
  sw,
  T4,
  T5,
  T6,
  WFI,
  ZERO,
} from './encode.ts';
import {
  CODE,
  CODE_PAGES,
  DATA,
  DATA_PAGES,
  HIGH,
  IDENTITY,
  randomChange,
  ROOT_PAGE_NUMBER,
  USER_ALIAS,
  WINDOW,
  WINDOW_PAGES,
} from './page-tables.ts';
import { CHANGE_AND_FENCE_ALL, CHANGE_AND_FENCE_ONE } from './system-handlers.ts';
import { COMMON_ITEMS, InstructionStream } from './stream.ts';
import { interestingInteger } from './values.ts';

const PAGE = 4096;
export const SATP_SV39_ROOT = (8n << 60n) | ROOT_PAGE_NUMBER;

const SUPERVISOR_CSRS = [
  CSR.sstatus,
  CSR.sstatus,
  CSR.sie,
  CSR.sip,
  CSR.sepc,
  CSR.scause,
  CSR.stval,
  CSR.scounteren,
  CSR.senvcfg,
  CSR.stimecmp,
  CSR.cycle,
  CSR.time,
  CSR.instret,
];

/** Random instructions for S and U: those of every program, and those that move in address spaces. */
export class SystemStream extends InstructionStream {
  /** A virtual address of data, mostly at a page boundary. */
  dataPointer(): bigint {
    const { random } = this;
    const page = BigInt(PAGE * (1 + random.below(DATA_PAGES - 1)));
    switch (random.below(8)) {
      case 0:
        return HIGH + BigInt(random.below(4)) * 0x200000n + page;
      case 1:
        return USER_ALIAS + BigInt(DATA - 0x80000000) + page;
      case 2:
        return BigInt(DATA) + page;
      default:
        return WINDOW + BigInt(PAGE * random.below(WINDOW_PAGES)) + BigInt(random.below(2) * 8);
    }
  }

  /** A virtual address of code; often the last halfword of a page. */
  codePointer(): bigint {
    const { random } = this;
    const offset = random.below(4) === 0 ? PAGE - 2 : 2 * random.below(PAGE / 2);
    const inCode = BigInt(PAGE * random.below(CODE_PAGES) + offset);
    switch (random.below(8)) {
      case 0:
        return USER_ALIAS + BigInt(CODE - 0x80000000) + inCode;
      case 1:
        return BigInt(CODE) + inCode;
      default:
        return WINDOW + BigInt(PAGE * random.below(WINDOW_PAGES) + offset);
    }
  }

  movePointer(): void {
    this.code.loadImmediate(this.random.pick([GP, SP]), this.dataPointer());
  }

  /** A store across the end of a page, of a kind that needs both pages. */
  crossingStore(): void {
    const { random, code } = this;
    this.movePointer();
    const store = random.pick([sh, sw, sd]);
    code.emit(store(this.rs(), random.pick([GP, SP]), -1));
  }

  supervisorCsr(): void {
    const { random } = this;
    const csr =
      random.below(12) === 0 ? random.pick(Object.values(CSR)) : random.pick(SUPERVISOR_CSRS);
    // The handlers' own registers are read only, and satp is switched on purpose elsewhere.
    const keep: readonly number[] = [CSR.sscratch, CSR.stvec, CSR.satp, CSR.mscratch, CSR.mtvec];
    const writes = !keep.includes(csr);
    const rs = writes ? this.rs() : ZERO;
    const funct3 = writes ? random.pick([1, 2, 3, 5, 6, 7]) : 2;
    this.code.emit(((csrrw(this.rd(), csr, rs) & ~0x7000) | (funct3 << 12)) >>> 0);
  }

  switchSatp(): void {
    const { random, code } = this;
    code.emit(csrr(T5, CSR.satp));
    code.loadImmediate(T6, random.below(3) === 0 ? 0n : SATP_SV39_ROOT);
    code.emit(csrw(CSR.satp, T6));
    if (random.below(2) === 0) code.emit(sfenceVma(ZERO, ZERO));
  }

  fence(): void {
    const { random } = this;
    this.code.emit(sfenceVma(random.pick([ZERO, this.rs()]), random.pick([ZERO, this.rs()])));
  }

  /**
   * Changes an entry of the page tables and fences, as a kernel would: by calling code whose own
   * translation never changes, because between the store and the fence either translation may be used.
   */
  changeEntry(): void {
    const { random, code } = this;
    const { entry, value, virtual } = randomChange(random, random.below(2) === 0);
    const isWholeTable = virtual === 0n;
    const subroutine =
      isWholeTable || random.below(2) === 0 ? CHANGE_AND_FENCE_ALL : CHANGE_AND_FENCE_ONE;
    code.loadImmediate(T5, BigInt(entry)).loadImmediate(T6, value).loadImmediate(T4, virtual);
    code.loadImmediate(RA, BigInt(subroutine)).emit(jalr(RA, RA, 0));
    // No pointer to the tables stays behind: a store without a fence would be a race.
    code.loadImmediate(T5, interestingInteger(random));
  }

  /** Writes an instruction into a page of code through one of its names. */
  modifyCode(): void {
    const { random, code } = this;
    const offset = BigInt(PAGE * random.below(CODE_PAGES) + 2 * random.below(PAGE / 2 - 1));
    const base = random.below(2) === 0 ? USER_ALIAS : IDENTITY;
    code.loadImmediate(T5, base + BigInt(CODE - 0x80000000) + offset);
    if (random.below(2) === 0) {
      code.loadImmediate(T6, BigInt(this.compressedAlu())).emit(sh(T6, T5, 0));
    } else {
      code
        .loadImmediate(T6, BigInt(addi(this.rd(), this.rs(), random.below(2048))))
        .emit(sw(T6, T5, 0));
    }
    if (random.below(2) === 0) code.emit(FENCE_I);
    code.loadImmediate(T5, interestingInteger(random));
  }

  pageJump(): void {
    this.code.loadImmediate(T6, this.codePointer()).emit(jalr(this.rd(), T6, 0));
  }

  supervisorReturn(): void {
    const { code } = this;
    if (this.random.below(2) === 0) {
      code.loadImmediate(T6, this.codePointer()).emit(csrw(CSR.sepc, T6));
    }
    code.emit(SRET);
  }

  call(): void {
    this.code.emit(ECALL);
  }

  wait(): void {
    this.code.emit(WFI);
  }
}

export const SYSTEM_ITEMS = [
  ...COMMON_ITEMS,
  [4, 'movePointer'],
  [4, 'crossingStore'],
  [4, 'supervisorCsr'],
  [1, 'switchSatp'],
  [2, 'fence'],
  [3, 'changeEntry'],
  [3, 'modifyCode'],
  [4, 'pageJump'],
  [1, 'supervisorReturn'],
  [1, 'call'],
  [3, 'wait'],
] as const;
