/** A worker thread for `threads.test.ts`: the run loop around a fake machine that talks a lot and echoes. */
import { parentPort, workerData } from 'node:worker_threads';
import { WorkerChannel } from '../../src/host/shared/channel.ts';
import { systemClock } from '../../src/host/shared/clock.ts';
import { MachineLoop } from '../../src/host/shared/machine-loop.ts';
import { FakeMachine, type Slice } from '../../src/host/shared/testing/fake-machine.ts';

const { channel, bytes } = workerData as { channel: SharedArrayBuffer; bytes: number };

let counter = 0;
const talk: Slice = (machine) => {
  for (let i = 0; i < 64 && counter < bytes; i++) {
    const part = new Uint8Array(Math.min(1 + ((counter * 7) % 3_001), bytes - counter));
    for (let at = 0; at < part.length; at++) part[at] = counter++ % 251;
    machine.output({ kind: 'console', device: 'uart0', bytes: part });
  }
  return { reason: 'budget' };
};

let echoed = 0;
const echo: Slice = (machine) => {
  const typed = machine.got('console');
  for (; echoed < typed.length; echoed++) {
    const input = typed[echoed];
    if (input !== undefined)
      machine.output({ kind: 'console', device: 'console0', bytes: input.bytes });
  }
  return { reason: 'wait', until: undefined };
};

class TalkativeMachine extends FakeMachine {
  override run(budget: number): ReturnType<Slice> {
    return counter < bytes ? talk(this, budget) : echo(this, budget);
  }
}

const machine = new TalkativeMachine([]);
const loop = new MachineLoop({
  machine,
  channel: new WorkerChannel(channel),
  clock: systemClock,
  random: (count) => new Uint8Array(count),
  ramBytes: 0,
  origin: 'boot',
  save: () => undefined,
  lingers: false,
});
machine.output = loop.takeOutput;
parentPort?.postMessage(loop.run());
