/** From a pickle's values to JavaScript: plain objects, arrays, maps, tensors. */
import { numelOf } from '../dtype.js';
import { wrap } from '../functions/create.js';
import { Odometer } from '../kernels/strides.js';
import { Parameter } from '../nn/parameter.js';
import { isRowMajor } from '../strides.js';
import { Tensor } from '../tensor.js';
import { exactNumber } from './bytes.js';
import { decoderOf, hostIsBigEndian, itemSizeOf, numpyDtype, swapBytes } from './dtypes.js';
import { fail, quoted } from './fail.js';
import { isIndex, keyText } from './keys.js';
import type { PyArray, PyValue } from './values.js';
import { NumpyType, PyDict, PyGlobal, PyStorage, PyTensor, PythonObject } from './values.js';

/** The bytes of all storages of a file. */
export interface StorageSource {
  readonly bigEndian: boolean;
  /** The bytes of a storage, from its `start` on. Throws where the file does not have them. */
  bytesOf(storage: PyStorage): Uint8Array;
}

/** How deeply values may be nested. Python's own limit when it writes is about as high. */
const MAX_DEPTH = 1000;

/** Where a value stands in the file; the text is made for errors only. */
interface Place {
  readonly parent: Place | null;
  readonly key: unknown;
  readonly depth: number;
}

function pathOf(place: Place): string {
  const keys: string[] = [];
  for (let at = place; at.parent !== null; at = at.parent) keys.unshift(keyText(at.key));
  const path = keys.join('.');
  return path === '' ? 'the value' : quoted(path);
}

/** Entries of a plain object that keeps their order, `null` where only a map can have the keys. */
function objectEntries(entries: PyDict['entries']): [string, PyValue][] | null {
  const fits = (entry: [PyValue, PyValue]): entry is [string, PyValue] =>
    typeof entry[0] === 'string' && entry[0] !== '__proto__' && !isIndex(entry[0]);
  return entries.every(fits) ? entries : null;
}

/** Makes JavaScript values; each Python object becomes one, however often it occurs. */
export class Converter {
  private readonly seen = new Map<object, unknown>();
  /** Tensors by storage and layout: equal views share their place, as tied weights do. */
  private readonly tensors = new Map<string, Tensor>();

  constructor(
    private readonly source: StorageSource,
    private readonly charge: (bytes: number) => void,
  ) {}

  /** The whole value of a file. */
  convert(value: PyValue): unknown {
    return this.value(value, { parent: null, key: '', depth: 0 });
  }

  private child(value: PyValue, parent: Place, key: unknown): unknown {
    if (value === null || typeof value === 'number' || typeof value === 'string') return value;
    return this.value(value, { parent, key, depth: parent.depth + 1 });
  }

