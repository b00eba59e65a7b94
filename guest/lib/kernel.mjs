/** The stock kernel and its modules, the firmware, and the initial RAM disk. */
import { readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { cpioArchive } from './cpio.mjs';
import { canonicalModuleName, loadOrder, moduleDependencies } from './modules.mjs';
import { archivePath } from './packages.mjs';
import { run, shell } from './process.mjs';
import { CACHE_FOLDER, FIRMWARE_PATH, GUEST_FOLDER, IMAGE_EPOCH, MODULES } from './recipe.mjs';
import { GuestError } from './report.mjs';

/** @typedef {import('./lock.mjs').PackagePin} PackagePin */
/** @typedef {import('./cpio.mjs').CpioEntry} CpioEntry */

const WORK = join(CACHE_FOLDER, 'work', 'kernel');
const INITRD_INIT = join(GUEST_FOLDER, 'files', 'initrd', 'init');
const BUSYBOX_PATH = './usr/bin/busybox';
/** "RSC\x05", the second magic number of a RISC-V Image (Documentation/arch/riscv/boot-image-header.rst). */
const IMAGE_MAGIC = 0x05435352;
const IMAGE_MAGIC_OFFSET = 56;

/**
 * @param {PackagePin} pin
 * @param {string} path
 * @returns {Promise<Buffer>} one file of a package
 */
async function fileOfPackage(pin, path) {
  const { stdout } = await shell('dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout "$2"', [
    archivePath(pin),
    path,
  ]);
  return stdout;
}

/**
 * @param {PackagePin} pin
 * @param {string} folder
 */
export async function buildFirmware(pin, folder) {
  await writeFile(join(folder, 'fw.bin'), await fileOfPackage(pin, FIRMWARE_PATH));
  return { package: pin.name, version: pin.version };
}

/** @param {Buffer} image */
export function checkImage(image) {
  const magic = image.length < 64 ? 0 : image.readUInt32LE(IMAGE_MAGIC_OFFSET);
  if (magic !== IMAGE_MAGIC) throw new GuestError('The kernel is not a RISC-V Image');
}

/**
 * Unpacks the kernel and the modules the guest needs, in the order of loading.
 * @param {PackagePin} pin
 * @param {string} folder
 */
export async function buildStockKernel(pin, folder) {
  await rm(WORK, { recursive: true, force: true });
  await mkdir(WORK, { recursive: true });
  const release = pin.name.replace(/^linux-image-/, '');
  await shell(
    'dpkg-deb --fsys-tarfile "$1" | tar --extract --no-same-owner --wildcards -C "$2" "./boot/vmlinu*" "*.ko.xz" "*/modules.order"',
    [archivePath(pin), WORK],
  );
  const image = await readFile(join(WORK, 'boot', `vmlinux-${release}`));
  checkImage(image);
  await writeFile(join(folder, 'Image'), image);
  const base = join(WORK, 'usr/lib/modules', release);
  const order = await readFile(join(base, 'modules.order'), 'utf8');
  const paths = new Map(
    order
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [canonicalModuleName(basename(line, '.ko')), join(base, `${line}.xz`)]),
  );
  /** @type {Map<string, Buffer>} */
  const contents = new Map();
  const names = await loadOrder(MODULES, async (name) => {
    const path = paths.get(name);
    if (path === undefined) throw new GuestError(`The kernel package has no module ${name}`);
    const { stdout } = await run('xz', ['--decompress', '--stdout', path]);
    contents.set(name, stdout);
    return moduleDependencies(stdout);
  });
  for (const name of names) {
    await writeFile(join(folder, `${name}.ko`), contents.get(name) ?? '');
  }
  await rm(WORK, { recursive: true, force: true });
  return { package: pin.name, version: pin.version, release, modules: names.join(' ') };
}

/**
 * The archive is not compressed: the guest would spend more instructions on
 * unpacking it than the bytes are worth.
 * @param {PackagePin} busybox
 * @param {readonly { name: string, path: string }[]} modules in the order of loading
 * @param {string} image path to write
 */
export async function buildInitrd(busybox, modules, image) {
  /** @type {CpioEntry[]} */
  const entries = [
    // The kernel opens it for the first program; devtmpfs comes later.
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'character', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'directory', path: 'bin', mode: 0o755 },
    {
      kind: 'file',
      path: 'bin/busybox',
      mode: 0o755,
      data: await fileOfPackage(busybox, BUSYBOX_PATH),
    },
    { kind: 'file', path: 'init', mode: 0o755, data: await readFile(INITRD_INIT) },
    ...['proc', 'sys', 'run', 'root', 'modules'].map((path) => {
      return /** @type {CpioEntry} */ ({ kind: 'directory', path, mode: 0o755 });
    }),
  ];
  for (const [index, { name, path }] of modules.entries()) {
    // The number makes the shell's sorted list the order of loading.
    const number = String(index).padStart(2, '0');
    entries.push({
      kind: 'file',
      path: `modules/${number}-${name}.ko`,
      mode: 0o644,
      data: await readFile(path),
    });
  }
  await writeFile(image, cpioArchive(entries, IMAGE_EPOCH));
}
