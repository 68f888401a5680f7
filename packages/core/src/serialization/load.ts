/** Reading of PyTorch's files. */
import { ByteReader, utf8OrNull } from './bytes.js';
import { Converter } from './convert.js';
import type { StorageSource } from './convert.js';
import { itemSizeOf } from './dtypes.js';
import { fail, quoted } from './fail.js';
import { asCount, asList, asName, kindOf, storageOf } from './globals.js';
import { unpickle } from './unpickle.js';
import type { PickleContext } from './unpickle.js';
import { PyDict, PyStorage } from './values.js';
import type { PyValue } from './values.js';
import { ZipReader } from './zip.js';

/** Options of {@link load}, with PyTorch's names. */
export interface LoadOptions {
  /**
   * Whether a Python class that is not known here is an error. With `false` objects of such classes come as
   * `PythonObject`: data, of which nothing is executed. Default true.
   */
  weights_only?: boolean;
  /** Accepted for ported code and ignored: tensors are loaded to the host. */
  map_location?: unknown;
}

/** What values may take beyond four times the file: views that overlap are copied, so that a file can ask for more. */
const SPARE_BYTES = 2 ** 26;

/** Counts what is made, so that a small file cannot ask for giant tensors. */
function allowance(fileBytes: number): (bytes: number) => void {
  const limit = 4 * fileBytes + SPARE_BYTES;
  let left = limit;
  return (bytes) => {
    left -= bytes;
    // Written so that NaN fails too.
    if (!(left >= 0)) {
      fail(
        `the values of the file take more than ${limit} bytes, but it has only ${fileBytes}; save expanded tensors contiguous`,
      );
    }
  };
}

/** The arguments of a storage's persistent id. */
function storageArgs(id: PyValue): PyValue[] {
  const [kind, ...args] = asList(id, 'a persistent id');
  return kind === 'storage' ? args : fail(`malformed: a persistent id of ${kindOf(kind)}, expected 'storage'`);
}

/** A file and how its parts are read. */
interface Opened extends StorageSource {
  readonly root: PyValue;
}

