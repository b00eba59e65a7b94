import { expect, test } from 'vitest';
import { startOptionsOf } from './page-options.ts';

test.each([
  ['', {}],
  ['?cold', { cold: true }],
  ['?memory=512&cold=1', { cold: true, memoryMB: 512 }],
  ['?memory=-1', {}],
  ['?memory=1.5', {}],
  ['?memory=much', {}],
])('%s asks for %j', (search, options) => {
  expect(startOptionsOf(search)).toEqual({ guestUrl: 'guest/stock/', ...options });
});

test('an invitation in the address is passed on as it is; any other fragment is not', () => {
  const invitation = '#join=abc.def&watch';
  expect(startOptionsOf('', invitation)).toMatchObject({ invitation });
  expect(startOptionsOf('', '#panel')).not.toHaveProperty('invitation');
});