  private value(value: PyValue, place: Place): unknown {
    if (typeof value === 'bigint') {
      const number = exactNumber(value);
      return (
        number ?? fail(`${pathOf(place)} is the integer ${value}, expected at most 2^53, which numbers hold exactly`)
      );
    }
    if (typeof value !== 'object' || value === null) return value;
    const known = this.seen.get(value);
    if (known !== undefined) return known;
    if (place.depth > MAX_DEPTH) fail(`the file nests values more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value)) return this.list(value, place);
    if (value instanceof PyDict) return this.dict(value, place);
    if (value instanceof Set) return this.set(value, place);
    if (value instanceof PythonObject) return this.object(value, place);
    const made = this.leaf(value, place);
    this.seen.set(value, made);
    return made;
  }

  private leaf(value: Uint8Array | PyTensor | PyArray | PyStorage | NumpyType | PyGlobal, place: Place): unknown {
    if (value instanceof Uint8Array) {
      this.charge(value.length);
      return value.slice();
    }
    if (value instanceof PyTensor) return this.tensor(value, place);
    if (value instanceof PyGlobal) return new PythonObject(value.name, null);
    if (value instanceof NumpyType) return numpyDtype(value.code) ?? value.code;
    if (value instanceof PyStorage) return fail(`${pathOf(place)} is a storage; save the tensor instead`);
    return this.tensor(value.tensor ?? fail(`malformed: ${pathOf(place)} is a numpy array without contents`), place);
  }

  /** Converts the elements in place. */
  private list(list: unknown[], place: Place): unknown[] {
    this.seen.set(list, list);
    // Until here all elements are values of the pickle.
    for (let i = 0; i < list.length; i++) list[i] = this.child(list[i] as PyValue, place, i);
    return list;
  }

  private set(set: Set<PyValue>, place: Place): Set<unknown> {
    const made = new Set<unknown>();
    this.seen.set(set, made);
    for (const item of set) made.add(this.child(item, place, made.size));
    return made;
  }

  private dict(dict: PyDict, place: Place): unknown {
    const entries = objectEntries(dict.entries);
    if (entries !== null) {
      const object: Record<string, unknown> = {};
      this.seen.set(dict, object);
      for (const [key, item] of entries) object[key] = this.child(item, place, key);
      return object;
    }
    const map = new Map<unknown, unknown>();
    this.seen.set(dict, map);
    for (const [key, item] of dict.entries) {
      const made = this.child(key, place, 'a key');
      map.set(made, this.child(item, place, made));
    }
    return map;
  }

  private object(object: PythonObject, place: Place): PythonObject {
    this.seen.set(object, object);
    // All of it is values of the pickle until here.
    if (object.args !== null) this.list(object.args, place);
    object.state = this.child(object.state as PyValue, place, 'state');
    this.list(object.items, place);
    object.entries = this.child(object.entries as PyValue, place, 'entries');
    return object;
  }

  private tensor(tensor: PyTensor, place: Place): Tensor {
    const { storage, offset, size, stride, requiresGrad, isParameter } = tensor;
    const { dtype, key, start, bytes } = storage;
    const layout = bytes === undefined ? [dtype, key, start, offset, size, stride].join('/') : null;
    const known = layout === null ? undefined : this.tensors.get(layout);
    const plain = known === undefined ? this.gather(tensor, place) : new Tensor(known.cell);
    if (layout !== null) this.tensors.set(layout, plain);
    if (requiresGrad && !plain.is_floating_point()) {
      fail(`malformed: ${pathOf(place)} of dtype ${plain.dtype} requires grad`);
    }
    if (isParameter) return new Parameter(plain, requiresGrad);
    if (requiresGrad) plain.requires_grad = true;
    return plain;
  }

  /** A contiguous copy of a strided tensor. */
  private gather({ storage, offset, size, stride }: PyTensor, place: Place): Tensor {
    const decode = decoderOf(storage.dtype, pathOf(place));
    const numel = size.includes(0) ? 0 : numelOf(size);
    const last = size.reduce((at, count, dim) => at + (count - 1) * stride[dim], offset);
    if (numel > 0 && !(last < storage.numel)) {
      fail(`malformed: ${pathOf(place)} [${size.join(', ')}] reaches element ${last} of a storage of ${storage.numel}`);
    }
    const item = itemSizeOf(storage.dtype);
    this.charge(numel * item);
    const packed = new Uint8Array(numel * item);
    if (numel > 0) {
      const bytes = (storage.bytes ?? this.source.bytesOf(storage)).subarray(offset * item, (last + 1) * item);
      pack(bytes, size, stride, item, packed);
    }
    if ((storage.bigEndian ?? this.source.bigEndian) !== hostIsBigEndian) swapBytes(packed, item);
    const { dtype, data } = decode(packed, pathOf(place));
    return wrap(dtype, [...size], data);
  }
}

/** Copies strided elements of `item` bytes, row by row. */
function pack(
  bytes: Uint8Array,
  size: readonly number[],
  stride: readonly number[],
  item: number,
  out: Uint8Array,
): void {
  if (isRowMajor(size, stride)) {
    out.set(bytes);
    return;
  }
  const at = new Odometer({ sizes: [...size], strides: [[...stride]] }, size.length, [0]);
  for (let to = 0; to < out.length; at.next()) {
    const from = at.offsets[0] * item;
    for (let k = 0; k < item; k++) out[to++] = bytes[from + k];
  }
}
