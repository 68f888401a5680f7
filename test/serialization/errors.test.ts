/** What `load` says of files that PyTorch wrote and that hold what is not here. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PythonObject, load, stateDictOf } from '@reidgrad/core/serialization';

const folder = new URL('../goldens/data/serialization/', import.meta.url);
const read = (file: string): Uint8Array => readFileSync(new URL(file, folder));

const supported =
  'expected one of float32, float64, float16, bfloat16, int32, int64, uint8, bool; convert it in Python';
const errors: Record<string, string> = {
  complex64: `'layer.weight': dtype 'complex64' is not supported, ${supported}`,
  int16: `'layer.weight': dtype 'int16' is not supported, ${supported}`,
  uint16: `'layer.weight': dtype 'uint16' is not supported, ${supported}`,
  quint8: `'layer.weight': dtype 'quint8' is not supported, ${supported}`,
  sparse:
    "the file needs 'torch._utils._rebuild_sparse_tensor' of Python, which is not executed here; save a state_dict() in " +
    'Python instead, or pass { weights_only: false } to get such objects as data',
  int64: "'layer.weight': int64 holds 9007199254740993, expected at most 2^53, which is what int64 holds here",
  int: "'layer.weight' is the integer 9007199254740993, expected at most 2^53, which numbers hold exactly",
  storage: "'layer.weight' is a storage; save the tensor instead",
  'numpy-text': "a numpy array of type 'U1' is not supported, expected numbers",
  namespace:
    "the file needs 'types.SimpleNamespace' of Python, which is not executed here; save a state_dict() in Python instead, " +
    'or pass { weights_only: false } to get such objects as data',
  torchscript: 'the file is a TorchScript program; save the state_dict() of torch.jit.load(file) in Python',
};

describe('files with what is not supported', () => {
  it('are all here', () => {
    const files = readdirSync(folder).filter((file) => file.startsWith('error-'));
    expect(files.map((file) => file.replace(/^error-|\.pth$/g, '')).sort()).toEqual(Object.keys(errors).sort());
  });

  it.each(Object.entries(errors))('%s', (name, message) => {
    expect(() => load(read(`error-${name}.pth`))).toThrow(new Error(`load: ${message}`));
  });
});

describe('with weights_only: false', () => {
  it('objects of unknown classes are data', () => {
    const { layer } = load<{ layer: { weight: PythonObject } }>(read('error-namespace.pth'), { weights_only: false });
    expect(layer.weight).toBeInstanceOf(PythonObject);
    expect(layer.weight).toMatchObject({ className: 'types.SimpleNamespace', args: [], state: { a: 1 } });
    expect(() => stateDictOf(layer.weight)).toThrow(
      'stateDictOf: got an object of class types.SimpleNamespace without _buffers, expected a pickled nn.Module',
    );
    expect(() => stateDictOf(layer)).toThrow("stateDictOf: 'weight' is an object of class types.SimpleNamespace");
  });

  it.each(['module.pth', 'module-legacy.pth'])('%s: a whole module is its class, arguments and state', (file) => {
    const model = load<PythonObject>(read(file), { weights_only: false });
    expect(model.className).toBe('torch.nn.parallel.data_parallel.DataParallel');
    expect(() => load(read(file))).toThrow("load: the file needs 'torch.nn.parallel.data_parallel.DataParallel'");
    const { _modules, training } = model.state as { _modules: { module: PythonObject }; training: boolean };
    expect(training).toBe(true);
    expect(_modules.module.className).toBe('modeling.baseline.Backbone');
    const { loss } = _modules.module.state as { loss: PythonObject };
    expect(loss).toMatchObject({ className: 'torch.nn.functional.cross_entropy', args: null });
  });
});
