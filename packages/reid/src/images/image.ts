/** An RGB picture: 8 bits a channel, rows from top to bottom, `data[(y * width + x) * 3 + channel]`. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** A picture with transparency, as decoded: `data[(y * width + x) * 4 + channel]`, alpha not premultiplied. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 4;
  readonly data: Uint8Array;
}

/** Throws unless a picture has its bytes. */
export function checkBytes(caller: string, width: number, height: number, channels: number, data: Uint8Array): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`${caller}: size is ${width}x${height}; expected positive integers`);
  }
  if (data.length !== width * height * channels) {
    const expected = width * height * channels;
    throw new RangeError(
      `${caller}: data has ${data.length} bytes; expected ${expected} (${width}x${height}x${channels})`,
    );
  }
}

/**
 * Wraps RGB bytes as an {@link Image}; the bytes are not copied.
 * @throws RangeError when the size is not positive or does not fit the number of bytes.
 */
export function createImage(width: number, height: number, data: Uint8Array): Image {
  checkBytes('createImage', width, height, 3, data);
  return { width, height, channels: 3, data };
}

/**
 * Wraps RGBA bytes as an {@link RgbaImage}; the bytes are not copied.
 * @throws RangeError when the size is not positive or does not fit the number of bytes.
 */
export function createRgbaImage(width: number, height: number, data: Uint8Array): RgbaImage {
  checkBytes('createRgbaImage', width, height, 4, data);
  return { width, height, channels: 4, data };
}

/**
 * Copies the rectangle of `width` x `height` pixels whose upper left corner is (`left`, `top`).
 * @throws RangeError when the rectangle reaches outside the picture.
 */
export function cropRgba(image: RgbaImage, left: number, top: number, width: number, height: number): RgbaImage {
  if (left < 0 || top < 0 || left + width > image.width || top + height > image.height) {
    const wanted = `${width}x${height} at (${left}, ${top})`;
    throw new RangeError(`cropRgba: rectangle is ${wanted}; expected it inside ${image.width}x${image.height}`);
  }
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 4;
    data.set(image.data.subarray(start, start + width * 4), y * width * 4);
  }
  return createRgbaImage(width, height, data);
}

/** Lays a transparent picture over white: `round(c * a + 255 * (1 - a))` for each channel. */
export function layOverWhite(image: RgbaImage): Image {
  checkBytes('layOverWhite', image.width, image.height, 4, image.data);
  const pixels = image.width * image.height;
  const data = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = image.data[pixel * 4 + 3] / 255;
    for (let channel = 0; channel < 3; channel++) {
      data[pixel * 3 + channel] = Math.round(image.data[pixel * 4 + channel] * alpha + 255 * (1 - alpha));
    }
  }
  return createImage(image.width, image.height, data);
}
