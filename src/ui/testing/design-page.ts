/**
 * The page around a machine that is only played, for looking at its states while designing:
 * `npx vite`, then `/src/ui/testing/design-page.html?scene=running` (scenes below). Never built.
 */
import { mount } from '../mount.tsx';
import { FakeClient, IDLE_COUNTERS } from './fake-client.ts';
import { pairScenes } from './pair-scenes.ts';

const PROMPT = '\x1b[1;32mroot@tandem\x1b[0m:\x1b[1;34m~\x1b[0m# ';
const TITLE = '\x1b]0;root@tandem: ~\x07';
const BOOT_LINES = [
  'OpenSBI v1.6',
  '   ____                    _____ ____ _____',
  '[    0.000000] Linux version 6.12.48+deb13-riscv64 (debian-kernel@lists.debian.org)',
  '[    0.000000] Machine model: Tandem',
  '[    0.123456] Memory: 211340K/262144K available',
  '[    1.204210] virtio_blk virtio0: [vda] 114688 512-byte logical blocks',
  '[    1.884117] erofs: (device vda): mounted with root inode @ nid 36.',
];
const SCREEN = [
  `${PROMPT}uname -a`,
  'Linux tandem 6.12.48+deb13-riscv64 #1 SMP Debian 6.12.48-1 (2025-09-20) riscv64 GNU/Linux',
  `${PROMPT}ls --color /`,
  '\x1b[1;36mbin\x1b[0m   \x1b[1;34mdev\x1b[0m  \x1b[1;34mhome\x1b[0m  \x1b[1;34mmnt\x1b[0m   \x1b[1;34mroot\x1b[0m  \x1b[1;36msbin\x1b[0m  \x1b[30;42mtmp\x1b[0m  \x1b[1;34mvar\x1b[0m',
  `${PROMPT}free -h`,
  '               total        used        free      shared  buff/cache   available',
  'Mem:           236Mi        38Mi       171Mi       1.1Mi        35Mi       198Mi',
  'Swap:             0B          0B          0B',
  `${PROMPT}for i in {30..37}; do printf "\\e[\${i}m colour \\e[1m bold \\e[0m"; done`,
  [30, 31, 32, 33, 34, 35, 36, 37].map((i) => `\x1b[${i}m colour \x1b[1m bold \x1b[0m`).join(''),
  '┌──────────────┬──────────┐',
  '│ box drawing  │ ███▓▒░   │',
  '└──────────────┴──────────┘',
  PROMPT,
];

const client = new FakeClient();
const scene = new URLSearchParams(location.search).get('scene') ?? 'running';

/** The machine of another tab, as this one sees it. */
function follow(): void {
  client.enter({ kind: 'remote' });
  void client.emit('console0', TITLE + SCREEN.join('\r\n'));
}

function run(): void {
  if (client.state.kind === 'remote') {
    client.enter({ kind: 'running', notice: undefined });
    return;
  }
  client.enter({ kind: 'booting', mode: 'resume', notice: undefined });
  client.enter({ kind: 'running', notice: undefined });
  void client.emit('console0', TITLE + SCREEN.join('\r\n'));
  client.onWrite = (text) => {
    void client.emit('console0', text.replaceAll('\r', `\r\n${PROMPT}`));
  };
  let seconds = 0;
  setInterval(() => {
    seconds += 1;
    const load = seconds % 23 < 5 ? 0.9 : 0.02 + (seconds % 7) / 40;
    client.present = { ...IDLE_COUNTERS, load, guestSeconds: 74 + seconds };
  }, 1000);
}

const FLOOD_CHUNK = 'y y y y flood \x1b[32mgreen\x1b[0m\r\n'.repeat(2000);

/** What `yes` does to a page: as fast as it takes it, until Ctrl-C. */
async function flood(): Promise<void> {
  run();
  const interrupt = new AbortController();
  client.onWrite = (text) => {
    if (text.includes('\x03')) interrupt.abort();
  };
  while (!interrupt.signal.aborted) {
    await client.emit('console0', FLOOD_CHUNK);
    // The host's pump lets the page have its turn in the same way.
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  }
  await client.emit('console0', `^C\r\n${PROMPT}`);
}

const scenes: Readonly<Record<string, () => void>> = {
  running: run,
  ...pairScenes(client, run, follow),
  flood: () => void flood(),
  notice: () => {
    run();
    client.enter({
      kind: 'running',
      notice: 'The snapshot is of another version, so the machine was booted from power-on.',
    });
  },
  loading: () => {
    client.enter({ kind: 'booting', mode: 'resume', notice: undefined });
    client.progress('snapshot', 0, 47_185_920);
    setTimeout(() => {
      client.progress('snapshot', 18_874_368, 47_185_920);
    }, 900);
  },
  booting: () => {
    client.enter({ kind: 'booting', mode: 'cold', notice: undefined });
    client.progress('boot');
    void client.emit('uart0', `${BOOT_LINES.join('\r\n')}\r\n`);
  },
  poweroff: () => {
    run();
    const message = 'The machine switched itself off.';
    client.enter({ kind: 'halted', reason: { kind: 'poweroff' }, message });
  },
  panic: () => {
    run();
    void client.emit('uart0', `${BOOT_LINES.join('\r\n')}\r\n`);
    const text = 'Attempted to kill init! exitcode=0x00000009';
    const message = `The guest's kernel panicked: ${text}.`;
    client.enter({ kind: 'halted', reason: { kind: 'panic', text }, message });
  },
  failed: () => {
    client.enter({
      kind: 'failed',
      message: 'The guest is missing: guest/stock/guest.json was not found.',
      advice: 'Run “npm run guest” (or “npm start”, which does it too), then reload this page.',
    });
  },
  unsupported: () => {
    client.environment = {
      ok: false,
      error: {
        kind: 'not-isolated',
        message:
          'This page is not cross-origin isolated, so the browser gives it no shared memory.',
        advice: 'Serve it with “npm start”, which sends the two headers that it takes.',
      },
    };
  },
};

client.onStart = scenes[scene];
if (scene === 'unsupported') scenes[scene]?.();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');
mount(root, () => client);
