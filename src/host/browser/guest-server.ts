/** The prepared guest as a web server has it. */
import { err, ok, type Result } from '../../base/result.ts';
import {
  guestIdentity,
  MANIFEST_NAME,
  parseManifest,
  SNAPSHOT_NAME,
  type GuestFile,
  type GuestManifest,
  type GuestRole,
} from '../shared/guest.ts';
import { repairCommand } from '../shared/guest-advice.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import type { Parts } from '../shared/snapshot-loader.ts';
import { browserCodec } from './browser-codec.ts';

const PREPARE_ADVICE =
  'Run "npm start" (or "npm run guest") where this page is served, then try again.';
const REPAIR_ADVICE = `Run ${repairCommand('stock')} where this page is served, then try again.`;
const NETWORK_ADVICE = 'Is the server still running? Then try again.';

/** Called with the bytes of a transfer so far. */
export type OnBytes = (bytes: number) => void;

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Fetches; undefined when the server has no such file. */
async function get(
  url: string,
  method = 'GET',
): Promise<Result<Response | undefined, HostProblem>> {
  try {
    const response = await fetch(url, { method, cache: 'no-cache' });
    if (response.ok) return ok(response);
    if (response.status === 404) return ok(undefined);
    const message = `The server answers ${String(response.status)} for ${url}.`;
    return err(problem(message, NETWORK_ADVICE));
  } catch {
    return err(problem(`${url} cannot be fetched.`, NETWORK_ADVICE));
  }
}

/** The parts of a body as they come. */
export async function* bodyParts(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const reader = body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
      onBytes(bytes);
      yield value;
    }
  } finally {
    // Not interested any more, if this is not its end anyway.
    await reader.cancel().catch(() => undefined);
  }
}

/** Bytes of a guest's snapshot as they come; undefined when there is none. `base` is the guest's folder. */
export async function fetchSnapshot(
  base: string,
  onBytes: OnBytes,
): Promise<Result<Parts | undefined, HostProblem>> {
  const response = await get(`${base}${SNAPSHOT_NAME}`);
  if (!response.ok) return response;
  const body = response.value?.body ?? undefined;
  return ok(body === undefined ? undefined : bodyParts(body, onBytes));
}

export class GuestServer {
  readonly manifest: GuestManifest;
  readonly #base: string;

  private constructor(base: string, manifest: GuestManifest) {
    this.#base = base;
    this.manifest = manifest;
  }

  /** Reads the manifest. `base` is the folder's absolute address, ending in a slash. */
  static async open(base: string): Promise<Result<GuestServer, HostProblem>> {
    const response = await get(`${base}${MANIFEST_NAME}`);
    if (!response.ok) return response;
    if (response.value === undefined) {
      return err(problem('The guest has not been prepared on this server.', PREPARE_ADVICE));
    }
    const manifest = parseManifest(await response.value.text(), PREPARE_ADVICE);
    return manifest.ok ? ok(new GuestServer(base, manifest.value)) : manifest;
  }

  /** Digest that snapshots of this guest carry. */
  digest(): Promise<Uint8Array> {
    return browserCodec.digest(guestIdentity(this.manifest));
  }

  /** Fetches a file and compares its digest. */
  async file(
    role: GuestRole,
    onBytes: OnBytes,
  ): Promise<Result<Uint8Array<ArrayBuffer>, HostProblem>> {
    const file = this.manifest.files[role];
    const response = await get(`${this.#base}${file.name}`);
    if (!response.ok) return response;
    const body = response.value?.body ?? undefined;
    if (body === undefined) return err(this.#damaged(file));
    const bytes = new Uint8Array(file.bytes);
    let at = 0;
    try {
      for await (const part of bodyParts(body, onBytes)) {
        if (at + part.length > bytes.length) return err(this.#damaged(file));
        bytes.set(part, at);
        at += part.length;
      }
    } catch {
      return err(problem(`The transfer of ${file.name} broke off.`, NETWORK_ADVICE));
    }
    const whole = at === bytes.length && hex(await browserCodec.digest(bytes)) === file.sha256;
    return whole ? ok(bytes) : err(this.#damaged(file));
  }

  /** What is needed to read the root disk piece by piece, after a look whether it is there. */
  async root(): Promise<
    Result<{ url: string; bytes: number; etag: string | undefined }, HostProblem>
  > {
    const file = this.manifest.files.root;
    const url = `${this.#base}${file.name}`;
    const response = await get(url, 'HEAD');
    if (!response.ok) return response;
    if (response.value === undefined) return err(this.#damaged(file));
    const { headers } = response.value;
    const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
    if (length !== null && Number(length) !== file.bytes) return err(this.#damaged(file));
    const etag = headers.get('etag');
    // A weak tag may not be used for ranges (RFC 9110, 13.1.5).
    const strong = etag === null || etag.startsWith('W/') ? undefined : etag;
    return ok({ url, bytes: file.bytes, etag: strong });
  }

  #damaged(file: GuestFile): HostProblem {
    return problem(`The guest's file ${file.name} is missing or damaged.`, REPAIR_ADVICE);
  }
}
