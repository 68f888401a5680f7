/** Zip archives of stored entries, as PyTorch writes them. */
import { ByteReader, utf8OrNull, utf8Bytes } from './bytes.js';
import { fail, quoted } from './fail.js';

const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const END64_LOCATOR_BYTES = 20;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** What stands in a 32-bit field whose number is in the ZIP64 field. */
const IN_ZIP64 = 0xffffffff;
const ZIP64_FIELD = 1;

/** An entry of the directory. */
interface Entry {
  name: string;
  method: number;
  size: number;
  stored: number;
  header: number;
}

const isZip64 = (value: number): boolean => value === IN_ZIP64;

/** Where the record is that ends the archive. */
function endOf(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - END_BYTES - 0xffff);
  for (let at = bytes.length - END_BYTES; at >= first; at--) {
    if (bytes[at] === 0x50 && new ByteReader(bytes, 'the file', at).u32() === END) return at;
  }
  return fail('the zip archive is truncated: its directory is missing');
}

/** The number of entries and where the first one is. */
function directoryOf(bytes: Uint8Array): { count: number; start: number } {
  const end = endOf(bytes);
  const reader = new ByteReader(bytes, 'the zip archive', end + 10);
  let count = reader.u16();
  reader.at += 4;
  let start = reader.u32();
  const locator = new ByteReader(bytes, 'the zip archive', end - END64_LOCATOR_BYTES);
  if (end >= END64_LOCATOR_BYTES && locator.u32() === END64_LOCATOR) {
    locator.at += 4;
    const record = new ByteReader(bytes, 'the zip archive', locator.u64());
    if (record.u32() !== END64) fail('malformed: the zip archive has no ZIP64 record where it says');
    record.at += 28;
    count = record.u64();
    record.at += 8;
    start = record.u64();
  }
  return { count, start };
}

/** The sizes and place of an entry that are beyond 32 bits. */
function readZip64(extra: Uint8Array, entry: Entry): void {
  const reader = new ByteReader(extra, 'a zip entry');
  while (reader.at + 4 <= extra.length) {
    const id = reader.u16();
    const field = new ByteReader(reader.take(reader.u16()), 'a ZIP64 field');
    if (id !== ZIP64_FIELD) continue;
    for (const key of ['size', 'stored', 'header'] as const) if (isZip64(entry[key])) entry[key] = field.u64();
  }
}

function readEntry(reader: ByteReader): Entry {
  if (reader.u32() !== ENTRY) fail(`malformed: the zip archive has no entry at byte ${reader.at - 4}`);
  reader.at += 6;
  const method = reader.u16();
  reader.at += 8;
  const [stored, size] = [reader.u32(), reader.u32()];
  const [nameLength, extraLength, commentLength] = [reader.u16(), reader.u16(), reader.u16()];
  reader.at += 8;
  const header = reader.u32();
  const name = utf8OrNull(reader.take(nameLength)) ?? '';
  const entry = { name, method, size, stored, header };
  readZip64(reader.take(extraLength), entry);
  reader.take(commentLength);
  return entry;
}

/** An archive whose entries are read when they are asked for. */
export class ZipReader {
  private readonly entries = new Map<string, Entry>();

  /** @throws for truncated and malformed archives. */
  constructor(private readonly bytes: Uint8Array) {
    const { count, start } = directoryOf(bytes);
    const reader = new ByteReader(bytes, 'the directory of the zip archive', start);
    for (let i = 0; i < count; i++) {
      const entry = readEntry(reader);
      this.entries.set(entry.name, entry);
    }
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  /** The bytes of an entry, not copied, `undefined` where there is none. Throws for compressed entries. */
  get(name: string): Uint8Array | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    const { method, stored, size, header } = entry;
    if (method !== 0 || stored !== size) {
      fail(
        `entry ${quoted(name)} of the zip archive is compressed, which PyTorch does not do; save the file with torch.save`,
      );
    }
    const reader = new ByteReader(this.bytes, `entry ${quoted(name)}`, header);
    if (reader.u32() !== LOCAL) fail(`malformed: the zip archive has no entry ${quoted(name)} where it says`);
    reader.at += 22;
    const skipped = [reader.u16(), reader.u16()];
    reader.at += skipped[0] + skipped[1];
    return reader.take(size);
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/** The checksum of zip archives. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

/** PyTorch puts the contents of every entry at a multiple of this, so that they can be mapped into memory. */
const ALIGNMENT = 64;
const LOCAL_BYTES = 30;
const ENTRY_BYTES = 46;
/** PyTorch's field of padding: its two letters, and their fill. */
const PADDING_FIELD = 0x4246;
const PADDING = 0x5a;
/** Names are UTF-8. */
const FLAGS = 0x0800;

/** What fits without ZIP64. */
const MAX_ENTRIES = 0xffff;

/** An archive of stored, aligned entries. Throws where it would reach 4 GB or 2^16 entries. */
export function writeZip(entries: readonly (readonly [name: string, contents: Uint8Array])[]): Uint8Array<ArrayBuffer> {
  if (entries.length > MAX_ENTRIES) {
    throw new Error(
      `save: the file would have ${entries.length} entries, expected at most ${MAX_ENTRIES}; save it in parts`,
    );
  }
  let size = 0;
  const placed = entries.map(([text, contents]) => {
    const name = utf8Bytes(text);
    const header = size;
    const unpadded = header + LOCAL_BYTES + name.length + 4;
    const start = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
    size = start + contents.length;
    return { name, contents, header, start, padding: start - unpadded };
  });
  const directory = size;
  for (const { name } of placed) size += ENTRY_BYTES + name.length;
  if (size + END_BYTES >= IN_ZIP64) {
    throw new Error(`save: the file would take ${size + END_BYTES} bytes, expected less than 4 GB; save it in parts`);
  }
  const bytes = new Uint8Array(size + END_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u16 = (...values: number[]): void => values.forEach((value) => (view.setUint16(at, value, true), (at += 2)));
  const u32 = (...values: number[]): void => values.forEach((value) => (view.setUint32(at, value, true), (at += 4)));
  const put = (part: Uint8Array): void => (bytes.set(part, at), void (at += part.length));
  /** What both kinds of header have: flags to sizes. */
  const common = ({ name, contents }: (typeof placed)[number], crc: number): void => {
    u16(FLAGS, 0, 0, 0);
    u32(crc, contents.length, contents.length);
    u16(name.length);
  };
  const sums = placed.map(({ contents }) => crc32(contents));
  for (const [i, entry] of placed.entries()) {
    u32(LOCAL);
    u16(0);
    common(entry, sums[i]);
    u16(4 + entry.padding);
    put(entry.name);
    u16(PADDING_FIELD, entry.padding);
    bytes.fill(PADDING, at, entry.start);
    at = entry.start;
    put(entry.contents);
  }
  for (const [i, entry] of placed.entries()) {
    u32(ENTRY);
    u16(0, 0);
    common(entry, sums[i]);
    u16(0, 0, 0, 0);
    u32(0, entry.header);
    put(entry.name);
  }
  u32(END);
  u16(0, 0, placed.length, placed.length);
  u32(size - directory, directory);
  return bytes;
}
