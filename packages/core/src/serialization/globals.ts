/**
 * The classes and functions of Python that a file may name. Each stands for a function here that makes a plain value:
 * nothing of Python is executed. The list is that of PyTorch's `weights_only`, with numpy's scalars and arrays.
 */
import { fromHalf } from '../half.js';
import { itemSizeOf, numpyDtype, storageDtype } from './dtypes.js';
import { fail, quoted } from './fail.js';
import { utf8Bytes } from './bytes.js';
import { NumpyType, PyArray, PyDict, PyGlobal, PyStorage, PyTensor, PythonObject } from './values.js';
import type { PyValue } from './values.js';

/** What calls need of the load that they are part of. */
export interface CallContext {
  /** Counts bytes that are made out of few; throws when they are far more than the file has. */
  readonly charge: (bytes: number) => void;
}

type Call = (args: readonly PyValue[], context: CallContext) => PyValue;

/** The kind of a value in Python's words, for errors. */
export function kindOf(value: PyValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list or tuple';
  if (value instanceof PythonObject) return `an object of ${quoted(value.className)}`;
  if (value instanceof PyGlobal) return quoted(value.name);
  if (typeof value !== 'object') return typeof value === 'string' ? 'a string' : `${typeof value} ${String(value)}`;
  if (value instanceof PyDict) return 'a dict';
  if (value instanceof Uint8Array) return 'bytes';
  return value instanceof Set ? 'a set' : 'a tensor or dtype';
}

/** A size, offset or stride. */
export function asCount(value: PyValue | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return fail(`malformed: ${what} is ${kindOf(value)}, expected an integer of at least 0`);
}

export function asList(value: PyValue | undefined, what: string): PyValue[] {
  return Array.isArray(value) ? value : fail(`malformed: ${what} is ${kindOf(value)}, expected a list or tuple`);
}

export function asText(value: PyValue | undefined, what: string): string {
  return typeof value === 'string' ? value : fail(`malformed: ${what} is ${kindOf(value)}, expected a string`);
}

/** A name. Its length has a bound, since a pickle can use one text any number of times. */
export function asName(value: PyValue | undefined, what: string): string {
  const name = asText(value, what);
  return name.length <= 1000 ? name : fail(`malformed: ${what} has ${name.length} characters`);
}

/** PyTorch's bound for the dims of a tensor. */
const MAX_DIMS = 64;

function counts(value: PyValue | undefined, what: string): number[] {
  const list = asList(value, what);
  if (list.length > MAX_DIMS) fail(`malformed: ${what} has ${list.length} numbers, expected at most ${MAX_DIMS}`);
  return list.map((one) => asCount(one, what));
}

function tensorOf(value: PyValue | undefined): PyTensor {
  return value instanceof PyTensor ? value : fail(`malformed: got ${kindOf(value)}, expected a tensor`);
}

/** A tensor of `_rebuild_tensor_v2(storage, offset, size, stride, …)` and its like. */
function rebuilt(args: readonly PyValue[], requiresGrad: PyValue = false, dtype?: string): PyTensor {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof PyStorage)) fail(`malformed: a tensor is made of ${kindOf(storage)}, expected a storage`);
  const sizes = counts(size, 'a tensor size');
  const strides = counts(stride, 'a tensor stride');
  if (sizes.length !== strides.length)
    fail(`malformed: a tensor has ${sizes.length} sizes and ${strides.length} strides`);
  // Newer dtypes have no storage class: the file gives bytes, and the dtype beside them.
  const own = dtype === undefined ? storage : new PyStorage(dtype, storage.key, storage.numel);
  return new PyTensor(own, asCount(offset, 'a tensor offset'), sizes, strides, requiresGrad === true);
}

/** A Parameter on the same storage as `data`. */
function parameter(data: PyValue | undefined, requiresGrad: PyValue = true): PyTensor {
  const { storage, offset, size, stride } = tensorOf(data);
  return new PyTensor(storage, offset, size, stride, requiresGrad !== false, true);
}

function copied(value: PyValue | undefined, { charge }: CallContext): PyValue[] {
  if (value === undefined) return [];
  const items = value instanceof Set ? [...value] : asList(value, 'an argument');
  charge(16 * items.length);
  return [...items];
}

/** A dict out of nothing, a dict, or a list of pairs (as Python 2 wrote an OrderedDict). */
function dictOf(value: PyValue | undefined, context: CallContext): PyDict {
  const pairs = value instanceof PyDict ? value.entries : copied(value, context);
  context.charge(16 * pairs.length);
  return new PyDict(
    pairs.map((pair) => {
      const [key, item] = asList(pair, 'an entry of a dict');
      if (key === undefined || item === undefined) fail('malformed: an entry of a dict is no pair');
      return [key, item];
    }),
  );
}

