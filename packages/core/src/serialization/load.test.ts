import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { load, save, stateDictOf } from './index.js';
import { legacyFile, pickleBytes, zipFile } from './files.testing.js';

/** The value of a pickle, in a file of the format of before PyTorch 1.6. */
const unpickled = (...pickle: (string | number)[]): unknown => load(legacyFile(pickleBytes(...pickle)));

/** A tensor's call in a pickle: `_rebuild_tensor(storage, offset, size, stride)` on 4 float32 under the key `k`. */
const tensorPickle = (offset: string, size: string, stride: string): string =>
  `ctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\nFloatStorage\nU\x01kU\x03cpuK\x04NtQ${offset}${size}${stride}tR`;

/** A file with that tensor, and its storage. */
const tensorFile = (offset: string, size: string, stride: string): Uint8Array =>
  legacyFile(pickleBytes(`${tensorPickle(offset, size, stride)}.`), Float32Array.of(1, 2, 3, 4));

describe('what is loaded', () => {
  const file = save({ weight: torch.tensor([1, 2, 3]), n: 1 });

  it('may be an ArrayBuffer, a part of one, or a Node Buffer', () => {
    const larger = new Uint8Array(file.length + 10);
    larger.set(file, 3);
    const inputs = [file, file.buffer, larger.subarray(3, 3 + file.length), Buffer.from(file)];
    for (const input of inputs) {
      const { weight } = load<{ weight: Tensor }>(input);
      expect(weight.tolist()).toEqual([1, 2, 3]);
    }
  });

  it('does not share bytes with the file', () => {
    const copy = file.slice();
    const loaded = load<{ weight: Tensor }>(copy);
    copy.fill(0);
    expect(loaded.weight.tolist()).toEqual([1, 2, 3]);
  });

  it.each([
    [
      'a path',
      'model.pth',
      "bytes: got the string 'model.pth', expected a Uint8Array or ArrayBuffer with the contents",
    ],
    ['nothing', undefined, 'bytes: got undefined, expected a Uint8Array or ArrayBuffer with the contents of the file'],
    [
      'no bytes',
      new Uint8Array(),
      'the file of 0 bytes is not of torch.save, expected it to begin as one of its formats',
    ],
    ['a text', new TextEncoder().encode('{}'), 'the file of 2 bytes is not of torch.save'],
    ['a tar archive', pickleBytes('x'.repeat(257), 'ustar'), 'the file is in the tar format of before PyTorch 0.1.12'],
    ['another pickle', pickleBytes('\x80\x02K\x01.'), 'the file is a pickle, but not of torch.save'],
    ['another zip archive', zipFile([['a/b', new Uint8Array()]]), 'the zip archive has no data.pkl'],
    ['a newer version', legacyFile(pickleBytes('N.'), undefined, 'M\xea\x03'), 'the file has number 1002 as version'],
  ])('is explained when it is %s', (_name, input, message) => {
    expect(() => load(input as Uint8Array)).toThrow(`load: ${message}`);
  });

  it('accepts map_location', () => {
    expect(load<{ n: number }>(file, { map_location: torch.device('cuda', 0) }).n).toBe(1);
  });
});

describe('identity', () => {
  it('of lists and dicts is kept, also in cycles', () => {
    const list: unknown[] = [1];
    const loaded = load<unknown[]>(save([list, list, { list }]));
    expect(loaded[1]).toBe(loaded[0]);
    expect(loaded[2]).toEqual({ list: [1] });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const { self } = load<Record<string, Record<string, unknown>>>(save(cycle));
    expect(self.self).toBe(self);
  });

  it('of one tensor is kept; equal views of a storage share their place, others do not', () => {
    const weight = torch.tensor([[1, 2]]);
    const tied = { a: weight, again: weight, b: weight.detach(), row: weight.index(0) };
    const { a, again, b, row } = load<Record<string, Tensor>>(save(tied));
    expect(again).toBe(a);
    expect(b).not.toBe(a);
    expect(b.data_ptr()).toBe(a.data_ptr());
    a.mul_(2);
    expect([b.tolist(), row.tolist()]).toEqual([[[2, 4]], [1, 2]]);
  });
});

