/** Our own programs, compiled for a peer's guest. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const SOURCES = 'bench/programs';
const BUILDS = '.cache/bench';

export type Architecture = 'riscv64' | 'i386';

interface Toolchain {
  readonly compiler: string;
  readonly flags: readonly string[];
}

/**
 * A product and a sum must be rounded apart, or riscv64's fused instructions would give other answers
 * than i386, which has none.
 */
const FLAGS = ['-std=c11', '-D_DEFAULT_SOURCE', '-O2', '-ffp-contract=off', '-static', '-s'];

const TOOLCHAINS: Readonly<Record<Architecture, Toolchain>> = {
  riscv64: { compiler: 'riscv64-linux-gnu-gcc', flags: FLAGS },
  // The x87's extended precision would give other answers, and SSE2 is what v86 does faster.
  i386: {
    compiler: 'i686-linux-gnu-gcc',
    flags: [...FLAGS, '-march=i686', '-msse2', '-mfpmath=sse'],
  },
};

/**
 * Compiles what is not compiled yet.
 * @returns the folder that holds the programs, and nothing else
 */
export function compilePrograms(architecture: Architecture): string {
  const { compiler, flags } = TOOLCHAINS[architecture];
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
  const hash = createHash('sha256').update(flags.join(' '));
  hash.update(execFileSync(compiler, ['--version']));
  for (const name of sources) hash.update(`${name}\0`).update(readFileSync(join(SOURCES, name)));
  const folder = join(BUILDS, `${architecture}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  for (const name of sources) {
    const program = join(aside, basename(name, '.c'));
    execFileSync(compiler, [...flags, '-o', program, join(SOURCES, name), '-lm'], {
      stdio: 'inherit',
    });
  }
  if (existsSync(folder)) rmSync(aside, { recursive: true });
  else renameSync(aside, folder);
  return folder;
}

/** The programs as a compressed tar archive; most of it is the C library, which compresses to one. */
export function packPrograms(folder: string): Buffer {
  const limit = 64 << 20;
  return execFileSync('tar', ['--create', '--xz', '--directory', folder, '.'], {
    maxBuffer: limit,
  });
}
