/** PyTorch's printed form of tensors, with its default print options. */
import { get_default_dtype } from './autograd/mode.js';
import { isFloating } from './dtype.js';
import type { DType, Shape } from './dtype.js';
import { rowMajor } from './strides.js';
import type { Tensor } from './tensor.js';

const precision = 4;
const lineWidth = 80;
/** Larger tensors are shortened to `edgeItems` at both ends of each dim. */
const threshold = 1000;
const edgeItems = 3;

/**
 * Rounds halves to even as Python does, where JavaScript rounds them up. `exact` has digits to spare: a half shows as
 * a 5 with only zeros after it.
 */
function halfToEven(rounded: string, exact: string): string {
  const tie = /^(.*\.\d{3}[02468])50*(e.*)?$/.exec(exact);
  return tie === null ? rounded : `${tie[1] ?? ''}${tie[2] ?? ''}`;
}

function fixed(x: number): string {
  return halfToEven(x.toFixed(precision), x.toFixed(40));
}

/** `1.0000e-05`: exponents of at least two digits. */
function scientific(x: number): string {
  return halfToEven(x.toExponential(precision), x.toExponential(40)).replace(/e([+-])(\d)$/, 'e$10$2');
}

function wordOrNumber(x: number, format: (x: number) => string): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  return Object.is(x, -0) ? `-${format(0)}` : format(x);
}

/** How all numbers of a tensor are written, and how wide they are. */
interface NumberFormat {
  width: number;
  format(x: number): string;
}

function numberFormat(values: readonly number[], dtype: DType): NumberFormat {
  const widest = (list: readonly number[], format: (x: number) => string): number =>
    list.reduce((width, x) => Math.max(width, format(x).length), 1);
  if (!isFloating(dtype)) {
    const format = dtype === 'bool' ? (x: number): string => (x === 0 ? 'False' : 'True') : String;
    return { width: widest(values, format), format };
  }
  const visible = values.filter((x) => Number.isFinite(x) && x !== 0);
  const sizes = visible.map(Math.abs);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const spread = visible.length > 0 && (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4);
  const whole = visible.every(Number.isInteger);
  const style = spread ? scientific : whole ? (x: number): string => `${x}.` : fixed;
  // Zeros and words do not widen the columns.
  return { width: widest(visible, style), format: (x) => wordOrNumber(x, style) };
}

/** Positions along a dim that are shown; `null` stands for the dots. */
function shownPositions(size: number, shorten: boolean): (number | null)[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return shorten && size > 2 * edgeItems ? [...all.slice(0, edgeItems), null, ...all.slice(-edgeItems)] : all;
}

function shownValues(data: readonly number[], shape: Shape, shorten: boolean): number[] {
  const strides = rowMajor(shape);
  let offsets = [0];
  shape.forEach((size, dim) => {
    const positions = shownPositions(size, shorten).filter((i) => i !== null);
    offsets = offsets.flatMap((offset) => positions.map((i) => offset + i * strides[dim]));
  });
  return offsets.map((offset) => data[offset]);
}

function nested(
  data: readonly number[],
  shape: Shape,
  indent: number,
  shorten: boolean,
  numbers: NumberFormat,
): string {
  const text = (x: number): string => numbers.format(x).padStart(numbers.width);
  const strides = rowMajor(shape);
  const build = (dim: number, offset: number): string => {
    if (dim === shape.length) return text(data[offset]);
    const stride = strides[dim];
    const last = dim === shape.length - 1;
    const items = shownPositions(shape[dim], shorten).map((i) => {
      if (i === null) return last ? ' ...' : '...';
      return build(dim + 1, offset + i * stride);
    });
    const margin = ' '.repeat(indent + dim + 1);
    if (!last) return `[${items.join(`,${'\n'.repeat(shape.length - dim - 1)}${margin}`)}]`;
    const perLine = Math.max(1, Math.floor((lineWidth - indent - dim) / (numbers.width + 2)));
    const lines: string[] = [];
    for (let at = 0; at < items.length; at += perLine) lines.push(items.slice(at, at + perLine).join(', '));
    return `[${lines.join(`,\n${margin}`)}]`;
  };
  return build(0, 0);
}

/** Names of PyTorch's nodes that are not the op's name in capitals with `Backward0`. */
const nodeNames: Readonly<Record<string, string>> = {
  batch_norm_train: 'NativeBatchNormBackward0',
  batch_norm_eval: 'NativeBatchNormBackward0',
  cast: 'ToCopyBackward0',
  clamp: 'ClampBackward1',
  conv2d: 'ConvolutionBackward0',
  log1p: 'Log1PBackward0',
  max_pool2d: 'MaxPool2DWithIndicesBackward0',
  mean: 'MeanBackward1',
  pad: 'ConstantPadNdBackward0',
  reshape: 'ViewBackward0',
  slice_scatter: 'CopySlices',
  sum: 'SumBackward1',
};

/** PyTorch's name of a node of the tape, from the op's name and the rank of its output. */
function nodeName(op: string, rank: number): string {
  if (op === 'matmul') return rank === 2 ? 'MmBackward0' : 'BmmBackward0';
  if ((op === 'sum' || op === 'mean') && rank === 0) return `${op === 'sum' ? 'Sum' : 'Mean'}Backward0`;
  const capitalised = op.replace(/(^|_)([a-z])/g, (_, _underscore, letter: string) => letter.toUpperCase());
  return nodeNames[op] ?? `${capitalised}Backward0`;
}

function suffixes(x: Tensor): string[] {
  const empty = x.numel() === 0;
  const quiet: readonly DType[] = empty ? [get_default_dtype()] : [get_default_dtype(), 'int64', 'bool'];
  const found: string[] = [];
  if (empty && x.ndim !== 1) found.push(`size=(${x.shape.join(', ')})`);
  if (!quiet.includes(x.dtype)) found.push(`dtype=torch.${x.dtype}`);
  const node = x.grad_fn;
  if (node !== null) found.push(`grad_fn=<${nodeName(node.name, x.ndim)}>`);
  else if (x.requires_grad) found.push('requires_grad=True');
  return found;
}

/** PyTorch's printed form of a tensor: 4 digits, 80 columns, shortened above 1000 elements. Throws inside a trace. */
export function formatTensor(x: Tensor): string {
  const prefix = 'tensor(';
  const indent = prefix.length;
  const data = [x.tolist()].flat(Infinity as 1) as number[];
  const shorten = data.length > threshold;
  const numbers = numberFormat(shownValues(data, x.shape, shorten), x.dtype);
  let text = prefix + (data.length === 0 ? '[]' : nested(data, x.shape, indent, shorten, numbers));
  let lineLength = text.length - text.lastIndexOf('\n') + 1;
  for (const suffix of suffixes(x)) {
    const fits = lineLength + suffix.length + 2 <= lineWidth;
    text += fits ? `, ${suffix}` : `,\n${' '.repeat(indent)}${suffix}`;
    lineLength = fits ? lineLength + suffix.length + 2 : indent + suffix.length;
  }
  return `${text})`;
}
