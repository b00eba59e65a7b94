/** Encoders for the handful of instructions that the generators place on purpose. */

const rType = (
  opcode: number,
  funct3: number,
  funct7: number,
  rd: number,
  rs1: number,
  rs2: number,
): number =>
  ((funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;
const iType = (opcode: number, funct3: number, rd: number, rs1: number, imm: number): number =>
  (((imm & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;
const sType = (opcode: number, funct3: number, rs1: number, rs2: number, imm: number): number =>
  ((((imm >> 5) & 0x7f) << 25) |
    (rs2 << 20) |
    (rs1 << 15) |
    (funct3 << 12) |
    ((imm & 31) << 7) |
    opcode) >>>
  0;

/** The immediate field of a branch to `offset` bytes from itself (even, ±4 KiB). */
export const branchImmediate = (offset: number): number =>
  ((((offset >> 12) & 1) << 31) |
    (((offset >> 5) & 0x3f) << 25) |
    (((offset >> 1) & 0xf) << 8) |
    (((offset >> 11) & 1) << 7)) >>>
  0;

/** The immediate field of a jal to `offset` bytes from itself (even, ±1 MiB). */
export const jumpImmediate = (offset: number): number =>
  ((((offset >> 20) & 1) << 31) |
    (((offset >> 1) & 0x3ff) << 21) |
    (((offset >> 11) & 1) << 20) |
    (((offset >> 12) & 0xff) << 12)) >>>
  0;

export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const GP = 3;
export const TP = 4;
export const T0 = 5;
export const T1 = 6;
export const T2 = 7;
export const T4 = 29;
export const T5 = 30;
export const T6 = 31;

export const addi = (rd: number, rs1: number, imm: number): number => iType(0x13, 0, rd, rs1, imm);
export const andi = (rd: number, rs1: number, imm: number): number => iType(0x13, 7, rd, rs1, imm);
export const xori = (rd: number, rs1: number, imm: number): number => iType(0x13, 4, rd, rs1, imm);
export const slli = (rd: number, rs1: number, shamt: number): number =>
  iType(0x13, 1, rd, rs1, shamt);
export const srli = (rd: number, rs1: number, shamt: number): number =>
  iType(0x13, 5, rd, rs1, shamt);
export const addiw = (rd: number, rs1: number, imm: number): number => iType(0x1b, 0, rd, rs1, imm);
export const add = (rd: number, rs1: number, rs2: number): number =>
  rType(0x33, 0, 0, rd, rs1, rs2);
export const or = (rd: number, rs1: number, rs2: number): number => rType(0x33, 6, 0, rd, rs1, rs2);
/** `upper` is the 20-bit immediate. */
export const lui = (rd: number, upper: number): number =>
  (((upper & 0xfffff) << 12) | (rd << 7) | 0x37) >>> 0;
export const auipc = (rd: number, upper: number): number =>
  (((upper & 0xfffff) << 12) | (rd << 7) | 0x17) >>> 0;
export const jal = (rd: number, offset: number): number =>
  (jumpImmediate(offset) | (rd << 7) | 0x6f) >>> 0;
export const jalr = (rd: number, rs1: number, imm: number): number => iType(0x67, 0, rd, rs1, imm);
/** funct3: 0 eq, 1 ne, 4 lt, 5 ge, 6 ltu, 7 geu. */
export const branch = (funct3: number, rs1: number, rs2: number, offset: number): number =>
  (rType(0x63, funct3, 0, 0, rs1, rs2) | branchImmediate(offset)) >>> 0;
export const beq = (rs1: number, rs2: number, offset: number): number =>
  branch(0, rs1, rs2, offset);
export const blt = (rs1: number, rs2: number, offset: number): number =>
  branch(4, rs1, rs2, offset);
export const bne = (rs1: number, rs2: number, offset: number): number =>
  branch(1, rs1, rs2, offset);
export const lhu = (rd: number, rs1: number, imm: number): number => iType(0x03, 5, rd, rs1, imm);
export const ld = (rd: number, rs1: number, imm: number): number => iType(0x03, 3, rd, rs1, imm);
export const sh = (rs2: number, rs1: number, imm: number): number => sType(0x23, 1, rs1, rs2, imm);
export const sw = (rs2: number, rs1: number, imm: number): number => sType(0x23, 2, rs1, rs2, imm);
export const sd = (rs2: number, rs1: number, imm: number): number => sType(0x23, 3, rs1, rs2, imm);
export const flw = (rd: number, rs1: number, imm: number): number => iType(0x07, 2, rd, rs1, imm);
export const fld = (rd: number, rs1: number, imm: number): number => iType(0x07, 3, rd, rs1, imm);
export const csrrw = (rd: number, csr: number, rs1: number): number => iType(0x73, 1, rd, rs1, csr);
export const csrrs = (rd: number, csr: number, rs1: number): number => iType(0x73, 2, rd, rs1, csr);
export const csrrc = (rd: number, csr: number, rs1: number): number => iType(0x73, 3, rd, rs1, csr);
export const csrrwi = (rd: number, csr: number, value: number): number =>
  iType(0x73, 5, rd, value, csr);
export const csrwi = (csr: number, value: number): number => csrrwi(ZERO, csr, value);
export const csrr = (rd: number, csr: number): number => csrrs(rd, csr, ZERO);
export const csrw = (csr: number, rs1: number): number => csrrw(ZERO, csr, rs1);
export const sfenceVma = (rs1: number, rs2: number): number => rType(0x73, 0, 0x09, 0, rs1, rs2);
/** Width 2 for .w, 3 for .d. */
export const loadReserved = (rd: number, rs1: number, width: number): number =>
  rType(0x2f, width, 0x08, rd, rs1, 0);
export const storeConditional = (rd: number, rs1: number, rs2: number, width: number): number =>
  rType(0x2f, width, 0x0c, rd, rs1, rs2);
export const ECALL = 0x00000073;
export const EBREAK = 0x00100073;
export const MRET = 0x30200073;
export const SRET = 0x10200073;
export const WFI = 0x10500073;
export const FENCE_I = 0x0000100f;

/** CSR numbers the generators name. */
export const CSR = {
  fflags: 0x001,
  frm: 0x002,
  fcsr: 0x003,
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpcfg2: 0x3a2,
  pmpaddr0: 0x3b0,
  mcycle: 0xb00,
  minstret: 0xb02,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
} as const;
