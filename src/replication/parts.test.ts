/** Gate, keys, terminal, pacing, silence and witness, each on its own. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import {
  backlogFrom,
  captureGate,
  commitOutputs,
  gateIsFull,
  newGate,
  openGate,
  outputWaits,
  putOut,
  reclaim,
  release,
  streamPositions,
  type Gate,
} from './gate.ts';
import {
  captureInputs,
  commitInputs,
  consumeInputs,
  deliver,
  learn,
  newInputs,
  notCaptured,
  replay,
  skipConsumed,
  typeKey,
  type Inputs,
} from './inputs.ts';
import {
  BACKLOG_BYTES,
  GATE_BYTES,
  INPUT_ITEM_BYTES,
  INPUT_LOG_BYTES,
  INPUT_SOURCES,
  LONGEST_EPOCH_MS,
  WINDOW_EPOCHS,
} from './limits.ts';
import type { InputItem, PlacedOutput } from './messages.ts';
import { afterCapture, afterCommit, captureDue, epochMs, newPacing } from './pacing.ts';
import { heard, isTooLong, listen, newSilence, type Silence, tooLongAt } from './silence.ts';
import { text } from './testing/stage.ts';
import { newViewer, show } from './viewer.ts';
import { judge, newWitness } from './witness.ts';

const line = (value: string, device = 'console0') =>
  ({ device, kind: 'console', bytes: text(value) }) as const;
const read = (items: readonly PlacedOutput[]): string =>
  items.map(({ bytes }) => new TextDecoder().decode(bytes)).join('');

const print = (gate: Gate, value: string, now = 0): Gate => putOut(gate, [line(value)], now).gate;
const closed = (): Gate => captureGate(newGate(), 1, true).gate;

describe('the gate', () => {
  it('is open at first: what comes goes out at once', () => {
    const { items } = putOut(newGate(), [line('a'), line('b', 'uart0'), line('c')], 5);
    expect(items.map(({ position }) => position)).toEqual([0, 0, 1]);
    expect(read(items)).toBe('abc');
  });

  it('closed, holds each epoch until that epoch is committed', () => {
    let gate = print(closed(), 'one', 10);
    expect(outputWaits(gate)).toBe(true);
    gate = captureGate(gate, 2, false).gate;
    gate = print(gate, 'two');
    gate = captureGate(gate, 3, false).gate;
    gate = print(gate, 'three');
    const first = release(gate, 2);
    expect([read(first.items), first.waitedSince]).toEqual(['one', 10]);
    expect(read(release(first.gate, 2).items), 'once only').toBe('');
    expect(read(release(first.gate, 3).items)).toBe('two');
    expect(first.gate.heldBytes + first.gate.currentBytes).toBe('twothree'.length);
  });

  it('releases in order when several commits come as one', () => {
    let gate = closed();
    for (const [i, value] of ['a', 'b', 'c'].entries()) {
      gate = captureGate(print(gate, value), 2 + i, false).gate;
    }
    expect(read(release(gate, 4).items)).toBe('abc');
  });

  it('gives the output of an epoch that failed to the next one', () => {
    let gate = captureGate(print(closed(), 'a'), 2, false).gate;
    const second = captureGate(print(gate, 'b'), 3, false);
    gate = print(second.gate, 'c');
    gate = reclaim(gate, 3, second.items);
    const third = captureGate(gate, 4, false);
    expect(read(third.items)).toBe('bc');
    expect(read(release(third.gate, 2).items)).toBe('a');
    expect(read(release(third.gate, 4).items)).toBe('abc');
    expect(release(third.gate, 4).gate.heldBytes).toBe(0);
  });

  it('opened, lets everything out in order', () => {
    const gate = print(captureGate(print(closed(), 'a'), 2, false).gate, 'b');
    const opened = openGate(gate);
    expect(read(opened.items)).toBe('ab');
    expect(putOut(opened.gate, [line('c')], 0).items[0]).toMatchObject({ position: 2 });
  });

  it('is full at its limit, and open ones never are', () => {
    const flood = 'x'.repeat(GATE_BYTES / 16);
    let [shut, open] = [closed(), newGate()];
    for (let i = 0; i < 16; i++) {
      expect(gateIsFull(shut)).toBe(false);
      [shut, open] = [print(shut, flood), print(open, flood)];
    }
    expect([gateIsFull(shut), gateIsFull(open)]).toEqual([true, false]);
    expect(print(open, flood).currentBytes).toBeLessThanOrEqual(GATE_BYTES);
  });

  it('keeps a bounded backlog for those who come late, and no network frames', () => {
    let gate = newGate();
    for (let i = 0; i < 100; i++) gate = print(gate, 'y'.repeat(4000));
    gate = putOut(gate, [{ device: 'net0', kind: 'frame', bytes: text('f') }], 0).gate;
    expect(gate.backlogBytes).toBeLessThanOrEqual(BACKLOG_BYTES);
    expect(gate.backlog.every(({ kind }) => kind === 'console')).toBe(true);
    expect(read(backlogFrom(gate, [{ device: 'console0', position: 399_000 }])).length).toBe(4000);
  });

  it('of a standby knows where streams go on, though their backlog is gone', () => {
    let gate = print(newGate(), 'old');
    for (let i = 0; i < 100; i++) gate = putOut(gate, [line('z'.repeat(4000), 'uart0')], 0).gate;
    expect(gate.backlog.some(({ device }) => device === 'console0')).toBe(false);
    const standby = commitOutputs(newGate(), gate.backlog, streamPositions(gate));
    expect(putOut(standby, [line('new')], 0).items[0]).toMatchObject({ position: 3 });
  });
});

const key = (source: string, sequence: number, value = 'k'): InputItem => ({
  ...{ source, lane: 'line', sequence, bytes: text(value) },
});
const names = (items: readonly InputItem[]): string =>
  items.map(({ source, sequence }) => `${source}${sequence}`).join(' ');
const type = (inputs: Inputs, value: string): Inputs =>
  typeKey(inputs, 'line', text(value))?.inputs ?? inputs;

const anything = (): boolean => true;

describe('keys', () => {
  it('are numbered by source and lane, and cut into items', () => {
    const typed = typeKey(newInputs('A'), 'line', new Uint8Array(INPUT_ITEM_BYTES * 2 + 1));
    expect(typed?.items.map(({ bytes }) => bytes.length)).toEqual([2048, 2048, 1]);
    const other = typeKey(typed?.inputs ?? newInputs('A'), 'paste', text('p'));
    expect(other?.items[0]).toMatchObject({ lane: 'paste', sequence: 1 });
  });

  it('are refused when too many wait', () => {
    const inputs = type(newInputs('A'), 'x'.repeat(INPUT_LOG_BYTES));
    expect(typeKey(inputs, 'line', text('y'))).toBeUndefined();
  });

  it('that come twice, or after a hole, are left out', () => {
    const keys = [key('A', 1), key('A', 2), key('A', 2), key('A', 4)];
    const first = learn(newInputs('B'), keys, anything);
    expect(names(first.items)).toBe('A1 A2');
    expect(
      names(learn(first.inputs, [key('A', 1), key('A', 2), key('A', 3)], anything).items),
    ).toBe('A3');
  });

  it('that no machine takes are left out, and are no hole', () => {
    const keys = [key('A', 1), key('A', 2), key('A', 3)];
    const learnt = learn(newInputs('B'), keys, ({ sequence }) => sequence !== 2);
    expect([names(learnt.items), learnt.refused]).toEqual(['A1 A3', 1]);
    expect(names(learnt.inputs.log)).toBe('A1 A3');
    // The machine has taken both: nothing of the third is left.
    const { inputs, since } = captureInputs(deliver(learnt.inputs, learnt.items), { line: 2 });
    expect(commitInputs(inputs, since).log).toEqual([]);
    // Come again, they are doubles and no news.
    expect(learn(learnt.inputs, keys, () => false)).toMatchObject({ items: [], refused: 0 });
  });

  it('follow what is consumed already without a hole', () => {
    const inputs = skipConsumed(newInputs('B'), [{ source: 'A', lane: 'line', sequence: 7 }]);
    expect(names(learn(inputs, [key('A', 7), key('A', 8)], anything).items)).toBe('A8');
  });

  it('are kept until the checkpoint that consumed them is committed', () => {
    let inputs = learn(newInputs('P'), [key('A', 1), key('B', 1), key('A', 2)], anything).inputs;
    inputs = deliver(inputs, inputs.log);
    const capture = captureInputs(inputs, { line: 2 });
    expect(capture.since).toEqual([
      { source: 'A', lane: 'line', sequence: 1 },
      { source: 'B', lane: 'line', sequence: 1 },
    ]);
    expect(names(notCaptured(capture.inputs))).toBe('A2');
    expect(names(capture.inputs.log), 'captured is not committed').toBe('A1 B1 A2');
    expect(names(commitInputs(capture.inputs, capture.since).log)).toBe('A2');
  });

  it('are played again after a takeover: those that the checkpoint lacks, once, in order', () => {
    let inputs = learn(newInputs('S'), [key('A', 1), key('A', 2), key('A', 3)], anything).inputs;
    inputs = type(inputs, 'own');
    inputs = commitInputs(inputs, [{ source: 'A', lane: 'line', sequence: 1 }]);
    const again = replay(inputs);
    expect(names(again.items)).toBe('A2 A3 S1');
    // The machine counts anew what it consumes.
    const { since } = captureInputs(again.inputs, { line: 2 });
    expect(since).toEqual([{ source: 'A', lane: 'line', sequence: 3 }]);
  });

  it('need not be kept while the machine runs unprotected', () => {
    let inputs = newInputs('A');
    for (let i = 0; i < 100; i++) {
      inputs = type(inputs, 'k');
      inputs = deliver(inputs, inputs.log.slice(-1));
      inputs = consumeInputs(inputs, { line: i }).inputs;
    }
    expect(names(inputs.log)).toBe('A100');
    expect(inputs.delivered.get('line')?.length).toBe(1);
  });

  it('consumed before they were given are a broken host', () => {
    expect(() => captureInputs(newInputs('A'), { line: 1 })).toThrow('was not given');
  });

  it('come from a bounded number of keyboards', () => {
    let inputs = newInputs('P');
    for (let i = 0; i < INPUT_SOURCES + 50; i++)
      inputs = learn(inputs, [key(`K${i}`, 1)], anything).inputs;
    expect(inputs.known.size).toBe(INPUT_SOURCES);
  });
});

const placed = (position: number, value: string): PlacedOutput => ({ ...line(value), position });

describe('a terminal', () => {
  it('shows each byte once, however it is cut and repeated', () => {
    const random = new SeededRandom(3);
    const whole = 'abcdefghijklmnopqrstuvwxyz'.repeat(8);
    let viewer = newViewer();
    let shown = '';
    while (shown.length < whole.length) {
      const at = random.below(shown.length + 1);
      const taken = show(viewer, 1, [placed(at, whole.slice(at, at + random.below(9)))], false);
      viewer = taken.viewer;
      shown += read(taken.items);
    }
    expect(shown).toBe(whole);
  });

  it('refuses an older term', () => {
    const { viewer } = show(newViewer(), 2, [placed(0, 'new')], false);
    expect(show(viewer, 1, [placed(3, 'old')], false).items).toEqual([]);
  });

  it('asks for what is missing, unless nobody has it', () => {
    const { viewer } = show(newViewer(), 1, [placed(0, 'abc')], false);
    expect(show(viewer, 1, [placed(5, 'f')], false)).toMatchObject({ items: [], hole: true });
    expect(show(viewer, 1, [placed(5, 'f')], true)).toMatchObject({ hole: false, lost: 2 });
  });
});

describe('pacing', () => {
  const relaxed = { copying: false, inFlight: 0, outputWaits: false, calm: false };
  const pacing = { ...newPacing(20, 1000), changed: true };

  it('captures by the clock while something has changed, and never otherwise', () => {
    expect(captureDue(pacing, relaxed)).toBe(1020);
    expect(captureDue({ ...pacing, changed: false }, relaxed)).toBeUndefined();
  });

  it('captures at once for output, when nothing is on its way', () => {
    expect(captureDue(pacing, { ...relaxed, outputWaits: true })).toBe(1002);
    expect(captureDue(pacing, { ...relaxed, outputWaits: true, inFlight: 1 })).toBe(1020);
  });

  it('waits for the copy, the window and for room in staging', () => {
    expect(captureDue(pacing, { ...relaxed, copying: true })).toBeUndefined();
    expect(captureDue(pacing, { ...relaxed, inFlight: WINDOW_EPOCHS })).toBeUndefined();
    expect(captureDue({ ...pacing, stagingFull: true }, relaxed)).toBeUndefined();
  });

  it('lengthens epochs when commits are slow, up to a limit, and shortens them again', () => {
    let slow = pacing;
    for (let i = 0; i < 20; i++) slow = afterCommit(slow, 5000, 0);
    expect(epochMs(slow)).toBe(LONGEST_EPOCH_MS);
    for (let i = 0; i < 60; i++) slow = afterCommit(slow, 3, 0);
    expect(epochMs(slow)).toBe(20);
    expect(captureDue({ ...afterCapture(slow, 2000), changed: true }, relaxed)).toBe(2020);
  });

  it('spares the guest as long as nobody waits: epochs are twenty or sixty times as long as their making', () => {
    let busy = pacing;
    for (let i = 0; i < 40; i++) busy = afterCommit(busy, 15, 2);
    expect(captureDue(busy, relaxed)).toBeCloseTo(1040, 1);
    expect(captureDue(busy, { ...relaxed, calm: true })).toBeCloseTo(1120, 1);
    expect(captureDue(busy, { ...relaxed, outputWaits: true, inFlight: 1 })).toBe(1020);
    expect(captureDue(busy, { ...relaxed, outputWaits: true })).toBe(1002);
    for (let i = 0; i < 40; i++) busy = afterCommit(busy, 60, 50);
    expect(captureDue(busy, relaxed)).toBe(1200);
    for (let i = 0; i < 40; i++) busy = afterCommit(busy, 4, 0.25);
    expect(captureDue(busy, relaxed)).toBeCloseTo(1020, 1);
  });

  it('takes any interval that a person chooses', () => {
    expect(epochMs(newPacing(2000, 0))).toBe(2000);
    expect(epochMs(newPacing(0, 0))).toBe(2);
  });
});

describe('silence', () => {
  it('is judged by what was usual lately, and that fades', () => {
    const beat = (silence: Silence, now: number, step: number): Silence => {
      let next = silence;
      for (let at = silence.seenAt + 20; at < now; at += 20) next = listen(next, at);
      return heard(next, silence.heardAt + step);
    };
    let silence = newSilence(0);
    for (let n = 0; n < 50; n++) silence = beat(silence, silence.heardAt + 20, 20);
    expect(isTooLong({ ...silence, ms: 151 }, { least: 150, times: 3 })).toBe(true);
    // A gap of 300 ms that ended well: for some time three of them are waited, never more than a second.
    silence = beat(silence, silence.heardAt + 300, 300);
    expect(silence.usual).toBeGreaterThan(280);
    expect(isTooLong({ ...silence, ms: 800 }, { least: 150, times: 3 })).toBe(false);
    expect(isTooLong({ ...silence, ms: 1_001 }, { least: 150, times: 9 })).toBe(true);
    for (let n = 0; n < 600; n++) silence = beat(silence, silence.heardAt + 20, 20);
    expect(isTooLong({ ...silence, ms: 151 }, { least: 150, times: 3 })).toBe(true);
  });

  it('grows with time that was listened to', () => {
    let silence = newSilence(0);
    for (let now = 10; now <= 200; now += 10) silence = listen(silence, now);
    expect(silence.ms).toBe(200);
    const after = heard(silence, 205);
    expect(after).toEqual({ ms: 0, seenAt: 205, heardAt: 205, usual: 205 });
    expect(isTooLong({ ...after, ms: 500 }, { least: 150, times: 3 })).toBe(false);
    expect(isTooLong({ ...after, ms: 616 }, { least: 150, times: 3 })).toBe(true);
  });

  it('is too long just when it was said to be', () => {
    const patience = { least: 150, times: 3 };
    for (const usual of [0, 70, 500]) {
      const silence: Silence = { ms: 30, seenAt: 1_000, heardAt: 970, usual };
      const at = tooLongAt(silence, patience);
      const silentFor = (now: number): Silence => ({ ...silence, ms: 30 + now - 1_000 });
      expect([at - 1, at].map((now) => isTooLong(silentFor(now), patience))).toEqual([false, true]);
    }
  });

  it('does not count time in which we stood still ourselves', () => {
    expect(listen(newSilence(0), 60_000).ms).toBeLessThan(60);
  });
});

describe('the witness', () => {
  it('gives each term to the first who asks', () => {
    const first = judge(newWitness(), { expected: 0, claimant: 'A' });
    expect(first.verdict).toEqual({ expected: 0, granted: true, term: 1, holder: 'A' });
    const second = judge(first.witness, { expected: 0, claimant: 'B' });
    expect(second.verdict).toEqual({ expected: 0, granted: false, term: 1, holder: 'A' });
  });

  it('tells the winner the same again', () => {
    const { witness } = judge(newWitness(), { expected: 0, claimant: 'A' });
    expect(judge(witness, { expected: 0, claimant: 'A' }).verdict.granted).toBe(true);
  });

  it('knows terms that were never given from those that are over', () => {
    const { witness } = judge(newWitness(), { expected: 0, claimant: 'A' });
    expect(judge(witness, { expected: 5, claimant: 'A' }).verdict.granted).toBe(false);
  });
});