describe('tensors', () => {
  it('are made of strided storages', () => {
    expect(load<Tensor>(tensorFile('K\x01', 'K\x02\x85', 'K\x02\x85')).tolist()).toEqual([2, 4]);
    expect(load<Tensor>(tensorFile('K\x00', 'K\x02K\x02\x86', 'K\x01K\x02\x86')).tolist()).toEqual([[1, 3], [2, 4]]); // prettier-ignore
    expect(load<Tensor>(tensorFile('K\x03', 'K\x03\x85', 'K\x00\x85')).tolist()).toEqual([4, 4, 4]);
    expect(load<Tensor>(tensorFile('K\x03', ')', ')')).item()).toBe(4);
    expect(load<Tensor>(tensorFile('K\x09', 'K\x00K\x07\x86', 'K\x07K\x01\x86')).shape).toEqual([0, 7]);
  });

  it('may have been on a GPU', () => {
    const pickle = tensorPickle('K\x00', 'K\x02\x85', 'K\x01\x85')
      .replace('ctorch\nF', 'ctorch.cuda\nF')
      .replace('U\x03cpu', 'U\x06cuda:0');
    expect(load<Tensor>(legacyFile(pickleBytes(`${pickle}.`), Float32Array.of(1, 2, 3, 4))).tolist()).toEqual([1, 2]);
  });

  const huge = '\x8a\x07\0\0\0\0\0\0\x10'; // 2^52
  it.each([
    [
      'a size beyond the storage',
      'K\x00',
      'K\x05\x85',
      'K\x01\x85',
      'malformed: the value [5] reaches element 4 of a storage of 4',
    ],
    ['an offset beyond it', 'K\x04', 'K\x01\x85', 'K\x01\x85', 'malformed: the value [1] reaches element 4'],
    ['a stride beyond it', 'K\x00', 'K\x02\x85', 'K\x04\x85', 'malformed: the value [2] reaches element 4'],
    ['a huge size', 'K\x00', `${huge}\x85`, `${huge}\x85`, 'malformed: the value [4503599627370496] reaches element'],
    [
      'a negative stride',
      'K\x00',
      'K\x02\x85',
      'J\xff\xff\xff\xff\x85',
      'malformed: a tensor stride is number -1, expected an integer',
    ],
    ['a fraction as size', 'K\x00', 'G?\xe0\0\0\0\0\0\0\x85', 'K\x01\x85', 'malformed: a tensor size is number 0.5'],
    [
      'fewer strides than sizes',
      'K\x00',
      'K\x01K\x01\x86',
      'K\x01\x85',
      'malformed: a tensor has 2 sizes and 1 strides',
    ],
    [
      'many dims',
      'K\x00',
      `(${'K\x01'.repeat(65)}t`,
      ')',
      'malformed: a tensor size has 65 numbers, expected at most 64',
    ],
    ['an expansion to terabytes', 'K\x00', `${huge}\x85`, 'K\x00\x85', 'the values of the file take more than'],
    [
      'an expansion beyond all numbers',
      'K\x00',
      `(${huge.repeat(60)}t`,
      `(${'K\x00'.repeat(60)}t`,
      'the values of the file take more than',
    ],
  ])('with %s are refused', (_name, offset, size, stride, message) => {
    expect(() => load(tensorFile(offset, size, stride))).toThrow(`load: ${message}`);
  });

  it('name their dtype when they cannot require gradients', () => {
    const pickle =
      'ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor\n((U\x07storagectorch\nLongStorage\nU\x01kU\x03cpuK\x01NtQK\x00))tR\x88NtR.';
    const file = legacyFile(pickleBytes(pickle), BigInt64Array.of(7n));
    expect(() => load(file)).toThrow('load: malformed: the value of dtype int64 requires grad');
  });
});

