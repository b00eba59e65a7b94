import { describe, expect, it } from 'vitest';
import { createChannel, HostChannel, WorkerChannel } from './channel.ts';
import { systemClock } from './clock.ts';
import { COMMAND, COUNTER } from './control.ts';
import { MachineLoop, type LoopOptions } from './machine-loop.ts';
import { busy, FakeClock, FakeMachine, type Slice } from './testing/fake-machine.ts';

function setUp(script: Slice[], options: Partial<LoopOptions> = {}) {
  const buffer = createChannel();
  const host = new HostChannel(buffer);
  const machine = new FakeMachine(script);
  const clock = new FakeClock();
  const saves: bigint[] = [];
  const loop = new MachineLoop({
    machine,
    channel: new WorkerChannel(buffer),
    clock,
    random: (count) => new Uint8Array(count).fill(0xaa),
    ramBytes: 1 << 28,
    origin: 'boot',
    save: () => saves.push(machine.instructions),
    lingers: false,
    ...options,
  });
  machine.output = loop.takeOutput;
  return { host, machine, clock, loop, saves };
}

/** Everything that the host can read, by device. */
function readAll(host: HostChannel, device: string): string {
  let text = '';
  for (let output = host.receive(); output; output = host.receive()) {
    if (output.kind === 'console' && output.device === device)
      text += new TextDecoder().decode(output.bytes);
  }
  return text;
}

describe('the run loop', () => {
  it('runs to the halt and says so', () => {
    const { loop, host, machine } = setUp([busy, busy]);
    expect(loop.run()).toEqual({ kind: 'halt', halt: { kind: 'poweroff' } });
    expect(host.control.activity).toBe('stopped');
    expect(host.control.counter(COUNTER.instructions)).toBe(machine.instructions);
    expect(host.control.counter(COUNTER.exceptions)).toBe(3n);
    expect(host.control.counter(COUNTER.ramBytes)).toBe(BigInt(1 << 28));
  });

  it('gives the time before every slice, from where the machine stood', () => {
    const later: Slice = (machine, budget) => {
      clock.milliseconds += 5;
      return busy(machine, budget);
    };
    const { loop, machine, clock } = setUp([later, later, later]);
    machine.time = 70_000_000n;
    loop.run();
    const times = machine.got('time').map((input) => Number(input.ticks - 70_000_000n) / 10_000);
    expect(times.length).toBe(4);
    [0, 5, 10, 15].forEach((expected, i) => {
      expect(times[i]).toBeCloseTo(expected, 0);
    });
  });

  it('tells the wall clock at the start', () => {
    const { loop, machine, clock } = setUp([]);
    machine.time = 50_000_000n;
    loop.run();
    const [input] = machine.got('wall-clock');
    // Guest tick 0 was 5 s ago.
    const now = BigInt(clock.epoch + 1_000) * 1_000_000n;
    const error = (input?.originNs ?? 0n) + 5_000_000_000n - now;
    expect(Number(error) / 1e6).toBeCloseTo(0, -1);
  });

  it('delivers what the host sent', () => {
    const { loop, machine, host } = setUp([busy]);
    host.send({ kind: 'console', device: 'console0', bytes: new TextEncoder().encode('ls\n') });
    host.send({ kind: 'resize', device: 'console0', columns: 100, rows: 30 });
    loop.run();
    expect(machine.typed('console0')).toBe('ls\n');
    expect(machine.got('resize')).toHaveLength(1);
  });

  it('collects output, and sends all of it before the end', () => {
    const chatter: Slice = (machine, budget) => {
      for (const letter of 'one by one ') machine.print('uart0', letter);
      return busy(machine, budget);
    };
    const { loop, host } = setUp([chatter, chatter]);
    loop.run();
    expect(readAll(host, 'uart0')).toBe('one by one one by one ');
  });

  it('stops between two slices when told to', () => {
    const stop: Slice = (machine, budget) => {
      host.control.setCommand(COMMAND.stop);
      return busy(machine, budget);
    };
    const { loop, host, machine } = setUp([busy, stop, busy, busy]);
    expect(loop.run()).toEqual({ kind: 'stopped' });
    expect(machine.got('time')).toHaveLength(2);
  });

  it('serves random bytes before it sleeps, within bounds', () => {
    const want: Slice = (machine) => {
      machine.output({ kind: 'entropy-wanted', device: 'rng0', bytes: 1e9 });
      return { reason: 'wait', until: undefined };
    };
    const { loop, machine } = setUp([want]);
    loop.run();
    expect(machine.got('entropy').map((input) => input.bytes.length)).toEqual([4096]);
  });

  it('saves on demand, and goes on when it is allowed to', () => {
    const save: Slice = (machine, budget) => {
      host.control.setCommand(COMMAND.save);
      return busy(machine, budget);
    };
    const { loop, host, saves, machine } = setUp([save, busy]);
    loop.run();
    expect(saves).toHaveLength(1);
    expect(saves[0]).toBeLessThan(machine.instructions);
    expect(host.control.commands).toBe(0);
  });
});

