import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseElf } from '../../src/vm/machine/elf.ts';
import type { ElfImage } from '../../src/vm/machine/elf.ts';

const COMPILER = 'riscv64-linux-gnu-gcc';
const FLAGS = [
  '-static',
  '-nostdlib',
  '-nostartfiles',
  '-ffreestanding',
  '-fno-builtin',
  '-fno-stack-protector',
  '-fno-pic',
  '-no-pie',
  '-mcmodel=medany',
  '-march=rv64gc',
  '-mabi=lp64d',
  '-O2',
  '-Wall',
  '-Wl,--build-id=none',
];

/** An executable and where it lies on the host. */
export interface Built {
  readonly path: string;
  readonly image: ElfImage;
}

/** Builds RISC-V programs in a folder of its own, which `dispose` removes. */
export class Toolchain implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tandem-test-'));

  /** Puts a file into the folder; its path. */
  write(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  /**
   * Compiles and links C and assembly sources, given by absolute paths or relative to `base` (an import.meta.url). Throws an
   * Error with the compiler's words.
   */
  build(
    name: string,
    base: string,
    sources: readonly string[],
    options: { readonly textStart: number; readonly flags?: readonly string[] },
  ): Built {
    const path = join(this.folder, name);
    const files = sources.map((source) =>
      isAbsolute(source) ? source : fileURLToPath(new URL(source, base)),
    );
    const start = `-Wl,-Ttext=0x${options.textStart.toString(16)}`;
    try {
      execFileSync(COMPILER, [...FLAGS, start, ...(options.flags ?? []), '-o', path, ...files], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (thrown) {
      throw new Error(
        `${COMPILER} cannot build ${name}; the packages gcc-riscv64-linux-gnu and qemu-user are needed for these tests`,
        { cause: thrown },
      );
    }
    const image = parseElf(readFileSync(path));
    if (!image.ok) throw new Error(`${name}: ${image.error.message}`);
    return { path, image: image.value };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Addresses of global symbols of an executable. */
export function symbols(path: string): ReadonlyMap<string, number> {
  const listing = execFileSync('riscv64-linux-gnu-nm', [path], { encoding: 'utf8' });
  return new Map(
    listing
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([address = '', , name = '']) => [name, parseInt(address, 16)]),
  );
}
