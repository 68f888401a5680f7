/** Writing of files that PyTorch reads. */
import { hostStorageOf } from '../dispatch.js';
import { utf8Bytes } from './bytes.js';
import { encodeElements, hostIsBigEndian } from './dtypes.js';
import { Pickler } from './pickle.js';
import { writeZip } from './zip.js';

/** The version of the archive that PyTorch writes. */
const ARCHIVE_VERSION = '3\n';

/**
 * The bytes of a file that PyTorch reads with `torch.load(f)`, `weights_only=True` included: PyTorch's zip format.
 * Values become Python's: plain objects and maps dicts in their order, arrays lists, strings, booleans, null (None),
 * Uint8Array (bytes), Set, tensors and Parameters.
 *
 * A number that is an integer up to 2^53 becomes an int, every other a float: JavaScript cannot tell 1 from 1.0. A plain
 * object whose keys are all array indices gets int keys, as the `state` of an optimizer has; a `Map` says which keys are
 * numbers. Tensors that share their place share it in Python. A view is written with its own elements alone.
 * @param obj what to save, such as `{ state_dict: model.state_dict(), optimizer: optimizer.state_dict(), epoch }`
 * @returns the contents of the file
 * @throws naming the path of a value of another kind (modules, functions, `undefined`); for tensors on a device or of a
 * trace; when the file would reach 4 GB.
 * @example
 * await writeFile('checkpoint.pth', save({ state_dict: model.state_dict(), epoch }));
 */
export function save(obj: unknown): Uint8Array<ArrayBuffer> {
  const pickler = new Pickler();
  const pickle = pickler.pickle(obj);
  // `.format_version` is left out: it says that entries lie where PyTorch's own writer puts them, to the byte.
  return writeZip([
    ['archive/data.pkl', pickle],
    ['archive/byteorder', utf8Bytes(hostIsBigEndian ? 'big' : 'little')],
    ...[...pickler.storages.values()].map(
      ({ key, value }) =>
        [`archive/data/${key}`, encodeElements(value.dtype, hostStorageOf(value, 'save').data)] as const,
    ),
    ['archive/version', utf8Bytes(ARCHIVE_VERSION)],
  ]);
}
