import { decodeCompressed } from './decode-compressed.ts';
import type { Instruction, InstructionFormat } from './instruction.ts';

/**
 * The instruction listings of the unprivileged manual's last chapter and of the privileged manual,
 * a line each: name, operand format, and the 32 bits with `-` for operand bits. The fields that a
 * manual tells to ignore (rd, rs1 and the upper bits of fence and fence.i) are `-` too.
 */
const LISTING = `
lui        U      -------------------- ----- 0110111
auipc      U      -------------------- ----- 0010111
jal        J      -------------------- ----- 1101111
jalr       load   ------------ ----- 000 ----- 1100111
beq        B      ------- ----- ----- 000 ----- 1100011
bne        B      ------- ----- ----- 001 ----- 1100011
blt        B      ------- ----- ----- 100 ----- 1100011
bge        B      ------- ----- ----- 101 ----- 1100011
bltu       B      ------- ----- ----- 110 ----- 1100011
bgeu       B      ------- ----- ----- 111 ----- 1100011
lb         load   ------------ ----- 000 ----- 0000011
lh         load   ------------ ----- 001 ----- 0000011
lw         load   ------------ ----- 010 ----- 0000011
ld         load   ------------ ----- 011 ----- 0000011
lbu        load   ------------ ----- 100 ----- 0000011
lhu        load   ------------ ----- 101 ----- 0000011
lwu        load   ------------ ----- 110 ----- 0000011
sb         S      ------- ----- ----- 000 ----- 0100011
sh         S      ------- ----- ----- 001 ----- 0100011
sw         S      ------- ----- ----- 010 ----- 0100011
sd         S      ------- ----- ----- 011 ----- 0100011
addi       I      ------------ ----- 000 ----- 0010011
slti       I      ------------ ----- 010 ----- 0010011
sltiu      I      ------------ ----- 011 ----- 0010011
xori       I      ------------ ----- 100 ----- 0010011
ori        I      ------------ ----- 110 ----- 0010011
andi       I      ------------ ----- 111 ----- 0010011
slli       shift  000000 ------ ----- 001 ----- 0010011
srli       shift  000000 ------ ----- 101 ----- 0010011
srai       shift  010000 ------ ----- 101 ----- 0010011
add        R      0000000 ----- ----- 000 ----- 0110011
sub        R      0100000 ----- ----- 000 ----- 0110011
sll        R      0000000 ----- ----- 001 ----- 0110011
slt        R      0000000 ----- ----- 010 ----- 0110011
sltu       R      0000000 ----- ----- 011 ----- 0110011
xor        R      0000000 ----- ----- 100 ----- 0110011
srl        R      0000000 ----- ----- 101 ----- 0110011
sra        R      0100000 ----- ----- 101 ----- 0110011
or         R      0000000 ----- ----- 110 ----- 0110011
and        R      0000000 ----- ----- 111 ----- 0110011
addiw      I      ------------ ----- 000 ----- 0011011
slliw      shift  0000000 ----- ----- 001 ----- 0011011
srliw      shift  0000000 ----- ----- 101 ----- 0011011
sraiw      shift  0100000 ----- ----- 101 ----- 0011011
addw       R      0000000 ----- ----- 000 ----- 0111011
subw       R      0100000 ----- ----- 000 ----- 0111011
sllw       R      0000000 ----- ----- 001 ----- 0111011
srlw       R      0000000 ----- ----- 101 ----- 0111011
sraw       R      0100000 ----- ----- 101 ----- 0111011
fence      fence  ------------ ----- 000 ----- 0001111
fence.i    fence  ------------ ----- 001 ----- 0001111
ecall      none   000000000000 00000 000 00000 1110011
ebreak     none   000000000001 00000 000 00000 1110011
sret       none   0001000 00010 00000 000 00000 1110011
mret       none   0011000 00010 00000 000 00000 1110011
wfi        none   0001000 00101 00000 000 00000 1110011
sfence.vma R      0001001 ----- ----- 000 00000 1110011
csrrw      csr    ------------ ----- 001 ----- 1110011
csrrs      csr    ------------ ----- 010 ----- 1110011
csrrc      csr    ------------ ----- 011 ----- 1110011
csrrwi     csri   ------------ ----- 101 ----- 1110011
csrrsi     csri   ------------ ----- 110 ----- 1110011
csrrci     csri   ------------ ----- 111 ----- 1110011
mul        R      0000001 ----- ----- 000 ----- 0110011
mulh       R      0000001 ----- ----- 001 ----- 0110011
mulhsu     R      0000001 ----- ----- 010 ----- 0110011
mulhu      R      0000001 ----- ----- 011 ----- 0110011
div        R      0000001 ----- ----- 100 ----- 0110011
divu       R      0000001 ----- ----- 101 ----- 0110011
rem        R      0000001 ----- ----- 110 ----- 0110011
remu       R      0000001 ----- ----- 111 ----- 0110011
mulw       R      0000001 ----- ----- 000 ----- 0111011
divw       R      0000001 ----- ----- 100 ----- 0111011
divuw      R      0000001 ----- ----- 101 ----- 0111011
remw       R      0000001 ----- ----- 110 ----- 0111011
remuw      R      0000001 ----- ----- 111 ----- 0111011
flw        load   ------------ ----- 010 ----- 0000111
fld        load   ------------ ----- 011 ----- 0000111
fsw        S      ------- ----- ----- 010 ----- 0100111
fsd        S      ------- ----- ----- 011 ----- 0100111
`;

