import { describe, expect, it } from 'vitest';
import { Machine } from '../machine/machine.ts';
import { RAM_PHYSICAL } from '../layout.ts';
import { decodeHotList, encodeHotList, type HotPage, isDecoded, readHotList } from './hot-list.ts';

const RAM_BYTES = 16 << 20;
const RAM_PAGES = RAM_BYTES / 4096;
const PAGE = 3;

/** Counts x10 up, for ever: `addi a0, a0, 1; j -4`. */
const COUNTER = Uint32Array.of(0x00150513, 0xffdff06f);

function counting(engine: 'pages' | 'interpreter'): Machine {
  const machine = new Machine({ ramBytes: RAM_BYTES, engine });
  const entry = RAM_PHYSICAL + PAGE * 4096;
  const bytes = new Uint8Array(COUNTER.buffer);
  const loaded = machine.loadElf({
    entry,
    segments: [{ address: entry, bytes, memoryBytes: bytes.length }],
    ...{ tohost: undefined, fromhost: undefined },
  });
  expect(loaded.ok).toBe(true);
  return machine;
}

/** A page in which instructions begin at these offsets. */
function hotPage(
  page: number,
  entries: readonly number[],
  others: readonly number[] = [],
): HotPage {
  const decoded = new Uint8Array(256);
  for (const offset of [...entries, ...others])
    decoded[offset >> 4] = (decoded[offset >> 4] ?? 0) | (1 << ((offset >> 1) & 7));
  return { page, entries, decoded };
}

describe('the hot list', () => {
  it('has the pages that are translated, and what is decoded of them', () => {
    const machine = counting('pages');
    machine.run(1_000);
    const [hot, ...others] = readHotList(machine.memory);
    expect(others).toEqual([]);
    expect(hot?.page).toBe(PAGE);
    expect(hot?.entries).toContain(0);
    const starts = Array.from({ length: 2048 }, (_, i) => 2 * i);
    expect(starts.filter((offset) => isDecoded(hot?.decoded ?? new Uint8Array(), offset))).toEqual([
      0, 4,
    ]);
  });

  it('is empty where nothing is translated', () => {
    const machine = counting('interpreter');
    machine.run(1_000);
    expect(readHotList(machine.memory)).toEqual([]);
    expect(encodeHotList([], 1_000)).toEqual([]);
  });

  it('travels in pieces, each for itself', () => {
    const pages = Array.from({ length: 20 }, (_, page) => hotPage(page, [0, 2 * page + 2], [4094]));
    const pieces = encodeHotList(pages, 1_000);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
    expect(pieces.flatMap((piece) => decodeHotList(piece, 20))).toEqual(pages);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['is cut off', (bytes) => bytes.subarray(0, -1)],
    ['goes on with something else', (bytes) => Uint8Array.of(...bytes, 1)],
    ['names a page that the machine lacks', (bytes) => bytes.fill(0xff, 0, 4)],
    ['has no entries', (bytes) => bytes.fill(0, 4, 6)],
    ['has more entries than there can be', (bytes) => bytes.fill(0xff, 4, 6)],
    ['is entered between two halfwords', (bytes) => bytes.fill(9, 6, 7)],
    ['is entered where nothing was decoded', (bytes) => bytes.fill(10, 6, 7)],
  ])('is refused when it %s', (_name, spoil) => {
    const [piece = new Uint8Array()] = encodeHotList([hotPage(7, [8], [12])], 1_000);
    expect(decodeHotList(piece, RAM_PAGES)).toHaveLength(1);
    expect(decodeHotList(spoil(piece.slice()), RAM_PAGES)).toBeUndefined();
  });
});

describe('a machine that foresees what is hot', () => {
  it('has it translated at the first sign of heat, and does the same', () => {
    const first = counting('pages');
    first.run(1_000);
    const hot = readHotList(first.memory);
    const [plain, foreseeing] = [0, 1].map((foresees) => {
      // So high a threshold that nothing is translated of its own accord.
      const machine = new Machine({ ramBytes: RAM_BYTES, engine: 'auto' });
      const ram = first.readRam(RAM_PHYSICAL, RAM_BYTES);
      machine.ram.write(RAM_PHYSICAL, ram);
      machine.restore(first.save());
      if (foresees === 1) machine.foresee(hot);
      machine.run(5_000);
      return machine;
    });
    const pagesOf = (machine: Machine | undefined): number | undefined =>
      machine?.statistics.translation?.pages;
    expect([pagesOf(plain), pagesOf(foreseeing)]).toEqual([0, 1]);
    expect(foreseeing?.statistics.translation?.executed).toBeGreaterThan(3_000);
    expect(foreseeing?.digest()).toBe(plain?.digest());
  });

  it('takes code as it is, whatever the list says', () => {
    const machine = counting('pages');
    const before = machine.digest();
    machine.restore(machine.save());
    // Nothing is there that was hot elsewhere, and the page that is has another shape.
    machine.foresee([hotPage(PAGE, [0, 2, 6], [4]), hotPage(9, [100]), hotPage(4, [4094])]);
    machine.run(300);
    const other = counting('interpreter');
    expect(before).toBe(other.digest());
    other.run(300);
    expect(machine.digest()).toBe(other.digest());
  });
});
