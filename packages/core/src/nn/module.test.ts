import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { currentScope } from '../trace/scope.js';
import { trace } from '../trace/trace.js';

const { nn } = torch;

class Block extends nn.Module {
  conv = new nn.Conv2d(2, 4, 3, { padding: 1, bias: false });
  bn = new nn.BatchNorm2d(4);
  scale = new nn.Parameter(torch.ones(1));
  declare steps: Tensor;
  drop = new nn.Dropout(0.2);
  constructor() {
    super();
    this.register_buffer('steps', torch.zeros(1));
    this.register_buffer('tmp', torch.zeros(1), false);
  }
  override forward(x: Tensor): Tensor {
    return this.drop.forward(this.bn.forward(this.conv.forward(x))).mul(this.scale);
  }
}

class Net extends nn.Module {
  layers = new nn.ModuleList<torch.nn.Module>([new nn.Linear(2, 2), new nn.Linear(2, 2), new nn.ReLU()]);
  stem = new nn.Sequential(new Block(), new nn.MaxPool2d(3, { stride: 2, padding: 1 }), new nn.ReLU({ inplace: true }));
  head = new nn.ModuleDict({ a: new nn.Linear(2, 2, { bias: false }) });
  shared = this.head.get('a');
  top = new nn.Parameter(torch.ones(1));
  pool = new nn.AdaptiveAvgPool2d([1, 1]);
  act = new nn.LeakyReLU(0.1);
  ce = new nn.CrossEntropyLoss();
  d = new nn.Conv2d(4, 4, [3, 1], { stride: [2, 1], dilation: 2, groups: 2, padding: 'valid' });
  override forward(x: Tensor): Tensor {
    return this.d.forward(this.act.forward(this.stem.forward(x)));
  }
}

const keys = {
  state:
    'top layers.0.weight layers.0.bias layers.1.weight layers.1.bias stem.0.scale stem.0.steps stem.0.conv.weight ' +
    'stem.0.bn.weight stem.0.bn.bias stem.0.bn.running_mean stem.0.bn.running_var stem.0.bn.num_batches_tracked ' +
    'head.a.weight shared.weight d.weight d.bias',
  parameters:
    'top layers.0.weight layers.0.bias layers.1.weight layers.1.bias stem.0.scale stem.0.conv.weight stem.0.bn.weight ' +
    'stem.0.bn.bias head.a.weight d.weight d.bias',
  modules:
    ' layers layers.0 layers.1 layers.2 stem stem.0 stem.0.conv stem.0.bn stem.0.drop stem.1 stem.2 head head.a pool act ce d',
  buffers: 'stem.0.steps stem.0.tmp stem.0.bn.running_mean stem.0.bn.running_var stem.0.bn.num_batches_tracked',
};

const names = (entries: readonly (readonly [string, unknown])[]): string => entries.map(([name]) => name).join(' ');

