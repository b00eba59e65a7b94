/**
 * A link over three negotiated data channels, in whichever thread they were handed to. It listens from the
 * first moment, but says nothing until `start`: that is for after the pairing. Then each channel's
 * first message is a greeting, and nothing else is sent before the other side's has come: so nothing
 * goes to a side that does not listen yet, and nothing is taken from one that was not let in.
 */
import { assert } from '../base/assert.ts';
import { equalBytes } from './encoding.ts';
import { Reassembler } from './chunking.ts';
import { FlowQueue, hostTimer, type Timer } from './flow.ts';
import {
  channelLimits,
  channelNames,
  type ChannelName,
  type CloseReason,
  type Link,
  type LinkListener,
  type SendOutcome,
} from './link.ts';

/** What a link needs of an RTCDataChannel; `bufferedAmountLowThreshold` is missing in some. */
export type DataChannel = Pick<
  RTCDataChannel,
  | 'binaryType'
  | 'bufferedAmount'
  | 'bufferedAmountLowThreshold'
  | 'readyState'
  | 'onopen'
  | 'onmessage'
  | 'onclose'
  | 'onerror'
  | 'onbufferedamountlow'
  | 'send'
  | 'close'
>;

export type DataChannels = Readonly<Record<ChannelName, RTCDataChannel>>;

/** Of SCTP (RFC 4960, 3.3.10.12): the other side hung up on purpose, or its page went away. */
const USER_INITIATED_ABORT = 12;

/** "TNGR" and the version of the framing. */
const GREETING = Uint8Array.of(0x54, 0x4e, 0x47, 0x52, 1, 0);

export interface ChannelLinkOptions {
  readonly timer?: Timer;
}

interface Lane {
  readonly channel: DataChannel;
  readonly queue: FlowQueue;
  readonly reassembler: Reassembler;
  greeted: boolean;
}

export class ChannelLink implements Link {
  /** Resolves when all three channels are open, with undefined, or with why they never will be. */
  readonly attached: Promise<CloseReason | undefined>;
  readonly #lanes: Readonly<Record<ChannelName, Lane>>;
  #settleAttached: (reason: CloseReason | undefined) => void = () => undefined;
  #listener: LinkListener | undefined;
  #closed: CloseReason | undefined;
  #started = false;
  /** Told by an error event, before the channel closes. */
  #failure: string | undefined;

  /** To be made in the task in which the channels arrive, else their first events are missed. */
  constructor(
    channels: Readonly<Record<ChannelName, DataChannel>>,
    { timer = hostTimer }: ChannelLinkOptions = {},
  ) {
    this.attached = new Promise((resolve) => {
      this.#settleAttached = resolve;
    });
    this.#lanes = {
      control: this.#lane('control', channels.control, timer),
      bulk: this.#lane('bulk', channels.bulk, timer),
      heartbeat: this.#lane('heartbeat', channels.heartbeat, timer),
    };
    this.#opened();
  }

  get closed(): CloseReason | undefined {
    return this.#closed;
  }

  listen(listener: LinkListener): void {
    assert(this.#listener === undefined, 'a link has one listener');
    this.#listener = listener;
  }

  /** The other side is who it should be, and listens. To be called once, after `attached`. */
  start(): void {
    assert(!this.#started, 'a link starts once');
    this.#started = true;
    if (this.#closed !== undefined) return;
    for (const name of channelNames) this.#lanes[name].channel.send(GREETING.slice());
    for (const name of channelNames) this.#openQueue(this.#lanes[name]);
  }

  send(channel: ChannelName, message: Uint8Array): SendOutcome {
    if (this.#closed !== undefined) return 'closed';
    const { queue } = this.#lanes[channel];
    try {
      return queue.offer(message) ? 'accepted' : 'full';
    } catch (error) {
      // A channel can close between its last event and this call.
      if (!(error instanceof DOMException)) throw error;
      this.#end({ kind: 'failed', sentence: `The connection took no more: ${error.message}` });
      return 'closed';
    }
  }

  queuedBytes(channel: ChannelName): number {
    return this.#lanes[channel].queue.queuedBytes;
  }

  close(sentence: string): void {
    this.#end({ kind: 'local', sentence });
  }

  #lane(name: ChannelName, channel: DataChannel, timer: Timer): Lane {
    const limits = channelLimits[name];
    const tells = 'bufferedAmountLowThreshold' in channel;
    const queue = new FlowQueue(channel, {
      limits,
      ...(tells ? {} : { poll: timer }),
      onDrain: () => this.#listener?.drain(name),
    });
    const lane = {
      channel,
      queue,
      reassembler: new Reassembler(limits.messageBytes),
      greeted: false,
    };
    channel.binaryType = 'arraybuffer';
    if (tells) channel.bufferedAmountLowThreshold = limits.lowWater;
    channel.onbufferedamountlow = () => queue.pump();
    channel.onopen = () => this.#opened();
    channel.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(name, lane, data);
    channel.onerror = ({ error }) => {
      const hungUp = error.sctpCauseCode === USER_INITIATED_ABORT;
      if (!hungUp) this.#failure = error.message;
    };
    channel.onclose = () => this.#channelClosed();
    return lane;
  }

  #opened(): void {
    const states = channelNames.map((name) => this.#lanes[name].channel.readyState);
    if (states.every((state) => state === 'open')) this.#settleAttached(undefined);
    else if (states.some((state) => state === 'closed')) this.#channelClosed();
  }

  #openQueue(lane: Lane): void {
    if (this.#started && lane.greeted) lane.queue.open();
  }

  #receive(name: ChannelName, lane: Lane, data: unknown): void {
    if (this.#closed !== undefined) return;
    if (!(data instanceof ArrayBuffer)) {
      this.#protocol('Text arrived where only bytes are sent.');
      return;
    }
    const bytes = new Uint8Array(data);
    if (!lane.greeted) {
      if (!equalBytes(bytes, GREETING)) {
        this.#protocol('The other side did not greet, or is of another release.');
        return;
      }
      lane.greeted = true;
      this.#openQueue(lane);
      return;
    }
    if (!this.#started) {
      this.#protocol('The other side spoke before it was let in.');
      return;
    }
    const taken = lane.reassembler.take(bytes);
    if (!taken.ok) this.#protocol(taken.error.sentence);
    else if (taken.value !== undefined) this.#listener?.message(name, taken.value);
  }

  #protocol(sentence: string): void {
    this.#end({ kind: 'protocol', sentence });
  }

  #channelClosed(): void {
    this.#end(
      this.#failure === undefined
        ? { kind: 'remote', sentence: 'The other side closed the connection.' }
        : { kind: 'failed', sentence: `The connection broke: ${this.#failure}` },
    );
  }

  #end(reason: CloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const name of channelNames) {
      this.#lanes[name].queue.close();
      this.#lanes[name].channel.close();
    }
    this.#settleAttached(reason);
    this.#listener?.close(reason);
  }
}
