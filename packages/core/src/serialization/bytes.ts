/** Reading numbers and texts from bytes that may end anywhere. */
import { fail, quoted } from './fail.js';

/** Walks forward through bytes; every read is checked against their end. */
export class ByteReader {
  private readonly view: DataView;

  /** @param what the bytes, for errors */
  constructor(
    readonly bytes: Uint8Array,
    private readonly what: string,
    public at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Moves past `length` bytes and returns where they began. */
  private skip(length: number): number {
    const start = this.at;
    // Written so that NaN fails too.
    if (!(length >= 0 && start + length <= this.bytes.length)) fail(`${this.what} is truncated at byte ${start}`);
    this.at = start + length;
    return start;
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }
  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.skip(4), true);
  }
  /** An unsigned 64-bit number; beyond 2^53 it is no length of anything. */
  u64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }
  /** Big-endian, as pickles have it. */
  f64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, this.at);
  }

  /** The text up to the next line feed, which is read too. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) fail(`${this.what} is truncated at byte ${this.at}`);
    const text = utf8(this.take(end - this.at));
    this.at = end + 1;
    return text;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, `null` where they are none. */
export function utf8OrNull(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The text of UTF-8 bytes. Throws where they are none. */
export function utf8(bytes: Uint8Array): string {
  return utf8OrNull(bytes) ?? fail(`a text is not UTF-8: ${quoted(latin1(bytes.subarray(0, 20)))}`);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The largest integer that is taken for exact: a number holds all of them up to here. */
export const MAX_INTEGER = 2 ** 53;

/** The number of an integer, `null` beyond 2^53. */
export function exactNumber(value: bigint): number | null {
  return value <= MAX_INTEGER && value >= -MAX_INTEGER ? Number(value) : null;
}
