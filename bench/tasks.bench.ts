/**
 * Seconds that programs take in the same guest on each engine and on QEMU (`qemu-system-riscv64` of
 * Debian's qemu-system-misc, TCG, one thread), in turn. The guest's own clock measures: on all of
 * them it is the host's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRequest, parseAgentLine } from '../src/host/shared/agent-protocol.ts';
import { type Report, figure, median } from './report.ts';

export const name = 'tasks';

const RUNS = 3;
const GUEST = '.cache/guest/stock';
const READY_TIMEOUT_MS = 120_000;
const RETRY_MS = 50;

/** Shell commands; what they print is compared between the peers. */
const TASKS: Readonly<Record<string, string>> = {
  sha256: 'head -c 20000000 /dev/zero | sha256sum',
  gzip: 'seq 1 300000 | gzip -6',
  xz: 'seq 1 20000 | xz -6 -T1',
  python_json:
    'python3 -c "import json; print(sum(len(json.dumps({str(i): i})) for i in range(60000)))"',
  python_loop: 'python3 -c "print(sum(i * i % 7 for i in range(1000000)))"',
  lua_calls:
    'lua5.4 -e "local function f(n) if n < 2 then return n end return f(n-1) + f(n-2) end print(f(28))"',
  lua_float: 'lua5.4 -e "local s = 0.0 for i = 1, 1000000 do s = s + math.sin(i) * i end print(s)"',
  sqlite:
    'sqlite3 :memory: "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) insert into t select x, x * 7 % 1000 from c; create index i on t(b); select sum(a) from t where b between 10 and 400;"',
  bash_loop: 'i=0; while ((i < 50000)); do ((i += 1)); done; echo $i',
  fork_exec: 'for i in {1..60}; do /usr/bin/true; done',
};

/** One run of all tasks: a line `name start end answer` each. */
const SCRIPT = Object.entries(TASKS)
  .map(
    ([task, command]) =>
      `s=$EPOCHREALTIME; a=$( { ${command}; } | sha256sum); echo "${task} $s $EPOCHREALTIME \${a:0:16}"`,
  )
  .join('\n');

interface Timed {
  readonly seconds: number;
  readonly answer: string;
}

function parse(text: string): Map<string, Timed> {
  const found = new Map<string, Timed>();
  for (const line of text.split('\n')) {
    const [task, start, end, answer] = line.split(' ');
    if (task !== undefined && task in TASKS && answer !== undefined)
      found.set(task, { seconds: Number(end) - Number(start), answer });
  }
  if (found.size !== Object.keys(TASKS).length) throw new Error(`tasks are missing: ${text}`);
  return found;
}

async function onTandem(engine: string): Promise<Map<string, Timed>> {
  const args = ['scripts/tandem.mjs', 'run', '--engine', engine, '--exec', SCRIPT];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return parse(said);
}

function startQemu(socket: string): ChildProcess {
  const guest = JSON.parse(readFileSync(`${GUEST}/guest.json`, 'utf8')) as { commandLine: string };
  const console = (id: string, backend: string): string[] => [
    ...['-device', `virtio-serial-device,id=${id},max_ports=1`],
    ...['-chardev', `${backend},id=${id}-host`],
    ...['-device', `virtconsole,chardev=${id}-host,bus=${id}.0`],
  ];
  return spawn(
    'qemu-system-riscv64',
    [
      ...['-M', 'virt', '-m', '256', '-accel', 'tcg,thread=single', '-display', 'none'],
      ...['-serial', 'null', '-monitor', 'none', '-bios', `${GUEST}/fw.bin`],
      ...['-kernel', `${GUEST}/Image`, '-initrd', `${GUEST}/initrd.img`],
      ...['-append', guest.commandLine],
      ...['-drive', `file=${GUEST}/root.erofs,format=raw,readonly=on,if=none,id=root`],
      ...['-device', 'virtio-blk-device,drive=root', '-device', 'virtio-rng-device'],
      ...console('shell', 'null'),
      ...console('agent', `socket,path=${socket},server=on,wait=off`),
    ],
    { stdio: 'inherit' },
  );
}

/** Speaks to the guest's agent as our own host does. */
async function ask(socket: string): Promise<string> {
  const wire = createConnection(socket);
  await once(wire, 'connect');
  const decoder = new TextDecoder();
  let said = '';
  try {
    for await (const line of createInterface({ input: wire })) {
      const message = parseAgentLine(line);
      if (message?.kind === 'ready')
        wire.write(encodeRequest({ id: 1, op: 'exec', command: SCRIPT, stdin: false }));
      else if (message?.kind === 'stream') said += decoder.decode(message.bytes, { stream: true });
      else if (message?.kind === 'exit') return said;
    }
    throw new Error('the agent has gone');
  } finally {
    wire.destroy();
  }
}

async function onQemu(): Promise<Map<string, Timed>> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-qemu-'));
  const socket = join(folder, 'agent');
  const qemu = startQemu(socket);
  try {
    const end = performance.now() + READY_TIMEOUT_MS;
    while (!existsSync(socket) && performance.now() < end) await sleep(RETRY_MS);
    return parse(await ask(socket));
  } finally {
    qemu.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const PEERS: Readonly<Record<string, () => Promise<Map<string, Timed>>>> = {
  interpreter: () => onTandem('interpreter'),
  auto: () => onTandem('auto'),
  qemu: onQemu,
};

export async function run(report: Report): Promise<void> {
  const seconds = new Map<string, number[]>();
  const answers = new Map<string, string>();
  for (let round = 0; round < RUNS; round++) {
    for (const [peer, measure] of Object.entries(PEERS)) {
      for (const [task, timed] of await measure()) {
        const answer = answers.get(task) ?? timed.answer;
        if (answer !== timed.answer) throw new Error(`${peer} gives another answer for ${task}`);
        answers.set(task, answer);
        const key = `${task}_${peer}`;
        seconds.set(key, [...(seconds.get(key) ?? []), timed.seconds]);
      }
    }
  }
  for (const [key, samples] of seconds) report(figure(`seconds_${key}`, 's', 'node', samples));
  const middle = (key: string): number => median(seconds.get(key) ?? []);
  const ratios = Object.keys(TASKS).map((task) => middle(`${task}_qemu`) / middle(`${task}_auto`));
  const logs = ratios.map((ratio) => Math.log(ratio));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  report(figure('geomean_vs_qemu', 'times', 'node', [mean]));
  report(figure('worst_vs_qemu', 'times', 'node', [Math.min(...ratios)]));
}
