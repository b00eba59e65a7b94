/** The same guest on `qemu-system-riscv64` of Debian's qemu-system-misc: TCG, one thread. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient } from '../../src/host/agent.ts';
import { answers, type Guest, orEnd } from './guest.ts';
import { Shell } from './shell.ts';

const GUEST = '.cache/guest/stock';
const SOCKET_TIMEOUT_MS = 30_000;
/** A boot is timed, so this must be short beside it. */
const RETRY_MS = 10;

function spawnQemu(socket: string): ChildProcess {
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

/** Connects as soon as QEMU listens: it makes the socket's file a moment before it does. */
async function connect(path: string): Promise<Socket> {
  const end = performance.now() + SOCKET_TIMEOUT_MS;
  for (;;) {
    const wire = createConnection(path);
    try {
      await once(wire, 'connect');
      return wire;
    } catch (error) {
      if (performance.now() > end) throw new Error('QEMU does not start', { cause: error });
      await sleep(RETRY_MS);
    }
  }
}

/** A shell by way of the guest's agent, as our own host has commands run. */
async function openShell(wire: Socket): Promise<Shell> {
  const agent = new AgentClient((bytes) => {
    wire.write(bytes);
    return true;
  });
  wire.on('data', (bytes: Buffer) => {
    agent.receive(bytes);
  });
  await new Promise<void>((resolve) => {
    agent.whenReady(resolve);
  });
  const decoder = new TextDecoder();
  const hear = (bytes: Uint8Array): void => {
    shell.receive(decoder.decode(bytes, { stream: true }));
  };
  const handle = agent.exec('exec bash', { stdout: hear, stderr: hear }, { stdin: true });
  const shell = new Shell((text) => {
    handle.write(Buffer.from(text));
  });
  wire.once('close', () => {
    shell.close('QEMU has ended');
  });
  return shell;
}

/** Boots the guest on QEMU. */
export async function startQemu(): Promise<Guest> {
  const start = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'tandem-qemu-'));
  const socket = join(folder, 'agent');
  const qemu = spawnQemu(socket);
  const closed = once(qemu, 'close');
  const end = async (): Promise<void> => {
    // It has nothing to save, and would tell of any other signal.
    qemu.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  return orEnd(end, async () => {
    const shell = await openShell(await connect(socket));
    await answers(shell);
    return { shell, startSeconds: (performance.now() - start) / 1000, end };
  });
}