describe('finding modules, parameters and buffers', () => {
  it("has PyTorch's names in PyTorch's order, shared ones once", () => {
    const net = new Net();
    expect(Object.keys(net.state_dict()).join(' ')).toBe(keys.state);
    expect(names(net.named_parameters())).toBe(keys.parameters);
    expect(names(net.named_modules())).toBe(keys.modules);
    expect(names(net.named_buffers())).toBe(keys.buffers);
    expect(Object.keys(net.act.state_dict({ prefix: 'x.' }))).toEqual([]);
    expect(Object.keys(net.d.state_dict({ prefix: 'd.' }))).toEqual(['d.weight', 'd.bias']);
    expect(names(net.stem.named_parameters('stem'))).toBe(
      keys.parameters
        .split(' ')
        .filter((name) => name.startsWith('stem'))
        .join(' '),
    );
  });

  it('prints as PyTorch', () => {
    expect(String(new Net())).toMatchInlineSnapshot(`
      "Net(
        (layers): ModuleList(
          (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
          (2): ReLU()
        )
        (stem): Sequential(
          (0): Block(
            (conv): Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
            (bn): BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
            (drop): Dropout(p=0.2, inplace=False)
          )
          (1): MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)
          (2): ReLU(inplace=True)
        )
        (head): ModuleDict(
          (a): Linear(in_features=2, out_features=2, bias=False)
        )
        (shared): Linear(in_features=2, out_features=2, bias=False)
        (pool): AdaptiveAvgPool2d(output_size=(1, 1))
        (act): LeakyReLU(negative_slope=0.1)
        (ce): CrossEntropyLoss()
        (d): Conv2d(4, 4, kernel_size=(3, 1), stride=(2, 1), padding=valid, dilation=(2, 2), groups=2)
      )"
    `);
  });

  it('walks paths', () => {
    const net = new Net();
    expect(net.get_submodule('stem.0.conv')).toBeInstanceOf(nn.Conv2d);
    expect(net.get_parameter('head.a.weight')).toBe(net.shared.parameters()[0]);
    expect(() => net.get_submodule('stem.7')).toThrowErrorMatchingInlineSnapshot(
      `[Error: get_submodule: target: got '7', expected a module of Sequential: 0, 1, 2]`,
    );
    expect(() => net.get_parameter('stem.0.steps')).toThrowErrorMatchingInlineSnapshot(
      `[Error: get_parameter: target: got 'stem.0.steps', expected the path of a parameter of Net]`,
    );
  });

  it('says that a field hides a registered buffer', () => {
    class Base extends nn.Module {
      constructor() {
        super();
        this.register_buffer('mean', torch.zeros(1));
      }
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    class Derived extends Base {
      constructor() {
        super();
        // What a field `mean: Tensor;` does in user code; with useDefineForClassFields off, as in this package, it does nothing.
        Object.defineProperty(this, 'mean', { value: undefined, writable: true, enumerable: true, configurable: true });
      }
    }
    expect(() => new Derived().forward(torch.ones(1))).toThrowErrorMatchingInlineSnapshot(
      `[Error: Derived: buffer 'mean' was overwritten by a class field of that name; write \`declare mean: Tensor\` there]`,
    );
    expect(() => new Derived().state_dict()).toThrow('declare mean: Tensor');
    expect(() => new Base().register_buffer('mean', null)).toThrowErrorMatchingInlineSnapshot(
      `[Error: register_buffer: name: got 'mean', expected a name that Base does not have yet]`,
    );
    expect(() => new Base().register_buffer('forward', null)).toThrow(
      "register_buffer: name: got 'forward', expected a name that Base does not have yet",
    );
    expect(() => new Base().add_module('a.b', null)).toThrowErrorMatchingInlineSnapshot(
      `[Error: add_module: name: got 'a.b', expected a name without '.']`,
    );
  });

  it('indexes and iterates containers', () => {
    const [a, b] = [new nn.Linear(2, 2), new nn.ReLU()];
    const list = new nn.Sequential(a, b);
    expect([list[1], list.at(-1), ...list]).toEqual([b, b, a, b]);
    expect(list.append(a).length).toBe(3);
    expect(() => list.at(3)).toThrowErrorMatchingInlineSnapshot(
      `[Error: Sequential.at: index: got 3, expected an integer from -3 to 2]`,
    );
    const named = new nn.Sequential({ first: a, second: b });
    expect(names(named.named_children())).toBe('first second');
    expect(() => new nn.ModuleList([a]).forward()).toThrow('forward is not defined');
  });
});

describe('modes and dtypes', () => {
  it('train, eval, requires_grad_, zero_grad, apply', () => {
    const net = new Net();
    expect(
      net
        .eval()
        .modules()
        .some(({ training }) => training),
    ).toBe(false);
    net.stem.train();
    expect([net.training, net.stem[0].training, net.d.training]).toEqual([false, true, false]);
    net.requires_grad_(false);
    expect(net.parameters().some(({ requires_grad }) => requires_grad)).toBe(false);
    const { weight } = net.d;
    weight.grad = torch.ones_like(weight);
    net.zero_grad(false);
    expect(weight.grad.sum().item()).toBe(0);
    net.zero_grad();
    expect(weight.grad).toBeNull();
    const order: string[] = [];
    new nn.Sequential(new nn.ReLU()).apply((module) => order.push(module.constructor.name));
    expect(order).toEqual(['ReLU', 'Sequential']);
  });

  it('converts parameters and floating buffers in place', () => {
    const net = new Net();
    const { weight } = net.d;
    net.double();
    expect(net.d.weight).toBe(weight);
    expect(net.named_buffers().map(([, { dtype }]) => dtype)).toEqual([...Array<string>(4).fill('float64'), 'int64']);
    expect(net.eval().forward(torch.zeros([1, 2, 12, 12], { dtype: 'float64' })).dtype).toBe('float64');
    expect(net.to('float32').cuda().d.weight.dtype).toBe('float32');
  });

  it('makes parameters of tensors', () => {
    const source = torch.ones(2);
    const parameter = new nn.Parameter(source);
    expect(parameter.requires_grad && parameter.is_leaf).toBe(true);
    parameter.data.mul_(3);
    expect(source.tolist()).toEqual([3, 3]);
    expect(String(new nn.Parameter(torch.ones(1), false))).toBe('Parameter containing:\ntensor([1.])');
    expect(() => parameter.mul_(2)).toThrow('no_grad');
    expect(new nn.Parameter(torch.ones(4).reshape(2, 2)).shape).toEqual([2, 2]);
  });
});

describe('hooks', () => {
  it("run in PyTorch's order and may replace arguments and output", () => {
    const log: string[] = [];
    class Add extends nn.Module {
      override forward(x: Tensor, y: Tensor): Tensor {
        log.push(`forward ${x.item()} ${y.item()}`);
        return x.add(y);
      }
    }
    class Twice extends Add {
      override forward(x: Tensor, y: Tensor): Tensor {
        return super.forward(x, y).mul(2);
      }
    }
    const add = new Twice();
    const pre = add.register_forward_pre_hook((_module, [x, y]) => {
      log.push('pre 1');
      return [x.add(1), y];
    });
    add.register_forward_pre_hook((_module, args) => void log.push(`pre 2 ${args[0].item()}`));
    const post = add.register_forward_hook((module, [x], output) => {
      log.push(`post 1 ${module === add} ${x.item()} ${output.item()}`);
      return output.mul(10);
    });
    add.register_forward_hook((_module, _args, output) => void log.push(`post 2 ${output.item()}`));
    expect(add.forward(torch.full([], 1), torch.full([], 5)).item()).toBe(140);
    expect(log).toEqual(['pre 1', 'pre 2 2', 'forward 2 5', 'post 1 true 2 14', 'post 2 140']);
    pre.remove();
    post.remove();
    expect(add.forward(torch.full([], 1), torch.full([], 5)).item()).toBe(12);
  });

  it('open a scope with the path from the outermost module', () => {
    const net = new Net();
    const seen: string[] = [];
    for (const module of net.modules()) module.register_forward_pre_hook(() => void seen.push(currentScope()));
    net.eval().forward(torch.zeros(1, 2, 12, 12));
    expect(seen).toEqual([
      '',
      'stem',
      'stem.0',
      'stem.0.conv',
      'stem.0.bn',
      'stem.0.drop',
      'stem.1',
      'stem.2',
      'act',
      'd',
    ]);
    expect(currentScope()).toBe('');
  });
});

describe('state dicts', () => {
  const make = (): torch.nn.Sequential => new nn.Sequential({ fc: new nn.Linear(2, 3), bn: new nn.BatchNorm1d(3) });

  it('load what another module saved, and share places with the module', () => {
    const [from, to] = [make(), make()];
    const state = from.state_dict();
    state['bn.running_mean'].fill_(7);
    const weight = to.get_parameter('fc.weight');
    expect(to.load_state_dict(state)).toEqual({ missing_keys: [], unexpected_keys: [] });
    expect(weight.tolist()).toEqual(state['fc.weight'].tolist());
    expect(to.state_dict()['bn.running_mean'].tolist()).toEqual([7, 7, 7]);
    expect(weight.requires_grad && !state['fc.weight'].requires_grad).toBe(true);
    torch.no_grad(() => weight.fill_(0));
    expect(from.state_dict()['fc.weight'].tolist()).not.toEqual(weight.tolist());
  });

  it('do without the batch count of old checkpoints', () => {
    const { 'bn.num_batches_tracked': _count, ...old } = make().state_dict();
    expect(make().load_state_dict(old).missing_keys).toEqual([]);
  });

  it('name every problem at once and load nothing', () => {
    const to = make();
    const before = to.state_dict()['bn.weight'].tolist();
    const state = { 'bn.weight': torch.zeros(3), 'bn.bias': torch.zeros(4), extra: torch.zeros(1) };
    expect(() => to.load_state_dict(state)).toThrowErrorMatchingInlineSnapshot(
      `[Error: load_state_dict: state_dict: does not fit Sequential: missing keys: fc.weight, fc.bias, bn.running_mean, bn.running_var; unexpected keys: extra; size mismatches: bn.bias got float32[4], expected float32[3]]`,
    );
    expect(() => to.load_state_dict(state, { strict: false })).toThrowErrorMatchingInlineSnapshot(
      `[Error: load_state_dict: state_dict: does not fit Sequential: size mismatches: bn.bias got float32[4], expected float32[3]]`,
    );
    expect(to.state_dict()['bn.weight'].tolist()).toEqual(before);
    const result = to.load_state_dict({ 'bn.weight': torch.zeros(3), extra: torch.zeros(1) }, { strict: false });
    expect(result.unexpected_keys).toEqual(['extra']);
    expect(result.missing_keys).toContain('fc.weight');
    expect(to.state_dict()['bn.weight'].tolist()).toEqual([0, 0, 0]);
  });

  it('suggest to strip the prefix of DataParallel', () => {
    const wrapped = Object.fromEntries(
      Object.entries(make().state_dict()).map(([key, value]) => [`module.${key}`, value]),
    );
    expect(() => make().load_state_dict(wrapped)).toThrow("the keys match without their prefix 'module.', strip it");
  });
});

describe('errors', () => {
  it('name the module path and class', () => {
    const net = new Net().eval();
    expect(() => net.forward(torch.zeros(1, 3, 12, 12))).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: input: got float32[1, 3, 12, 12], expected 2 channels at dim 1, for weight float32[4, 2, 3, 3] and groups 1 [in stem.0.conv (Conv2d)]]`,
    );
    expect(() => net.d.forward(torch.zeros(1, 3, 12, 12))).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: input: got float32[1, 3, 12, 12], expected 4 channels at dim 1, for weight float32[4, 2, 3, 1] and groups 2 [in Conv2d]]`,
    );
    expect(currentScope()).toBe('');
  });
});

