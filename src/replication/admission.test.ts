/** Who is let in, who is not, and that everybody is told why (R8, R11). The primary runs on in every case. */
import { beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { encodeFrame } from './frame.ts';
import { PEERS, STANDBY_SILENCE_MS } from './limits.ts';
import { OLDEST_VERSION, PROTOCOL_VERSION, type InputItem, type Message } from './messages.ts';
import { viewOf } from './view.ts';
import { MIB, protectionOf, Stage, text, type Actor } from './testing/stage.ts';

let stage: Stage;
let a: Actor;
let b: Actor;

beforeEach(() => {
  stage = new Stage();
  a = stage.add('A', 'primary');
  b = stage.add('B', 'standby');
  stage.story();
});

function connect(other: Actor): string {
  const link = stage.connect(a, other);
  stage.deliver();
  return link;
}

/** A frame as it arrives at A on a link. */
const arrive = (link: string, term: number, message: Message): void => {
  a.receive(link, encodeFrame(term, message));
};
const lastReject = (): unknown => {
  const sent = a.effects.findLast(({ kind }) => kind === 'send');
  return sent?.kind === 'send' && sent.message.kind === 'reject' ? sent.message : undefined;
};

describe('a joiner is refused', () => {
  it('with an invitation to another machine', () => {
    const c = stage.add('C', 'standby', { machine: 'other' });
    connect(c);
    expect(c.state).toMatchObject({
      kind: 'ended',
      why: 'refused',
      sentence: 'The invitation is for another machine.',
    });
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('with too little memory', () => {
    const c = stage.add('C', 'standby', { capacityBytes: 32 * MIB });
    connect(c);
    expect(viewOf(c.state).sentence).toBe(
      'The machine has 64 MiB of memory; the standby can hold 32 MiB.',
    );
    expect(stage.story()).toContain(
      'A warns: Somebody was turned away: The machine has 64 MiB of memory; the standby can hold 32 MiB.',
    );
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('when it finds too little memory only after it was let in', () => {
    b.host = false;
    connect(b);
    expect(protectionOf(a)).toBe('preparing');
    b.tell({ kind: 'prepare-failed', sentence: 'The browser gave no memory.' });
    stage.deliver();
    expect(b.state).toMatchObject({ kind: 'ended', sentence: 'The browser gave no memory.' });
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('when too many are there already', () => {
    for (let i = 0; i < PEERS; i++) connect(stage.add(`W${i}`, 'watch'));
    const c = stage.add('C', 'watch');
    connect(c);
    expect(c.state).toMatchObject({ kind: 'ended', why: 'refused' });
  });

  it('that speaks another version: both sides say so', () => {
    const link = stage.connect(a, b);
    const [hello] = stage.wire;
    stage.lose();
    const newer = (hello?.bytes ?? new Uint8Array()).slice();
    newer[4] = 9;
    a.receive(link, fixChecksum(newer));
    stage.deliver();
    expect(stage.story()).toContain(
      `A warns: The other side speaks version 9 of the protocol; this one speaks ${OLDEST_VERSION} to ${PROTOCOL_VERSION}. Reload the older page.`,
    );
    expect(b.state).toMatchObject({ kind: 'ended', why: 'refused' });
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('without the secret: the transport says so, and A shows it', () => {
    a.tell({ kind: 'stranger', sentence: 'Somebody without the secret was turned away.' });
    expect(stage.story()).toEqual(['A warns: Somebody without the secret was turned away.']);
  });
});

/** What another version of the program would send. */
function fixChecksum(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const crc = crc32c(frame.subarray(24), crc32c(frame.subarray(0, 20)));
  new DataView(frame.buffer).setUint32(20, crc, true);
  return frame;
}

describe('a third tab', () => {
  it('queues as the next standby, watches meanwhile, and types', () => {
    connect(b);
    const c = stage.add('C', 'standby');
    connect(c);
    stage.pass(20);
    stage.story();
    expect(c.state).toMatchObject({ kind: 'watching', queued: true });
    a.print('one\n');
    stage.deliver();
    expect(stage.story()).toContain('C shows "one\\n"');
    c.type('q');
    stage.deliver();
    expect(stage.story()).toContain('A gives the guest C1="q"');
    b.tell({ kind: 'leave' });
    stage.deliver();
    stage.pass(30);
    expect([protectionOf(a), protectionOf(c)]).toEqual(['protected', 'ready']);
    expect(c.state.inputs.log, 'its key is committed').toEqual([]);
  });

  it('only watches when it wants to', () => {
    a.print('before\n');
    const c = stage.add('C', 'watch');
    connect(c);
    c.type('x');
    expect(stage.story()).toEqual(
      expect.arrayContaining(['C shows "before\\n"', 'C refuses a key: This tab only watches.']),
    );
    expect(protectionOf(a)).toBe('unprotected');
  });

  it('that comes to a standby is sent elsewhere', () => {
    connect(b);
    const c = stage.add('C', 'standby');
    stage.connect(b, c);
    stage.deliver();
    expect(stage.story().slice(-3)).toEqual([
      'B → C: reject not-primary',
      'C: joining → outside',
      'C looks for the primary',
    ]);
  });

  it('that opens the machine as its own, at the same moment: one of them runs it', () => {
    const twins = new Stage();
    twins.prompt = false;
    const first = twins.add('X', 'primary');
    const second = twins.add('Y', 'primary');
    for (const answer of twins.claims) answer();
    expect([first.state.kind, second.state.kind]).toEqual(['running', 'outside']);
  });
});

describe('a standby', () => {
  it('without the baseline gets all of memory', () => {
    b.host = false;
    connect(b);
    b.tell({ kind: 'prepared', baseline: new Uint8Array(0) });
    stage.deliver();
    expect(a.effects).toContainEqual(
      expect.objectContaining({ kind: 'capture', scope: 'first', baseline: new Uint8Array(0) }),
    );
    const c = stage.add('C', 'standby');
    connect(c);
    b.tell({ kind: 'leave' });
    stage.deliver();
    expect(a.effects.findLast(({ kind }) => kind === 'capture')).toBeDefined();
  });

  it('with the baseline gets what differs from it', () => {
    connect(b);
    expect(a.effects).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'capture', scope: 'first', baseline: Uint8Array.of(1, 2, 3) },
      }),
    );
  });

  it('that reloads and comes on a new link takes its own place', () => {
    connect(b);
    stage.pass(20);
    const again = stage.add('B', 'standby');
    connect(again);
    stage.pass(30);
    expect([protectionOf(a), protectionOf(again)]).toEqual(['protected', 'ready']);
    expect(a.state.term, 'the witness was asked').toBe(2);
  });
});

describe('messages that nobody should send', () => {
  it('are refused by their sender’s role', () => {
    const link = connect(b);
    stage.pass(20);
    arrive(link, 1, { kind: 'begin', epoch: 9, base: 8 });
    expect(lastReject()).toMatchObject({ code: 'unexpected' });
    expect(protectionOf(a)).toBe('protected');
  });

  it('input that no machine takes: both say so, and keys behind it are no hole', () => {
    const link = connect(b);
    stage.pass(20);
    stage.story();
    const item = (sequence: number, value: string): InputItem => ({
      ...{ source: 'X', lane: 'line', sequence, bytes: text(value) },
    });
    arrive(link, 1, { kind: 'inputs', since: [], items: [item(1, ''), item(2, 'k')] });
    stage.deliver();
    const sentence = 'A piece of input could not be understood, and was not taken.';
    const story = stage.story();
    expect(story).toContain(`A warns: ${sentence}`);
    expect(story).toContain(`B warns: The machine’s tab says: ${sentence}`);
    expect(a.effects.filter(({ kind }) => kind === 'deliver-inputs')).toMatchObject([
      { items: [{ sequence: 2 }] },
    ]);
    expect(protectionOf(a)).toBe('protected');
  });

  it('garbage: refused with a reason, and the primary runs on', () => {
    const link = connect(b);
    stage.pass(20);
    a.receive(link, text('GET / HTTP/1.1 and a few bytes more'));
    expect(lastReject()).toMatchObject({
      code: 'corrupt',
      sentence: 'Something that is no message arrived.',
    });
    stage.deliver();
    stage.pass(30);
    expect([protectionOf(a), protectionOf(b)]).toEqual(['protected', 'ready']);
  });

  it('acknowledgements of an old term release nothing', () => {
    const link = connect(b);
    stage.pass(20);
    stage.pass(STANDBY_SILENCE_MS + 20, false);
    stage.lose();
    expect(a.state.term).toBe(2);
    stage.story();
    arrive(link, 1, { kind: 'acknowledge', epoch: 99 });
    expect(stage.story()).toEqual(['A → B: takeover announce after 2']);
  });

  it('acknowledgements of what was never sent release nothing', () => {
    const link = connect(b);
    stage.pass(20);
    a.print('held\n');
    stage.lose();
    arrive(link, 1, { kind: 'acknowledge', epoch: 2 });
    expect(stage.story()).not.toContain('A shows "held\\n"');
  });

  it('a hello doubled by the network does not cost the standby its place', () => {
    const link = stage.connect(a, b);
    const hello = stage.wire[0]?.bytes ?? new Uint8Array();
    stage.deliver();
    stage.pass(20);
    a.receive(link, hello);
    expect(protectionOf(a)).toBe('protected');
  });

  it('from a link that was never announced are ignored', () => {
    arrive('nobody', 7, { kind: 'takeover', what: 'announce', epoch: 3, node: 'X' });
    expect(a.state.kind).toBe('running');
  });

  it('of a later term make the primary ask the witness', () => {
    const link = connect(b);
    stage.pass(20);
    stage.story();
    arrive(link, 5, { kind: 'acknowledge', epoch: 1 });
    expect(stage.story()[0]).toBe('A asks the witness for term 2');
    expect(protectionOf(a), 'the term was its own').toBe('unprotected');
  });
});
