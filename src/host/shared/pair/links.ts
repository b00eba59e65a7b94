/** The links of a replica: frames out, frames in, and what waits for room in between. */
import { assert } from '../../../base/assert.ts';
import { joinBytes } from '../../../base/bytes.ts';
import type { PeerId } from '../../../replication/events.ts';
import {
  channelOf,
  decodeFrame,
  encodeFrame,
  isPart,
  splitFrames,
  type Frame,
  type FrameError,
} from '../../../replication/frame.ts';
import type { Channel, Message } from '../../../replication/messages.ts';
import { hostTimer, type Timer } from '../../../transport/flow.ts';
import type { CloseReason, Link } from '../../../transport/link.ts';

export interface LinksListener {
  readonly frame: (peer: PeerId, frame: Frame) => void;
  readonly badFrame: (peer: PeerId, channel: Channel, error: FrameError) => void;
  /** The link is over; nothing more comes from it. */
  readonly lost: (peer: PeerId, reason: CloseReason) => void;
  /** There is room again for checkpoints. */
  readonly drained: (peer: PeerId) => void;
}

/**
 * What may wait for a link that is slow, in bytes; more, and the other side is as good as gone (R7). Of the
 * bulk an epoch's output is the most that comes without being asked for; small talk includes keys.
 */
const MOST_WAITING: Readonly<Record<Channel, number>> = {
  bulk: 16 << 20,
  control: 8 << 20,
  // The next beat says the same.
  heartbeat: 0,
};
/** Checkpoints are encoded while less than this waits: a tenth of a second at 10 MB/s is too much, a hundredth too little. */
const BULK_ROOM_BYTES = 384 << 10;
/**
 * Parts of a checkpoint wait for what follows them until they come to so many bytes. Every message of a data channel
 * passes through four threads and costs some 0.2 ms of each side's time, however short it is; a long one is better
 * under way while the next is made.
 */
const GATHERED_BYTES = 32 << 10;
/** A link that is to be closed is looked at this often, in milliseconds, until all has left it … */
const FLUSH_POLL_MS = 4;
/** … and so many times: a line that is dead takes nothing any more. */
const FLUSH_POLLS = 125;

interface Entry {
  readonly link: Link;
  readonly queues: Readonly<Record<Channel, Uint8Array[]>>;
  readonly waiting: Record<Channel, number>;
  /** Frames of the bulk that will travel with the next, and their bytes. */
  readonly gathered: Uint8Array[];
  gatheredBytes: number;
  /** Close once everything is out. */
  closing: string | undefined;
  /** How often it is looked at before it is closed regardless. */
  polls: number;
}

export class Links {
  readonly #listener: LinksListener;
  readonly #timer: Timer;
  readonly #entries = new Map<PeerId, Entry>();
  /** Bytes given to links since the beginning. */
  sentBytes = 0;

  constructor(listener: LinksListener, timer: Timer = hostTimer) {
    this.#listener = listener;
    this.#timer = timer;
  }

  /** A link that nobody listens to yet; `start` it afterwards. */
  add(peer: PeerId, link: Link): void {
    assert(!this.#entries.has(peer), 'a link has one name');
    const entry: Entry = {
      link,
      queues: { control: [], bulk: [], heartbeat: [] },
      waiting: { control: 0, bulk: 0, heartbeat: 0 },
      gathered: [],
      gatheredBytes: 0,
      closing: undefined,
      polls: FLUSH_POLLS,
    };
    this.#entries.set(peer, entry);
    link.listen({
      message: (channel, bytes) => {
        this.#receive(peer, entry, channel, bytes);
      },
      drain: (channel) => {
        this.#drain(peer, entry, channel);
      },
      close: (reason) => {
        this.#lose(peer, entry, reason);
      },
    });
  }

  /** Sends now or as soon as there is room; parts with what follows them. What is sent to a link that is over is void. */
  send(peer: PeerId, term: number, message: Message): void {
    const entry = this.#entries.get(peer);
    if (entry === undefined || entry.closing !== undefined) return;
    const channel = channelOf(message);
    const frame = encodeFrame(term, message);
    if (channel === 'bulk') this.#gather(entry, frame, isPart(message));
    else this.#put(entry, channel, frame);
  }

  #gather(entry: Entry, frame: Uint8Array, waits: boolean): void {
    if (entry.gatheredBytes + frame.length > GATHERED_BYTES) this.#flush(entry);
    entry.gathered.push(frame);
    entry.gatheredBytes += frame.length;
    if (!waits || entry.gatheredBytes > GATHERED_BYTES) this.#flush(entry);
  }

