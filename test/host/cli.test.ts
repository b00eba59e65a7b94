import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProjectCopy, runProgram, tandem, type Outcome } from './program.ts';

const BAD_INPUT = 2;

/** One sentence (or two) on stderr, nothing else, and no trace. */
function expectRefusal(outcome: Outcome, pattern: RegExp): void {
  expect(outcome.stderr).toMatch(pattern);
  expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
  expect(outcome.stdout).toBe('');
  expect(outcome.status).toBe(BAD_INPUT);
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('bad input on the command line', () => {
  it.each<[string[], RegExp]>([
    [['run', '--memory', 'much'], /--memory much is not a number/],
    [['run', '--memory', '100000'], /cannot have 100000 MB/],
    [['run', '--engine', 'warp'], /no engine "warp"/],
    [['run', '--nonsense'], /unknown option '--nonsense'/],
    [['run', 'extra'], /too many arguments/],
    [['run', '--exec', ' '], /--exec has no command/],
    [['run', '--limit', '5'], /--bare/],
    [['run', '--bare', '/nonexistent'], /does not exist/],
    [['run', '--bare', '/'], /folder/],
    [['run', '--bare', process.execPath], /not for RISC-V|not RISC-V|for x86-64/],
    [['snapshot', '--kernel', 'other'], /no prepared guest "other"/],
  ])('%j', async (args, pattern) => {
    expectRefusal(await tandem(args), pattern);
  });

  it('prints help when it is asked for', async () => {
    const help = await tandem(['run', '--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('--exec');
  });

  it('refuses what is no program, whatever it is', async () => {
    const path = join(folder, 'text');
    writeFileSync(path, 'hello');
    expectRefusal(await tandem(['run', '--bare', path]), /not an ELF file/);
  });
});

describe('a guest that is not as it should be', () => {
  it('was never prepared', async () => {
    const project = await ProjectCopy.create(false);
    try {
      expectRefusal(await project.tandem(['run']), /not been prepared.*npm run guest/);
      expectRefusal(await project.tandem(['snapshot']), /not been prepared/);
      expectRefusal(await project.tandem(['run', '--kernel', 'small']), /--kernel small/);
    } finally {
      project.dispose();
    }
  });

  it('has a damaged manifest', async () => {
    const project = await ProjectCopy.create(true);
    try {
      project.replace('guest.json', '{"format":1');
      expectRefusal(await project.tandem(['run']), /damaged.*npm run guest/);
      project.replace('guest.json', '{"format":99}');
      expectRefusal(await project.tandem(['run']), /another version/);
    } finally {
      project.dispose();
    }
  });

  it('has a damaged disk, or a short one', async () => {
    const project = await ProjectCopy.create(true);
    try {
      project.replace('root.erofs', new Uint8Array(1000));
      expectRefusal(
        await project.tandem(['run', '--exec', 'true']),
        /root\.erofs is missing or damaged/,
      );
    } finally {
      project.dispose();
    }
  });
});

const PROGRAM = `
.globl _start, tohost, fromhost
_start: la a0, tohost
  la a1, text
1: lbu a2, (a1)
  beqz a2, 3f
  li a3, 0x0101000000000000
  or a2, a2, a3
  sd a2, (a0)
2: ld a2, (a0)
  bnez a2, 2b
  addi a1, a1, 1
  j 1b
3: li a2, CODE
  beqz a2, sleep
  sd a2, (a0)
loop: j loop
sleep: wfi
  j sleep
text: .asciz "hello"
.balign 64
tohost: .dword 0
.balign 64
fromhost: .dword 0
`;

/** Builds a bare program that prints and ends with a value in tohost; 0 makes it sleep for ever. */
async function buildBare(code: number): Promise<string> {
  const source = join(folder, `bare${String(code)}.S`);
  const output = join(folder, `bare${String(code)}`);
  writeFileSync(source, PROGRAM);
  const flags = ['-nostdlib', '-static', '-Wl,-Ttext=0x80000000', '-Wl,--build-id=none'];
  const command = [
    'riscv64-linux-gnu-gcc',
    ...flags,
    `-DCODE=${String(code)}`,
    '-o',
    output,
    source,
  ];
  const built = await runProgram(command);
  expect(built).toMatchObject({ status: 0 });
  return output;
}

describe('--bare', () => {
  it('prints, passes, and tells what it did', async () => {
    const outcome = await tandem(['run', '--bare', await buildBare(1), '--stats']);
    expect(outcome).toMatchObject({ status: 0, stdout: 'hello' });
    const stats = JSON.parse(outcome.stderr) as Record<string, number>;
    expect(stats['instructions']).toBeGreaterThan(30);
    expect(Object.keys(stats)).toEqual(expect.arrayContaining(['seconds', 'mips', 'traps']));
  });

  it('fails with tohost >> 1', async () => {
    expect(await tandem(['run', '--bare', await buildBare(2 * 42 + 1)])).toMatchObject({
      status: 42,
    });
  });

  it('says so when an exit status cannot hold the code', async () => {
    const outcome = await tandem(['run', '--bare', await buildBare(2 * 1000 + 1)]);
    expect(outcome).toMatchObject({ status: 255 });
    expect(outcome.stderr).toContain('1000');
  });

  it('ends at the limit', async () => {
    const outcome = await tandem([
      'run',
      '--bare',
      await buildBare(2),
      '--limit',
      '100000',
      '--stats',
    ]);
    expect(outcome.status).toBe(124);
    expect(outcome.stderr).toMatch(/did not end within 100000 instructions/);
    expect(outcome.stderr).toMatch(/"instructions":100000,/);
  });

  it('does not sleep for ever', async () => {
    const outcome = await tandem(['run', '--bare', await buildBare(0)]);
    expect(outcome.status).toBe(124);
    expect(outcome.stderr).toMatch(/nothing will raise/);
  });

  it('refuses a program that lies outside memory', async () => {
    const outcome = await tandem(['run', '--bare', await buildBare(1), '--memory', '1']);
    expect(outcome.status).toBe(0);
    const output = join(folder, 'far');
    const flags = [
      '-nostdlib',
      '-static',
      '-Wl,-Ttext=0x40000000',
      '-Wl,--build-id=none',
      '-DCODE=1',
    ];
    const source = join(folder, 'bare1.S');
    await runProgram(['riscv64-linux-gnu-gcc', ...flags, '-o', output, source]);
    expectRefusal(await tandem(['run', '--bare', output]), /does not fit.*0x80000000/);
  });
});
