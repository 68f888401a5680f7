import { afterAll, beforeAll } from 'vitest';
import * as onnx from '@reidgrad/onnx-export';
import { ones } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { createSession } from '../../packages/onnx-export/src/runtime/ort.js';
import { runtimeFor, sessionOptions } from '../../packages/onnx-export/src/runtime/providers.js';

/**
 * Keeps a session open while a file's tests run: ONNX Runtime drops the device, with all compiled shaders, when the last
 * session closes, and compiling them in software takes most of the time.
 */
export function keepDevice(): void {
  let close = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    const { bytes } = await onnx.export((x: Tensor) => x.add(1), [ones(1)]);
    const session = await createSession(await runtimeFor('webgpu'), bytes, sessionOptions(['webgpu']));
    close = () => session.release();
  });
  afterAll(() => close());
}
