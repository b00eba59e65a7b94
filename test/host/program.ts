/** Runs the command-line program as it is built, for tests. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const STOCK = join(PROJECT, '.cache', 'guest', 'stock');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Builder {
  buildNode(): Promise<string>;
}

let built: Promise<string> | undefined;

/** Folder of the programs for Node, brought up to date. */
export function buildFolder(): Promise<string> {
  built ??= import(new URL('../../scripts/lib/build.mjs', import.meta.url).href).then(
    (builder: Builder) => builder.buildNode(),
  );
  return built;
}

/** Collects what a child process does until it ends. */
export function runProgram(
  command: readonly string[],
  options: { readonly stdin?: Uint8Array | string; readonly cwd?: string } = {},
): Promise<Outcome> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? '', args, { cwd: options.cwd ?? PROJECT });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => stdout.push(part));
    child.stderr.on('data', (part: Buffer) => stderr.push(part));
    child.on('error', reject);
    child.on('close', (status) => {
      const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('utf8');
      resolve({ status, stdout: text(stdout), stderr: text(stderr) });
    });
    // A program that ends without reading its input is no fault of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** Runs `tandem` with these arguments. */
export async function tandem(
  args: readonly string[],
  stdin?: Uint8Array | string,
): Promise<Outcome> {
  const main = join(await buildFolder(), 'main.js');
  return runProgram([process.execPath, main, ...args], stdin === undefined ? {} : { stdin });
}

/** A project of its own with a guest that a test may damage. */
export class ProjectCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'tandem-project-'));
  readonly stock = join(this.folder, '.cache', 'guest', 'stock');

  /** With the guest's files (linked: replace them, do not write into them), or none. */
  static async create(withGuest: boolean): Promise<ProjectCopy> {
    const copy = new ProjectCopy();
    cpSync(await buildFolder(), join(copy.folder, 'dist'), { recursive: true });
    writeFileSync(join(copy.folder, 'package.json'), '{"type":"module"}');
    mkdirSync(join(copy.folder, 'guest'));
    symlinkSync(join(PROJECT, 'node_modules'), join(copy.folder, 'node_modules'));
    if (!withGuest) return copy;
    mkdirSync(copy.stock, { recursive: true });
    for (const name of readdirSync(STOCK)) {
      try {
        linkSync(join(STOCK, name), join(copy.stock, name));
      } catch {
        // The temporary folder is on another file system.
        cpSync(join(STOCK, name), join(copy.stock, name));
      }
    }
    return copy;
  }

  /** Puts other contents in place of a guest file. */
  replace(name: string, contents: Uint8Array | string): void {
    const path = join(this.stock, name);
    rmSync(path, { force: true });
    writeFileSync(path, contents);
  }

  tandem(args: readonly string[]): Promise<Outcome> {
    return runProgram([process.execPath, join(this.folder, 'dist', 'main.js'), ...args]);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
