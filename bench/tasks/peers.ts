/** The machines that are compared. */
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { compilePrograms, packPrograms } from './compile.ts';
import { type Guest, orEnd, prepareTasks, upload } from './guest.ts';
import type { TaskSet } from './list.ts';
import { isEngine, type PeerName } from './options.ts';
import { startPage } from './page.ts';
import { startQemu } from './qemu.ts';
import type { Shell } from './shell.ts';
import { startTandem } from './tandem.ts';
import { startV86 } from './v86.ts';

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

/** Puts the programs into a guest, if they have to be, and makes what tasks read. */
async function prepared(
  starting: Promise<Guest>,
  bring: (shell: Shell) => Promise<void> = () => Promise.resolve(),
): Promise<Guest> {
  const guest = await starting;
  return orEnd(guest.end, async () => {
    await bring(guest.shell);
    await prepareTasks(guest.shell);
    return guest;
  });
}

async function withPrograms(start: () => Promise<Guest>): Promise<Guest> {
  const archive = packPrograms(compilePrograms('riscv64'));
  return prepared(start(), (shell) => upload(shell, archive));
}

const tandem = (name: EngineName): Peer => ({
  name,
  sets: ['tasks', 'programs'],
  start: () => withPrograms(() => startTandem(name, false)),
  bootSeconds: () => seconds(startTandem(name, true)),
});

const qemu: Peer = {
  name: 'qemu',
  sets: ['tasks', 'programs'],
  start: () => withPrograms(startQemu),
  bootSeconds: () => seconds(startQemu()),
};

const v86: Peer = {
  name: 'v86',
  sets: ['tasks'],
  start: () => prepared(startV86()),
};

const chromium: Peer = {
  name: 'chromium',
  sets: ['tasks', 'programs'],
  start: () => withPrograms(() => startPage(false)),
  bootSeconds: () => seconds(startPage(true)),
};

export function peerOf(name: PeerName): Peer {
  if (isEngine(name)) return tandem(name);
  switch (name) {
    case 'qemu':
      return qemu;
    case 'v86':
      return v86;
    case 'chromium':
      return chromium;
  }
}
