/**
 * `node bench/v86/prepare.mjs PROGRAMS`: makes a guest for v86, of Debian's kernel, busybox and gzip
 * for i386 and the programs in the folder PROGRAMS, and prints the folder that it is in.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fetchArchives, missingArchives, openApt } from '../../guest/lib/apt.mjs';
import { cpioArchive } from '../../guest/lib/cpio.mjs';
import { exclusively } from '../../guest/lib/exclusive.mjs';
import { digestOf, digestOfFiles } from '../../guest/lib/hash.mjs';
import { archiveName } from '../../guest/lib/lock.mjs';
import { providePart } from '../../guest/lib/parts.mjs';
import { shell } from '../../guest/lib/process.mjs';
import { IMAGE_EPOCH, PROJECT_FOLDER } from '../../guest/lib/recipe.mjs';
import { GuestError, megabytes, say, step } from '../../guest/lib/report.mjs';

/** @typedef {import('../../guest/lib/apt.mjs').Apt} Apt */
/** @typedef {import('../../guest/lib/cpio.mjs').CpioEntry} CpioEntry */
/** @typedef {import('../../guest/lib/lock.mjs').PackagePin} PackagePin */

const HERE = dirname(fileURLToPath(import.meta.url));
const CACHE = join(PROJECT_FOLDER, '.cache', 'bench', 'v86');
const ARCHIVES = join(CACHE, 'debs');
/** The exact packages; it is tracked, and changes only when a mirror has dropped one. */
const PINS = join(HERE, 'packages.json');

/** The last release of Debian that has a kernel for i386. */
const TARGET = { suite: 'bookworm', architecture: 'i386' };
/** Without PAE: what v86 runs fastest, and enough for its memory. */
const KERNEL_METAPACKAGE = 'linux-image-686';
const KERNEL_PACKAGE_PATTERN = /\blinux-image-[0-9][^\s,]*-686\b/;
const PACKAGES = ['busybox-static', 'gzip', 'libc6'];

/** What is taken from the packages besides the kernel: path in the guest, path in the package. */
const FILES = {
  'bin/busybox': './bin/busybox',
  'usr/bin/gzip': './bin/gzip',
  'lib/ld-linux.so.2': './lib/i386-linux-gnu/ld-linux.so.2',
  'lib/i386-linux-gnu/libc.so.6': './lib/i386-linux-gnu/libc.so.6',
};
const FOLDERS = [
  ...['bin', 'dev', 'lib', 'lib/i386-linux-gnu', 'proc', 'root', 'sys'],
  ...['tmp', 'tmp/tasks', 'usr', 'usr/bin'],
];

/**
 * @param {Apt} apt
 * @returns {Promise<PackagePin[]>} the present packages, the kernel first
 */
async function presentPins(apt) {
  const { depends } = await apt.candidate(KERNEL_METAPACKAGE);
  const kernel = KERNEL_PACKAGE_PATTERN.exec(depends)?.[0];
  if (kernel === undefined) throw new GuestError(`${KERNEL_METAPACKAGE} names no kernel`);
  /** @type {PackagePin[]} */
  const pins = [];
  for (const wanted of [kernel, ...PACKAGES]) {
    const { name, version, architecture, size, sha256 } = await apt.candidate(wanted);
    pins.push({ name, version, architecture, size, sha256 });
  }
  return pins;
}

/**
 * @param {Apt} apt
 * @param {readonly PackagePin[]} pins
 * @returns {Promise<boolean>} whether the mirror has these very packages
 */
async function offers(apt, pins) {
  const shown = await apt.show(pins.map(({ name }) => name));
  return pins.every((pin) => shown.some((one) => one.sha256 === pin.sha256));
}

