#!/usr/bin/env node
// `npm run bench -- NAME [OPTION…]`: runs bench/NAME.bench.ts, which knows its options. Standard output
// gets one JSON line a figure, standard error a table for people.
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

await runMain(async () => {
  requireNode();
  await ensureModules();
  const [wanted, ...args] = process.argv.slice(2);
  const names = benchNames();
  if (wanted === undefined || !names.includes(wanted)) {
    throw new Failure(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`);
  }
  const folder = await buildNode();
  /** @type {Bench} */
  const bench = await import(`${folder}/bench-${wanted}.js`);
  /** @type {Figure[]} */
  const figures = [];
  await ensureSystemPackages(bench.systemPackages?.(args) ?? []);
  await bench.run((figure) => {
    figures.push(figure);
    console.log(JSON.stringify({ bench: bench.name, ...figure }));
  }, args);
  printTable(figures);
});
