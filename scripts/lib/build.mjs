import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildLeaves } from '../build-leaves.mjs';
import { Failure, root } from './project.mjs';
import { step } from './steps.mjs';

/** Builds of the programs for Node: one folder per state of the sources. */
const NODE_BUILDS = join(root, 'dist-node');
/** Kept besides the newest, because a running machine may still load its worker from one. */
const OLD_BUILDS = 3;

/** The programs for Node: name in the build, source. Benches come on top. */
const NODE_PROGRAMS = {
  main: 'src/host/node/main.ts',
  'machine-worker': 'src/host/node/machine-worker.ts',
  'translation-worker': 'src/host/node/translation-worker.ts',
  'unpack-worker': 'src/host/node/unpack-worker.ts',
  serve: 'src/host/server/serve.ts',
  sim: 'sim/run.ts',
};

/** Sources that no program for Node is built from. */
const NOT_FOR_NODE = /(^src\/ui\/|^src\/vm\/leaves\/|\.test\.tsx?$|\/testing\/)/;

/**
 * All files under a folder of the project, sorted.
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

/**
 * A name for the present state of some files, from their sizes and times of change.
 * @param {readonly string[]} paths
 */
function stateOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Benches are `bench/<name>.bench.ts`. */
const BENCH = /^bench\/([\w-]+)\.bench\.ts$/;

/** Names of the benches there are. */
export function benchNames() {
  return filesUnder('bench').flatMap((path) => BENCH.exec(path)?.[1] ?? []);
}

/** @returns {Record<string, string>} */
function nodePrograms() {
  const benches = benchNames().map((name) => [`bench-${name}`, `bench/${name}.bench.ts`]);
  return { ...NODE_PROGRAMS, ...Object.fromEntries(benches) };
}

/** @param {string} folder */
async function bundleForNode(folder) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: true,
      copyPublicDir: false,
      target: 'node20',
      sourcemap: true,
      rolldownOptions: {
        input: nodePrograms(),
        // Flat, so that `new URL('./machine-worker.js', import.meta.url)` holds in every chunk.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
}

/** Removes all but the newest few builds. */
function dropOldBuilds() {
  const builds = readdirSync(NODE_BUILDS)
    .map((name) => ({
      path: join(NODE_BUILDS, name),
      time: statSync(join(NODE_BUILDS, name)).mtimeMs,
    }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of builds.slice(1 + OLD_BUILDS))
    rmSync(path, { recursive: true, force: true });
}

/**
 * Brings the leaves and the programs for Node up to date and returns the folder they are in; a
 * matter of milliseconds when nothing has changed.
 * @returns {Promise<string>}
 */
export async function buildNode() {
  await buildLeaves();
  // Benches use the browser tests' helpers.
  const folders = ['src', 'bench', 'sim', 'e2e/support'];
  const sources = folders.flatMap(filesUnder).filter((path) => !NOT_FOR_NODE.test(path));
  const state = stateOf([...sources, 'package-lock.json', 'scripts/lib/build.mjs']);
  const folder = join(NODE_BUILDS, state);
  if (existsSync(folder)) return folder;
  await step('Building the programs for Node', async () => {
    // Built aside and renamed: whoever sees the folder sees all of it.
    const aside = join(NODE_BUILDS, `${state}.${process.pid}`);
    mkdirSync(NODE_BUILDS, { recursive: true });
    try {
      await bundleForNode(aside);
    } catch (error) {
      rmSync(aside, { recursive: true, force: true });
      throw new Failure(`The programs for Node do not build: ${String(error)}`, { cause: error });
    }
    if (existsSync(folder)) rmSync(aside, { recursive: true });
    else renameSync(aside, folder);
    const now = new Date();
    utimesSync(folder, now, now);
    dropOldBuilds();
  });
  return folder;
}

/** Builds the page into dist/ unless that is what is there. */
export async function buildPage() {
  await buildLeaves();
  const sources = [...filesUnder('src'), ...filesUnder('public')].filter(
    (path) => !/(\.test\.tsx?$|\/testing\/|^src\/vm\/leaves\/)/.test(path),
  );
  const state = stateOf([...sources, 'index.html', 'vite.config.ts', 'package-lock.json']);
  const stamp = join(root, 'dist', `.state-${state}`);
  if (existsSync(stamp)) return;
  const { build } = await import('vite');
  await step('Building the page', async () => {
    try {
      await build({ root, logLevel: 'warn' });
    } catch (error) {
      throw new Failure(`The page does not build: ${String(error)}`, { cause: error });
    }
  });
  writeFileSync(stamp, '');
}
