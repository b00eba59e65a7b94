import { beforeEach, describe, expect, it } from 'vitest';
import { TestContext } from '../testing/harness.ts';
import { Plic } from './plic.ts';
import * as reg from './registers.ts';

const MACHINE = 0;
const SUPERVISOR = 1;
let context: TestContext;
let plic: Plic;

const setPriority = (source: number, priority: number): void => {
  plic.write(reg.PRIORITY_BASE + 4 * source, 4, priority);
};
const enable = (target: number, ...sources: readonly number[]): void => {
  for (let word = 0; word < reg.WORDS; word++) {
    const mask = sources
      .filter((source) => source >>> 5 === word)
      .reduce((bits, source) => bits | (1 << (source & 31)), 0);
    plic.write(reg.ENABLE_BASE + target * reg.ENABLE_STRIDE + 4 * word, 4, mask >>> 0);
  }
};
const page = (target: number): number => reg.CONTEXT_BASE + target * reg.CONTEXT_STRIDE;
const setThreshold = (target: number, threshold: number): void => {
  plic.write(page(target) + reg.THRESHOLD, 4, threshold);
};
const claim = (target: number): number => plic.read(page(target) + reg.CLAIM, 4);
const complete = (target: number, source: number): void => {
  plic.write(page(target) + reg.CLAIM, 4, source);
};
const line = (target: number): boolean =>
  context.hartLines.get(reg.CONTEXT_LINES[target] ?? -1) ?? false;
const pending = (source: number): boolean =>
  ((plic.read(reg.PENDING_BASE + 4 * (source >>> 5), 4) >>> (source & 31)) & 1) !== 0;

beforeEach(() => {
  context = new TestContext('plic0');
  plic = new Plic(context);
  plic.reset();
});

describe('level-triggered sources', () => {
  beforeEach(() => {
    setPriority(10, 1);
    enable(SUPERVISOR, 10);
  });

  it('passes one request at a time and asks again at completion while the line is high', () => {
    plic.setLine(10, true);
    expect([line(MACHINE), line(SUPERVISOR)]).toEqual([false, true]);
    expect(claim(SUPERVISOR)).toBe(10);
    expect([line(SUPERVISOR), pending(10), claim(SUPERVISOR)]).toEqual([false, false, 0]);
    complete(SUPERVISOR, 10);
    expect([line(SUPERVISOR), pending(10)]).toEqual([true, true]);
    expect(claim(SUPERVISOR)).toBe(10);
    plic.setLine(10, false);
    complete(SUPERVISOR, 10);
    expect([line(SUPERVISOR), pending(10), claim(SUPERVISOR)]).toEqual([false, false, 0]);
  });

  it('does not pass a line that falls and rises between claim and completion twice', () => {
    plic.setLine(10, true);
    expect(claim(SUPERVISOR)).toBe(10);
    plic.setLine(10, false);
    plic.setLine(10, true);
    expect(pending(10)).toBe(false);
    complete(SUPERVISOR, 10);
    expect(pending(10)).toBe(true);
  });

  it('keeps a request whose line fell before the claim', () => {
    plic.setLine(10, true);
    plic.setLine(10, false);
    expect(line(SUPERVISOR)).toBe(true);
    expect(claim(SUPERVISOR)).toBe(10);
    complete(SUPERVISOR, 10);
    expect(claim(SUPERVISOR)).toBe(0);
  });

  it('ignores the completion of a source that is not enabled', () => {
    plic.setLine(10, true);
    expect(claim(SUPERVISOR)).toBe(10);
    enable(SUPERVISOR);
    complete(SUPERVISOR, 10);
    enable(SUPERVISOR, 10);
    expect(pending(10)).toBe(false);
    complete(SUPERVISOR, 10);
    expect(pending(10)).toBe(true);
  });

  it('ignores completions of sources that do not exist', () => {
    for (const source of [0, 96, 0xffff_ffff]) complete(SUPERVISOR, source);
    expect(line(SUPERVISOR)).toBe(false);
  });
});

describe('choice', () => {
  it('gives the highest priority first, the lowest number among equals', () => {
    setPriority(3, 2);
    setPriority(40, 2);
    setPriority(95, 7);
    enable(MACHINE, 3, 40, 95);
    for (const source of [95, 40, 3]) plic.setLine(source, true);
    expect([claim(MACHINE), claim(MACHINE), claim(MACHINE), claim(MACHINE)]).toEqual([
      95, 3, 40, 0,
    ]);
  });

  it('hides what is not above the threshold from the hart, not from a claim', () => {
    setPriority(5, 3);
    enable(MACHINE, 5);
    setThreshold(MACHINE, 3);
    plic.setLine(5, true);
    expect(line(MACHINE)).toBe(false);
    setThreshold(MACHINE, 2);
    expect(line(MACHINE)).toBe(true);
    setThreshold(MACHINE, 3);
    expect(claim(MACHINE)).toBe(5);
  });

  it('never gives priority 0', () => {
    enable(MACHINE, 5);
    plic.setLine(5, true);
    expect([line(MACHINE), claim(MACHINE), pending(5)]).toEqual([false, 0, true]);
    setPriority(5, 1);
    expect(line(MACHINE)).toBe(true);
  });

  it('tells both contexts; the first to claim wins', () => {
    setPriority(31, 1);
    enable(MACHINE, 31);
    enable(SUPERVISOR, 31);
    plic.setLine(31, true);
    expect([line(MACHINE), line(SUPERVISOR)]).toEqual([true, true]);
    expect(claim(SUPERVISOR)).toBe(31);
    expect([line(MACHINE), line(SUPERVISOR), claim(MACHINE)]).toEqual([false, false, 0]);
  });
});

describe('registers', () => {
  it('keeps priorities and thresholds to three bits and has no source 0', () => {
    setPriority(1, 0xff);
    setThreshold(SUPERVISOR, 0xff);
    setPriority(0, 7);
    setPriority(96, 7);
    expect(plic.read(4, 4)).toBe(7);
    expect(plic.read(page(SUPERVISOR), 4)).toBe(7);
    expect([plic.read(0, 4), plic.read(4 * 96, 4)]).toEqual([0, 0]);
    plic.write(reg.ENABLE_BASE, 4, 0xffff_ffff);
    expect(plic.read(reg.ENABLE_BASE, 4)).toBe(0xffff_fffe);
  });

  it('has two contexts and ignores what lies behind', () => {
    plic.write(reg.ENABLE_BASE + 2 * reg.ENABLE_STRIDE, 4, 2);
    plic.write(page(2), 4, 7);
    expect(plic.read(reg.ENABLE_BASE + 2 * reg.ENABLE_STRIDE, 4)).toBe(0);
    expect([plic.read(page(2), 4), plic.read(page(2) + reg.CLAIM, 4)]).toEqual([0, 0]);
    plic.write(reg.PENDING_BASE, 4, 0xffff_ffff);
    expect(plic.read(reg.PENDING_BASE, 4)).toBe(0);
  });
});
