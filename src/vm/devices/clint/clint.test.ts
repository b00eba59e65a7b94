import { beforeEach, expect, it } from 'vitest';
import { TestContext } from '../testing/harness.ts';
import { Clint } from './clint.ts';
import { MSIP, MSIP_LINE, MTIME, MTIMECMP } from './registers.ts';

let context: TestContext;
let clint: Clint;

beforeEach(() => {
  context = new TestContext('clint0');
  clint = new Clint(context);
  clint.reset();
});

it('raises and lowers the software interrupt', () => {
  clint.write(MSIP, 4, 0xffff_ffff);
  expect(clint.read(MSIP, 4)).toBe(1);
  expect(context.hartLines.get(MSIP_LINE)).toBe(true);
  clint.write(MSIP, 4, 0);
  expect(clint.read(MSIP, 4)).toBe(0);
  expect(context.hartLines.get(MSIP_LINE)).toBe(false);
});

it('keeps the compare in the CPU and asks for a new plan at each half', () => {
  expect(context.mtimecmp).toBe(0xffff_ffff_ffff_ffffn);
  const before = context.timerChanges;
  clint.write(MTIMECMP, 4, 0x89ab_cdef);
  clint.write(MTIMECMP + 4, 4, 0x0123_4567);
  expect(context.mtimecmp).toBe(0x0123_4567_89ab_cdefn);
  expect(context.timerChanges).toBe(before + 2);
  expect(clint.read(MTIMECMP, 4)).toBe(0x89ab_cdef);
  expect(clint.read(MTIMECMP + 4, 4)).toBe(0x0123_4567);
  expect(clint.read(MTIMECMP + 2, 2)).toBe(0x89ab);
  expect(clint.read(MTIMECMP + 7, 1)).toBe(0x01);
});

it('reads guest time and does not let the guest set it', () => {
  context.now = 0x1_2345_6789n;
  clint.write(MTIME, 4, 0);
  expect(clint.read(MTIME, 4)).toBe(0x2345_6789);
  expect(clint.read(MTIME + 4, 4)).toBe(1);
});

it('has one hart', () => {
  clint.write(MSIP + 4, 4, 1);
  clint.write(MTIMECMP + 8, 4, 7);
  expect(clint.read(MSIP + 4, 4)).toBe(0);
  expect(clint.read(MTIMECMP + 8, 4)).toBe(0);
  expect(context.hartLines.get(MSIP_LINE)).toBe(false);
});
