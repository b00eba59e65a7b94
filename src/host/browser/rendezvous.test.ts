import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { err, ok, type Result } from '../../base/result.ts';
import { createInvitation } from '../../transport/invitation.ts';
import { deriveKeys, type PairingKeys } from '../../transport/keys.ts';
import { CONNECTIONS } from '../../transport/limits.ts';
import type { CloseReason } from '../../transport/link.ts';
import type { MeetingOptions } from '../../transport/meeting.ts';
import { Signalling } from '../../transport/signalling/signalling.ts';
import { MemoryHub } from '../../transport/testing/memory-carrier.ts';
import type { Connection, ConnectionError } from '../../transport/webrtc-link.ts';
import { Rendezvous, type Tie } from './rendezvous.ts';

/** A connection whose fate the test decides. */
class FakeTie implements Tie {
  readonly attempt: string;
  readonly party: string;
  /** Why it was closed here. */
  given: string | undefined;
  settle: (outcome: Result<void, ConnectionError>) => void = () => undefined;
  end: (reason: CloseReason) => void = () => undefined;
  readonly established = new Promise<Result<void, ConnectionError>>((resolve) => {
    this.settle = resolve;
  });
  readonly closed = new Promise<CloseReason>((resolve) => {
    this.end = resolve;
  });

  constructor(attempt: string, party: string) {
    this.attempt = attempt;
    this.party = party;
  }

  close(sentence: string): void {
    this.given ??= sentence;
    this.fail(sentence);
  }

  fail(sentence: string): void {
    this.settle(err({ kind: 'closed', sentence }));
    this.end({ kind: 'local', sentence });
  }
}

const SEARCH_MS = 250;
const PRESENT_MS = 3_000;

const invitation = createInvitation();
let keys: PairingKeys;
let hub: MemoryHub;
let now: number;
let ties: FakeTie[];
let story: string[];
let options: MeetingOptions;
let rendezvous: Rendezvous;

/** Messages that are being sealed or opened. */
let sealing = 0;

function countSealing(name: 'encrypt' | 'decrypt'): void {
  const original = crypto.subtle[name].bind(crypto.subtle);
  vi.spyOn(crypto.subtle, name).mockImplementation(async (...parameters) => {
    sealing += 1;
    try {
      return await original(...parameters);
    } finally {
      sealing -= 1;
    }
  });
}

/** Until all that was posted has been opened by everybody, and what that leads to. */
async function settle(): Promise<void> {
  for (let still = 0; still < 3; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (sealing > 0) still = 0;
  }
}

/** Another tab that says something about itself; it answers whoever asks. */
function tab(about: string) {
  const carrier = hub.carrier();
  const signalling = new Signalling({ carrier, keys, about, now: () => now });
  signalling.listen({
    signal: () => undefined,
    presence: () => undefined,
    refused: () => undefined,
  });
  return {
    signalling,
    id: signalling.self,
    die: () => {
      carrier.close();
    },
  };
}

