// The house (ARCHITECTURE.md) as data: which wing may import which, and which packages. Wings that
// are not built yet are listed too, so that their first file stands behind its wall.

/**
 * @typedef {object} Wing
 * @property {string} name Folder under src/.
 * @property {string[]} wings Wings it may import, besides itself.
 * @property {string[]} packages npm packages it may import (patterns).
 * @property {boolean} node May import Node's own modules.
 * @property {boolean} pure Has no clock, randomness, I/O or host globals (R6).
 */

/** @type {readonly Wing[]} */
export const wings = [
  { name: 'base', wings: [], packages: [], node: false, pure: true },
  { name: 'vm', wings: ['base'], packages: [], node: false, pure: true },
  {
    name: 'checkpoint',
    wings: ['base', 'vm'],
    packages: ['@bokuweb/zstd-wasm'],
    node: false,
    pure: true,
  },
  { name: 'replication', wings: ['base', 'checkpoint'], packages: [], node: false, pure: true },
  { name: 'store', wings: ['base'], packages: [], node: true, pure: false },
  { name: 'network', wings: ['base'], packages: [], node: false, pure: false },
  { name: 'transport', wings: ['base'], packages: ['simple-peer'], node: false, pure: false },
  {
    name: 'host',
    wings: ['base', 'vm', 'checkpoint', 'replication', 'store', 'network', 'transport'],
    packages: ['comlink', 'commander', 'sirv'],
    node: true,
    pure: false,
  },
  {
    // The page sees the machine through the host's client only.
    name: 'ui',
    wings: ['host'],
    packages: ['react', 'react-dom', 'zustand', '@xterm/*', 'uplot', 'radix-ui'],
    node: false,
    pure: false,
  },
];

/** Globals that would make a pure wing depend on something besides its state and its inputs. */
export const impureGlobals = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'fetch',
  'crypto',
  'console',
  'process',
  'Buffer',
  'require',
  'window',
  'self',
  'document',
  'navigator',
  'globalThis',
  'postMessage',
  'Worker',
  'BroadcastChannel',
  'localStorage',
  'indexedDB',
  'WeakRef',
  'FinalizationRegistry',
];
