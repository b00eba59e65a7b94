import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DECODED,
  DECODE_SLOT_BYTES,
  HANDLER_DECODE,
  PAGE_RECORDS,
  SLOT_PAGES,
  TRANSLATED_PAGES,
} from '../../../vm/layout.ts';
import { HANDLER_REGION } from '../../../vm/cpu/interpreter/handlers.ts';
import { decodeHotList } from '../../../vm/jit/hot-list.ts';
import { createMachineMemory } from '../../../vm/machine/memory.ts';
import { HotCode, type HotCodeView } from './hot-code.ts';
import type { Happening } from './replica-parts.ts';

const PAGE = 17;
const RAM_BYTES = 1 << 20;
const PERIOD_MS = 3_000;

let memory: WebAssembly.Memory;
let view: HotCodeView | undefined;
let told: number[][];
let hotCode: HotCode;

/** The first so many halfwords of a page are entries of translated code. */
function translate(entries: number, slot = 0): void {
  const [u16, i32] = [new Uint16Array(memory.buffer), new Int32Array(memory.buffer)];
  const page = PAGE + slot;
  const records = DECODED + slot * DECODE_SLOT_BYTES;
  i32[(SLOT_PAGES >> 2) + slot] = page;
  i32[(PAGE_RECORDS >> 2) + page] = records;
  new Uint8Array(memory.buffer)[TRANSLATED_PAGES + page] = 1;
  for (let i = 0; i < entries; i++) u16[(records >> 1) + 8 * i] = HANDLER_REGION;
  expect(u16[(records >> 1) + 8 * entries]).toBe(HANDLER_DECODE);
}

beforeEach(() => {
  vi.useFakeTimers();
  memory = createMachineMemory(RAM_BYTES);
  // In a memory that never ran, all slots hold page 0, which knows of none.
  view = { memory, instructions: 1_000_000_000n, peer: 'b' };
  told = [];
  hotCode = new HotCode({
    view: () => view,
    happen: (happening: Happening) => {
      if (happening.kind !== 'hot-code') throw new Error(happening.kind);
      const pages = decodeHotList(happening.bytes, RAM_BYTES / 4096) ?? [];
      told.push(pages.map(({ entries }) => entries.length));
    },
  });
});

afterEach(() => {
  hotCode.stop();
  vi.useRealTimers();
});

const pass = (): number[][] => {
  vi.advanceTimersByTime(PERIOD_MS);
  return told.splice(0);
};

/** The guest works on. */
const work = (): void => {
  if (view) view = { ...view, instructions: view.instructions + 100_000_000n };
};

describe('the list of hot code', () => {
  it('is told to the standby once, and again when it has changed', () => {
    translate(4);
    expect(pass()).toEqual([[4]]);
    work();
    expect(pass()).toEqual([]);
    translate(20);
    work();
    expect(pass()).toEqual([[20]]);
  });

  it('is not looked at while the guest does next to nothing', () => {
    translate(4);
    pass();
    translate(20);
    expect(pass()).toEqual([]);
  });

  it('is told by and by when it is long', () => {
    for (let slot = 0; slot < 150; slot++) translate(1, slot);
    const counts = [pass(), pass(), pass()].map((pieces) => pieces.flat().length);
    expect(counts).toEqual([100, 50, 0]);
  });

  it('is told anew to another standby, and to nobody when there is none', () => {
    translate(4);
    const before = view;
    view = undefined;
    expect(pass()).toEqual([]);
    view = before;
    expect(pass()).toEqual([[4]]);
    if (view) view = { ...view, peer: 'c' };
    expect(pass()).toEqual([[4]]);
  });
});
