import { expect, test } from 'vitest';
import { pageKeyOf, withControl } from './keys.ts';

const press = (key: string, code: string, modifiers: string) => ({
  type: 'keydown',
  key,
  code,
  ctrlKey: modifiers.includes('C'),
  shiftKey: modifiers.includes('S'),
  altKey: modifiers.includes('A'),
  metaKey: modifiers.includes('M'),
});

test.each([
  ['C', 'KeyC', 'CS', 'copy'],
  ['V', 'KeyV', 'CS', 'paste'],
  ['F6', 'F6', 'CS', 'leave'],
  ['c', 'KeyC', 'C', undefined],
  ['C', 'KeyC', 'CSA', undefined],
  ['Tab', 'Tab', '', undefined],
  ['F6', 'F6', '', undefined],
])('%s (%s) with %s is %s to the page', (key, code, modifiers, expected) => {
  expect(pageKeyOf(press(key, code, modifiers))).toBe(expected);
});

test.each([
  ['c', '\x03'],
  ['C', '\x03'],
  ['[', '\x1b'],
  [' ', '\x00'],
  ['1', '1'],
  ['\x1b[A', '\x1b[A'],
])('an armed Ctrl makes of %j %j', (typed, sent) => {
  expect(withControl(typed)).toBe(sent);
});
