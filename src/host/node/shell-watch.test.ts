import { expect, it } from 'vitest';
import { ShellWatch } from './shell-watch.ts';

const say = (watch: ShellWatch, text: string): void => {
  watch.heard(new TextEncoder().encode(text));
};

/** Whether a promise has settled by now. */
async function settled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve().then(() => pending)])) !== pending;
}

it('waits for the prompt', async () => {
  const watch = new ShellWatch();
  const prompt = watch.prompt();
  say(watch, 'welcome\r\nroot@tandem:~');
  expect(await settled(prompt)).toBe(false);
  say(watch, '# ');
  expect(await settled(prompt)).toBe(true);
  expect(await settled(watch.prompt())).toBe(true);
});

it('waits for the shell to end and another to begin', async () => {
  const watch = new ShellWatch();
  say(watch, 'logout\r\n# ');
  const logout = watch.logout();
  expect(await settled(logout)).toBe(false);
  say(watch, 'logout of this\r\n# ');
  expect(await settled(logout)).toBe(false);
  say(watch, '\r\nlogout\r\n');
  expect(await settled(logout)).toBe(false);
  say(watch, 'welcome\r\n# ');
  expect(await settled(logout)).toBe(true);
});

it('waits for silence behind the prompt', async () => {
  const watch = new ShellWatch();
  say(watch, '# ');
  const quiet = watch.quietPrompt(30);
  say(watch, 'job done');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await settled(quiet)).toBe(false);
  say(watch, '\r\n# ');
  await quiet;
});
