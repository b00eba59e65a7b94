/** The stock guest, booted cold and resumed, as a person uses it from a terminal. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { ProjectCopy, STOCK, tandem } from '../host/program.ts';

const MACHINE_FAILED = 125;
/** Of the root disk, compared with the host's file. */
const DISK_BYTES = 16 << 20;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-boot-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a cold boot', () => {
  it('runs a command: both streams, its status, the statistics', async () => {
    const command = 'uname -sm; . /etc/os-release; echo $VERSION_CODENAME; echo oops >&2; exit 3';
    const outcome = await tandem(['run', '--cold', '--stats', '--exec', command]);
    expect(outcome.stdout).toBe('Linux riscv64\ntrixie\n');
    const [first = '', second = ''] = outcome.stderr.split('\n');
    expect(first).toBe('oops');
    const stats = JSON.parse(second) as Record<string, number>;
    expect(stats['instructions']).toBeGreaterThan(100e6);
    expect(stats['seconds']).toBeGreaterThan(0);
    expect(stats['mips']).toBeCloseTo(
      (stats['instructions'] ?? 0) / (stats['seconds'] ?? 1) / 1e6,
      0,
    );
    expect(stats['traps']).toBe((stats['exceptions'] ?? 0) + (stats['interrupts'] ?? 0));
    expect(outcome.status).toBe(3);
  });

  it('has the memory it was asked to have, and no complaint of the kernel', async () => {
    const command =
      "awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo; dmesg --level=emerg,alert,crit,err,warn";
    const { stdout, status } = await tandem(['run', '--memory', '192', '--exec', command]);
    const [memory = '', ...complaints] = stdout.trim().split('\n');
    expect(status).toBe(0);
    expect(Number(memory)).toBeGreaterThan(110);
    expect(Number(memory)).toBeLessThan(192);
    expect(complaints.filter((line) => /BUG|Oops|Call Trace|stall|lockup/.test(line))).toEqual([]);
  });

  it('reads a disk of ours to the last byte', async () => {
    const path = join(folder, 'disk');
    const bytes = new SeededRandom(12).bytes(3_000_000);
    writeFileSync(path, bytes);
    const command = `head -c ${String(bytes.length)} /dev/vdb | sha256sum; echo x > /dev/vdb || echo read-only`;
    const { stdout } = await tandem(['run', '--disk', path, '--exec', command]);
    expect(stdout).toBe(`${sha256(bytes)}  -\nread-only\n`);
    expect(sha256(readFileSync(path))).toBe(sha256(bytes));
  });

  it('takes commands through a pipe, though they come long before its shell', async () => {
    const { status, stdout } = await tandem(['run', '--cold'], 'echo $((6 * 7))answer\n');
    expect(stdout).toContain('OpenSBI');
    expect(stdout).toMatch(/^42answer\r$/m);
    expect(status).toBe(0);
  });

  it('tells of a panic', async () => {
    const arguments_ = ['run', '--append', 'rdinit=/nowhere root=/dev/nothing', '--exec', 'true'];
    const { status, stderr, stdout } = await tandem(arguments_);
    expect(stderr).toMatch(/kernel panicked: .*(root|init)/);
    expect(stdout).toBe('');
    expect(status).toBe(MACHINE_FAILED);
  });

  it('refuses a kernel that does not fit', async () => {
    const { status, stderr } = await tandem(['run', '--memory', '16', '--exec', 'true']);
    expect(stderr).toMatch(/need \d+ MB of guest memory, the machine has 16 MB/);
    expect(status).toBe(2);
  });

  it('refuses a file that is no kernel', async () => {
    const path = join(folder, 'kernel');
    writeFileSync(path, 'MZ not a kernel');
    const { status, stderr } = await tandem(['run', '--kernel', path]);
    expect(stderr).toMatch(/not a RISC-V Linux Image/);
    expect(status).toBe(2);
  });

  it('boots a kernel and RAM disk given as files', async () => {
    const files = ['--kernel', join(STOCK, 'Image'), '--initrd', join(STOCK, 'initrd.img')];
    const disk = ['--disk', join(STOCK, 'root.erofs')];
    const append = ['--append', 'console=ttyS0 quiet'];
    const outcome = await tandem([
      'run',
      ...files,
      ...disk,
      ...append,
      '--exec',
      'cat /proc/cmdline',
    ]);
    expect(outcome).toMatchObject({ status: 0, stdout: 'console=ttyS0 quiet\n' });
  });
});

