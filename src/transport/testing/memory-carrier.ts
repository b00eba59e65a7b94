import type { Carrier } from '../signalling/carrier.ts';

/** Carriers inside one program. What is posted can be looked at, kept and posted again. */
export class MemoryHub {
  readonly posted: Uint8Array<ArrayBuffer>[] = [];
  readonly #handlers = new Set<(bytes: unknown) => void>();

  carrier(): Carrier {
    let own: ((bytes: unknown) => void) | undefined;
    return {
      post: (bytes) => {
        this.posted.push(bytes);
        this.inject(bytes, own);
      },
      listen: (handler) => {
        own = handler;
        this.#handlers.add(handler);
      },
      close: () => {
        if (own !== undefined) this.#handlers.delete(own);
      },
    };
  }

  /** Gives something to all but `from`, later, as an event would. */
  inject(data: unknown, from?: (bytes: unknown) => void): void {
    for (const handler of this.#handlers) {
      if (handler !== from) queueMicrotask(() => handler(data));
    }
  }
}
