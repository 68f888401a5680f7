/** Times variants of the same work side by side: in one process, in turns, so that all meet the same load. */

/** What one call took. */
export interface Sample {
  /** Milliseconds from start to end. */
  wall: number;
  /** Milliseconds of processor time, of all threads; above `wall` where several work. */
  cpu: number;
}

/** One way to do the work. */
export interface Variant {
  name: string;
  /** Makes so many calls one after the other, and says how long one took on average. */
  run(calls: number): Promise<Sample>;
}

/** The medians of a variant's rounds. */
export interface Timing extends Sample {
  name: string;
  /** Wall time of the first call: tracing, building a session, first touch of memory. */
  first: number;
  /** How many rounds the medians are of; a slow variant has fewer. */
  rounds: number;
}

/** How much to measure. */
export interface Plan {
  /** Rounds of every variant, each of as many calls as fit in `batch`. */
  rounds: number;
  /** Milliseconds of calls that a variant makes after its first one and before its rounds, unless that took `limit`. */
  warmUp: number;
  /** Milliseconds that a round should last at least; short calls are repeated. */
  batch: number;
  /** Milliseconds after which a variant gets no further round; it gets one in any case. */
  limit: number;
}

/** A variant of this process, timed around `work`. */
export function local(name: string, work: () => unknown): Variant {
  return {
    name,
    run: async (calls) => {
      const cpu = process.cpuUsage();
      const started = performance.now();
      for (let call = 0; call < calls; call++) await work();
      const wall = performance.now() - started;
      const { user, system } = process.cpuUsage(cpu);
      return { wall: wall / calls, cpu: (user + system) / 1000 / calls };
    },
  };
}

/** The middle value, or the mean of the middle two. Throws for an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('median: expected at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A variant while it is being measured. */
interface Running {
  variant: Variant;
  first: number;
  /** Calls of a round. */
  calls: number;
  samples: Sample[];
  spent: number;
}

/** The first call, then others until compilers and caches have settled. */
async function start(variant: Variant, { warmUp, batch, limit }: Plan): Promise<Running> {
  const { wall: first } = await variant.run(1);
  let latest = first;
  for (let spent = first > limit ? warmUp : 0; spent < warmUp; spent += latest) latest = (await variant.run(1)).wall;
  const calls = Math.max(1, Math.min(100, Math.ceil(batch / latest)));
  return { variant, first, calls, samples: [], spent: 0 };
}

/** Warms every variant up, then gives each its rounds, in turns. */
export async function sideBySide(variants: readonly Variant[], plan: Plan): Promise<Timing[]> {
  const all: Running[] = [];
  for (const variant of variants) all.push(await start(variant, plan));
  for (let round = 0; round < plan.rounds; round++) {
    for (const running of all) {
      if (round > 0 && running.spent > plan.limit) continue;
      const sample = await running.variant.run(running.calls);
      running.samples.push(sample);
      running.spent += sample.wall * running.calls;
    }
  }
  return all.map(({ variant: { name }, first, samples }) => ({
    name,
    first,
    rounds: samples.length,
    wall: median(samples.map(({ wall }) => wall)),
    cpu: median(samples.map(({ cpu }) => cpu)),
  }));
}

/** Relative difference of losses: float32 sums of other orders differ by 1e-6. */
const SAME_LOSS = 1e-4;
/** Relative length of the difference of gradients: where two distances differ by rounding, float32 chooses another row. */
const SAME_GRADIENT = 0.1;

function difference(a: readonly number[], b: readonly number[]): number {
  const length = (values: readonly number[]): number => Math.hypot(...values);
  return length(a.map((value, i) => value - b[i])) / length(b);
}

/**
 * Throws unless two forms of the same work give the same.
 * @param results what each gave: the loss, and some elements of the gradient.
 */
export function requireSame(work: string, results: readonly { name: string; values: readonly number[] }[]): void {
  const [{ name: reference, values: expected }, ...others] = results;
  for (const { name, values } of others) {
    const ofLoss = difference(values.slice(0, 1), expected.slice(0, 1));
    const ofGradient = difference(values.slice(1), expected.slice(1));
    // Not the other way round: NaN is no agreement.
    if (ofLoss <= SAME_LOSS && ofGradient <= SAME_GRADIENT && values.length === expected.length) continue;
    throw new Error(`${work}: ${name} differs from ${reference}, the loss by ${ofLoss}, the gradient by ${ofGradient}`);
  }
}

/** At most a thousand elements of a gradient, evenly spread. pytorch_side.py takes the same ones. */
export function spread(gradient: ArrayLike<number>): number[] {
  const step = Math.ceil(gradient.length / 1000);
  return Array.from({ length: Math.ceil(gradient.length / step) }, (_, i) => gradient[i * step]);
}

/** Three digits. */
export function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** What a ratio should be at least, and whether it is. */
export function againstAim(ratio: number, aim: number | undefined): [aim: string, verdict: string] {
  return aim === undefined ? ['', ''] : [String(aim), ratio >= aim ? 'met' : 'short'];
}

/** The head of the table that `row` fills. */
export const head = [
  '| work | compiled | cpu | eager | PyTorch | cpu | metric learning | PyTorch / compiled | aim | |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
];

/** Medians of fewer rounds than this are marked. */
const ENOUGH_ROUNDS = 3;

/** A row of the Markdown table: medians in milliseconds. What was not measured stays empty. */
export function row(label: string, timings: readonly Timing[], aim?: number): string {
  const of = (name: string): Timing | undefined => timings.find((timing) => timing.name === name);
  const [compiled, eager, pytorch, learning] = ['compiled', 'eager', 'PyTorch', 'pytorch-metric-learning'].map(of);
  const cell = (timing: Timing | undefined, time: 'wall' | 'cpu'): string =>
    timing === undefined ? '' : `${milliseconds(timing[time])}${timing.rounds < ENOUGH_ROUNDS ? '*' : ''}`;
  const cells = [
    cell(compiled, 'wall'),
    cell(compiled, 'cpu'),
    cell(eager, 'wall'),
    cell(pytorch, 'wall'),
    cell(pytorch, 'cpu'),
    cell(learning, 'wall'),
  ];
  const peer = pytorch ?? learning;
  const ratio = compiled === undefined || peer === undefined ? undefined : peer.wall / compiled.wall;
  const judged = ratio === undefined ? ['', '', ''] : [ratio.toFixed(2), ...againstAim(ratio, aim)];
  return `| ${[label, ...cells, ...judged].join(' | ')} |`;
}
