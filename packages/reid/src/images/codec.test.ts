import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { decodeImage, decodeRgba, encodePng, pngDataUri } from './codec.js';
import { createImage } from './image.js';

function chunk(type: string, body: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const result = Buffer.alloc(content.length + 8);
  result.writeUInt32BE(body.length, 0);
  content.copy(result, 4);
  result.writeUInt32BE(crc32(content), content.length + 4);
  return result;
}

/** A PNG as a camera or an old tool may write it: `rows` hold the packed samples of each row. */
function handmadePng(
  width: number,
  depth: number,
  colourType: number,
  rows: number[][],
  palette?: number[],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header[8] = depth;
  header[9] = colourType;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Uint8Array.from(palette))]),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];

describe('decodeRgba', () => {
  it('reads RGBA as it is', () => {
    const data = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const png = encode({ width: 2, height: 1, data, channels: 4, depth: 8 });
    expect([...decodeRgba(png).data]).toEqual([...data]);
  });

  it.each([
    ['grey', 1, 8, [7, 200], [7, 7, 7, 255, 200, 200, 200, 255]],
    ['grey with alpha', 2, 8, [7, 9, 200, 0], [7, 7, 7, 9, 200, 200, 200, 0]],
    ['16-bit colour', 3, 16, [0xff00, 0x80ff, 0, 1, 256, 65535], [255, 128, 0, 255, 0, 1, 255, 255]],
  ])('reads %s', (_, channels, depth, samples, expected) => {
    const data = depth === 16 ? Uint16Array.from(samples) : Uint8Array.from(samples);
    const png = encode({ width: 2, height: 1, data, channels, depth: depth === 16 ? 16 : 8 });
    expect([...decodeRgba(png).data]).toEqual(expected);
  });

  it('reads grey packed in bits, rows padded to bytes', () => {
    const png = handmadePng(3, 1, 0, [[0b10100000], [0b01000000]]);
    const lit = [...decodeRgba(png).data].filter((_, i) => i % 4 === 0);
    expect(lit).toEqual([255, 0, 255, 0, 255, 0]);
  });

  it('reads palettes, packed too', () => {
    const palette = [255, 0, 0, 0, 0, 255];
    expect([...decodeRgba(handmadePng(2, 8, 3, [[0, 1]], palette)).data]).toEqual([...RED, ...BLUE]);
    const packed = handmadePng(2, 4, 3, [[0x01], [0x10]], palette);
    expect([...decodeRgba(packed).data]).toEqual([...RED, ...BLUE, ...BLUE, ...RED]);
  });

  it('reads JPEG', () => {
    const data = new Uint8Array(16 * 8 * 4).fill(255).map((value, i) => [200, 40, 90, value][i % 4]);
    const image = decodeRgba(jpeg.encode({ width: 16, height: 8, data }, 95).data);
    expect([image.width, image.height]).toEqual([16, 8]);
    image.data.forEach((value, i) => expect(Math.abs(value - data[i])).toBeLessThanOrEqual(4));
  });

  it('names the file that is no picture', () => {
    expect(() => decodeRgba(Uint8Array.from([1, 2, 3]), 'query/a.jpg')).toThrow(
      /^decodeRgba: query\/a\.jpg is not readable \(.*\); expected a PNG or JPEG file$/,
    );
  });

  it('refuses a truncated JPEG and a PNG with a flipped bit', () => {
    const data = Uint8Array.from({ length: 32 * 32 * 4 }, (_, i) => (i * 37) % 256);
    const whole = jpeg.encode({ width: 32, height: 32, data }, 90).data;
    expect(() => decodeRgba(whole.subarray(0, whole.length >> 1))).toThrow('not readable');
    const png = encode({ width: 32, height: 32, data, channels: 4, depth: 8 });
    png[png.length >> 1] ^= 1;
    expect(() => decodeRgba(png)).toThrow('not readable');
  });
});

describe('encodePng', () => {
  const image = createImage(
    2,
    2,
    Uint8Array.from({ length: 12 }, (_, i) => i * 20),
  );

  it('comes back unchanged', () => {
    expect([...decodeImage(encodePng(image)).data]).toEqual([...image.data]);
  });

  it('stands in a page as data URI', () => {
    const uri = pngDataUri(image);
    expect(uri).toMatch(/^data:image\/png;base64,/);
    expect([...decodeImage(Buffer.from(uri.split(',')[1], 'base64')).data]).toEqual([...image.data]);
  });
});
