import type { Semantics } from './context.ts';
import type { Format, Operands } from './formats.ts';

export type Extension = 'I' | 'M' | 'A' | 'F' | 'D' | 'C' | 'Zicsr' | 'Zifencei' | 'system';

/** One instruction, described once: decoder, disassembler and both engines derive from this. */
export interface Instruction {
  readonly name: string;
  readonly extension: Extension;
  /** An encoding belongs to it when `(bits & mask) === match` (32 bits). */
  readonly mask: number;
  readonly match: number;
  readonly format: Format;
  readonly semantics: Semantics;
}

/** A compressed encoding: another spelling of a base instruction (unprivileged manual, chapter C). */
export interface CompressedEncoding {
  readonly name: string;
  /** 16 bits. */
  readonly mask: number;
  readonly match: number;
  /** The name of the instruction it stands for. */
  readonly expandsTo: string;
  /** Its operands; undefined when the encoding is reserved. */
  readonly operands: (bits: number) => Operands | undefined;
}
