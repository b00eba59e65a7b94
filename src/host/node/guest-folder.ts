/** The prepared guests in `.cache/guest`, checked before use. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import {
  GUEST_ROLES,
  guestIdentity,
  MANIFEST_NAME,
  parseManifest,
  SNAPSHOT_NAME,
  type GuestFile,
  type GuestManifest,
  type GuestRole,
} from '../shared/guest.ts';
import { prepareCommand, repairCommand } from '../shared/guest-advice.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { projectFolder } from './files.ts';
import { sha256Hex } from './node-codec.ts';

export const PREPARED_KERNELS = ['stock', 'small'] as const;
export type PreparedKernel = (typeof PREPARED_KERNELS)[number];

/** Remembers which files had the right digest, by size and time of change, so that no start waits for it again. */
const STAMP_NAME = 'verified.json';

export class GuestFolder {
  readonly manifest: GuestManifest;
  readonly #folder: string;
  readonly #kernel: PreparedKernel;

  private constructor(folder: string, manifest: GuestManifest, kernel: PreparedKernel) {
    this.#folder = folder;
    this.manifest = manifest;
    this.#kernel = kernel;
  }

  /** Opens a prepared guest and checks that its files are there, in their sizes. */
  static open(kernel: PreparedKernel): Result<GuestFolder, HostProblem> {
    const folder = join(projectFolder(), '.cache', 'guest', kernel);
    const advice = `Run ${prepareCommand(kernel)} to prepare it.`;
    let text: string;
    try {
      text = readFileSync(join(folder, MANIFEST_NAME), 'utf8');
    } catch {
      return err(problem(`The guest with the ${kernel} kernel has not been prepared.`, advice));
    }
    const manifest = parseManifest(text, advice);
    if (!manifest.ok) return manifest;
    const guest = new GuestFolder(folder, manifest.value, kernel);
    for (const role of GUEST_ROLES) {
      const file = manifest.value.files[role];
      if (guest.#sizeOf(file) !== file.bytes) return err(guest.#damaged(file));
    }
    return ok(guest);
  }

  get snapshotPath(): string {
    return join(this.#folder, SNAPSHOT_NAME);
  }

  get rootPath(): string {
    return join(this.#folder, this.manifest.files.root.name);
  }

  /** Digest that snapshots of this guest carry. */
  get digest(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(Buffer.from(sha256Hex(guestIdentity(this.manifest)), 'hex'));
  }

  /** Reads a file and compares its digest. */
  read(role: GuestRole): Result<Uint8Array<ArrayBuffer>, HostProblem> {
    const file = this.manifest.files[role];
    try {
      const bytes = readFileSync(join(this.#folder, file.name));
      if (sha256Hex(bytes) !== file.sha256) return err(this.#damaged(file));
      return ok(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch {
      return err(this.#damaged(file));
    }
  }

  /** Compares the digest of the root disk, unless that was done since it last changed. */
  verifyRoot(): Result<undefined, HostProblem> {
    const file = this.manifest.files.root;
    const { mtimeMs, size } = statSync(this.rootPath);
    const stamp = JSON.stringify({ file: file.name, sha256: file.sha256, mtimeMs, size });
    const stampPath = join(this.#folder, STAMP_NAME);
    if (readOptional(stampPath) === stamp) return ok(undefined);
    const bytes = this.read('root');
    if (!bytes.ok) return bytes;
    try {
      writeFileSync(stampPath, stamp);
    } catch {
      // A folder that cannot be written to costs the check again at each start, nothing more.
    }
    return ok(undefined);
  }

  #sizeOf(file: GuestFile): number | undefined {
    return statSync(join(this.#folder, file.name), { throwIfNoEntry: false })?.size;
  }

  #damaged(file: GuestFile): HostProblem {
    const advice = `Run ${repairCommand(this.#kernel)} to repair it.`;
    return problem(`The guest's file ${file.name} is missing or damaged.`, advice);
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
