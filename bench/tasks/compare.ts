/**
 * Times tasks on one peer after the other, each task in turn, so that a slow minute of the host is
 * everybody's.
 */
import { setTimeout } from 'node:timers/promises';
import { runningMegabytes } from '../memory.ts';
import type { Report } from '../report.ts';
import { type Guest, type GuestProcess, timeTask } from './guest.ts';
import { BOOT, type Task } from './list.ts';
import type { PeerName, TaskOptions } from './options.ts';
import { type Peer, peerOf } from './peers.ts';
import { compilePause, OURS, Samples } from './samples.ts';

/** What people see while it goes on: a line a task, with seconds by peer. */
function showProgress(task: string, found: ReadonlyMap<PeerName, number>): void {
  const qemu = found.get('qemu');
  const cells = [...found].map(([peer, seconds]) => {
    const ours = OURS.some((one) => one.peer === peer);
    const ratio = ours && qemu !== undefined ? ` (${(qemu / seconds).toFixed(2)}× QEMU)` : '';
    return `${peer} ${seconds.toFixed(3)} s${ratio}`;
  });
  console.error(`${task.padEnd(16)}${cells.join('  ')}`);
}

async function timeBoots(peers: readonly Peer[], samples: Samples): Promise<void> {
  const found = new Map<PeerName, number>();
  for (const peer of peers) {
    const seconds = await peer.bootSeconds?.();
    if (seconds === undefined) continue;
    samples.addSeconds(BOOT, peer.name, seconds);
    found.set(peer.name, seconds);
  }
  showProgress(BOOT, found);
}

async function timeOnAll(
  task: Task,
  guests: ReadonlyMap<Peer, Guest>,
  samples: Samples,
): Promise<void> {
  const found = new Map<PeerName, number>();
  for (const [{ name, sets }, { shell }] of guests) {
    if (!sets.includes(task.set)) continue;
    const timed = await timeTask(shell, task);
    samples.add(task.name, name, timed);
    found.set(name, timed.seconds);
  }
  showProgress(task.name, found);
}

/** The process of the engine that most people have. */
const ownProcess = (guests: ReadonlyMap<Peer, Guest>): GuestProcess | undefined =>
  [...guests].find(([{ name }]) => name === 'auto')?.[1].process;

/** V8 tidies up when a thread has had nothing to do for eight seconds, and in steps. */
const REST_MS = 25_000;

/** What the tasks of a round have the engine take, before its guest ends. */
async function measureMemory(guests: ReadonlyMap<Peer, Guest>, samples: Samples): Promise<void> {
  const own = ownProcess(guests);
  if (own === undefined) return;
  samples.addEngine('engine_memory_busy_mb', await runningMegabytes(own.pid));
  await setTimeout(REST_MS);
  samples.addEngine('engine_memory_mb', await runningMegabytes(own.pid));
}

/** How long compilation made the guest wait, which the process tells when its guest has ended. */
function readPause(guests: ReadonlyMap<Peer, Guest>, samples: Samples): void {
  const pause = compilePause(ownProcess(guests)?.complaints() ?? '');
  if (pause !== undefined) samples.addEngine('compile_pause_p999_ms', pause);
}

/** One round: every guest is new, so that nobody keeps what it translated before. */
async function runRound({ peers, boot, tasks }: TaskOptions, samples: Samples): Promise<void> {
  const chosen = peers.map(peerOf);
  if (boot) await timeBoots(chosen, samples);
  if (tasks.length === 0) return;
  const guests = new Map<Peer, Guest>();
  try {
    for (const peer of chosen) guests.set(peer, await peer.start());
    for (const task of tasks) await timeOnAll(task, guests, samples);
    await measureMemory(guests, samples);
  } finally {
    await Promise.all([...guests.values()].map((guest) => guest.end()));
  }
  readPause(guests, samples);
}

/** Compares the peers and reports seconds and ratios. */
export async function comparePeers(report: Report, options: TaskOptions): Promise<void> {
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round++) await runRound(options, samples);
  for (const found of samples.figures()) report(found);
}