describe('a resumed guest', () => {
  const exec = (command: string, stdin?: Uint8Array | string) =>
    tandem(['run', '--exec', command], stdin);

  it('knows the time', async () => {
    const before = Date.now() / 1000;
    const { stdout } = await exec('date +%s.%N; cat /proc/uptime');
    const [date = ''] = stdout.split('\n');
    expect(Number(date)).toBeGreaterThan(before - 0.5);
    expect(Number(date)).toBeLessThan(Date.now() / 1000 + 0.5);
  });

  it('shares its random state with no other', async () => {
    const command = 'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | od -An -tx1';
    const [one, two] = await Promise.all([exec(command), exec(command)]);
    expect(one.stdout).toHaveLength(two.stdout.length);
    const lines = [...one.stdout.trim().split('\n'), ...two.stdout.trim().split('\n')];
    expect(new Set(lines).size).toBe(4);
  });

  it('is fed standard input, whole', async () => {
    const bytes = new SeededRandom(13).bytes(2_500_000);
    const { stdout, status } = await exec('sha256sum', bytes);
    expect(stdout).toBe(`${sha256(bytes)}  -\n`);
    expect(status).toBe(0);
  });

  it('gives standard output, whole', async () => {
    const { stdout } = await exec('seq 1 200000');
    const expected = Array.from({ length: 200_000 }, (_, i) => `${String(i + 1)}\n`).join('');
    expect(sha256(Buffer.from(stdout))).toBe(sha256(Buffer.from(expected)));
  });

  it('agrees with the host on what is on its disk', async () => {
    const disk = readFileSync(join(STOCK, 'root.erofs')).subarray(0, DISK_BYTES);
    const { stdout } = await exec(`head -c ${String(DISK_BYTES)} /dev/vda | sha256sum`);
    expect(stdout).toBe(`${sha256(disk)}  -\n`);
  });

  it('tells when it switches itself off under a command', async () => {
    const { status, stderr } = await exec('busybox poweroff -f; sleep 100');
    expect(stderr).toMatch(/switched itself off/);
    expect(status).toBe(MACHINE_FAILED);
  });

  it('passes a signal on as 128 and its number', async () => {
    expect((await exec('kill -TERM $$')).status).toBe(143);
  });

  it('takes commands through a pipe, and ends with the shell', async () => {
    const { status, stdout } = await tandem(['run'], 'echo $((6 * 7))answer\n');
    expect(stdout).toMatch(/^42answer\r$/m);
    expect(stdout).toContain('# ');
    expect(status).toBe(0);
  });

  it('says that it was switched off', async () => {
    const { status, stderr } = await tandem(['run'], 'busybox poweroff -f\n');
    expect(stderr).toContain('switched itself off');
    expect(status).toBe(0);
  });
});

describe('a snapshot that cannot be used', () => {
  const spoilt = async (spoil: (bytes: Buffer) => Buffer) => {
    const project = await ProjectCopy.create(true);
    try {
      project.replace('snapshot.bin', spoil(readFileSync(join(STOCK, 'snapshot.bin'))));
      return await project.tandem(['run', '--exec', 'echo alive']);
    } finally {
      project.dispose();
    }
  };

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    [
      'of another version',
      (bytes) => {
        bytes.writeUInt32LE(77, 8);
        return bytes;
      },
      /format version 77.*npm run guest/,
    ],
    [
      'damaged in the middle',
      (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0x10, bytes.length >> 1);
        return bytes;
      },
      /damaged.*npm run guest/,
    ],
    [
      'cut short',
      (bytes) => bytes.subarray(0, bytes.length - 10_000),
      /not complete.*npm run guest/,
    ],
  ])('%s: the guest boots and says why', async (_name, spoil, reason) => {
    const { status, stdout, stderr } = await spoilt(spoil);
    expect(stderr).toMatch(reason);
    expect(stdout).toBe('alive\n');
    expect(status).toBe(0);
  });
});
