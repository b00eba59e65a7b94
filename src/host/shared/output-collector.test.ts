import { describe, expect, it } from 'vitest';
import { OutputCollector } from './output-collector.ts';

function setUp() {
  const sent: { kind: string; device: string; text: string }[] = [];
  const collector = new OutputCollector((kind, device, bytes) => {
    sent.push({ kind, device, text: new TextDecoder().decode(bytes) });
    return true;
  });
  const print = (device: string, text: string): void => {
    collector.console(device, new TextEncoder().encode(text));
  };
  return { collector, sent, print };
}

describe('OutputCollector', () => {
  it('makes one message a device of many writes', () => {
    const { collector, sent, print } = setUp();
    for (const letter of 'hello') print('uart0', letter);
    print('console0', '$ ');
    expect(sent).toEqual([]);
    expect(collector.waiting).toBe(true);
    collector.flush();
    expect(sent).toEqual([
      { kind: 'console', device: 'uart0', text: 'hello' },
      { kind: 'console', device: 'console0', text: '$ ' },
    ]);
    collector.flush();
    expect(sent.length).toBe(2);
  });

  it('sends by itself when a lot has come, and loses nothing', () => {
    const { collector, sent, print } = setUp();
    const text = 'x'.repeat(20_000) + 'y'.repeat(20_000);
    print('console0', text);
    collector.flush();
    expect(sent.map((message) => message.text.length)).toEqual([16_384, 16_384, 7_232]);
    expect(sent.map((message) => message.text).join('')).toBe(text);
  });

  it('passes frames on at once, but none that is too long', () => {
    const { collector, sent } = setUp();
    collector.frame('net0', new Uint8Array(1514));
    collector.frame('net0', new Uint8Array(70_000));
    expect(sent.map((message) => message.text.length)).toEqual([1514]);
  });
});
