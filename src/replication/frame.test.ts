import { describe, expect, it } from 'vitest';
import { joinBytes } from '../base/bytes.ts';
import { SeededRandom } from '../base/random.ts';
import { crc32c } from './crc32c.ts';
import {
  channelOf,
  decodeFrame,
  encodeFrame,
  splitFrames,
  FRAME_HEADER_BYTES,
  LONGEST_FRAME,
  type FrameErrorKind,
} from './frame.ts';
import { CHUNK_BYTES } from './limits.ts';
import { messageTable, PROTOCOL_VERSION, type Message, type MessageName } from './messages.ts';
import { text } from './testing/stage.ts';

/** One of each, with every field set to something. */
const SAMPLES: { readonly [K in MessageName]: Extract<Message, { readonly kind: K }> } = {
  hello: {
    ...{ kind: 'hello', machine: 'm-1', node: 'tab ä', wants: 'watch', attempt: 3 },
    ...{ ramBytes: 2 ** 33, shown: [{ device: 'console0', position: 77 }] },
  },
  welcome: {
    ...{ kind: 'welcome', as: 'queued', node: 'tab', ramBytes: 1 << 28 },
    ...{ baseline: text('x'.repeat(32)), description: text('{}') },
  },
  ready: { kind: 'ready', baseline: text('y'.repeat(32)) },
  begin: { kind: 'begin', epoch: 7, base: 6 },
  pages: { kind: 'pages', epoch: 7, index: 0, bytes: text('page') },
  sections: { kind: 'sections', epoch: 7, index: 1, bytes: text('cpu') },
  outputs: {
    ...{ kind: 'outputs', epoch: 7, index: 2 },
    items: [{ device: 'uart0', kind: 'console', position: 5, bytes: text('hi') }],
  },
  commit: {
    ...{ kind: 'commit', epoch: 7, chunks: 3, digest: text('d'.repeat(32)), protects: true },
    ...{ instructions: 2n ** 60n, guestTime: 12n },
    applied: [{ source: 'A', lane: 'line', sequence: 9 }],
    positions: [{ device: 'net0', position: 3 }],
  },
  acknowledge: { kind: 'acknowledge', epoch: Number.MAX_SAFE_INTEGER },
  reject: { kind: 'reject', code: 'full', epoch: 0, sentence: 'No room.' },
  abort: { kind: 'abort', epoch: 7 },
  heartbeat: {
    kind: 'heartbeat',
    committed: 6,
    rejected: 7,
    machineAge: 12,
    atRest: true,
    nextMs: 40,
  },
  inputs: {
    kind: 'inputs',
    since: [{ source: 'A', lane: 'line', sequence: 1 }],
    items: [{ source: 'A', lane: 'line', sequence: 2, bytes: text('l') }],
  },
  takeover: { kind: 'takeover', what: 'announce', epoch: 7, node: 'tab' },
  shutdown: { kind: 'shutdown', reason: 'halted', sentence: 'Off.' },
  released: {
    ...{ kind: 'released', oldest: true, applied: [] },
    items: [{ device: 'uart0', kind: 'console', position: 5, bytes: text('hi') }],
  },
  telemetry: { kind: 'telemetry', bytes: Uint8Array.of(7, 0, 255) },
  'hot-code': { kind: 'hot-code', bytes: Uint8Array.of(1, 2, 254) },
  watch: { kind: 'watch', shown: [{ device: 'uart0', position: 1 }] },
};
const samples: readonly Message[] = Object.values(SAMPLES);

const kindOf = (bytes: Uint8Array): FrameErrorKind | 'ok' => {
  const decoded = decodeFrame(bytes);
  if (decoded.ok) return 'ok';
  expect(decoded.error.sentence).toMatch(/^[A-Z].*\.$/);
  return decoded.error.kind;
};

/** Gives a changed frame the checksum that its sender would have given it. */
function seal(frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const crc = crc32c(frame.subarray(FRAME_HEADER_BYTES), crc32c(frame.subarray(0, 20)));
  new DataView(frame.buffer).setUint32(20, crc, true);
  return frame;
}

describe('CRC-32C', () => {
  it('gives the values of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
    expect(crc32c(text('123456789'))).toBe(0xe3069283);
  });

  it('continues, at any cut', () => {
    const bytes = new SeededRandom(1).bytes(67);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
    }
  });
});

describe('the table of messages', () => {
  it('has each number once, and a sender for each', () => {
    const entries = Object.values(messageTable);
    expect(new Set(entries.map(({ number }) => number)).size).toBe(entries.length);
    expect(entries.every(({ from }) => from.length > 0)).toBe(true);
  });

  it('puts bulk and beats on channels of their own', () => {
    expect(channelOf(SAMPLES.pages)).toBe('bulk');
    expect(channelOf(SAMPLES.heartbeat)).toBe('heartbeat');
    expect(channelOf(SAMPLES.inputs)).toBe('control');
  });
});

