import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createInvitation } from './invitation.ts';
import { deriveKeys, type PairingKeys } from './keys.ts';
import { CONNECT_TIMEOUT_MS, CONNECTIONS } from './limits.ts';
import { Meeting } from './meeting.ts';
import type { ConnectionSignal } from './signalling/messages.ts';
import { newId } from './signalling/seal.ts';
import { lonelyWebRtc } from './testing/fake-webrtc.ts';
import { ManualTimer } from './testing/manual-timer.ts';
import { Connection, type ConnectionOptions } from './webrtc-link.ts';

let keys: PairingKeys;
beforeAll(async () => {
  keys = await deriveKeys(createInvitation());
});

describe('Connection', () => {
  const attempt = newId(8);

  function knock(changes: Partial<ConnectionOptions> = {}): {
    connection: Connection;
    sent: ConnectionSignal[];
    time: ManualTimer;
    made: ReturnType<typeof lonelyWebRtc>['made'];
  } {
    const time = new ManualTimer();
    const sent: ConnectionSignal[] = [];
    const { webRtc, made } = lonelyWebRtc();
    const connection = new Connection({
      role: 'joiner',
      other: newId(),
      attempt,
      keys,
      signal: (signal) => sent.push(signal),
      handOver: async () => Promise.resolve(undefined),
      webRtc,
      timer: time.timer,
      ...changes,
    });
    return { connection, sent, time, made };
  }

  async function why({ connection }: { connection: Connection }): Promise<string> {
    const outcome = await connection.established;
    return outcome.ok ? 'established' : outcome.error.kind;
  }

  it('makes an offer, and gives up when nobody answers', async () => {
    const lonely = knock();
    await vi.waitFor(() => expect(lonely.sent).toMatchObject([{ kind: 'offer', attempt }]));
    lonely.time.advance(CONNECT_TIMEOUT_MS - 1);
    expect(lonely.made[0]?.closed).toBe(false);
    lonely.time.advance(1);
    expect(await why(lonely)).toBe('no-answer');
    expect((await lonely.connection.closed).kind).toBe('failed');
    expect(lonely.time.pending).toBe(0);
    await vi.waitFor(() => expect(lonely.made[0]?.closed).toBe(true));
  });

  it('tells no answer from no way', async () => {
    const lonely = knock();
    await vi.waitFor(() => expect(lonely.sent.length).toBe(1));
    lonely.connection.signal({ kind: 'answer', attempt, sdp: 'v=0\r\n' });
    lonely.time.advance(CONNECT_TIMEOUT_MS);
    expect(await why(lonely)).toBe('unreachable');
  });

  it('knows at once that there is no network', async () => {
    const lonely = knock();
    lonely.made[0]?.gatherNothing();
    expect(await why(lonely)).toBe('no-network');
  });

  it('says that there is no WebRTC where there is none', async () => {
    // Node has none of its own.
    const connection = new Connection({
      role: 'joiner',
      other: newId(),
      attempt,
      keys,
      signal: () => undefined,
      handOver: async () => Promise.resolve(undefined),
    });
    expect(await why({ connection })).toBe('no-webrtc');
  });

  it('passes on why it was refused, and how it was given up', async () => {
    const refused = knock();
    refused.connection.signal({ kind: 'refuse', attempt, sentence: 'Full.' });
    expect(await refused.connection.established).toEqual({
      ok: false,
      error: { kind: 'turned-away', sentence: 'Full.' },
    });
    const abandoned = knock();
    abandoned.connection.close('Enough.');
    expect(await why(abandoned)).toBe('closed');
    expect(await abandoned.connection.closed).toEqual({ kind: 'local', sentence: 'Enough.' });
  });
});

describe('Meeting', () => {
  type Sent = { readonly to: string; readonly signal: ConnectionSignal };

  function hold(admit: () => string | undefined = () => undefined): {
    meeting: Meeting;
    sent: Sent[];
    connections: Connection[];
  } {
    const sent: Sent[] = [];
    const connections: Connection[] = [];
    const meeting = new Meeting({
      signalling: { send: (to, signal) => sent.push({ to, signal }) },
      keys,
      handOver: async () => Promise.resolve(undefined),
      admit,
      onConnection: (connection) => connections.push(connection),
      webRtc: lonelyWebRtc().webRtc,
    });
    return { meeting, sent, connections };
  }

  const offer = (): ConnectionSignal => ({ kind: 'offer', attempt: newId(8), sdp: 'v=0\r\n' });

  it('lets in whom it admits, and tells the others why not', () => {
    const open = hold();
    open.meeting.signal(newId(), offer());
    expect(open.connections.length).toBe(1);
    open.meeting.close('Over.');
    const shut = hold(() => 'Not today.');
    const knocking = offer();
    shut.meeting.signal('x', knocking);
    const { attempt } = knocking;
    expect(shut.connections).toEqual([]);
    expect(shut.sent).toEqual([
      { to: 'x', signal: { kind: 'refuse', attempt, sentence: 'Not today.' } },
    ]);
  });

  it('has a limit, and room again when a connection ends', async () => {
    const { meeting, sent, connections } = hold();
    for (let i = 0; i < CONNECTIONS; i++) meeting.signal(newId(), offer());
    meeting.signal('late', offer());
    expect(connections.length).toBe(CONNECTIONS);
    expect(sent.find(({ to }) => to === 'late')?.signal.kind).toBe('refuse');
    connections[0]?.close('Gone.');
    await connections[0]?.closed;
    meeting.signal('later', offer());
    expect(connections.length).toBe(CONNECTIONS + 1);
    meeting.close('Over.');
  });

  it('takes a word on an attempt only from the one it belongs to, and none on old ones', async () => {
    const { meeting, connections } = hold();
    const first = offer();
    meeting.signal('one', first);
    meeting.signal('another', { kind: 'refuse', attempt: first.attempt, sentence: 'Go.' });
    meeting.signal('one', { kind: 'answer', attempt: newId(8), sdp: '' });
    expect(connections.length).toBe(1);
    const still = Symbol('still connecting');
    expect(await Promise.race([connections[0]?.established, Promise.resolve(still)])).toBe(still);
    meeting.close('Over.');
  });
});
