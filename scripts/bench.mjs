#!/usr/bin/env node
// `npm run bench -- NAME [--OPTION VALUE …]`: runs bench/NAME.bench.ts. Standard output gets one JSON line a figure,
// standard error a table for people.
import { benchNames, buildNode } from './lib/build.mjs';
import { ensureModules } from './lib/modules.mjs';
import { Failure, requireNode, runMain } from './lib/project.mjs';
import { ensureSystemPackages } from './lib/system.mjs';

/** @typedef {import('../bench/report.ts').Bench} Bench */
/** @typedef {import('../bench/report.ts').Figure} Figure */

const SIGNIFICANT = 4;

/** @param {number} value */
const short = (value) => Number(value.toPrecision(SIGNIFICANT)).toLocaleString('en');

/** @param {readonly Figure[]} figures */
function printTable(figures) {
  const rows = [
    ['name', 'value', 'unit', 'n', 'min', 'max', 'where'],
    ...figures.map(({ name, value, unit, n, min, max, where }) => {
      return [name, short(value), unit, String(n), short(min), short(max), where];
    }),
  ];
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of rows) {
    console.error(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/**
 * @param {readonly string[]} words
 * @param {readonly string[]} known
 */
function parseOptions(words, known) {
  /** @type {Record<string, string>} */
  const options = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = (words[at] ?? '').replace(/^--/, '');
    const value = words[at + 1];
    if (!known.includes(name) || value === undefined) {
      const all = known.map((one) => `--${one} VALUE`).join(', ');
      throw new Failure(`this bench takes ${all === '' ? 'no options' : `the options ${all}`}`);
    }
    options[name] = value;
  }
  return options;
}

await runMain(async () => {
  requireNode();
  await ensureModules();
  const [wanted, ...words] = process.argv.slice(2);
  const names = benchNames();
  if (wanted === undefined || !names.includes(wanted)) {
    throw new Failure(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`);
  }
  const folder = await buildNode();
  /** @type {Bench} */
  const bench = await import(`${folder}/bench-${wanted}.js`);
  const options = parseOptions(words, bench.options ?? []);
  /** @type {Figure[]} */
  const figures = [];
  await ensureSystemPackages(bench.systemPackages?.(options) ?? []);
  await bench.run((figure) => {
    figures.push(figure);
    console.log(JSON.stringify({ bench: bench.name, ...figure }));
  }, options);
  printTable(figures);
});
