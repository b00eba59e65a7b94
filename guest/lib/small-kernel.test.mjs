import { expect, test } from 'vitest';

import { unmetOptions } from './small-kernel.mjs';

test('unmetOptions finds what a configuration did not take', () => {
  const fragment = [
    '# A comment',
    'CONFIG_A=y',
    'CONFIG_B=n',
    'CONFIG_C="text"',
    'CONFIG_D=16',
    'CONFIG_E=n',
  ].join('\n');
  const config = [
    '# CONFIG_A is not set',
    '# CONFIG_B is not set',
    'CONFIG_C="text"',
    'CONFIG_D=17',
    'CONFIG_E=y',
  ].join('\n');
  expect(unmetOptions(fragment, config)).toEqual(['CONFIG_A=y', 'CONFIG_D=16', 'CONFIG_E=n']);
});
