/**
 * guest/packages.lock.json: the exact packages of the guest. The file is
 * tracked; versions move only when somebody asks (`--update`) or when a mirror
 * has dropped one.
 */
import { GuestError } from './report.mjs';

const LOCK_FORMAT = 1;
const SHA256_PATTERN = /^[0-9a-f]{64}$/;
/** Debian Policy 5.6.1 and 5.6.12: what a name and a version may be made of. */
const NAME_PATTERN = /^[a-z0-9][a-z0-9+.-]+$/;
const VERSION_PATTERN = /^[0-9][A-Za-z0-9.+~:-]*$/;

/**
 * One package, by its place in the signed index.
 * @typedef {object} PackagePin
 * @property {string} name
 * @property {string} version
 * @property {string} architecture
 * @property {number} size bytes
 * @property {string} sha256
 */

/**
 * `root` is the userland; the others hold one package each.
 * @typedef {'root' | 'kernel' | 'firmware' | 'source'} PackageGroup
 */

/** @type {readonly PackageGroup[]} */
export const PACKAGE_GROUPS = ['root', 'kernel', 'firmware', 'source'];

/**
 * @typedef {object} PackageLock
 * @property {string} suite
 * @property {string} architecture
 * @property {string[]} asked what the root group was resolved from
 * @property {Record<PackageGroup, PackagePin[]>} groups
 */

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {PackagePin}
 */
function checkedPin(value) {
  if (!isRecord(value)) throw new GuestError('packages.lock.json: a package is not an object');
  const { name, version, architecture, size, sha256 } = value;
  if (
    typeof name !== 'string' ||
    !NAME_PATTERN.test(name) ||
    typeof version !== 'string' ||
    !VERSION_PATTERN.test(version) ||
    typeof architecture !== 'string' ||
    !NAME_PATTERN.test(architecture) ||
    typeof size !== 'number' ||
    !Number.isSafeInteger(size) ||
    size <= 0 ||
    typeof sha256 !== 'string' ||
    !SHA256_PATTERN.test(sha256)
  ) {
    throw new GuestError(`packages.lock.json: the entry of ${JSON.stringify(name)} is not valid`);
  }
  return { name, version, architecture, size, sha256 };
}

/**
 * @param {string} text
 * @returns {PackageLock}
 * @throws {GuestError} when it is not a lock file of this format
 */
export function parseLock(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new GuestError(`packages.lock.json is not JSON: ${String(error)}`);
  }
  if (!isRecord(value) || value['format'] !== LOCK_FORMAT) {
    throw new GuestError(`packages.lock.json is not of format ${LOCK_FORMAT}`);
  }
  const { suite, architecture, asked, groups } = value;
  if (
    typeof suite !== 'string' ||
    typeof architecture !== 'string' ||
    !Array.isArray(asked) ||
    !asked.every((name) => typeof name === 'string') ||
    !isRecord(groups)
  ) {
    throw new GuestError('packages.lock.json: suite, architecture, asked or groups is missing');
  }
  /** @param {PackageGroup} group */
  const pins = (group) => {
    const list = groups[group];
    if (!Array.isArray(list)) throw new GuestError(`packages.lock.json: no group "${group}"`);
    return list.map(checkedPin);
  };
  return {
    suite,
    architecture,
    asked,
    groups: {
      root: pins('root'),
      kernel: pins('kernel'),
      firmware: pins('firmware'),
      source: pins('source'),
    },
  };
}

/**
 * One package a line, sorted, so that a change of version is a change of one line.
 * @param {PackageLock} lock
 * @returns {string}
 */
export function formatLock(lock) {
  const groups = PACKAGE_GROUPS.map((group) => {
    const lines = [...lock.groups[group]]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, version, architecture, size, sha256 }) => {
        return `      ${JSON.stringify({ name, version, architecture, size, sha256 })}`;
      });
    return `    ${JSON.stringify(group)}: [\n${lines.join(',\n')}\n    ]`;
  });
  const head = [
    `  "format": ${LOCK_FORMAT}`,
    `  "suite": ${JSON.stringify(lock.suite)}`,
    `  "architecture": ${JSON.stringify(lock.architecture)}`,
    `  "asked": ${JSON.stringify(lock.asked)}`,
  ];
  return `{\n${head.join(',\n')},\n  "groups": {\n${groups.join(',\n')}\n  }\n}\n`;
}

/**
 * @param {readonly PackagePin[]} before
 * @param {readonly PackagePin[]} after
 * @returns {string[]} what changed, a line for a person each
 */
export function lockChanges(before, after) {
  const old = new Map(before.map((pin) => [pin.name, pin]));
  const young = new Map(after.map((pin) => [pin.name, pin]));
  /** @type {string[]} */
  const lines = [];
  for (const pin of after) {
    const was = old.get(pin.name);
    if (was === undefined) lines.push(`${pin.name} ${pin.version} is new`);
    else if (was.version !== pin.version)
      lines.push(`${pin.name} ${was.version} is now ${pin.version}`);
    else if (was.sha256 !== pin.sha256) lines.push(`${pin.name} ${pin.version} has other contents`);
  }
  for (const pin of before) {
    if (!young.has(pin.name)) lines.push(`${pin.name} is no longer needed`);
  }
  return lines;
}

/**
 * A file name for a package that cannot leave its folder or meet another's.
 * @param {PackagePin} pin
 */
export function archiveName(pin) {
  return `${pin.name}_${pin.version.replaceAll(':', '%3a')}_${pin.architecture}.deb`;
}

/**
 * The fields wanted here from `apt-cache show`'s paragraphs.
 * @param {string} text
 * @returns {(PackagePin & { depends: string })[]} complete paragraphs only
 */
export function parseShow(text) {
  /** @type {(PackagePin & { depends: string })[]} */
  const found = [];
  for (const paragraph of text.split(/\n\n+/)) {
    /** @param {string} field */
    const value = (field) => new RegExp(`^${field}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
    const pin = {
      name: value('Package'),
      version: value('Version'),
      architecture: value('Architecture'),
      size: Number(value('Size')),
      sha256: value('SHA256'),
    };
    if (pin.name === '' || pin.size === 0 || !SHA256_PATTERN.test(pin.sha256)) continue;
    found.push({ ...pin, depends: value('Depends') });
  }
  return found;
}

/**
 * @param {string} text what `apt-get --simulate install` prints
 * @returns {{ name: string, version: string }[]} what it would install
 */
export function parseSimulation(text) {
  return [...text.matchAll(/^Inst (\S+?)(?::\S+)? (?:\[\S+\] )?\((\S+) /gm)].map(
    ([, name = '', version = '']) => ({ name, version }),
  );
}
