/**
 * An apt of its own: another architecture and release than the machine's, its
 * own lists and cache, the machine's mirror and way to the network. apt checks
 * the archive's signature and, along the signed index, every package.
 */
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sha256File } from './hash.mjs';
import { archiveName, parseShow, parseSimulation } from './lock.mjs';
import { run, shell } from './process.mjs';
import { ARCHITECTURE, SUITE } from './recipe.mjs';
import { GuestError, megabytes, progress } from './report.mjs';
import { KEYRINGS } from './tools.mjs';

/** @typedef {import('./lock.mjs').PackagePin} PackagePin */

/** Settings of the machine's apt that concern how it reaches a mirror. */
const NETWORK_SETTING =
  /^Acquire::(?:https?|ftp|socks\w*|Retries|ForceIPv[46]|Check-[\w-]+|Proxy[\w-]*)\b/;
const MIRROR_VARIABLE = 'TANDEM_DEBIAN_MIRROR';
const PROGRESS_INTERVAL_MS = 250;

/** @param {string} path */
async function exists(path) {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** @returns {Promise<string>} */
async function keyring() {
  for (const path of KEYRINGS) if (await exists(path)) return path;
  throw new GuestError(
    'The keys of the Debian archive are missing: install the package debian-archive-keyring.',
  );
}

/** @returns {Promise<string | undefined>} the mirror of the machine's own Debian sources */
async function mirrorOfThisMachine() {
  const format = '$(LABEL)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)';
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
  ]);
  const rows = targets.stdout
    .toString('utf8')
    .split('\n')
    .map((row) => row.split('|'))
    .filter(([, component, , uri = '']) => component === 'main' && !uri.startsWith('cdrom:'));
  const labelled = rows.find(([label]) => label === 'Debian');
  if (labelled !== undefined) return labelled[3];
  // A machine that has never fetched an index does not know the labels yet.
  const system = await readFile('/etc/os-release', 'utf8');
  if (!/^ID="?debian"?$/m.test(system)) return undefined;
  const guessed = rows.find(([, , release = '', uri = '']) => !/security/.test(release + uri));
  return guessed?.[3];
}

/**
 * Elsewhere than on Debian: debootstrap, when installed, knows Debian's mirror.
 * @returns {Promise<string | undefined>}
 */
async function mirrorOfDebootstrap() {
  const script = '/usr/sbin/debootstrap';
  if (!(await exists(script))) return undefined;
  const found = /^DEF_MIRROR="(\w+:\/\/[^"\s]+\/debian)\/?"$/m.exec(await readFile(script, 'utf8'));
  return found?.[1];
}

/** @returns {Promise<string>} */
async function findMirror() {
  const named = process.env[MIRROR_VARIABLE];
  if (named !== undefined && named !== '') {
    if (!/^(?:https?|file|copy):\/\S+$/.test(named)) {
      throw new GuestError(`${MIRROR_VARIABLE} is not the address of a mirror: ${named}`);
    }
    return named;
  }
  const mirror = (await mirrorOfThisMachine()) ?? (await mirrorOfDebootstrap());
  if (mirror !== undefined) return mirror;
  throw new GuestError(
    'The guest is made of Debian packages, and the apt of this machine has no Debian source. ' +
      'Install the packages debootstrap and debian-archive-keyring (debootstrap knows the mirror), ' +
      `or name a Debian mirror in the environment variable ${MIRROR_VARIABLE}.`,
  );
}

