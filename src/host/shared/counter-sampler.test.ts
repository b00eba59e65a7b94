import { expect, it } from 'vitest';
import { createChannel } from './channel.ts';
import { ControlBlock, COUNTER } from './control.ts';
import { CounterSampler } from './counter-sampler.ts';

it('makes rates of running totals', () => {
  const control = new ControlBlock(createChannel(), 0);
  let now = 0;
  const sampler = new CounterSampler(control, () => now);
  const at = (milliseconds: number, busyMs: number, instructions: bigint) => {
    now = milliseconds;
    control.setCounter(COUNTER.busyMicroseconds, BigInt(busyMs * 1000));
    control.setCounter(COUNTER.instructions, instructions);
    return sampler.read();
  };
  expect(at(0, 0, 1_000_000n)).toMatchObject({ load: 0, mips: 0, activity: 'starting' });
  expect(at(250, 125, 13_500_000n)).toMatchObject({ load: 0.5, mips: 100 });
  expect(at(500, 250, 26_000_000n)).toMatchObject({ load: 0.5, mips: 100 });
  // Idle: after half a second the rates say so.
  expect(at(750, 250, 26_000_000n)).toMatchObject({ load: 0.25 });
  expect(at(1000, 250, 26_000_000n)).toMatchObject({ load: 0, mips: 0, instructions: 26_000_000n });
  control.setCounter(COUNTER.guestTicks, 25_000_000n);
  control.setCounter(COUNTER.ramBytes, 268_435_456n);
  expect(at(1250, 250, 26_000_000n)).toMatchObject({ guestSeconds: 2.5, ramBytes: 268_435_456 });
});