/** The A extension, for .w (width 010) and .d (width 011). */
const ATOMIC_LISTING = `
lr         atomic 00010 - - 00000 ----- W ----- 0101111
sc         atomic 00011 - - ----- ----- W ----- 0101111
amoswap    atomic 00001 - - ----- ----- W ----- 0101111
amoadd     atomic 00000 - - ----- ----- W ----- 0101111
amoxor     atomic 00100 - - ----- ----- W ----- 0101111
amoand     atomic 01100 - - ----- ----- W ----- 0101111
amoor      atomic 01000 - - ----- ----- W ----- 0101111
amomin     atomic 10000 - - ----- ----- W ----- 0101111
amomax     atomic 10100 - - ----- ----- W ----- 0101111
amominu    atomic 11000 - - ----- ----- W ----- 0101111
amomaxu    atomic 11100 - - ----- ----- W ----- 0101111
`;

/** The F and D extensions; F is the two format bits (00 single, 01 double), rrr a rounding mode. */
const FLOAT_LISTING = `
fmadd      R4     ----- F ----- ----- rrr ----- 1000011
fmsub      R4     ----- F ----- ----- rrr ----- 1000111
fnmsub     R4     ----- F ----- ----- rrr ----- 1001011
fnmadd     R4     ----- F ----- ----- rrr ----- 1001111
fadd       fp     00000 F ----- ----- rrr ----- 1010011
fsub       fp     00001 F ----- ----- rrr ----- 1010011
fmul       fp     00010 F ----- ----- rrr ----- 1010011
fdiv       fp     00011 F ----- ----- rrr ----- 1010011
fsqrt      fp1    01011 F 00000 ----- rrr ----- 1010011
fsgnj      fp     00100 F ----- ----- 000 ----- 1010011
fsgnjn     fp     00100 F ----- ----- 001 ----- 1010011
fsgnjx     fp     00100 F ----- ----- 010 ----- 1010011
fmin       fp     00101 F ----- ----- 000 ----- 1010011
fmax       fp     00101 F ----- ----- 001 ----- 1010011
feq        fp     10100 F ----- ----- 010 ----- 1010011
flt        fp     10100 F ----- ----- 001 ----- 1010011
fle        fp     10100 F ----- ----- 000 ----- 1010011
fclass     fp1    11100 F 00000 ----- 001 ----- 1010011
`;

/** Conversions and moves, whose names do not follow one pattern. */
const CONVERSION_LISTING = `
fcvt.s.d   fp1    0100000 00001 ----- rrr ----- 1010011
fcvt.d.s   fp1    0100001 00000 ----- rrr ----- 1010011
fmv.x.w    fp1    1110000 00000 ----- 000 ----- 1010011
fmv.w.x    fp1    1111000 00000 ----- 000 ----- 1010011
fmv.x.d    fp1    1110001 00000 ----- 000 ----- 1010011
fmv.d.x    fp1    1111001 00000 ----- 000 ----- 1010011
fcvt.w.s   fp1    1100000 00000 ----- rrr ----- 1010011
fcvt.wu.s  fp1    1100000 00001 ----- rrr ----- 1010011
fcvt.l.s   fp1    1100000 00010 ----- rrr ----- 1010011
fcvt.lu.s  fp1    1100000 00011 ----- rrr ----- 1010011
fcvt.w.d   fp1    1100001 00000 ----- rrr ----- 1010011
fcvt.wu.d  fp1    1100001 00001 ----- rrr ----- 1010011
fcvt.l.d   fp1    1100001 00010 ----- rrr ----- 1010011
fcvt.lu.d  fp1    1100001 00011 ----- rrr ----- 1010011
fcvt.s.w   fp1    1101000 00000 ----- rrr ----- 1010011
fcvt.s.wu  fp1    1101000 00001 ----- rrr ----- 1010011
fcvt.s.l   fp1    1101000 00010 ----- rrr ----- 1010011
fcvt.s.lu  fp1    1101000 00011 ----- rrr ----- 1010011
fcvt.d.w   fp1    1101001 00000 ----- rrr ----- 1010011
fcvt.d.wu  fp1    1101001 00001 ----- rrr ----- 1010011
fcvt.d.l   fp1    1101001 00010 ----- rrr ----- 1010011
fcvt.d.lu  fp1    1101001 00011 ----- rrr ----- 1010011
`;

