import { describe, expect, it } from 'vitest';
import { endsWithPrompt, ScreenTail } from './screen.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe('ScreenTail', () => {
  it('keeps the last bytes', () => {
    const tail = new ScreenTail();
    tail.push(bytes('a'.repeat(20_000)));
    tail.push(bytes('end'));
    expect(tail.bytes.length).toBe(16_384);
    expect(new TextDecoder().decode(tail.bytes.slice(-4))).toBe('aend');
  });
});

describe('endsWithPrompt', () => {
  it.each([
    ['$ ', true],
    ['motd\r\n\x1b[?2004h\x1b[1;32mroot@tandem\x1b[0m:\x1b[1;34m~\x1b[0m# ', true],
    ['\x1b]0;title\x07user@host:/tmp$ ', true],
    ['root@tandem:~# \x1b[K', true],
    ['root@tandem:~# ls', false],
    ['root@tandem:~# ls\r\nfile', false],
    ['', false],
    ['100 %', false],
  ])('%j', (text, expected) => {
    expect(endsWithPrompt(bytes(text))).toBe(expected);
  });
});
