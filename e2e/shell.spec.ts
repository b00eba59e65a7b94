import { expect, test } from './support/fixtures.ts';

test.beforeEach(async ({ machine }) => {
  await machine.openShell();
});

test('the shell answers: kernel, system, python', async ({ machine }) => {
  expect((await machine.run('uname -a')).output).toMatch(/^Linux .*riscv64 GNU\/Linux$/);
  expect((await machine.run('cat /etc/os-release')).output).toContain('ID=debian');
  expect(await machine.run("python3 -c 'print(6 * 7)'")).toEqual({ output: '42', status: 0 });
  expect((await machine.run('redis-server --version')).output).toContain('Redis server v=');
  expect((await machine.run('false')).status).toBe(1);
});

test('Tab completes', async ({ machine }) => {
  await machine.type('cat /etc/os-rel');
  await machine.press('Tab');
  await machine.sees(/cat \/etc\/os-release/);
  await machine.press('Enter');
  await machine.sees(/^ID=debian$/m);
});

test('Ctrl-C stops a command', async ({ machine }) => {
  // Before the command has the terminal to itself, Ctrl-C is the shell's: wait until it speaks.
  await machine.type("sh -c 'echo asleep; exec sleep 1000'\n");
  await machine.sees(/^asleep$/m);
  await machine.press('Control+C');
  await machine.sees(/\^C/);
  expect((await machine.run('echo still here')).output).toBe('still here');
});

test('vi opens, writes a file and quits', async ({ machine }) => {
  await machine.type('vi /tmp/note\n');
  await machine.sees(/^~\s*$/m);
  await machine.type('ihello from vi');
  await machine.sees(/^hello from vi$/m);
  await machine.press('Escape');
  await machine.type(':wq\n');
  await machine.prompt();
  expect((await machine.run('cat /tmp/note')).output).toBe('hello from vi');
});

test('top draws the screen and q leaves it', async ({ machine }) => {
  await machine.type('top\n');
  await machine.sees(/PID.*COMMAND/);
  await machine.type('q');
  await machine.prompt();
});

test('the guest follows the size of the window', async ({ machine, page }) => {
  const before = await machine.size();
  expect((await machine.run('stty size')).output).toBe(`${before.rows} ${before.columns}`);
  await page.setViewportSize({ width: 1000, height: 640 });
  await expect.poll(async () => (await machine.size()).columns).toBeLessThan(before.columns);
  const after = await machine.size();
  await expect
    .poll(async () => (await machine.run('stty size')).output)
    .toBe(`${after.rows} ${after.columns}`);
});

test('text is copied and pasted; a paste of several lines is not run before Enter', async ({
  machine,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('echo one-$((1+1))\necho two-$((1+1))'));
  await machine.press('Control+Shift+V');
  await machine.sees(/echo two-\$\(\(1\+1\)\)/);
  expect((await machine.screen()).join('\n')).not.toMatch(/^one-2$/m);
  await machine.press('Enter');
  await machine.sees(/^one-2\ntwo-2$/m);

  await page.getByRole('region', { name: 'Terminal' }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Select all' }).click();
  await machine.press('Control+Shift+C');
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain('one-2\ntwo-2');
});

test('a long paste arrives whole', async ({ machine, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lines = Array.from({ length: 2000 }, (_, line) => `line ${line} of a long paste`);
  await page.evaluate((text) => navigator.clipboard.writeText(text), `${lines.join('\n')}\n`);
  // Once the command runs, the shell has left bracketed paste.
  await machine.type('echo pasting; cat > /tmp/paste\n');
  await machine.sees(/^pasting$/m);
  await machine.press('Control+Shift+V');
  await machine.sees(/^line 1999 of a long paste$/m);
  await machine.press('Control+D');
  await machine.prompt();
  const bytes = lines.join('\n').length + 1;
  expect((await machine.run('wc -lc < /tmp/paste')).output).toMatch(
    new RegExp(`^\\s*2000\\s+${bytes}$`),
  );
});

test('a flood leaves the page alive, and Ctrl-C ends it', async ({ machine, page }) => {
  await machine.type('yes flood\n');
  await machine.sees(/^flood$/m);
  const longestFrameMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const begin = performance.now();
        let last = begin;
        let longest = 0;
        const frame = (now: number): void => {
          longest = Math.max(longest, now - last);
          last = now;
          if (now - begin > 3000) resolve(longest);
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
  );
  expect(longestFrameMs).toBeLessThan(1000);
  await machine.press('Control+C');
  await machine.sees(/\^C/, 10_000);
  await machine.prompt(10_000);
  expect((await machine.run('echo calm')).output).toBe('calm');
});

test('a suggestion in the panel types itself', async ({ machine, page }) => {
  await page.getByRole('button', { name: 'uname -a' }).click();
  await machine.sees(/riscv64 GNU\/Linux/);
  await expect(page.getByRole('textbox', { name: 'Terminal input' })).toBeFocused();
});
