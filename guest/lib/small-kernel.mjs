/** The small kernel, compiled from Debian's source with guest/small.config. */
import { availableParallelism } from 'node:os';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkImage } from './kernel.mjs';
import { archivePath } from './packages.mjs';
import { run, shell } from './process.mjs';
import { CACHE_FOLDER, GUEST_FOLDER, IMAGE_EPOCH, KERNEL_SOURCE_PACKAGE } from './recipe.mjs';
import { GuestError, megabytes, progress, step } from './report.mjs';

const FRAGMENT = join(GUEST_FOLDER, 'small.config');
const TREE = join(CACHE_FOLDER, 'work', 'linux');
/** Other processors: their sources are not read here, only their Kconfig files. */
const OTHER_PROCESSORS = [
  ...['alpha', 'arc', 'arm', 'arm64', 'csky', 'hexagon', 'loongarch', 'm68k', 'microblaze', 'mips'],
  ...['nios2', 'openrisc', 'parisc', 'powerpc', 's390', 'sh', 'sparc', 'um', 'x86', 'xtensa'],
];
/** Large parts of the source that are left out (tar patterns; a star also matches a slash). */
const EXCLUDED = [
  ...OTHER_PROCESSORS.flatMap((name) => [`*/arch/${name}/*.[chS]`, `*/arch/${name}/*.dts*`]),
  '*/Documentation/*/*',
  '*/drivers/gpu/drm/amd/include',
  '*/tools/testing',
];

/**
 * Options that the fragment asks for and a finished configuration does not have.
 * @param {string} fragment
 * @param {string} config
 * @returns {string[]}
 */
export function unmetOptions(fragment, config) {
  const set = new Set(config.split('\n'));
  return fragment.split('\n').filter((line) => {
    if (!line.startsWith('CONFIG_')) return false;
    if (!line.endsWith('=n')) return !set.has(line);
    // An option that is off is a comment, or not there when it cannot be chosen.
    const name = line.slice(0, -'=n'.length);
    return [...set].some((other) => other.startsWith(`${name}=`));
  });
}

/** @returns {string[]} what every call of make is given */
function makeArguments() {
  return [
    `--directory=${TREE}`,
    'ARCH=riscv',
    'CROSS_COMPILE=riscv64-linux-gnu-',
    // The kernel's banner names no machine and no moment, so that builds can be compared.
    'KBUILD_BUILD_USER=tandem',
    'KBUILD_BUILD_HOST=tandem',
    `KBUILD_BUILD_TIMESTAMP=${new Date(IMAGE_EPOCH * 1000).toUTCString()}`,
  ];
}

/** @param {import('./lock.mjs').PackagePin} source */
async function unpackSource(source) {
  await rm(TREE, { recursive: true, force: true });
  await mkdir(TREE, { recursive: true });
  const excludes = EXCLUDED.map((pattern) => `--exclude=${pattern}`);
  await shell(
    'archive=$1; inner=$2; shift 2; dpkg-deb --fsys-tarfile "$archive" | ' +
      'tar --extract --to-stdout "$inner" | tar --extract --xz --no-same-owner --strip-components=1 "$@"',
    [
      ...[archivePath(source), `./usr/src/${KERNEL_SOURCE_PACKAGE}.tar.xz`],
      ...['-C', TREE, ...excludes],
    ],
  );
}

async function configure() {
  await run('make', [...makeArguments(), 'allnoconfig'], { env: { KCONFIG_ALLCONFIG: FRAGMENT } });
  const config = await readFile(join(TREE, '.config'), 'utf8');
  const unmet = unmetOptions(await readFile(FRAGMENT, 'utf8'), config);
  if (unmet.length > 0) {
    throw new GuestError(`The kernel's configuration does not take: ${unmet.join(', ')}`);
  }
}

/** @param {string} goal */
async function compile(goal) {
  let files = 0;
  await run('make', [...makeArguments(), `--jobs=${availableParallelism()}`, goal], {
    onLine: (line) => {
      if (!/^ {2}(?:CC|AS|AR|LD)\s/.test(line)) return;
      files += 1;
      progress(`compiling the kernel: ${files} files so far`);
    },
  });
}

/**
 * @param {import('./lock.mjs').PackagePin} source
 * @param {string} folder
 * @returns {Promise<Record<string, string>>}
 */
export async function buildSmallKernel(source, folder) {
  await step(`unpacking the kernel's source (${megabytes(source.size)})`, () => {
    return unpackSource(source);
  });
  await configure();
  await step('compiling the kernel (7 to 20 minutes on two cores)', () => compile('Image'));
  const image = await readFile(join(TREE, 'arch', 'riscv', 'boot', 'Image'));
  checkImage(image);
  await writeFile(join(folder, 'Image'), image);
  const release = await run('make', [...makeArguments(), '--silent', 'kernelrelease']);
  await rm(TREE, { recursive: true, force: true });
  return {
    package: source.name,
    version: source.version,
    release: release.stdout.toString('utf8').trim(),
  };
}
