import { beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { equalBytes, fromBase64Url, toBase64Url } from './encoding.ts';
import { createInvitation, formatInvitation, parseInvitation } from './invitation.ts';
import { deriveKeys, type PairingKeys } from './keys.ts';
import {
  decodePairing,
  dtlsFingerprint,
  encodePairing,
  Handshake,
  type HandshakeOptions,
  type PairingMessage,
} from './pairing.ts';

const INVITER = 'sha-256 AA:01';
const JOINER = 'sha-256 BB:02';

const failure = <T, E extends { kind: string }>(result: Result<T, E>): string =>
  result.ok ? 'fine' : result.error.kind;

function decoded(bytes: Uint8Array | undefined): PairingMessage {
  const message = decodePairing(bytes ?? new Uint8Array(0));
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

describe('invitations', () => {
  it('survive the way through a link', () => {
    const invitation = createInvitation();
    const fragment = formatInvitation(invitation);
    expect(fragment).toMatch(/^#join=[\w-]{22}\.[\w-]{43}$/);
    expect(parseInvitation(fragment)).toEqual({ ok: true, value: invitation });
    expect(parseInvitation(`#theme=dark&${fragment.slice(1)}`).ok).toBe(true);
    expect(createInvitation().secret).not.toEqual(invitation.secret);
  });

  it('say what is wrong with them', () => {
    const fragment = formatInvitation(createInvitation());
    expect(failure(parseInvitation(''))).toBe('absent');
    expect(failure(parseInvitation('#settings'))).toBe('absent');
    expect(failure(parseInvitation(fragment.slice(0, -1)))).toBe('incomplete');
    expect(failure(parseInvitation(fragment.slice(0, 20)))).toBe('incomplete');
    expect(failure(parseInvitation('#join='))).toBe('incomplete');
    expect(failure(parseInvitation(`${fragment}A`))).toBe('malformed');
    expect(failure(parseInvitation(`${fragment}.x`))).toBe('malformed');
    expect(failure(parseInvitation(fragment.replace('.', '%20')))).toBe('malformed');
    expect(failure(parseInvitation(`#join=${'A'.repeat(5_000)}`))).toBe('malformed');
  });

  it('have one spelling', () => {
    const bytes = new SeededRandom(1).bytes(32);
    const text = toBase64Url(bytes);
    expect(fromBase64Url(text)).toEqual(bytes);
    const last = text.at(-1) ?? '';
    const twin = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(fromBase64Url(text.slice(0, -1) + twin)).toBeUndefined();
    expect(fromBase64Url('ab+/')).toBeUndefined();
    expect(fromBase64Url('a')).toBeUndefined();
  });
});

describe('dtlsFingerprint', () => {
  it('finds the one, and nothing where there are none or two', () => {
    const line = 'a=fingerprint:sha-256 ab:cd\r\n';
    expect(dtlsFingerprint(`v=0\r\n${line}a=setup:actpass\r\n`)).toBe('sha-256 AB:CD');
    expect(dtlsFingerprint(line + line)).toBe('sha-256 AB:CD');
    expect(dtlsFingerprint('v=0\r\n')).toBeUndefined();
    expect(dtlsFingerprint(`${line}a=fingerprint:sha-256 ab:ce\r\n`)).toBeUndefined();
  });
});

describe('Handshake', () => {
  let keys: PairingKeys;
  let strangerKeys: PairingKeys;
  beforeAll(async () => {
    const invitation = createInvitation();
    keys = await deriveKeys(invitation);
    strangerKeys = await deriveKeys({ ...createInvitation(), session: invitation.session });
  });

  const side = (changes: Partial<HandshakeOptions> = {}): Handshake =>
    new Handshake({
      keys,
      role: 'inviter',
      ownFingerprint: INVITER,
      otherFingerprint: JOINER,
      ...changes,
    });
  const joiner = (changes: Partial<HandshakeOptions> = {}): Handshake =>
    side({ role: 'joiner', ownFingerprint: JOINER, otherFingerprint: INVITER, ...changes });

  /** Lets two sides talk to each other; what each thinks of the other at the end. */
  async function talk(a: Handshake, b: Handshake): Promise<string[]> {
    const [aProof, bProof] = [
      await a.receive(decoded(b.challenge())),
      await b.receive(decoded(a.challenge())),
    ];
    if (!aProof.ok || !bProof.ok) return [failure(aProof), failure(bProof)];
    const ends = [
      await a.receive(decoded(bProof.value.send)),
      await b.receive(decoded(aProof.value.send)),
    ];
    return ends.map((end) => (end.ok && end.value.proven ? 'proven' : failure(end)));
  }

  it('satisfies two who know the secret', async () => {
    expect(await talk(side(), joiner())).toEqual(['proven', 'proven']);
  });

  it('turns a stranger away on both sides', async () => {
    expect(await talk(side(), joiner({ keys: strangerKeys }))).toEqual([
      'wrong-secret',
      'wrong-secret',
    ]);
  });

  it.each([
    ['both sides', 'sha-256 EE:EE', 'sha-256 EE:EE'],
    ['the inviter only', 'sha-256 EE:EE', INVITER],
    ['the joiner only', JOINER, 'sha-256 EE:EE'],
  ])(
    'notices certificates of somebody in the middle, towards %s',
    async (_, seenByInviter, seenByJoiner) => {
      const sides = [
        side({ otherFingerprint: seenByInviter }),
        joiner({ otherFingerprint: seenByJoiner }),
      ] as const;
      expect(await talk(...sides)).toEqual(['wrong-secret', 'wrong-secret']);
    },
  );

  it('wants two different parts', async () => {
    expect(await talk(side(), side())).toEqual(['same-role', 'same-role']);
  });

  it('does not take its own proof for the other’s', async () => {
    const a = side();
    const challenge = decoded(a.challenge());
    if (challenge.kind !== 'challenge') throw new Error('no challenge');
    const mine = await a.receive({ ...challenge, role: 'joiner' });
    const echoed = await a.receive(decoded(mine.ok ? mine.value.send : undefined));
    expect(failure(echoed)).toBe('wrong-secret');
  });

  it('does not take a proof of another conversation', async () => {
    const first = joiner();
    const a = side();
    const old = await first.receive(decoded(a.challenge()));
    const b = side();
    await b.receive(decoded(first.challenge()));
    expect(failure(await b.receive(decoded(old.ok ? old.value.send : undefined)))).toBe(
      'wrong-secret',
    );
  });

  it('keeps its order', async () => {
    const a = side();
    expect(failure(await a.receive({ kind: 'proof', proof: new Uint8Array(32) }))).toBe(
      'unexpected',
    );
    expect(failure(await a.receive({ kind: 'ready' }))).toBe('unexpected');
    const challenge = decoded(joiner().challenge());
    await a.receive(challenge);
    expect(failure(await a.receive(challenge))).toBe('unexpected');
    const refused = await a.receive({ kind: 'refusal', refusal: 'wrong-secret' });
    expect(refused.ok ? undefined : refused.error.by).toBe('them');
  });

  it('reads nothing but its own messages, whatever comes', () => {
    const nonce = new SeededRandom(7).bytes(32);
    const messages: PairingMessage[] = [
      { kind: 'challenge', role: 'joiner', nonce },
      { kind: 'proof', proof: nonce },
      { kind: 'ready' },
      { kind: 'refusal', refusal: 'malformed' },
    ];
    const random = new SeededRandom(8);
    for (const message of messages) {
      const bytes = encodePairing(message);
      expect(decodePairing(bytes)).toEqual({ ok: true, value: message });
      for (let cut = 0; cut < bytes.length; cut++) {
        expect(decodePairing(bytes.subarray(0, cut)).ok).toBe(false);
      }
      expect(decodePairing(Uint8Array.of(...bytes, 0)).ok).toBe(false);
      const other = bytes.slice();
      other[4] = 9;
      expect(decodePairing(other)).toEqual({ ok: false, error: 'other-version' });
    }
    for (let round = 0; round < 500; round++) decodePairing(random.bytes(random.below(80)));
  });

  it('compares all bytes', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(0, 2))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
