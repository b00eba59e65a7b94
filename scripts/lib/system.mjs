import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './project.mjs';
import { run, runStatus } from './run.mjs';
import { step } from './steps.mjs';

/**
 * @typedef {object} SystemPackage
 * @property {string} name Debian's (and Ubuntu's) name.
 * @property {string} provides A command, or the absolute path of a file, that it brings.
 */

/**
 * What fetching the guest needs; what building it needs, guest/prepare.mjs installs itself.
 * @returns {readonly SystemPackage[]}
 */
export function guestPackages() {
  const keyring = {
    name: 'debian-archive-keyring',
    provides: '/usr/share/keyrings/debian-archive-keyring.gpg',
  };
  // Elsewhere than on Debian it is debootstrap that knows where Debian's packages are.
  const mirror = { name: 'debootstrap', provides: '/usr/sbin/debootstrap' };
  return distribution().id === 'debian' ? [keyring] : [keyring, mirror];
}

/**
 * What the tests need besides the guest and a browser.
 * @type {readonly SystemPackage[]}
 */
export const testPackages = [
  { name: 'gcc-riscv64-linux-gnu', provides: 'riscv64-linux-gnu-gcc' },
  { name: 'libc6-dev-riscv64-cross', provides: '/usr/riscv64-linux-gnu/include/stdio.h' },
  { name: 'qemu-user', provides: 'qemu-riscv64' },
];

/** @type {SystemPackage} */
export const browserPackage = { name: 'chromium', provides: 'chromium' };

/** Where administrators' commands live, which a user's PATH may leave out. */
const ADMIN_PATHS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * @param {string} command
 * @returns {string | undefined} The full path of a command.
 */
export function findCommand(command) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ADMIN_PATHS];
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {SystemPackage} wanted */
function isPresent({ provides }) {
  return provides.startsWith('/') ? existsSync(provides) : findCommand(provides) !== undefined;
}

/** The distribution's ID and its relatives, from os-release(5). */
function distribution() {
  const file = '/etc/os-release';
  if (!existsSync(file)) return { id: 'unknown', family: [] };
  const text = readFileSync(file, 'utf8');
  /** @param {string} key */
  const field = (key) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const id = field('ID');
  return { id, family: [id, ...field('ID_LIKE').split(' ')] };
}

/** Ubuntu's `chromium` package is only a door to a snap, which containers cannot open. */
export const browserComesFromSnap = () => distribution().id === 'ubuntu';

/**
 * How to become root without asking.
 * @returns {Promise<string[] | undefined>}
 */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (findCommand('sudo') === undefined) return undefined;
  return (await runStatus('sudo', ['-n', 'true'], { quiet: true })) === 0 ? ['sudo'] : undefined;
}

/**
 * @param {readonly string[]} prefix
 * @param {readonly string[]} args
 */
async function aptGet(prefix, args) {
  const [command = 'env', ...rest] = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Dpkg::Use-Pty=0',
    ...args,
  ];
  await run(command, rest);
}

/**
 * Installs what is missing of `wanted`; a {@link Failure} says what to do where that cannot be done.
 * @param {readonly SystemPackage[]} wanted
 */
export async function ensureSystemPackages(wanted) {
  const missing = wanted.filter((candidate) => !isPresent(candidate));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' ');
  if (!distribution().family.includes('debian') || findCommand('apt-get') === undefined) {
    const files = missing.map(({ provides }) => provides).join(', ');
    throw new Failure(
      `Not found on this machine: ${files}. On Debian and Ubuntu they would be installed for you ` +
        `(packages ${names}); here, please install their equivalents and try again.`,
    );
  }
  const prefix = await rootPrefix();
  if (prefix === undefined) {
    throw new Failure(
      `These packages are missing: ${names}. Installing them takes root's rights, so please run\n` +
        `  sudo apt-get update && sudo apt-get install --no-install-recommends ${names}\n` +
        'and try again.',
    );
  }
  await step(`Installing system packages: ${names}`, async () => {
    await aptGet(prefix, ['update']);
    await aptGet(prefix, ['install', '-y', '--no-install-recommends', ...names.split(' ')]);
  });
  const still = missing.filter((candidate) => !isPresent(candidate));
  if (still.length > 0) {
    const files = still.map(({ provides }) => provides).join(', ');
    throw new Failure(`apt-get installed ${names}, but ${files} is still not there.`);
  }
}
