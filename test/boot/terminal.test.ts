/** `tandem run` in a terminal: a pseudo-terminal made by script(1), typed into as by hand. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endsWithPrompt } from '../../src/host/shared/screen.ts';
import { buildFolder } from '../host/program.ts';

let folder = '';
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-terminal-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A person at a terminal of 100 columns and 30 rows. */
class Person {
  said = '';
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(command: string) {
    const steps = [
      'stty rows 30 cols 100',
      'stty -g > before',
      `sh -c 'echo $$ > pid; exec ${command}'`,
      'echo "status $?"',
      'stty -g > after',
    ];
    const options = ['-q', '-e', '-c', steps.join('; '), '/dev/null'];
    this.#process = spawn('script', options, {
      cwd: folder,
      env: { ...process.env, SHELL: '/bin/sh' },
    });
    child = this.#process;
    this.#process.stdout?.on('data', (part: Buffer) => {
      this.said += part.toString('utf8');
      this.#heard();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on('close', resolve);
    });
  }

  type(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** Waits for a shell's prompt at the end of what was said. */
  prompt(): Promise<void> {
    const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
    return this.#until(() => endsWithPrompt(encode(this.said)), 'the prompt');
  }

  sees(pattern: RegExp): Promise<void> {
    return this.#until(() => pattern.test(this.said), String(pattern));
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#heard = () => {
        if (holds()) resolve();
      };
      this.#heard();
    });
    const gone = this.ended.then(() => {
      throw new Error(`it ended before ${what} was seen: ${this.said}`);
    });
    await Promise.race([seen, gone]);
  }

  /** The terminal's settings before and after. */
  settings(): { before: string; after: string } {
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { before: read('before'), after: read('after') };
  }
}

const start = async (args = ''): Promise<Person> => {
  const person = new Person(
    `${process.execPath} ${join(await buildFolder(), 'main.js')} run ${args}`,
  );
  await person.prompt();
  return person;
};

it('is a terminal of the right size, and is left as it was found', async () => {
  const person = await start();
  person.type('stty size; echo colu"mns" $COLUMNS\r');
  await person.sees(/30 100/);
  // Full-screen programs move down by a line feed alone: it must arrive as it was sent.
  person.type('stty -opost; printf "a\\nb"; stty opost; echo\r');
  await person.sees(/a\nb/);
  // Said by the program that Ctrl-C is meant for: before, it would reach the shell that starts it.
  person.type(`sh -c 'echo rea""dy; exec cat'\r`);
  await person.sees(/ready/);
  // Ctrl-C is the guest's, not ours.
  person.type('\x03');
  await person.sees(/\^C/);
  person.type('echo still "here"\r');
  await person.sees(/still here/);
  person.type('\x01x');
  await person.ended;
  expect(person.said).toMatch(/status 0/);
  const { before, after } = person.settings();
  expect(after).toBe(before);
});

it('gives the terminal back when it is ended by a signal', async () => {
  const person = await start('--stats');
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  process.kill(pid, 'SIGTERM');
  await person.ended;
  expect(person.said).toMatch(/status 143/);
  expect(person.said).toMatch(/"instructions":\d+/);
  const { before, after } = person.settings();
  expect(after).toBe(before);
});

it('gives the terminal back when it is ended by a signal while the guest is being started', async () => {
  const main = join(await buildFolder(), 'main.js');
  const person = new Person(`${process.execPath} ${main} run --stats`);
  await person.sees(/Ctrl-A X ends/);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  process.kill(pid, 'SIGTERM');
  await person.ended;
  expect(person.said).toMatch(/status 143/);
  expect(person.said).toMatch(/"instructions":\d+/);
  const { before, after } = person.settings();
  expect(after).toBe(before);
});

it('gives the terminal back when the guest switches itself off', async () => {
  const person = await start();
  person.type('poweroff\r');
  await person.ended;
  expect(person.said).toMatch(/switched itself off/);
  expect(person.said).toMatch(/status 0/);
  const { before, after } = person.settings();
  expect(after).toBe(before);
});
