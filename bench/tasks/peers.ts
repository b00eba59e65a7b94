/** The machines that are compared. */
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { compilePrograms, packPrograms } from './compile.ts';
import { type Guest, prepareTasks, upload } from './guest.ts';
import type { TaskSet } from './list.ts';
import { engineOf, type PeerName } from './options.ts';
import { startQemu } from './qemu.ts';
import { startTandem } from './tandem.ts';

export interface Peer {
  readonly name: PeerName;
  /** The lists that its guest has the programs for. */
  readonly sets: readonly TaskSet[];
  /** A guest in which tasks can be timed. */
  start(): Promise<Guest>;
  /** Seconds of a cold boot of stock Debian; absent when the peer has none to compare. */
  bootSeconds?(): Promise<number>;
}

async function seconds(starting: Promise<Guest>): Promise<number> {
  const guest = await starting;
  await guest.end();
  return guest.startSeconds;
}

async function withPrograms(starting: Promise<Guest>): Promise<Guest> {
  const guest = await starting;
  await upload(guest.shell, packPrograms(compilePrograms('riscv64')));
  await prepareTasks(guest.shell);
  return guest;
}

const tandem = (name: PeerName, engine: EngineName): Peer => ({
  name,
  sets: ['tasks', 'programs'],
  start: () => withPrograms(startTandem(engine, false)),
  bootSeconds: () => seconds(startTandem(engine, true)),
});

export function peerOf(name: PeerName): Peer {
  const engine = engineOf(name);
  if (engine !== undefined) return tandem(name, engine);
  return {
    name,
    sets: ['tasks', 'programs'],
    start: () => withPrograms(startQemu()),
    bootSeconds: () => seconds(startQemu()),
  };
}
