/**
 * Prepares the guest: `node guest/prepare.mjs [--kernel stock|small] [--force]
 * [--verify] [--update] [--snapshot]`. See README.md beside it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { digestOf, digestOfFiles } from './lib/hash.mjs';
import { buildFirmware, buildInitrd, buildStockKernel } from './lib/kernel.mjs';
import { assemble, isPrepared } from './lib/manifest.mjs';
import { providePackages } from './lib/packages.mjs';
import { providePart } from './lib/parts.mjs';
import { COMMAND_LINE, DISTRIBUTION, GUEST_FOLDER, LOCK_FILE } from './lib/recipe.mjs';
import { GuestError, megabytes, say, step } from './lib/report.mjs';
import { buildRoot } from './lib/root.mjs';
import { exclusively } from './lib/exclusive.mjs';
import { buildSmallKernel } from './lib/small-kernel.mjs';
import { provideSnapshot } from './lib/snapshot.mjs';
import { provideTools } from './lib/tools.mjs';

/** @typedef {import('./lib/recipe.mjs').KernelKind} KernelKind */
/** @typedef {import('./lib/parts.mjs').Part} Part */

const USAGE =
  'node guest/prepare.mjs [--kernel stock|small] [--force] [--verify] [--update] [--snapshot]';

/** @typedef {{ kind: KernelKind, force: boolean, verify: boolean, update: boolean, snapshot: boolean }} Options */

/** @returns {Options} */
function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        kernel: { type: 'string', default: 'stock' },
        force: { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
        snapshot: { type: 'boolean', default: false },
      },
    });
    const { kernel: kind, force, verify, update, snapshot } = values;
    if (kind !== 'stock' && kind !== 'small') {
      throw new GuestError(`There is no kernel "${kind}", only stock and small.`);
    }
    return { kind, force, verify, update, snapshot };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new GuestError(`${error.message}\nusage: ${USAGE}`);
  }
}

/** @param {string} path */
function isIngredient(path) {
  return !path.endsWith('.test.mjs') && !path.endsWith('README.md');
}

/**
 * Digest of ingredients: files below this folder, and whatever else.
 * @param {readonly string[]} names
 * @param {readonly string[]} [others]
 */
async function ingredients(names, others = []) {
  const paths = names.map((name) => join(GUEST_FOLDER, name));
  return digestOf([await digestOfFiles(GUEST_FOLDER, paths, isIngredient), ...others]);
}

/** @param {KernelKind} kind */
async function recipeDigest(kind) {
  const lock = await readFile(LOCK_FILE).catch(() => Buffer.alloc(0));
  const files = ['prepare.mjs', 'lib', 'files', 'small.config'];
  return ingredients(files, [kind, lock.toString('utf8')]);
}

/**
 * @param {KernelKind} kind
 * @param {import('./lib/lock.mjs').PackageLock} lock
 * @param {{ force: boolean, verify: boolean }} options
 */
async function provideKernel(kind, lock, options) {
  const [stock] = lock.groups.kernel;
  const [source] = lock.groups.source;
  if (stock === undefined || source === undefined) throw new Error('the lock names no kernel');
  if (kind === 'stock') {
    return providePart({
      name: 'kernel-stock',
      key: await ingredients(
        ['lib/kernel.mjs', 'lib/modules.mjs', 'lib/recipe.mjs'],
        [stock.sha256],
      ),
      ...options,
      build: (folder) => step('unpacking the kernel', () => buildStockKernel(stock, folder)),
    });
  }
  return providePart({
    name: 'kernel-small',
    key: await ingredients(['lib/small-kernel.mjs', 'small.config'], [source.sha256]),
    ...options,
    build: (folder) => buildSmallKernel(source, folder),
  });
}

/**
 * @param {KernelKind} kind
 * @returns {import('./lib/lock.mjs').PackageGroup[]}
 */
function neededGroups(kind) {
  return ['root', 'firmware', kind === 'stock' ? 'kernel' : 'source'];
}

/**
 * Compiles the small kernel. That takes long, so whoever wants the stock guest
 * meanwhile need not wait: only the packages are everybody's.
 * @param {Options} options
 */
