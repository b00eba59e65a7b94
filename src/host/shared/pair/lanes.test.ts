import { describe, expect, it } from 'vitest';
import type { InputItem } from '../../../replication/messages.ts';
import { countsByLane, encodeSize, inputOf, RESIZE_LANE } from './lanes.ts';

const item = (lane: string, ...bytes: number[]): InputItem => ({
  ...{ source: 'keyboard', lane, sequence: 1, bytes: Uint8Array.from(bytes) },
});
const size = (columns: number, rows: number): unknown =>
  inputOf(item(RESIZE_LANE, ...encodeSize(columns, rows)));
const resized = (columns: number, rows: number): unknown => ({
  ...{ kind: 'resize', device: 'console0', columns, rows },
});

describe('an item of the input log', () => {
  it('is meant for the console that its lane names', () => {
    for (const device of ['console0', 'uart0', 'agent0']) {
      const bytes = Uint8Array.of(65, 66);
      expect(inputOf(item(device, 65, 66))).toEqual({ kind: 'console', device, bytes });
    }
  });

  it('of an unknown lane is nothing', () => {
    for (const lane of ['', 'net0', 'console1', 'toString']) {
      expect(inputOf(item(lane, 65))).toBeUndefined();
    }
  });

  it('carries a size of the terminal', () => {
    expect(size(80, 24)).toEqual(resized(80, 24));
    expect(size(0xffff, 1)).toEqual(resized(0xffff, 1));
  });

  it('keeps a size within what a terminal can have', () => {
    expect(size(70_000, 1e9)).toEqual(resized(0xffff, 0xffff));
    expect(size(0, -5)).toEqual(resized(1, 1));
    expect(size(80.7, 24.2)).toEqual(resized(80, 24));
    expect(size(Number.NaN, 24)).toEqual(resized(1, 24));
  });

  it('with a size of another shape is nothing', () => {
    for (const bytes of [[], [80], [80, 0, 24], [80, 0, 24, 0, 0]]) {
      expect(inputOf(item(RESIZE_LANE, ...bytes))).toBeUndefined();
    }
  });
});

it('counts have the names of their lanes', () => {
  expect(countsByLane([1, 2, 3, 4])).toEqual({ uart0: 1, console0: 2, agent0: 3, resize: 4 });
  expect(countsByLane([5])).toEqual({ uart0: 5, console0: 0, agent0: 0, resize: 0 });
});