/** The bytes whose numbers are the text's characters: how protocol 2 writes bytes. */
function latin1Bytes(value: PyValue | undefined, { charge }: CallContext): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = asText(value, 'encoded bytes');
  charge(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) fail(`malformed: bytes hold the number ${code}`);
    bytes[i] = code;
  }
  return bytes;
}

/** Raw data of numpy: bytes, or what Python 2 wrote as text. */
function rawBytes(value: PyValue | undefined, { charge }: CallContext): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = asText(value, 'the data of a numpy array');
  charge(text.length);
  return utf8Bytes(text);
}

function numpyType(value: PyValue | undefined): NumpyType {
  return value instanceof NumpyType ? value : fail(`malformed: got ${kindOf(value)}, expected a numpy dtype`);
}

type Read = (view: DataView, littleEndian: boolean) => number | bigint;

const readScalar: Readonly<Record<string, Read>> = {
  f2: (view, little) => fromHalf(view.getUint16(0, little)),
  f4: (view, little) => view.getFloat32(0, little),
  f8: (view, little) => view.getFloat64(0, little),
  i1: (view) => view.getInt8(0),
  i2: (view, little) => view.getInt16(0, little),
  i4: (view, little) => view.getInt32(0, little),
  i8: (view, little) => view.getBigInt64(0, little),
  u1: (view) => view.getUint8(0),
  u2: (view, little) => view.getUint16(0, little),
  u4: (view, little) => view.getUint32(0, little),
  u8: (view, little) => view.getBigUint64(0, little),
  b1: (view) => view.getUint8(0),
};

/** `numpy.float64(0.5)` and the like: a number, or a boolean. */
function numpyScalar(args: readonly PyValue[], context: CallContext): PyValue {
  const { code, bigEndian } = numpyType(args[0]);
  const bytes = rawBytes(args[1], context);
  if (numpyDtype(code) === undefined || bytes.length !== Number(code.slice(1))) {
    fail(`a numpy scalar of type ${quoted(code)} in ${bytes.length} bytes is not supported`);
  }
  const value = readScalar[code](new DataView(bytes.buffer, bytes.byteOffset, bytes.length), !bigEndian);
  return code === 'b1' ? value !== 0 : value;
}

/** A numpy array as tensor, from `[shape, dtype, whether columns come first, raw data]`. */
export function numpyTensor([shape, type, fortran, data]: readonly PyValue[], context: CallContext): PyTensor {
  const { code, bigEndian } = numpyType(type);
  const dtype = numpyDtype(code) ?? fail(`a numpy array of type ${quoted(code)} is not supported, expected numbers`);
  const size = counts(shape, 'the shape of a numpy array');
  const stride: number[] = [];
  let numel = 1;
  const dims = [...size.keys()];
  for (const dim of fortran === true ? dims : dims.reverse()) {
    stride[dim] = numel;
    numel *= size[dim];
  }
  const bytes = rawBytes(data, context);
  const item = Number(code.slice(1));
  if (bytes.length !== numel * item)
    fail(`malformed: a numpy array [${size.join(', ')}] of ${dtype} in ${bytes.length} bytes`);
  return new PyTensor(new PyStorage(dtype, '', numel, 0, bytes, bigEndian), 0, size, stride);
}

function numpyArray(tensor: PyTensor): PyArray {
  const array = new PyArray();
  array.tensor = tensor;
  return array;
}

