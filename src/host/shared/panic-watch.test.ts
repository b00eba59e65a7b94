import { describe, expect, it } from 'vitest';
import { PanicWatch } from './panic-watch.ts';

const watch = (...parts: string[]): string | undefined => {
  const panics = new PanicWatch();
  for (const part of parts) panics.push(new TextEncoder().encode(part));
  return panics.panic;
};

describe('PanicWatch', () => {
  it('finds a panic however its line is cut up', () => {
    const line = '[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n';
    expect(watch(line)).toBe('VFS: Unable to mount root fs');
    expect(watch('Booting\n', ...Array.from(line))).toBe('VFS: Unable to mount root fs');
    expect(watch(line.slice(15))).toBe('VFS: Unable to mount root fs');
  });

  it('keeps the first', () => {
    expect(watch('Kernel panic - not syncing: one\nKernel panic - not syncing: two\n')).toBe('one');
  });

  it('is not taken in by the words elsewhere in a line', () => {
    expect(watch('the words Kernel panic - not syncing: here\n')).toBeUndefined();
    expect(watch('[    1.0] Command line: Kernel panic - not syncing: x\n')).toBeUndefined();
    expect(watch('Kernel panic - not syncing: no end of line')).toBeUndefined();
  });

  it('bears endless lines', () => {
    expect(watch('z'.repeat(1_000_000), '\nKernel panic - not syncing: late\n')).toBe('late');
  });
});
