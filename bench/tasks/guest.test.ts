import { expect, test } from 'vitest';
import { clocksAgree, orEnd, timeTask, upload } from './guest.ts';
import { Shell } from './shell.ts';

/** A shell that answers each thing typed with what `reply` makes of it. */
function shellThat(reply: (typed: string) => string): { shell: Shell; typed: string[] } {
  const typed: string[] = [];
  const shell = new Shell((text) => {
    typed.push(text);
    shell.receive(reply(text));
  });
  return { shell, typed };
}

const TASK = { name: 'gzip', set: 'tasks', command: "echo 'a b' | gzip" } as const;

test('a task is timed by the line that the guest prints, not by its echo', async () => {
  const { shell, typed } = shellThat(
    (text) => `${text}noise\r\ntimed gzip 0.250000 0123456789abcdef\r\n# `,
  );
  expect(await timeTask(shell, TASK)).toEqual({ seconds: 0.25, answer: '0123456789abcdef' });
  expect(typed[0]).toBe("timed gzip sh -c 'echo '\\''a b'\\'' | gzip' </dev/null\n");
});

test('a guest whose clock does not keep time is not believed', async () => {
  const { shell } = shellThat(() => 'timed gzip 5.000000 0123456789abcdef\n');
  await expect(timeTask(shell, TASK)).rejects.toThrow('5 s for the guest are 0.');
  expect(clocksAgree(10, 10.3)).toBe(true);
  expect(clocksAgree(10, 20)).toBe(false);
  expect(clocksAgree(20, 10)).toBe(false);
});

test('a task that fails says why', async () => {
  const { shell } = shellThat(() => 'failed gzip: status 256\n');
  await expect(timeTask(shell, TASK)).rejects.toThrow('failed gzip: status 256');
});

test('a wire that breaks ends the waiting', async () => {
  const shell: Shell = new Shell(() => {
    shell.receive('last words');
    shell.close('it is gone');
  });
  await expect(timeTask(shell, TASK)).rejects.toThrow('it is gone: last words');
});

test('an archive goes through a terminal: short lines of base64, and as many as were announced', async () => {
  const { shell, typed } = shellThat((text) => (text.startsWith('printf') ? 'shell-ready\n' : ''));
  const archive = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 256));
  await upload(shell, archive);
  const sent = typed.find((text) => text.startsWith('head -c '));
  const [command = '', ...lines] = sent?.split('\n') ?? [];
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(4096);
  expect(Buffer.from(lines.join(''), 'base64').equals(archive)).toBe(true);
  expect(command).toContain(`head -c ${lines.join('\n').length} `);
});

test('control sequences of a terminal are not part of a line', async () => {
  const { shell } = shellThat(() => 'typed\r\n\u001b[?2004l\rtimed gzip 0.1 0123456789abcdef\r\n');
  expect(await timeTask(shell, TASK)).toEqual({ seconds: 0.1, answer: '0123456789abcdef' });
});

test('a guest that cannot be prepared is ended', async () => {
  let ended = false;
  const end = (): Promise<void> => {
    ended = true;
    return Promise.resolve();
  };
  const failing = orEnd(end, () => Promise.reject(new Error('no room')));
  await expect(failing).rejects.toThrow('no room');
  expect(ended).toBe(true);
});
