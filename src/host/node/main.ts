/** The command line: `tandem run`, `tandem snapshot` and `tandem explain`. */
import { Command, CommanderError } from 'commander';
import type { Result } from '../../base/result.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES } from '../../vm/machine/engine.ts';
import { problem, problemText, type HostProblem } from '../shared/problem.ts';
import { runBare } from './bare-command.ts';
import { heedBranchHints } from './branch-hints.ts';
import { explainGuest } from './explain-command.ts';
import { PREPARED_KERNELS } from './guest-folder.ts';
import {
  parseEngine,
  parseExplain,
  parseMemory,
  parseRun,
  type RawExplainOptions,
  type RawRunOptions,
} from './options.ts';
import { runGuest } from './run-command.ts';
import { makeSnapshot } from './snapshot-command.ts';

/** Bad input: the person can do something about it. */
const EXIT_BAD_INPUT = 2;
/** A fault of the program. */
const EXIT_FAULT = 70;

type Status = Result<number, HostProblem>;

async function run(raw: RawRunOptions): Promise<Status> {
  const options = parseRun(raw);
  if (!options.ok) return options;
  return 'path' in options.value ? runBare(options.value) : runGuest(options.value);
}

async function snapshot(raw: {
  readonly kernel: string;
  readonly memory?: string;
}): Promise<Status> {
  const kernel = PREPARED_KERNELS.find((name) => name === raw.kernel);
  const engine = parseEngine(DEFAULT_ENGINE);
  if (!engine.ok) return engine;
  if (kernel === undefined) {
    const names = PREPARED_KERNELS.join(' and ');
    const message = `There is no prepared guest "${raw.kernel}".`;
    return { ok: false, error: problem(message, `There are ${names}.`) };
  }
  const memory = raw.memory === undefined ? undefined : parseMemory(raw.memory);
  if (memory?.ok === false) return memory;
  return makeSnapshot({ kernel, memoryMB: memory?.value, engine: engine.value });
}

/** Some three seconds of a shell's work: enough for the engine to find it hot. */
const BUSY_COMMAND = 'i=0; while [ $i -lt 10000 ]; do i=$((i + 1)); done';

async function explain(address: string | undefined, raw: RawExplainOptions): Promise<Status> {
  const options = parseExplain(address, raw);
  return options.ok ? explainGuest(options.value) : options;
}

function addExplain(program: Command, done: (status: Status) => void): void {
  program
    .command('explain')
    .description('run a command in the guest, and show WebAssembly that was made of hot code')
    .argument('[address]', 'of a guest instruction, in hex; without it, a list of what there is')
    .option('--exec <command>', 'what makes code hot', BUSY_COMMAND)
    .option('--kind <kind>', 'page or region (both by default)')
    .addHelpText(
      'after',
      '\nPrograms lie at another address each time, unless: --exec "setarch -R COMMAND".',
    )
    .allowExcessArguments(false)
    .action(async (address: string | undefined, raw: RawExplainOptions) => {
      done(await explain(address, raw));
    });
}

function createProgram(done: (status: Status) => void): Command {
  const program = new Command('tandem')
    .description('A Linux computer that runs here: in this terminal, or in a browser tab.')
    .exitOverride()
    .showSuggestionAfterError();
  program
    .command('run')
    .description('run the guest in this terminal (Ctrl-A X ends it)')
    .option('--exec <command>', 'run one command in the guest and exit with its status')
    .option('--memory <MB>', 'guest memory; a size other than the snapshot has boots cold')
    .option('--kernel <name|file>', 'stock, small, or a Linux Image file', 'stock')
    .option('--initrd <file>', 'initial RAM disk')
    .option('--append <text>', 'more for the kernel command line')
    .option('--disk <file>', 'a disk, read only: /dev/vdb, or /dev/vda for a kernel file')
    .option('--cold', 'boot rather than resume the snapshot')
    .option('--stats', 'at exit, print what was run as a line of JSON on stderr')
    .option('--engine <name>', `one of: ${ENGINE_NAMES.join(', ')}`, DEFAULT_ENGINE)
    .option('--bare <elf>', 'run a bare RV64 program in M-mode instead of a guest')
    .option('--limit <n>', 'end --bare programs after that many instructions')
    .allowExcessArguments(false)
    .action(async (raw: RawRunOptions, command: Command) => {
      // The default is for the help text; with --bare it would contradict.
      const given = command.getOptionValueSource('kernel') === 'cli';
      const { kernel, ...others } = raw;
      done(await run(given && kernel !== undefined ? { ...others, kernel } : others));
    });
  program
    .command('snapshot')
    .description('boot a prepared guest and keep the state at its prompt')
    .option('--kernel <name>', PREPARED_KERNELS.join(' or '), PREPARED_KERNELS[0])
    .option('--memory <MB>', 'guest memory')
    .allowExcessArguments(false)
    .action(async (raw: { readonly kernel: string; readonly memory?: string }) => {
      done(await snapshot(raw));
    });
  addExplain(program, done);
  return program;
}

async function main(): Promise<number> {
  heedBranchHints();
  let status: Status | undefined;
  const program = createProgram((result) => {
    status = result;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed what is wrong, or the help that was asked for.
    return error.exitCode === 0 ? 0 : EXIT_BAD_INPUT;
  }
  if (status === undefined) return EXIT_BAD_INPUT;
  if (status.ok) return status.value;
  process.stderr.write(`tandem: ${problemText(status.error)}\n`);
  return EXIT_BAD_INPUT;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(
      `tandem: This is a fault of Tandem; please report it with what follows.\n${trace}\n`,
    );
    process.exit(EXIT_FAULT);
  },
);
