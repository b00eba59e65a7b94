import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import type { ByteSource } from '../../vm/devices/device.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { fileError } from './files.ts';

const SECTOR_BYTES = 512;

/** A disk in a file, read only. Bytes behind the file's end, up to a whole sector, are zero. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #fileBytes: number;
  readonly #descriptor: number;

  private constructor(descriptor: number, fileBytes: number) {
    this.#descriptor = descriptor;
    this.#fileBytes = fileBytes;
    this.size = Math.ceil(fileBytes / SECTOR_BYTES) * SECTOR_BYTES;
  }

  static open(path: string): Result<FileSource, HostProblem> {
    try {
      const descriptor = openSync(path, 'r');
      const status = fstatSync(descriptor);
      if (status.isFile() && status.size > 0) return ok(new FileSource(descriptor, status.size));
      closeSync(descriptor);
    } catch (error) {
      return err(fileError('disk', path, error));
    }
    return err(
      problem(`The disk ${path} is not a file with contents.`, 'Give the path of a disk image.'),
    );
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Throws when the file cannot be read, or has become shorter. */
  read(offset: number, target: Uint8Array): void {
    let done = 0;
    const inFile = Math.min(target.length, this.#fileBytes - offset);
    while (done < inFile) {
      const count = readSync(this.#descriptor, target, done, inFile - done, offset + done);
      if (count === 0) throw new Error('the disk file has become shorter');
      done += count;
    }
    target.fill(0, Math.max(inFile, 0));
  }
}
