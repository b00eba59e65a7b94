import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createInvitation } from '../invitation.ts';
import { deriveKeys, type PairingKeys } from '../keys.ts';
import { MemoryHub } from '../testing/memory-carrier.ts';
import { ENVELOPE_BYTES, WAITING_ENVELOPES } from './limits.ts';
import type { ConnectionSignal } from './messages.ts';
import { newId } from './seal.ts';
import { Signalling } from './signalling.ts';

interface Party {
  readonly signalling: Signalling;
  readonly got: ConnectionSignal[];
  readonly refused: string[];
  readonly sees: () => string[];
}

describe('Signalling', () => {
  let hub: MemoryHub;
  let keys: PairingKeys;
  beforeEach(async () => {
    hub = new MemoryHub();
    keys = await deriveKeys(createInvitation());
  });

  function come(about: string, with_ = keys): Party {
    const signalling = new Signalling({ carrier: hub.carrier(), keys: with_, about });
    const got: ConnectionSignal[] = [];
    const refused: string[] = [];
    signalling.listen({
      signal: (_from, signal) => got.push(signal),
      presence: () => undefined,
      refused: ({ kind }) => refused.push(kind),
    });
    return { signalling, got, refused, sees: () => signalling.present.map(({ about: a }) => a) };
  }

  it('lets parties find each other, whoever came first', async () => {
    const first = come('primary');
    const second = come('standby');
    await vi.waitFor(() => {
      expect(first.sees()).toEqual(['standby']);
      expect(second.sees()).toEqual(['primary']);
    });
    second.signalling.announce('watcher');
    await vi.waitFor(() => expect(first.sees()).toEqual(['watcher']));
    await second.signalling.close();
    await vi.waitFor(() => expect(first.sees()).toEqual([]));
  });

  it('keeps the order of what one tells another', async () => {
    const a = come('a');
    const b = come('b');
    const c = come('c');
    const attempt = newId(8);
    const signals = Array.from({ length: 50 }, (_, i): ConnectionSignal => ({
      kind: 'offer',
      attempt,
      sdp: `${i}`,
    }));
    for (const signal of signals) a.signalling.send(b.signalling.self, signal);
    await vi.waitFor(() => expect(b.got.length).toBe(50), 20_000);
    expect(b.got).toEqual(signals);
    expect(c.got).toEqual([]);
    expect(b.refused).toEqual([]);
  });

  it('tells both sides when a stranger knocks, and goes on', async () => {
    const a = come('a');
    const stranger = come('x', await deriveKeys(createInvitation()));
    await vi.waitFor(() => {
      expect(a.refused).toContain('not-ours');
      expect(stranger.refused).toContain('not-ours');
    });
    expect([a.sees(), stranger.sees()]).toEqual([[], []]);
    const b = come('b');
    await vi.waitFor(() => expect(b.sees()).toEqual(['a']));
  });

  it('does not chatter with strangers for ever', async () => {
    come('a');
    come('x', await deriveKeys(createInvitation()));
    let before = -1;
    await vi.waitFor(
      () => {
        const grown = hub.posted.length > before;
        before = hub.posted.length;
        expect(grown).toBe(false);
      },
      { interval: 100, timeout: 5_000 },
    );
    expect(hub.posted.length).toBeLessThan(200);
  });

  it('refuses replays and garbage with a reason', async () => {
    const a = come('a');
    const b = come('b');
    await vi.waitFor(() => expect(b.sees()).toEqual(['a']));
    const recorded = hub.posted[0];
    hub.inject(recorded);
    hub.inject('offer');
    hub.inject(new Uint8Array(ENVELOPE_BYTES + 1));
    await vi.waitFor(() => expect(b.refused).toEqual(['not-sealed', 'not-sealed', 'replayed']));
    // It was its own: it takes no notice.
    expect(a.refused).toEqual(['not-sealed', 'not-sealed']);
  });

  it('drops a flood, says so, and goes on', async () => {
    const a = come('a');
    for (let i = 0; i < WAITING_ENVELOPES * 2; i++) hub.inject(new Uint8Array(100));
    await vi.waitFor(() => expect(a.refused).toContain('flood'));
    const b = come('b');
    await vi.waitFor(() => expect(b.sees()).toEqual(['a']));
  });
});
