import { expect, it } from 'vitest';
import { TestContext } from '../testing/harness.ts';
import { Syscon } from './syscon.ts';

it('powers off, resets and fails with a code; other values do nothing', () => {
  const context = new TestContext('syscon0');
  const syscon = new Syscon(context);
  syscon.write(0, 4, 0x1234);
  syscon.write(4, 4, 0x5555);
  expect(context.halts).toEqual([]);
  syscon.write(0, 4, 0x5555);
  syscon.write(0, 2, 0x7777);
  syscon.write(0, 4, 0x002a_3333);
  expect(context.halts).toEqual([
    { kind: 'poweroff' },
    { kind: 'reset' },
    { kind: 'failure', code: 42 },
  ]);
});
