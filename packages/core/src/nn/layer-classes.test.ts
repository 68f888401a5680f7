/** Classes: printed forms, keys and initial values by PyTorch, hooks, copies, and errors of bad calls. */
import { describe, expect, it } from 'vitest';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import { compileWith, interpreter } from '../graph.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { asArray } from './layers.testing.js';

const { nn } = torch;
const F = nn.functional;
type AnyLayer = new (...args: readonly unknown[]) => torch.nn.Module;

function build(name: string, positional: unknown, options: unknown): torch.nn.Module {
  const Layer = Reflect.get(nn, name) as AnyLayer;
  const list = Array.isArray(positional) ? (positional as unknown[]) : [];
  return Object.keys(options as object).length === 0 ? new Layer(...list) : new Layer(...list, options);
}

describe('layers.json', () => {
  it.each(
    loadGoldens('layers')
      .filter(({ fn }) => fn === 'layer')
      .map((golden) => [golden.name, golden] as const),
  )('%s starts and prints as in PyTorch', (name, golden) => {
    torch.manual_seed(11);
    const layer = build(name.split(' ')[0], golden.args.positional, golden.args.options);
    const text = (golden.args.text as string).replaceAll('NonDynamicallyQuantizableLinear', 'Linear');
    expect(layer.toString()).toBe(text);
    const state = layer.state_dict();
    expect(Object.keys(state)).toEqual(Object.keys(golden.outputs ?? {}));
    for (const [key, expected] of Object.entries(golden.outputs ?? {})) {
      expectClose(asArray(state[key]), expected, { rtol: 1e-5, atol: 1e-7 }, key);
    }
  });

  it('drops whole channels as PyTorch does', () => {
    const [golden] = loadGoldens('layers').filter(({ fn }) => fn === 'dropout2d');
    torch.manual_seed(6);
    const out = F.dropout2d(torch.ones(3, 4, 2, 2), { p: 0.4 });
    expectClose(asArray(out), golden.outputs?.out ?? { shape: [], data: [] }, { rtol: 1e-6 });
    expect(F.dropout2d(out, { training: false })).toBe(out);
  });
});

