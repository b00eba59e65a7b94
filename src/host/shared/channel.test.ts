import { describe, expect, it } from 'vitest';
import { createChannel, HostChannel, PENDING_INPUT_LIMIT, WorkerChannel } from './channel.ts';

function makeChannel(): { host: HostChannel; worker: WorkerChannel } {
  const buffer = createChannel();
  return { host: new HostChannel(buffer), worker: new WorkerChannel(buffer) };
}

describe('channel', () => {
  it('carries every kind of input', () => {
    const { host, worker } = makeChannel();
    const inputs = [
      { kind: 'console', device: 'console0', bytes: Uint8Array.of(1, 2) },
      { kind: 'resize', device: 'console0', columns: 132, rows: 43 },
      { kind: 'frame', device: 'net0', bytes: new Uint8Array(1514).fill(5) },
      { kind: 'entropy', device: 'rng0', bytes: Uint8Array.of(9) },
    ] as const;
    for (const input of inputs) expect(host.send(input)).toBe(true);
    for (const input of inputs) expect(worker.receive()).toEqual(input);
    expect(worker.receive()).toBeUndefined();
  });

  it('carries outputs and rings the bells', () => {
    const { host, worker } = makeChannel();
    const before = host.control.workerBell;
    host.send({ kind: 'console', device: 'uart0', bytes: Uint8Array.of(1) });
    expect(host.control.workerBell).not.toBe(before);
    worker.send('console', 'agent0', Uint8Array.of(7));
    worker.send('frame', 'net0', Uint8Array.of(8));
    expect(host.receive()).toEqual({ kind: 'console', device: 'agent0', bytes: Uint8Array.of(7) });
    expect(host.receive()).toEqual({ kind: 'frame', device: 'net0', bytes: Uint8Array.of(8) });
    expect(host.hasOutput).toBe(false);
  });

  it('keeps what does not fit and sends it when the machine has read', () => {
    const { host, worker } = makeChannel();
    const paste = new Uint8Array(1_000_000).map((_, i) => i & 0xff);
    expect(host.send({ kind: 'console', device: 'console0', bytes: paste })).toBe(true);
    expect(host.pendingBytes).toBeGreaterThan(0);
    const bell = host.control.hostBell;
    const got: Uint8Array[] = [];
    for (;;) {
      const input = worker.receive();
      if (input === undefined) {
        if (host.pendingBytes === 0) break;
        // The machine told us that there is room.
        expect(host.control.hostBell).not.toBe(bell);
        host.flush();
      } else if (input.kind === 'console') got.push(input.bytes);
    }
    expect(Buffer.compare(Buffer.concat(got), paste)).toBe(0);
  });

  it('refuses more than its limit, and nothing of it is sent', () => {
    const { host, worker } = makeChannel();
    const bytes = new Uint8Array(PENDING_INPUT_LIMIT + 1);
    expect(host.send({ kind: 'console', device: 'console0', bytes })).toBe(false);
    expect(worker.receive()).toBeUndefined();
  });

  it('does not share the memory of what it was given', () => {
    const { host, worker } = makeChannel();
    const bytes = Uint8Array.of(1, 2, 3);
    host.send({ kind: 'console', device: 'console0', bytes });
    bytes.fill(0);
    expect(worker.receive()).toMatchObject({ bytes: Uint8Array.of(1, 2, 3) });
  });
});
