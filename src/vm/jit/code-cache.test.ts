import { beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../../base/assert.ts';
import { HANDLER_REGION, firstOfFused, handlers } from '../cpu/interpreter/handlers.ts';
import {
  DECODED,
  DECODE_SLOT_BYTES,
  HANDLER_DECODE,
  PAGE_RECORDS,
  RECORD_BYTES,
  SLOT_PAGES,
  TRANSLATED_PAGES,
  TRANSLATION_USED,
} from '../layout.ts';
import { createMachineMemory } from '../machine/memory.ts';
import { local, nothing } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { CodeCache, type Enter, type Installation, MAX_TRANSLATIONS } from './code-cache.ts';
import { translatedEntry } from './region-code.ts';

const PAIR = handlers.findIndex(({ kind }) => kind === 'pair');
const FIRST = defined(firstOfFused(PAIR), 'the first of a pair');

const memory = createMachineMemory(1 << 20);
const u8 = new Uint8Array(memory.buffer);
const u16 = new Uint16Array(memory.buffer);
const i32 = new Int32Array(memory.buffer);

/** A function that a table takes. */
function enterFunction(): Enter {
  const module = new ModuleBuilder();
  module.exportFunction(
    module.defineFunction('enter', [local('i32', 'entry')], undefined, nothing),
  );
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
    env: { memory },
  });
  return instance.exports['enter'] as Enter;
}

const enter = enterFunction();
let cache = new CodeCache(memory);

/** Pages used here have the slot of their number. */
const recordsOf = (page: number): number => DECODED + page * DECODE_SLOT_BYTES;
const recordOf = (page: number, offset: number): number =>
  recordsOf(page) + (offset / 2) * RECORD_BYTES;
const handlerAt = (page: number, offset: number): number => u16[recordOf(page, offset) >> 1] ?? -1;
const setHandler = (page: number, offset: number, handler: number): void => {
  u16[recordOf(page, offset) >> 1] = handler;
};
const kindAt = (page: number, offset: number): string => cache.kindAt(recordOf(page, offset));
/** What the interpreter reads of a record that leads to a translation. */
const leadOf = (page: number, offset: number): { cost: number; entry: number; index: number } => {
  const record = recordOf(page, offset);
  return {
    cost: u16[(record >> 1) + 1] ?? -1,
    entry: u16[(record >> 1) + 2] ?? -1,
    index: i32[(record >> 2) + 2] ?? -1,
  };
};

const translation = (
  kind: Installation['kind'],
  entryPage: number,
  offsets: readonly number[],
  pages: readonly number[] = [entryPage],
): Installation => ({
  ...{ kind, entryPage, pages },
  entries: offsets.map((offset) => translatedEntry(offset, 100 + offset)),
});

const PAGES = 8;

beforeEach(() => {
  cache = new CodeCache(memory);
  i32.fill(-1, SLOT_PAGES >> 2, (SLOT_PAGES >> 2) + PAGES);
  for (let page = 0; page < PAGES; page++) {
    i32[(PAGE_RECORDS >> 2) + page] = recordsOf(page);
    i32[(SLOT_PAGES >> 2) + page] = page;
    for (let offset = 0; offset < 4096; offset += 2) setHandler(page, offset, FIRST);
    u8[TRANSLATED_PAGES + page] = 0;
  }
});