/** Calls of what is known, by the name of Python 3 and of the newest numpy. */
const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': ([items], context) => dictOf(items, context),
  'collections.Counter': ([items], context) => dictOf(items, context),
  // Its argument makes missing entries, and there is nothing to make them here.
  'collections.defaultdict': ([, items], context) => dictOf(items, context),
  'builtins.dict': ([items], context) => dictOf(items, context),
  'builtins.set': ([items], context) => new Set(copied(items, context)),
  'builtins.frozenset': ([items], context) => new Set(copied(items, context)),
  'builtins.list': ([items], context) => copied(items, context),
  'builtins.tuple': ([items], context) => copied(items, context),
  'builtins.bytes': ([data = ''], context) => latin1Bytes(data, context),
  'builtins.bytearray': ([data = ''], context) => latin1Bytes(data, context),
  '_codecs.encode': ([data, encoding], context) =>
    encoding === 'latin1' || encoding === 'latin-1'
      ? latin1Bytes(data, context)
      : fail(`malformed: encoded bytes in ${kindOf(encoding)}, expected 'latin1'`),

  'torch.Size': ([sizes], context) => copied(sizes, context),
  'torch.device': ([type, index]) =>
    index === undefined || index === null
      ? asName(type, 'a device')
      : `${asName(type, 'a device')}:${asCount(index, 'a device')}`,
  'torch.serialization._get_layout': ([name]) => asName(name, 'a layout'),
  'torch._utils._rebuild_tensor': (args) => rebuilt(args),
  'torch._utils._rebuild_tensor_v2': (args) => rebuilt(args, args[4]),
  'torch._utils._rebuild_tensor_v3': (args) => rebuilt(args, args[4], asName(args[6], 'a dtype')),
  // Its dtype is one that no tensor has here, which the error then says.
  'torch._utils._rebuild_qtensor': (args) => rebuilt(args),
  'torch._utils._rebuild_parameter': ([data, requiresGrad]) => parameter(data, requiresGrad),
  'torch._utils._rebuild_parameter_with_state': ([data, requiresGrad]) => parameter(data, requiresGrad),
  // Up to PyTorch 0.3.
  'torch.nn.parameter.Parameter': ([data, requiresGrad]) => parameter(data, requiresGrad),
  // A tensor with attributes of its own, which are left out.
  'torch._tensor._rebuild_from_type_v2': ([make, , args], context) => callGlobal(make, args, context),
  'torch.Tensor': () => fail('a tensor of before PyTorch 0.1.12 is not supported; save it with a newer PyTorch'),

  'numpy.dtype': ([code]) => new NumpyType(asName(code, 'a numpy dtype').replace(/^[<>=|]/, '')),
  'numpy.ndarray': () => new PyArray(),
  'numpy._core.multiarray._reconstruct': () => new PyArray(),
  'numpy._core.multiarray.scalar': numpyScalar,
  'numpy._core.numeric._frombuffer': ([data, type, shape, order], context) =>
    numpyArray(numpyTensor([shape, type, order === 'F', data], context)),
};

/** Names that only stand for a value, or for the factory of a defaultdict. */
const plainNames = new Set(['int', 'float', 'bool', 'str'].map((name) => `builtins.${name}`));

/** Whether a class may be named, but not called. */
const isName = (full: string): boolean => plainNames.has(full) || storageDtype(full) !== undefined;

/** dtypes, and how numbers are quantized. */
const torchConstant = /^torch\.(b?float\d\w*|q?u?int\d\w*|complex\d+|bool|per_\w+)$/;

/** Module and name as Python 3 and numpy 2 have them. */
function modernName(module: string, name: string): string {
  const full = `${module}.${name}`;
  return full
    .replace(/^__builtin__\./, 'builtins.')
    .replace(/^numpy\.core\./, 'numpy._core.')
    .replace(/^torch\.cuda\.(\w+Tensor)$/, 'torch.$1')
    .replace(/^torch\.(Float|Double|Half|Long|Int|Byte|Bool)Tensor$/, 'torch.Tensor');
}

/**
 * What a name in a pickle stands for: dtypes are their names, all else a class or function.
 * @throws in the mode `weightsOnly` for what is not in the list.
 */
export function findGlobal(module: string, name: string, weightsOnly: boolean): PyValue {
  const full = modernName(module, name);
  const constant = torchConstant.exec(full);
  if (constant !== null) return constant[1];
  if (weightsOnly && !Object.hasOwn(calls, full) && !isName(full)) {
    fail(
      `the file needs ${quoted(full)} of Python, which is not executed here; save a state_dict() in Python instead, ` +
        'or pass { weights_only: false } to get such objects as data',
    );
  }
  return new PyGlobal(full);
}

/** `callee(*args)`: by the list, or for unknown classes an object that remembers the call. */
export function callGlobal(callee: PyValue | undefined, args: PyValue | undefined, context: CallContext): PyValue {
  if (!(callee instanceof PyGlobal))
    return fail(`malformed: ${kindOf(callee)} is called, expected a class or function`);
  const list = asList(args, 'the arguments of a call');
  if (Object.hasOwn(calls, callee.name)) return calls[callee.name](list, context);
  if (isName(callee.name)) return fail(`malformed: ${kindOf(callee)} is called, expected another class or function`);
  context.charge(16 * list.length);
  return new PythonObject(callee.name, [...list]);
}

/** `storage(...)` of a persistent id: class, key, and number of elements. */
export function storageOf(type: PyValue | undefined, key: PyValue | undefined, numel: PyValue | undefined): PyStorage {
  const dtype = type instanceof PyGlobal ? storageDtype(type.name) : undefined;
  if (dtype === undefined) return fail(`malformed: a storage of class ${kindOf(type)}`);
  const storage = new PyStorage(dtype, asName(key, 'the key of a storage'), asCount(numel, 'the length of a storage'));
  itemSizeOf(dtype);
  return storage;
}
