import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeDatabase } from './testing/fake-database.ts';
import { WitnessStore } from './witness-store.ts';

let database: FakeDatabase;
beforeEach(() => {
  database = new FakeDatabase();
  vi.stubGlobal('indexedDB', database.factory);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the witness of one browser', () => {
  it('gives a term to the first who asks, and tells the others who has it', async () => {
    const [a, b] = [new WitnessStore('m'), new WitnessStore('m')];
    const verdicts = await Promise.all([
      a.ask({ expected: 0, claimant: 'a' }),
      b.ask({ expected: 0, claimant: 'b' }),
    ]);
    expect(verdicts).toEqual([
      { expected: 0, granted: true, term: 1, holder: 'a' },
      { expected: 0, granted: false, term: 1, holder: 'a' },
    ]);
    expect(await b.ask({ expected: 1, claimant: 'b' })).toMatchObject({ granted: true, term: 2 });
    expect(await a.ask({ expected: 1, claimant: 'a' })).toMatchObject({ granted: false, term: 2 });
    expect(database.upgrades).toBe(1);
  });

  it('gives exactly one of many who ask at once the term', async () => {
    const stores = Array.from({ length: 12 }, () => new WitnessStore('m'));
    const verdicts = await Promise.all(
      stores.map((store, i) => store.ask({ expected: 0, claimant: `node ${String(i)}` })),
    );
    expect(verdicts.filter(({ granted }) => granted)).toHaveLength(1);
    expect(new Set(verdicts.map(({ term, holder }) => `${String(term)} ${holder}`)).size).toBe(1);
  });

  it('answers a repeated claim the same way, and outlives its tabs', async () => {
    const claim = { expected: 0, claimant: 'a' };
    const first = await new WitnessStore('m').ask(claim);
    expect(await new WitnessStore('m').ask(claim)).toEqual(first);
    expect(database.values.get('m')).toEqual({ term: 1, holder: 'a' });
  });

  it('keeps machines apart', async () => {
    await new WitnessStore('m').ask({ expected: 0, claimant: 'a' });
    const other = await new WitnessStore('n').ask({ expected: 0, claimant: 'b' });
    expect(other).toMatchObject({ granted: true, term: 1, holder: 'b' });
  });

  it('begins anew where something else is stored', async () => {
    for (const stored of [null, 7, 'x', {}, { term: '1', holder: 'a' }, { term: 1 }]) {
      database.values.set('m', stored);
      const verdict = await new WitnessStore('m').ask({ expected: 0, claimant: 'a' });
      expect(verdict).toMatchObject({ granted: true, term: 1 });
    }
  });

  it('gives no answer that is not stored', async () => {
    const store = new WitnessStore('m');
    database.isFull = true;
    await expect(store.ask({ expected: 0, claimant: 'a' })).rejects.toThrow('The disk is full.');
    expect(database.values.size).toBe(0);
    database.isFull = false;
    expect(await store.ask({ expected: 0, claimant: 'a' })).toMatchObject({ granted: true });
  });

  it('says why it cannot be asked when there is no database', async () => {
    database.opens = false;
    const store = new WitnessStore('m');
    await expect(store.ask({ expected: 0, claimant: 'a' })).rejects.toThrow('Not in this window.');
    // And answers as soon as there is one.
    database.opens = true;
    expect(await store.ask({ expected: 0, claimant: 'a' })).toMatchObject({ granted: true });
  });
});
