/**
 * One attempt to connect with one other party, on the main thread: simple-peer connects, the link's channels
 * are made and handed over in the same task, both sides prove that they know the secret, and when both are
 * satisfied and listening, the connection is established.
 */
import { err, ok, type Result } from '../base/result.ts';
import type { DataChannels } from './channel-link.ts';
import { hostTimer, type Timer } from './flow.ts';
import type { PairingKeys } from './keys.ts';
import {
  CONNECT_TIMEOUT_MS,
  PAIRING_MESSAGES,
  PAIRING_TIMEOUT_MS,
  REFUSAL_LINGER_MS,
} from './limits.ts';
import type { CloseReason } from './link.ts';
import {
  decodePairing,
  dtlsFingerprint,
  encodePairing,
  Handshake,
  pairingError,
  type PairingError,
  type PairingMessage,
  type PairingRole,
} from './pairing.ts';
import { hostWebRtc, Peer, type PeerSignal, type WebRtc } from './peer.ts';
import type { ConnectionSignal, PartyId } from './signalling/messages.ts';

/**
 * - `no-webrtc`: this browser has none, or it is switched off.
 * - `no-network`: no network interface is up; WebRTC does not connect over loopback alone.
 * - `no-answer`: the other party did not answer in time.
 * - `unreachable`: it answered, but no way between the two was found.
 * - `pairing-timeout`: connected, but the other side did not prove itself in time.
 * - `turned-away`: one of the sides refused the other; `pairing` says why if it was for the secret.
 * - `closed`: given up by either side, or broken, before it was established.
 */
export type ConnectionErrorKind =
  | 'no-webrtc'
  | 'no-network'
  | 'no-answer'
  | 'unreachable'
  | 'pairing-timeout'
  | 'turned-away'
  | 'closed';

export interface ConnectionError {
  readonly kind: ConnectionErrorKind;
  readonly sentence: string;
  readonly pairing?: PairingError;
}

const sentences = {
  'no-webrtc': 'This browser cannot connect to others: it has no WebRTC, or it is switched off.',
  'no-network':
    'No network interface is up. Tabs connect over the network even within one computer; connect it to any.',
  'no-answer': 'The other tab did not answer. It may be closed, or busy.',
  unreachable: 'The other tab answered, but no way to reach it was found.',
  'pairing-timeout': 'The other side did not prove in time that it has the invitation.',
} as const;

const connectionError = (kind: keyof typeof sentences): ConnectionError => ({
  kind,
  sentence: sentences[kind],
});

export interface ConnectionOptions {
  /** The joiner makes the offer. */
  readonly role: PairingRole;
  readonly other: PartyId;
  /** Names this attempt; the joiner makes it up. */
  readonly attempt: string;
  readonly keys: PairingKeys;
  /** Sends to the other party by way of signalling. */
  readonly signal: (signal: ConnectionSignal) => void;
  /**
   * Takes the link's channels; called in the one task in which they can be transferred to a worker.
   * Resolves when they are open and heard: `ChannelLink.attached`; with a reason when that failed.
   * The link must not start before the connection is established.
   */
  readonly handOver: (channels: DataChannels) => Promise<CloseReason | undefined>;
  /** None by default: then both sides must reach each other directly. */
  readonly iceServers?: RTCIceServer[];
  readonly webRtc?: WebRtc;
  readonly timer?: Timer;
}

type State =
  | { readonly kind: 'connecting'; answered: boolean }
  | { readonly kind: 'pairing'; readonly handshake: Handshake }
  | { readonly kind: 'established' }
  | { readonly kind: 'closed' };

export class Connection {
  readonly other: PartyId;
  readonly attempt: string;
  /** Settles once: the link may start now, or why there is none. */
  readonly established: Promise<Result<void, ConnectionError>>;
  /** Resolves when the connection is over, established or not. */
  readonly closed: Promise<CloseReason>;
  readonly #options: ConnectionOptions;
  readonly #peer: Peer | undefined;
  #state: State = { kind: 'connecting', answered: false };
  #settle: (outcome: Result<void, ConnectionError>) => void = () => undefined;
  #settleClosed: (reason: CloseReason) => void = () => undefined;
  #cancelTimer: () => void = () => undefined;
  #beginPairing: () => void = () => undefined;
  /** Messages of the other side are looked at one after the other, and not before pairing has begun here. */
  #incoming: Promise<void>;
  #waiting = 0;
  /** What "ready" waits for on this side, and on the other. */
  readonly #ready = { proven: false, attached: false, said: false, other: false };

