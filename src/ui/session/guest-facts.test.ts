import { expect, test } from 'vitest';
import { guestFactsOf } from './guest-facts.ts';

test('names come out of the manifest', () => {
  expect(
    guestFactsOf({ distribution: 'Debian 13 (trixie)', kernel: { release: '6.12.48-riscv64' } }),
  ).toEqual({ system: 'Debian 13 (trixie)', kernel: '6.12.48-riscv64' });
});

test.each([
  [undefined],
  [[]],
  [{ distribution: 'Debian' }],
  [{ distribution: '', kernel: { release: '6' } }],
  [{ distribution: 'x'.repeat(101), kernel: { release: '6' } }],
  [{ distribution: 5, kernel: 6 }],
])('%j has no names', (manifest) => {
  expect(guestFactsOf(manifest)).toBeUndefined();
});
