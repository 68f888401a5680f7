import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { trace } from '../trace/trace.js';
import { load, save } from './index.js';
import { crc32, writeZip } from './zip.js';

const expected = 'expected tensors, numbers, strings, booleans, null, bytes, arrays, sets, maps and plain objects';

describe('save', () => {
  it.each<[string, unknown, string]>([
    ['undefined', { a: [1, undefined] }, `save: got undefined at 'a.1', ${expected}`],
    ['a function', { net: () => 1 }, `save: got a function at 'net', ${expected}`],
    [
      'a module',
      { net: new torch.nn.Linear(1, 1) },
      `save: got an object of class Linear at 'net', ${expected}; save its state_dict()`,
    ],
    [
      'a typed array',
      [new Float32Array(1)],
      `save: got an object of class Float32Array at '0', ${expected}; save torch.from_numpy(it)`,
    ],
    ['an object of a class', new Date(), `save: got an object of class Date, ${expected}`],
    ['a bigint', [1n], `save: got 1 at '0', ${expected}`],
    ['an object as key', new Map([[{}, 1]]), `save: got an object of class Object as key at '(…)', ${expected}`],
    ['half a character', ['\ud83d'], 'save: got a string with half of a surrogate pair, expected text'],
  ])('refuses %s', (_name, value, message) => {
    expect(() => save(value)).toThrow(new Error(message));
  });

  it('refuses values nested without end, and takes those that contain themselves', () => {
    let deep: unknown[] = [];
    for (let i = 0; i < 1100; i++) deep = [deep];
    expect(() => save(deep)).toThrow('save: got values nested more than 1000 deep');
    const list: unknown[] = [];
    list.push(list);
    const loaded = load<unknown[]>(save(list));
    expect(loaded[0]).toBe(loaded);
  });

  it('refuses tensors of a trace', () => {
    const run = (): unknown =>
      trace(
        (x: torch.Tensor) => {
          save([x]);
          return x;
        },
        [torch.ones(2)],
      );
    expect(run).toThrow('save: the value of float32[2] is not known while');
  });

  it('gives the same bytes for the same values', () => {
    const make = (): Uint8Array => save({ a: torch.arange(3), b: [1, 'x', null] });
    expect(make()).toEqual(make());
  });

  it('writes the present value of a view, and of a tensor that was written since', () => {
    const base = torch.tensor([[1, 2], [3, 4]]); // prettier-ignore
    const column = base.index(':', 1);
    base.mul_(2);
    const [loaded] = load<torch.Tensor[]>(save([column]));
    expect(loaded.tolist()).toEqual([4, 8]);
  });

  it('keeps -0, the infinities and NaN, and which numbers are integers', () => {
    const numbers = [
      -0,
      0,
      Infinity,
      -Infinity,
      NaN,
      2 ** 53,
      -(2 ** 53),
      2 ** 60,
      0.5,
      -1,
      255,
      256,
      65535,
      65536,
      2 ** 31,
    ];
    expect(load(save(numbers))).toEqual(numbers);
  });
});

describe('the archive', () => {
  it('has the checksums of zip', () => {
    // The check value of CRC-32.
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('is refused where it would need ZIP64', () => {
    const empty = new Uint8Array();
    const many = Array.from({ length: 65_536 }, (_, i) => [String(i), empty] as const);
    expect(() => writeZip(many)).toThrow('save: the file would have 65536 entries, expected at most 65535');
    // Never touched, so it takes no memory.
    const large = new Uint8Array(2 ** 30);
    const four = Array.from({ length: 4 }, (_, i) => [String(i), large] as const);
    expect(() => writeZip(four)).toThrow(/^save: the file would take 4294\d{6} bytes, expected less than 4 GB/);
  });
});
