/** Whatever the bytes are, `load` reads them or says in one line why not: no hang, no giant allocation, no other error. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legacyFile, pickleBytes } from './files.testing.js';
import { load, save } from './index.js';

const golden = (file: string): Uint8Array =>
  readFileSync(new URL(`../../../../test/goldens/data/serialization/${file}`, import.meta.url));

/** Small files of both formats that together use every opcode, tensors, numpy and a whole module. */
const files = ['tied.pth', 'tied-legacy.pth', 'zip64.pth', 'big-endian.pth', 'numpy-legacy.pth'];
const largerFiles = [
  ...files,
  'protocol-1.pth',
  'protocol-4.pth',
  'protocol-5.pth',
  'module.pth',
  'module-legacy.pth',
  'sgd-legacy.pth',
];
const seeds = largerFiles.map(golden);

function readsOrExplains(bytes: Uint8Array): void {
  for (const weights_only of [true, false]) {
    try {
      load(bytes, { weights_only });
    } catch (error) {
      if (!(error instanceof Error) || !/^load: [^\n]+$/.test(error.message)) throw error;
    }
  }
}

describe('load', () => {
  it.each(files)('survives any change of any byte of %s', (file) => {
    const bytes = golden(file);
    for (let i = 0; i < bytes.length; i++) {
      for (const value of [[0x28, 0x80, 255][i % 3], bytes[i] ^ 1]) {
        const changed = Uint8Array.from(bytes);
        changed[i] = value;
        readsOrExplains(changed);
      }
    }
  });

  it.each(files)('rejects every truncation of %s', (file) => {
    const bytes = golden(file);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => load(bytes.subarray(0, length))).toThrow('load: ');
    }
  });

  it('survives pieces of files in any order', () => {
    const piece = fc
      .tuple(fc.constantFrom(...seeds), fc.nat(), fc.nat({ max: 300 }))
      .map(([seed, start, length]) => seed.subarray(start % seed.length, (start % seed.length) + length));
    const spliced = fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.array(piece, { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(spliced, ([seed, at, pieces]) => {
        const start = at % seed.length;
        readsOrExplains(Uint8Array.from([...seed.subarray(0, start), ...pieces.flatMap((part) => [...part])]));
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('survives any program of opcodes', () => {
    // Each as it stands in files, with its argument.
    const words = [
      ...['(', ')', '0', '1', '2', 'N', 'Q', 'R', ']', 'a', 'b', 'd', 'e', 'l', 's', 't', 'u', '}', '\x81', '\x85'],
      ...[
        '\x86',
        '\x87',
        '\x88',
        '\x89',
        '\x8f',
        '\x90',
        '\x91',
        '\x92',
        '\x93',
        '\x94',
        'K\x01',
        'K\x02',
        'M\x00\x10',
      ],
      ...['h\x00', 'h\x01', 'q\x00', 'q\x01', 'U\x01k', 'U\x07storage', 'U\x02f8', 'C\x08\0\0\0\0\0\0\xf0?', 'I01\n'],
      ...[
        'ccollections\nOrderedDict\n',
        'cbuiltins\nset\n',
        'ctorch\nFloatStorage\n',
        'ctorch\nfloat32\n',
        'cm\nNet\n',
      ],
      ...[
        'ctorch._utils\n_rebuild_tensor_v2\n',
        'ctorch._utils\n_rebuild_parameter\n',
        'ctorch\nSize\n',
        'cnumpy\ndtype\n',
      ],
      ...['cnumpy.core.multiarray\n_reconstruct\n', 'cnumpy.core.multiarray\nscalar\n', 'c_codecs\nencode\n'],
      'ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x01kU\x03cpuK\x04NtQK\x00K\x02\x85K\x01\x85\x89NtR',
      'cnumpy\ndtype\n(U\x02f8K\x00K\x01tR',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (program) => {
        readsOrExplains(legacyFile(pickleBytes(...program, '.'), Float32Array.of(1, 2, 3, 4)));
      }),
      { seed: 7, numRuns: 5000 },
    );
  });

  it('reads back what save writes', () => {
    const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constant(-0));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, fc.constantFrom(null, true, false), number, fc.string(), tie('list'), tie('dict'), tie('map')),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      dict: fc.dictionary(fc.string().filter((key) => key !== '__proto__' && !/^\d+$/.test(key)), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      map: fc.uniqueArray(fc.tuple(fc.oneof(fc.integer(), fc.constant('0'), fc.constant('__proto__')), tie('tree')), { minLength: 1, maxLength: 4, selector: ([key]) => key }).map((entries) => new Map(entries)),
    })); // prettier-ignore
    fc.assert(
      fc.property(tree, (value) => {
        expect(load(save(value))).toEqual(value);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});