describe('a code cache', () => {
  it('leads the records of all entries to the translation, and has stores told', () => {
    cache.install(enter, translation('page', 3, [0, 8, 4094]));
    expect([0, 8, 4094].map((offset) => handlerAt(3, offset))).toEqual(
      Array(3).fill(HANDLER_REGION),
    );
    const { index } = leadOf(3, 0);
    expect([0, 8, 4094].map((offset) => leadOf(3, offset))).toEqual([
      { cost: 100, entry: 0, index },
      { cost: 108, entry: 1, index },
      { cost: 4194, entry: 2, index },
    ]);
    expect(cache.table.get(index)).toBe(enter);
    expect(handlerAt(3, 2)).toBe(FIRST);
    expect([2, 3, 4].map((page) => u8[TRANSLATED_PAGES + page])).toEqual([0, 1, 0]);
  });

  it('knows what a record is, and whose', () => {
    setHandler(3, 4, HANDLER_DECODE);
    cache.install(enter, translation('page', 3, [0]));
    cache.install(enter, translation('region', 3, [8]));
    expect([0, 2, 4, 8].map((offset) => kindAt(3, offset))).toEqual([
      'page',
      'instruction',
      'none',
      'region',
    ]);
    expect(cache.pageOfRecord(recordOf(3, 4094))).toBe(3);
    i32[(SLOT_PAGES >> 2) + 3] = -1;
    expect(cache.pageOfRecord(recordOf(3, 0))).toBeUndefined();
    expect(cache.translationOf(3)?.entries).toEqual([translatedEntry(0, 100)]);
    expect(cache.translationOf(4)).toBeUndefined();
  });

  it('takes fused pairs apart that run an entry from its own record', () => {
    // The first of a pair is 2 or 4 bytes long; farther back nothing reaches the entry.
    for (const offset of [2, 4, 6]) setHandler(3, offset, PAIR);
    cache.install(enter, translation('page', 3, [8]));
    expect([2, 4, 6].map((offset) => handlerAt(3, offset))).toEqual([PAIR, FIRST, FIRST]);
    // Before a page's first record is another page's.
    setHandler(3, 4094, PAIR);
    cache.install(enter, translation('page', 4, [0]));
    expect(handlerAt(3, 4094)).toBe(PAIR);
  });

  it('gives the records back when its page has changed', () => {
    cache.install(enter, translation('page', 3, [0, 8]));
    cache.install(enter, translation('page', 4, [0]));
    expect(cache.uninstallPage(3)).toBe(1);
    expect([0, 8].map((offset) => handlerAt(3, offset))).toEqual([HANDLER_DECODE, HANDLER_DECODE]);
    expect(cache.translationOf(3)).toBeUndefined();
    expect(kindAt(4, 0)).toBe('page');
    expect(cache.uninstallPage(3)).toBe(0);
  });

  it('throws away a region when any page with code of it has changed', () => {
    cache.install(enter, translation('region', 3, [8], [3, 5]));
    expect(u8[TRANSLATED_PAGES + 5]).toBe(1);
    expect(cache.uninstallPage(5)).toBe(1);
    expect(handlerAt(3, 8)).toBe(HANDLER_DECODE);
    expect(cache.uninstallPage(3)).toBe(0);
  });

  it('leaves records alone that lead elsewhere by now', () => {
    cache.install(enter, translation('page', 3, [0, 8, 16]));
    cache.install(enter, translation('region', 3, [8], [3, 5]));
    // Decoded anew behind a store.
    setHandler(3, 16, FIRST);
    cache.install(enter, translation('page', 3, [0]));
    expect([0, 8, 16].map((offset) => kindAt(3, offset))).toEqual([
      'page',
      'region',
      'instruction',
    ]);
  });

  it('prefers a region to the entry of a page, whichever came first', () => {
    cache.install(enter, translation('page', 3, [0, 8]));
    cache.install(enter, translation('region', 3, [8]));
    expect([0, 8].map((offset) => kindAt(3, offset))).toEqual(['page', 'region']);
    const { index } = leadOf(3, 8);
    cache.install(enter, translation('page', 3, [0, 8]));
    expect([0, 8].map((offset) => kindAt(3, offset))).toEqual(['page', 'region']);
    expect(leadOf(3, 8)).toEqual({ cost: 108, entry: 0, index });
  });

  it('keeps one translation of a page as a whole', () => {
    cache.install(enter, translation('page', 3, [0, 8]));
    cache.install(enter, translation('page', 3, [4]));
    expect([0, 4, 8].map((offset) => kindAt(3, offset))).toEqual(['none', 'page', 'none']);
    expect(cache.translationOf(3)?.entries).toEqual([translatedEntry(4, 104)]);
    expect(cache.uninstallPage(3)).toBe(1);
  });

  it('throws away what has not run for longest when it is full', () => {
    const place = (number: number): [page: number, offset: number] => [
      number % PAGES,
      2 * Math.floor(number / PAGES),
    ];
    const install = (number: number, by: Enter): void => {
      const [page, offset] = place(number);
      cache.install(by, translation('region', page, [offset]));
    };
    for (let number = 0; number < MAX_TRANSLATIONS; number++) install(number, enter);
    const indices = [0, 1, 2, 3].map((number) => leadOf(...place(number)).index);
    const other = enterFunction();
    const run = (number: number): void => {
      u8[TRANSLATION_USED + (indices[number] ?? NaN)] = 1;
    };
    const kinds = (): string[] => [0, 1, 2, 3].map((number) => kindAt(...place(number)));
    // All are new; the first is the oldest of them.
    install(MAX_TRANSLATIONS, other);
    expect(kinds()).toEqual(['none', 'region', 'region', 'region']);
    run(1);
    install(MAX_TRANSLATIONS + 1, other);
    expect(kinds()).toEqual(['none', 'region', 'none', 'region']);
    // One that has just come is not thrown away before the hand has been all round.
    install(MAX_TRANSLATIONS + 2, other);
    expect(kinds()).toEqual(['none', 'region', 'none', 'none']);
    expect(indices.map((index) => cache.table.get(index) === other)).toEqual([
      ...[true, false, true, true],
    ]);
    // What went is no longer counted with its page.
    expect(cache.uninstallPage(0)).toBe(MAX_TRANSLATIONS / PAGES);
    expect(cache.uninstallPage(1)).toBe(MAX_TRANSLATIONS / PAGES + 1);
    expect(cache.uninstallPage(3)).toBe(MAX_TRANSLATIONS / PAGES - 1);
  });

  it('touches no record for a page that has lost its records', () => {
    cache.install(enter, translation('page', 3, [0]));
    const record = recordOf(3, 0);
    i32[(PAGE_RECORDS >> 2) + 3] = 0;
    // As the record is, so is what lies at the address of the records that there are not.
    u8.copyWithin(0, record, record + RECORD_BYTES);
    expect(cache.uninstallPage(3)).toBe(1);
    expect([u16[0], handlerAt(3, 0)]).toEqual([HANDLER_REGION, HANDLER_REGION]);
    u8.fill(0, 0, RECORD_BYTES);
  });
});
