/** A writer of pickles of protocol 2, in the subset that PyTorch reads with `weights_only=True`. */
import type { Cell, Value } from '../storage.js';
import { hostStorageOf } from '../dispatch.js';
import { numelOf } from '../dtype.js';
import { Module } from '../nn/module.js';
import { Parameter } from '../nn/parameter.js';
import { rowMajor } from '../strides.js';
import { Tensor } from '../tensor.js';
import { MAX_INTEGER, utf8Bytes } from './bytes.js';
import { storageNames } from './dtypes.js';
import { isIndex, keyText } from './keys.js';

const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  GLOBAL: 0x63,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
} as const;

/** How deeply values may be nested, as for reading. */
const MAX_DEPTH = 1000;

/** The elements of one place, once in the file however many tensors share it. */
interface StoredValue {
  key: string;
  value: Value;
}

/** What a value is, in an error. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'a function' : String(value);
  return `an object of class ${(Object.getPrototypeOf(value) as object | null)?.constructor.name ?? 'Object'}`;
}

/** What can be saved in place of a value. */
function hintFor(value: unknown): string {
  if (value instanceof Module) return '; save its state_dict()';
  return ArrayBuffer.isView(value) ? '; save torch.from_numpy(it)' : '';
}

const isPlain = (value: object): value is Record<string, unknown> =>
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** The pickle of one value, and the tensors that it refers to. */
export class Pickler {
  readonly storages = new Map<Cell, StoredValue>();
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;
  private readonly memo = new Map<object, number>();

  /** @throws naming the path of what cannot be written. */
  pickle(value: unknown): Uint8Array {
    this.op(OP.PROTO, 2);
    this.write(value, []);
    this.op(OP.STOP);
    return this.bytes.subarray(0, this.length);
  }

  /** Makes room for `count` more bytes and returns where they begin. */
  private grow(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  private put(bytes: ArrayLike<number>): void {
    const at = this.grow(bytes.length);
    this.bytes.set(bytes, at);
  }

  private op(...bytes: number[]): void {
    this.put(bytes);
  }

  private u32(value: number): void {
    const at = this.grow(4);
    this.view.setUint32(at, value, true);
  }

  private text(value: string): void {
    if (/\p{Surrogate}/u.test(value))
      throw new Error('save: got a string with half of a surrogate pair, expected text');
    const bytes = utf8Bytes(value);
    this.op(OP.BINUNICODE);
    this.u32(bytes.length);
    this.put(bytes);
  }

  private number(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > MAX_INTEGER || Object.is(value, -0)) {
      this.op(OP.BINFLOAT);
      const at = this.grow(8);
      this.view.setFloat64(at, value, false);
    } else if (value >= 0 && value < 0x100) this.op(OP.BININT1, value);
    else if (value >= 0 && value < 0x10000) this.op(OP.BININT2, value & 0xff, value >> 8);
    else if (value === (value | 0)) {
      this.op(OP.BININT);
      this.u32(value);
    } else {
      this.op(OP.LONG1, 8);
      const at = this.grow(8);
      this.view.setBigInt64(at, BigInt(value), true);
    }
  }

  private global(module: string, name: string): void {
    this.op(OP.GLOBAL);
    this.put(utf8Bytes(`${module}\n${name}\n`));
  }

  /** `module.name(*args)`. */
  private call(module: string, name: string, args: () => void): void {
    this.global(module, name);
    this.op(OP.MARK);
    args();
    this.op(OP.TUPLE, OP.REDUCE);
  }

  /** Names what was written last, so that it can be referred to. */
  private remember(value: object): void {
    const index = this.memo.size;
    this.memo.set(value, index);
    if (index < 0x100) this.op(OP.BINPUT, index);
    else {
      this.op(OP.LONG_BINPUT);
      this.u32(index);
    }
  }

  private recall(index: number): void {
    if (index < 0x100) this.op(OP.BINGET, index);
    else {
      this.op(OP.LONG_BINGET);
      this.u32(index);
    }
  }

  private refuse(value: unknown, path: readonly unknown[], role = ''): never {
    const where = path.length === 0 ? '' : ` at '${path.map(keyText).join('.')}'`;
    throw new Error(
      `save: got ${kindOf(value)}${role}${where}, expected tensors, numbers, strings, booleans, null, bytes, arrays, sets, maps and plain objects${hintFor(value)}`,
    );
  }

