/** What `npm run bench -- tasks` is asked for. */
import { ENGINE_NAMES, type EngineName } from '../../src/vm/machine/engine.ts';
import type { BenchOptions } from '../report.ts';
import { ALL_TASKS, BOOT, type Task } from './list.ts';

export const PEER_NAMES = [...ENGINE_NAMES, 'qemu', 'v86', 'chromium'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

const DEFAULT_PEERS: readonly PeerName[] = ['interpreter', 'auto', 'qemu'];
const DEFAULT_ROUNDS = 3;

export interface TaskOptions {
  readonly tasks: readonly Task[];
  /** Whether cold boots are timed. */
  readonly boot: boolean;
  readonly peers: readonly PeerName[];
  readonly rounds: number;
}

const isEngine = (name: PeerName): name is EngineName =>
  ENGINE_NAMES.some((engine) => engine === name);

/** The engine of a peer that is our machine on Node. */
export const engineOf = (peer: PeerName): EngineName | undefined =>
  isEngine(peer) ? peer : undefined;

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
 * boots, `--peers PEER,…` and `--rounds N`.
 * @throws Error that says which name is unknown, and which are not
 */
export function parseTaskOptions(values: BenchOptions): TaskOptions {
  const names = [...ALL_TASKS.map(({ name }) => name), 'tasks', 'programs', BOOT];
  const only = chosen('task', values['only'] ?? `tasks,programs,${BOOT}`, names);
  const rounds = Number(values['rounds'] ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error('--rounds takes a whole number above 0.');
  return {
    tasks: ALL_TASKS.filter(({ name, set }) => only.includes(name) || only.includes(set)),
    boot: only.includes(BOOT),
    peers: chosen('peer', values['peers'] ?? DEFAULT_PEERS.join(','), PEER_NAMES),
    rounds,
  };
}
