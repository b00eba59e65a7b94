/**
 * Seconds that tasks take on our machine and on its peers, in turn: each task on one peer after the
 * other, so that a slow minute of the host is everybody's. See tasks/list.ts for the tasks,
 * tasks/options.ts for choosing some of them.
 */
import type { BenchOptions, Report, SystemPackage } from './report.ts';
import { type Guest, timeTask } from './tasks/guest.ts';
import { BOOT, type Task } from './tasks/list.ts';
import { parseTaskOptions, type TaskOptions } from './tasks/options.ts';
import { type Peer, peerOf } from './tasks/peers.ts';
import { Samples } from './tasks/samples.ts';

export const name = 'tasks';
export const options = ['only', 'peers', 'rounds'] as const;

/** What the peers and our programs need from the system. */
export function systemPackages(asked: BenchOptions): readonly SystemPackage[] {
  const { peers } = parseTaskOptions(asked);
  return [
    { name: 'gcc-riscv64-linux-gnu', provides: 'riscv64-linux-gnu-gcc' },
    { name: 'libc6-dev-riscv64-cross', provides: '/usr/riscv64-linux-gnu/include/stdio.h' },
    { name: 'xz-utils', provides: 'xz' },
    ...(peers.includes('qemu')
      ? [{ name: 'qemu-system-misc', provides: 'qemu-system-riscv64' }]
      : []),
  ];
}

/** What people see while it goes on: one line a task, seconds by peer. */
class Progress {
  readonly #samples: Samples;

  constructor(samples: Samples) {
    this.#samples = samples;
  }

  show(task: string, seconds: ReadonlyMap<Peer, number>): void {
    const cells = [...seconds].map(([{ name }, value]) => `${name} ${value.toFixed(3)} s`);
    const speed = this.#samples.speed(task, 'auto', 'qemu');
    if (speed !== undefined) cells.push(`auto/qemu ${speed.toFixed(2)}×`);
    console.error(`${task.padEnd(16)}${cells.join('  ')}`);
  }
}

async function timeBoots(peers: readonly Peer[], samples: Samples, progress: Progress) {
  const found = new Map<Peer, number>();
  for (const peer of peers) {
    const seconds = await peer.bootSeconds?.();
    if (seconds === undefined) continue;
    samples.addSeconds(BOOT, peer.name, seconds);
    found.set(peer, seconds);
  }
  progress.show(BOOT, found);
}

async function timeTasks(
  tasks: readonly Task[],
  guests: ReadonlyMap<Peer, Guest>,
  samples: Samples,
  progress: Progress,
): Promise<void> {
  for (const task of tasks) {
    const found = new Map<Peer, number>();
    for (const [peer, { shell }] of guests) {
      if (!peer.sets.includes(task.set)) continue;
      const timed = await timeTask(shell, task);
      samples.add(task.name, peer.name, timed);
      found.set(peer, timed.seconds);
    }
    progress.show(task.name, found);
  }
}

/** One round: every guest is new, so that nobody keeps what it translated before. */
async function runRound(options: TaskOptions, samples: Samples): Promise<void> {
  const peers = options.peers.map(peerOf);
  const progress = new Progress(samples);
  if (options.boot) await timeBoots(peers, samples, progress);
  if (options.tasks.length === 0) return;
  const guests = new Map<Peer, Guest>();
  try {
    for (const peer of peers) guests.set(peer, await peer.start());
    await timeTasks(options.tasks, guests, samples, progress);
  } finally {
    for (const guest of guests.values()) await guest.end();
  }
}

export async function run(report: Report, asked: BenchOptions): Promise<void> {
  const options = parseTaskOptions(asked);
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round++) await runRound(options, samples);
  for (const found of samples.figures()) report(found);
}
