import { describe, expect, it } from 'vitest';
import { EscapeFilter } from './terminal.ts';

function type(...parts: string[]) {
  const out = { typed: '', quits: 0, helps: 0 };
  const filter = new EscapeFilter({
    input: (bytes) => {
      out.typed += new TextDecoder().decode(bytes);
    },
    quit: () => out.quits++,
    help: () => out.helps++,
  });
  for (const part of parts) filter.push(new TextEncoder().encode(part));
  return out;
}

describe('EscapeFilter', () => {
  it.each<[string, string[], ReturnType<typeof type>]>([
    ['passes keys on', ['ls\r', '\x03'], { typed: 'ls\r\x03', quits: 0, helps: 0 }],
    ['quits by Ctrl-A X', ['a\x01x'], { typed: 'a', quits: 1, helps: 0 }],
    ['in either case and over two parts', ['\x01', 'X'], { typed: '', quits: 1, helps: 0 }],
    ['types Ctrl-A by Ctrl-A Ctrl-A', ['\x01\x01x'], { typed: '\x01x', quits: 0, helps: 0 }],
    ['helps', ['\x01h'], { typed: '', quits: 0, helps: 1 }],
    ['passes other sequences on', ['\x01e'], { typed: '\x01e', quits: 0, helps: 0 }],
  ])('%s', (_name, parts, expected) => {
    expect(type(...parts)).toEqual(expected);
  });
});
