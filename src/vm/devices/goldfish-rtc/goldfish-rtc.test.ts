import { beforeEach, describe, expect, it } from 'vitest';
import { TestContext } from '../testing/harness.ts';
import { GoldfishRtc } from './goldfish-rtc.ts';
import * as reg from './registers.ts';

const ORIGIN = 1_700_000_000_123_456_789n;
let context: TestContext;
let rtc: GoldfishRtc;

const now = (): bigint => {
  const low = BigInt(rtc.read(reg.TIME_LOW, 4));
  return (BigInt(rtc.read(reg.TIME_HIGH, 4)) << 32n) | low;
};
const setAlarm = (ns: bigint): void => {
  rtc.write(reg.ALARM_HIGH, 4, Number(ns >> 32n));
  rtc.write(reg.ALARM_LOW, 4, Number(ns & 0xffff_ffffn));
};

beforeEach(() => {
  context = new TestContext('rtc0');
  rtc = new GoldfishRtc(context, ORIGIN);
  rtc.reset();
});

describe('time', () => {
  it('is the origin plus guest time, the high half latched with the low', () => {
    context.now = 10_000_000n;
    expect(now()).toBe(ORIGIN + 1_000_000_000n);
    const low = BigInt(rtc.read(reg.TIME_LOW, 4));
    context.now += 100_000_000_000n;
    const high = BigInt(rtc.read(reg.TIME_HIGH, 4));
    expect((high << 32n) | low).toBe(ORIGIN + 1_000_000_000n);
  });

  it('follows a wall-clock input', () => {
    context.now = 50n;
    rtc.input({ kind: 'wall-clock', originNs: ORIGIN + 7n });
    expect(now()).toBe(ORIGIN + 7n + 5000n);
  });

  it('can be set by the guest, in halves, and then runs on', () => {
    context.now = 1234n;
    const wanted = 0x1234_5678_9abc_def0n;
    rtc.write(reg.TIME_HIGH, 4, Number(wanted >> 32n));
    rtc.write(reg.TIME_LOW, 4, Number(wanted & 0xffff_ffffn));
    expect(now()).toBe(wanted);
    context.now += 3n;
    expect(now()).toBe(wanted + 300n);
  });
});

describe('alarm', () => {
  beforeEach(() => {
    rtc.write(reg.IRQ_ENABLED, 4, 1);
  });

  it('fires at its deadline, not before, and stays until cleared', () => {
    setAlarm(ORIGIN + 1050n);
    expect(context.timerChanges).toBeGreaterThan(0);
    expect(rtc.deadline()).toBe(11n);
    expect(rtc.read(reg.ALARM_STATUS, 4)).toBe(1);
    context.now = 10n;
    rtc.advance();
    expect(context.line).toBe(false);
    context.now = 11n;
    rtc.advance();
    expect(context.line).toBe(true);
    expect([rtc.deadline(), rtc.read(reg.ALARM_STATUS, 4)]).toEqual([undefined, 0]);
    rtc.write(reg.CLEAR_INTERRUPT, 4, 1);
    expect(context.line).toBe(false);
  });

  it('fires at once for a time that has passed', () => {
    setAlarm(ORIGIN - 1n);
    expect(context.line).toBe(true);
  });

  it('fires when the clock is moved past it', () => {
    setAlarm(ORIGIN + 1_000_000n);
    rtc.input({ kind: 'wall-clock', originNs: ORIGIN + 1_000_000n });
    expect(context.line).toBe(true);
  });

  it('can be cleared, and waits for its interrupt to be enabled', () => {
    setAlarm(ORIGIN + 1000n);
    rtc.write(reg.CLEAR_ALARM, 4, 1);
    expect(rtc.deadline()).toBeUndefined();
    rtc.write(reg.IRQ_ENABLED, 4, 0);
    setAlarm(ORIGIN);
    expect(context.line).toBe(false);
    rtc.write(reg.IRQ_ENABLED, 4, 1);
    expect(context.line).toBe(true);
  });
});
