import { beforeEach, describe, expect, test } from 'vitest';
import { createUiStore, type UiStore } from '../state/store.ts';
import { FakeClient, IDLE_COUNTERS } from '../testing/fake-client.ts';
import { QUIET_SAMPLE } from '../testing/fake-pair.ts';
import { Session, type SessionClock, type TerminalPort } from './session.ts';

/** A terminal that notes what it is given; bytes count as parsed when `parse` is called. */
class FakeTerminal implements TerminalPort {
  text = '';
  resets = 0;
  #done: (() => void)[] = [];
  #input: ((bytes: Uint8Array) => void) | undefined;
  #resize: ((columns: number, rows: number) => void) | undefined;

  write(bytes: Uint8Array, done: () => void): void {
    this.text += new TextDecoder().decode(bytes);
    this.#done.push(done);
  }

  parse(): void {
    for (const done of this.#done.splice(0)) done();
  }

  reset(): void {
    this.resets += 1;
    this.text = '';
  }

  onInput(listener: (bytes: Uint8Array) => void): () => void {
    this.#input = listener;
    return () => {
      this.#input = undefined;
    };
  }

  onResize(listener: (columns: number, rows: number) => void): () => void {
    this.#resize = listener;
    return () => {
      this.#resize = undefined;
    };
  }

  type(text: string): void {
    this.#input?.(new TextEncoder().encode(text));
  }

  resizeTo(columns: number, rows: number): void {
    this.#resize?.(columns, rows);
  }
}

/** A clock that is turned by hand. */
class FakeClock implements SessionClock {
  #ms = 0;
  #timers: { at: number; readonly every: number; readonly callback: () => void }[] = [];

  now = (): number => this.#ms;

  wall = (): number => 1_000_000 + this.#ms;

  every = (callback: () => void, ms: number): (() => void) => this.#add(callback, ms, ms);

  after = (callback: () => void, ms: number): (() => void) => this.#add(callback, ms, 0);