describe('sleeping', () => {
  it('wakes at the timer', () => {
    const wait: Slice = (machine) => ({ reason: 'wait', until: machine.time + 200_000n });
    const { loop, machine, host } = setUp([wait], { clock: systemClock });
    loop.run();
    const [first, second] = machine.got('time').map((input) => input.ticks);
    expect((second ?? 0n) - (first ?? 0n)).toBeGreaterThanOrEqual(190_000n);
    expect(host.control.counter(COUNTER.idleMicroseconds)).toBeGreaterThan(15_000n);
  });

  it('does not sleep over an input that came just before', () => {
    const wait: Slice = () => {
      // Rung after the loop looked for inputs, before it sleeps.
      host.send({ kind: 'console', device: 'console0', bytes: Uint8Array.of(65) });
      return { reason: 'wait', until: undefined };
    };
    const { loop, machine, host } = setUp([wait], { clock: systemClock });
    const start = performance.now();
    loop.run();
    expect(performance.now() - start).toBeLessThan(500);
    expect(machine.typed('console0')).toBe('A');
  });

  it('sends what the guest said before it sleeps', () => {
    let heard = '';
    const talk: Slice = (machine) => {
      machine.print('console0', '$ ');
      return { reason: 'wait', until: machine.time + 20_000n };
    };
    const look: Slice = (machine, budget) => {
      heard = readAll(host, 'console0');
      return busy(machine, budget);
    };
    const { loop, host } = setUp([talk, look], { clock: systemClock });
    loop.run();
    expect(heard).toBe('$ ');
  });
});

describe('the guest is told of the world', () => {
  const agentLines = (machine: FakeMachine): unknown[] =>
    machine
      .typed('agent0')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);

  it('after a resume, by its agent', () => {
    const { loop, machine, clock } = setUp([busy], { origin: 'snapshot' });
    loop.run();
    const [line] = agentLines(machine) as { op: string; wallNs: string; entropy: string }[];
    expect(line?.op).toBe('resume');
    expect(Number(line?.wallNs) / 1e6 - clock.wall()).toBeCloseTo(0, -1);
    expect(atob(line?.entropy ?? '')).toHaveLength(64);
  });

  it('a moment after a takeover, when it has had time for its output', () => {
    const pass: Slice = (fake, budget) => {
      clock.milliseconds += 60;
      return busy(fake, budget);
    };
    const early = setUp([pass], { origin: 'takeover' });
    let { clock } = early;
    early.loop.run();
    expect(agentLines(early.machine)).toEqual([]);
    const later = setUp([pass, pass, pass, pass], { origin: 'takeover' });
    ({ clock } = later);
    later.loop.run();
    expect(agentLines(later.machine)).toHaveLength(1);
  });

  it('not before its agent lives', () => {
    const { loop, machine } = setUp([busy]);
    loop.run();
    expect(agentLines(machine)).toEqual([]);
  });

  it('when the host was suspended: guest time stands still, the wall clock is set', () => {
    const suspend: Slice = (machine, budget) => {
      machine.print('agent0', '{"ready":true}\n');
      clock.milliseconds += 3_600_000;
      return busy(machine, budget);
    };
    const { loop, machine, clock } = setUp([busy, suspend, busy]);
    loop.run();
    const times = machine.got('time').map((input) => input.ticks);
    expect(Number((times.at(-1) ?? 0n) - (times[0] ?? 0n))).toBeLessThan(10_000_000);
    expect(machine.got('wall-clock')).toHaveLength(2);
    expect(agentLines(machine)).toHaveLength(1);
  });

  it('when the wall clock was set', () => {
    const pass: Slice = (machine, budget) => {
      machine.print('agent0', '{"ready":true}\n');
      clock.milliseconds += 2_000;
      return busy(machine, budget);
    };
    const set: Slice = (machine, budget) => {
      clock.epoch += 5_000;
      return pass(machine, budget);
    };
    const { loop, machine, clock } = setUp([pass, pass, set, pass, pass, pass, pass]);
    loop.run();
    expect(machine.got('wall-clock')).toHaveLength(2);
  });
});

describe('a panic', () => {
  const panic: Slice = (machine, budget) => {
    machine.print('uart0', '[    1.5] Kernel panic - not syncing: no init found\n');
    return busy(machine, budget);
  };
  const trace: Slice = (machine, budget) => {
    machine.print('uart0', 'trace\n');
    clock.milliseconds += 100;
    return busy(machine, budget);
  };
  let clock = new FakeClock();

  it('is the reason when the kernel then resets', () => {
    const reset: Slice = () => ({ reason: 'halt', halt: { kind: 'reset' } });
    const { loop } = setUp([panic, reset]);
    expect(loop.run()).toEqual({ kind: 'panic', text: 'no init found' });
  });

  it('ends the machine soon when the kernel hangs, with its trace', () => {
    clock = new FakeClock();
    const script: Slice[] = [panic, ...Array.from({ length: 50 }, () => trace)];
    const { loop, host, machine } = setUp(script, { clock });
    expect(loop.run()).toEqual({ kind: 'panic', text: 'no init found' });
    expect(machine.got('time').length).toBeLessThan(10);
    expect(readAll(host, 'uart0')).toContain('trace');
  });
});