async function prepareSmallKernel({ kind, force, verify, update }) {
  const lock = await exclusively('prepare', () => providePackages(neededGroups(kind), update));
  await provideKernel(kind, lock, { force, verify });
}

/**
 * @param {Options} options
 * @returns {Promise<void>}
 */
async function prepare({ kind, force, verify, update }) {
  const lock = await providePackages(neededGroups(kind), update);
  const recipe = await recipeDigest(kind);
  const options = { force, verify };
  const [firmwarePin] = lock.groups.firmware;
  const busybox = lock.groups.root.find(({ name }) => name === 'busybox-static');
  if (firmwarePin === undefined || busybox === undefined) throw new Error('the lock is incomplete');
  const pins = lock.groups.root;
  const root = await providePart({
    name: 'root',
    key: await ingredients(
      ['lib/root.mjs', 'files/root'],
      pins.map(({ sha256 }) => sha256),
    ),
    ...options,
    build: (folder) => buildRoot(pins, join(folder, 'root.erofs')),
  });
  const firmware = await providePart({
    name: 'firmware',
    key: await ingredients(['lib/kernel.mjs'], [firmwarePin.sha256]),
    ...options,
    build: (folder) => buildFirmware(firmwarePin, folder),
  });
  // The small kernel is the one made just before; once is enough.
  const kernel = await provideKernel(kind, lock, { force: force && kind === 'stock', verify });
  const modules = (kernel.notes['modules'] ?? '').split(' ').filter((name) => name !== '');
  const initrd = await providePart({
    name: `initrd-${kind}`,
    key: await ingredients(
      ['lib/kernel.mjs', 'lib/cpio.mjs', 'files/initrd'],
      [busybox.sha256, kernel.folder],
    ),
    ...options,
    build: async (folder) => {
      const paths = modules.map((name) => ({ name, path: join(kernel.folder, `${name}.ko`) }));
      await buildInitrd(busybox, paths, join(folder, 'initrd.img'));
      return {};
    },
  });
  const manifest = await assemble(
    {
      recipe,
      kind,
      distribution: DISTRIBUTION,
      kernel: {
        package: kernel.notes['package'] ?? '',
        version: kernel.notes['version'] ?? '',
        release: kernel.notes['release'] ?? '',
      },
      firmware: { package: firmwarePin.name, version: firmwarePin.version },
      commandLine: COMMAND_LINE,
      packages: Object.fromEntries(pins.map(({ name, version }) => [name, version])),
    },
    {
      firmware: { name: 'fw.bin', part: firmware },
      kernel: { name: 'Image', part: kernel },
      initrd: { name: 'initrd.img', part: initrd },
      root: { name: 'root.erofs', part: root },
    },
  );
  const sizes = Object.values(manifest.files).map(
    ({ name, bytes }) => `${name} ${megabytes(bytes)}`,
  );
  say(`${kind} guest is ready: ${sizes.join(', ')}`);
}

async function main() {
  const options = parseOptions();
  const { kind, force, verify, update, snapshot } = options;
  const ready = async () => !force && !update && isPrepared(kind, await recipeDigest(kind), verify);
  if (!(await ready())) {
    await provideTools(kind);
    if (kind === 'small') await exclusively('kernel', () => prepareSmallKernel(options));
    await exclusively('prepare', async () => {
      // Another run may have done it while this one waited.
      if (!(await ready())) await prepare({ ...options, update: update && kind === 'stock' });
    });
  }
  await provideSnapshot(kind, snapshot);
}

/**
 * @param {unknown} error
 * @returns {string | undefined} what to tell, unless it is a mistake of this program
 */
function explanation(error) {
  if (error instanceof GuestError) return error.message;
  // A full disk, a folder one may not write to: the system's own words are clear.
  if (error instanceof Error && 'syscall' in error) {
    return `The guest could not be prepared: ${error.message}`;
  }
  return undefined;
}

try {
  await main();
} catch (error) {
  const text = explanation(error);
  if (text === undefined) throw error;
  process.stderr.write(`guest: ${text}\n`);
  process.exitCode = 1;
}
