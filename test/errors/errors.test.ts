/** What bad calls say, read as prose in errors.txt. */
import * as torch from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { functionCalls } from './function-calls.js';
import { libraryCalls } from './library-calls.js';
import { rawErrors, speakFor, withoutCall } from './exceptions.js';
import { messageOf } from './run.js';

const calls = Object.entries({ ...functionCalls, ...libraryCalls });
const messages = calls.map(([name, call]) => [name, messageOf(name, call)] as const);
const functionOf = (name: string): string => name.replace(/ \(.*$/, '');

it('every message is the reviewed one', async () => {
  const lines = messages.map(([name, message]) => `${name}: ${message}`).sort();
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./errors.txt');
});

describe.each(messages)('%s', (name, message) => {
  it('says one line in the name of the function', () => {
    expect(message).not.toContain('\n');
    const own = functionOf(name).split('.').at(-1) ?? name;
    // Methods and layers speak as the function that did the work.
    if (!/^[A-Z]/.test(name) && speakFor[functionOf(name)] === undefined && !rawErrors.includes(name))
      expect(message).toContain(own);
    if (speakFor[functionOf(name)] !== undefined) expect(message).toContain(speakFor[functionOf(name)]);
  });
  it('is not an error of JavaScript', () => {
    const raw = /^TypeError|Cannot read|is not a function|is not iterable|Invalid typed array/.test(message);
    expect(raw).toBe(rawErrors.includes(name));
  });
});

it('every function of torch and torch.nn.functional has a bad call or a reason', () => {
  const called = new Set(calls.map(([name]) => functionOf(name)));
  const functions = (prefix: string, holder: object): string[] =>
    Object.entries(holder).flatMap(([name, value]) => (typeof value === 'function' ? [`${prefix}.${name}`] : []));
  const all = [...functions('torch', torch), ...functions('torch.nn.functional', torch.nn.functional)];
  expect(all.filter((name) => !called.has(name)).sort()).toEqual(Object.keys(withoutCall).sort());
});

it('anomaly detection names the op and the line that made the first NaN', () => {
  const x = torch.zeros([2], { requires_grad: true });
  torch.autograd.detect_anomaly(() => {
    const loss = x.sqrt().mul(0).sum();
    expect(() => loss.backward()).toThrow(/^backward: sqrt.* gave a NaN .* called at .*errors\.test\.ts:\d+/);
  });
});
