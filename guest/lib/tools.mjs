/** Programs of the host that preparing needs, and installing them. */
import { existsSync } from 'node:fs';

import { run, which } from './process.mjs';
import { GuestError, step } from './report.mjs';

/** @typedef {import('./recipe.mjs').KernelKind} KernelKind */

/**
 * @typedef {object} Tool
 * @property {readonly string[]} any one of these will do: programs, or files by full path
 * @property {string} package the Debian and Ubuntu package that has it
 */

/** The keys of Debian's archive; newer packages have them in another format too. */
export const KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/** @type {readonly Tool[]} */
const BASIC_TOOLS = [
  { any: ['tar'], package: 'tar' },
  { any: ['xz'], package: 'xz-utils' },
  { any: ['mkfs.erofs'], package: 'erofs-utils' },
  { any: ['qemu-riscv64', 'qemu-riscv64-static'], package: 'qemu-user' },
  { any: KEYRINGS, package: 'debian-archive-keyring' },
];

/** @type {readonly Tool[]} */
const KERNEL_TOOLS = [
  { any: ['riscv64-linux-gnu-gcc'], package: 'gcc-riscv64-linux-gnu' },
  { any: ['gcc'], package: 'gcc' },
  { any: ['/usr/include/stdio.h'], package: 'libc6-dev' },
  { any: ['make'], package: 'make' },
  { any: ['flex'], package: 'flex' },
  { any: ['bison'], package: 'bison' },
  { any: ['bc'], package: 'bc' },
];

/**
 * @param {KernelKind} kind
 * @returns {string[]} packages to install
 */
function missingPackages(kind) {
  const tools = kind === 'small' ? [...BASIC_TOOLS, ...KERNEL_TOOLS] : BASIC_TOOLS;
  /** @param {string} name */
  const isThere = (name) => (name.startsWith('/') ? existsSync(name) : which(name) !== undefined);
  return tools.filter(({ any }) => !any.some(isThere)).map((tool) => tool.package);
}

/** @returns {Promise<string[] | undefined>} what to put before a command that needs root */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (which('sudo') === undefined) return undefined;
  const asked = await run('sudo', ['-n', 'true'], { acceptFailure: true });
  return asked.status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Makes sure that all programs are there; installs what is missing when that
 * needs no password.
 * @param {KernelKind} kind
 * @throws {GuestError} with what to install, when it cannot be done here
 */
export async function provideTools(kind) {
  const native = ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb'];
  if (native.some((program) => which(program) === undefined)) {
    throw new GuestError(
      'The guest is prepared with apt and dpkg, so it needs a Debian or Ubuntu machine. ' +
        'Prepare it on one and copy the folder .cache/guest here.',
    );
  }
  const missing = missingPackages(kind);
  if (missing.length === 0) return;
  const prefix = await rootPrefix();
  const words = missing.join(' ');
  if (prefix === undefined) {
    throw new GuestError(`Programs are missing. Install them: sudo apt-get install ${words}`);
  }
  await step(`installing ${words}`, async () => {
    const [command = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
    await run(command, [...rest, '--quiet', 'update']);
    const flags = ['--quiet', '--yes', '--no-install-recommends', 'install'];
    await run(command, [...rest, ...flags, ...missing]);
  });
  const still = missingPackages(kind);
  if (still.length > 0) {
    throw new GuestError(`These packages were installed and yet lack programs: ${still.join(' ')}`);
  }
}
