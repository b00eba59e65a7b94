/**
 * `tandem run --bare ELF`: a program without firmware or guest, in M-mode at its entry point. It
 * ends by HTIF (the host-target interface of riscv-tests and Spike): an odd value in `tohost` is the end, 1 for
 * success. Time is virtual, so that a run depends on nothing but the program (R6).
 */
import { err, ok, type Result } from '../../base/result.ts';
import { parseElf, type ElfImage } from '../../vm/machine/elf.ts';
import type { Halt } from '../../vm/machine/inputs.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { readUserFile } from './files.ts';
import { Htif } from './htif.ts';
import type { BareOptions } from './options.ts';
import { printStatistics } from './statistics.ts';

/** As `timeout` has it: the program did not end. */
export const EXIT_UNFINISHED = 124;
/** A status that is larger than exit statuses can be. */
const EXIT_MAX = 255;
/** Instructions between two looks at `tohost`. */
const SLICE = 10_000;

export type BareEnd =
  | { readonly kind: 'exit'; readonly code: bigint }
  | { readonly kind: 'limit' }
  /** WFI, and no timer that could end it. */
  | { readonly kind: 'asleep' }
  | { readonly kind: 'halt'; readonly halt: Halt };

function loadImage(options: BareOptions): Result<ElfImage, HostProblem> {
  const file = readUserFile('program', options.path);
  if (!file.ok) return file;
  const image = parseElf(file.value);
  if (image.ok) return image;
  return err(
    problem(
      `${options.path} cannot be run: ${image.error.message}.`,
      'Give a 64-bit RISC-V executable that is linked for addresses from 0x80000000 on.',
    ),
  );
}

function createMachine(options: BareOptions, image: ElfImage): Result<Machine, HostProblem> {
  const size = `${String(options.memoryMB)} MB of memory`;
  let machine: Machine;
  try {
    machine = new Machine({ ramBytes: options.memoryMB << 20, engine: options.engine });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return err(
      problem(`This computer cannot give the machine ${size}.`, 'Ask for less with --memory.'),
    );
  }
  const loaded = machine.loadElf(image);
  if (loaded.ok) return ok(machine);
  return err(
    problem(
      `${options.path} does not fit: ${loaded.error.message}.`,
      `The machine has ${size} from 0x80000000 on; --memory changes that.`,
    ),
  );
}

/** Runs until the program ends, or `limit` instructions are done. */
export function runToEnd(
  machine: Machine,
  htif: Htif | undefined,
  limit: bigint | undefined,
): BareEnd {
  for (;;) {
    const left = limit === undefined ? BigInt(SLICE) : limit - machine.instructions;
    if (left <= 0n) return { kind: 'limit' };
    const result = machine.run(Number(left < BigInt(SLICE) ? left : BigInt(SLICE)));
    const code = htif?.poll();
    if (code !== undefined) return { kind: 'exit', code };
    if (result.reason === 'halt') return { kind: 'halt', halt: result.halt };
    if (result.reason !== 'wait') continue;
    if (result.until === undefined) return { kind: 'asleep' };
    machine.input({ kind: 'time', ticks: result.until });
  }
}

function exitStatus(end: BareEnd, options: BareOptions): number {
  const say = (text: string): void => {
    process.stderr.write(`tandem: ${text}\n`);
  };
  switch (end.kind) {
    case 'exit':
      if (end.code <= BigInt(EXIT_MAX)) return Number(end.code);
      say(`the program ended with ${String(end.code)}, more than an exit status can say`);
      return EXIT_MAX;
    case 'limit':
      say(`the program did not end within ${String(options.limit)} instructions (--limit)`);
      return EXIT_UNFINISHED;
    case 'asleep':
      say('the program waits for an interrupt that nothing will raise');
      return EXIT_UNFINISHED;
    case 'halt':
      return end.halt.kind === 'failure' ? Math.min(end.halt.code, EXIT_MAX) || 1 : 0;
  }
}

/** Runs the program; gives the exit status. */
export function runBare(options: BareOptions): Result<number, HostProblem> {
  const image = loadImage(options);
  if (!image.ok) return image;
  const machine = createMachine(options, image.value);
  if (!machine.ok) return machine;
  const print = (bytes: Uint8Array): void => {
    process.stdout.write(bytes);
  };
  machine.value.onOutput = (output) => {
    if (output.kind === 'console') print(output.bytes);
  };
  const { tohost, fromhost } = image.value;
  const htif =
    tohost === undefined ? undefined : new Htif(machine.value.ram, tohost, fromhost, print);
  if (htif === undefined && options.limit === undefined) {
    process.stderr.write(
      'tandem: the program has no symbol tohost, so nothing but --limit can end it\n',
    );
  }
  const start = performance.now();
  const end = runToEnd(machine.value, htif, options.limit);
  const seconds = (performance.now() - start) / 1000;
  if (options.stats) {
    const { instructions, statistics } = machine.value;
    printStatistics({ instructions, seconds, wallSeconds: seconds, ...statistics });
  }
  return ok(exitStatus(end, options));
}