/** One encoding: the instruction is this one if `bits & mask === match`. */
export interface Encoding {
  readonly name: string;
  readonly format: InstructionFormat;
  readonly mask: number;
  readonly match: number;
  /** Whether bits 14..12 are a rounding mode. */
  readonly rounds: boolean;
}

function parse(
  line: string,
  suffix: string,
  replacements: Readonly<Record<string, string>>,
): Encoding {
  const [name = '', format = '', ...groups] = line.trim().split(/\s+/);
  const pattern = groups.map((group) => replacements[group] ?? group).join('');
  if (pattern.length !== 32) throw new Error(`a listing line must have 32 bits: ${line}`);
  return {
    name: name + suffix,
    format: format as InstructionFormat,
    mask: parseInt(pattern.replace(/[01]/g, '1').replace(/[^1]/g, '0'), 2),
    match: parseInt(pattern.replace(/[^1]/g, '0'), 2),
    rounds: pattern.includes('rrr'),
  };
}

const lines = (listing: string): string[] => listing.trim().split('\n');

/** Every 32-bit encoding the machine defines. */
export const ENCODINGS: readonly Encoding[] = [
  ...lines(LISTING).map((line) => parse(line, '', {})),
  ...lines(ATOMIC_LISTING).flatMap((line) => [
    parse(line, '.w', { W: '010' }),
    parse(line, '.d', { W: '011' }),
  ]),
  ...lines(FLOAT_LISTING).flatMap((line) => [
    parse(line, '.s', { F: '00' }),
    parse(line, '.d', { F: '01' }),
  ]),
  ...lines(CONVERSION_LISTING).map((line) => parse(line, '', {})),
];

const byOpcode = new Map<number, Encoding[]>();
for (const encoding of ENCODINGS) {
  const opcode = encoding.match & 0x7f;
  byOpcode.set(opcode, [...(byOpcode.get(opcode) ?? []), encoding]);
}

const signed = (value: number, width: number): bigint => BigInt.asIntN(width, BigInt(value));

function immediate(format: InstructionFormat, bits: number): bigint {
  const at = (high: number, low: number): number => (bits >>> low) & (2 ** (high - low + 1) - 1);
  switch (format) {
    case 'I':
    case 'load':
      return signed(at(31, 20), 12);
    case 'S':
      return signed((at(31, 25) << 5) | at(11, 7), 12);
    case 'B':
      return signed(
        (at(31, 31) << 12) | (at(7, 7) << 11) | (at(30, 25) << 5) | (at(11, 8) << 1),
        13,
      );
    case 'U':
      return signed(at(31, 12), 20) << 12n;
    case 'J':
      return signed(
        (at(31, 31) << 20) | (at(19, 12) << 12) | (at(20, 20) << 11) | (at(30, 21) << 1),
        21,
      );
    case 'shift':
      return BigInt(at(25, 20));
    case 'csri':
      return BigInt(at(19, 15));
    default:
      return 0n;
  }
}

/** Decodes 32 bits; undefined when they are no instruction of this machine. */
export function decode32(bits: number): Instruction | undefined {
  const encoding = byOpcode
    .get(bits & 0x7f)
    ?.find(({ mask, match }) => (bits & mask) >>> 0 === match);
  if (encoding === undefined) return undefined;
  const { name, format } = encoding;
  return {
    name,
    format,
    length: 4,
    bits: bits >>> 0,
    rd: (bits >>> 7) & 31,
    rs1: (bits >>> 15) & 31,
    rs2: (bits >>> 20) & 31,
    rs3: bits >>> 27,
    imm: immediate(format, bits),
    rm: encoding.rounds ? (bits >>> 12) & 7 : undefined,
    csr: bits >>> 20,
  };
}

/** The length in bytes of the instruction that begins with these 16 bits. */
export const instructionLength = (halfword: number): 2 | 4 => ((halfword & 3) === 3 ? 4 : 2);

/** Decodes the instruction that begins in the low 16 bits; undefined when it is illegal. */
export const decode = (bits: number): Instruction | undefined =>
  instructionLength(bits) === 2 ? decodeCompressed(bits & 0xffff) : decode32(bits);
