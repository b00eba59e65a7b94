/** What `npm run bench -- tasks` is asked for. */
import { ENGINE_NAMES, type EngineName } from '../../src/vm/machine/engine.ts';
import type { BenchOptions, SystemPackage } from '../report.ts';
import { ALL_TASKS, BOOT, type Task } from './list.ts';

export const PEER_NAMES = [...ENGINE_NAMES, 'qemu', 'v86', 'chromium'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

const DEFAULT_PEERS: readonly PeerName[] = ['interpreter', 'auto', 'qemu', 'v86', 'chromium'];

/** What is run when the options do not say. */
export interface TaskDefaults {
  readonly only: string;
  readonly rounds: number;
}

export const ALL_DEFAULTS: TaskDefaults = { only: `tasks,programs,${BOOT}`, rounds: 3 };

export interface TaskOptions {
  readonly tasks: readonly Task[];
  /** Whether cold boots are timed. */
  readonly boot: boolean;
  readonly peers: readonly PeerName[];
  readonly rounds: number;
}

/** Whether a peer is our machine on Node. */
export const isEngine = (name: PeerName): name is EngineName =>
  ENGINE_NAMES.some((engine) => engine === name);

function chosen<T extends string>(
  what: string,
  text: string,
  known: readonly T[],
): readonly [T, ...T[]] {
  const [first, ...others] = text.split(',').map((word) => {
    const found = known.find((name) => name === word);
    if (found === undefined)
      throw new Error(`There is no ${what} "${word}"; there are: ${known.join(', ')}.`);
    return found;
  });
  if (first === undefined) throw new Error(`No ${what} is chosen.`);
  return [first, ...others];
}

/**
 * Reads `--only TASK,…`, where `tasks` and `programs` stand for all of a list and `boot` for cold
 * boots, `--peers PEER,…` and `--rounds N` (0 for not at all).
 * @throws Error that says which name is unknown, and which are not
 */
export function parseTaskOptions(
  values: BenchOptions,
  defaults: TaskDefaults = ALL_DEFAULTS,
): TaskOptions {
  const names = [...ALL_TASKS.map(({ name }) => name), 'tasks', 'programs', BOOT];
  const only = chosen('task', values['only'] ?? defaults.only, names);
  const rounds = values['rounds'] ?? String(defaults.rounds);
  if (!/^\d{1,3}$/.test(rounds)) throw new Error('--rounds takes a whole number.');
  return {
    tasks: ALL_TASKS.filter(({ name, set }) => only.includes(name) || only.includes(set)),
    boot: only.includes(BOOT),
    peers: chosen('peer', values['peers'] ?? DEFAULT_PEERS.join(','), PEER_NAMES),
    rounds: Number(rounds),
  };
}

/** What peers, and our programs for them, need from the system. */
export function packagesFor({ peers, rounds }: TaskOptions): readonly SystemPackage[] {
  if (rounds === 0) return [];
  const own = [
    { name: 'gcc-riscv64-linux-gnu', provides: 'riscv64-linux-gnu-gcc' },
    { name: 'libc6-dev-riscv64-cross', provides: '/usr/riscv64-linux-gnu/include/stdio.h' },
    { name: 'xz-utils', provides: 'xz' },
  ];
  const qemu = [{ name: 'qemu-system-misc', provides: 'qemu-system-riscv64' }];
  const v86 = [
    { name: 'gcc-i686-linux-gnu', provides: 'i686-linux-gnu-gcc' },
    { name: 'libc6-dev-i386-cross', provides: '/usr/i686-linux-gnu/include/stdio.h' },
    { name: 'seabios', provides: '/usr/share/seabios/bios.bin' },
  ];
  return [...own, ...(peers.includes('qemu') ? qemu : []), ...(peers.includes('v86') ? v86 : [])];
}
