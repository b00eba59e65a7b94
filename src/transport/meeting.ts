/** Turns the offers that arrive by signalling into connections, and makes our own. */
import { assert } from '../base/assert.ts';
import type { DataChannels } from './channel-link.ts';
import type { PairingKeys } from './keys.ts';
import { CONNECTIONS } from './limits.ts';
import type { CloseReason } from './link.ts';
import type { WebRtc } from './peer.ts';
import type { ConnectionSignal, PartyId } from './signalling/messages.ts';
import { newId } from './signalling/seal.ts';
import type { Signalling } from './signalling/signalling.ts';
import { Connection } from './webrtc-link.ts';

export interface MeetingOptions {
  readonly signalling: Pick<Signalling, 'send'>;
  readonly keys: PairingKeys;
  /** See `ConnectionOptions.handOver`; `attempt` tells which connection it is for. */
  readonly handOver: (attempt: string, channels: DataChannels) => Promise<CloseReason | undefined>;
  /** Whether a party that knocks is let in: `undefined`, or a sentence why not. */
  readonly admit: (from: PartyId) => string | undefined;
  /** A party knocked and was let in so far; its connection is being made. */
  readonly onConnection: (connection: Connection) => void;
  readonly iceServers?: RTCIceServer[];
  readonly webRtc?: WebRtc;
}

export class Meeting {
  readonly #options: MeetingOptions;
  readonly #connections = new Map<string, Connection>();

  constructor(options: MeetingOptions) {
    this.#options = options;
  }

  /** Knocks at a party that invited. There may be CONNECTIONS at once. */
  join(party: PartyId): Connection {
    assert(this.#connections.size < CONNECTIONS, 'too many connections');
    return this.#make('joiner', party, newId(8));
  }

  /** To be called with what signalling brings. */
  signal(from: PartyId, signal: ConnectionSignal): void {
    const known = this.#connections.get(signal.attempt);
    if (known !== undefined) {
      // An attempt belongs to the two that began it.
      if (known.other === from) known.signal(signal);
      return;
    }
    // Anything else belongs to an attempt that is over.
    if (signal.kind !== 'offer') return;
    const refusal =
      this.#connections.size < CONNECTIONS
        ? this.#options.admit(from)
        : 'Too many others are connected to this tab.';
    if (refusal !== undefined) {
      const { attempt } = signal;
      this.#options.signalling.send(from, { kind: 'refuse', attempt, sentence: refusal });
      return;
    }
    const connection = this.#make('inviter', from, signal.attempt);
    this.#options.onConnection(connection);
    connection.signal(signal);
  }

  /** Ends all connections; for `pagehide` too. */
  close(sentence: string): void {
    for (const connection of this.#connections.values()) connection.close(sentence);
  }

  #make(role: 'inviter' | 'joiner', other: PartyId, attempt: string): Connection {
    const { signalling, keys, handOver, iceServers, webRtc } = this.#options;
    const connection = new Connection({
      role,
      other,
      attempt,
      keys,
      signal: (signal) => signalling.send(other, signal),
      handOver: (channels) => handOver(attempt, channels),
      ...(iceServers === undefined ? {} : { iceServers }),
      ...(webRtc === undefined ? {} : { webRtc }),
    });
    this.#connections.set(attempt, connection);
    void connection.closed.then(() => this.#connections.delete(attempt));
    return connection;
  }
}
