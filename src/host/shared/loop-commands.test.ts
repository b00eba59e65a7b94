import { describe, expect, it } from 'vitest';
import { createChannel, HostChannel, WorkerChannel, type HostMessage } from './channel.ts';
import { COMMAND } from './control.ts';
import { MachineLoop } from './machine-loop.ts';
import { busy, FakeClock, FakeMachine, type Slice } from './testing/fake-machine.ts';

/** A loop whose machine does what the script says; the script sees the host's side of the channel. */
function setUp(script: (host: HostChannel) => Slice[], lingers = false) {
  const buffer = createChannel();
  const host = new HostChannel(buffer);
  const machine = new FakeMachine(script(host));
  const loop = new MachineLoop({
    ...{ machine, channel: new WorkerChannel(buffer), clock: new FakeClock(), lingers },
    ...{ ramBytes: 1 << 28, origin: 'boot' },
    random: (count) => new Uint8Array(count),
    save: () => undefined,
  });
  machine.output = loop.takeOutput;
  return { host, machine, loop };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function readAll(host: HostChannel): HostMessage[] {
  const messages: HostMessage[] = [];
  for (let next = host.receive(); next; next = host.receive()) messages.push(next);
  return messages;
}

const spell = (message: HostMessage): string =>
  message.kind === 'console' ? text(message.bytes) : message.kind;

describe('a capture', () => {
  const ask =
    (epoch: number, last: boolean) =>
    (host: HostChannel): Slice =>
    (machine, budget) => {
      machine.print('console0', 'before ');
      host.control.askCapture(epoch, last);
      return busy(machine, budget);
    };
  const after: Slice = (machine, budget) => {
    machine.print('console0', 'after');
    return busy(machine, budget);
  };

  it('comes behind what was put out before it, and before what comes after', () => {
    const { loop, host } = setUp((side) => [ask(7, false)(side), after]);
    loop.run();
    expect(readAll(host).map(spell)).toEqual(['started', 'before ', 'captured', 'after']);
    expect(host.control.commands).toBe(0);
  });

  it('arrives whole, with the instructions and the inputs that it has', () => {
    const type: Slice = (machine, budget) => {
      host.send({ kind: 'console', device: 'console0', bytes: new Uint8Array(5000).fill(65) });
      host.send({ kind: 'resize', device: 'console0', columns: 80, rows: 24 });
      return busy(machine, budget);
    };
    const { loop, host } = setUp((side) => [type, busy, ask(9, false)(side), after]);
    loop.run();
    const news = readAll(host).find((message) => message.kind === 'captured');
    expect(news?.report.epoch).toBe(9);
    expect(news?.report.pauseMs).toBeGreaterThan(0);
    // Three pieces of at most 2,048 bytes, and a size.
    expect(news?.report.taken).toEqual([0, 3, 0, 1]);
    expect(news?.report.captured.sections.get('cpu')?.bytes).toEqual(
      new Uint8Array(100_000).fill(7),
    );
    expect(news?.report.captured.instructions).toBeGreaterThan(0n);
  });

  it('is tried again until the copy of the last one is complete', () => {
    const { loop, host, machine } = setUp((side) => [ask(7, false)(side), busy, busy, busy, after]);
    machine.captureFailures = 3;
    loop.run();
    expect(readAll(host).filter(({ kind }) => kind === 'captured')).toHaveLength(1);
    expect(machine.captureFailures).toBe(0);
  });

  it('can be the last thing that happens', () => {
    const stop: Slice = () => {
      throw new Error('the guest ran on');
    };
    const { loop, host, machine } = setUp((side) => [ask(7, true)(side), stop]);
    const { control } = host;
    // Held after the capture: the only way out is a stop.
    machine.capture = () => {
      control.setCommand(COMMAND.stop);
      return FakeMachine.prototype.capture.call(machine);
    };
    expect(loop.run()).toEqual({ kind: 'stopped' });
    expect(control.commands & COMMAND.pause).toBe(COMMAND.pause);
  });

  it('can be made of a guest that has halted', () => {
    const { loop, host, machine } = setUp((side) => {
      side.control.askCapture(3, true);
      return [];
    }, true);
    machine.captureFailures = 0;
    const original = machine.capture.bind(machine);
    machine.run = () => {
      // Asked for while it halts.
      host.control.askCapture(4, true);
      machine.capture = () => {
        host.control.setCommand(COMMAND.stop);
        return original();
      };
      return { reason: 'halt', halt: { kind: 'poweroff' } };
    };
    host.control.clearCommand(COMMAND.capture | COMMAND.last);
    expect(loop.run()).toEqual({ kind: 'halt', halt: { kind: 'poweroff' } });
    expect(readAll(host).map(spell)).toEqual(['started', 'halted', 'captured']);
  });
});

describe('a loop', () => {
  it('gives signs of life, and rings once when the guest has run', () => {
    const wish: Slice = (machine, budget) => {
      host.control.askForChange();
      return busy(machine, budget);
    };
    let rung = 0;
    const look: Slice = (machine, budget) => {
      rung = host.control.hostBell;
      expect(host.control.takeChangeWish()).toBe(false);
      return busy(machine, budget);
    };
    const { loop, host } = setUp(() => [wish, look]);
    const { hostBell, beats } = host.control;
    loop.run();
    expect(rung).toBeGreaterThan(hostBell);
    expect(host.control.beats).toBeGreaterThan(beats + 2);
  });

  it('does not run a guest that is held, and still captures it', () => {
    const hold: Slice = (machine, budget) => {
      host.control.setCommand(COMMAND.holdForGate);
      host.control.askCapture(5, false);
      return busy(machine, budget);
    };
    const { loop, host, machine } = setUp(() => [hold, busy]);
    const original = machine.capture.bind(machine);
    let atCapture = 0n;
    machine.capture = () => {
      atCapture = machine.instructions;
      host.control.clearCommand(COMMAND.holdForGate);
      return original();
    };
    loop.run();
    expect(atCapture).toBeGreaterThan(0n);
    expect(machine.instructions).toBeGreaterThan(atCapture);
  });
});
