/** Where in the user's code something happened. */

/** Frames kept per node: enough to reach the user's line through gradients and modules. */
const originFrames = 32;

/** Remembers where the code stands now; the text is made only when asked for. */
export function captureOrigin(): Error {
  // V8's property, absent from the language's types and harmless elsewhere.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', originFrames);
  const origin = new Error('origin');
  Reflect.set(Error, 'stackTraceLimit', limit);
  return origin;
}

/** `file:line` of the code that called reidgrad, from a recorded stack. */
export function originText(origin: Error | null): string {
  const frames = (origin?.stack ?? '').split('\n').slice(1);
  const own = /(@reidgrad|packages)[\\/](core|losses|onnx-export)[\\/](src|dist)[\\/]|node:internal|\(<anonymous>\)$/;
  const frame = frames.find((line) => !own.test(line) || /\.test\./.test(line));
  const place = /\(?([^()\s]+:\d+):\d+\)?$/.exec(frame ?? '');
  return place === null ? 'unknown place' : place[1].replace(/^file:\/\//, '');
}
