import { describe, expect, it } from 'vitest';
import { parseExplain, parseRun, type RawRunOptions } from './options.ts';

const problemOf = (raw: RawRunOptions): string | undefined => {
  const parsed = parseRun(raw);
  return parsed.ok ? undefined : `${parsed.error.message} ${parsed.error.advice}`;
};

describe('parseRun', () => {
  it('has defaults', () => {
    expect(parseRun({})).toMatchObject({
      ok: true,
      value: { kernel: { kind: 'prepared', name: 'stock' }, memoryMB: undefined, cold: false },
    });
  });

  it('tells a prepared kernel from a file', () => {
    expect(parseRun({ kernel: 'small' })).toMatchObject({ value: { kernel: { name: 'small' } } });
    expect(parseRun({ kernel: './stock' })).toMatchObject({
      value: { kernel: { kind: 'file', path: './stock' } },
    });
  });

  it('takes --bare with its own options', () => {
    expect(parseRun({ bare: 'x', limit: '1000', stats: true, memory: '64' })).toEqual({
      ok: true,
      value: expect.objectContaining({
        path: 'x',
        limit: 1000n,
        memoryMB: 64,
        stats: true,
      }) as unknown,
    });
  });

  it.each<[string, RawRunOptions, RegExp]>([
    [
      'a memory that is no number',
      { memory: 'lots' },
      /not a number of megabytes.*between 1 and 1952/,
    ],
    ['too much memory', { memory: '4096' }, /cannot have 4096 MB.*1952/],
    ['no memory', { memory: '0' }, /cannot have 0 MB/],
    ['half a megabyte', { memory: '1.5' }, /not a number/],
    ['an unknown engine', { engine: 'turbo' }, /no engine "turbo".*interpreter/],
    ['a limit that is no number', { bare: 'x', limit: '-1' }, /--limit -1/],
    ['a limit of nothing', { bare: 'x', limit: '0' }, /--limit 0/],
    ['a limit without --bare', { limit: '5' }, /--bare/],
    ['--bare with a guest option', { bare: 'x', append: 'quiet' }, /--append has no meaning/],
  ])('refuses %s in a sentence', (_name, raw, expected) => {
    expect(problemOf(raw)).toMatch(expected);
  });
});

describe('parseExplain', () => {
  const asked = (address: string | undefined, kind?: string, exec = 'true'): unknown => {
    const parsed = parseExplain(address, { exec, ...(kind === undefined ? {} : { kind }) });
    return parsed.ok ? parsed.value.request : parsed.error.message;
  };

  it('takes an address with or without 0x, and a kind', () => {
    const request = { address: 0xffffffff8007a000n, kind: undefined };
    expect(asked('0xffffffff8007A000')).toEqual(request);
    expect(asked('ffffffff8007a000', 'page')).toEqual({ ...request, kind: 'page' });
    expect(asked(undefined, 'region')).toEqual({ address: undefined, kind: 'region' });
  });

  it.each<[string | undefined, string | undefined, string | undefined, RegExp]>([
    ['main', undefined, undefined, /"main" is not an address/],
    ['0x', undefined, undefined, /"0x" is not an address/],
    ['0x1ffffffff8007a000', undefined, undefined, /is not an address/],
    [undefined, 'block', undefined, /no kind of translation "block"/],
    ['0x1000', undefined, ' ', /--exec has no command/],
  ])('refuses %s %s %s', (address, kind, exec, message) => {
    expect(asked(address, kind, exec)).toMatch(message);
  });
});
