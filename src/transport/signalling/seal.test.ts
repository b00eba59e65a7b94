import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { createInvitation } from '../invitation.ts';
import { deriveKeys, type PairingKeys } from '../keys.ts';
import { ENVELOPE_BYTES, FRESH_MS, PARTIES } from './limits.ts';
import { parseSignal, type SignalBody } from './messages.ts';
import { newId, Sealer } from './seal.ts';

const offer: SignalBody = { kind: 'offer', attempt: newId(8), sdp: 'v=0\r\n' };

describe('Sealer', () => {
  let now = 1_000_000;
  let keys: PairingKeys;
  let a: Sealer;
  let b: Sealer;
  const make = (with_ = keys): Sealer => new Sealer(newId(), with_, () => now);
  /** What became of an envelope. */
  async function outcome(sealer: Sealer, envelope: Uint8Array): Promise<unknown> {
    const opened = await sealer.open(envelope);
    return opened.ok ? opened.value?.body : opened.error.kind;
  }

  beforeEach(async () => {
    now = 1_000_000;
    keys = await deriveKeys(createInvitation());
    a = make();
    b = make();
  });

  it('carries a message to one, and to all', async () => {
    const direct = await b.open(await a.seal(b.self, offer));
    expect(direct).toEqual({ ok: true, value: { from: a.self, direct: true, body: offer } });
    const here: SignalBody = { kind: 'here', about: 'primary' };
    expect(await outcome(b, await a.seal(undefined, here))).toEqual(here);
    expect(await outcome(make(), await a.seal(b.self, offer))).toBeUndefined();
    expect(await outcome(a, await a.seal(undefined, here))).toBeUndefined();
  });

  it('opens messages in the order of their coming, whichever is decrypted first', async () => {
    const envelopes = [];
    for (let n = 0; n < 8; n++) envelopes.push(await a.seal(b.self, offer));
    const { subtle } = crypto;
    const decrypt = subtle.decrypt.bind(subtle);
    let waiting: Promise<unknown> = Promise.resolve();
    let first = true;
    const slow = vi.spyOn(subtle, 'decrypt').mockImplementation(async (...args) => {
      const text = await decrypt(...args);
      // The first is done when all others are.
      if (!first) return text;
      first = false;
      await new Promise((resolve) => setImmediate(resolve));
      await waiting;
      return text;
    });
    const opened = envelopes.map((envelope) => b.open(envelope));
    waiting = Promise.all(slow.mock.results.slice(1).map(({ value }) => value as unknown));
    const outcomes = await Promise.all(opened);
    slow.mockRestore();
    expect(outcomes.map(({ ok }) => ok)).toEqual(envelopes.map(() => true));
    expect(await outcome(b, envelopes[0] ?? new Uint8Array(0))).toBe('replayed');
  });

  it('hides what it carries, and never twice in the same way', async () => {
    const [one, two] = [await a.seal(undefined, offer), await a.seal(undefined, offer)];
    expect(Buffer.from(one).includes('v=0')).toBe(false);
    expect(one.subarray(56)).not.toEqual(two.subarray(56));
  });

  it('is closed to another secret, and to another session with the same secret', async () => {
    const invitation = createInvitation();
    const mine = make(await deriveKeys(invitation));
    const envelope = await mine.seal(undefined, offer);
    expect(await outcome(b, envelope)).toBe('not-ours');
    const { session } = createInvitation();
    const moved = make(await deriveKeys({ ...invitation, session }));
    expect(await outcome(moved, envelope)).toBe('not-ours');
  });

  it('notices any changed bit, and any cut', async () => {
    const envelope = await a.seal(undefined, offer);
    for (let at = 0; at < envelope.length; at++) {
      const changed = envelope.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
      const result = await outcome(b, changed);
      // A message to somebody else is nobody's fault.
      const elsewhere = at >= 24 && at < 40;
      expect(result).toEqual(
        elsewhere
          ? undefined
          : (expect.stringMatching(/^(not-ours|not-sealed|other-version)$/) as string),
      );
    }
    for (const length of [0, 10, 67, 84, envelope.length - 1]) {
      expect(await outcome(b, envelope.subarray(0, length))).toMatch(/^not-/);
    }
    expect(await outcome(b, new Uint8Array(ENVELOPE_BYTES + 1))).toBe('not-sealed');
    // All those left no trace.
    expect(await outcome(b, envelope)).toEqual(offer);
  });

  it('takes nothing twice, and nothing out of order', async () => {
    const [one, two, three] = [
      await a.seal(undefined, offer),
      await a.seal(undefined, offer),
      await a.seal(undefined, offer),
    ];
    expect(await outcome(b, one)).toEqual(offer);
    expect(await outcome(b, one)).toBe('replayed');
    expect(await outcome(b, three)).toEqual(offer);
    expect(await outcome(b, two)).toBe('replayed');
  });

  it('takes nothing old, as one who came later cannot know it', async () => {
    const envelope = await a.seal(undefined, offer);
    now += FRESH_MS;
    expect(await outcome(make(), envelope)).toEqual(offer);
    now += 1;
    expect(await outcome(make(), envelope)).toBe('stale');
    now -= 2 * FRESH_MS + 2;
    expect(await outcome(make(), envelope)).toBe('stale');
  });

  it('remembers a bounded number of parties, and forgets none', async () => {
    const first = await a.seal(undefined, { kind: 'who' });
    await b.open(first);
    for (let i = 1; i < PARTIES; i++) await b.open(await make().seal(undefined, { kind: 'who' }));
    expect(await outcome(b, await make().seal(undefined, { kind: 'who' }))).toBe('crowded');
    expect(await outcome(b, first)).toBe('replayed');
  });

  it('names garbage of those who do know the secret', async () => {
    const garbage = { kind: 'offer', attempt: 'x', sdp: '' } as const;
    expect(await outcome(b, await a.seal(undefined, garbage))).toBe('malformed');
  });
});

describe('parseSignal', () => {
  const attempt = newId(8);

  it('reads what we send', () => {
    const bodies: SignalBody[] = [
      { kind: 'who' },
      { kind: 'here', about: 'standby' },
      { kind: 'bye' },
      offer,
      { kind: 'refuse', attempt, sentence: 'No.' },
      {
        kind: 'candidate',
        attempt,
        candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 },
      },
    ];
    for (const body of bodies) {
      expect(parseSignal(JSON.stringify({ ...body, more: 1 }))).toEqual({ ok: true, value: body });
    }
  });

  it('refuses all else without a throw', () => {
    const bad: unknown[] = [
      null,
      1,
      [],
      {},
      { kind: 'renegotiate' },
      { kind: 'here' },
      { kind: 'here', about: 'x'.repeat(65) },
      { kind: 'offer', attempt: 'zz', sdp: '' },
      { kind: 'offer', attempt, sdp: 'x'.repeat(16_385) },
      { kind: 'candidate', attempt, candidate: null },
      { kind: 'candidate', attempt, candidate: { candidate: 1, sdpMid: null } },
      { kind: 'refuse', attempt, sentence: 'x'.repeat(513) },
    ];
    for (const value of bad) expect(parseSignal(JSON.stringify(value)).ok).toBe(false);
    const random = new SeededRandom(1);
    for (let i = 0; i < 200; i++) {
      expect(parseSignal(String.fromCharCode(...random.bytes(20))).ok).toBe(false);
    }
  });
});
