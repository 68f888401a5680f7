import { describe, expect, it } from 'vitest';
import { generate } from '../../../../test/goldens/inputs.js';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import type { GoldenCase } from '../../../../test/goldens/load.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import type { DType } from '../dtype.js';

const { nn } = torch;
const F = nn.functional;
type Tensors = Record<string, Tensor>;
/** Options of a case under their PyTorch names; each call below knows which ones it gets. */
type Options = Record<string, never>;

/** The call of each function of nn.json; the first output is the differentiated one. */
const calls: Record<string, (t: Tensors, options: Options) => Tensors> = {
  Linear: (t) => ({ out: F.linear(t.x, t.weight, t.bias) }),
  Conv2d: (t, options) => ({ out: F.conv2d(t.x, t.weight, t.bias, options) }),
  BatchNorm1d: (t, options) => batchNorm(new nn.BatchNorm1d(t.x.size(1), options), t, options),
  BatchNorm2d: (t, options) => batchNorm(new nn.BatchNorm2d(t.x.size(1), options), t, options),
  MaxPool2d: (t, options) => ({ out: new nn.MaxPool2d(options.kernel_size, options).forward(t.x) }),
  AdaptiveAvgPool2d: (t, options) => ({ out: new nn.AdaptiveAvgPool2d(options.output_size).forward(t.x) }),
  CrossEntropyLoss: (t, options) => ({ out: new nn.CrossEntropyLoss(options).forward(t.input, t.target) }),
  MarginRankingLoss: (t, options) => ({
    out: new nn.MarginRankingLoss(options).forward(t.input1, t.input2, t.target),
  }),
  SoftMarginLoss: (t, options) => ({ out: new nn.SoftMarginLoss(options).forward(t.input, t.target) }),
  ReLU: (t) => ({ out: new nn.ReLU().forward(t.x) }),
};

function batchNorm(layer: torch.nn.BatchNorm1d | torch.nn.BatchNorm2d, t: Tensors, options: Options): Tensors {
  layer.to(t.x.dtype).train(options.train);
  layer.load_state_dict({ running_mean: t.running_mean, running_var: t.running_var }, { strict: false });
  const out = F.batch_norm(t.x, layer.running_mean, layer.running_var, {
    weight: t.weight,
    bias: t.bias,
    training: layer.training,
    momentum: options.momentum,
    eps: options.eps,
  });
  return { out, running_mean: layer.running_mean as Tensor, running_var: layer.running_var as Tensor };
}

function make(shape: readonly number[], values: readonly number[], dtype: DType): Tensor {
  return torch.tensor(values, { dtype }).reshape(shape);
}

const asArray = (x: Tensor): { shape: readonly number[]; data: ArrayLike<number> } => ({
  shape: x.shape,
  data: Array.from(x.toTypedArray(), Number),
});

const tolerances = { float32: { rtol: 2e-5, atol: 2e-6 }, float64: { rtol: 1e-9, atol: 1e-11 } };

function inputsOf(golden: GoldenCase): Tensors {
  return Object.fromEntries(
    Object.entries(golden.inputs).map(([name, spec]) => {
      const dtype = spec.dtype === 'int64' ? 'int64' : golden.dtype;
      const x = make(spec.shape, generate(spec, spec.key), dtype);
      if (golden.grads?.[name] !== undefined) x.requires_grad = true;
      return [name, x];
    }),
  );
}

describe('nn.json', () => {
  for (const golden of loadGoldens('nn').filter(({ fn }) => fn in calls)) {
    it(`${golden.fn} ${golden.name} ${golden.dtype}`, () => {
      const inputs = inputsOf(golden);
      const outputs = calls[golden.fn](inputs, golden.args as Options);
      const tolerance = tolerances[golden.dtype];
      for (const [name, expected] of Object.entries(golden.outputs ?? {})) {
        expect(outputs[name].dtype).toBe(golden.dtype);
        expectClose(asArray(outputs[name]), expected, tolerance, name);
      }
      const { out } = outputs;
      const seeded = generate({ shape: out.shape }, `nn/${golden.fn}/${golden.name}/cotangent`);
      out
        .mul(make(out.shape, seeded, golden.dtype))
        .sum()
        .backward();
      for (const [name, expected] of Object.entries(golden.grads ?? {})) {
        expectClose(asArray(inputs[name].grad as Tensor), expected, tolerance, `gradient of ${name}`);
      }
    });
  }
});

describe('initialisers', () => {
  const fill: Record<string, (x: Tensor, options: Options) => Tensor> = {
    kaiming_normal_: (x, options) => nn.init.kaiming_normal_(x, options),
    kaiming_uniform_: (x, options) => nn.init.kaiming_uniform_(x, options),
    xavier_uniform_: (x) => nn.init.xavier_uniform_(x),
    normal_: (x, { mean, std }) => nn.init.normal_(x, mean, std),
  };
  for (const golden of loadGoldens('nn').filter(({ fn }) => fn in fill)) {
    it(`${golden.fn} ${golden.name} ${JSON.stringify(golden.args)} ${golden.dtype}`, () => {
      const expected = golden.outputs?.out;
      if (expected === undefined) throw new Error('the golden case has no output');
      torch.manual_seed(Number(golden.args.seed));
      const x = fill[golden.fn](torch.empty(expected.shape, { dtype: golden.dtype }), golden.args as Options);
      expectClose(asArray(x), expected, golden.dtype === 'float32' ? { rtol: 1e-5, atol: 1e-7 } : { rtol: 1e-9 });
    });
  }

  const layers: Record<string, (options: Options) => torch.nn.Module> = {
    'Linear init': (o) => new nn.Linear(o.in_features, o.out_features, o),
    'Conv2d init': (o) => new nn.Conv2d(o.in_channels, o.out_channels, o.kernel_size, o),
  };
  for (const golden of loadGoldens('nn').filter(({ fn }) => fn in layers)) {
    it(`${golden.fn} ${JSON.stringify(golden.args)}`, () => {
      torch.manual_seed(Number(golden.args.seed));
      const state = layers[golden.fn](golden.args as Options).state_dict();
      expect(Object.keys(state)).toEqual(Object.keys(golden.outputs ?? {}));
      for (const [name, expected] of Object.entries(golden.outputs ?? {})) {
        expectClose(asArray(state[name]), expected, { rtol: 1e-6, atol: 0 }, name);
      }
    });
  }
});
