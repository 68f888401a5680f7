/** Samples of core's op records, lowered and run on the CPU. */
import type { OpName } from '@reidgrad/core/graph';
import { lowerGraph } from './lower-graph.js';
import { runOnCpu } from './lower.testing.js';
import { graphOfCases } from './op-cases.testing.js';
import type { OpCase } from './op-cases.testing.js';
import type { Target } from './types.js';

export { blockOf, graphOfCases } from './op-cases.testing.js';
export type { CaseGraph, OpCase } from './op-cases.testing.js';

/** Lowers and runs the cases; returns a line for every output that differs from the kernels'. */
export async function differences(cases: readonly OpCase<OpName>[], target: Target): Promise<string[]> {
  const { graph, feeds, expected } = graphOfCases(cases);
  const outputs = await runOnCpu(lowerGraph(graph, target), feeds);
  return expected.flatMap(({ name, block, tolerance }) => {
    const { op, sample } = cases[Number(name.split(':')[0])];
    const what = `${op} (${sample.name}), output ${name.split(':')[1]}`;
    const { shape, data } = outputs[name];
    if (shape.join() !== block.shape.join())
      return [`${what}: shape [${shape.join()}], expected [${block.shape.join()}]`];
    for (let i = 0; i < data.length; i++) {
      const [got, want] = [data[i], block.data[i]];
      if (Object.is(got, want) || got === want) continue;
      if (!(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want))))
        return [`${what}: ${got} at ${i}, expected ${want}`];
    }
    return [];
  });
}