describe('hostile pickles', () => {
  it.each([
    ['takes from an empty stack', ['0.'], 'malformed: the pickle takes from an empty stack'],
    ['takes from below a mark', ['K\x01(0.'], 'malformed: the pickle takes from an empty stack'],
    ['has no mark', ['t.'], 'malformed: the pickle has no mark to go back to'],
    ['recalls what it did not store', ['h\x05.'], 'malformed: the pickle recalls 5, which it did not store'],
    ['has unknown opcodes', ['\xf0'], 'malformed: unknown pickle opcode 0xf0 at byte '],
    ['has a newer protocol', ['\x80\x06N.'], 'pickle protocol 6 is not supported, expected at most 5'],
    ['ends early', ['N'], 'the file is truncated at byte '],
    ['has a text longer than the file', ['\x8d\0\0\0\0\0\0\0\x10'], 'the file is truncated at byte '],
    ['has an integer of many bytes', ['\x8b\0\x02\0\0', '\x01'.repeat(512), '.'], 'malformed: an integer of 512 bytes'],
    ['has an integer of many digits', [`L${'9'.repeat(300)}\n.`], "malformed: integer '9999"],
    ['has a float that is none', ['Fx\n.'], "malformed: float 'x'"],
    ['has a text that is not UTF-8', ['X\x01\0\0\0\xff.'], "a text is not UTF-8: '\xff'"],
    ['calls a number', ['K\x01)R.'], 'malformed: number 1 is called, expected a class or function'],
    [
      'calls a name',
      ['cbuiltins\nint\n)R.'],
      "malformed: 'builtins.int' is called, expected another class or function",
    ],
    ['calls with a number', ['ccollections\nOrderedDict\nK\x01R.'], 'malformed: the arguments of a call is number 1'],
    ['appends to a dict', ['}K\x01a.'], 'malformed: what is appended to is a dict, expected a list or tuple'],
    ['sets entries in a list', ['](K\x01K\x02u.'], 'malformed: entries are set in a list or tuple, expected a dict'],
    ['has a key without a value', ['}(K\x01u.'], 'malformed: a dict has a key without a value'],
    ['adds to no set', ['](K\x01\x90.'], 'malformed: elements are added to a list or tuple, expected a set'],
    ['gives a number a state', ['K\x01}b.'], 'malformed: a state is given to number 1'],
    ['has another persistent id', ['(U\x01xtQ.'], "malformed: a persistent id of a string, expected 'storage'"],
    ['has a storage of no class', ['(U\x07storageNU\x01kU\x03cpuK\x01NtQ.'], 'malformed: a storage of class None'],
    [
      'names a method of objects',
      ['c__proto__\ntoString\n.'],
      "the file needs '__proto__.toString' of Python, which is not",
    ],
    [
      'names a program',
      ['cos\nsystem\n(U\x02lstR.'],
      "the file needs 'os.system' of Python, which is not executed here",
    ],
    ['has a class name without end', ['cos'], 'the file is truncated at byte '],
    [
      'has a class name of thousands of letters',
      [`c${'x'.repeat(2000)}\ny\n.`],
      'malformed: the module of a class has 2000',
    ],
    [
      'has bytes that are none',
      ['c_codecs\nencode\n(X\x02\0\0\0\xc4\x80U\x06latin1tR.'],
      'malformed: bytes hold the number 256',
    ],
    [
      'has an array without contents',
      ['cnumpy\nndarray\n)R.'],
      'malformed: the value is a numpy array without contents',
    ],
    ['is nested without end', [']'.repeat(5000), 'a'.repeat(4999), '.'], 'the file nests values more than 1000 deep'],
  ])('%s', (_name, pickle, message) => {
    expect(() => unpickled(...pickle)).toThrow(`load: ${message}`);
  });

  // One text or list of a megabyte, copied a thousand times by four bytes each.
  const copies = (make: string): string => `${make}q\x010](${`h\x02(h\x01U\x06latin1tR`.repeat(1000)}e.`;
  it.each([
    ['bytes', `c_codecs\nencode\nq\x020${copies(`X\0\0\x10\0${'x'.repeat(2 ** 20)}`)}`],
    ['sets', `cbuiltins\nset\nq\x020${copies(`(${'N'.repeat(2 ** 17)}l`)}`],
    ['objects', `cbuiltins\nlist\nq\x020${copies(`(${'N'.repeat(2 ** 17)}l`)}`],
  ])('cannot make many %s out of one', (_name, pickle) => {
    expect(() => unpickled(pickle)).toThrow('load: the values of the file take more than');
  });

  it('may share lists as often as they like', () => {
    // [x, x] sixty deep: 2^60 leaves, were they not shared.
    const levels = Array.from({ length: 60 }, () => '(h\x01h\x01lq\x010').join('');
    let at = unpickled(`]q\x010${levels}h\x01.`);
    for (let depth = 0; depth < 60; depth++) {
      expect((at as unknown[])[1]).toBe((at as unknown[])[0]);
      at = (at as unknown[])[0];
    }
    // As a key of a dict whose value is refused: the error does not spell the key out.
    expect(() => unpickled(`]q\x010${levels}}(h\x01\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fu.`)).toThrow(
      "load: '(…)' is the integer 9223372036854775807, expected at most 2^53",
    );
  });

  it('keep __proto__ as a key', () => {
    const loaded = unpickled('}U\x09__proto__}U\x01xK\x01ss.');
    expect(loaded).toEqual(new Map([['__proto__', { x: 1 }]]));
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('store under any number', () => {
    expect(unpickled('K\x07r\xff\xff\xff\xff0j\xff\xff\xff\xff.')).toBe(7);
  });
});

describe('a module that contains itself', () => {
  it('is no network', () => {
    const fields = 'U\x0b_parameters}U\x08_buffers}U\x08_modules}U\x01ah\x01s';
    const file = legacyFile(pickleBytes(`cm\nNet\n)\x81q\x01}(${fields}ub.`));
    expect(() => stateDictOf(load(file, { weights_only: false }))).toThrow(
      'stateDictOf: got modules without end, expected a network that does not contain itself',
    );
  });

  it('nor are modules that hold each other many times', () => {
    const module = (children: string): string =>
      `cm\nNet\n)\x81}(U\x0b_parameters}U\x08_buffers}U\x08_modules}(${children}uubq\x010`;
    const pickle = module('') + module('U\x01ah\x01U\x01bh\x01').repeat(60);
    const model = load(legacyFile(pickleBytes(`${pickle}h\x01.`)), { weights_only: false });
    expect(() => stateDictOf(model)).toThrow('stateDictOf: got modules without end');
  });

  it.each([
    [null, 'stateDictOf: got null, expected a dict of tensors or a pickled nn.Module'],
    [[], 'stateDictOf: got object, expected a dict of tensors or a pickled nn.Module'],
    [torch.ones(1), 'stateDictOf: got object, expected a dict of tensors or a pickled nn.Module'],
    [{ epoch: 1 }, "stateDictOf: 'epoch' is number, expected a tensor; take the state dict out of the checkpoint"],
  ])('nor is %s', (value, message) => {
    expect(() => stateDictOf(value)).toThrow(message);
  });

  it('but a dict of tensors is its own state dict, whatever its keys', () => {
    const [a, b] = [torch.ones(1), torch.ones(2)];
    expect(stateDictOf({ a, b })).toEqual({ a, b });
    expect(Object.keys(stateDictOf(new Map([['__proto__', a], ['0', b]])))).toEqual(['0', '__proto__']); // prettier-ignore
  });
});
