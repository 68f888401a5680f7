/** What bad calls say. Each message is read as prose where it is kept, in messages/. */
import * as torch from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { functionCalls } from './calls/functions.js';
import { functionalCalls } from './calls/functional.js';
import { layerCalls } from './calls/layers.js';
import { lossCalls } from './calls/losses.js';
import { onnxCalls } from './calls/onnx.js';
import { reidCalls } from './calls/reid.js';
import { tensorCalls } from './calls/tensor.js';
import { trainingCalls } from './calls/training.js';
import { publicNames } from './names.js';
import { notOfAnArgument, withoutCall } from './reasons.js';
import { messageOf } from './run.js';
import type { BadCalls } from './values.js';

const sections: Readonly<Record<string, BadCalls>> = {
  functions: functionCalls,
  tensor: tensorCalls,
  functional: functionalCalls,
  layers: layerCalls,
  training: trainingCalls,
  losses: lossCalls,
  onnx: onnxCalls,
  reid: reidCalls,
};

const functionOf = (name: string): string => name.replace(/ \(.*$/, '');

/** The function that the caller of `name` wrote, as a message must begin with it. */
function speaks(name: string, message: string): boolean {
  const full = functionOf(name);
  const path = full.split('.');
  const own = path[path.length - 1];
  // A module's forward speaks as the function that refused, and says in which module that was.
  if (own === 'forward') {
    const module = path[path.length - 2];
    return message.startsWith(`${module}: `) || new RegExp(`\\[in (${module}|\\S+ \\(\\w+\\))\\]$`).test(message);
  }
  // A method that writes may speak as the function of its name.
  const names = [own, own.replace(/_$/, ''), path.slice(-2).join('.'), `${own}.load_state_dict`];
  return names.some((one) => message.startsWith(`${one}: `) || message.startsWith(`${one}.`));
}

describe.each(Object.entries(sections))('%s', (section, calls) => {
  const names = Object.keys(calls);

  it('says what was reviewed', async () => {
    const lines: string[] = [];
    for (const name of names) lines.push(`${name}: ${await messageOf(name, calls[name])}`);
    await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot(`./messages/${section}.txt`);
  });

  it.each(names)('%s', async (name) => {
    const message = await messageOf(name, calls[name]);
    expect(message).not.toContain('\n');
    expect(message).not.toMatch(
      /^(TypeError|RangeError)|Cannot read|is not a function|is not iterable|Invalid .* length/,
    );
    expect(message).not.toMatch(/undefined\[|NaN\]|\[object|Tensor\(/);
    expect(speaks(name, message), message).toBe(true);
    if (!(name in notOfAnArgument)) expect(message).toMatch(/: .*\b(got|is|has|have|are|at)\b.*\bexpected\b/);
  });
});

const all: BadCalls = Object.assign({}, ...Object.values(sections)) as BadCalls;

it('every public name has a bad call or a reason', () => {
  const called = new Set(Object.keys(all).map(functionOf));
  const without = publicNames.filter((name) => !called.has(name));
  expect(without.sort()).toEqual(Object.keys(withoutCall).sort());
});

it('every bad call is of a public name', () => {
  const known = new Set([...publicNames, 'Tensor.grad']);
  expect(Object.keys(all).filter((name) => !known.has(functionOf(name)))).toEqual([]);
});

it('every exception is a call', () => {
  expect(Object.keys(notOfAnArgument).filter((name) => !(name in all))).toEqual([]);
});

it('anomaly detection names the op and the line that made the first NaN', () => {
  const x = torch.zeros([2], { requires_grad: true });
  torch.autograd.detect_anomaly(() => {
    const loss = x.sqrt().mul(0).sum();
    expect(() => loss.backward()).toThrow(/^backward: sqrt.* gave a NaN .* called at .*errors\.test\.ts:\d+/);
  });
});
