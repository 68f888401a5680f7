/** What bad calls say. Each message is read as prose where it is kept, in messages/. */
import * as torch from '@reidgrad/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileCalls } from './calls/files.js';
import { functionCalls } from './calls/functions.js';
import { functionalCalls } from './calls/functional.js';
import { layerCalls } from './calls/layers.js';
import { lossCalls } from './calls/losses.js';
import { onnxCalls } from './calls/onnx.js';
import { reidCalls } from './calls/reid.js';
import { tensorCalls } from './calls/tensor.js';
import { trainingCalls } from './calls/training.js';
import { publicNames } from './names.js';
import { inAnotherName, notOfAnArgument, withoutCall } from './reasons.js';
import { messageOf } from './run.js';
import type { BadCalls } from './values.js';

const sections: Readonly<Record<string, BadCalls>> = {
  functions: functionCalls,
  tensor: tensorCalls,
  functional: functionalCalls,
  layers: layerCalls,
  training: trainingCalls,
  losses: lossCalls,
  files: fileCalls,
  onnx: onnxCalls,
  reid: reidCalls,
};

/** `torch.add` of `torch.add (integers)`. */
const functionOf = (name: string): string => name.replace(/ \(.*$/, '');

/** The names by which a message may call what `name` says was called. */
function ownNames(name: string): string[] {
  const path = functionOf(name).split('.');
  const own = path[path.length - 1];
  // A module speaks as its class, a method that writes also as the function of its name.
  const classes =
    own === 'forward' ? [path[path.length - 2]] : own === 'Optimizer' || path[0] === 'Optimizer' ? ['SGD'] : [];
  return [own, own.replace(/_$/, ''), path.slice(-2).join('.'), ...classes];
}

/** Whether a message begins with the name of what was called, or of its method; a layer may stand at the end instead. */
function speaks(name: string, message: string): boolean {
  const [other] = inAnotherName[name] ?? [];
  if (other !== undefined) return message.startsWith(`${other}: `) || message.startsWith(`${other} `);
  const names = ownNames(name);
  if (names.some((one) => message.startsWith(`${one}: `) || message.startsWith(`${one}.`))) return true;
  const within = /\[in (?:\S+ \((\w+)\)|(\w+))\]$/.exec(message);
  return within !== null && (name.includes('.forward') || names.includes(within[2]));
}

describe.each(Object.entries(sections))('%s', (section, calls) => {
  const messages = new Map<string, string>();
  const said = (name: string): string => messages.get(name) ?? '';

  beforeAll(async () => {
    for (const name of Object.keys(calls).sort()) messages.set(name, await messageOf(name, calls[name]));
  }, 60_000);

  it('says what was reviewed', async () => {
    const lines = [...messages].map(([name, message]) => `${name}: ${message}\n`);
    await expect(lines.join('')).toMatchFileSnapshot(`./messages/${section}.txt`);
  });

  it.each(Object.keys(calls))('%s', (name) => {
    const message = said(name);
    expect(message).not.toContain('\n');
    expect(message).not.toMatch(
      /^(Type|Range)Error|Cannot (read|destructure)|is not (a function|iterable)|Invalid .* length/,
    );
    expect(message).not.toMatch(/undefined\[|expected (NaN|undefined)\b|\[object|Tensor\(/);
    expect(speaks(name, message), message).toBe(true);
    const excepted = notOfAnArgument.some(([pattern]) => pattern.test(message));
    if (!excepted) expect(message).toMatch(/\b(got|is|has|at|returned|cannot be)\b.*\bexpected\b/);
  });
});

const all: BadCalls = Object.assign({}, ...Object.values(sections)) as BadCalls;

it('every public name has a bad call or a reason', () => {
  const called = new Set(Object.keys(all).map(functionOf));
  const without = publicNames.filter((names) => !names.some((name) => called.has(name))).map(([name]) => name);
  expect(without.sort()).toEqual(Object.keys(withoutCall).sort());
});

it('every bad call is of a public name', () => {
  const known = new Set([...publicNames.flat(), 'Tensor.grad']);
  expect(Object.keys(all).filter((name) => !known.has(functionOf(name)))).toEqual([]);
});

it('every exception is needed', async () => {
  expect(Object.keys(inAnotherName).filter((name) => !(name in all))).toEqual([]);
  const messages = await Promise.all(Object.keys(all).map((name) => messageOf(name, all[name])));
  const unused = notOfAnArgument.filter(([pattern]) => !messages.some((message) => pattern.test(message)));
  expect(unused.map(([pattern]) => String(pattern))).toEqual([]);
});

it('anomaly detection names the op and the line that made the first NaN', () => {
  const x = torch.zeros([2], { requires_grad: true });
  torch.autograd.detect_anomaly(() => {
    const loss = x.sqrt().mul(0).sum();
    expect(() => loss.backward()).toThrow(/^backward: sqrt.* gave a NaN .* called at .*errors\.test\.ts:\d+/);
  });
});