const x = torch.randn(2, 4, 5, 6);
const badCalls: [string, () => unknown, RegExp][] = [
  ['hardtanh', () => F.hardtanh(x, { min_val: 1, max_val: 1 }), /^hardtanh: min_val: got 1, expected less than/],
  ['gelu', () => F.gelu(x, { approximate: 'fast' as never }), /^gelu: approximate: got 'fast'/],
  ['prelu', () => F.prelu(x, torch.ones(3)), /^prelu: weight: got float32\[3\]/],
  ['dropout2d', () => F.dropout2d(x, { p: 2 }), /^dropout2d: p: got 2/],
  ['conv1d', () => F.conv1d(torch.ones(4), torch.ones(2, 2, 3)), /^conv1d: input: got/],
  [
    'conv_transpose2d',
    () => F.conv_transpose2d(x, torch.ones(3, 2, 2, 2)),
    /^conv_transpose2d: input: .* expected 3 channels/,
  ],
  [
    'output_padding',
    () => F.conv_transpose2d(x, torch.ones(4, 2, 2, 2), null, { output_padding: 1 }),
    /output_padding: got 1, expected less than/,
  ],
  ['Conv1d groups', () => new nn.Conv1d(3, 4, 2, { groups: 2 }), /^Conv1d: groups: got 2/],
  ['ConvTranspose2d groups', () => new nn.ConvTranspose2d(3, 4, 2, { groups: 2 }), /^ConvTranspose2d: groups: got 2/],
  [
    'padding_mode',
    () => new nn.Conv2d(1, 1, 1, { padding_mode: 'edge' as never }),
    /^Conv2d: padding_mode: got 'edge'/,
  ],
  ['pad count', () => F.pad(x, [1]), /^pad: pad: got \[1\]/],
  ['pad reflect', () => F.pad(x, [6, 0], 'reflect'), /^pad: pad: got \[6, 0\], expected numbers from 0 to 5 at dim 3/],
  ['pad mode', () => F.pad(x, [1, 1], 'edge' as never), /^pad: mode: got 'edge'/],
  ['ZeroPad2d', () => new nn.ZeroPad2d([1, 2] as never), /^ZeroPad2d: padding: got \[1, 2\]/],
  ['avg_pool2d', () => F.avg_pool2d(x, 0), /^avg_pool2d: kernel_size: got 0/],
  ['instance_norm', () => F.instance_norm(torch.ones(2, 3, 1)), /^instance_norm: input: .* more than one position/],
  ['InstanceNorm2d', () => new nn.InstanceNorm2d(3).forward(x), /^InstanceNorm2d: input: .* 3 channels/],
  ['group_norm', () => F.group_norm(x, 3), /^group_norm: num_groups: got 3/],
  ['GroupNorm', () => new nn.GroupNorm(3, 4), /^GroupNorm: num_groups: got 3/],
  ['layer_norm', () => F.layer_norm(x, [5]), /^layer_norm: input: .* expected last dims \[5\]/],
  ['LayerNorm', () => new nn.LayerNorm([]), /^LayerNorm: normalized_shape/],
  ['local_response_norm', () => F.local_response_norm(x, 0), /^local_response_norm: size: got 0/],
  ['BatchNorm3d', () => new nn.BatchNorm3d(4).forward(x), /^BatchNorm3d: input: .* expected 5-d/],
  ['SyncBatchNorm', () => new nn.SyncBatchNorm(3).forward(x), /^SyncBatchNorm: input: .* at least 2-d with 3/],
  ['embedding', () => F.embedding(torch.ones(2), torch.ones(3, 2)), /^embedding: input: got float32/],
  [
    'embedding range',
    () => F.embedding(torch.tensor([3], { dtype: 'int64' }), torch.ones(3, 2)),
    /^embedding: input: got 3 at position 0/,
  ],
  ['Embedding', () => new nn.Embedding(3, 2, { padding_idx: 3 }), /^Embedding: padding_idx: got 3/],
  ['interpolate', () => F.interpolate(x), /^interpolate: got size null and scale_factor null, expected one of them/],
  ['interpolate rank', () => F.interpolate(x, { size: 3, mode: 'linear' }), /^interpolate: input: .* expected 3 dims/],
  ['interpolate corners', () => F.interpolate(x, { size: 3, align_corners: true }), /^interpolate: align_corners/],
  ['pixel_shuffle', () => F.pixel_shuffle(x, 3), /^pixel_shuffle: input/],
  ['pixel_unshuffle', () => F.pixel_unshuffle(x, 4), /^pixel_unshuffle: input/],
  ['Unflatten', () => new nn.Unflatten(1, [3, -1]).forward(x), /^unflatten: sizes: got \[3, -1\].* \[in Unflatten\]$/],
  ['grid_sample', () => F.grid_sample(x, torch.ones(1, 2, 2, 2)), /^grid_sample: grid: got/],
  ['affine_grid', () => F.affine_grid(torch.ones(1, 2, 2), [1, 1, 2, 2]), /^affine_grid: theta: got/],
  [
    'attention',
    () => F.scaled_dot_product_attention(x, x, torch.ones(3, 2)),
    /^scaled_dot_product_attention: value: got/,
  ],
  ['MultiheadAttention', () => new nn.MultiheadAttention(5, 2), /^MultiheadAttention: num_heads: got 2/],
  ['kl_div', () => F.kl_div(x, torch.ones(2)), /^kl_div: target: got float32\[2\]/],
  ['smooth_l1_loss', () => F.smooth_l1_loss(x, x, { beta: -1 }), /^smooth_l1_loss: beta: got -1/],
  ['huber_loss', () => F.huber_loss(x, x, { delta: 0 }), /^huber_loss: delta: got 0/],
  ['binary_cross_entropy', () => F.binary_cross_entropy(x, torch.ones(2)), /^binary_cross_entropy: target/],
  ['cosine_embedding_loss', () => F.cosine_embedding_loss(x, x, torch.ones(2)), /^cosine_embedding_loss: target/],
  ['hinge_embedding_loss', () => F.hinge_embedding_loss(x, torch.ones(2)), /^hinge_embedding_loss: target/],
  ['multi_margin_loss', () => F.multi_margin_loss(torch.ones(2, 3), torch.ones(2)), /^multi_margin_loss: target/],
  ['DataParallel', () => new nn.DataParallel({} as never), /^DataParallel: module: got an object/],
  ['Softmax2d', () => new nn.Softmax2d().forward(torch.ones(2)), /^Softmax2d: input/],
];

