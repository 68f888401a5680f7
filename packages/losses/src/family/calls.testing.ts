/** Calls of the losses by the names that triplet-family.json uses: inputs and arguments to named outputs. */
import { autograd } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { inputOf } from '../../../../test/fixtures/loss-calls.js';
import type { Args, Tensors } from '../../../../test/fixtures/loss-calls.js';
import type { GoldenCase } from '../../../../test/goldens/load.js';
import * as losses from '../index.js';

type Call = (inputs: Tensors, args: Args) => Tensors;

const number = (args: Args, name: string): number => {
  const value = args[name];
  if (typeof value !== 'number') throw new Error(`${name}: expected a number, got ${JSON.stringify(value)}`);
  return value;
};
const numberOrNull = (args: Args, name: string): number | null => (args[name] === null ? null : number(args, name));
const flag = (args: Args, name: string): boolean => args[name] === true;
const reductionOf = (args: Args) => (['none', 'sum'] as const).find((word) => word === args.reduction) ?? 'mean';
const named = (values: readonly Tensor[], ...names: string[]): Tensors =>
  Object.fromEntries(names.map((name, i) => [name, values[i]]));

const blockOptions = (args: Args): losses.BlockOptions => ({
  unequal_counts: args.unequal_counts === 'per-row' ? 'per-row' : 'origin',
});

/** Losses of embeddings and labels, with the options of the family in the last place. */
export const familyCalls: Record<
  string,
  (x: Tensor, y: Tensor, args: Args, options?: losses.FamilyOptions & losses.BlockOptions) => Tensors
> = {
  OriTripletLoss: (x, y, args, options) =>
    named(new losses.OriTripletLoss(y.size(0), number(args, 'margin'), options).forward(x, y), 'loss', 'correct'),
  OpenReidTripletLoss: (x, y, args, options) =>
    named(new losses.OpenReidTripletLoss(number(args, 'margin'), options).forward(x, y), 'loss', 'prec'),
  TorchreidTripletLoss: (x, y, args, options) => ({
    loss: new losses.TorchreidTripletLoss(number(args, 'margin'), options).forward(x, y),
  }),
  BagOfTricksTripletLoss: (x, y, args, options) =>
    named(
      new losses.BagOfTricksTripletLoss(numberOrNull(args, 'margin'), { ...blockOptions(args), ...options }).forward(
        x,
        y,
        flag(args, 'normalize_feature'),
      ),
      'loss',
      'dist_ap',
      'dist_an',
    ),
  AGWTripletLoss: (x, y, args, options) =>
    named(
      new losses.AGWTripletLoss(numberOrNull(args, 'margin'), options).forward(x, y, flag(args, 'normalize_feature')),
      'loss',
      'dist_ap',
      'dist_an',
    ),
  FastReidTripletLoss: (x, y, args, options) => ({
    loss: new losses.FastReidTripletLoss(number(args, 'margin'), flag(args, 'norm_feat'), options).forward(x, y),
  }),
  FastReidWeightedTriplet: (x, y, args, options) => ({
    loss: new losses.FastReidWeightedTriplet(number(args, 'margin'), flag(args, 'norm_feat'), options).forward(x, y),
  }),
  TripletLoss_WRT: (x, y, args, options) =>
    named(new losses.TripletLoss_WRT(options).forward(x, y, flag(args, 'normalize_feature')), 'loss', 'correct'),
  WeightedRegularizedTriplet: (x, y, args, options) =>
    named(
      new losses.WeightedRegularizedTriplet(options).forward(x, y, flag(args, 'normalize_feature')),
      'loss',
      'furthest_positive',
      'closest_negative',
    ),
  VideoWeightedRegularizedTriplet: (x, y, args, options) => ({
    loss: new losses.VideoWeightedRegularizedTriplet(options).forward(x, y, flag(args, 'normalize_feature')),
  }),
  TripletLoss_ADP: (x, y, args, options) =>
    named(
      new losses.TripletLoss_ADP(number(args, 'alpha'), number(args, 'gamma'), number(args, 'square'), options).forward(
        x,
        y,
      ),
      'loss',
      'correct',
    ),
  batch_all_triplet_loss: (x, y, args) =>
    named(losses.batch_all_triplet_loss(y, x, number(args, 'margin')), 'loss', 'fraction'),
  batch_hard_triplet_loss: (x, y, args, options) => ({
    loss: losses.batch_hard_triplet_loss(y, x, number(args, 'margin'), options),
  }),
  TripletHardLoss: (x, y, args, options) => ({
    loss: new losses.TripletHardLoss({ ...options, margin: number(args, 'margin') }).call(y, x),
  }),
  TripletSemiHardLoss: (x, y, args, options) => ({
    loss: new losses.TripletSemiHardLoss({ ...options, margin: number(args, 'margin') }).call(y, x),
  }),
  pairwise_circleloss: (x, y, args) => ({
    loss: losses.pairwise_circleloss(x, y, number(args, 'margin'), number(args, 'gamma')),
  }),
  pairwise_cosface: (x, y, args) => ({
    loss: losses.pairwise_cosface(x, y, number(args, 'margin'), number(args, 'gamma')),
  }),
};

