/**
 * The guest's root file system: packages unpacked without running any of their
 * scripts, plus the few files those scripts would have written, plus ours
 * (files/root), packed into a compressed EROFS image. Needs no root rights:
 * the image maker makes root the owner of everything.
 */
import { availableParallelism } from 'node:os';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { archivePath } from './packages.mjs';
import { inParallel, run, shell, which } from './process.mjs';
import { CACHE_FOLDER, GUEST_FOLDER, IMAGE_EPOCH } from './recipe.mjs';
import { progress, step } from './report.mjs';

/** @typedef {import('./lock.mjs').PackagePin} PackagePin */

export const ROOT_OVERLAY = join(GUEST_FOLDER, 'files', 'root');
const WORK = join(CACHE_FOLDER, 'work');
const ROOT = join(WORK, 'root');

/** Not wanted in a guest without manual pages, translations or systemd (tar patterns). */
const EXCLUDED = [
  './etc/cron*',
  './etc/default/nss',
  './etc/init.d/*',
  './etc/logrotate.d',
  './etc/profile.d/bash_completion.sh',
  './etc/rc*.d',
  './etc/ufw',
  './usr/lib/init',
  './usr/lib/python3.13/ensurepip',
  './usr/lib/python3.13/pydoc_data',
  './usr/lib/riscv64-linux-gnu/gconv/*.so',
  './usr/lib/systemd',
  './usr/lib/sysusers.d',
  './usr/lib/tmpfiles.d',
  './usr/share/bug',
  './usr/share/doc-base',
  './usr/share/fish',
  './usr/share/gcc',
  './usr/share/gdb',
  './usr/share/info',
  './usr/share/lintian',
  './usr/share/locale',
  './usr/share/man',
  './usr/share/menu',
  './usr/share/zsh',
];

const FOLDERS = [
  'dev',
  'etc/nginx/sites-enabled',
  'mnt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'tmp',
  'usr/local/bin',
  'usr/local/lib',
  'usr/local/sbin',
  'var/cache',
  'var/lib/dpkg/info',
  'var/lib/dpkg/triggers',
  'var/lib/dpkg/updates',
  'var/lib/nginx',
  'var/lib/redis',
  'var/log/nginx',
  'var/log/redis',
  'var/spool',
  'var/tmp',
  'var/www/html',
];

/** Links that maintainer scripts would have made: [path, target]. */
const LINKS = [
  ['etc/localtime', '/usr/share/zoneinfo/Etc/UTC'],
  ['etc/mtab', '../proc/self/mounts'],
  [
    'etc/nginx/modules-enabled/50-mod-http-echo.conf',
    '/usr/share/nginx/modules-available/mod-http-echo.conf',
  ],
  ['etc/nginx/sites-enabled/default', '/etc/nginx/sites-available/default'],
  ['etc/resolv.conf', '/run/resolv.conf'],
  ['usr/bin/awk', 'mawk'],
  ['usr/bin/editor', 'nano'],
  ['usr/bin/ex', 'vim.tiny'],
  ['usr/bin/lua', 'lua5.4'],
  ['usr/bin/nawk', 'mawk'],
  ['usr/bin/pager', 'less'],
  ['usr/bin/vi', 'vim.tiny'],
  ['usr/bin/view', 'vim.tiny'],
  ['usr/bin/vim', 'vim.tiny'],
  ['usr/bin/w', 'w.procps'],
  ['usr/bin/which', 'which.debianutils'],
  ['usr/sbin/halt', '../bin/busybox'],
  ['usr/sbin/init', '../lib/tandem/init'],
  ['usr/sbin/poweroff', '../bin/busybox'],
  ['usr/sbin/reboot', '../bin/busybox'],
  ['var/lock', '/run/lock'],
  ['var/run', '/run'],
];

