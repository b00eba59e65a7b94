import { describe, expect, it } from 'vitest';
import type { HostInput } from './channel.ts';
import { InputFeeder } from './input-feeder.ts';

const typed = (device: string, text: string): HostInput => ({
  kind: 'console',
  device,
  bytes: new TextEncoder().encode(text),
});

/** Devices with a given room each; what they took is in `taken`. */
function setUp(inputs: HostInput[], room: Record<string, number>) {
  const taken: HostInput[] = [];
  const source = { receive: () => inputs.shift() };
  const feeder = new InputFeeder(source, {
    room: (device) => room[device] ?? 0,
    input: (input) => {
      taken.push(input);
      if (input.kind === 'console')
        room[input.device] = (room[input.device] ?? 0) - input.bytes.length;
    },
  });
  return { feeder, taken, room };
}

describe('InputFeeder', () => {
  it('delivers in order', () => {
    const inputs = [typed('console0', 'a'), typed('agent0', 'b'), typed('console0', 'c')];
    const { feeder, taken } = setUp([...inputs], { console0: 9, agent0: 9 });
    expect(feeder.pump()).toBe(true);
    expect(taken).toEqual(inputs);
    expect(feeder.holdsBack).toBe(false);
    expect(feeder.pump()).toBe(false);
  });

  it('holds back only the device that is full, and keeps its order', () => {
    const inputs = [typed('console0', 'abc'), typed('console0', 'd'), typed('agent0', 'x')];
    const resize: HostInput = { kind: 'resize', device: 'console0', columns: 80, rows: 24 };
    const { feeder, taken, room } = setUp([...inputs, resize], { console0: 2, agent0: 9 });
    expect(feeder.pump()).toBe(true);
    expect(taken).toEqual([inputs[2], resize]);
    expect(feeder.holdsBack).toBe(true);
    expect(feeder.pump()).toBe(false);
    room['console0'] = 3;
    expect(feeder.pump()).toBe(true);
    expect(taken.at(-1)).toEqual(inputs[0]);
    room['console0'] = 3;
    feeder.pump();
    expect(taken.at(-1)).toEqual(inputs[1]);
    expect(feeder.holdsBack).toBe(false);
  });

  it('stops reading when it holds a lot', () => {
    const inputs = Array.from({ length: 500 }, () => typed('console0', 'x'.repeat(2048)));
    const { feeder } = setUp(inputs, { console0: 0 });
    feeder.pump();
    expect(inputs.length).toBe(500 - 128);
  });
});
