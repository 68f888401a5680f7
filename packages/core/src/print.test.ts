import { describe, expect, it } from 'vitest';
import { arange, ones, tensor, zeros } from './functions/index.js';
import type { Tensor } from './tensor.js';

/** What PyTorch 2.15 prints for the same tensors. */
const printed: readonly (readonly [name: string, tensor: () => Tensor, lines: readonly string[]])[] = [
  ['number', () => tensor(1.5), ['tensor(1.5000)']],
  ['whole number', () => tensor(3), ['tensor(3.)']],
  ['integers as floats', () => tensor([1, 2, -3]), ['tensor([ 1.,  2., -3.])']],
  ['fractions', () => tensor([1, 2.5, -3.125]), ['tensor([ 1.0000,  2.5000, -3.1250])']],
  ['thirds', () => tensor([1 / 3, 2 / 3]), ['tensor([0.3333, 0.6667])']],
  ['large and small', () => tensor([1e-5, 1]), ['tensor([1.0000e-05, 1.0000e+00])']],
  ['ratio above 1000', () => tensor([0.001, 10]), ['tensor([1.0000e-03, 1.0000e+01])']],
  ['ratio at 1000', () => tensor([0.01, 9.5]), ['tensor([0.0100, 9.5000])']],
  ['large whole', () => tensor([1e8, 2e8]), ['tensor([1.0000e+08, 2.0000e+08])']],
  ['large', () => tensor([123456789.5, 1]), ['tensor([1.2346e+08, 1.0000e+00])']],
  ['whole above 1e8', () => tensor([3e9]), ['tensor([3.0000e+09])']],
  ['zeros', () => zeros(2, 3), ['tensor([[0., 0., 0.],', '        [0., 0., 0.]])']],
  ['empty', () => tensor([]), ['tensor([])']],
  ['empty matrix', () => zeros(0, 3), ['tensor([], size=(0, 3))']],
  ['empty int', () => zeros([0], { dtype: 'int64' }), ['tensor([], dtype=torch.int64)']],
  ['empty 2x0', () => zeros(2, 0), ['tensor([], size=(2, 0))']],
  ['empty int32', () => zeros([0], { dtype: 'int32' }), ['tensor([], dtype=torch.int32)']],
  ['nan', () => tensor([NaN, 1, Infinity]), ['tensor([nan, 1., inf])']],
  ['nan fraction', () => tensor([NaN, 1.5, -Infinity]), ['tensor([   nan, 1.5000,   -inf])']],
  ['all nan', () => tensor([NaN, NaN]), ['tensor([nan, nan])']],
  ['double', () => tensor([1, 2.5], { dtype: 'float64' }), ['tensor([1.0000, 2.5000], dtype=torch.float64)']],
  ['half', () => tensor([1, 2.5], { dtype: 'float16' }), ['tensor([1.0000, 2.5000], dtype=torch.float16)']],
  ['long', () => tensor([1, 20, -300], { dtype: 'int64' }), ['tensor([   1,   20, -300])']],
  [
    'int32',
    () =>
      tensor(
        [
          [1, 20],
          [3, 4],
        ],
        { dtype: 'int32' },
      ),
    ['tensor([[ 1, 20],', '        [ 3,  4]], dtype=torch.int32)'],
  ],
  ['uint8', () => tensor([1, 2], { dtype: 'uint8' }), ['tensor([1, 2], dtype=torch.uint8)']],
  ['bool', () => tensor([true, false]), ['tensor([ True, False])']],
  [
    'bool matrix',
    () =>
      tensor([
        [true, false],
        [true, true],
      ]),
    ['tensor([[ True, False],', '        [ True,  True]])'],
  ],
  ['bool number', () => tensor(true), ['tensor(True)']],
  ['int number', () => tensor(7, { dtype: 'int64' }), ['tensor(7)']],
  [
    'matrix',
    () =>
      tensor([
        [1, 2],
        [3.5, -4],
      ]),
    ['tensor([[ 1.0000,  2.0000],', '        [ 3.5000, -4.0000]])'],
  ],
  [
    'cube',
    () => arange(8).reshape(2, 2, 2).float(),
    ['tensor([[[0., 1.],', '         [2., 3.]],', '', '        [[4., 5.],', '         [6., 7.]]])'],
  ],
  [
    'wide',
    () => arange(40),
    [
      'tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,',
      '        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,',
      '        36, 37, 38, 39])',
    ],
  ],
  [
    'wide floats',
    () => arange(30).div(7),
    [
      'tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,',
      '        1.2857, 1.4286, 1.5714, 1.7143, 1.8571, 2.0000, 2.1429, 2.2857, 2.4286,',
      '        2.5714, 2.7143, 2.8571, 3.0000, 3.1429, 3.2857, 3.4286, 3.5714, 3.7143,',
      '        3.8571, 4.0000, 4.1429])',
    ],
  ],
  [
    'wide matrix',
    () => arange(60).reshape(2, 30),
    [
      'tensor([[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,',
      '         18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],',
      '        [30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,',
      '         48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]])',
    ],
  ],
  ['summarised', () => arange(2000), ['tensor([   0,    1,    2,  ..., 1997, 1998, 1999])']],
  [
    'summarised floats',
    () => arange(2000).float(),
    ['tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,', '        1.9990e+03])'],
  ],
  [
    'summarised matrix',
    () => arange(10000).reshape(100, 100),
    [
      'tensor([[   0,    1,    2,  ...,   97,   98,   99],',
      '        [ 100,  101,  102,  ...,  197,  198,  199],',
      '        [ 200,  201,  202,  ...,  297,  298,  299],',
      '        ...,',
      '        [9700, 9701, 9702,  ..., 9797, 9798, 9799],',
      '        [9800, 9801, 9802,  ..., 9897, 9898, 9899],',
      '        [9900, 9901, 9902,  ..., 9997, 9998, 9999]])',
    ],
  ],
  [
    'summarised tall',
    () => arange(2000).float().reshape(1000, 2),
    [
      'tensor([[0.0000e+00, 1.0000e+00],',
      '        [2.0000e+00, 3.0000e+00],',
      '        [4.0000e+00, 5.0000e+00],',
      '        ...,',
      '        [1.9940e+03, 1.9950e+03],',
      '        [1.9960e+03, 1.9970e+03],',
      '        [1.9980e+03, 1.9990e+03]])',
    ],
  ],
  [
    'just 1000',
    () => arange(1000).reshape(10, 100).index(':', ':4'),
    [
      'tensor([[  0,   1,   2,   3],',
      '        [100, 101, 102, 103],',
      '        [200, 201, 202, 203],',
      '        [300, 301, 302, 303],',
      '        [400, 401, 402, 403],',
      '        [500, 501, 502, 503],',
      '        [600, 601, 602, 603],',
      '        [700, 701, 702, 703],',
      '        [800, 801, 802, 803],',
      '        [900, 901, 902, 903]])',
    ],
  ],
  ['requires grad', () => tensor([1, 2], { requires_grad: true }), ['tensor([1., 2.], requires_grad=True)']],
  ['grad fn', () => tensor([1, 2], { requires_grad: true }).mul(2), ['tensor([2., 4.], grad_fn=<MulBackward0>)']],
  ['grad fn sum', () => tensor([1, 2], { requires_grad: true }).sum(), ['tensor(3., grad_fn=<SumBackward0>)']],
  [
    'grad fn matmul',
    () => ones([2, 2], { requires_grad: true }).matmul(ones(2, 2)),
    ['tensor([[2., 2.],', '        [2., 2.]], grad_fn=<MmBackward0>)'],
  ],
  [
    'grad fn view',
    () => ones([2, 2], { requires_grad: true }).reshape(4),
    ['tensor([1., 1., 1., 1.], grad_fn=<ViewBackward0>)'],
  ],
  [
    'grad fn double',
    () => ones([2], { requires_grad: true, dtype: 'float64' }).exp(),
    ['tensor([2.7183, 2.7183], dtype=torch.float64, grad_fn=<ExpBackward0>)'],
  ],
  [
    'long line suffix',
    () => ones([10], { requires_grad: true }).mul(1.12345),
    [
      'tensor([1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235,',
      '        1.1235], grad_fn=<MulBackward0>)',
    ],
  ],
  [
    'long line suffix 2',
    () => ones([9], { requires_grad: true, dtype: 'float64' }).mul(1.12345).exp(),
    [
      'tensor([3.0754, 3.0754, 3.0754, 3.0754, 3.0754, 3.0754, 3.0754, 3.0754, 3.0754],',
      '       dtype=torch.float64, grad_fn=<ExpBackward0>)',
    ],
  ],
  ['sci negative', () => tensor([-1e-6, 2]), ['tensor([-1.0000e-06,  2.0000e+00])']],
  ['sci number', () => tensor(1e-7), ['tensor(1.0000e-07)']],
  ['sci big', () => tensor([1e10, 1.5]), ['tensor([1.0000e+10, 1.5000e+00])']],
  [
    'sci exponent 3',
    () => tensor([1e-200, 1.5], { dtype: 'float64' }),
    ['tensor([1.0000e-200,  1.5000e+00], dtype=torch.float64)'],
  ],
  ['sci whole', () => tensor([1e9, 1]), ['tensor([1.0000e+09, 1.0000e+00])']],
  ['negative zero', () => tensor([-0, 1.5]), ['tensor([-0.0000, 1.5000])']],
  ['negative zero whole', () => tensor([-0, 1]), ['tensor([-0., 1.])']],
  ['rounding', () => tensor([0.00005, 0.99995, 2.5]), ['tensor([5.0000e-05, 9.9995e-01, 2.5000e+00])']],
  ['whole ratio', () => tensor([1, 100000]), ['tensor([1.0000e+00, 1.0000e+05])']],
  ['one by one', () => tensor([[1.25]]), ['tensor([[1.2500]])']],
  [
    'half sci',
    () => tensor([1e-4, 1], { dtype: 'float16' }),
    ['tensor([1.0002e-04, 1.0000e+00], dtype=torch.float16)'],
  ],
  [
    'nested sizes',
    () => arange(6).float().reshape(1, 2, 3).add(0.5),
    ['tensor([[[0.5000, 1.5000, 2.5000],', '         [3.5000, 4.5000, 5.5000]]])'],
  ],
  ['ties to even', () => tensor([0.03125, 0.09375]), ['tensor([0.0312, 0.0938])']],
  ['ties to even, scientific', () => tensor([100025, 1000050000, 1]), ['tensor([1.0002e+05, 1.0000e+09, 1.0000e+00])']],
  [
    '4-d',
    () => arange(16).reshape(2, 2, 2, 2),
    [
      'tensor([[[[ 0,  1],',
      '          [ 2,  3]],',
      '',
      '         [[ 4,  5],',
      '          [ 6,  7]]],',
      '',
      '',
      '        [[[ 8,  9],',
      '          [10, 11]],',
      '',
      '         [[12, 13],',
      '          [14, 15]]]])',
    ],
  ],
  ['nan scientific', () => tensor([NaN, 1e-5, -Infinity]), ['tensor([       nan, 1.0000e-05,       -inf])']],
  ['empty bool', () => zeros([0], { dtype: 'bool' }), ['tensor([], dtype=torch.bool)']],
  ['uint8 number', () => tensor(3, { dtype: 'uint8' }), ['tensor(3, dtype=torch.uint8)']],
];

describe('a printed tensor', () => {
  it.each(printed)('%s', (_, make, lines) => {
    expect(make().toString().split('\n')).toEqual(lines);
  });

  it('names the nodes of the tape as PyTorch does', () => {
    const x = ones([2, 2], { requires_grad: true });
    const named: readonly (readonly [Tensor, string])[] = [
      [x.sum(1), 'SumBackward1'],
      [x.mean(), 'MeanBackward0'],
      [x.double(), 'ToCopyBackward0'],
      [x.clamp(0), 'ClampBackward1'],
      [x.log1p(), 'Log1PBackward0'],
      [x.index_select(0, tensor([0], { dtype: 'int64' })), 'IndexSelectBackward0'],
      [x.amax(1), 'AmaxBackward0'],
      [x.index('0:1'), 'SliceBackward0'],
    ];
    for (const [y, name] of named) expect(y.toString()).toContain(`grad_fn=<${name}>`);
  });
});
