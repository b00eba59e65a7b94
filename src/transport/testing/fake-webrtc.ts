import type { WebRtc } from '../peer.ts';

/** As much of a peer connection as simple-peer needs to make an offer and to wait for ever. */
class LonelyConnection extends EventTarget {
  iceGatheringState = 'new';
  iceConnectionState = 'new';
  connectionState = 'new';
  signalingState = 'stable';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  readonly #opened: LonelyConnection[];
  closed = false;

  constructor(opened: LonelyConnection[]) {
    super();
    this.#opened = opened;
    this.#opened.push(this);
  }

  createDataChannel(): object {
    return { close: () => undefined };
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    return Promise.resolve({ type: 'offer', sdp: 'v=0\r\n' });
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.remoteDescription = description;
    return Promise.resolve();
  }

  /** All network interfaces were asked, and there was none. */
  gatherNothing(): void {
    this.iceGatheringState = 'complete';
    this.dispatchEvent(new Event('icegatheringstatechange'));
  }

  close(): void {
    this.closed = true;
  }
}

/** A WebRTC whose connections never meet anyone, and those that were made with it. */
export function lonelyWebRtc(): { readonly webRtc: WebRtc; readonly made: LonelyConnection[] } {
  const made: LonelyConnection[] = [];
  class Connection extends LonelyConnection {
    constructor() {
      super(made);
    }
  }
  /** Keeps what it is made from. */
  class Description {
    readonly type: string | undefined;
    readonly sdp: string | undefined;

    constructor({ type, sdp }: { readonly type?: string; readonly sdp?: string }) {
      this.type = type;
      this.sdp = sdp;
    }
  }
  const webRtc = {
    RTCPeerConnection: Connection,
    RTCSessionDescription: Description,
    RTCIceCandidate: Description,
  };
  return { webRtc: webRtc as unknown as WebRtc, made };
}
