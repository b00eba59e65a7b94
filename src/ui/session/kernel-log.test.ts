import { expect, test } from 'vitest';
import { KernelLog } from './kernel-log.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('lines are plain text without escapes, carriage returns and bells', () => {
  const log = new KernelLog();
  log.append(bytes('\x1b[0;32m[  OK  ]\x1b[0m started\r\n\x1b]0;title\x07\x07\ttab kept\r\n'));
  expect(log.lines()).toEqual(['[  OK  ] started', '\ttab kept']);
});

test('characters and escapes torn between two reads are put together', () => {
  const log = new KernelLog();
  const all = bytes('é\x1b[31mred\x1b[0m\n');
  for (const byte of all) log.append(Uint8Array.of(byte));
  expect(log.lines()).toEqual(['éred']);
});

test('an unfinished line is shown and goes on', () => {
  const log = new KernelLog();
  log.append(bytes('one\ntwo'));
  expect(log.lines()).toEqual(['one', 'two']);
  expect(log.lineCount).toBe(2);
  log.append(bytes(' three\n'));
  expect(log.lines()).toEqual(['one', 'two three']);
});

test('it is bounded in lines and in a line', () => {
  const log = new KernelLog();
  log.append(bytes('x\n'.repeat(6000)));
  expect(log.lineCount).toBe(5000);
  log.append(bytes('y'.repeat(100_000)));
  expect(log.lines(1)[0]?.length).toBeLessThanOrEqual(4096);
});

test('invalid UTF-8 is shown, not thrown', () => {
  const log = new KernelLog();
  log.append(Uint8Array.of(0xff, 0x0a));
  expect(log.lines()).toEqual(['\ufffd']);
});
