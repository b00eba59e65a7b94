/** What a person asked for on the command line, checked. */
import { err, ok, type Result } from '../../base/result.ts';
import type { TranslationKind } from '../../vm/jit/code-cache.ts';
import type { ExplainRequest } from '../../vm/jit/explain.ts';
import { RAM_MAX_BYTES } from '../../vm/layout.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES, type EngineName } from '../../vm/machine/engine.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { PREPARED_KERNELS, type PreparedKernel } from './guest-folder.ts';

/** Options as commander gives them. */
export interface RawRunOptions {
  readonly exec?: string;
  readonly memory?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly disk?: string;
  readonly cold?: boolean;
  readonly stats?: boolean;
  readonly engine?: string;
  readonly bare?: string;
  readonly limit?: string;
}

export type KernelChoice =
  | { readonly kind: 'prepared'; readonly name: PreparedKernel }
  | { readonly kind: 'file'; readonly path: string };

export interface RunOptions {
  readonly exec: string | undefined;
  /** Undefined: as the snapshot has it, or the default. */
  readonly memoryMB: number | undefined;
  readonly kernel: KernelChoice;
  readonly initrd: string | undefined;
  readonly append: string | undefined;
  readonly disk: string | undefined;
  readonly cold: boolean;
  readonly stats: boolean;
  readonly engine: EngineName;
}

export interface BareOptions {
  readonly path: string;
  readonly memoryMB: number;
  /** Instructions; undefined for no limit. */
  readonly limit: bigint | undefined;
  readonly stats: boolean;
  readonly engine: EngineName;
}

const MEGABYTE = 1 << 20;
export const MAX_MEMORY_MB = RAM_MAX_BYTES / MEGABYTE;
const MIN_MEMORY_MB = 1;
const BARE_MEMORY_MB = 128;

/** Parses a size of guest RAM in MB. */
export function parseMemory(text: string): Result<number, HostProblem> {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= MIN_MEMORY_MB && value <= MAX_MEMORY_MB) return ok(value);
  const range = `${String(MIN_MEMORY_MB)} and ${String(MAX_MEMORY_MB)}`;
  if (Number.isNaN(value)) {
    return err(
      problem(
        `--memory ${text} is not a number of megabytes.`,
        `Give a whole number between ${range}.`,
      ),
    );
  }
  return err(
    problem(`The machine cannot have ${text} MB of memory.`, `Give a number between ${range}.`),
  );
}

/** Parses the name of an engine. */
export function parseEngine(text: string): Result<EngineName, HostProblem> {
  const engine = ENGINE_NAMES.find((name) => name === text);
  if (engine !== undefined) return ok(engine);
  return err(
    problem(`There is no engine "${text}".`, `Choose one of: ${ENGINE_NAMES.join(', ')}.`),
  );
}

function parseLimit(text: string): Result<bigint, HostProblem> {
  if (/^\d{1,18}$/.test(text) && BigInt(text) > 0n) return ok(BigInt(text));
  return err(
    problem(`--limit ${text} is not a number of instructions.`, 'Give a whole number above 0.'),
  );
}

function parseKernel(text: string): KernelChoice {
  const name = PREPARED_KERNELS.find((prepared) => prepared === text);
  return name === undefined ? { kind: 'file', path: text } : { kind: 'prepared', name };
}

/** Checks the options of `tandem run`; options that contradict each other are refused. */
export function parseRun(raw: RawRunOptions): Result<RunOptions | BareOptions, HostProblem> {
  const engine = parseEngine(raw.engine ?? DEFAULT_ENGINE);
  if (!engine.ok) return engine;
  const memory = raw.memory === undefined ? ok(undefined) : parseMemory(raw.memory);
  if (!memory.ok) return memory;
  const stats = raw.stats ?? false;
  if (raw.bare !== undefined) return parseBare(raw, raw.bare, memory.value, engine.value, stats);
  if (raw.limit !== undefined) {
    return err(problem('--limit counts instructions of --bare programs only.', 'Leave it out.'));
  }
  return ok({
    exec: raw.exec,
    memoryMB: memory.value,
    kernel: parseKernel(raw.kernel ?? 'stock'),
    initrd: raw.initrd,
    append: raw.append,
    disk: raw.disk,
    cold: raw.cold ?? false,
    stats,
    engine: engine.value,
  });
}

const BARE_CONFLICTS = ['exec', 'kernel', 'initrd', 'append', 'disk', 'cold'] as const;

function parseBare(
  raw: RawRunOptions,
  path: string,
  memoryMB: number | undefined,
  engine: EngineName,
  stats: boolean,
): Result<BareOptions, HostProblem> {
  const conflict = BARE_CONFLICTS.find((name) => raw[name] !== undefined);
  if (conflict !== undefined) {
    const message = `--bare runs a program without a guest, so --${conflict} has no meaning.`;
    return err(problem(message, 'Leave one of them out.'));
  }
  const limit = raw.limit === undefined ? ok(undefined) : parseLimit(raw.limit);
  if (!limit.ok) return limit;
  return ok({ path, memoryMB: memoryMB ?? BARE_MEMORY_MB, limit: limit.value, stats, engine });
}

/** Options of `tandem explain` as commander gives them. */
export interface RawExplainOptions {
  readonly exec: string;
  readonly kind?: string;
}

export interface ExplainOptions {
  readonly exec: string;
  readonly request: ExplainRequest;
}

const TRANSLATION_KINDS: readonly TranslationKind[] = ['page', 'region'];
const MAX_ADDRESS_DIGITS = 16;

/** Checks what `tandem explain` was asked for. */
export function parseExplain(
  address: string | undefined,
  raw: RawExplainOptions,
): Result<ExplainOptions, HostProblem> {
  const digits = address === undefined ? undefined : /^(?:0x)?([0-9a-f]+)$/i.exec(address)?.[1];
  if (address !== undefined && (digits === undefined || digits.length > MAX_ADDRESS_DIGITS)) {
    const advice = 'Give it in hexadecimal digits, as the list that "explain" prints without one.';
    return err(problem(`"${address}" is not an address.`, advice));
  }
  const kind = TRANSLATION_KINDS.find((name) => name === raw.kind);
  if (raw.kind !== undefined && kind === undefined) {
    const names = TRANSLATION_KINDS.join(' or ');
    return err(problem(`There is no kind of translation "${raw.kind}".`, `Give ${names}.`));
  }
  if (raw.exec.trim() === '') {
    return err(problem('--exec has no command.', 'Give one, in quotes.'));
  }
  const at = digits === undefined ? undefined : BigInt(`0x${digits}`);
  return ok({ exec: raw.exec, request: { address: at, kind } });
}
