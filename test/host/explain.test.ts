/** `tandem explain` and `--stats`, as a person uses them on the stock guest. */
import { describe, expect, it } from 'vitest';
import { tandem } from './program.ts';

const BAD_INPUT = 2;
const BUSY = 'i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); done';
/** System calls in a row: code of the kernel gets hot, too. */
const BUSY_KERNEL = 'dd if=/dev/zero of=/dev/null bs=1 count=150000 2>/dev/null';

describe('explain', () => {
  it('lists what was translated, and shows code of the kernel that it lists', async () => {
    const list = await tandem(['explain', '--exec', BUSY_KERNEL]);
    expect(list).toMatchObject({ status: 0, stderr: '' });
    const lines = list.stdout.trimEnd().split('\n');
    const form = /^0x[0-9a-f]+ (page {3}|region )\d+ instructions?, \d+ bytes, \d+ entr(y|ies)$/;
    expect(lines.filter((line) => !form.test(line))).toEqual([]);
    // The kernel lies where it lay when the snapshot was made, unlike programs; what is hot in it varies.
    const pages = lines.filter((line) => /^0xffffffff\w+ page/.test(line)).reverse();
    let asked = list;
    for (const [address = ''] of pages.slice(0, 5).map((line) => line.split(' '))) {
      asked = await tandem(['explain', address, '--kind', 'page', '--exec', BUSY_KERNEL]);
      if (asked.status === 0) break;
    }
    expect(asked.status).toBe(0);
    expect(asked.stdout).toMatch(/;; ==> 0xffffffff[0-9a-f]{8} {2}[0-9a-f]{4,8} +[a-z]/);
    expect(asked.stdout).toMatch(/^\(func \$at_/m);
    expect(asked.stdout).toContain('(local.get ');
  });

  it.each<[string[], RegExp]>([
    [['explain', 'somewhere'], /"somewhere" is not an address/],
    [['explain', '--kind', 'block'], /no kind of translation "block"/],
    [['explain', '0x10', '--exec', 'true'], /No page or region with code at 0x10/],
    [['explain', '--exec', 'no-such-thing'], /no such command: .*no-such-thing/],
    [['explain', '0x10', '0x20'], /too many arguments/],
  ])('%j is refused in one sentence', async (args, pattern) => {
    const outcome = await tandem(args);
    expect(outcome.stderr).toMatch(pattern);
    expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
    expect(outcome).toMatchObject({ stdout: '', status: BAD_INPUT });
  });
});

describe('--stats', () => {
  it('tells what was translated, how long that took, and what ran in it', async () => {
    const outcome = await tandem(['run', '--engine', 'auto', '--stats', '--exec', BUSY]);
    expect(outcome.status).toBe(0);
    const { translation } = JSON.parse(outcome.stderr) as {
      translation: Record<string, number> & { share: Record<string, number> };
    };
    expect(translation['pages']).toBeGreaterThan(5);
    expect(translation['bytes']).toBeGreaterThan(10_000);
    expect(translation['compileMs']).toBeGreaterThan(1);
    expect(translation['regions']).toBeGreaterThanOrEqual(0);
    expect(translation['invalidations']).toBeGreaterThanOrEqual(0);
    const { translated = 0, interpreted = 0 } = translation.share;
    expect(translated).toBeGreaterThan(0.2);
    expect(translated + interpreted).toBeCloseTo(1);
  });
});
