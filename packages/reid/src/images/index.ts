export { decodeImage, decodeRgba, encodePng, pngDataUri } from './codec.js';
export type { Image, RgbaImage } from './image.js';
export { createImage, createRgbaImage, cropRgba, layOverWhite } from './image.js';
export { resizeImage } from './resize.js';