  /** Sends what was gathered, as one message. */
  #flush(entry: Entry): void {
    const frames = entry.gathered.splice(0);
    entry.gatheredBytes = 0;
    const [first] = frames;
    if (first !== undefined)
      this.#put(entry, 'bulk', frames.length > 1 ? joinBytes(frames) : first);
  }

  #put(entry: Entry, channel: Channel, bytes: Uint8Array): void {
    if (entry.queues[channel].length === 0 && this.#offer(entry, channel, bytes)) return;
    if (entry.waiting[channel] + bytes.length > MOST_WAITING[channel]) {
      if (channel !== 'heartbeat') entry.link.close('The other side is too slow.');
      return;
    }
    entry.queues[channel].push(bytes);
    entry.waiting[channel] += bytes.length;
  }

  /** True when there is room for more of a checkpoint, or nobody to send it to. */
  hasRoom(peer: PeerId | undefined): boolean {
    const entry = peer === undefined ? undefined : this.#entries.get(peer);
    if (entry === undefined) return true;
    return entry.waiting.bulk + entry.link.queuedBytes('bulk') < BULK_ROOM_BYTES;
  }

  /** Closes a link once what was sent is out, or cannot get out. */
  close(peer: PeerId, sentence: string): void {
    const entry = this.#entries.get(peer);
    if (entry === undefined || entry.closing !== undefined) return;
    this.#flush(entry);
    entry.closing = sentence;
    this.#finishClosing(entry, sentence);
  }

  closeAll(sentence: string): void {
    for (const peer of [...this.#entries.keys()]) this.close(peer, sentence);
  }

  #offer(entry: Entry, channel: Channel, bytes: Uint8Array): boolean {
    if (entry.link.send(channel, bytes) !== 'accepted') return false;
    this.sentBytes += bytes.length;
    return true;
  }

  #receive(peer: PeerId, entry: Entry, channel: Channel, bytes: Uint8Array): void {
    for (const frame of splitFrames(bytes)) {
      if (entry.closing !== undefined || entry.link.closed !== undefined) return;
      const decoded = decodeFrame(frame);
      if (!decoded.ok) {
        // Nobody knows where it ends: whatever comes behind it in this message is none either.
        this.#listener.badFrame(peer, channel, decoded.error);
        return;
      }
      this.#listener.frame(peer, decoded.value);
    }
  }

  #drain(peer: PeerId, entry: Entry, channel: Channel): void {
    const queue = entry.queues[channel];
    let sent = 0;
    for (const bytes of queue) {
      if (!this.#offer(entry, channel, bytes)) break;
      entry.waiting[channel] -= bytes.length;
      sent += 1;
    }
    queue.splice(0, sent);
    if (channel === 'bulk' && this.hasRoom(peer)) this.#listener.drained(peer);
  }

  /** A link drops what has not left it when it is closed. */
  #finishClosing(entry: Entry, sentence: string): void {
    const { waiting, link } = entry;
    if (link.closed !== undefined) return;
    const left = waiting.control + waiting.bulk;
    const onLink = link.queuedBytes('control') + link.queuedBytes('bulk');
    if (left + onLink === 0 || entry.polls === 0) {
      link.close(sentence);
      return;
    }
    entry.polls -= 1;
    this.#timer(FLUSH_POLL_MS, () => {
      this.#finishClosing(entry, sentence);
    });
  }

  #lose(peer: PeerId, entry: Entry, reason: CloseReason): void {
    if (this.#entries.get(peer) !== entry) return;
    this.#entries.delete(peer);
    this.#listener.lost(peer, reason);
  }
}
