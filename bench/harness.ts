/** Times variants of the same work side by side: in one process, in turns, so that all meet the same load. */

/** One run. */
export interface Sample {
  /** Milliseconds from start to end. */
  wall: number;
  /** Milliseconds of processor time, of all threads; above `wall` where several work. */
  cpu: number;
}

/** One way to do the work. */
export interface Variant {
  name: string;
  /** Runs once and says how long it took. */
  run(): Promise<Sample>;
}

/** The medians of a variant's runs. */
export interface Timing extends Sample {
  name: string;
  /** Wall time of the first call: tracing, building a session, warming up. */
  first: number;
}

/** A variant of this process, timed around `work`. */
export function local(name: string, work: () => unknown): Variant {
  return {
    name,
    run: async () => {
      const cpu = process.cpuUsage();
      const started = performance.now();
      await work();
      const wall = performance.now() - started;
      const { user, system } = process.cpuUsage(cpu);
      return { wall, cpu: (user + system) / 1000 };
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

/** Runs every variant once, then `rounds` times in turns. */
export async function sideBySide(variants: readonly Variant[], rounds: number): Promise<Timing[]> {
  const firsts: number[] = [];
  for (const variant of variants) firsts.push((await variant.run()).wall);
  const samples = variants.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, variant] of variants.entries()) samples[i].push(await variant.run());
  }
  return variants.map(({ name }, i) => ({
    name,
    first: firsts[i],
    wall: median(samples[i].map(({ wall }) => wall)),
    cpu: median(samples[i].map(({ cpu }) => cpu)),
  }));
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Rows of a Markdown table; the last two columns are multiples of the variant `compiled`. */
export function rows(label: string, timings: readonly Timing[]): string[] {
  const reference = timings.find(({ name }) => name === 'compiled') ?? timings[0];
  return timings.map(({ name, first, wall, cpu }) => {
    const ratios = [wall / reference.wall, cpu / reference.cpu].map((ratio) => ratio.toFixed(2));
    return `| ${[label, name, ...[wall, cpu, first].map(milliseconds), ...ratios].join(' | ')} |`;
  });
}

/** The head of the table that `rows` fills. */
export const head = [
  '| work | by | wall ms | cpu ms | first call ms | wall ratio | cpu ratio |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
];
