import { describe, expect, it } from 'vitest';
import { parseRun, type RawRunOptions } from './options.ts';

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
