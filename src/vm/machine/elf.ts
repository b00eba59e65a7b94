/**
 * Reads RV64 executables: what a loader needs of an ELF file and nothing else. The layout is that of
 * the System V gABI, "Object Files"; machine and flag values are those of the RISC-V ELF psABI.
 */
import { err, ok, type Result } from '../../base/result.ts';
import { RAM_PHYSICAL } from '../layout.ts';

/** One loadable range. Addresses are physical (`p_paddr`). */
export interface ElfSegment {
  readonly address: number;
  /** Bytes of the file that go there (a view of the input). */
  readonly bytes: Uint8Array;
  /** Bytes in memory; those behind `bytes` are zero. */
  readonly memoryBytes: number;
}

export interface ElfImage {
  /** Entry point, as a physical address. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  /** Physical address of the HTIF doubleword that the program ends by, if it has that symbol. */
  readonly tohost: number | undefined;
  readonly fromhost: number | undefined;
}

/** Why a file is not a program for this machine; `message` is a sentence for people. */
export interface ElfError {
  readonly kind:
    | 'not-elf'
    | 'truncated'
    | 'not-64-bit'
    | 'not-little-endian'
    | 'not-risc-v'
    | 'not-executable'
    | 'nothing-to-load'
    | 'too-much'
    | 'bad-address';
  readonly message: string;
}

/** Programs for bare machines have a handful; the cap keeps a damaged header from costing time (R7). */
const MAX_PROGRAM_HEADERS = 256;
/** A Linux vmlinux has some 200,000 symbols; the cap is ten times that (R7). */
const MAX_SYMBOLS = 2_000_000;

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;

const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_RISCV = 243;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;

const MACHINE_NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'i386'],
  [40, 'ARM'],
  [62, 'x86-64'],
  [183, 'AArch64'],
]);

const fail = (kind: ElfError['kind'], message: string): Result<never, ElfError> =>
  err({ kind, message });

/** Bounds-checked little-endian access to the file. */
class Elf {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  has(offset: number, length: number): boolean {
    return offset <= this.bytes.length && length <= this.bytes.length - offset;
  }

  u8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** A 64-bit value as a number; those over 2^53 lose low bits, which every later check refuses. */
  u64(offset: number): number {
    return Number(this.address(offset));
  }

  /** A virtual address: all 64 bits count. */
  address(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }
}