/** @param {string} text */
function quoted(text) {
  if (/["\n]/.test(text)) throw new GuestError(`apt cannot be given the path ${text}`);
  return `"${text}"`;
}

/**
 * @typedef {object} AptTarget
 * @property {string} suite
 * @property {string} architecture
 */

/** @type {AptTarget} */
const GUEST_TARGET = { suite: SUITE, architecture: ARCHITECTURE };

/**
 * @param {string} folder
 * @param {string} architecture
 * @returns {Promise<string>} apt.conf's text
 */
async function configuration(folder, architecture) {
  const dump = await run('apt-config', ['dump']);
  const inherited = dump.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => NETWORK_SETTING.test(line));
  const netrc = await shell(
    'eval "$(apt-config shell A Dir::Etc::netrc/f B Dir::Etc::netrcparts/d)"; printf "%s\\n%s" "$A" "$B"',
    [],
  );
  const [netrcFile = '', netrcFolder = ''] = netrc.stdout.toString('utf8').split('\n');
  const settings = [
    ['APT::Architecture', architecture],
    ['APT::Install-Recommends', 'false'],
    // apt as root would otherwise fetch as another user, who may not write here.
    ['APT::Sandbox::User', 'root'],
    ['Acquire::Languages', 'none'],
    ['Dir', '/'],
    ['Dir::Etc', join(folder, 'etc')],
    ['Dir::Etc::sourcelist', '/dev/null'],
    ['Dir::Etc::sourceparts', join(folder, 'sources')],
    ['Dir::Etc::parts', join(folder, 'etc')],
    ['Dir::Etc::preferencesparts', join(folder, 'etc')],
    ['Dir::Etc::netrc', netrcFile],
    ['Dir::Etc::netrcparts', netrcFolder],
    ['Dir::State', join(folder, 'state')],
    ['Dir::State::lists', join(folder, 'state', 'lists')],
    ['Dir::State::status', join(folder, 'status')],
    ['Dir::Cache', join(folder, 'cache')],
  ];
  const own = settings.map(([name = '', value = '']) => `${name} ${quoted(value)};`);
  return [...inherited, ...own, `APT::Architectures { "${architecture}"; };`, ''].join('\n');
}

/**
 * @typedef {object} Apt
 * @property {(names: readonly string[]) => Promise<(PackagePin & { depends: string })[]>} show
 *   all versions the signed index has of the named packages
 * @property {(asked: readonly string[]) => Promise<PackagePin[]>} resolve
 *   what installing `asked` on an empty system would fetch
 * @property {(name: string) => Promise<PackagePin & { depends: string }>} candidate
 *   the version apt would install
 * @property {(pins: readonly PackagePin[], folder: string) => Promise<void>} fetch
 *   packages into a folder, checked against the signed index
 */

/**
 * Sets up the isolated state in `folder` and fetches the index.
 * @param {string} folder
 * @param {AptTarget} [target] the guest's, unless another is named
 * @returns {Promise<Apt>}
 */
export async function openApt(folder, { suite, architecture } = GUEST_TARGET) {
  const mirror = await findMirror();
  const key = await keyring();
  await mkdir(join(folder, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  await mkdir(join(folder, 'etc'), { recursive: true });
  await mkdir(join(folder, 'sources'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const source = {
    Types: 'deb',
    URIs: mirror,
    Suites: suite,
    Components: 'main',
    Architectures: architecture,
    'Signed-By': key,
  };
  const paragraph = Object.entries(source).map(([field, value]) => `${field}: ${value}\n`);
  await writeFile(join(folder, 'sources', 'guest.sources'), paragraph.join(''));
  const file = join(folder, 'apt.conf');
  // It may repeat a proxy's password from the machine's settings.
  await writeFile(file, await configuration(folder, architecture), { mode: 0o600 });
  const env = { APT_CONFIG: file };
  const updated = await run('apt-get', ['--quiet', '--error-on=any', 'update'], {
    env,
    acceptFailure: true,
  });
  if (updated.status !== 0) {
    throw new GuestError(
      `The package index could not be fetched; is the mirror ${mirror} reachable?\n${updated.stderr.trim()}`,
    );
  }
  /** @param {readonly string[]} names */
  const show = async (names) => {
    // A name that is gone makes apt-cache fail and yet print all the others.
    const shown = await run('apt-cache', ['show', '--all-versions', ...names], {
      env,
      acceptFailure: true,
    });
    return parseShow(shown.stdout.toString('utf8'));
  };
  return {
    show,
    async resolve(asked) {
      const simulation = await run('apt-get', ['--simulate', 'install', ...asked], { env });
      const chosen = parseSimulation(simulation.stdout.toString('utf8'));
      const all = await show(chosen.map(({ name }) => name));
      return chosen.map(({ name, version }) => {
        const pin = all.find((one) => one.name === name && one.version === version);
        if (pin === undefined) throw new GuestError(`apt's index has no ${name} ${version}`);
        const { architecture, size, sha256 } = pin;
        return { name, version, architecture, size, sha256 };
      });
    },
    async candidate(name) {
      const shown = await run('apt-cache', ['show', '--no-all-versions', name], { env });
      const [found] = parseShow(shown.stdout.toString('utf8'));
      if (found === undefined) throw new GuestError(`The mirror has no package ${name}`);
      return found;
    },
    async fetch(pins, target) {
      const names = pins.map((pin) => `${pin.name}=${pin.version}`);
      await run('apt-get', ['--quiet', 'download', ...names], { env, cwd: target });
    },
  };
}

/**
 * @param {string} folder
 * @returns {Promise<number>} bytes in its files
 */
async function bytesIn(folder) {
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return (await exists(path)) ? (await stat(path)).size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * @param {PackagePin} pin
 * @param {string} path
 * @returns {Promise<boolean>} whether `path` is exactly the pinned package
 */
async function isPinned(pin, path) {
  if (!(await exists(path))) return false;
  return (await stat(path)).size === pin.size && (await sha256File(path)) === pin.sha256;
}

/**
 * @param {string} folder
 * @param {readonly PackagePin[]} pins
 * @returns {Promise<PackagePin[]>} those that `folder` does not hold
 */
export async function missingArchives(folder, pins) {
  /** @type {PackagePin[]} */
  const missing = [];
  for (const pin of pins) {
    if (!(await isPinned(pin, join(folder, archiveName(pin))))) missing.push(pin);
  }
  return missing;
}

/**
 * Fetches packages into `folder` and checks each against its pin.
 * @param {Apt} apt
 * @param {string} folder
 * @param {readonly PackagePin[]} pins
 */
export async function fetchArchives(apt, folder, pins) {
  const total = pins.reduce((sum, pin) => sum + pin.size, 0);
  const incoming = join(folder, 'incoming');
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  const timer = setInterval(() => {
    bytesIn(incoming).then(
      (now) => progress(`fetching ${megabytes(Math.min(now, total))} of ${megabytes(total)}`),
      (error) => progress(`fetching ${megabytes(total)} (${String(error)})`),
    );
  }, PROGRESS_INTERVAL_MS);
  try {
    await apt.fetch(pins, incoming);
  } finally {
    clearInterval(timer);
  }
  for (const pin of pins) {
    const name = archiveName(pin);
    const path = join(incoming, name);
    if (!(await isPinned(pin, path))) {
      throw new GuestError(`${name} from the mirror is not the pinned file`);
    }
    await rename(path, join(folder, name));
  }
  await rm(incoming, { recursive: true, force: true });
}
