/** Files made by hand. */
import { writeZip } from './zip.js';

/** Bytes from numbers and from the letters of texts. */
export function pickleBytes(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (letter) => letter.charCodeAt(0)))),
  );
}

/**
 * A file of the format of before PyTorch 1.6.
 * @param pickle of the object
 * @param storage what the pickle has under the key `k`
 * @param version a pickle's bytes of the version, without its end
 */
export function legacyFile(
  pickle: Uint8Array,
  storage?: Float32Array | BigInt64Array,
  version = 'M\xe9\x03',
): Uint8Array {
  const header = pickleBytes(`\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02${version}.\x80\x02}.`);
  const keys = pickleBytes(storage === undefined ? '].' : ']U\x01ka.');
  const elements = storage === undefined ? [] : [BigInt64Array.of(BigInt(storage.length)), storage];
  const parts = [header, pickle, keys, ...elements.map(({ buffer }) => new Uint8Array(buffer))];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export { writeZip as zipFile };