/** Programs people look for and that only busybox has here. */
const BUSYBOX_PROGRAMS = [
  'arping',
  'bc',
  'bunzip2',
  'bzcat',
  'bzip2',
  'cpio',
  'dc',
  'devmem',
  'ftpget',
  'fuser',
  'hexdump',
  'httpd',
  'ifconfig',
  'lsof',
  'lsmod',
  'microcom',
  'nc',
  'netstat',
  'nslookup',
  'pstree',
  'route',
  'strings',
  'telnet',
  'tftp',
  'time',
  'traceroute',
  'tree',
  'unzip',
  'usleep',
  'wget',
  'xxd',
];

/** Copies that maintainer scripts would have made: [from, to]. */
const COPIES = [
  ['usr/share/base-passwd/passwd.master', 'etc/passwd'],
  ['usr/share/base-passwd/group.master', 'etc/group'],
  ['usr/share/libc-bin/nsswitch.conf', 'etc/nsswitch.conf'],
  ['usr/share/readline/inputrc', 'etc/inputrc'],
  ['usr/share/nginx/html/index.html', 'var/www/html/index.nginx-debian.html'],
];

/** @param {unknown} error */
function isMissing(error) {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * @param {PackagePin} pin
 * @returns {Promise<string>} its paragraph of dpkg's status file
 */
async function unpack(pin) {
  const archive = archivePath(pin);
  const excludes = EXCLUDED.map((pattern) => `--exclude=${pattern}`);
  // Several packages bring the same folder, which tar must leave as it finds it.
  const flags = ['--extract', '--verbose', '--preserve-permissions', '--no-same-owner'];
  const listing = await shell('archive=$1; shift; dpkg-deb --fsys-tarfile "$archive" | tar "$@"', [
    archive,
    ...flags,
    '--keep-directory-symlink',
    '--anchored',
    ...excludes,
    '-C',
    ROOT,
  ]);
  const names = listing.stdout.toString('utf8').split('\n');
  const owned = names.map((name) => name.replace(/^\./, '').replace(/\/$/, ''));
  const list = owned.map((name) => (name === '' ? '/.' : name)).join('\n');
  const fields = await run('dpkg-deb', ['--field', archive]);
  const paragraph = fields.stdout.toString('utf8');
  const same = /^Multi-Arch: same$/m.test(paragraph) ? `:${pin.architecture}` : '';
  await writeFile(join(ROOT, 'var/lib/dpkg/info', `${pin.name}${same}.list`), `${list}\n`);
  return paragraph.replace(/^(Package: .*)$/m, '$1\nStatus: install ok installed');
}

/** @param {readonly PackagePin[]} pins */
async function unpackAll(pins) {
  for (const folder of FOLDERS) await mkdir(join(ROOT, folder), { recursive: true });
  // The merged /usr must be there before the first package has a file in /bin.
  for (const name of ['bin', 'lib', 'sbin']) {
    await mkdir(join(ROOT, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(ROOT, name));
  }
  let done = 0;
  /** @type {Map<string, string>} */
  const paragraphs = new Map();
  await inParallel(pins, availableParallelism(), async (pin) => {
    paragraphs.set(pin.name, await unpack(pin));
    done += 1;
    progress(`unpacking ${done} of ${pins.length} packages`);
  });
  const status = pins.map(({ name }) => paragraphs.get(name) ?? '').join('\n');
  await writeFile(join(ROOT, 'var/lib/dpkg/status'), status);
  await writeFile(join(ROOT, 'var/lib/dpkg/available'), '');
  // Version of the folder's layout: with the architecture in names where two can be installed.
  await writeFile(join(ROOT, 'var/lib/dpkg/info/format'), '1\n');
}

/** Keeps each package's licence, and drops the rest of its documentation. */
async function pruneDocumentation() {
  const docs = join(ROOT, 'usr/share/doc');
  for (const name of await readdir(docs)) {
    const folder = join(docs, name);
    const entries = await readdir(folder).catch((error) => {
      // A link to another package's folder.
      if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [];
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      if (entry !== 'copyright') await rm(join(folder, entry), { recursive: true });
    }
  }
}

/**
 * @param {string} target
 * @param {string} path
 * @param {boolean} replace
 */
async function link(target, path, replace) {
  const place = join(ROOT, path);
  await mkdir(dirname(place), { recursive: true });
  if (replace) await rm(place, { force: true, recursive: true });
  await symlink(target, place).catch((error) => {
    const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!there || replace) throw error;
  });
}

/** What the maintainer scripts would have left behind. */
async function configure() {
  for (const [from = '', to = ''] of COPIES) await cp(join(ROOT, from), join(ROOT, to));
  for (const [path = '', target = ''] of LINKS) await link(target, path, true);
  for (const name of BUSYBOX_PROGRAMS) await link('busybox', `usr/bin/${name}`, false);
  const users = await readFile(join(ROOT, 'etc/passwd'), 'utf8');
  const redis = 'redis:x:101:101::/var/lib/redis:/usr/sbin/nologin\n';
  await writeFile(join(ROOT, 'etc/passwd'), users.replace('root:*:', 'root:x:') + redis);
  const groups = await readFile(join(ROOT, 'etc/group'), 'utf8');
  await writeFile(join(ROOT, 'etc/group'), `${groups}redis:x:101:\n`);
  // The machine is its user's own: root needs no password, the others have none that fits.
  const shadow = (users + redis)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, line.indexOf(':')))
    .map((name) => `${name}:${name === 'root' ? '' : '*'}:20000:0:99999:7:::\n`);
  await writeFile(join(ROOT, 'etc/shadow'), shadow.join(''), { mode: 0o640 });
  await cp(ROOT_OVERLAY, ROOT, { recursive: true, force: true, verbatimSymlinks: true });
  await chmod(join(ROOT, 'tmp'), 0o1777);
  await chmod(join(ROOT, 'var/tmp'), 0o1777);
  await chmod(join(ROOT, 'root'), 0o700);
}

