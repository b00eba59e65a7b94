/**
 * What the guest is made of. Everything a person may want to change stands here.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Version of guest.json's layout; a reader refuses any other. */
export const GUEST_FORMAT = 1;

export const SUITE = 'trixie';
export const ARCHITECTURE = 'riscv64';
export const DISTRIBUTION = 'Debian 13 (trixie)';

/** Kernel series of the suite; a change of series needs a look at modules and fragment. */
export const KERNEL_SERIES = '6.12';
export const KERNEL_METAPACKAGE = 'linux-image-riscv64';
export const KERNEL_PACKAGE_PATTERN = /\blinux-image-[0-9][^\s,]*-riscv64\b/;
export const KERNEL_SOURCE_PACKAGE = `linux-source-${KERNEL_SERIES}`;
export const FIRMWARE_PACKAGE = 'opensbi';
export const FIRMWARE_PATH = './usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin';

/** What is asked of apt; it adds what these depend on (no recommendations). */
export const ROOT_PACKAGES = [
  'base-files',
  'base-passwd',
  'bash',
  'bash-completion',
  'busybox-static',
  'coreutils',
  'dash',
  'debianutils',
  'diffutils',
  'findutils',
  'grep',
  'gzip',
  'hostname',
  'iproute2',
  'iputils-ping',
  'less',
  'libc-bin',
  'lua5.4',
  'mawk',
  'mount',
  'nano',
  'ncurses-base',
  'ncurses-bin',
  'netbase',
  'nginx-light',
  'procps',
  'python3',
  'redis-server',
  'redis-tools',
  'sed',
  'sqlite3',
  'tar',
  'util-linux',
  'vim-tiny',
  'xz-utils',
];

/**
 * Dependencies that serve maintainer scripts only. No maintainer script runs
 * here, and the perl that these need is not installed either.
 */
export const LEFT_OUT = ['adduser', 'debconf', 'init-system-helpers', 'libdebconfclient0'];

/**
 * Modules the stock kernel needs to reach its root and its devices; what they
 * depend on is added. crc32c_generic is no dependency on paper: libcrc32c asks
 * for the algorithm by name.
 */
export const MODULES = [
  'virtio_mmio',
  'virtio_blk',
  'crc32c_generic',
  'erofs',
  'overlay',
  'virtio_net',
  'virtio-rng',
];

/**
 * console=ttyS0: kernel messages to the UART, so that the shell on hvc0 stays
 * clean. panic=-1: a panic resets at once, which the machine reports.
 *
 * The others halve the instructions of a cold boot (2,500 M to 1,150 M up to
 * the first process, measured under QEMU): tests of the kernel's own
 * cryptography, the CPU jitter random source (a virtual machine's has no
 * jitter; virtio-rng feeds the pool), names of constants in trace formats, and
 * waiting for RCU grace periods.
 */
export const COMMAND_LINE = [
  'console=ttyS0',
  'quiet',
  'panic=-1',
  'cryptomgr.notests',
  'initcall_blacklist=jent_mod_init,trace_eval_init',
  'rcupdate.rcu_expedited=1',
].join(' ');

/** Time stamp of every file in the images: a fixed one makes them repeatable. */
export const IMAGE_EPOCH = 1735689600;

export const GUEST_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');
export const PROJECT_FOLDER = join(GUEST_FOLDER, '..');
export const LOCK_FILE = join(GUEST_FOLDER, 'packages.lock.json');
export const CACHE_FOLDER = join(PROJECT_FOLDER, '.cache', 'guest');

/** @typedef {'stock' | 'small'} KernelKind */
