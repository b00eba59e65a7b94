import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../base/bytes.ts';
import type { CaptureArea } from '../../checkpoint/capture-area.ts';
import { createChannel, HostChannel } from './channel.ts';
import { COMMAND } from './control.ts';
import { MachineThread } from './machine-thread.ts';
import { speculate } from './speculation.ts';
import { setUpWriter } from './testing/writer-guest.ts';

/** Pages that the ring of copied pages holds. */
const RING_PAGES = 4096;

/** A loaded machine, and what is said to it at which slice. */
function setUp(pages: number, says: Readonly<Record<number, number>>) {
  const { setup, sections, ram, area } = setUpWriter(pages);
  const thread = new MachineThread({
    ...setup,
    ...{ channel: createChannel(), translation: undefined, disk1: undefined, lingers: true },
  });
  const channel = createChannel();
  const host = new HostChannel(channel);
  thread.start({ kind: 'takeover', sections });
  let slices = 0;
  const { machine } = thread;
  // Before each slice the machine is told the time: a guest that waits in that slice finds what was said.
  machine.onInput = ({ kind }) => {
    if (kind !== 'time') return;
    slices += 1;
    const command = says[slices];
    if (command !== undefined) host.control.setCommand(command);
  };
  return { thread, machine, channel, host, ram, area, before: ram.slice() };
}

const marks = (area: CaptureArea): number[] => [area.ringLength, area.capturedMap];

describe('a speculation', () => {
  it('that is called off leaves RAM as it was, and nothing dirty', () => {
    const { thread, channel, host, ram, area, before } = setUp(300, { 5: COMMAND.stop });
    expect(speculate(thread, channel)).toBe('rolled-back');
    expect(host.control.counter(0)).toBeGreaterThan(1_000n);
    expect(sameBytes(ram, before)).toBe(true);
    expect([area.countDirty(), ...marks(area)]).toEqual([0, 0, 0]);
  });

  it('that is kept goes on as any machine, and what it wrote is dirty', () => {
    const says = { 3: COMMAND.keep, 6: COMMAND.stop };
    const { thread, machine, channel, ram, area, before } = setUp(300, says);
    expect(speculate(thread, channel)).toEqual({ kind: 'stopped' });
    expect(sameBytes(ram, before)).toBe(false);
    expect([area.countDirty(), ...marks(area)]).toEqual([300, 0, 0]);
    // The next checkpoint has exactly that.
    expect(machine.capture()).toBeDefined();
    const other = setUp(300, { 1: COMMAND.stop });
    other.machine.run(Number(machine.instructions));
    expect(sameBytes(other.ram, ram)).toBe(true);
  });

  it('of a guest that writes to more than can be kept waits, and is taken back', () => {
    const { thread, channel, ram, area, before } = setUp(6_000, { 1: COMMAND.stop });
    // Told while it waits: not between two slices.
    thread.machine.onSlice = () => {
      throw new Error('the guest did not wait');
    };
    expect(speculate(thread, channel)).toBe('rolled-back');
    expect(sameBytes(ram, before)).toBe(true);
    expect([area.countDirty(), ...marks(area)]).toEqual([0, 0, 0]);
  });

  it('of a guest that waits for room goes on when it is kept', () => {
    const says = { 1: COMMAND.keep, 9: COMMAND.stop };
    const { thread, channel, area } = setUp(6_000, says);
    expect(speculate(thread, channel)).toEqual({ kind: 'stopped' });
    expect(area.countDirty()).toBeGreaterThan(RING_PAGES);
    expect(marks(area)).toEqual([0, 0]);
  });

  it('can be followed by another one, and by a run', () => {
    const { thread, channel, ram, area, before } = setUp(50, { 4: COMMAND.stop });
    const sections = thread.machine.save();
    speculate(thread, channel);
    const again = createChannel();
    thread.start({ kind: 'takeover', sections });
    new HostChannel(again).control.setCommand(COMMAND.stop);
    expect(speculate(thread, again)).toBe('rolled-back');
    expect(sameBytes(ram, before)).toBe(true);
    thread.start({ kind: 'takeover', sections });
    thread.machine.run(10_000);
    expect(thread.machine.instructions).toBe(10_000n);
    expect(area.countDirty()).toBe(50);
  });
});
