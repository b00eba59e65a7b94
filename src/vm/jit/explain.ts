/**
 * What was translated, for people: guest instructions beside the WebAssembly made of them. Translations are
 * not kept for that: what a job had read is, and is translated again, which gives the same code.
 */
import { lengthOf } from '../isa/decoder.ts';
import { disassemble } from '../isa/disassembler.ts';
import { RAM } from '../layout.ts';
import { printFunction } from '../wasm/print.ts';
import type { DefinedFunction } from '../wasm/module.ts';
import type { Installation, TranslationKind } from './code-cache.ts';
import type { RegionInstruction } from './control-flow.ts';
import type { CodeBlock } from './graph-code.ts';
import { type JobCode, JobTranslator, type TranslationJob, translateCode } from './job.ts';
import { type TranslatedEntry, offsetOf } from './region-code.ts';
import { pageOf } from './region.ts';
import type { DoneJob, TranslationService } from './service.ts';

const PAGE = 4096;

/** What somebody wants to see. */
export interface ExplainRequest {
  /** A virtual address of the guest's; undefined for a list of what there is. */
  readonly address: bigint | undefined;
  /** Undefined for both. */
  readonly kind: TranslationKind | undefined;
}

interface Kept {
  readonly id: number;
  readonly job: TranslationJob;
  readonly code: JobCode;
  readonly bytes: number;
}

/** A translation that is installed, with what it was made from. */
interface Explained extends Kept {
  readonly installation: Installation;
}

const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** The blocks of each function that has guest code, the entry's first. */
const blocksOf = (code: JobCode): readonly (readonly CodeBlock[])[] =>
  code.kind === 'page' ? code.intervals : [code.region.blocks];

const isInstruction = (origin: object): origin is RegionInstruction => 'decoded' in origin;
const isBlock = (origin: object): origin is CodeBlock => 'instructions' in origin;

/** Translates at once, on the machine's thread, and remembers what was translated as long as it is installed. */
export class ExplainedTranslation implements TranslationService {
  readonly timing = undefined;
  readonly #u16: Uint16Array;
  readonly #translator: JobTranslator;
  readonly #done: DoneJob[] = [];
  /** By the entries, which an installation has of its translation. */
  readonly #kept = new WeakMap<readonly TranslatedEntry[], Kept>();

  constructor(memory: WebAssembly.Memory) {
    this.#u16 = new Uint16Array(memory.buffer);
    this.#translator = new JobTranslator(memory);
  }

  request(id: number, job: TranslationJob): boolean {
    const code = this.#translator.read(job);
    const { bytes, entries } = translateCode(code);
    this.#kept.set(entries, { id, job, code, bytes: bytes.length });
    this.#done.push({ id, translation: { bytes, entries } });
    return true;
  }

  take(): DoneJob | undefined {
    return this.#done.shift();
  }

  timed<T>(work: () => T): T {
    return work();
  }

  /** The text that was asked for, a line each; empty when there is no such code. */
  explain(installations: readonly Installation[], request: ExplainRequest): readonly string[] {
    const { address, kind } = request;
    const all = installations
      .flatMap((installation): Explained[] => {
        const kept = this.#kept.get(installation.entries);
        return kept ? [{ ...kept, installation }] : [];
      })
      .filter(({ job }) => kind === undefined || job.kind === kind)
      .sort((a, b) => b.id - a.id);
    if (address === undefined) return all.map((one) => summary(one));
    return all.flatMap((one) => this.#explainOne(one, address));
  }

  #explainOne(one: Explained, address: bigint): readonly string[] {
    const wanted = Number(BigInt.asIntN(64, address - one.job.address));
    const functions = blocksOf(one.code);
    const holds = (blocks: readonly CodeBlock[]): boolean =>
      blocks.some(({ instructions }) => instructions.some(({ offset }) => offset === wanted));
    if (!functions.some(holds)) return [];
    // A page has one function an interval, in order, and then the one that the engine enters.
    const made = translateCode(one.code).functions;
    const texts = functions.flatMap((blocks, index) => {
      const defined = made[index];
      return defined && holds(blocks) ? this.#functionText(one, blocks, defined, wanted) : [];
    });
    return [summary(one), ...texts, ''];
  }

  #functionText(
    { job, installation }: Explained,
    blocks: readonly CodeBlock[],
    made: DefinedFunction,
    wanted: number,
  ): readonly string[] {
    const start = blocks[0]?.start ?? 0;
    const count = blocks.reduce((sum, { instructions }) => sum + instructions.length, 0);
    const isEntry = installation.entries.some((entry) => offsetOf(entry) === start);
    const at = (offset: number): string => hex(job.address + BigInt(offset));
    const describe = (origin: object): readonly string[] => {
      if (isBlock(origin)) return [`---- block at ${at(origin.start)}`];
      if (!isInstruction(origin)) return [];
      const { offset } = origin;
      return [`${offset === wanted ? '==>' : '   '} ${this.#instructionText(job, offset)}`];
    };
    const what = `${plural(count, 'instruction')} in ${plural(blocks.length, 'block')}`;
    return [
      '',
      `;; function at ${at(start)}: ${what}${isEntry ? ', can be entered from the interpreter' : ''}`,
      ...printFunction(made, describe),
    ];
  }

  #instructionText(job: TranslationJob, offset: number): string {
    const page =
      job.kind === 'page'
        ? job.page
        : job.pages.find(({ distance }) => distance === pageOf(offset))?.page;
    // Code that is installed has not changed since it was translated.
    const at = (RAM + (page ?? 0) * PAGE + (offset & (PAGE - 1))) >> 1;
    const lower = this.#u16[at] ?? 0;
    const length = lengthOf(lower);
    const bits = length === 4 ? ((this.#u16[at + 1] ?? 0) << 16) | lower : lower;
    const raw = (bits >>> 0)
      .toString(16)
      .padStart(2 * length, '0')
      .padEnd(8);
    const pc = job.address + BigInt(offset);
    return `${hex(pc)}  ${raw}  ${disassemble(bits, pc)}`;
  }
}

/** One line about a translation. */
function summary({ job, code, bytes, installation }: Explained): string {
  const functions = blocksOf(code);
  const count = functions.flat().reduce((sum, { instructions }) => sum + instructions.length, 0);
  // An address that can be asked for.
  const starts = functions.map((blocks) => blocks[0]?.start ?? 0);
  const address = job.address + BigInt(starts.reduce((a, b) => Math.min(a, b), Infinity));
  const entries = installation.entries.length;
  return (
    `${hex(address)} ${job.kind.padEnd(6)} ${plural(count, 'instruction')}, ${bytes} bytes, ` +
    (entries === 1 ? '1 entry' : `${entries} entries`)
  );
}
