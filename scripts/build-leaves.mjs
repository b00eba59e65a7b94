#!/usr/bin/env node
// Compiles src/vm/leaves (AssemblyScript) into src/vm/generated/leaves.ts, a module that holds the
// WebAssembly binary as base64. Does nothing when no input has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureModules } from './lib/modules.mjs';
import { Failure, requireNode, root, runMain } from './lib/project.mjs';

const entry = 'src/vm/leaves/index.ts';
const output = join(root, 'src/vm/generated/leaves.ts');

/** LEAF_STATICS of src/vm/layout.ts: where AssemblyScript may put constant data. */
const leafStatics = /LEAF_STATICS = (0x[0-9a-f]+)/.exec(
  readFileSync(join(root, 'src/vm/layout.ts'), 'utf8'),
)?.[1];
if (leafStatics === undefined) throw new Failure('src/vm/layout.ts does not define LEAF_STATICS');

const compilerOptions = [
  '-O3',
  '--runtime',
  'stub',
  // An assertion that fails is a trap; there is no abort to import.
  '--use',
  'abort=',
  '--importMemory',
  '--noExportMemory',
  '--sharedMemory',
  // The import accepts any memory between these bounds (pages of 64 KiB).
  '--initialMemory',
  '16',
  '--maximumMemory',
  '65536',
  '--memoryBase',
  String(Number(leafStatics)),
  '--enable',
  'threads',
  '--enable',
  'simd',
];

/** @param {string | Uint8Array} data */
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** What, besides the sources, decides the result. */
function recipe() {
  return sha256(
    JSON.stringify([
      compilerOptions,
      readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8'),
      sha256(readFileSync(fileURLToPath(import.meta.url))),
    ]),
  );
}

/** @param {string[]} paths Relative to the project. */
function hashInputs(paths) {
  const hash = createHash('sha256').update(recipe());
  for (const path of paths) {
    const file = join(root, path);
    hash.update(`\0${path}\0`).update(existsSync(file) ? readFileSync(file) : 'missing');
  }
  return hash.digest('hex');
}

/** True when the output was made from exactly these inputs. */
function isFresh() {
  if (!existsSync(output)) return false;
  const stamp = /^\/\/ inputs (\{.*\})$/m.exec(readFileSync(output, 'utf8'))?.[1];
  if (stamp === undefined) return false;
  const { paths, sha256: recorded } = JSON.parse(stamp);
  return hashInputs(paths) === recorded;
}

/**
 * AssemblyScript adds `.ts` to every import path; the rest of the project writes it out. Both
 * spellings must name the same module.
 * @param {string} source
 */
const withoutSuffixes = (source) => source.replace(/(\bfrom\s+(['"])\.[^'"]*)\.ts\2/g, '$1$2');

/**
 * The part of `assemblyscript/asc` that is used here. Its own types bring AssemblyScript's globals
 * with them (another `console`), so the compiler must not follow the import.
 * @typedef {object} Asc
 * @property {(argv: string[], host: {
 *   readFile: (name: string, baseDir: string) => string | null,
 *   writeFile: (name: string, contents: Uint8Array | string, baseDir: string) => void,
 *   listFiles: (dirname: string, baseDir: string) => string[],
 * }) => Promise<{ error: Error | null, stderr: { toString(): string } }>} main
 */

/** @returns {Promise<Asc>} */
async function loadAsc() {
  const specifier = 'assemblyscript/asc';
  /** @type {{ default: Asc }} */
  const module = await import(specifier);
  return module.default;
}

async function compile() {
  const asc = await loadAsc();
  /** @type {Set<string>} */
  const inputs = new Set();
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [entry, '--baseDir', root, '--outFile', 'leaves.wasm', ...compilerOptions],
    {
      readFile: (name, baseDir) => {
        const path = resolve(baseDir, name);
        if (!existsSync(path)) return null;
        inputs.add(relative(root, path));
        return withoutSuffixes(readFileSync(path, 'utf8'));
      },
      listFiles: () => [],
      writeFile: (_name, contents) => {
        if (contents instanceof Uint8Array) binary = contents;
      },
    },
  );
  const messages = stderr.toString().trim();
  if (messages !== '') process.stderr.write(`${messages}\n`);
  if (error !== null || binary === undefined) {
    throw new Failure(`The leaves (${entry}) do not compile: ${error?.message ?? 'no output'}`);
  }
  return { binary, inputs: [...inputs].sort() };
}

/** Brings src/vm/generated/leaves.ts up to date; returns true when it had to compile. */
export async function buildLeaves() {
  if (isFresh()) return false;
  const started = performance.now();
  const { binary, inputs } = await compile();
  const stamp = JSON.stringify({ sha256: hashInputs(inputs), paths: inputs });
  mkdirSync(dirname(output), { recursive: true });
  // Written aside and renamed, so that a reader never sees half of it.
  const aside = `${output}.${process.pid}`;
  writeFileSync(
    aside,
    `// Generated by scripts/build-leaves.mjs from ${entry}. Do not edit.\n` +
      `// inputs ${stamp}\n` +
      `export const leavesBinary: string =\n  '${Buffer.from(binary).toString('base64')}';\n`,
  );
  renameSync(aside, output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`leaves: ${binary.length} bytes of WebAssembly in ${seconds} s`);
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runMain(async () => {
    requireNode();
    await ensureModules();
    await buildLeaves();
  });
}
