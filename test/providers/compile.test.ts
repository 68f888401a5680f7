/** What `compile` takes, tells and guarantees besides numbers. */
import { compile, setRuntime } from '@reidgrad/onnx-export/compile';
import { nn, no_grad, ones, optim, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { CompileOptions } from '@reidgrad/onnx-export/compile';
import * as ort from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';

const double = (x: Tensor): Tensor => x.mul(2);

describe('options', () => {
  it.each([
    [
      { executionProvider: ['cpu'] },
      /^compile: options: got 'executionProvider', expected the options executionProviders, strict, /,
    ],
    [
      { executionProviders: ['gpu'] },
      /^compile: executionProviders\.0: got 'gpu', expected one of cpu, wasm, webgpu, cuda$/,
    ],
    [{ executionProviders: [] }, /^compile: executionProviders: got \[\], expected at least 1$/],
    [{ threads: 0 }, /^compile: threads: got 0, expected at least 1$/],
    [{ opset_version: 12 }, /^compile: opset_version: got 12, expected one of 20, 21$/],
  ])('%j is refused in one line', (options, message) => {
    // Deliberately wrong, as from JavaScript.
    expect(() => compile(double, options as CompileOptions)).toThrow(message);
  });

  it('a provider that cannot start is skipped with a warning that says why and what helps', async () => {
    const warnings: string[] = [];
    const run = compile(double, { executionProviders: ['cuda', 'cpu'], warn: (text) => warnings.push(text) });
    expect((await run(tensor([1, 2]))).tolist()).toEqual([2, 4]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^reidgrad: executionProviders: 'cuda' did not start: .+; it needs CUDA 12, cuDNN 9 .*install\.js.*; going on with cpu$/,
    );
    await run.dispose();
  });

  it.each([[{ executionProviders: ['cuda', 'cpu'], strict: true }], [{ executionProviders: ['cuda'] }]] satisfies [
    CompileOptions,
  ][])('%j throws the same text', async (options) => {
    await expect(compile(double, options)(tensor([1]))).rejects.toThrow(
      /^compile: executionProviders: 'cuda' did not start: .+CUDA 12/,
    );
  });
});

describe('setRuntime', () => {
  afterEach(() => setRuntime(null));

  it('runs on the given module', async () => {
    let sessions = 0;
    const { Tensor: OrtTensor, InferenceSession } = ort;
    const create = (...args: Parameters<typeof InferenceSession.create>): Promise<ort.InferenceSession> => {
      sessions++;
      return InferenceSession.create(...args);
    };
    setRuntime({ Tensor: OrtTensor, InferenceSession: { create } });
    const run = compile(double);
    expect((await run(tensor([3]))).tolist()).toEqual([6]);
    expect(sessions).toBeGreaterThan(0);
    await run.dispose();
  });
});

describe('a compiled function', () => {
  const training = (
    options: CompileOptions = {},
  ): { weight: Tensor; optimizer: optim.SGD; step: ReturnType<typeof compile<[Tensor], Tensor>> } => {
    const weight = ones(2).requires_grad_();
    const optimizer = new optim.SGD([weight], { lr: 0.5 });
    const step = compile((x: Tensor) => {
      optimizer.zero_grad();
      const loss = weight.mul(x).sum();
      loss.backward();
      optimizer.step();
      return loss;
    }, options);
    return { weight, optimizer, step };
  };

  it('leaves gradients only with keepGrad, and says so otherwise', async () => {
    const kept = training({ keepGrad: true });
    await kept.step(tensor([3, 4]));
    expect(kept.weight.grad?.tolist()).toEqual([3, 4]);
    const dropped = training();
    await dropped.step(tensor([3, 4]));
    expect(() => dropped.weight.grad).toThrow(/compile it with \{ keepGrad: true \} to read it/);
    await kept.step.dispose();
    await dropped.step.dispose();
  });

  it('explains its traces: first call, new shapes, what changed; not a learning rate', async () => {
    const { weight, optimizer, step } = training();
    await step(tensor([1, 1]));
    optimizer.param_groups[0].lr = 0.25;
    await step(tensor([1, 1]));
    expect(weight.tolist()).toEqual([0.25, 0.25]);
    expect(step.explain()).toHaveLength(1);
    await step(ones(3, 2));
    optimizer.param_groups[0].maximize = true;
    await step(tensor([1, 1]));
    expect(weight.tolist()).toEqual([-0.25, -0.25]);
    expect(step.explain()).toEqual([
      expect.stringMatching(/^traced: first call, .*float32\[2\]/),
      expect.stringMatching(/^traced: new signature .*float32\[3,2\]/),
      expect.stringMatching(/^retraced: maximize of SGD was false and is now true$/),
    ]);
    await step.dispose();
  });

  it('runs calls in order when they are not awaited', async () => {
    const { weight, step } = training();
    const losses = await Promise.all([step(tensor([1, 0])), step(tensor([1, 0])), step(tensor([1, 0]))]);
    expect(losses.map((loss) => loss.item())).toEqual([1, 0.5, 0]);
    expect(weight.tolist()).toEqual([-0.5, 1]);
    await step.dispose();
  });

  it('runs again after dispose, with its state', async () => {
    const { weight, step } = training();
    await step(tensor([1, 1]));
    await step.dispose();
    expect(step.graphs).toEqual([]);
    await step(tensor([1, 1]));
    expect(weight.tolist()).toEqual([0, 0]);
    await step.dispose();
  });

  it('refuses arguments that it cannot run', async () => {
    const run = compile(function twice(x: Tensor) {
      return x.mul(2);
    });
    // Deliberately wrong, as from JavaScript.
    await expect(run(new Date() as unknown as Tensor)).rejects.toThrow(
      /^twice: arguments\.0: got an instance of Date, expected /,
    );
    const wide = compile((x: Tensor) => x.add(1));
    await expect(wide(tensor([2 ** 40], { dtype: 'int64' }))).rejects.toThrow(/1099511627776.*does not fit int32/);
    const reads = compile((x: Tensor) => x.mul(x.sum().item()));
    await expect(reads(ones(2))).rejects.toThrow(/item/);
    await run.dispose();
  });

  it('bakes weights of a function without state and builds anew when they changed', async () => {
    const layer = new nn.Linear(2, 1, { bias: false });
    const infer = compile((x: Tensor) => no_grad(() => layer.forward(x)));
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.5 });
    const step = compile((x: Tensor) => {
      optimizer.zero_grad();
      layer.forward(x).sum().backward();
      optimizer.step();
    });
    const x = tensor([[1, 2]]);
    for (let i = 0; i < 5; i++) {
      await step(x);
      await step.sync();
      const eager = no_grad(() => layer.forward(x)).item();
      expect((await infer(x)).item()).toBeCloseTo(eager, 5);
    }
    expect(infer.explain()).toHaveLength(1);
    await infer.dispose();
    await step.dispose();
  });
});