  constructor(options: ConnectionOptions) {
    const { role, other, attempt, iceServers = [], webRtc = hostWebRtc() } = options;
    this.#options = options;
    this.other = other;
    this.attempt = attempt;
    this.established = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#incoming = new Promise((resolve) => {
      this.#beginPairing = resolve;
    });
    if (webRtc === undefined) {
      this.#fail(connectionError('no-webrtc'));
      return;
    }
    this.#peer = new Peer({
      initiator: role === 'joiner',
      webRtc,
      iceServers,
      listener: {
        signal: (signal) => options.signal({ ...signal, attempt }),
        connect: () => this.#connected(),
        data: (bytes) => this.#receive(bytes),
        gathered: (candidates) => {
          if (candidates === 0) this.#fail(connectionError('no-network'));
        },
        close: (code) => this.#peerClosed(code),
      },
    });
    this.#arm(CONNECT_TIMEOUT_MS, () => {
      const answered = this.#state.kind === 'connecting' && this.#state.answered;
      return connectionError(answered ? 'unreachable' : 'no-answer');
    });
  }

  /** Takes what the other party sent by way of signalling. */
  signal(signal: ConnectionSignal): void {
    if (this.#state.kind !== 'connecting') return;
    if (signal.kind === 'refuse') {
      this.#fail({ kind: 'turned-away', sentence: signal.sentence });
      return;
    }
    this.#state.answered = true;
    this.#peer?.signal(signal satisfies PeerSignal);
  }

  /** Ends the connection, and with it the link on both sides. In `pagehide` it gets the word out in time. */
  close(sentence: string): void {
    this.#finish({ kind: 'closed', sentence }, { kind: 'local', sentence });
  }

  #arm(milliseconds: number, error: () => ConnectionError): void {
    this.#cancelTimer();
    this.#cancelTimer = (this.#options.timer ?? hostTimer)(milliseconds, () => this.#fail(error()));
  }

  #connected(): void {
    const peer = this.#peer;
    if (peer === undefined || this.#state.kind !== 'connecting') return;
    // In this task, or the channels cannot be transferred any more.
    const attached = this.#options.handOver(peer.createChannels());
    const ownFingerprint = dtlsFingerprint(peer.descriptions.own);
    const otherFingerprint = dtlsFingerprint(peer.descriptions.other);
    if (ownFingerprint === undefined || otherFingerprint === undefined) {
      this.#refuse(pairingError('malformed', 'us'));
      return;
    }
    const { role, keys } = this.#options;
    const handshake = new Handshake({ keys, role, ownFingerprint, otherFingerprint });
    this.#state = { kind: 'pairing', handshake };
    this.#arm(PAIRING_TIMEOUT_MS, () => connectionError('pairing-timeout'));
    this.#say(handshake.challenge());
    this.#beginPairing();
    void attached.then((reason) => {
      if (reason !== undefined) this.#fail({ kind: 'closed', sentence: reason.sentence });
      this.#ready.attached = true;
      this.#advance();
    });
  }

  #receive(data: unknown): void {
    if (this.#waiting >= PAIRING_MESSAGES) {
      this.#refuse(pairingError('unexpected', 'us'));
      return;
    }
    this.#waiting++;
    this.#incoming = this.#incoming.then(async () => {
      this.#waiting--;
      const message = data instanceof Uint8Array ? decodePairing(data) : err('malformed' as const);
      if (message.ok) await this.#take(message.value);
      else this.#refuse(pairingError(message.error, 'us'));
    });
  }

  async #take(message: PairingMessage): Promise<void> {
    // After the pairing this channel is silent; whatever comes late is of no meaning.
    if (this.#state.kind !== 'pairing') return;
    if (message.kind === 'ready' && this.#ready.proven) {
      this.#ready.other = true;
      this.#advance();
      return;
    }
    const step = await this.#state.handshake.receive(message);
    if (!step.ok) {
      this.#refuse(step.error);
      return;
    }
    if (step.value.send !== undefined) this.#say(step.value.send);
    if (step.value.proven) this.#ready.proven = true;
    this.#advance();
  }

  /** Says that this side is ready when it is; the connection is established when both are. */
  #advance(): void {
    const ready = this.#ready;
    if (this.#state.kind !== 'pairing' || !ready.proven || !ready.attached) return;
    if (!ready.said) {
      ready.said = true;
      this.#say(encodePairing({ kind: 'ready' }));
    }
    if (!ready.other) return;
    this.#cancelTimer();
    this.#state = { kind: 'established' };
    this.#settle(ok(undefined));
  }

  /** The channel may have closed already; its own event follows then. */
  #say(bytes: Uint8Array): void {
    try {
      this.#peer?.send(bytes);
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      this.#fail({ kind: 'closed', sentence: `The connection broke: ${sentence}` });
    }
  }

  #refuse(pairing: PairingError): void {
    if (this.#state.kind === 'closed') return;
    if (pairing.by === 'us') this.#say(encodePairing({ kind: 'refusal', refusal: pairing.kind }));
    this.#fail({ kind: 'turned-away', sentence: pairing.sentence, pairing });
  }

  #fail(error: ConnectionError): void {
    const kind = error.kind === 'turned-away' ? 'local' : 'failed';
    const linger = error.pairing?.by === 'us' ? REFUSAL_LINGER_MS : 0;
    this.#finish(error, { kind, sentence: error.sentence }, linger);
  }

  #peerClosed(code: string | undefined): void {
    const connecting = this.#state.kind === 'connecting';
    const error = connecting
      ? connectionError('unreachable')
      : { kind: 'closed' as const, sentence: 'The other side closed the connection.' };
    const broke = code?.includes('CONNECTION_FAILURE') === true;
    this.#finish(
      error,
      broke
        ? { kind: 'failed', sentence: 'The other side cannot be reached any more.' }
        : { kind: 'remote', sentence: error.sentence },
    );
  }

  #finish(error: ConnectionError, reason: CloseReason, linger = 0): void {
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    this.#cancelTimer();
    this.#settle(err(error));
    this.#settleClosed(reason);
    const end = (): void => this.#peer?.destroy();
    if (linger > 0) (this.#options.timer ?? hostTimer)(linger, end);
    else end();
  }
}