describe('bad calls', () => {
  it.each(badCalls)('%s', (_, call, message) => expect(call).toThrow(message));
});

describe('wrappers and copies', () => {
  it('DataParallel computes what its module does, under keys with a prefix', () => {
    const inner = new nn.Linear(3, 2);
    const wrapped = new nn.DataParallel<[Tensor], Tensor>(inner, { device_ids: [0] });
    const input = torch.randn(4, 3);
    expect(torch.equal(wrapped.forward(input), inner.forward(input))).toBe(true);
    expect(Object.keys(wrapped.state_dict())).toEqual(['module.weight', 'module.bias']);
    expect(new nn.parallel.DistributedDataParallel<[Tensor], Tensor>(inner).module).toBe(inner);
  });

  it('deepcopy shares nothing but what was shared inside', () => {
    const shared = new nn.Linear(2, 2);
    const net = new nn.Sequential(shared, new nn.BatchNorm1d(2), shared);
    const copy = net.deepcopy();
    expect(copy).toBeInstanceOf(nn.Sequential);
    expect(Object.keys(copy.state_dict())).toEqual(Object.keys(net.state_dict()));
    expect(copy.at(0)).toBe(copy.at(2));
    expect(copy.at(0)).not.toBe(shared);
    torch.no_grad(() => shared.weight.fill_(7));
    const [weight] = copy.parameters();
    expect(weight.requires_grad).toBe(true);
    expect(weight.tolist()).not.toEqual(shared.weight.tolist());
    copy.forward(torch.randn(4, 2));
    expect(net.state_dict()['1.num_batches_tracked'].item()).toBe(0);
    expect(copy.state_dict()['1.num_batches_tracked'].item()).toBe(1);
  });

  it('convert_sync_batchnorm keeps the model', () => {
    const net = new nn.Sequential(new nn.BatchNorm2d(2));
    expect(nn.SyncBatchNorm.convert_sync_batchnorm(net)).toBe(net);
  });
});

describe('register_full_backward_hook', () => {
  it('sees and replaces the gradients of the inputs', () => {
    const layer = new nn.Linear(2, 1, { bias: false });
    torch.no_grad(() => layer.weight.copy_(torch.tensor([[2, 3]])));
    const seen: unknown[] = [];
    const handle = layer.register_full_backward_hook((_, gradInput, gradOutput) => {
      seen.push([gradInput.map((g) => g?.tolist()), gradOutput.map((g) => g?.tolist())]);
      return [gradInput[0]?.mul(10) ?? null];
    });
    const input = torch.ones(1, 2).requires_grad_();
    layer.forward(input.mul(1)).mul(5).sum().backward();
    expect(seen).toEqual([[[[[10, 15]]], [[[5]]]]]);
    expect(input.grad?.tolist()).toEqual([[100, 150]]);
    expect(layer.weight.grad?.tolist()).toEqual([[5, 5]]);
    handle.remove();
    layer.forward(input).sum().backward();
    expect(seen).toHaveLength(1);
  });

  it('is called with null for inputs that want no gradient', () => {
    const layer = new nn.Linear(2, 1);
    let given: unknown = null;
    layer.register_backward_hook((_, gradInput) => {
      given = gradInput;
    });
    layer.forward(torch.ones(1, 2)).sum().backward();
    expect(given).toEqual([null]);
  });

  it('refuses another number of gradients', () => {
    const layer = new nn.ReLU();
    layer.register_full_backward_hook(() => []);
    const out = layer.forward(torch.ones(2).requires_grad_()).sum();
    expect(() => out.backward()).toThrow(/hook: returned \[\], expected/);
  });

  it('traces', async () => {
    const layer = new nn.Sigmoid();
    layer.register_full_backward_hook((_, gradInput) => gradInput.map((g) => g?.mul(2) ?? null));
    const step = (input: Tensor): Tensor => {
      const leaf = input.detach().requires_grad_();
      return torch.autograd.grad(layer.forward(leaf).sum(), leaf)[0];
    };
    const input = torch.randn(3);
    const result = await compileWith(step, interpreter)(input);
    expect(torch.allclose(result, step(input))).toBe(true);
  });
});
