import type { ConvAttrs, ConvOps } from '@reidgrad/core/graph';
import { avgPool, avgPoolGradient } from './avg-pool.js';
import { convolutionWeightGradient } from './conv-weights.js';
import { isSymbolic } from './dynamic-dims.js';
import { maxPool, maxPoolGradient, maxPoolPick } from './pool.js';
import { transpose } from './steps.js';
import type { LowerContext, LoweringTable, Ref, RefMeta } from './types.js';

/** Attributes of Conv and ConvTranspose. */
export const convAttributes = ({ stride, padding, dilation, groups }: ConvAttrs, kernel: readonly number[]) => ({
  strides: [...stride],
  pads: [...padding, ...padding],
  dilations: [...dilation],
  group: groups,
  kernel_shape: [...kernel],
});

/** ONNX Runtime convolves float32 and float16 only; a float64 node would fail when the session is made. */
export function requireSingle(op: string, x: RefMeta): void {
  if (x.dtype === 'float64')
    throw new Error(`${op}: x is float64, expected float32 or float16: ONNX Runtime has no float64 convolution`);
}

/** w [O, C / g, kh, kw] turned by 180° and with its channels exchanged within each group: [C, O / g, kh, kw]. */
function flippedWeight(context: LowerContext, w: Ref, groups: number): Ref {
  const [outputs, inputs, kh, kw] = w.shape;
  const taps = kh * kw;
  const perGroup = outputs / groups;
  let flat = context.reshape(w, [groups, perGroup, inputs, taps]);
  flat = transpose(context, flat, [0, 2, 1, 3]);
  if (taps > 1) {
    // A product with the reversing permutation is ten times as fast as a Slice with a negative step.
    const reversal = new Array<number>(taps * taps).fill(0);
    for (let i = 0; i < taps; i++) reversal[i * taps + taps - 1 - i] = 1;
    flat = context.emit('MatMul', [flat, context.constant(w.dtype, [taps, taps], reversal)], {
      dtype: w.dtype,
      shape: flat.shape,
    });
  }
  return context.reshape(flat, [groups * inputs, perGroup, kh, kw]);
}

/** Gradient of x: a convolution with the turned kernel for stride 1, ConvTranspose otherwise. */
function inputGradient(context: LowerContext, dy: Ref, w: Ref, attrs: ConvAttrs, out: RefMeta): Ref {
  const kernel = w.shape.slice(2);
  const reach = kernel.map((size, i) => attrs.dilation[i] * (size - 1));
  const pads = reach.map((size, i) => size - attrs.padding[i]);
  const isUnit = attrs.stride.every((step) => step === 1);
  // cuDNN has a kernel of its own for ConvTranspose; on WebGPU it is a naive shader.
  const prefersTransposed = context.has('cuda') && !context.has('webgpu');
  if (isUnit && pads.every((pad) => pad >= 0) && !prefersTransposed) {
    const attributes = { ...convAttributes(attrs, kernel), pads: [...pads, ...pads] };
    return context.emit('Conv', [dy, flippedWeight(context, w, attrs.groups)], out, attributes);
  }
  const extra = [0, 1].map((i) => {
    const dim = (out.dims ?? out.shape)[2 + i];
    if (isSymbolic(dim) && attrs.stride[i] > 1) {
      throw new Error(
        'conv2d_dx: the map size is a dynamic axis and the stride exceeds 1, expected a fixed size or stride 1',
      );
    }
    return out.shape[2 + i] - ((dy.shape[2 + i] - 1) * attrs.stride[i] - 2 * attrs.padding[i] + reach[i] + 1);
  });
  return context.emit('ConvTranspose', [dy, w], out, { ...convAttributes(attrs, kernel), output_padding: extra });
}

export const convLowerings: LoweringTable<ConvOps> = {
  conv2d(context, [x, w], attrs, [out]) {
    requireSingle('conv2d', x);
    return [context.emit('Conv', [x, w], out, convAttributes(attrs, w.shape.slice(2)))];
  },
  conv2d_dx(context, [dy, w], attrs, [out]) {
    requireSingle('conv2d_dx', dy);
    return [inputGradient(context, dy, w, attrs, out)];
  },
  conv2d_dw(context, [x, dy], attrs, [out]) {
    requireSingle('conv2d_dw', x);
    return [convolutionWeightGradient(context, x, dy, attrs, out)];
  },
  max_pool2d: (context, [x], attrs, [out]) => [maxPool(context, x, attrs, out)],
  max_pool2d_dx: (context, [dy, x], attrs, [out]) => [maxPoolGradient(context, dy, x, attrs, out)],
  max_pool2d_pick: (context, [v, x], attrs, [out]) => [maxPoolPick(context, v, x, attrs, out)],
  avg_pool2d(context, [x], attrs, [out]) {
    requireSingle('avg_pool2d', x);
    return [avgPool(context, x, attrs, out)];
  },
  avg_pool2d_dx(context, [dy], attrs, [out]) {
    requireSingle('avg_pool2d_dx', dy);
    return [avgPoolGradient(context, dy, attrs, out)];
  },
};