/** Arguments that every family loss can be called with; the goldens have their own. */
export const someArgs: Args = { margin: 1, alpha: 1, gamma: 1, square: 0 };

const smoothed = (logits: Tensor, labels: Tensor, epsilon: number): Tensor =>
  new losses.CrossEntropyLabelSmooth(logits.size(1), epsilon).forward(logits, labels);

const otherCalls: Record<string, Call> = {
  CrossEntropyLabelSmooth: ({ logits, labels }, args) => ({ loss: smoothed(logits, labels, number(args, 'epsilon')) }),
  TorchreidCrossEntropyLoss: ({ logits, labels }, args) => {
    const epsilon = number(args, 'epsilon');
    const criterion = new losses.TorchreidCrossEntropyLoss(logits.size(1), epsilon || 0.3, true, epsilon > 0);
    return { loss: criterion.forward(logits, labels) };
  },
  fastreid_cross_entropy_loss: ({ logits, labels }, args) => ({
    loss: losses.fastreid_cross_entropy_loss(logits, labels, number(args, 'eps'), number(args, 'alpha')),
  }),
  focal_loss: ({ logits, labels }, args) => ({
    loss: losses.focal_loss(logits, labels, number(args, 'alpha'), number(args, 'gamma'), reductionOf(args)),
  }),
  DeepSupervision: ({ logits, labels }, args) => ({
    loss: losses.DeepSupervision((x, y) => smoothed(x, y, number(args, 'epsilon')), [logits, logits.mul(0.5)], labels),
  }),
  CenterLoss: ({ x, labels, centers }) => {
    const criterion = new losses.CenterLoss(centers.size(0), centers.size(1));
    // In place of the drawn ones, so that the case's own tensor gets the gradient.
    Object.defineProperty(criterion, 'centers', { value: centers });
    return { loss: criterion.forward(x, labels) };
  },
  OIMLoss: ({ x, labels, lut }, args) => {
    const [classes, features] = lut.shape;
    const criterion = new losses.OIMLoss(features, classes, number(args, 'scalar'), number(args, 'momentum')).to(
      x.dtype,
    );
    criterion.lut.copy_(lut);
    const [loss, logits] = criterion.forward(x, labels);
    criterion.update(x, labels);
    return { loss, logits, lut: criterion.lut };
  },
};

/** By function name. */
export const calls: Record<string, Call> = {
  ...otherCalls,
  ...Object.fromEntries(
    Object.entries(familyCalls).map(([fn, call]): [string, Call] => [
      fn,
      ({ embeddings, labels }, args) => call(embeddings, labels, args),
    ]),
  ),
};

/** Outputs of a case, and by input name the gradients of the sum of its first output. */
export function runFamilyCase(golden: GoldenCase): { outputs: Tensors; grads: Tensors } {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, input]) => [name, inputOf(input, golden.dtype)]),
  );
  const wanted = Object.keys(golden.grads ?? {});
  for (const name of wanted) inputs[name].requires_grad_();
  const outputs = calls[golden.fn](inputs, golden.args);
  if (wanted.length === 0) return { outputs, grads: {} };
  const [first] = Object.values(outputs);
  const grads = autograd.grad(
    first.sum(),
    wanted.map((name) => inputs[name]),
  );
  return { outputs, grads: Object.fromEntries(wanted.map((name, i) => [name, grads[i]])) };
}
