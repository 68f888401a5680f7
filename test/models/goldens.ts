/** Reads models.json, draws the weights that models.py drew, and compares tensors with their samples. */
import { readFileSync } from 'node:fs';
import * as torch from '@reidgrad/core';
import type { Tensor, nn } from '@reidgrad/core';
import { OriTripletLoss, TripletLoss_WRT } from '@reidgrad/losses';
import { AGWBaseline, OSNet, embed_net } from '@reidgrad/reid';
import { generate, uniforms } from '../goldens/inputs.js';
import type { GoldenArray } from '../goldens/load.js';

export type ModelName = 'agw' | 'cross-modal' | 'osnet';

/** A tensor's norm and five of its elements, evenly spread. */
export interface Sample {
  norm: number;
  at: number[];
}

/** See models.py. */
export interface ModelCase {
  model: ModelName;
  classes: number;
  width: number;
  state: [name: string, shape: number[]][];
  train: { loss: number; features: GoldenArray; gradients: Record<string, Sample>; running: Record<string, Sample> };
  eval: GoldenArray;
  small: { width: number; start: Record<string, Sample>; losses: number[] };
}

/** Names and shapes only. */
export interface StateCase {
  model: 'resnet50';
  classes: number;
  state: [name: string, shape: number[]][];
}

function load(): (ModelCase | StateCase)[] {
  const url = new URL('../goldens/data/models.json', import.meta.url);
  // models.py writes the file; this cast is the one place that owns its type.
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: (ModelCase | StateCase)[] }).cases;
}

const cases = load();

export const modelCases = cases.filter((each): each is ModelCase => each.model !== 'resnet50');
export const stateCases = cases.filter((each): each is StateCase => each.model === 'resnet50');

/** A model with what its origin's training loop does with it, behind one form for all three. */
export interface Candidate {
  model: nn.Module;
  /** Features and scores in training mode. */
  train: (x: Tensor) => [features: Tensor, scores: Tensor];
  /** What models.py keeps of evaluation mode. */
  evaluate: (x: Tensor) => Tensor;
  triplet: { forward(features: Tensor, labels: Tensor): [Tensor, Tensor] };
}

/** The model of a case, a fresh one with seeded weights. */
export function make(name: ModelName, classes: number, width: number): Candidate {
  if (name === 'cross-modal') {
    const model = new embed_net(classes, { width });
    return {
      model,
      train: (x) => {
        const [visible, infrared] = x.chunk(2);
        return model.forward(visible, infrared);
      },
      evaluate: (x) => {
        const [visible, infrared] = x.chunk(2);
        return torch.cat([...model.forward(visible, visible, 1), ...model.forward(infrared, infrared, 2)], 0);
      },
      triplet: new TripletLoss_WRT(),
    };
  }
  const model = name === 'agw' ? new AGWBaseline(classes, { width }) : new OSNet(classes, { width, loss: 'triplet' });
  return {
    model,
    train: (x) => {
      const [scores, features] = model.scores(x);
      return [features, scores];
    },
    evaluate: (x) => {
      const output = model.forward(x);
      if (Array.isArray(output)) throw new Error(`${name}: gave two outputs in evaluation mode`);
      return output;
    },
    triplet: new OriTripletLoss(4, 0.3),
  };
}

/** Cross-entropy and the triplet loss; the labels repeat after half of the batch. */
export function lossOf(candidate: Candidate, x: Tensor): { features: Tensor; loss: Tensor } {
  const [features, scores] = candidate.train(x);
  const labels = torch.arange(x.size(0)).remainder(x.size(0) / 2);
  const triplet = candidate.triplet.forward(features, labels)[0];
  return { features, loss: torch.nn.functional.cross_entropy(scores, labels).add(triplet) };
}

const BRANCH_ENDS = /(bn3|conv3\.bn|W\.1)\.weight$/;

/** As `bounds` in models.py. */
function bounds(name: string, shape: readonly number[]): [low: number, high: number] {
  if (name.endsWith('running_mean')) return [-0.1, 0.1];
  if (name.endsWith('running_var')) return [0.8, 1.6];
  if (shape.length >= 2) {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    const bound = Math.sqrt(6 / fanIn) * (name.includes('NL_') ? 0.1 : 1);
    return [-bound, bound];
  }
  if (name.endsWith('bias')) return [-0.1, 0.1];
  if (name.endsWith('global_pool.p')) return [2.5, 3.5];
  return BRANCH_ENDS.test(name) ? [0.1, 0.3] : [0.4, 1];
}

/** Float32 values of `generate` for many elements. */
function draw(key: string, count: number, low: number, high: number): Float32Array {
  const next = uniforms(key);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = low + next() * (high - low);
  return values;
}

/** Writes the seeded weights and running statistics that models.py writes. Returns the candidate. */
export function fill(candidate: Candidate, name: string): Candidate {
  torch.no_grad(() => {
    for (const [key, value] of Object.entries(candidate.model.state_dict())) {
      if (!value.is_floating_point()) continue;
      const values = draw(`models/${name}/${key}`, value.numel(), ...bounds(key, value.shape));
      value.copy_(torch.from_numpy(values, value.shape));
    }
  });
  return candidate;
}

/** Seeded pictures [count, 3, 64, 32], float32. */
export function pictures(name: string, count: number): Tensor {
  const shape = [count, 3, 64, 32];
  return torch.from_numpy(Float32Array.from(generate({ shape }, `models/${name}/pictures`)), shape);
}

/** Names and shapes of a state dict, as models.py lists them. */
export function stateOf(model: nn.Module): [name: string, shape: number[]][] {
  return Object.entries(model.state_dict()).map(([name, value]) => [name, [...value.shape]]);
}

/** What `sample` in models.py keeps of a tensor. */
export function sampleOf(value: Tensor): Sample {
  const data = Array.from(value.detach().toTypedArray(), Number);
  return {
    norm: Math.hypot(...chunked(data)),
    at: [0, 1, 2, 3, 4].map((k) => data[Math.floor(((data.length - 1) * k) / 4)]),
  };
}

/** Norms of pieces, so that Math.hypot does not get millions of arguments. */
function chunked(data: readonly number[]): number[] {
  const norms: number[] = [];
  for (let start = 0; start < data.length; start += 4096) norms.push(Math.hypot(...data.slice(start, start + 4096)));
  return norms;
}

/** What differs by more than `tolerance` of the norm; an empty list where all is well. */
export function sampleDifferences(
  actual: Record<string, Sample>,
  expected: Record<string, Sample>,
  tolerance: number,
): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const got = actual[name];
    if (got === undefined) return [`${name}: missing`];
    const worst = Math.max(Math.abs(got.norm - wanted.norm), ...wanted.at.map((x, i) => Math.abs(x - got.at[i])));
    return worst <= tolerance * wanted.norm ? [] : [`${name}: off by ${worst}, norm ${wanted.norm}`];
  });
}
