/**
 * What replication sees of a connection: three channels to one other party, each of which delivers whole
 * messages in order, or tells that the link is closed. Nothing is lost in between.
 */
import {
  BULK_MESSAGE_BYTES,
  CONTROL_MESSAGE_BYTES,
  HEARTBEAT_HIGH_WATER_BYTES,
  HEARTBEAT_MESSAGE_BYTES,
  HIGH_WATER_BYTES,
  LOW_WATER_BYTES,
} from './limits.ts';

/** A beat must not wait behind a checkpoint, and small talk must not wait behind a beat's timer. */
export const channelNames = ['control', 'bulk', 'heartbeat'] as const;
export type ChannelName = (typeof channelNames)[number];

export interface ChannelLimits {
  /** Longest message in bytes; the sender asserts it, the receiver closes the link (R7). */
  readonly messageBytes: number;
  /** While so many bytes wait, nothing more is taken. */
  readonly highWater: number;
  /** Once no more than these wait, a refused sender is told. */
  readonly lowWater: number;
}

export const channelLimits: Readonly<Record<ChannelName, ChannelLimits>> = {
  control: {
    messageBytes: CONTROL_MESSAGE_BYTES,
    highWater: HIGH_WATER_BYTES,
    lowWater: LOW_WATER_BYTES,
  },
  bulk: {
    messageBytes: BULK_MESSAGE_BYTES,
    highWater: HIGH_WATER_BYTES,
    lowWater: LOW_WATER_BYTES,
  },
  heartbeat: {
    messageBytes: HEARTBEAT_MESSAGE_BYTES,
    highWater: HEARTBEAT_HIGH_WATER_BYTES,
    lowWater: 0,
  },
};

/**
 * - `accepted`: taken whole; the caller may use its buffer again.
 * - `full`: not taken; `drain` will be called for this channel.
 * - `closed`: not taken; the link is over.
 */
export type SendOutcome = 'accepted' | 'full' | 'closed';

/**
 * - `local`: this side closed it.
 * - `remote`: the other side closed it, or its browser did because the page went away.
 * - `failed`: the network, or the browser's WebRTC.
 * - `protocol`: what arrived is nothing that our own code sends.
 */
export type CloseKind = 'local' | 'remote' | 'failed' | 'protocol';

/** Why a link is over; `sentence` is for people. */
export interface CloseReason {
  readonly kind: CloseKind;
  readonly sentence: string;
}

export interface LinkListener {
  /** A whole message; `bytes` are the listener's to keep. */
  message(channel: ChannelName, bytes: Uint8Array<ArrayBuffer>): void;
  /** There is room again on a channel that answered `full`. */
  drain(channel: ChannelName): void;
  /** The last call, made once; what was accepted but had not left is lost. */
  close(reason: CloseReason): void;
}

export interface Link {
  /** Why the link is over, `undefined` while it is not. */
  readonly closed: CloseReason | undefined;
  /** Names who is told what happens. To be called once, before anything can arrive. */
  listen(listener: LinkListener): void;
  /**
   * Sends one message of at most `channelLimits[channel].messageBytes`; views on shared memory are
   * welcome. Never blocks.
   */
  send(channel: ChannelName, message: Uint8Array): SendOutcome;
  /** Bytes that were accepted and have not left this side, as far as it knows. */
  queuedBytes(channel: ChannelName): number;
  /** Ends the link on both sides; `sentence` is what this side's listener is told. */
  close(sentence: string): void;
}