interface ProgramHeader {
  readonly offset: number;
  readonly virtual: bigint;
  readonly physical: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

function checkHeader(elf: Elf): Result<undefined, ElfError> {
  const { bytes } = elf;
  if (
    !elf.has(0, 4) ||
    bytes[0] !== 0x7f ||
    bytes[1] !== 0x45 ||
    bytes[2] !== 0x4c ||
    bytes[3] !== 0x46
  ) {
    return fail('not-elf', 'this is not an ELF file');
  }
  if (!elf.has(0, HEADER_BYTES)) return fail('truncated', 'the ELF file ends within its header');
  if (elf.u8(4) !== ELFCLASS64) {
    return fail('not-64-bit', 'this is a 32-bit ELF file; the machine runs 64-bit RISC-V programs');
  }
  if (elf.u8(5) !== ELFDATA2LSB)
    return fail('not-little-endian', 'this ELF file is big-endian; the machine is little-endian');
  const machine = elf.u16(18);
  if (machine !== EM_RISCV) {
    const name = MACHINE_NAMES.get(machine) ?? `machine type ${String(machine)}`;
    return fail('not-risc-v', `this ELF file is for ${name}, not for RISC-V`);
  }
  const type = elf.u16(16);
  if (type !== ET_EXEC && type !== ET_DYN) {
    return fail(
      'not-executable',
      'this ELF file is not an executable (an object file must be linked first)',
    );
  }
  return ok(undefined);
}

function readProgramHeaders(elf: Elf): Result<readonly ProgramHeader[], ElfError> {
  const table = elf.u64(32);
  const entryBytes = elf.u16(54);
  const count = elf.u16(56);
  if (count > MAX_PROGRAM_HEADERS) {
    return fail(
      'too-much',
      `the ELF file has ${String(count)} program headers, more than ${String(MAX_PROGRAM_HEADERS)}`,
    );
  }
  if (count > 0 && entryBytes < PROGRAM_HEADER_BYTES)
    return fail('truncated', 'the ELF file has program headers that are too short');
  if (!elf.has(table, count * entryBytes))
    return fail('truncated', 'the ELF file ends within its program headers');
  const headers: ProgramHeader[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * entryBytes;
    if (elf.u32(at) !== PT_LOAD) continue;
    const header: ProgramHeader = {
      offset: elf.u64(at + 8),
      virtual: elf.address(at + 16),
      physical: elf.u64(at + 24),
      fileBytes: elf.u64(at + 32),
      memoryBytes: elf.u64(at + 40),
    };
    if (!elf.has(header.offset, header.fileBytes))
      return fail('truncated', 'the ELF file ends within a segment that must be loaded');
    if (header.fileBytes > header.memoryBytes)
      return fail(
        'bad-address',
        'the ELF file has a segment that is larger in the file than in memory',
      );
    if (!Number.isSafeInteger(header.physical + header.memoryBytes)) {
      return fail('bad-address', 'the ELF file has a segment at an address beyond any memory');
    }
    if (header.memoryBytes > 0) headers.push(withoutFileHeader(header));
  }
  if (headers.length === 0) return fail('nothing-to-load', 'the ELF file has no segment to load');
  return ok(headers);
}

/**
 * Linkers that are given an address for the code (`-Ttext=0x80000000`) put the ELF header into the page
 * before it, as part of the first segment. No program for a bare machine wants it there: the part
 * below RAM is left out.
 */
function withoutFileHeader(segment: ProgramHeader): ProgramHeader {
  const excess = RAM_PHYSICAL - segment.physical;
  if (segment.offset !== 0 || excess <= 0 || excess >= segment.fileBytes) return segment;
  return {
    offset: segment.offset + excess,
    virtual: segment.virtual + BigInt(excess),
    physical: segment.physical + excess,
    fileBytes: segment.fileBytes - excess,
    memoryBytes: segment.memoryBytes - excess,
  };
}

/** The physical address of a virtual one; programs for bare machines are usually linked where they are loaded. */
function toPhysical(virtual: bigint, headers: readonly ProgramHeader[]): number {
  for (const header of headers) {
    const offset = virtual - header.virtual;
    if (offset >= 0n && offset < BigInt(header.memoryBytes))
      return Number(offset) + header.physical;
  }
  return Number(virtual);
}

function nameEquals(elf: Elf, offset: number, name: string): boolean {
  if (!elf.has(offset, name.length + 1)) return false;
  for (let i = 0; i < name.length; i++) {
    if (elf.bytes[offset + i] !== name.charCodeAt(i)) return false;
  }
  return elf.bytes[offset + name.length] === 0;
}

/** Values of the symbols asked for. A damaged or absent symbol table finds none: symbols are optional. */
function findSymbols(elf: Elf, names: readonly string[]): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  const table = elf.u64(40);
  const entryBytes = elf.u16(58);
  const count = elf.u16(60);
  if (entryBytes < SECTION_HEADER_BYTES || !elf.has(table, count * entryBytes)) return found;
  for (let i = 0; i < count; i++) {
    const section = table + i * entryBytes;
    if (elf.u32(section + 4) !== SHT_SYMTAB) continue;
    const offset = elf.u64(section + 24);
    const size = elf.u64(section + 32);
    const link = elf.u32(section + 40);
    if (!elf.has(offset, size) || link >= count) continue;
    const strings = elf.u64(table + link * entryBytes + 24);
    const symbols = Math.min(Math.floor(size / SYMBOL_BYTES), MAX_SYMBOLS);
    for (let s = 0; s < symbols; s++) {
      const at = offset + s * SYMBOL_BYTES;
      const name = names.find((wanted) => nameEquals(elf, strings + elf.u32(at), wanted));
      if (name !== undefined) found.set(name, elf.address(at + 8));
    }
  }
  return found;
}

/**
 * Parses an ELF64 little-endian RISC-V executable. Nothing is copied: segments are views of `bytes`.
 * Whether segments lie in RAM is the loader's question.
 */
export function parseElf(bytes: Uint8Array): Result<ElfImage, ElfError> {
  const elf = new Elf(bytes);
  const header = checkHeader(elf);
  if (!header.ok) return header;
  const headers = readProgramHeaders(elf);
  if (!headers.ok) return headers;
  const symbols = findSymbols(elf, ['tohost', 'fromhost']);
  const locate = (name: string): number | undefined => {
    const value = symbols.get(name);
    return value === undefined ? undefined : toPhysical(value, headers.value);
  };
  return ok({
    entry: toPhysical(elf.address(24), headers.value),
    segments: headers.value.map((segment) => ({
      address: segment.physical,
      bytes: bytes.subarray(segment.offset, segment.offset + segment.fileBytes),
      memoryBytes: segment.memoryBytes,
    })),
    tohost: locate('tohost'),
    fromhost: locate('fromhost'),
  });
}