describe('a frame', () => {
  it.each(samples.map((message) => [message.kind, message] as const))(
    'of %s comes out as it went in',
    (_, message) => {
      const decoded = decodeFrame(encodeFrame(12, message));
      expect(decoded).toEqual({ ok: true, value: { term: 12, message } });
    },
  );

  it('is refused at every length that is not its own', () => {
    for (const message of samples) {
      const frame = encodeFrame(1, message);
      for (let length = 0; length < frame.length; length++) {
        expect(kindOf(frame.subarray(0, length))).toBe('truncated');
      }
      expect(kindOf(Uint8Array.of(...frame, 0))).toBe('truncated');
    }
  });

  it('is refused with any bit of it flipped', () => {
    for (const message of samples) {
      const frame = encodeFrame(1, message);
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const flipped = frame.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(['not-a-frame', 'unknown-message', 'too-long', 'truncated', 'corrupt']).toContain(
          kindOf(flipped),
        );
      }
    }
  });

  it('of another version says so, unless it is a refusal', () => {
    const other = (message: Message): Uint8Array => {
      const frame = encodeFrame(1, message);
      frame[4] = PROTOCOL_VERSION + 1;
      return seal(frame);
    };
    expect(kindOf(other(SAMPLES.hello))).toBe('other-version');
    expect(kindOf(other(SAMPLES.reject))).toBe('ok');
  });

  it('of a message that this version does not know is refused', () => {
    const frame = encodeFrame(1, SAMPLES.begin);
    frame[6] = 200;
    expect(kindOf(seal(frame))).toBe('unknown-message');
  });

  it('over its cap is refused before it is read', () => {
    const frame = encodeFrame(1, SAMPLES.begin);
    new DataView(frame.buffer).setUint32(16, 5000, true);
    expect(kindOf(seal(frame))).toBe('too-long');
    expect(kindOf(new Uint8Array(LONGEST_FRAME + 1))).toBe('not-a-frame');
  });

  it('cannot be made over its cap', () => {
    const bytes = new Uint8Array(CHUNK_BYTES + 1);
    expect(() => encodeFrame(1, { ...SAMPLES.pages, bytes })).toThrow('over the cap');
    expect(() => encodeFrame(1, { ...SAMPLES.hello, node: 'x'.repeat(65) })).toThrow(
      'over its cap',
    );
  });

  it('with lengths, words, flags or text that make no sense is malformed', () => {
    const payload = (
      message: Message,
      change: (bytes: Uint8Array) => void,
    ): FrameErrorKind | 'ok' => {
      const frame = encodeFrame(1, message);
      change(frame.subarray(FRAME_HEADER_BYTES));
      return kindOf(seal(frame));
    };
    const at = (index: number, value: number) => (bytes: Uint8Array) => {
      bytes[index] = value;
    };
    expect(payload(SAMPLES.takeover, at(0, 7)), 'a word').toBe('malformed');
    expect(payload(SAMPLES.released, at(0, 2)), 'a flag').toBe('malformed');
    expect(payload(SAMPLES.ready, at(0, 255)), 'a length').toBe('malformed');
    expect(payload(SAMPLES.acknowledge, at(7, 255)), 'a counter').toBe('malformed');
    expect(payload(SAMPLES.hello, at(4, 255)), 'UTF-8').toBe('malformed');
    expect(payload(SAMPLES.watch, at(3, 1)), 'a count').toBe('malformed');
  });

  it('of noise never throws', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 3000; round++) {
      const message = random.pick(samples);
      const frame = encodeFrame(1, message);
      for (let changes = 1 + random.below(8); changes > 0; changes--) {
        frame[FRAME_HEADER_BYTES + random.below(frame.length - FRAME_HEADER_BYTES)] =
          random.below(256);
      }
      expect(['ok', 'malformed']).toContain(kindOf(seal(frame)));
      kindOf(random.bytes(random.below(200)));
    }
  });
});

describe('frames that came together', () => {
  const together = joinBytes(samples.map((message) => encodeFrame(5, message)));

  it('are taken apart', () => {
    const read = [...splitFrames(together)].map((frame) => decodeFrame(frame));
    expect(read).toEqual(samples.map((message) => ({ ok: true, value: { term: 5, message } })));
  });

  it('are refused from where they were cut off', () => {
    const lengths = samples.map((message) => encodeFrame(5, message).length);
    for (let length = 0; length < together.length; length++) {
      const kinds = [...splitFrames(together.subarray(0, length))].map(kindOf);
      let whole = 0;
      for (let left = length; left >= (lengths[whole] ?? Infinity); whole++)
        left -= lengths[whole] ?? 0;
      const ends = lengths.slice(0, whole).reduce((sum, each) => sum + each, 0) === length;
      const expected = new Array<string>(whole).fill('ok');
      expect(kinds).toEqual(ends && whole > 0 ? expected : [...expected, 'truncated']);
    }
  });
});
