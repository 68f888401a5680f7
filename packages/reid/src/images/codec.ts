import { convertIndexedToRgb, decode as decodePng, encode, hasPngSignature } from 'fast-png';
import type { DecodedPng } from 'fast-png';
import jpeg from 'jpeg-js';
import type { Image, RgbaImage } from './image.js';
import { checkBytes, createRgbaImage, layOverWhite } from './image.js';

/** Samples of one byte each, whatever depth (1 to 16 bits, palette) the file has. */
function pngSamples(png: DecodedPng): { channels: number; samples: ArrayLike<number> } {
  if (png.palette !== undefined) {
    return { channels: png.palette[0].length, samples: convertIndexedToRgb(png) };
  }
  if (png.depth === 16) {
    return { channels: png.channels, samples: Uint8Array.from(png.data, (sample) => sample >> 8) };
  }
  if (png.depth === 8) {
    return { channels: png.channels, samples: png.data };
  }
  // Grey of less than a byte comes packed, each row beginning on a byte.
  const { width, height, depth } = png;
  const perByte = 8 / depth;
  const rowBytes = Math.ceil(width / perByte);
  const white = (1 << depth) - 1;
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const packed = png.data[y * rowBytes + Math.floor(x / perByte)];
      const sample = (packed >> (8 - depth * ((x % perByte) + 1))) & white;
      samples[y * width + x] = (sample * 255) / white;
    }
  }
  return { channels: 1, samples };
}

function pngToRgba(bytes: Uint8Array): RgbaImage {
  const png = decodePng(bytes, { checkCrc: true });
  const { channels, samples } = pngSamples(png);
  const pixels = png.width * png.height;
  const data = new Uint8Array(pixels * 4);
  const grey = channels < 3;
  const hasAlpha = channels === 2 || channels === 4;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    data[pixel * 4] = samples[from];
    data[pixel * 4 + 1] = samples[grey ? from : from + 1];
    data[pixel * 4 + 2] = samples[grey ? from : from + 2];
    data[pixel * 4 + 3] = hasAlpha ? samples[from + channels - 1] : 255;
  }
  return createRgbaImage(png.width, png.height, data);
}

function jpegToRgba(bytes: Uint8Array): RgbaImage {
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, tolerantDecoding: false });
  return createRgbaImage(width, height, data);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}

/**
 * Decodes a PNG (any colour type and depth) or JPEG file to RGBA, 8 bits a channel. A colour that a PNG names as
 * transparent without an alpha channel stays opaque; orientation tags are not applied.
 * @param bytes the whole file
 * @param name what the error calls the file
 * @throws Error `decodeRgba: <name> ...` when the bytes are no readable picture.
 */
export function decodeRgba(bytes: Uint8Array, name = 'image'): RgbaImage {
  return decode('decodeRgba', bytes, name);
}

function decode(caller: string, bytes: Uint8Array, name: string): RgbaImage {
  try {
    return hasPngSignature(bytes) ? pngToRgba(bytes) : jpegToRgba(bytes);
  } catch (error) {
    const message = `${caller}: ${name} is not readable (${firstLine(error)}); expected a PNG or JPEG file`;
    throw new Error(message, { cause: error });
  }
}

/**
 * Decodes a PNG or JPEG file to RGB; transparent parts become white.
 * @throws Error `decodeImage: <name> ...` as {@link decodeRgba}.
 */
export function decodeImage(bytes: Uint8Array, name = 'image'): Image {
  return layOverWhite(decode('decodeImage', bytes, name));
}

/** Encodes a picture as PNG, without loss. */
export function encodePng(image: Image): Uint8Array {
  return encodeFor('encodePng', image);
}

function encodeFor(caller: string, image: Image): Uint8Array {
  checkBytes(caller, image.width, image.height, 3, image.data);
  return encode({ width: image.width, height: image.height, data: image.data, channels: 3, depth: 8 });
}

/** Encodes a picture as `data:image/png;base64,...`, for pages that must stand alone. */
export function pngDataUri(image: Image): string {
  return `data:image/png;base64,${Buffer.from(encodeFor('pngDataUri', image)).toString('base64')}`;
}
