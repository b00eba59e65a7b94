import type { Built, Toolchain } from './toolchain.ts';
import { KERNEL_START, PROGRAM_START } from './world.ts';

/** The user programs, and how much more work they do when no trace is made. */
export const PROGRAMS = [
  { name: 'sort', source: 'sort.c', scale: 100 },
  { name: 'sha256', source: 'sha256.c', scale: 100 },
  { name: 'strings', source: 'strings.c', scale: 50 },
  { name: 'arithmetic', source: 'arithmetic.c', scale: 1 },
  { name: 'atomics', source: 'atomics.c', scale: 50 },
  { name: 'floating', source: 'floating.c', scale: 100 },
  { name: 'interpreter', source: 'interpreter.c', scale: 50 },
  { name: 'misaligned', source: 'misaligned.c', scale: 50 },
  { name: 'compressed', source: 'compressed.S', scale: 1 },
] as const;

export type ProgramSource = (typeof PROGRAMS)[number];

export const buildKernel = (toolchain: Toolchain): Built =>
  toolchain.build('kernel', import.meta.url, ['kernel.S'], {
    textStart: KERNEL_START,
    // Without the file's headers in front of the code.
    flags: ['-Wl,-n'],
  });

export const buildProgram = (toolchain: Toolchain, program: ProgramSource, scale: number): Built =>
  toolchain.build(
    `${program.name}-${scale}`,
    import.meta.url,
    ['programs/start.S', `programs/${program.source}`],
    { textStart: PROGRAM_START, flags: [`-DSCALE=${scale}`] },
  );
