import { expect, it } from 'vitest';
import { PressureGauge } from './pressure.ts';

const LIMITS = { lengthenBytes: 100, throttleBytes: 1000, dropAfterMs: 50 };

it('lengthens epochs, then throttles, then drops, and each is said once', () => {
  const gauge = new PressureGauge(LIMITS);
  expect(gauge.update(0, 99)).toBeUndefined();
  expect(gauge.update(1, 100)).toBe('lengthen');
  expect(gauge.mayCopy).toBe(true);
  expect(gauge.update(2, 999)).toBeUndefined();
  expect(gauge.update(3, 1000)).toBe('throttle');
  expect(gauge.mayCopy).toBe(false);
  expect(gauge.update(52, 1000)).toBeUndefined();
  expect(gauge.update(53, 800)).toBe('drop');
  expect(gauge.update(90, 800)).toBeUndefined();
  expect(gauge.pressure).toBe('drop');
});

it('eases off half-way, not at the same line', () => {
  const gauge = new PressureGauge(LIMITS);
  gauge.update(0, 2000);
  expect(gauge.update(1, 500)).toBeUndefined();
  expect(gauge.update(2, 499)).toBe('lengthen');
  expect(gauge.update(3, 50)).toBeUndefined();
  expect(gauge.update(4, 49)).toBe('none');
});

it('counts throttling from where it began last', () => {
  const gauge = new PressureGauge(LIMITS);
  gauge.update(0, 1000);
  gauge.update(40, 0);
  expect(gauge.update(45, 1000)).toBe('throttle');
  expect(gauge.update(94, 1000)).toBeUndefined();
  expect(gauge.update(95, 1000)).toBe('drop');
  expect(gauge.update(96, 0)).toBe('none');
});