/** The searcher's clock goes on. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= SEARCH_MS) {
    now += Math.min(left, SEARCH_MS);
    vi.advanceTimersByTime(Math.min(left, SEARCH_MS));
    await settle();
  }
}

const tried = (): string[] => ties.map(({ party }) => party);

beforeEach(async () => {
  countSealing('encrypt');
  countSealing('decrypt');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  keys = await deriveKeys(invitation);
  hub = new MemoryHub();
  now = 1_000_000;
  ties = [];
  story = [];
  rendezvous = await Rendezvous.open(
    invitation,
    {
      attach: () => Promise.resolve(undefined),
      established: (attempt) => story.push(`${attempt} established`),
      disconnected: (attempt, sentence) => story.push(`${attempt} ${sentence}`),
      stranger: (sentence) => story.push(sentence),
    },
    {
      carrier: () => hub.carrier(),
      now: () => now,
      meeting: (given) => {
        options = given;
        return {
          join: (party) => {
            const tie = new FakeTie(`attempt ${String(ties.length + 1)}`, party);
            ties.push(tie);
            return tie;
          },
          signal: () => undefined,
          close: (sentence) => story.push(`all closed: ${sentence}`),
        };
      },
    },
  );
});

afterEach(() => {
  rendezvous.close('The test is over.');
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('who looks for the primary', () => {
  it('connects to it as soon as it says that it is one', async () => {
    const a = tab('here');
    rendezvous.findPrimary();
    await settle();
    expect(ties).toEqual([]);
    a.signalling.announce('primary 1');
    await settle();
    expect(tried()).toEqual([a.id]);
    ties[0]?.settle(ok(undefined));
    await settle();
    expect(story).toEqual(['attempt 1 established']);
    await pass(10 * SEARCH_MS);
    expect(ties).toHaveLength(1);
  });

  it('finds one that was there before', async () => {
    const a = tab('primary 7');
    await settle();
    rendezvous.findPrimary();
    expect(tried()).toEqual([a.id]);
  });

  it('prefers the newest of several', async () => {
    tab('primary 9');
    const b = tab('primary 10');
    tab('primary 2');
    await settle();
    rendezvous.findPrimary();
    expect(tried()).toEqual([b.id]);
  });

  it('takes nobody who says something else', async () => {
    for (const about of [
      'primary',
      'primary x',
      'primary 0',
      'primary -1',
      ' primary 3',
      'primary 1e3',
    ]) {
      tab(about);
    }
    tab(`primary ${'9'.repeat(16)}`);
    rendezvous.findPrimary();
    await pass(2 * SEARCH_MS);
    expect(ties).toEqual([]);
  });

  it('gives an attempt up for a newer term, and not for an older one', async () => {
    const a = tab('primary 3');
    await settle();
    rendezvous.findPrimary();
    tab('primary 2');
    await pass(SEARCH_MS);
    expect(tried()).toEqual([a.id]);
    const c = tab('primary 4');
    await settle();
    expect(tried()).toEqual([a.id, c.id]);
    expect(ties[0]?.given).toBe('Another tab has the machine now.');
    expect(ties[1]?.given).toBeUndefined();
    expect(story).toContain('attempt 1 Another tab has the machine now.');
    ties[1]?.settle(ok(undefined));
    await settle();
    expect(story.at(-1)).toBe('attempt 2 established');
  });

  it('tries again when an attempt fails', async () => {
    const a = tab('primary 1');
    await settle();
    rendezvous.findPrimary();
    ties[0]?.fail('It is busy.');
    await settle();
    expect(story[0]).toBe('attempt 1 It is busy.');
    await pass(SEARCH_MS);
    expect(tried()).toEqual([a.id, a.id]);
  });

  it('does not go on trying one that answers no more', async () => {
    const dead = tab('primary 5');
    const alive = tab('primary 4');
    await settle();
    dead.die();
    await pass(PRESENT_MS + SEARCH_MS);
    rendezvous.findPrimary();
    await settle();
    await pass(SEARCH_MS);
    expect(tried()).toEqual([alive.id]);
  });

  it('goes to an older one when the newest dies meanwhile', async () => {
    const a = tab('primary 2');
    await settle();
    rendezvous.findPrimary();
    a.die();
    const b = tab('primary 1');
    await settle();
    ties[0]?.fail('It did not answer.');
    for (let tries = 0; ties.at(-1)?.party !== b.id && tries < 15; tries++) {
      ties.at(-1)?.fail('It did not answer.');
      await settle();
      await pass(SEARCH_MS);
    }
    expect(ties.at(-1)?.party).toBe(b.id);
  });

  it('hears of one that says good-bye at once', async () => {
    const a = tab('primary 2');
    await settle();
    await a.signalling.close();
    await settle();
    rendezvous.findPrimary();
    await pass(SEARCH_MS);
    expect(ties).toEqual([]);
  });

  it('looks again when it is told to, after a connection that was lost', async () => {
    const a = tab('primary 1');
    await settle();
    rendezvous.findPrimary();
    ties[0]?.settle(ok(undefined));
    await settle();
    rendezvous.linkClosed('attempt 1');
    await settle();
    expect(ties[0]?.given).toBe('The link is over.');
    expect(ties).toHaveLength(1);
    rendezvous.findPrimary();
    expect(tried()).toEqual([a.id, a.id]);
  });

  it('makes no more connections than there may be', async () => {
    tab('primary 1');
    await settle();
    // Of others, from times when the machine was here.
    const knock = (n: number): void => {
      options.onConnection(new FakeTie(`knock ${String(n)}`, 'x') as unknown as Connection);
    };
    for (let n = 0; n < CONNECTIONS; n++) knock(n);
    rendezvous.findPrimary();
    await pass(2 * SEARCH_MS);
    expect(ties).toEqual([]);
    rendezvous.linkClosed('knock 0');
    await settle();
    await pass(SEARCH_MS);
    expect(ties).toHaveLength(1);
  });
});

describe('who has the machine', () => {
  it('lets others in and says so, and no longer once its term is over', async () => {
    const a = tab('here');
    const about = (): string | undefined => a.signalling.present[0]?.about;
    expect(options.admit(a.id)).toMatch(/does not run/);
    rendezvous.announce(3);
    await settle();
    expect(about()).toBe('primary 3');
    expect(options.admit(a.id)).toBeUndefined();
    rendezvous.findPrimary();
    await settle();
    expect(about()).toBe('here');
    expect(options.admit(a.id)).toMatch(/does not run/);
  });

  it('stops looking for another', async () => {
    rendezvous.findPrimary();
    rendezvous.announce(2);
    tab('primary 1');
    await pass(4 * SEARCH_MS);
    expect(ties).toEqual([]);
  });

  it('follows those who connect, to their end', async () => {
    rendezvous.announce(1);
    const tie = new FakeTie('knock', 'x');
    options.onConnection(tie as unknown as Connection);
    tie.settle(ok(undefined));
    await settle();
    tie.end({ kind: 'remote', sentence: 'It went.' });
    await settle();
    expect(story).toEqual(['knock established', 'knock It went.']);
    rendezvous.linkClosed('knock');
    expect(tie.given).toBeUndefined();
  });

  it('tells of somebody who does not know the secret', async () => {
    rendezvous.announce(1);
    const tie = new FakeTie('knock', 'x');
    options.onConnection(tie as unknown as Connection);
    tie.settle(
      err({
        ...{ kind: 'turned-away', sentence: 'The secret is wrong.' },
        pairing: { kind: 'wrong-secret', at: 'them', sentence: 'The secret is wrong.' },
      } as unknown as ConnectionError),
    );
    await settle();
    expect(story).toEqual(['knock The secret is wrong.', 'The secret is wrong.']);
  });
});

it('a message of another session’s is told as a stranger’s', async () => {
  const other = await deriveKeys(createInvitation());
  const stranger = new Signalling({ carrier: hub.carrier(), keys: other, about: 'primary 8' });
  stranger.listen({ signal: () => undefined, presence: () => undefined, refused: () => undefined });
  await settle();
  rendezvous.findPrimary();
  await settle();
  expect(ties).toEqual([]);
  expect(story.length).toBeGreaterThan(0);
  expect(new Set(story)).toEqual(
    new Set(['A message came from somebody who does not have this invitation.']),
  );
});

it('closing ends all connections and says good-bye', async () => {
  const a = tab('here');
  await settle();
  expect(a.signalling.present).toHaveLength(1);
  rendezvous.findPrimary();
  rendezvous.close('The tab was closed.');
  await settle();
  expect(story).toEqual(['all closed: The tab was closed.']);
  expect(a.signalling.present).toEqual([]);
  tab('primary 1');
  await pass(2 * SEARCH_MS);
  expect(ties).toEqual([]);
});
