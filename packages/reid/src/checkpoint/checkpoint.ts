import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import type { CheckpointHeader, CheckpointInfo } from './header.js';
import { CHECKPOINT_VERSION, checkpointHeaderSchema, checkpointInfoSchema } from './header.js';
import type { CheckpointTensor } from './tensor-bytes.js';
import { bytesFit, checkByteOrder, tensorBytes, tensorFromBytes } from './tensor-bytes.js';

// The file: magic (8 bytes), version (uint32), length of the header (uint32), header (JSON), payload (tensors one after
// the other, little-endian), SHA-256 of all that (32 bytes).
const MAGIC = Buffer.from('RGCKPT\r\n', 'latin1');
const PREFIX_BYTES = MAGIC.length + 8;
const DIGEST_BYTES = 32;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly info: CheckpointInfo;
  /** By name, in the order written. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

function sha256(chunks: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  chunks.forEach((chunk) => hash.update(chunk));
  return hash.digest();
}

/** The checkpoint's bytes, in pieces. */
function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array[] {
  checkByteOrder('writeCheckpoint');
  const payload: Uint8Array[] = [];
  const table: CheckpointHeader['tensors'] = [];
  let offset = 0;
  for (const [name, tensor] of checkpoint.tensors) {
    const bytes = tensorBytes(name, tensor);
    table.push({ name, dtype: tensor.dtype, shape: [...tensor.shape], offset, bytes: bytes.length });
    payload.push(bytes);
    offset += bytes.length;
  }
  const info = checkpointInfoSchema.safeParse(checkpoint.info);
  if (!info.success) {
    throw new Error(`writeCheckpoint: info is invalid: ${problemOf(info.error)}`);
  }
  const header = Buffer.from(JSON.stringify({ ...info.data, tensors: table }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(CHECKPOINT_VERSION, MAGIC.length);
  prefix.writeUInt32LE(header.length, MAGIC.length + 4);
  const chunks = [prefix, header, ...payload];
  return [...chunks, sha256(chunks)];
}

function problemOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue.path.length === 0 ? 'header' : issue.path.join('.')}: ${issue.message}`;
}

/**
 * Decodes the bytes of a checkpoint file.
 * @param name what the error calls the file
 * @throws Error `decodeCheckpoint: <name> ...` when it is no checkpoint, newer than this code, truncated or damaged.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  return decode('decodeCheckpoint', bytes, name);
}

function decode(caller: string, bytes: Uint8Array, name: string): Checkpoint {
  checkByteOrder(caller);
  const fail = (got: string, expected: string): never => {
    throw new Error(`${caller}: ${name} ${got}; expected ${expected}`);
  };
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, Math.max(1, file.length)))) {
    fail('is no reidgrad checkpoint', 'a file written by writeCheckpoint');
  }
  if (file.length < PREFIX_BYTES + DIGEST_BYTES) {
    fail(`is truncated at ${file.length} bytes`, 'a whole file; use an earlier checkpoint');
  }
  const version = file.readUInt32LE(MAGIC.length);
  if (version > CHECKPOINT_VERSION) {
    fail(`has version ${version}`, `at most ${CHECKPOINT_VERSION}; update reidgrad to read it`);
  }
  const digestAt = file.length - DIGEST_BYTES;
  if (!sha256([file.subarray(0, digestAt)]).equals(file.subarray(digestAt))) {
    fail(
      `is truncated or damaged (${file.length} bytes, wrong checksum)`,
      'an unchanged file; use an earlier checkpoint',
    );
  }
  const headerEnd = PREFIX_BYTES + file.readUInt32LE(MAGIC.length + 4);
  if (headerEnd > digestAt) {
    fail(`has a header of ${headerEnd - PREFIX_BYTES} bytes`, `at most ${digestAt - PREFIX_BYTES}`);
  }
  const parsed = checkpointHeaderSchema.safeParse(parseJson(file.toString('utf8', PREFIX_BYTES, headerEnd)));
  if (!parsed.success) {
    return fail(`has an invalid header (${problemOf(parsed.error)})`, 'the header of version 1');
  }
  const { tensors: table, ...info } = parsed.data;
  const payload = file.subarray(headerEnd, digestAt);
  const tensors = new Map<string, CheckpointTensor>();
  for (const { name: tensor, dtype, shape, offset, bytes: length } of table) {
    if (offset + length > payload.length || !bytesFit(dtype, shape, length)) {
      fail(`has tensor ${tensor} ${dtype} [${shape.join(', ')}] in ${length} bytes at ${offset}`, 'bytes that fit');
    }
    tensors.set(tensor, tensorFromBytes(dtype, shape, payload.subarray(offset, offset + length)));
  }
  return { info, tensors };
}

/** Parses JSON; what is none becomes `undefined`, which no schema accepts. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes a rename survive a power cut. Not every file system lets a folder be opened; the rename stands regardless. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    return;
  }
}

/**
 * Writes a checkpoint so that the file is always whole: under a temporary name beside it, synced to the disk, then
 * renamed. A job killed at any moment leaves the previous file or the new one.
 * @throws Error when `info` is not JSON of the expected form, or a tensor's array does not fit its dtype and shape.
 * @example
 * await writeCheckpoint('runs/emoji/latest.rgck', {
 *   info: { kind: 'reid-training', step, epoch, config, state: { sampler: sampler.state() } },
 *   tensors: new Map([['model.conv1.weight', { dtype: 'float32', shape: [16, 3, 3, 3], data }]]),
 * });
 */
export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const chunks = encodeCheckpoint(checkpoint);
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    for (const chunk of chunks) {
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/**
 * Reads a checkpoint written by {@link writeCheckpoint}; all of it is checked against its checksum first.
 * @throws Error naming the file when it is missing, no checkpoint, newer than this code, truncated or damaged.
 */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new Error(`readCheckpoint: ${file} cannot be read; expected a checkpoint file`, { cause: error });
  }
  return decode('readCheckpoint', bytes, file);
}
