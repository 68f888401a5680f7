import type { OnnxModel, OnnxTensor } from '../onnx/model.js';

/** Where the tensors themselves are kept: an output may not have the name of an initializer. */
const kept = 'first/';

/**
 * A model without inputs that gives the first state of a training step: one output per state and scalar input of the
 * step, of the same name. A file of its own, because onnxruntime-node and -web take no values for inputs that the model
 * itself has values for: they would start anew at every run.
 */
export function stateModel(name: string, step: OnnxModel, first: readonly OnnxTensor[]): OnnxModel {
  return {
    irVersion: step.irVersion,
    producerName: step.producerName,
    opsets: step.opsets,
    metadata: {},
    graph: {
      name: `${name}_state`,
      docString: 'The first state of a training step: run once, without inputs, and feed what it gives.',
      initializers: first.map((tensor) => ({ ...tensor, name: kept + tensor.name })),
      nodes: first.map((tensor, i) => ({
        name: `state_${i}`,
        opType: 'Identity',
        inputs: [kept + tensor.name],
        outputs: [tensor.name],
        attributes: {},
      })),
      inputs: [],
      outputs: first.map(({ name: output, dataType, dims }) => ({ name: output, elemType: dataType, dims: [...dims] })),
    },
  };
}
