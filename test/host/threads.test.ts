import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { createChannel, HostChannel, type HostOutput } from '../../src/host/shared/channel.ts';
import { CELL, COMMAND } from '../../src/host/shared/control.ts';
import type { Activity } from '../../src/host/shared/counters.ts';
import { HostPump } from '../../src/host/shared/host-pump.ts';
import { threadProgram } from './thread-program.ts';

let program: URL;
beforeAll(async () => {
  program = await threadProgram(new URL('./echo-thread.ts', import.meta.url));
});

const threads: Worker[] = [];
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

function start(bytes: number, output: (output: HostOutput) => void | Promise<void>) {
  const channel = createChannel();
  const host = new HostChannel(channel);
  const failures: unknown[] = [];
  const pump = new HostPump(host, {
    output: (message) => ('bytes' in message ? output(message) : undefined),
    failed: (error) => failures.push(error),
  });
  pump.start();
  const thread = new Worker(program, { workerData: { channel, bytes } });
  threads.push(thread);
  const ended = new Promise<unknown>((resolve, reject) => {
    thread.on('message', resolve);
    thread.on('error', reject);
  });
  return { host, pump, ended, failures };
}

/** Counts bytes and checks that they are the ones sent, in order. */
class Checker {
  count = 0;
  wrong = 0;

  take(bytes: Uint8Array): void {
    for (const byte of bytes) if (byte !== this.count++ % 251) this.wrong += 1;
  }
}

/** Resolves when `done` holds; looked at after each output. */
function until(done: () => boolean): {
  readonly promise: Promise<void>;
  readonly look: () => void;
} {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return {
    promise,
    look: () => {
      if (done()) resolve();
    },
  };
}

type WaitAsync = (cells: Int32Array, at: number, seen: number) => { value: unknown };

/** Resolves when the thread says that it does this; it rings the host's bell then. */
async function reached(host: HostChannel, activity: Activity): Promise<void> {
  const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };
  for (;;) {
    const seen = host.control.hostBell;
    if (host.control.activity === activity) return;
    await waitAsync(host.control.cells, CELL.hostBell, seen).value;
  }
}

it('no byte is lost between two threads, though the reader is slow', async () => {
  const BYTES = 12_000_000;
  const checker = new Checker();
  const all = until(() => checker.count >= BYTES);
  let messages = 0;
  const { host, pump, ended, failures } = start(BYTES, async (output) => {
    if (output.device === 'uart0') checker.take(output.bytes);
    all.look();
    // Slow at first, so that the ring fills and the thread must wait for room.
    if (++messages < 60) await new Promise((resolve) => setTimeout(resolve, 3));
  });
  await all.promise;
  host.control.setCommand(COMMAND.stop);
  expect(await ended).toEqual({ kind: 'stopped' });
  await pump.stop();
  expect({ count: checker.count, wrong: checker.wrong, failures }).toEqual({
    count: BYTES,
    wrong: 0,
    failures: [],
  });
});

it('a paste larger than the ring arrives whole, and wakes a sleeping machine', async () => {
  const paste = new Uint8Array(3_000_000).map((_, i) => i % 251);
  const checker = new Checker();
  const all = until(() => checker.count >= paste.length);
  const { host, pump, ended } = start(0, (output) => {
    if (output.device === 'console0') checker.take(output.bytes);
    all.look();
  });
  expect(host.send({ kind: 'console', device: 'console0', bytes: paste })).toBe(true);
  await all.promise;
  expect(checker.wrong).toBe(0);
  expect(host.pendingBytes).toBe(0);
  host.control.setCommand(COMMAND.stop);
  await ended;
  await pump.stop();
});

it('stops a machine that waits for a reader which has gone', async () => {
  const { host, ended } = start(50_000_000, () => new Promise(() => undefined));
  await reached(host, 'blocked');
  host.control.setCommand(COMMAND.stop);
  expect(await ended).toEqual({ kind: 'stopped' });
});

it('a paused machine does nothing until it may go on', async () => {
  let echoed = 0;
  const heard = until(() => echoed > 0);
  const { host, pump, ended } = start(0, (output) => {
    echoed += output.bytes.length;
    heard.look();
  });
  host.control.setCommand(COMMAND.pause);
  await reached(host, 'paused');
  host.send({ kind: 'console', device: 'console0', bytes: Uint8Array.of(1) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(echoed).toBe(0);
  host.control.clearCommand(COMMAND.pause);
  await heard.promise;
  host.control.setCommand(COMMAND.stop);
  await ended;
  await pump.stop();
});