/** The format of PyTorch 1.6 and later: a zip archive with a pickle and one entry for each storage. */
function openZip(bytes: Uint8Array, context: Omit<PickleContext, 'persistentLoad'>): Opened {
  const archive = new ZipReader(bytes);
  const names = archive.names();
  const pickle = names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) {
    return fail('the zip archive has no data.pkl, so it is not of torch.save');
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (archive.get(`${folder}constants.pkl`) !== undefined) {
    fail('the file is a TorchScript program; save the state_dict() of torch.jit.load(file) in Python');
  }
  const entry = (name: string): Uint8Array =>
    archive.get(folder + name) ?? fail(`the zip archive has no entry ${quoted(folder + name)}`);
  const order = archive.get(`${folder}byteorder`);
  const root = unpickle(new ByteReader(entry('data.pkl'), 'data.pkl'), {
    ...context,
    persistentLoad: (id) => {
      const [type, key, , numel] = storageArgs(id);
      return storageOf(type, key, numel);
    },
  });
  return {
    root,
    bigEndian: order !== undefined && utf8OrNull(order) === 'big',
    bytesOf: ({ key, dtype, numel }) => {
      const data = entry(`data/${key}`);
      if (data.length >= numel * itemSizeOf(dtype)) return data;
      return fail(`malformed: storage ${quoted(key)} has ${data.length} bytes, expected ${numel} of ${dtype}`);
    },
  };
}

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** The format of before PyTorch 1.6: pickles one after the other, then the storages, which are always little-endian. */
function openLegacy(bytes: Uint8Array, context: Omit<PickleContext, 'persistentLoad'>): Opened {
  const reader = new ByteReader(bytes, 'the file');
  const plain = { ...context, persistentLoad: () => fail('malformed: a storage in the header') };
  if (unpickle(reader, plain) !== MAGIC_NUMBER) fail('the file is a pickle, but not of torch.save');
  const version = unpickle(reader, plain);
  if (version !== PROTOCOL_VERSION) fail(`the file has ${kindOf(version)} as version, expected ${PROTOCOL_VERSION}`);
  if (!(unpickle(reader, plain) instanceof PyDict)) fail('malformed: the header has no sys_info');

  const dtypes = new Map<string, string>();
  const root = unpickle(reader, {
    ...context,
    persistentLoad: (id) => {
      if (asList(id, 'a persistent id')[0] === 'module') return asList(id, 'a persistent id')[1] ?? null;
      const [type, key, , numel, view] = storageArgs(id);
      const storage = storageOf(type, key, numel);
      dtypes.set(storage.key, storage.dtype);
      if (view === null || view === undefined) return storage;
      const [, start, length] = asList(view, 'a storage view');
      return new PyStorage(
        storage.dtype,
        storage.key,
        asCount(length, 'a storage view'),
        asCount(start, 'a storage view'),
      );
    },
  });

  const storages = new Map<string, Uint8Array>();
  for (const item of asList(unpickle(reader, plain), 'the list of storages')) {
    const key = asName(item, 'the key of a storage');
    const dtype = dtypes.get(key) ?? fail(`malformed: storage ${quoted(key)} is not used`);
    storages.set(key, reader.take(reader.u64() * itemSizeOf(dtype)));
  }
  return {
    root,
    bigEndian: false,
    bytesOf: ({ key, dtype, start, numel }) => {
      const data = storages.get(key) ?? fail(`malformed: storage ${quoted(key)} is missing`);
      const item = itemSizeOf(dtype);
      if (data.length >= (start + numel) * item) return data.subarray(start * item);
      return fail(`malformed: storage ${quoted(key)} has ${data.length} bytes, expected ${start + numel} of ${dtype}`);
    },
  };
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

function open(bytes: Uint8Array, context: Omit<PickleContext, 'persistentLoad'>): Opened {
  if (startsWith(bytes, 'PK\x03\x04')) return openZip(bytes, context);
  if (startsWith(bytes, 'ustar', 257)) {
    return fail('the file is in the tar format of before PyTorch 0.1.12; load it in Python and save it again');
  }
  if (bytes[0] === 0x80) return openLegacy(bytes, context);
  return fail(`the file of ${bytes.length} bytes is not of torch.save, expected it to begin as one of its formats`);
}

/** The bytes themselves, whatever class of views they came in: a Node `Buffer` slices differently. */
function viewOf(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const got = typeof bytes === 'string' ? `the string ${quoted(bytes)}` : String(bytes);
  return fail(`bytes: got ${got}, expected a Uint8Array or ArrayBuffer with the contents of the file`);
}

/**
 * Reads what `torch.save` of PyTorch wrote, as `torch.load`: the zip format, and the one of before PyTorch 1.6. Python's
 * values become JavaScript's:
 *
 * | Python | JavaScript |
 * | --- | --- |
 * | dict, OrderedDict, Counter, defaultdict | plain object in order; a `Map` where a key is no string, looks like an array index or is `__proto__` |
 * | list, tuple, torch.Size | array |
 * | int, float, numpy scalar | number |
 * | bytes, set, torch.device, torch.dtype | Uint8Array, Set, string, string such as `float32` |
 * | tensor, numpy array | `Tensor`, contiguous; bfloat16 becomes float32 |
 * | Parameter | `nn.Parameter` |
 *
 * Nothing of Python is executed. Tensors that are equal views of one storage share their place (tied weights); other
 * views become tensors of their own.
 * @typeParam T what the caller expects, unchecked: `load_state_dict` checks what it gets.
 * @param bytes the contents of the file
 * @param options see {@link LoadOptions}
 * @throws in one line: for files of another kind, truncated or malformed ones; for unknown classes (see `weights_only`);
 * for dtypes that no tensor has here, and integers beyond 2^53.
 * @example
 * const checkpoint = load<{ state_dict: nn.StateDict; epoch: number }>(await readFile('resnet50.pth'));
 * model.load_state_dict(checkpoint.state_dict);
 */
export function load<T = unknown>(bytes: Uint8Array | ArrayBuffer, options: LoadOptions = {}): T {
  const file = viewOf(bytes);
  const charge = allowance(file.length);
  const opened = open(file, { charge, weightsOnly: options.weights_only ?? true });
  return new Converter(opened, charge).convert(opened.root) as T;
}
