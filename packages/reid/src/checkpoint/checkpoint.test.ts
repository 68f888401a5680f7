import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from './checkpoint.js';
import { decodeCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { checkpointName, latestCheckpoint, pruneCheckpoints } from './folder.js';
import type { CheckpointTensor } from './tensor-bytes.js';

const TENSORS: [string, CheckpointTensor][] = [
  ['scalar', { dtype: 'bool', shape: [], data: Uint8Array.from([1]) }],
  ['weight', { dtype: 'float32', shape: [2, 2], data: Float32Array.from([1.5, -0, NaN, Infinity]) }],
  ['mean', { dtype: 'float64', shape: [2], data: Float64Array.from([Math.PI, 5e-324]) }],
  ['half', { dtype: 'float16', shape: [3], data: Uint16Array.from([0x3c00, 1, 0xffff]) }],
  ['label', { dtype: 'int32', shape: [1, 1], data: Int32Array.from([-7]) }],
  ['steps', { dtype: 'int64', shape: [1], data: BigInt64Array.from([-(2n ** 63n)]) }],
  ['bytes', { dtype: 'uint8', shape: [3], data: Uint8Array.from([0, 128, 255]) }],
  ['empty', { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) }],
];

const checkpoint = (step = 12): Checkpoint => ({
  info: {
    kind: 'reid-training',
    step,
    epoch: 3,
    config: { lr: 0.001, provider: ['cpu'] },
    state: { sampler: { random: [1, 2, 3, 4] }, losses: [1.25, 0.1 + 0.2], note: 'größer' },
  },
  tensors: new Map(TENSORS),
});