  private write(value: unknown, path: readonly unknown[]): void {
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'boolean') this.op(value ? OP.NEWTRUE : OP.NEWFALSE);
    else if (value === null) this.op(OP.NONE);
    else if (typeof value !== 'object') this.refuse(value, path);
    else {
      const known = this.memo.get(value);
      if (known !== undefined) this.recall(known);
      else this.object(value, path);
    }
  }

  private object(value: object, path: readonly unknown[]): void {
    if (path.length > MAX_DEPTH) throw new Error(`save: got values nested more than ${MAX_DEPTH} deep`);
    if (value instanceof Tensor) {
      if (value instanceof Parameter) this.parameter(value);
      else this.tensor(value, value.requires_grad);
      this.remember(value);
    } else if (Array.isArray(value)) this.list(value, path);
    else if (value instanceof Map) this.dict(value, [...(value as Map<unknown, unknown>)], path);
    else if (value instanceof Set) {
      this.call('__builtin__', 'set', () => this.list([...(value as Set<unknown>)], path));
      this.remember(value);
    } else if (value instanceof Uint8Array) {
      this.call('_codecs', 'encode', () => {
        this.text(Array.from(value, (byte) => String.fromCharCode(byte)).join(''));
        this.text('latin1');
      });
      this.remember(value);
    } else if (isPlain(value)) {
      const entries = Object.entries(value);
      // JavaScript makes the keys of { 0: … } texts; Python's optimizers number their parameters.
      const numbered = entries.every(([key]) => isIndex(key));
      this.dict(value, numbered ? entries.map(([key, item]) => [Number(key), item]) : entries, path);
    } else this.refuse(value, path);
  }

  private list(items: readonly unknown[], path: readonly unknown[]): void {
    this.op(OP.EMPTY_LIST);
    this.remember(items);
    this.op(OP.MARK);
    items.forEach((item, i) => this.write(item, [...path, i]));
    this.op(OP.APPENDS);
  }

  private dict(dict: object, entries: readonly (readonly [unknown, unknown])[], path: readonly unknown[]): void {
    this.op(OP.EMPTY_DICT);
    this.remember(dict);
    this.op(OP.MARK);
    for (const [key, item] of entries) {
      const at = [...path, key];
      this.key(key, at);
      this.write(item, at);
    }
    this.op(OP.SETITEMS);
  }

  /** A key of a dict: arrays are tuples. */
  private key(key: unknown, path: readonly unknown[]): void {
    if (Array.isArray(key)) {
      this.op(OP.MARK);
      for (const item of key as unknown[]) this.key(item, path);
      this.op(OP.TUPLE);
    } else if (typeof key === 'object' && key !== null) this.refuse(key, path, ' as key');
    else this.write(key, path);
  }

  private sizes(sizes: readonly number[]): void {
    this.op(OP.MARK);
    for (const size of sizes) this.number(size);
    this.op(OP.TUPLE);
  }

  /** The argument `backward_hooks`: none. */
  private hooks(): void {
    this.global('collections', 'OrderedDict');
    this.op(OP.EMPTY_TUPLE, OP.REDUCE);
  }

  private tensor(tensor: Tensor, requiresGrad: boolean): void {
    const value = tensor.read();
    hostStorageOf(value, 'save');
    const { cell } = tensor;
    const stored = this.storages.get(cell) ?? { key: String(this.storages.size), value };
    this.storages.set(cell, stored);
    this.call('torch._utils', '_rebuild_tensor_v2', () => {
      this.op(OP.MARK);
      this.text('storage');
      this.global('torch', storageNames[value.dtype]);
      this.text(stored.key);
      this.text('cpu');
      this.number(numelOf(value.shape));
      this.op(OP.TUPLE, OP.BINPERSID);
      this.number(0);
      this.sizes(value.shape);
      this.sizes(rowMajor(value.shape));
      this.op(requiresGrad ? OP.NEWTRUE : OP.NEWFALSE);
      this.hooks();
    });
  }

  private parameter(parameter: Parameter): void {
    this.call('torch._utils', '_rebuild_parameter', () => {
      this.tensor(parameter, false);
      this.op(parameter.requires_grad ? OP.NEWTRUE : OP.NEWFALSE);
      this.hooks();
    });
  }
}