describe('guards of a trace', () => {
  const failing = (fn: () => unknown, change: () => void): string[] => {
    const { guards } = trace(fn, []);
    expect(guards.every((guard) => guard.holds())).toBe(true);
    change();
    return guards.filter((guard) => !guard.holds()).map((guard) => guard.describe());
  };

  it('see modes, fields, handles, dtypes and hooks', () => {
    const net = new Net().eval();
    const x = torch.zeros(1, 2, 12, 12);
    const run = (): Tensor => net.forward(x);
    const block = net.stem[0] as Block;
    expect(failing(run, () => block.bn.train())).toEqual(['training of stem.0.bn was false and is now true']);
    block.bn.eval();
    expect(failing(run, () => (net.act.negative_slope = 0.3))).toEqual([
      'negative_slope of act was 0.1 and is now 0.3',
    ]);
    expect(failing(run, () => (block.scale = new nn.Parameter(torch.ones(1))))).toEqual([
      'scale of stem.0 was replaced by another',
    ]);
    expect(failing(run, () => (net.act = new nn.LeakyReLU(0.3)))).toEqual(['act of Net was replaced']);
    expect(failing(run, () => net.d.register_forward_hook(() => undefined))).toEqual([
      'the number of forward hooks of d was 0 and is now 1',
    ]);
    expect(failing(run, () => (net.d.weight.data = torch.zeros_like(net.d.weight)))).toContain(
      'weight of d was replaced by another',
    );
    expect(failing(run, () => block.scale.requires_grad_(false))).toHaveLength(1);
    expect(failing(run, () => torch.no_grad(() => net.d.weight.fill_(2)))).toEqual([]);
  });

  it('do not watch what forward itself writes', () => {
    class Counting extends nn.Module {
      calls = 0;
      kept: Tensor | null = null;
      override forward(x: Tensor): Tensor {
        this.calls++;
        return (this.kept = x.mul(2));
      }
    }
    const net = new Counting();
    const { guards } = trace((x: Tensor) => net.forward(x), [torch.ones(2)]);
    expect(guards.every((guard) => guard.holds())).toBe(true);
  });

  it('sees the items of a ModuleList', () => {
    const owner = new (class extends nn.Module {
      list = new nn.ModuleList([new nn.ReLU()]);
      override forward(x: Tensor): Tensor {
        return this.list[0].forward(x);
      }
    })();
    expect(
      failing(
        () => owner.forward(torch.ones(1)),
        () => Reflect.set(owner.list, '0', new nn.ReLU()),
      ),
    ).toEqual(['0 of list was replaced']);
  });

  it('names nodes by module and state by path', () => {
    const net = new nn.Sequential({ bn: new nn.BatchNorm1d(2) });
    const { graph } = trace((x: Tensor) => net.forward(x), [torch.ones(3, 2)]);
    expect(new Set(graph.nodes.map(({ scope }) => scope))).toEqual(new Set(['bn']));
    expect(graph.states.map(({ name }) => name).sort()).toEqual([
      'bn.num_batches_tracked',
      'bn.running_mean',
      'bn.running_var',
    ]);
  });
});