describe('checkpoints', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'));
    file = path.join(folder, checkpointName(12));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('come back bit by bit, tensors in order', async () => {
    await writeCheckpoint(file, checkpoint());
    const read = await readCheckpoint(file);
    expect(read.info).toEqual(checkpoint().info);
    expect([...read.tensors]).toEqual(TENSORS);
    expect(Object.is(read.tensors.get('weight')?.data[1], -0)).toBe(true);
  });

  it('store a view of a larger array as its own elements', async () => {
    const data = Float32Array.from([1, 2, 3, 4]).subarray(1, 3);
    const tensors = new Map<string, CheckpointTensor>([['part', { dtype: 'float32', shape: [2], data }]]);
    await writeCheckpoint(file, { ...checkpoint(), tensors });
    expect((await readCheckpoint(file)).tensors.get('part')?.data).toEqual(Float32Array.from([2, 3]));
  });

  it('replace the file before, leaving nothing else behind', async () => {
    await writeCheckpoint(file, checkpoint(1));
    await writeFile(`${file}.tmp`, 'left by a killed run');
    await writeCheckpoint(file, checkpoint(2));
    expect((await readCheckpoint(file)).info.step).toBe(2);
    expect(await readdir(folder)).toEqual(['checkpoint-000012.rgck']);
  });

  it('leave the file before untouched when writing fails', async () => {
    await writeCheckpoint(file, checkpoint(1));
    const bad = new Map<string, CheckpointTensor>([['w', { dtype: 'float32', shape: [3], data: new Float32Array(2) }]]);
    await expect(writeCheckpoint(file, { ...checkpoint(), tensors: bad })).rejects.toThrow(
      'writeCheckpoint: w has 2 elements; expected 3 for shape [3]',
    );
    expect((await readCheckpoint(file)).info.step).toBe(1);
  });

  it('refuse arrays of another type and invalid info', async () => {
    const bad = new Map<string, CheckpointTensor>([['w', { dtype: 'int64', shape: [2], data: new Float64Array(2) }]]);
    await expect(writeCheckpoint(file, { ...checkpoint(), tensors: bad })).rejects.toThrow(
      'writeCheckpoint: w of dtype int64 is a Float64Array; expected a BigInt64Array',
    );
    await expect(writeCheckpoint(file, checkpoint(-1))).rejects.toThrow(/^writeCheckpoint: info is invalid: step/);
  });

  it('say so when the file is missing or no checkpoint', async () => {
    await expect(readCheckpoint(file)).rejects.toThrow(/checkpoint-000012\.rgck cannot be read/);
    for (const content of ['', 'PK something else that is long enough for a header and a checksum']) {
      await writeFile(file, content);
      await expect(readCheckpoint(file)).rejects.toThrow(/is no reidgrad checkpoint; expected a file written/);
    }
  });

  it('say so when written by a newer version', async () => {
    await writeCheckpoint(file, checkpoint());
    const bytes = await readFile(file);
    bytes.writeUInt32LE(2, 8);
    expect(() => decodeCheckpoint(bytes, 'x')).toThrow('decodeCheckpoint: x has version 2; expected at most 1; update');
  });

  it('refuse every truncation', async () => {
    await writeCheckpoint(file, checkpoint());
    const bytes = await readFile(file);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCheckpoint(bytes.subarray(0, length), 'x')).toThrow(/^decodeCheckpoint: x (is|has) /);
    }
    expect(() => decodeCheckpoint(Buffer.concat([bytes, Buffer.from([0])]), 'x')).toThrow('wrong checksum');
  });

  it('refuse every flipped bit', async () => {
    await writeCheckpoint(file, checkpoint());
    const bytes = await readFile(file);
    for (let at = 0; at < bytes.length; at++) {
      const flip = 1 << (at % 8);
      bytes[at] ^= flip;
      expect(() => decodeCheckpoint(bytes, 'x')).toThrow(/^decodeCheckpoint: x (is|has) /);
      bytes[at] ^= flip;
    }
    expect(decodeCheckpoint(bytes, 'x').info.step).toBe(12);
  });

  it('refuse a header that lies, though the checksum is right', async () => {
    await writeCheckpoint(file, checkpoint());
    const bytes = await readFile(file);
    const forge = (change: (bytes: Buffer) => Buffer): Buffer => {
      const body = change(Buffer.from(bytes.subarray(0, bytes.length - 32)));
      return Buffer.concat([body, createHash('sha256').update(body).digest()]);
    };
    const replace =
      (from: string, to: string) =>
      (body: Buffer): Buffer =>
        Buffer.from(body.toString('latin1').replace(from, to), 'latin1');
    const cases: [Buffer, string][] = [
      [forge(replace('"shape":[2,2]', '"shape":[9,9]')), 'has tensor weight float32 [9, 9] in 16 bytes at 1'],
      [forge(replace('"dtype":"float64"', '"dtype":"floaty7"')), 'has an invalid header (tensors.2.dtype'],
      [forge(replace('{"kind"', '["kind"')), 'has an invalid header'],
      [forge((body) => (body.writeUInt32LE(0xffffff, 12), body)), 'has a header of 16777215 bytes'],
      [forge((body) => body.subarray(0, body.length - 1)), 'has tensor bytes uint8 [3] in 3 bytes'],
    ];
    for (const [forged, message] of cases) {
      expect(() => decodeCheckpoint(forged, 'x')).toThrow(`decodeCheckpoint: x ${message}`);
    }
  });

  it('are found by step, half-written ones ignored, and pruned', async () => {
    expect(await latestCheckpoint(path.join(folder, 'none'))).toBeUndefined();
    for (const name of [
      checkpointName(9),
      checkpointName(1_000_000),
      checkpointName(20),
      `${checkpointName(2_000_000)}.tmp`,
    ]) {
      await writeFile(path.join(folder, name), '');
    }
    expect(await latestCheckpoint(folder)).toBe(path.join(folder, 'checkpoint-1000000.rgck'));
    await pruneCheckpoints(folder, 2);
    const left = (await readdir(folder)).filter((name) => name.endsWith('.rgck'));
    expect(left.sort()).toEqual(['checkpoint-000020.rgck', 'checkpoint-1000000.rgck']);
  });
});