/** @returns {Promise<PackagePin[]>} the pinned packages, fetched; the kernel first */
async function providePackages() {
  await mkdir(ARCHIVES, { recursive: true });
  /** @type {PackagePin[]} */
  let pins = JSON.parse(await readFile(PINS, 'utf8'));
  if ((await missingArchives(ARCHIVES, pins)).length === 0) return pins;
  const apt = await openApt(join(CACHE, 'apt'), TARGET);
  if (!(await offers(apt, pins))) {
    say(`the mirror has other packages for v86 than ${PINS}, which now names those`);
    pins = await presentPins(apt);
    await writeFile(PINS, `${JSON.stringify(pins, undefined, 2)}\n`);
  }
  const missing = await missingArchives(ARCHIVES, pins);
  const size = missing.reduce((sum, pin) => sum + pin.size, 0);
  await step(`fetching ${missing.length} packages for v86, ${megabytes(size)}`, () => {
    return fetchArchives(apt, ARCHIVES, missing);
  });
  return pins;
}

/**
 * Takes files out of packages.
 * @param {readonly PackagePin[]} pins
 * @param {readonly string[]} paths each is in one of the packages
 * @param {string} folder
 */
async function unpack(pins, paths, folder) {
  await mkdir(folder, { recursive: true });
  for (const pin of pins) {
    const archive = join(ARCHIVES, archiveName(pin));
    const { stdout } = await shell('dpkg-deb --fsys-tarfile "$1" | tar --list', [archive]);
    const there = new Set(stdout.toString('utf8').split('\n'));
    const wanted = paths.filter((path) => there.has(path));
    if (wanted.length === 0) continue;
    await shell(
      'archive=$1; folder=$2; shift 2; dpkg-deb --fsys-tarfile "$archive" | tar --extract --no-same-owner -C "$folder" "$@"',
      [archive, folder, ...wanted],
    );
  }
}

/**
 * @param {string} unpacked
 * @param {string} programs
 * @returns {Promise<Buffer>}
 */
async function makeInitrd(unpacked, programs) {
  /** @type {CpioEntry[]} */
  const entries = FOLDERS.map((path) => ({ kind: 'directory', path, mode: 0o755 }));
  /** @param {string} path @param {string} from */
  const add = async (path, from) => {
    entries.push({ kind: 'file', path, mode: 0o755, data: await readFile(from) });
  };
  // The kernel opens it for the first program; devtmpfs comes later.
  entries.push({ kind: 'character', path: 'dev/console', mode: 0o600, major: 5, minor: 1 });
  for (const [path, from] of Object.entries(FILES)) await add(path, join(unpacked, from));
  for (const name of await readdir(programs)) await add(`tmp/tasks/${name}`, join(programs, name));
  await add('init', join(HERE, 'init'));
  return cpioArchive(entries, IMAGE_EPOCH);
}

/** @param {string} programs */
async function prepare(programs) {
  const pins = await providePackages();
  const [kernel] = pins;
  if (kernel === undefined) throw new Error('no packages');
  const own = await digestOfFiles(HERE, [join(HERE, 'init'), join(HERE, 'prepare.mjs')]);
  const compiled = await digestOfFiles(programs, [programs]);
  return providePart({
    name: 'v86',
    key: digestOf([own, compiled, ...pins.map(({ sha256 }) => sha256)]),
    force: false,
    verify: false,
    build: async (folder) => {
      const unpacked = join(CACHE, 'unpacked');
      await rm(unpacked, { recursive: true, force: true });
      const image = `./boot/vmlinuz-${kernel.name.replace(/^linux-image-/, '')}`;
      await unpack(pins, [image, ...Object.values(FILES)], unpacked);
      await writeFile(join(folder, 'vmlinuz'), await readFile(join(unpacked, image)));
      await writeFile(join(folder, 'initrd.img'), await makeInitrd(unpacked, programs));
      await rm(unpacked, { recursive: true, force: true });
      return Object.fromEntries(pins.map(({ name, version }) => [name, version]));
    },
  });
}

const [programs] = process.argv.slice(2);
if (programs === undefined) throw new Error('usage: node bench/v86/prepare.mjs PROGRAMS');
const { folder } = await exclusively('v86', () => prepare(programs));
process.stdout.write(`${folder}\n`);
