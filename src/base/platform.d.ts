/**
 * The few host globals that `base`, `vm`, `checkpoint` and `replication` may use. These wings are compiled
 * without the DOM library and without Node's types, so whatever is not declared here (or in the
 * language itself) is out of their reach. All of it is a function of its arguments (R6).
 */

interface TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare var TextEncoder: { new (): TextEncoder };

interface TextDecoder {
  /** Refuses views on shared memory (browsers throw): copy first. */
  decode(bytes?: Uint8Array<ArrayBuffer>, options?: { readonly stream?: boolean }): string;
}
declare var TextDecoder: {
  new (label?: 'utf-8' | 'latin1', options?: { readonly fatal?: boolean }): TextDecoder;
};

/** Decodes base64 into a string of code units 0..255. */
declare function atob(base64: string): string;
