/** What a pickle holds, before it becomes JavaScript: dicts keep any keys, tensors wait for their storages. */

/** A Python value. Lists and tuples are arrays; an int beyond 2^53 is a bigint; bytes are a Uint8Array. */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PyValue[]
  | Set<PyValue>
  | PyDict
  | PyTensor
  | PyArray
  | PyStorage
  | NumpyType
  | PyGlobal
  | PythonObject;

/** A dict of any class; a later entry replaces an earlier one of the same key. */
export class PyDict {
  constructor(readonly entries: [PyValue, PyValue][] = []) {}
}

/** A class or function that the pickle names. */
export class PyGlobal {
  constructor(readonly name: string) {}
}

/** Numbers of one dtype, in the file under `key`. */
export class PyStorage {
  /** @param dtype PyTorch's name, also of dtypes that no tensor has here */
  constructor(
    readonly dtype: string,
    readonly key: string,
    readonly numel: number,
    /** First element within what the file has under the key. */
    readonly start = 0,
    /** The bytes themselves, in the file's byte order; absent: in the file under the key. */
    readonly bytes?: Uint8Array,
    /** Absent: as the file says. */
    readonly bigEndian?: boolean,
  ) {}
}

/** A strided tensor on a storage. */
export class PyTensor {
  constructor(
    readonly storage: PyStorage,
    readonly offset: number,
    readonly size: readonly number[],
    readonly stride: readonly number[],
    public requiresGrad = false,
    /** Whether it is an `nn.Parameter`. */
    readonly isParameter = false,
  ) {}
}

/** A numpy array: its contents come after it. */
export class PyArray {
  tensor: PyTensor | null = null;
}

/** A numpy dtype: its code such as `f8`, and its byte order. */
export class NumpyType {
  bigEndian = false;
  constructor(readonly code: string) {}
}

/**
 * An object of a Python class that is not known here, as `load` gives it with `weights_only: false`. Nothing of the class
 * is executed: this is what the file says of the object. `stateDictOf` makes a state dict of a pickled `nn.Module`.
 */
export class PythonObject {
  /** What `__setstate__` or `__dict__` would get: of most objects a plain object with its attributes. */
  state: unknown = null;
  /** Elements of a subclass of list. */
  readonly items: unknown[] = [];
  /** Entries of a subclass of dict. */
  entries: unknown = null;

  /**
   * @param className module and name: `torch.nn.modules.conv.Conv2d`
   * @param args what the class or function was called with; `null` for the class or function itself
   */
  constructor(
    readonly className: string,
    readonly args: unknown[] | null,
  ) {}
}