  advance(ms: number): void {
    this.#ms += ms;
    for (const timer of [...this.#timers]) {
      while (this.#timers.includes(timer) && timer.at <= this.#ms) {
        timer.at += timer.every;
        if (timer.every === 0) this.#remove(timer);
        timer.callback();
        if (timer.every === 0) break;
      }
    }
  }

  #add(callback: () => void, ms: number, every: number): () => void {
    const timer = { at: this.#ms + ms, every, callback };
    this.#timers.push(timer);
    return () => {
      this.#remove(timer);
    };
  }

  #remove(timer: { at: number }): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

let client: FakeClient;
let terminal: FakeTerminal;
let clock: FakeClock;
let store: UiStore;
let session: Session;

beforeEach(() => {
  client = new FakeClient();
  terminal = new FakeTerminal();
  clock = new FakeClock();
  store = createUiStore();
  const options = { guestUrl: 'guest/stock/' };
  const tabs = { open: () => {}, go: () => {}, goAlone: () => {}, copy: () => Promise.resolve() };
  const readGuest = () => Promise.resolve({ system: 'Debian 13', kernel: '6.12' });
  session = new Session({ client, store, terminal, clock, tabs, options, readGuest });
});

const resume = (): void => {
  client.enter({ kind: 'booting', mode: 'resume', notice: undefined });
  client.enter({ kind: 'running', notice: undefined });
};
const coldBoot = (): void => {
  client.enter({ kind: 'booting', mode: 'cold', notice: undefined });
};

describe('starting', () => {
  test('a page that cannot run it says why and starts nothing', async () => {
    const error = { kind: 'not-isolated', message: 'm', advice: 'a' } as const;
    client.environment = { ok: false, error };
    await session.start();
    expect(store.getState().machine).toEqual({ kind: 'unsupported', problem: error });
    expect(client.options).toBeUndefined();
  });

  test('passes the options on and shows the progress', async () => {
    client.onStart = () => {
      client.enter({ kind: 'booting', mode: 'resume', notice: undefined });
      client.progress('snapshot', 30, 120);
    };
    await session.start();
    expect(client.options).toMatchObject({ guestUrl: 'guest/stock/' });
    expect(store.getState().machine).toMatchObject({ stage: 'snapshot', share: 0.25 });
    expect(store.getState().guest).toEqual({ system: 'Debian 13', kernel: '6.12' });
  });

  test('that breaks is told, not waited for', async () => {
    client.onStart = () => {
      throw new Error('No worker.');
    };
    await session.start();
    expect(store.getState().machine).toMatchObject({
      kind: 'failed',
      message: 'The machine could not be started: No worker.',
    });
  });

  test('remembers how long a cold boot took', async () => {
    await session.start();
    coldBoot();
    client.progress('boot');
    clock.advance(31_400);
    client.enter({ kind: 'running', notice: undefined });
    expect(store.getState().usualBootSeconds).toBe(31);
  });
});

describe('output', () => {
  test('of the kernel is on the terminal until the shell speaks, and in the log always', async () => {
    await session.start();
    coldBoot();
    void client.emit('uart0', 'OpenSBI\r\n');
    void client.emit('console0', 'root@tandem:~# ');
    void client.emit('uart0', 'late \x1b[33mwarning\x1b[0m\r\n');
    expect(terminal.text).toBe('OpenSBI\r\nroot@tandem:~# ');
    expect(session.kernelLog.lines()).toEqual(['OpenSBI', 'late warning']);
  });

  test('of the kernel never scribbles over a resumed shell, and the agent is not shown', async () => {
    await session.start();
    resume();
    void client.emit('uart0', 'log\n');
    void client.emit('agent0', '{"ready":true}\n');
    void client.emit('console0', '# ');
    expect(terminal.text).toBe('# ');
    expect(session.kernelLog.lines()).toEqual(['log']);
  });

  test('is counted in the store at the pace of the figures', async () => {
    await session.start();
    resume();
    for (let line = 0; line < 50; line += 1) void client.emit('uart0', `line ${line}\n`);
    expect(store.getState().kernelLogLines).toBe(0);
    clock.advance(250);
    expect(store.getState()).toMatchObject({ kernelLogLines: 50, kernelLogVersion: 2 });
  });
});

describe('input', () => {
  test('goes to the shell as bytes, in order, however long', async () => {
    await session.start();
    resume();
    const paste = 'äö'.repeat(5000);
    terminal.type(paste);
    session.type('ls\r');
    const bytes = client.written.map(({ device, text }) => {
      expect(device).toBe('console0');
      return text;
    });
    expect(bytes.length).toBeGreaterThan(2);
    expect(bytes.join('').length).toBe(paste.length + 3);
  });

  test('waits for a machine that is busy, and Ctrl-C does not wait behind it', async () => {
    await session.start();
    resume();
    client.acceptsInput = false;
    terminal.type('a long paste');
    terminal.type('\x03');
    expect(client.written).toEqual([]);
    client.acceptsInput = true;
    clock.advance(15);
    expect(client.written.map(({ text }) => text)).toEqual(['\x03']);
  });

  test('over the limit is refused aloud, and the word is taken back', async () => {
    await session.start();
    resume();
    client.acceptsInput = false;
    terminal.type('x'.repeat(5 * 1024 * 1024));
    expect(store.getState().hint).toBe('input-refused');
    client.acceptsInput = true;
    terminal.type('x');
    expect(store.getState().hint).toBeUndefined();
  });

  test('to a machine that is off goes nowhere', async () => {
    await session.start();
    resume();
    client.enter({ kind: 'halted', reason: { kind: 'poweroff' }, message: 'Off.' });
    terminal.type('ls\r');
    expect(client.written).toEqual([]);
  });

  test('a new size is told to the machine', async () => {
    await session.start();
    terminal.resizeTo(100, 30);
    expect(client.sizes).toEqual([[100, 30]]);
    expect(store.getState()).toMatchObject({ columns: 100, rows: 30 });
  });
});

describe('a restart', () => {
  test('wipes what the machine before left behind', async () => {
    await session.start();
    resume();
    void client.emit('uart0', 'old\n');
    clock.advance(1000);
    expect(store.getState().figures).toBeDefined();
    client.enter({ kind: 'halted', reason: { kind: 'reset' }, message: 'Reset.' });
    const resetsBefore = terminal.resets;
    await session.restart({ cold: true });
    coldBoot();
    expect(client.restarts).toEqual([{ cold: true }]);
    expect(terminal.resets).toBe(resetsBefore + 1);
    expect(session.kernelLog.lines()).toEqual([]);
    expect(store.getState()).toMatchObject({ figures: undefined, kernelLogLines: 0 });
  });

  test('a resume that becomes a cold boot shows the boot on the terminal', async () => {
    await session.start();
    client.enter({ kind: 'booting', mode: 'resume', notice: undefined });
    coldBoot();
    void client.emit('uart0', 'OpenSBI');
    expect(terminal.text).toBe('OpenSBI');
  });
});

describe('a machine in another tab', () => {
  test('is joined by the invitation that the page was given', async () => {
    const options = { guestUrl: 'guest/stock/', invitation: '#join=a.b' };
    const readGuest = () => Promise.resolve(undefined);
    const tabs = { open: () => {}, go: () => {}, goAlone: () => {}, copy: () => Promise.resolve() };
    session = new Session({ client, store, terminal, clock, tabs, options, readGuest });
    await session.start();
    expect(client.options).toMatchObject({ invitation: '#join=a.b' });
    expect(session.invited).toBe(true);
  });

  test('has a live terminal: its words are shown and keys are its own', async () => {
    await session.start();
    client.enter({ kind: 'remote' });
    void client.emit('console0', '$ ');
    void client.emit('uart0', 'a message of the kernel');
    expect(terminal.text).toBe('$ ');
    terminal.type('ls\r');
    expect(client.written).toEqual([{ device: 'console0', text: 'ls\r' }]);
  });

  test('keeps its screen when it is taken over, and when it moves away', async () => {
    await session.start();
    client.enter({ kind: 'remote' });
    void client.emit('console0', 'count 41');
    const { resets } = terminal;
    client.enter({ kind: 'running', notice: undefined });
    void client.emit('console0', ' 42');
    client.enter({ kind: 'remote' });
    void client.emit('console0', ' 43');
    expect(terminal.resets).toBe(resets);
    expect(terminal.text).toBe('count 41 42 43');
  });

  test('has figures from its samples, and no load when they cease', async () => {
    await session.start();
    client.enter({ kind: 'remote' });
    clock.advance(250);
    expect(store.getState().figures).toBeUndefined();
    client.pair.measure({ ...QUIET_SAMPLE, mips: 100, load: 0.5 });
    clock.advance(750);
    expect(store.getState().figures).toMatchObject({
      instructionsPerSecond: 50_000_000,
      uptimeSeconds: undefined,
      ramBytes: QUIET_SAMPLE.totals.totalRam,
    });
    expect(store.getState().activity.at(-1)).toBe(0.5);
    clock.advance(2000);
    expect(store.getState().activity.at(-1)).toBe(0);
  });
});

test('figures are read four times a second while the machine runs, and only then', async () => {
  await session.start();
  clock.advance(500);
  expect(store.getState().figures).toBeUndefined();
  resume();
  client.present = { ...IDLE_COUNTERS, load: 1 };
  clock.advance(1000);
  expect(store.getState().figures).toMatchObject({ idleShare: 0 });
  expect(store.getState().activity.at(-1)).toBe(1);
});

test('the shell’s bytes can be read as they come, and nothing else', async () => {
  await session.start();
  resume();
  const read: string[] = [];
  const end = session.onOutput((bytes) => read.push(new TextDecoder().decode(bytes)));
  void client.emit('console0', '$ ');
  void client.emit('uart0', 'a message of the kernel');
  void client.emit('console0', 'ls');
  end();
  void client.emit('console0', ' -l');
  expect(read).toEqual(['$ ', 'ls']);
  expect(terminal.text).toBe('$ ls -l');
});

test('disposing ends the machine and its timers', async () => {
  await session.start();
  resume();
  session.dispose();
  clock.advance(1000);
  expect(client.disposed).toBe(true);
  expect(store.getState().figures).toBeUndefined();
});
