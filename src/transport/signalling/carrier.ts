/** What carries sealed messages between the parties of a session; it is not trusted with anything. */
export interface Carrier {
  /** Gives a message to all others. */
  post(bytes: Uint8Array<ArrayBuffer>): void;
  /** Names who gets what the others post. To be called once. */
  listen(handler: (bytes: unknown) => void): void;
  close(): void;
}

/** Between the tabs and workers of one browser profile and origin; no server. */
export function broadcastCarrier(session: string): Carrier {
  const channel = new BroadcastChannel(`tandem ${session}`);
  return {
    post: (bytes) => {
      channel.postMessage(bytes);
    },
    listen: (handler) => {
      channel.onmessage = ({ data }: MessageEvent<unknown>) => {
        handler(data);
      };
    },
    close: () => {
      channel.close();
    },
  };
}