/** @returns {Promise<string>} the unpacked Python's version directory, as python3.13 */
async function pythonName() {
  const names = await readdir(join(ROOT, 'usr/lib'));
  const found = names.find((name) => /^python3\.\d+$/.test(name));
  if (found === undefined) throw new Error('no python3 in the unpacked packages');
  return found;
}

/**
 * Steps that run the guest's own programs, by user-mode emulation: Python's
 * byte code (without it the first start takes ages) and the loader's cache.
 */
async function precompute() {
  const emulator = which('qemu-riscv64') ?? which('qemu-riscv64-static') ?? 'qemu-riscv64';
  const python = await pythonName();
  // Byte code that trusts itself: neither time stamps nor another read of the source.
  await run(
    emulator,
    [
      ...['-L', ROOT, join(ROOT, 'usr/bin', python), '-B', '-s', '-S', '-W', 'ignore'],
      ...['-m', 'compileall', '-q', '-f', '--invalidation-mode', 'unchecked-hash'],
      ...['-s', ROOT, '-p', '/', join(ROOT, 'usr/lib', python), join(ROOT, 'usr/lib/tandem')],
    ],
    { env: { PYTHONHASHSEED: '0', PYTHONHOME: '', PYTHONPATH: '', PYTHONSAFEPATH: '1' } },
  );
  await run(emulator, ['-L', ROOT, join(ROOT, 'usr/sbin/ldconfig'), '-X', '-r', ROOT]);
  // ldconfig's notes for its next run hold inode numbers of this machine.
  await rm(join(ROOT, 'var/cache/ldconfig'), { recursive: true, force: true });
}

/**
 * @param {readonly PackagePin[]} pins
 * @param {string} image path of the image to write
 */
export async function buildRoot(pins, image) {
  await rm(ROOT, { recursive: true, force: true });
  await mkdir(ROOT, { recursive: true });
  await step(`unpacking ${pins.length} packages`, () => unpackAll(pins));
  await pruneDocumentation();
  await configure();
  await step('compiling the Python library', precompute);
  await step('packing the root image', async () => {
    const options = ['-zlz4hc,9', `-T${IMAGE_EPOCH}`, '-U00000000-0000-0000-0000-000000000000'];
    const maker = which('mkfs.erofs') ?? 'mkfs.erofs';
    await run(maker, ['--quiet', '--all-root', '-x-1', ...options, image, ROOT]);
  });
  await rm(ROOT, { recursive: true, force: true });
  return { root: basename(image) };
}
