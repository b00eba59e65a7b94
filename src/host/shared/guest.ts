/** The prepared guest as `guest.json` describes it (written by guest/prepare.mjs). */
import { err, ok, type Result } from '../../base/result.ts';
import type { HostProblem } from './problem.ts';

export const MANIFEST_NAME = 'guest.json';
export const SNAPSHOT_NAME = 'snapshot.bin';
const MANIFEST_FORMAT = 1;
/** A manifest has some 20 KB. */
const MAX_MANIFEST_CHARACTERS = 4 << 20;
/** For guests without a snapshot that says otherwise. */
export const DEFAULT_MEMORY_MB = 256;

export interface GuestFile {
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export const GUEST_ROLES = ['firmware', 'kernel', 'initrd', 'root'] as const;
export type GuestRole = (typeof GUEST_ROLES)[number];

export interface GuestManifest {
  readonly commandLine: string;
  readonly files: Readonly<Record<GuestRole, GuestFile>>;
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function parseFile(value: unknown): GuestFile | undefined {
  if (!isObject(value)) return undefined;
  const { name, bytes, sha256 } = value as { name?: unknown; bytes?: unknown; sha256?: unknown };
  if (typeof name !== 'string' || !/^[\w.-]{1,100}$/.test(name)) return undefined;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return { name, bytes, sha256 };
}

const damaged = (advice: string): Result<never, HostProblem> =>
  err({ message: 'The description of the guest (guest.json) is damaged.', advice });

/** Reads `guest.json`. `advice` says how to make it anew. */
export function parseManifest(text: string, advice: string): Result<GuestManifest, HostProblem> {
  if (text.length > MAX_MANIFEST_CHARACTERS) return damaged(advice);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged(advice);
  }
  if (!isObject(value)) return damaged(advice);
  if (value['format'] !== MANIFEST_FORMAT) {
    return err({ message: 'The guest was prepared by another version of Tandem.', advice });
  }
  const commandLine = value['commandLine'];
  const files = value['files'];
  if (typeof commandLine !== 'string' || !isObject(files)) return damaged(advice);
  const firmware = parseFile(files['firmware']);
  const kernel = parseFile(files['kernel']);
  const initrd = parseFile(files['initrd']);
  const root = parseFile(files['root']);
  if (!firmware || !kernel || !initrd || !root) return damaged(advice);
  return ok({ commandLine, files: { firmware, kernel, initrd, root } });
}

/** What names a guest in its snapshots: all that the guest's state depends on. Digest it with SHA-256. */
export function guestIdentity(manifest: GuestManifest): Uint8Array<ArrayBuffer> {
  const lines = GUEST_ROLES.map((role) => `${role} ${manifest.files[role].sha256}\n`);
  return new TextEncoder().encode(`${lines.join('')}${manifest.commandLine}\n`);
}
