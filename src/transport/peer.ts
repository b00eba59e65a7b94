/** simple-peer, with what it does not show: the connection's state and the data channels to be handed on. */
import SimplePeer from 'simple-peer';
import { defined } from '../base/assert.ts';
import type { DataChannels } from './channel-link.ts';
import { channelNames } from './link.ts';
import type { Candidate } from './signalling/messages.ts';

/** A browser's WebRTC, or that of a package for Node. */
export interface WebRtc {
  readonly RTCPeerConnection: typeof RTCPeerConnection;
  readonly RTCSessionDescription: typeof RTCSessionDescription;
  readonly RTCIceCandidate: typeof RTCIceCandidate;
}

/** The browser's, or `undefined` where there is none. */
export const hostWebRtc = (): WebRtc | undefined =>
  'RTCPeerConnection' in globalThis
    ? { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate }
    : undefined;

/** Numbers far from those that browsers give by themselves. */
const channelIds = { control: 100, bulk: 101, heartbeat: 102 } as const;

/** What simple-peer wants the other side to get. */
export type PeerSignal =
  | { readonly kind: 'offer' | 'answer'; readonly sdp: string }
  | { readonly kind: 'candidate'; readonly candidate: Candidate };

export interface PeerListener {
  signal(signal: PeerSignal): void;
  /** Both sides can send; in the same task {@link Peer.createChannels} may be called. */
  connect(): void;
  data(bytes: unknown): void;
  /** All candidates are found, and they are so many. */
  gathered(candidates: number): void;
  /** The last call; `code` is simple-peer's, `undefined` for an orderly end. */
  close(code: string | undefined): void;
}

export interface PeerOptions {
  readonly initiator: boolean;
  readonly webRtc: WebRtc;
  readonly iceServers: RTCIceServer[];
  readonly listener: PeerListener;
}

export class Peer {
  readonly #peer: SimplePeer.Instance;
  readonly #connection: RTCPeerConnection;

  constructor({ initiator, webRtc, iceServers, listener }: PeerOptions) {
    let made: RTCPeerConnection | undefined;
    class Connection extends webRtc.RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        // eslint-disable-next-line @typescript-eslint/no-this-alias -- simple-peer keeps it to itself
        made = this;
      }
    }
    this.#peer = new SimplePeer({
      initiator,
      trickle: true,
      // Its default would ask servers of strangers.
      config: { iceServers },
      wrtc: { ...webRtc, RTCPeerConnection: Connection },
    });
    this.#connection = defined<RTCPeerConnection>(made, 'a peer connection');
    this.#listen(listener);
  }

  /** Gives what the other side's `signal` said. */
  signal(signal: PeerSignal): void {
    if (signal.kind !== 'candidate') {
      this.#peer.signal({ type: signal.kind, sdp: signal.sdp });
      return;
    }
    // simple-peer makes the object itself from these fields.
    const candidate = signal.candidate as unknown as RTCIceCandidate;
    this.#peer.signal({ type: 'candidate', candidate });
  }

  send(bytes: Uint8Array): void {
    this.#peer.send(bytes);
  }

  /**
   * The three channels of a link, to be made on both sides when they are connected. They may be transferred
   * to a worker in the task that made them, not later.
   */
  createChannels(): DataChannels {
    const [control, bulk, heartbeat] = channelNames.map((name) =>
      this.#connection.createDataChannel(`tandem ${name}`, {
        negotiated: true,
        id: channelIds[name],
        ordered: true,
      }),
    );
    return {
      control: defined(control, 'control'),
      bulk: defined(bulk, 'bulk'),
      heartbeat: defined(heartbeat, 'heartbeat'),
    };
  }

  /** What the two sides said about themselves; the fingerprints in it are those that DTLS verified. */
  get descriptions(): { readonly own: string; readonly other: string } {
    return {
      own: this.#connection.localDescription?.sdp ?? '',
      other: this.#connection.remoteDescription?.sdp ?? '',
    };
  }

  destroy(): void {
    this.#peer.destroy();
  }

  #listen(listener: PeerListener): void {
    let candidates = 0;
    this.#connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') candidates++;
    });
    this.#connection.addEventListener('icegatheringstatechange', () => {
      if (this.#connection.iceGatheringState === 'complete') listener.gathered(candidates);
    });
    this.#peer.on('signal', (data) => {
      const signal = readSignal(data);
      if (signal !== undefined) listener.signal(signal);
    });
    this.#peer.on('connect', () => listener.connect());
    this.#peer.on('data', (bytes: unknown) => listener.data(bytes));
    let code: string | undefined;
    this.#peer.on('error', (error: Error & { readonly code?: string }) => {
      code = error.code ?? error.message;
    });
    this.#peer.on('close', () => listener.close(code));
  }
}

/** Others (requests to negotiate again) do not occur with data channels only. */
function readSignal(data: SimplePeer.SignalData): PeerSignal | undefined {
  if (data.type === 'candidate') {
    const { candidate, sdpMid, sdpMLineIndex } = data.candidate;
    return { kind: 'candidate', candidate: { candidate, sdpMid, sdpMLineIndex } };
  }
  if (data.type !== 'offer' && data.type !== 'answer') return undefined;
  return data.sdp === undefined ? undefined : { kind: data.type, sdp: data.sdp };
}
